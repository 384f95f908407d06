/// The plain description of a network: populations and projections with their parameters, nothing
/// else. It is what `hx run` makes of a file and what `Experiment` makes of its modules; every
/// later stage (mock, routing, configuration) starts here.
///
///     Network network;
///     network.populations.push_back({.name = "in", .kind = PopulationKind::kSpikeSource, .size =
///     5}); network.populations.push_back({.name = "hid", .kind = PopulationKind::kLif, .size =
///     120}); network.projections.push_back(
///         {.from = 0, .to = 1, .connections = dense_connections(weights, 120, 5)});
///     if (auto ok = validate(network); !ok) return ok.error();
///
/// Times are seconds of hardware time, potentials CADC LSB (codes 0..255), weights whole numbers.
/// Plain values: read from several threads, changed by one at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "driver/base/result.h"

namespace hx::host {

/// One number for a whole population, or one per neuron.
class Parameter {
 public:
  Parameter(double value) : values_{value} {}                            // NOLINT
  Parameter(std::vector<double> values) : values_(std::move(values)) {}  // NOLINT
  /// The value of a neuron; contract: values are 1 or more than `neuron`.
  [[nodiscard]] double at(std::size_t neuron) const {
    return values_.size() == 1 ? values_.front() : values_.at(neuron);
  }
  [[nodiscard]] bool fits(std::size_t size) const {
    return values_.size() == 1 || values_.size() == size;
  }
  [[nodiscard]] std::vector<double> const& values() const { return values_; }
  bool operator==(Parameter const&) const = default;

 private:
  std::vector<double> values_;
};

enum class PopulationKind : std::uint8_t {
  kSpikeSource,  ///< plays spikes from the host
  kBackground,   ///< random generator on the chip
  kLif,          ///< leaky integrate-and-fire neurons
  kLi,           ///< leaky integrators: no threshold, no spikes
};

/// The signal of a neuron that a converter sees.
enum class ReadoutSource : std::uint8_t { kMembrane, kExcitatory, kInhibitory, kAdaptation };

/// Adaptation current w: tau dw/dt = a (V - leak) - w, and w += b with each spike; it pulls the resting
/// potential down by w. The neuron must have a leak.
struct Adaptation {
  Parameter a = 0.;        ///< strength below threshold, -1.996 .. 1.996 (steps of 1/512)
  Parameter b = 0.;        ///< increment, CADC LSB, -16352 .. 16352
  Parameter tau = 100e-6;  ///< s, 12.52e-6 .. 12.8e-3
  std::optional<Parameter> leak = std::nullopt;  ///< CADC LSB; absent: the leak of the membrane
  bool operator==(Adaptation const&) const = default;
};

/// Exponential term strength * kExponentialSlope * exp((V - threshold) / kExponentialSlope) on top of
/// leak - V. The neuron must have a leak.
struct Exponential {
  Parameter threshold = 110.;  ///< CADC LSB
  Parameter strength = 1.;     ///< 0 .. 1.996 (steps of 1/512); 1 is the usual AdEx model
  bool operator==(Exponential const&) const = default;
};
/// Width of the exponential term on this chip, CADC LSB.
inline constexpr double kExponentialSlope = 6;

/// Conductance based input: its strength is multiplied by (reversal - V) / (reversal - reference), clipped
/// to 0 .. 4. CADC LSB; at least kShortestReversal between the two, excitatory above, inhibitory below.
struct Conductance {
  Parameter reversal = 0.;
  std::optional<Parameter> reference = std::nullopt;  ///< absent: the leak of the membrane
  bool operator==(Conductance const&) const = default;
};
/// Smallest distance of reversal and reference potential, CADC LSB.
inline constexpr double kShortestReversal = 32768. / 1022;

/// Parameters of lif and li neurons. Time constants > 0 s, potentials in CADC LSB.
struct NeuronParameters {
  Parameter leak = 80.;
  std::optional<Parameter> reset;  ///< absent: 80 for lif, the leak for li
  Parameter threshold = 125.;      ///< lif only
  Parameter tau_mem = 10e-6;
  Parameter tau_syn_exc = 10e-6;
  Parameter tau_syn_inh = 10e-6;
  Parameter membrane_capacitance = 63.;  ///< code 1..63
  Parameter refractory_time = 1e-6;      ///< lif only
  Parameter holdoff_time = 0.;           ///< lif only
  Parameter i_synin_gm = 500.;           ///< code 0..1022
  /// Code 0..1022. One per quadrant of the chip: populations in one quadrant must agree.
  Parameter synapse_dac_bias = 600.;
  bool leaky = true;  ///< false: integrate-and-fire, no leak
  std::optional<Adaptation> adaptation = std::nullopt;
  std::optional<Exponential> exponential = std::nullopt;
  std::optional<Conductance> conductance_exc = std::nullopt;  ///< absent: current based
  std::optional<Conductance> conductance_inh = std::nullopt;
  bool operator==(NeuronParameters const&) const = default;
};

/// A background population makes one event per period with probability rate/255, from a source
/// drawn uniformly.
struct BackgroundParameters {
  std::uint32_t period = 0;  ///< chip cycles of 4 ns, 2..65535
  std::uint32_t rate = 255;  ///< 0..255
  std::uint32_t seed = 1;
  bool operator==(BackgroundParameters const&) const = default;
};

/// How the circuits of one neuron lie.
enum class CircuitLayout : std::uint8_t {
  kColumns,  ///< column by column, top circuit first; begins in the top row
  kRow,      ///< side by side in one row
};

struct Population {
  std::string name;
  PopulationKind kind = PopulationKind::kLif;
  std::uint32_t size = 0;  ///< background: a power of two, 1..256
  bool record_spikes = false;
  bool record_cadc = false;  ///< neurons only
  ReadoutSource cadc_source = ReadoutSource::kMembrane;
  /// Neurons that the MADC records, by number; at most two in a network, in the order given.
  std::vector<std::uint32_t> madc_neurons = {};
  ReadoutSource madc_source = ReadoutSource::kMembrane;  ///< as cadc_source if both record
  NeuronParameters neuron = {};
  BackgroundParameters background = {};
  /// Circuits joined to one neuron, 1..256 (kRow: 1..128). The first has capacitance, leak, threshold
  /// and event output; the others lend their 256 synapse rows each.
  std::uint32_t circuits = 1;
  CircuitLayout layout = CircuitLayout::kColumns;
  /// The first circuit of each neuron, n = 256*row + column (left-most, top-most); empty: first fit in
  /// the order of n.
  std::vector<std::uint32_t> placement = {};
  /// One flag per neuron, false: its spikes are not sent; empty: all are.
  std::vector<std::uint8_t> mask = {};
  bool operator==(Population const&) const = default;

