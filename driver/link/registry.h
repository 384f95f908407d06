/// Which targets there are. A program makes one Registry, lets every kind of target it was built
/// with add itself, and opens targets by their URI. There is no global one.
///
///     Registry registry;
///     add_zero_target(registry);     // zero:
///     sim::add_targets(registry);    // sim:
///     Result<std::unique_ptr<Link>> link = registry.open("sim:?trace=run.fst");
///
/// Threads: fill it first, then any thread may call `open`.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "driver/base/result.h"
#include "driver/link/link.h"
#include "driver/link/uri.h"

namespace hx {

class Registry {
 public:
  using Factory = std::function<Result<std::unique_ptr<Link>>(Uri const& uri)>;

  /// Makes `scheme:` known. `help` is one line for the list of targets, e.g. "sim:[small]  FPGA and
  /// chip model in this process". A scheme can be added once (contract).
  void add(std::string scheme, Factory factory, std::string help = {});

  /// Opens a target. Every target takes `capture=FILE` and `trace[=FILE]` besides keys of its own
  /// (decorate.h). kParse for a malformed URI, kNotFound for an unknown scheme (the hint names
  /// the known ones and the nearest match), else what the target itself reports.
  [[nodiscard]] Result<std::unique_ptr<Link>> open(std::string_view uri) const;

  /// Known schemes in alphabetical order.
  [[nodiscard]] std::vector<std::string> schemes() const;

  /// The help line of a scheme; empty if the scheme is unknown or has none.
  [[nodiscard]] std::string help(std::string_view scheme) const;

 private:
  struct Entry {
    std::string scheme;
    Factory factory;
    std::string help;
  };
  std::vector<Entry> entries_;  // sorted by scheme
};

}  // namespace hx
