/// Records what goes over a link: `capture=FILE` in any target. The file can be opened in Wireshark
/// (with the dissector //fpga_model/spec:dissector), shown by `hx capture show`, and played back by the
/// target `replay:FILE`. Times are those of this computer, words as driver/capture/exchange.h says.
///
///     auto link = CaptureLink::create(std::move(inner), "run.pcapng", "twin:");
///
/// What was received is in the file before the caller has it. When the file cannot be written any
/// more (full disk), the next call fails with kIo; the words themselves are not lost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "driver/capture/pcapng.h"
#include "driver/link/link.h"

namespace hx {

class CaptureLink final : public Link {
 public:
  /// Replaces the file. kIo if it cannot be written.
  static Result<std::unique_ptr<Link>> create(std::unique_ptr<Link> inner, std::string const& path,
                                              std::string const& name);

  Result<void> send(std::span<std::uint64_t const> words) override;
  Result<std::size_t> receive(std::span<std::uint64_t> words, Deadline deadline) override;
  [[nodiscard]] std::string describe() const override;
  [[nodiscard]] LinkStatistics statistics() const override { return inner_->statistics(); }

 private:
  CaptureLink(std::unique_ptr<Link> inner, std::unique_ptr<capture::PcapngWriter> file,
              std::string path)
      : inner_(std::move(inner)), file_(std::move(file)), path_(std::move(path)) {}
  void record(capture::Direction direction, std::span<std::uint64_t const> words);

  std::unique_ptr<Link> inner_;
  std::unique_ptr<capture::PcapngWriter> file_;
  std::string path_;
  std::vector<std::byte> packet_;
  std::optional<Error> failed_;
};

}  // namespace hx
