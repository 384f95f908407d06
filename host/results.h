/// What an experiment takes and gives, as flat arrays: spike trains and traces per batch entry and
/// neuron, loss counters and times. The arrays have a shape [entry][neuron] and row offsets (CSR),
/// so that another language can wrap them without a copy.
///
///     SpikeTrains in = SpikeTrains::from_seconds({{{1e-6, 3e-6}, {}}});  // 1 entry, 2 neurons
///     for (std::int64_t cycles : in.at(0, 0)) use(seconds(cycles));
///
/// Times are FPGA cycles (8 ns) since the begin of the batch entry. All types are plain values:
/// they may be read from several threads, and be changed by one at a time.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "driver/base/result.h"

namespace hx::host {

/// FPGA cycles as seconds.
constexpr double seconds(std::int64_t cycles) {
  return static_cast<double>(cycles) / 125e6;
}

/// Spike times [entry][neuron], ascending inside each row.
struct SpikeTrains {
  std::uint32_t entries = 0;
  std::uint32_t neurons = 0;
  std::vector<std::uint64_t> offsets = {0};  ///< entries*neurons + 1 row starts in `times`
  std::vector<std::int64_t> times;           ///< FPGA cycles since the begin of the entry

  /// Trains of the given shape without a spike.
  static SpikeTrains silent(std::uint32_t entries, std::uint32_t neurons);

  /// [entry][neuron] -> times in seconds, any order; every entry must have the same number of
  /// neurons (kInvalidArgument names the entry), times must be finite and >= 0 (kOutOfRange).
  static Result<SpikeTrains> from_seconds(
      std::vector<std::vector<std::vector<double>>> const& times);

  /// From a dense tensor [step][entry][neuron]: every element that is not 0 is one spike at
  /// step*dt. kInvalidArgument if `dense` does not have steps*entries*neurons elements or dt is not
  /// > 0.
  static Result<SpikeTrains> from_dense(std::span<float const> dense, std::uint32_t steps,
                                        std::uint32_t entries, std::uint32_t neurons, double dt);

  /// The spikes of one neuron in one entry; contract: both in range.
  [[nodiscard]] std::span<std::int64_t const> at(std::uint32_t entry, std::uint32_t neuron) const;

  bool operator==(SpikeTrains const&) const = default;
};

/// Membrane samples [entry][neuron] -> (time, value), ascending in time inside each row.
struct CadcTraces {
  std::uint32_t entries = 0;
  std::uint32_t neurons = 0;
  std::vector<std::uint64_t> offsets = {0};  ///< entries*neurons + 1 row starts
  std::vector<std::int64_t> times;           ///< FPGA cycles since the begin of the entry
  std::vector<float> values;                 ///< chip: code 0..255; mock: CADC LSB, not rounded

  [[nodiscard]] std::span<std::int64_t const> times_at(std::uint32_t entry,
                                                       std::uint32_t neuron) const;
  [[nodiscard]] std::span<float const> values_at(std::uint32_t entry, std::uint32_t neuron) const;

  bool operator==(CadcTraces const&) const = default;
};

/// Samples of the MADC [entry][recorded neuron] -> (time, code), ascending in time inside each row.
struct MadcTraces {
  /// Codes per CADC LSB: a membrane of 80 LSB reads 320.
  static constexpr double kCodesPerLsb = 4;

  std::uint32_t entries = 0;
  std::vector<std::uint32_t> neurons;        ///< numbers of the recorded neurons, one or two
  std::vector<std::uint64_t> offsets = {0};  ///< entries * neurons.size() + 1 row starts
  std::vector<std::int64_t> times;           ///< FPGA cycles since the begin of the entry
  std::vector<std::uint16_t> codes;          ///< 0..1023

  /// `index` counts in `neurons`.
  [[nodiscard]] std::span<std::int64_t const> times_at(std::uint32_t entry,
                                                       std::uint32_t index) const;
  [[nodiscard]] std::span<std::uint16_t const> codes_at(std::uint32_t entry,
                                                        std::uint32_t index) const;

  bool operator==(MadcTraces const&) const = default;
};

/// Everything recorded of one population. What was not asked for is empty.
struct Observables {
  std::optional<SpikeTrains> spikes;
  std::optional<CadcTraces> cadc;
  std::optional<MadcTraces> madc;  ///< absent in mock mode
};

/// Loss and oddities of a run; all counts are of this run alone.
struct Health {
  std::array<std::uint64_t, 20> crossbar_drops{};  ///< events lost per crossbar input
  std::array<std::uint64_t, 12> output_events{};   ///< events per crossbar output
  std::uint64_t unknown_labels = 0;  ///< spikes from the chip that belong to no recorded source
  std::uint64_t spikes_between_entries = 0;   ///< spikes outside every entry's window
  std::map<std::string, std::uint64_t> link;  ///< the link's statistics by name
  std::vector<std::string> warnings;          ///< texts for people
};

/// Where the time went, in seconds.
struct Times {
  double realtime = 0;  ///< sum of (end - begin) of the entries, in hardware time
  double device = 0;    ///< the device was in use, decoding included
  double lowering = 0;  ///< from the request to the programs
  double decode = 0;    ///< from the answers to the results
  double total = 0;     ///< the whole run, lowering and decoding included
};

/// The result of one run of a network.
struct Results {
  std::string target;                                           ///< URI of the target, or "mock"
  bool mock = false;                                            ///< times lie on the dt grid
  double dt = 1e-6;                                             ///< s, hardware time of one step
  std::int64_t runtime_steps = 0;                               ///< steps of dt
  std::map<std::string, Observables, std::less<>> populations;  ///< recorded ones, by name
  Health health;
  Times times;

  /// The time of a spike or sample in seconds; in mock mode the exact multiple of dt.
  [[nodiscard]] double time_in_seconds(std::int64_t cycles) const;
  /// The observables of a population, or nullptr if it was not recorded.
  [[nodiscard]] Observables const* find(std::string_view population) const;
};

/// Rows of a dense tensor for a runtime: ceil(runtime/dt) + 1, where a quotient that is whole up to
/// 1e-9 is whole.
std::uint32_t dense_steps(std::int64_t runtime_cycles, double dt);

/// Dense spikes [step][entry][neuron] of 0 and 1; a spike falls into step round(t/dt) (half away
/// from zero), later steps are dropped, several spikes of one step count once.
std::vector<std::uint8_t> dense_spikes(SpikeTrains const& trains, std::int64_t runtime_cycles,
                                       double dt);

enum class Interpolation : std::uint8_t { kLinear, kNearest };

/// Dense traces [step][entry][neuron] on the grid t = step*dt: interpolated between samples,
/// constant before the first and after the last one, 0 where a neuron has no sample.
std::vector<float> dense_traces(CadcTraces const& traces, std::int64_t runtime_cycles, double dt,
                                Interpolation interpolation = Interpolation::kLinear);

}  // namespace hx::host
