/// A simulated system (FPGA, link and chip), clock by clock, without any notion of a connection: what ModelLink (model_link.h) drives.
///
///     std::unique_ptr<Model> model = make_twin({});      // sim/twin/twin.h; or make_rtl_model(), sim/rtl/rtl.h
///     std::size_t taken = model->fill(program);          // words up to and including a halt
///     while (!model->run(4096).run_ended) {}
///     std::vector<std::uint64_t> words;
///     model->take(words);                                // what left for the host
///
/// Threads: one at a time per model. Models share no state, any number may run in parallel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace hx::sim {

/// Which clocks go into a waveform file. Clocks are counted from power-on.
struct TraceOptions {
  std::string file;  ///< empty: no waves
  std::uint64_t start = 0;
  std::uint64_t stop = ~std::uint64_t{0};  ///< first clock that is not recorded

  bool operator==(TraceOptions const&) const = default;
};

/// How a system is put together.
struct SystemOptions {
  /// The link between FPGA and chip is up from power-on, without notifications. Otherwise a start-up
  /// (driver/device/init.h) has to bring its lanes up.
  bool link_up = false;

  bool operator==(SystemOptions const&) const = default;
};

class Model {
 public:
  struct Ran {
    std::uint64_t clocks = 0;
    bool run_ended = false;  ///< the answer of a halt has left completely in the last of them
  };

  Model() = default;
  Model(Model const&) = delete;
  Model& operator=(Model const&) = delete;
  virtual ~Model() = default;

  /// Puts instructions into the playback memory in no simulated time and returns how many found
  /// room. Execution starts with the next clock if a halt is among them or the memory is full.
  /// Every word must be a known instruction (contract).
  virtual std::size_t fill(std::span<std::uint64_t const> words) = 0;
  /// Instructions in the playback memory.
  [[nodiscard]] virtual std::size_t filled() const = 0;
  /// Instructions that the playback memory holds.
  [[nodiscard]] virtual std::size_t capacity() const = 0;

  /// Computes up to `clocks` clocks. Stops early after the clock in which a run ends, and while
  /// words that have left were not taken.
  virtual Ran run(std::uint64_t clocks) = 0;

  /// Appends the words that left for the host.
  virtual void take(std::vector<std::uint64_t>& words) = 0;

  /// The executor drops words until a halt that is not in the playback memory yet.
  [[nodiscard]] virtual bool is_discarding() const = 0;
  /// Offers one word at the entrance that costs time and computes one clock.
  virtual void feed(std::uint64_t word) = 0;
  /// Gives up the program at work: its rest is dropped, its halt answered.
  virtual void abort() = 0;

  /// Event packs that were lost because the trace was full.
  [[nodiscard]] virtual std::uint64_t packs_dropped() const = 0;
  /// Labels that were lost because the link to the chip was down.
  [[nodiscard]] virtual std::uint64_t labels_lost() const { return 0; }
  /// Clocks since power-on.
  [[nodiscard]] virtual std::uint64_t clocks() const = 0;

  /// What it is, for messages: "sim: FPGA and chip as Verilated RTL".
  [[nodiscard]] virtual std::string describe() const = 0;
};

}  // namespace hx::sim
