/// MADC with its multiplexers (hx_madc of fpga_model/rtl/chip, clock by clock): control, sample clock, choice of the circuits.
///
///     Madc madc([&](unsigned circuit, Clock now) { return arrays.state(circuit, now); });
///     madc.act(now);                                        // after the reads of the clock
///     if (auto sample = madc.take()) link.push(*sample | stamp << 16, now);
///     madc.write_control(data, now);                        // writes come last
///
/// Rules: docs/decisions/readout.md. It acts in the clocks of samples, of slots of the recorded circuits, and where powering ends; when it
/// does not record it costs nothing.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <functional>
#include <optional>

#include "sim/twin/clock.h"
#include "sim/twin/neuron_array.h"

namespace hx::sim {

class Madc {
 public:
  /// The state that a slot of the circuit in clock `now` finds.
  using StateOf = std::function<NeuronState(unsigned circuit, Clock now)>;

  explicit Madc(StateOf state_of);

  // ---- Writes of clock `now`, seen from now + 1 on.
  void write_control(std::uint32_t data, Clock now);
  /// A plain register (chip_map.h), the word that the write leaves behind. Others than those of the MADC are ignored.
  void write_register(std::uint32_t number, std::uint32_t word, Clock now);
  /// A word of NeuronConfig.
  void write_neuron(unsigned circuit, unsigned word, std::uint8_t data, Clock now);

  /// Chip reset: on from clock `now` on until `release`, whose clock is boundary b_0.
  void reset();
  void release(Clock start) { start_ = start; }

  [[nodiscard]] Clock next() const { return next_; }
  void act(Clock now);
  /// The sample of the clock of the last `act`: channel and value, without stamp.
  std::optional<std::uint32_t> take() {
    std::optional<std::uint32_t> const sample = sample_;
    sample_.reset();
    return sample;
  }

 private:
  static constexpr unsigned kInputs = 2;
  static constexpr unsigned kLines = 4;
  enum class State { kOff, kPowering, kReady, kSampling };

  /// The code of a multiplexer and what becomes of it.
  struct Hold {
    struct Coming {
      Clock from = kNever;
      std::uint32_t code = 0;
    };
    std::uint32_t code = 0;
    std::array<Coming, 2> coming;  // in order
    void store(std::uint32_t code, Clock from);
    std::uint32_t at(Clock now);
    void clear() { *this = Hold(); }
  };
  struct LineWrite {
    Clock at = kNever;
    unsigned circuit = 0;
    bool drives = false;
  };

  [[nodiscard]] std::uint32_t reg(std::uint32_t number) const;
  [[nodiscard]] bool path_closed() const;
  /// The circuit of a multiplexer as of clock `now`.
  std::optional<unsigned> circuit_of(unsigned input, Clock now);
  void apply_line_writes(Clock now);
  void set_driver(LineWrite const& write);
  std::uint32_t code_of(unsigned circuit, Clock now) const;
  void command_off(bool start, Clock now);
  void command_powering(bool start, bool stop, Clock now);
  void begin(Clock now);
  void end(bool power_down);
  void sample(Clock now);
  void look_at_slots(Clock now);
  void schedule_sample(Clock now);
  void update_next(Clock now);

  StateOf state_of_;
  Clock start_ = 0;
  Clock next_ = kNever;
  State state_ = State::kOff;
  bool continuous_ = false;
  bool power_down_ = false;
  bool preamp_ = false;
  bool kept_ = false;          // a start waits for the end of powering
  Clock powered_at_ = kNever;  // last clock of powering
  // What the state was in clock acted_at_ before it changed by itself: commands of that clock mean this one.
  Clock acted_at_ = kNever;
  State acted_from_ = State::kOff;
  std::array<std::uint32_t, 9> registers_{};

  // The recording.
  Clock began_ = kNever;
  Clock sample_at_ = kNever;
  std::uint32_t length_ = 0;
  std::uint32_t phase_ = 0;  // behind the next sample
  std::uint32_t wanted_ = 0;
  std::uint32_t count_ = 0;
  unsigned select_length_ = 0;
  unsigned since_ = 0;  // samples since the input changed
  unsigned input_ = 0;
  bool dummy_ = false;
  std::array<Hold, kInputs> holds_;
  std::optional<std::uint32_t> sample_;

  // Who drives the lines: odd top, even top, odd bottom, even bottom; by half of the column.
  std::array<std::bitset<128>, kLines> drives_;
  std::array<std::optional<unsigned>, kLines> driver_;
  std::array<std::uint8_t, 512> readout_words_{};
  std::array<LineWrite, 2> line_writes_;  // that do not count yet
};

}  // namespace hx::sim
