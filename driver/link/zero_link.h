/// A link without hardware that answers as a chip full of zeros: loopbacks with their tag, Omnibus
/// reads with 0, kept JTAG shifts with 0; all else is swallowed. For trying programs and for tests.
///
///     Registry registry;
///     add_zero_target(registry);
///     Result<std::unique_ptr<Link>> link = registry.open("zero:");
///
/// Answers are there as soon as `send` returns. Waiting for more than that can never end: `receive`
/// answers kProtocol at once instead of waiting for its deadline ("a program without halt"). A word
/// that is no instruction ends the connection with kProtocol.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "driver/link/link.h"
#include "driver/link/registry.h"
#include "driver/ut/message.h"

namespace hx {

class ZeroLink final : public Link {
 public:
  Result<void> send(std::span<std::uint64_t const> words) override;
  Result<std::size_t> receive(std::span<std::uint64_t> words, Deadline deadline) override;
  [[nodiscard]] std::string describe() const override;
  [[nodiscard]] LinkStatistics statistics() const override { return statistics_; }

 private:
  ut::FromFpgaEncoder encoder_;
  std::vector<std::uint64_t> answers_;
  std::size_t taken_ = 0;  // of answers_
  bool is_lost_ = false;
  LinkStatistics statistics_;
};

/// Makes `zero:` known; it takes no path and no options.
void add_zero_target(Registry& registry);

}  // namespace hx
