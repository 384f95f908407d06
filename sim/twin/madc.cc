#include "sim/twin/madc.h"

#include <algorithm>
#include <utility>

#include "driver/base/check.h"
#include "fpga_model/spec/chip_map.h"
#include "fpga_model/spec/timing.h"

namespace hx::sim {
namespace {

// Registers that matter, in the order of registers_.
constexpr std::array<std::uint32_t, 9> kNumbers = {chip_map::kRegMADCConfig_0_0,
                                                   chip_map::kRegMADCConfig_0_1,
                                                   chip_map::kRegMADCConfig_0_3,
                                                   chip_map::kRegMADCConfig_0_6,
                                                   chip_map::kRegMADCConfig_0_7,
                                                   chip_map::kRegMADCConfig_0_8,
                                                   chip_map::kRegMADCConfig_0_9,
                                                   chip_map::kRegReadoutSourceSelection_0_0,
                                                   chip_map::kRegReadoutSourceSelection_0_1};
enum Index : std::uint32_t { kMux, kPower, kNumber, kMode, kConnect, kClock, kPath, kSource };

constexpr unsigned kReadoutWord = 3;  // of NeuronConfig: amplifier, source, readout
constexpr unsigned kAmplifierBit = 4;
constexpr unsigned kSourceLsb = 5;
constexpr unsigned kReadoutBit = 7;
constexpr unsigned kLineLsb = 9;
constexpr Clock kHold = 2;  // slot to code, write to driver

constexpr std::uint32_t bits(std::uint32_t word, unsigned lsb, unsigned width) {
  return word >> lsb & ((1U << width) - 1);
}

}  // namespace

void Madc::Hold::store(std::uint32_t value, Clock from) {
  Coming& place = coming[0].from == kNever ? coming[0] : coming[1];
  HX_CHECK(place.from == kNever) << "more codes than clocks";
  place = {from, value};
}

std::uint32_t Madc::Hold::at(Clock now) {
  while (coming[0].from <= now) {
    code = coming[0].code;
    coming[0] = std::exchange(coming[1], {});
  }
  return code;
}

Madc::Madc(StateOf state_of) : state_of_(std::move(state_of)) {
  reset();
}

void Madc::reset() {
  state_ = State::kOff;
  continuous_ = power_down_ = preamp_ = kept_ = false;
  next_ = sample_at_ = powered_at_ = kNever;
  sample_.reset();
  for (std::size_t i = 0; i < kNumbers.size(); ++i)
    registers_[i] = chip_map::kResetWords[kNumbers[i]];
}

std::uint32_t Madc::reg(std::uint32_t index) const {
  return registers_[index];
}

void Madc::write_register(std::uint32_t number, std::uint32_t word, Clock now) {
  auto const* const found = std::find(kNumbers.begin(), kNumbers.end(), number);
  if (found == kNumbers.end()) return;
  registers_[static_cast<std::size_t>(found - kNumbers.begin())] = word;
  update_next(now);
}

void Madc::write_control(std::uint32_t data, Clock now) {
  bool const stop = bits(data, 2, 1) != 0;
  bool const start = bits(data, 1, 1) != 0 && !stop;
  power_down_ = bits(data, 3, 1) != 0;
  continuous_ = bits(data, 4, 1) != 0;
  preamp_ = bits(data, 5, 1) != 0;
  switch (acted_at_ == now ? acted_from_ : state_) {
    case State::kOff:
      if (bits(data, 0, 1) != 0) command_off(start, now);
      break;
    case State::kPowering:
      command_powering(start, stop, now);
      break;
    case State::kReady:
      if (start) begin(now);
      break;
    case State::kSampling:
      if (stop) end(power_down_);
      break;
  }
  update_next(now);
}

// Wake-up.
void Madc::command_off(bool start, Clock now) {
  Clock const clocks = (bits(reg(kPower), 0, 10) + 3) / 4;
  powered_at_ = now + clocks;
  kept_ = start;
  state_ = clocks == 0 ? State::kReady : State::kPowering;
  if (start && clocks == 0) begin(now);
}

void Madc::command_powering(bool start, bool stop, Clock now) {
  kept_ = (kept_ || start) && !stop;
  if (acted_at_ != now) return;
  // The last clock of powering.
  if (state_ == State::kReady && start) begin(now);
  if (state_ == State::kSampling && stop) end(false);
}

void Madc::write_neuron(unsigned circuit, unsigned word, std::uint8_t data, Clock now) {
  if (word != kReadoutWord) return;
  apply_line_writes(now + 1);
  readout_words_[circuit] = data;
  LineWrite& place = line_writes_[0].at == kNever ? line_writes_[0] : line_writes_[1];
  place = {now, circuit, bits(data, kAmplifierBit, 1) != 0 && bits(data, kReadoutBit, 1) != 0};
  update_next(now);
}

// A write of clock w counts from w + 2 on.
void Madc::apply_line_writes(Clock now) {
  while (line_writes_[0].at != kNever && line_writes_[0].at + kHold <= now) {
    set_driver(line_writes_[0]);
    line_writes_[0] = std::exchange(line_writes_[1], {});
  }
}

void Madc::set_driver(LineWrite const& write) {
  unsigned const line = (write.circuit >> 8 & 1) * 2 + (write.circuit & 1 ? 0 : 1);
  std::bitset<128>& drives = drives_[line];
  drives.set(write.circuit >> 1 & 127, write.drives);
  std::size_t const lowest = drives._Find_first();
  driver_[line].reset();
  if (lowest < drives.size())
    driver_[line] =
        (write.circuit & 0x100U) | static_cast<unsigned>(lowest) << 1 | (write.circuit & 1U);
}

std::optional<unsigned> Madc::circuit_of(unsigned input, Clock now) {
  apply_line_writes(now);
  std::uint32_t const lines = bits(reg(kSource + input), kLineLsb, kLines);
  for (unsigned line = 0; line < kLines; ++line) {
    if ((lines >> line & 1) != 0) return driver_[line];
  }
  return std::nullopt;
}

std::uint32_t Madc::code_of(unsigned circuit, Clock now) const {
  // Without amplifier nothing comes: in the clock after it was switched off the circuit is still the one of the line.
  if (bits(readout_words_[circuit], kAmplifierBit, 1) == 0) return 0;
  NeuronState const state = state_of_(circuit, now);
  std::int32_t code = 0;
  switch (bits(readout_words_[circuit], kSourceLsb, 2)) {
    case 0:
      code = (state.v + 512) >> 10;
      break;
    case 1:
      code = (state.i_exc + 2048) >> 12;
      break;
    case 2:
      code = (state.i_inh + 2048) >> 12;
      break;
    default:
      code = 512 + ((state.w + 512) >> 10);
      break;
  }
  return static_cast<std::uint32_t>(std::clamp(code, 0, 1023));
}

bool Madc::path_closed() const {
  return preamp_ && bits(reg(kConnect), 0, 1) != 0 && bits(reg(kPath), 0, 1) != 0 &&
         bits(reg(kPath), 4, 1) != 0 && bits(reg(kPath), 6, 1) != 0;
}

void Madc::begin(Clock now) {
  state_ = State::kSampling;
  began_ = now;
  length_ = 12 + bits(reg(kMux), 8, 3);
  if (bits(reg(kClock), 0, 1) != 0) length_ *= 2 * (bits(reg(kClock), 1, 12) + 1);
  wanted_ = bits(reg(kNumber), 0, 16);
  select_length_ = bits(reg(kMux), 4, 4);
  dummy_ = bits(reg(kMode), 1, 1) != 0;
  input_ = bits(reg(kMux), 3, 1);
  since_ = 0;
  count_ = 0;
  phase_ = 0;
  for (Hold& hold : holds_) hold.clear();
  schedule_sample(now);
}

void Madc::end(bool power_down) {
  state_ = power_down ? State::kOff : State::kReady;
  sample_at_ = kNever;
}

// Phase `phase_` in clock `now`: four cycles more in each later clock.
void Madc::schedule_sample(Clock now) {
  std::uint32_t const clocks = (length_ - phase_ + 3) / 4;
  sample_at_ = now + clocks;
  phase_ = phase_ + 4 * clocks - length_;
}

void Madc::act(Clock now) {
  if (now < next_) return;
  State const before = state_;
  if (state_ == State::kPowering && now == powered_at_) {
    state_ = State::kReady;
    if (kept_) begin(now);
  } else if (state_ == State::kSampling) {
    look_at_slots(now);
    if (now == sample_at_) {
      sample(now);
    } else if (now == began_ + 1 && !continuous_ && wanted_ == 0) {
      end(power_down_);
    }
  }
  if (state_ != before) {
    acted_at_ = now;
    acted_from_ = before;
  }
  update_next(now);
}

void Madc::look_at_slots(Clock now) {
  if (now < start_ + timing::kSlots) return;
  for (unsigned input = 0; input < kInputs; ++input) {
    holds_[input].at(now);
    std::optional<unsigned> const circuit = circuit_of(input, now);
    if (!circuit ||
        (now - start_) % timing::kSlots != timing::kSlots - 1 - *circuit % timing::kSlots)
      continue;
    holds_[input].store(code_of(*circuit, now), now + kHold);
  }
}

void Madc::sample(Clock now) {
  std::uint32_t value = 0;
  if (dummy_) {
    value = count_ & 0x3ff;
  } else if (path_closed() && circuit_of(input_, now)) {
    value = holds_[input_].at(now);
  }
  bool const inverted = select_length_ != 0;
  sample_ = (input_ ^ (inverted ? 1U : 0U)) << 10 | value;
  ++count_;
  if (select_length_ != 0 && ++since_ == select_length_) {
    since_ = 0;
    input_ ^= 1;
  }
  if (!continuous_ && count_ >= wanted_) {
    end(power_down_);
  } else {
    schedule_sample(now);
  }
}

void Madc::update_next(Clock now) {
  next_ = kNever;
  if (state_ == State::kPowering) next_ = powered_at_;
  if (state_ != State::kSampling) return;
  next_ = sample_at_;
  if (wanted_ == 0 && now == began_) next_ = std::min(next_, now + 1);
  // Slots of the recorded circuits. A change that does not count yet is looked at clock by clock.
  if (line_writes_[0].at != kNever) next_ = std::min(next_, now + 1);
  for (unsigned input = 0; input < kInputs; ++input) {
    std::optional<unsigned> const circuit = circuit_of(input, now + 1);
    if (!circuit) continue;
    Clock const first = std::max(now + 1, start_ + timing::kSlots);
    Clock const slot = timing::kSlots - 1 - *circuit % timing::kSlots;
    Clock const ahead =
        (slot + timing::kSlots - (first - start_) % timing::kSlots) % timing::kSlots;
    next_ = std::min(next_, first + ahead);
  }
}

}  // namespace hx::sim
