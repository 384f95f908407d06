#include "tests/host/fake_chip.h"

#include <algorithm>

#include "driver/registers/registers.h"
#include "driver/ut/to_fpga.h"
#include "fpga_model/spec/geometry.h"

namespace hx::host {
namespace {

constexpr std::int64_t kReadLatency = 24;
constexpr std::int64_t kEventLatency = 10;  // to the chip's stamp
constexpr std::int64_t kWayBack = 20;
constexpr std::uint32_t kRecording = 0x8800'0005;

class FakeChip final : public Link {
 public:
  explicit FakeChip(std::shared_ptr<FakeChipState> state) : state_(std::move(state)) {}

  Result<void> send(std::span<std::uint64_t const> words) override {
    if (state_->programs_until_failure == 0) {
      return Error{.code = ErrorCode::kLinkLost, .message = "the test broke the link"};
    }
    statistics_.words_sent += words.size();
    ut::decode_messages(words, program_);
    while (run_program()) {
    }
    return {};
  }

  Result<std::size_t> receive(std::span<std::uint64_t> words, Deadline) override {
    std::size_t const count = std::min(words.size(), answers_.size());
    std::copy_n(answers_.begin(), count, words.begin());
    answers_.erase(answers_.begin(), answers_.begin() + static_cast<std::ptrdiff_t>(count));
    return count;
  }

  [[nodiscard]] std::string describe() const override { return "fake chip"; }
  [[nodiscard]] LinkStatistics statistics() const override { return statistics_; }

 private:
  struct Output {
    std::int64_t time;
    ut::FromFpgaMessage message;
  };

  static bool is_halt(ut::ToFpgaMessage const& m) {
    return m.code == ut::ToFpga::kSystemLoopback && m.payload == 0;
  }

  /// Runs the program up to the first halt, if there is a complete one.
  bool run_program() {
    auto const halt = std::find_if(program_.begin(), program_.end(), is_halt);
    if (halt == program_.end()) return false;
    std::vector<ut::ToFpgaMessage> const program(program_.begin(), halt + 1);
    program_.erase(program_.begin(), halt + 1);
    if (state_->programs_until_failure > 0) --state_->programs_until_failure;
    state_->executed.clear();
    state_->program_sizes.push_back(program.size() - 1);
    outputs_.clear();
    for (std::size_t i = 0; i < program.size(); ++i) step(program, i);
    emit();
    return true;
  }

  void step(std::vector<ut::ToFpgaMessage> const& program, std::size_t i) {
    auto const& m = program[i];
    std::int64_t& clock = state_->clock;
    if (m.code == ut::ToFpga::kTimingWaitUntil) {
      clock = std::max(clock, state_->timer_zero + static_cast<std::int64_t>(m.payload));
    }
    state_->executed.push_back({clock - state_->timer_zero, clock, m});
    switch (m.code) {
      case ut::ToFpga::kTimingSetup:
        state_->timer_zero = clock + 1;
        break;
      case ut::ToFpga::kTimingBarrier:
        clock += kReadLatency;
        break;
      case ut::ToFpga::kSystemLoopback:
        outputs_.push_back({clock + 1, m.payload == 0 ? ut::halt_answer() : ut::tick_answer()});
        break;
      case ut::ToFpga::kOmnibusAddress:
        access(static_cast<std::uint32_t>(m.payload), (m.payload >> 36 & 1) != 0,
               i + 1 < program.size() ? program[i + 1].payload : 0);
        break;
      case ut::ToFpga::kSpikePack1:
      case ut::ToFpga::kSpikePack2:
      case ut::ToFpga::kSpikePack3: {
        int const count = 1 + static_cast<int>(m.code) - static_cast<int>(ut::ToFpga::kSpikePack1);
        for (int k = count - 1; k >= 0; --k) {
          loop_back(static_cast<std::uint16_t>(m.payload >> (16 * k)));
        }
        break;
      }
      default:
        break;
    }
    ++clock;
  }

  void access(std::uint32_t address, bool is_read, std::uint64_t data) {
    if (!is_read) {
      state_->memory[address] = static_cast<std::uint32_t>(data);
      return;
    }
    std::uint32_t value = state_->memory[address];
    bool const is_cadc = (address & 0xfec8'0000) == 0x02c8'0000;
    if (is_cadc) {
      bool const is_trigger = (address & 0x0020'0000) == 0;
      if (is_trigger) triggered_ = state_->clock;
      value = state_->cadc(address, triggered_);
    }
    outputs_.push_back({state_->clock + kReadLatency, ut::omnibus_answer(value)});
  }

  void loop_back(std::uint16_t label) {
    if (!state_->loops_back || state_->memory[kRecording] == 0) return;
    std::uint32_t const lane = label >> 14;
    auto const node = crossbar_node(CrossbarInput(8 + lane), CrossbarOutput(8 + lane));
    reg::CrossbarNodeOnDLS const place(*node);
    std::array<std::uint32_t, 1> const word = {
        state_->memory[reg::write_addresses<reg::CrossbarNode>(place)[0]]};
    auto const config = reg::decode<reg::CrossbarNode>(word, place);
    if ((label & 0x3fffu & config.mask) != config.target) return;
    std::int64_t const stamp = state_->clock + kEventLatency;
    std::array<std::uint32_t, 1> const event = {
        ut::event_bits(static_cast<std::uint8_t>(stamp << 1), label)};
    outputs_.push_back({stamp + kWayBack, ut::event_pack(ut::FromFpga::kSpikePack1, event)});
  }

  /// Everything in order of its time, with the time messages that the host needs.
  void emit() {
    // What is later than the halt still belongs in front of it: programs end with barriers.
    std::stable_sort(outputs_.begin(), outputs_.end() - 1,
                     [](Output const& a, Output const& b) { return a.time < b.time; });
    std::int64_t host = 0;
    ut::FromFpgaEncoder encoder;
    for (Output const& output : outputs_) {
      std::int64_t const time = std::max(output.time, host + 1);
      if (host == 0 || time > host + 257) {
        encoder.append(ut::systime(static_cast<std::uint64_t>(time - 1)));
      } else if (time >= host + 2) {
        encoder.append(ut::sysdelta(static_cast<std::uint8_t>(time - host - 2)));
      }
      host = time;
      encoder.append(output.message);
    }
    encoder.flush();
    auto const words = encoder.take();
    statistics_.words_received += words.size();
    answers_.insert(answers_.end(), words.begin(), words.end());
  }

  std::shared_ptr<FakeChipState> state_;
  std::vector<ut::ToFpgaMessage> program_;
  std::vector<Output> outputs_;
  std::vector<std::uint64_t> answers_;
  LinkStatistics statistics_;
  std::int64_t triggered_ = 0;
};

}  // namespace

std::unique_ptr<Link> make_fake_chip(std::shared_ptr<FakeChipState> state) {
  return std::make_unique<FakeChip>(std::move(state));
}

std::vector<Executed> execute(std::span<std::uint64_t const> words) {
  auto state = std::make_shared<FakeChipState>();
  FakeChip chip(state);
  std::vector<std::uint64_t> program(words.begin(), words.end());
  program.push_back(ut::halt());
  (void)chip.send(program);
  state->executed.pop_back();
  return state->executed;
}

}  // namespace hx::host
