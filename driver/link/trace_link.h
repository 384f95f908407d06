/// Writes every message that goes over a link as a line of text: `trace` or `trace=FILE` in any target.
///
///     +0.000123 > OmnibusAddress address=0x8800000c byte_enables=0xf is_read=1
///     +0.000345 < OmnibusData data=0x2a
///
/// Seconds since the link was opened; `>` to the FPGA, `<` from it, in the order of the calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <ostream>
#include <span>
#include <string>

#include "driver/capture/exchange.h"
#include "driver/link/link.h"

namespace hx {

class TraceLink final : public Link {
 public:
  /// Replaces the file; an empty name is the standard error output. kIo if it cannot be written.
  static Result<std::unique_ptr<Link>> create(std::unique_ptr<Link> inner, std::string const& path);

  Result<void> send(std::span<std::uint64_t const> words) override;
  Result<std::size_t> receive(std::span<std::uint64_t> words, Deadline deadline) override;
  [[nodiscard]] std::string describe() const override { return inner_->describe(); }
  [[nodiscard]] LinkStatistics statistics() const override { return inner_->statistics(); }

 private:
  TraceLink(std::unique_ptr<Link> inner, std::unique_ptr<std::ostream> file)
      : inner_(std::move(inner)), file_(std::move(file)) {}
  void print(char arrow, capture::Narrator& narrator, std::span<std::uint64_t const> words);

  std::unique_ptr<Link> inner_;
  std::unique_ptr<std::ostream> file_;  // empty: standard error output
  capture::Narrator to_fpga_{capture::Direction::kToFpga};
  capture::Narrator from_fpga_{capture::Direction::kFromFpga};
  std::uint64_t opened_ns_ = capture::now_ns();
};

}  // namespace hx
