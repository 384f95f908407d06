/// What can be put around any link by its URI, whatever it leads to. Registry::open does it; nothing
/// else has to.
///
///     twin:?capture=run.pcapng      everything sent and received as a file that Wireshark opens
///     twin:?trace                   every message as a line of text on the standard error output
///     udp:192.168.5.1?trace=run.txt the same into a file
///
/// `trace=NAME.fst` is not ours: waves of a model, which the target itself writes.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "driver/base/result.h"
#include "driver/link/link.h"
#include "driver/link/uri.h"

namespace hx {

struct Decorations {
  std::optional<std::string> capture;  ///< file
  std::optional<std::string> trace;    ///< file, empty: standard error output

  bool operator==(Decorations const&) const = default;
};

/// Takes the keys above out of the query. kInvalidArgument for `capture` without a file.
Result<Decorations> take_decorations(Uri& uri);

/// The link with everything asked for around it. kIo if a file cannot be written.
Result<std::unique_ptr<Link>> decorate(std::unique_ptr<Link> link, Decorations const& decorations,
                                       std::string const& name);

}  // namespace hx
