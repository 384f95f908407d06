/// The board's side of a recorded session: `replay:FILE` answers as the board did then, as long as
/// the host sends what it sent then, and fails at the first difference, naming message and field.
///
///     hx run experiment.json --target "twin:?capture=run.pcapng"
///     hx run experiment.json --target replay:run.pcapng
///
/// Where a batch of words ends is of no account; an answer is there as soon as all words have been sent
/// that were sent before it in the recording. FILE is a capture of words or of UDP
/// (driver/capture/exchange.h); `session=N` chooses one of several, the first is 1.
///
/// Errors: kProtocol at a difference ("message 17 to the FPGA: OmnibusAddress, field address: 0x5
/// instead of 0x6"), after which the connection is lost; kProtocol at once, instead of waiting, when
/// `receive` asks for more than the recording has at this point.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "driver/capture/exchange.h"
#include "driver/link/link.h"
#include "driver/link/registry.h"

namespace hx {

class ReplayLink final : public Link {
 public:
  ReplayLink(capture::Exchange const& recorded, std::string name);

  Result<void> send(std::span<std::uint64_t const> words) override;
  Result<std::size_t> receive(std::span<std::uint64_t> words, Deadline deadline) override;
  [[nodiscard]] std::string describe() const override;
  [[nodiscard]] LinkStatistics statistics() const override { return statistics_; }

 private:
  struct Answer {
    std::size_t after;  // words to the FPGA
    std::size_t end;    // in answers_
  };
  Error diverged(std::uint64_t found);

  std::string name_;
  std::vector<std::uint64_t> questions_;
  std::vector<std::uint64_t> answers_;
  std::vector<Answer> order_;
  std::size_t sent_ = 0;
  std::size_t taken_ = 0;
  std::size_t available_ = 0;  // of answers_
  std::size_t next_ = 0;       // of order_
  bool is_lost_ = false;
  LinkStatistics statistics_;
};

/// Makes `replay:FILE[?session=N]` known.
void add_replay_target(Registry& registry);

}  // namespace hx