  [[nodiscard]] bool is_neuron() const {
    return kind == PopulationKind::kLif || kind == PopulationKind::kLi;
  }
  /// Whether its members send spikes.
  [[nodiscard]] bool spikes() const { return kind != PopulationKind::kLi; }
  /// The reset potential of a neuron with the default rules applied.
  [[nodiscard]] double reset_of(std::size_t index) const;
};

/// One connection with a signed weight; the sign chooses the receptor.
struct Connection {
  std::uint32_t pre = 0;
  std::uint32_t post = 0;
  std::int32_t weight = 0;
  bool operator==(Connection const&) const = default;
};

/// Where circuit `index` of a neuron lies, relative to its first one.
struct CircuitOffset {
  std::uint32_t column = 0;
  std::uint32_t row = 0;
  bool operator==(CircuitOffset const&) const = default;
};
CircuitOffset circuit_offset(CircuitLayout layout, std::uint32_t index);

/// Short-term plasticity: every source has a resource R (at first `recover`). A spike acts with weight * R,
/// then R += utilization * (charge - R); between spikes R returns to `recover`. charge < recover is
/// depression, charge > recover facilitation.
struct ShortTermPlasticity {
  double utilization = 0;                             ///< 0 .. 0.9375 (steps of 1/16)
  std::optional<double> tau_recovery = std::nullopt;  ///< s, 1e-6 .. 95e-3; absent: no recovery
  double charge = 0;                                  ///< 0 .. 1
  double recover = 1;                                 ///< 0 .. 1
  bool operator==(ShortTermPlasticity const&) const = default;
};

/// How a weight becomes synapses.
enum class WeightRule : std::uint8_t {
  /// Weight 0 is no synapse; |weight| > 63 is split over ceil(|weight|/63) synapses.
  kSparse,
  /// Every connection takes one excitatory and one inhibitory synapse, one of them with weight 0,
  /// so
  /// that no change of a weight changes the routing. |weight| <= 63.
  kSignedPair,
};

struct Projection {
  std::uint32_t from = 0;  ///< index of the population, any that spikes
  std::uint32_t to = 0;    ///< index of the population, neurons only
  WeightRule rule = WeightRule::kSparse;
  std::vector<Connection> connections = {};
  /// Spike sources only: the chip keeps R in synapse drivers, which serve one source each then, so there are
  /// at most 128 sources with plasticity (fewer if weights are split). All projections of one population agree.
  std::optional<ShortTermPlasticity> stp = std::nullopt;
  bool operator==(Projection const&) const = default;
};

/// How the MADC samples.
struct MadcSettings {
  /// Samples per second; the nearest of 500 MHz / (12..19), divided by 1, 2, 4, 6, .. 8192. Two recorded
  /// neurons share it.
  double sample_rate = 500e6 / 17;
  std::optional<double> duration =
      std::nullopt;  ///< s since the begin of each entry; absent: the whole entry
  bool operator==(MadcSettings const&) const = default;
};

struct Network {
  std::vector<Population> populations;
  std::vector<Projection> projections;
  MadcSettings madc = {};
  bool operator==(Network const&) const = default;

  /// Index of a population by name.
  [[nodiscard]] std::optional<std::uint32_t> find(std::string_view name) const;
  /// Whether the MADC records anything.
  [[nodiscard]] bool records_madc() const;
  /// "'hid' -> 'out'", for messages.
  [[nodiscard]] std::string name_of(Projection const& projection) const;
};

/// Every entry of a matrix [post][pre] as a connection, target-major (all sources of target 0, then
/// of target 1, ...). Contract: `weights` has post*pre elements.
std::vector<Connection> dense_connections(std::span<std::int32_t const> weights, std::uint32_t post,
                                          std::uint32_t pre);
std::vector<Connection> all_to_all_connections(std::int32_t weight, std::uint32_t post,
                                               std::uint32_t pre);
std::vector<Connection> one_to_one_connections(std::int32_t weight, std::uint32_t size);

/// A real weight as the chip takes it: clip(scale*w, -63, 63), rounded half away from zero.
std::int32_t quantise_weight(double weight, double scale = 1.);

/// Checks everything that does not need the chip: names unique and not empty, sizes, parameter
/// counts and ranges, recordings, circuits and placement, connections in range, weights of kSignedPair,
/// plasticity. The error names the population or projection, the value and what is allowed.
Result<void> validate(Network const& network);

}  // namespace hx::host
