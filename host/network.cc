#include "host/network.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <set>
#include <unordered_map>

#include "driver/base/check.h"
#include "driver/base/refusal.h"

namespace hx::host {
namespace {

constexpr std::uint32_t kCircuits = 512;
constexpr std::int32_t kMaxWeight = 63;

struct Range {
  char const* name;
  Parameter NeuronParameters::*parameter;
  double min;
  double max;
  char const* unit;
  bool lif_only = false;
};

// Times: what a nominal calibration can clip to is refused only where it makes no sense at all.
constexpr double kMaxTime = 1.;
constexpr std::array<Range, 10> kRanges = {{
    {"leak", &NeuronParameters::leak, -1e4, 1e4, "CADC LSB"},
    {"threshold", &NeuronParameters::threshold, -1e4, 1e4, "CADC LSB", true},
    {"tau_mem", &NeuronParameters::tau_mem, 1e-8, kMaxTime, "s"},
    {"tau_syn_exc", &NeuronParameters::tau_syn_exc, 1e-8, kMaxTime, "s"},
    {"tau_syn_inh", &NeuronParameters::tau_syn_inh, 1e-8, kMaxTime, "s"},
    {"membrane_capacitance", &NeuronParameters::membrane_capacitance, 1, 63, ""},
    {"refractory_time", &NeuronParameters::refractory_time, 0, kMaxTime, "s", true},
    {"holdoff_time", &NeuronParameters::holdoff_time, 0, kMaxTime, "s", true},
    {"i_synin_gm", &NeuronParameters::i_synin_gm, 0, 1022, ""},
    {"synapse_dac_bias", &NeuronParameters::synapse_dac_bias, 0, 1022, ""},
}};

Result<void> check_parameter(Population const& population, char const* name,
                             Parameter const& parameter, double min, double max, char const* unit) {
  if (!parameter.fits(population.size)) {
    return Refusal(ErrorCode::kInvalidArgument)
           << "population '" << population.name << "': " << name << " has "
           << parameter.values().size() << " values for " << population.size
           << " neurons; give one, or one per neuron";
  }
  for (std::size_t i = 0; i < parameter.values().size(); ++i) {
    double const value = parameter.values()[i];
    if (std::isfinite(value) && value >= min && value <= max) continue;
    Refusal refusal(ErrorCode::kOutOfRange);
    refusal << "population '" << population.name << "': " << name << " = " << value;
    if (parameter.values().size() > 1) refusal << " of neuron " << i;
    refusal << " is not in " << min << " .. " << max;
    if (*unit != 0) refusal << ' ' << unit;
    return refusal;
  }
  return {};
}

Result<void> check_neuron_parameters(Population const& population) {
  for (Range const& range : kRanges) {
    if (range.lif_only && population.kind != PopulationKind::kLif) continue;
    auto ok = check_parameter(population, range.name, population.neuron.*range.parameter, range.min,
                              range.max, range.unit);
    if (!ok) return ok;
  }
  if (population.neuron.reset) {
    return check_parameter(population, "reset", *population.neuron.reset, -1e4, 1e4, "CADC LSB");
  }
  return {};
}

Result<void> check_background(Population const& population) {
  if (!std::has_single_bit(population.size) || population.size > 256) {
    return Refusal(ErrorCode::kOutOfRange)
           << "background population '" << population.name << "': size " << population.size
           << " is no power of two in 1 .. 256";
  }
  auto const& background = population.background;
  if (background.period < 2 || background.period > 65535) {
    return Refusal(ErrorCode::kOutOfRange)
           << "background population '" << population.name << "': period " << background.period
           << " is not in 2 .. 65535 chip cycles (4 ns)";
  }
  if (background.rate > 255) {
    return Refusal(ErrorCode::kOutOfRange)
           << "background population '" << population.name << "': rate " << background.rate
           << " is not in 0 .. 255";
  }
  return {};
}

Result<void> check_recordings(Population const& population) {
  if (population.record_cadc && !population.is_neuron()) {
    return Refusal(ErrorCode::kInvalidArgument)
           << "population '" << population.name
           << "': a source has no membrane; only its spikes can be recorded";
  }
  if (population.record_spikes && !population.spikes()) {
    return Refusal(ErrorCode::kInvalidArgument)
           << "population '" << population.name
           << "': li neurons have no spikes; only the membrane (cadc) can be recorded";
  }
  return {};
}

Result<void> check_placement(Population const& population,
                             std::unordered_map<std::uint32_t, std::string const*>& taken) {
  if (population.placement.empty()) return {};
  if (!population.is_neuron()) {
    return Refusal(ErrorCode::kInvalidArgument)
           << "population '" << population.name << "': a source has no placement";
  }
  if (population.placement.size() != population.size) {
    return Refusal(ErrorCode::kInvalidArgument)
           << "population '" << population.name << "': placement lists "
           << population.placement.size() << " circuits for " << population.size << " neurons";
  }
  for (std::uint32_t circuit : population.placement) {
    if (circuit >= kCircuits) {
      return Refusal(ErrorCode::kOutOfRange) << "population '" << population.name << "': circuit "
                                             << circuit << " is not in 0 .. 511 (256*row + column)";
    }
    auto const [place, fresh] = taken.emplace(circuit, &population.name);
    if (!fresh) {
      return Refusal(ErrorCode::kInvalidArgument)
             << "population '" << population.name << "': circuit " << circuit
             << " is taken already, by '" << *place->second << "'";
    }
  }
  return {};
}

Result<void> check_population(Population const& population) {
  if (population.name.empty()) {
    return Refusal(ErrorCode::kInvalidArgument) << "a population has no name";
  }
  // The events of one run hold 14 bit labels; far below, so that no count overflows.
  constexpr std::uint32_t kMaxSize = 65536;
  if (population.size == 0 || population.size > kMaxSize) {
    return Refusal(ErrorCode::kOutOfRange) << "population '" << population.name << "': size "
                                           << population.size << " is not in 1 .. " << kMaxSize;
  }
  if (!population.mask.empty() &&
      (population.kind != PopulationKind::kLif || population.mask.size() != population.size)) {
    return Refusal(ErrorCode::kInvalidArgument)
           << "population '" << population.name << "': a mask of " << population.mask.size()
           << " flags; it needs lif neurons and one flag for each of the " << population.size;
  }
  if (auto ok = check_recordings(population); !ok) return ok;
  if (population.kind == PopulationKind::kBackground) return check_background(population);
  if (population.is_neuron()) return check_neuron_parameters(population);
  return {};
}

Result<void> check_projection(Network const& network, std::size_t index) {
  Projection const& projection = network.projections[index];
  std::size_t const count = network.populations.size();
  if (projection.from >= count || projection.to >= count) {
    return Refusal(ErrorCode::kInvalidArgument)
           << "projection " << index << " joins populations " << projection.from << " and "
           << projection.to << " of " << count;
  }
  Population const& from = network.populations[projection.from];
  Population const& to = network.populations[projection.to];
  std::string const name = network.name_of(projection);
  if (!from.spikes()) {
    return Refusal(ErrorCode::kInvalidArgument)
           << "projection " << name << ": '" << from.name << "' are li neurons and send no spikes";
  }
  if (!to.is_neuron()) {
    return Refusal(ErrorCode::kInvalidArgument)
           << "projection " << name << ": '" << to.name << "' is a source and takes no input";
  }
  for (std::size_t i = 0; i < projection.connections.size(); ++i) {
    Connection const& connection = projection.connections[i];
    if (connection.pre >= from.size || connection.post >= to.size) {
      return Refusal(ErrorCode::kOutOfRange)
             << "projection " << name << ": connection " << i << " joins " << connection.pre
             << " of " << from.size << " and " << connection.post << " of " << to.size;
    }
    if (projection.rule == WeightRule::kSignedPair && std::abs(connection.weight) > kMaxWeight) {
      return Refusal(ErrorCode::kOutOfRange)
             << "projection " << name << ": weight " << connection.weight << " of connection "
             << connection.pre << " -> " << connection.post << " is not in -63 .. 63";
    }
    // A circuit has 256 rows, so no larger weight can ever be placed.
    constexpr std::int32_t kMaxSplit = 256 * kMaxWeight;
    if (std::abs(std::int64_t{connection.weight}) > kMaxSplit) {
      return Refusal(ErrorCode::kOutOfRange)
             << "projection " << name << ": weight " << connection.weight << " of connection "
             << connection.pre << " -> " << connection.post << " is not in " << -kMaxSplit << " .. "
             << kMaxSplit << " (256 synapses of 63)";
    }
  }
  return {};
}

}  // namespace

double Population::reset_of(std::size_t index) const {
  if (neuron.reset) return neuron.reset->at(index);
  return kind == PopulationKind::kLi ? neuron.leak.at(index) : 80.;
}

std::optional<std::uint32_t> Network::find(std::string_view name) const {
  for (std::size_t i = 0; i < populations.size(); ++i) {
    if (populations[i].name == name) return static_cast<std::uint32_t>(i);
  }
  return std::nullopt;
}

std::string Network::name_of(Projection const& projection) const {
  auto const name = [this](std::uint32_t index) {
    return index < populations.size() ? populations[index].name : std::string("?");
  };
  return "'" + name(projection.from) + "' -> '" + name(projection.to) + "'";
}

std::vector<Connection> dense_connections(std::span<std::int32_t const> weights, std::uint32_t post,
                                          std::uint32_t pre) {
  HX_CHECK(weights.size() == std::size_t{post} * pre)
      << weights.size() << " weights for " << post << " x " << pre;
  std::vector<Connection> connections;
  connections.reserve(weights.size());
  for (std::uint32_t i = 0; i < post; ++i) {
    for (std::uint32_t j = 0; j < pre; ++j) {
      connections.push_back({j, i, weights[std::size_t{i} * pre + j]});
    }
  }
  return connections;
}

std::vector<Connection> all_to_all_connections(std::int32_t weight, std::uint32_t post,
                                               std::uint32_t pre) {
  std::vector<std::int32_t> const weights(std::size_t{post} * pre, weight);
  return dense_connections(weights, post, pre);
}

std::vector<Connection> one_to_one_connections(std::int32_t weight, std::uint32_t size) {
  std::vector<Connection> connections;
  connections.reserve(size);
  for (std::uint32_t i = 0; i < size; ++i) connections.push_back({i, i, weight});
  return connections;
}

std::int32_t quantise_weight(double weight, double scale) {
  double const scaled = scale * weight;
  if (std::isnan(scaled)) return 0;
  return static_cast<std::int32_t>(
      std::lround(std::clamp<double>(scaled, -kMaxWeight, kMaxWeight)));
}

Result<void> validate(Network const& network) {
  std::set<std::string_view> names;
  std::unordered_map<std::uint32_t, std::string const*> taken;
  for (Population const& population : network.populations) {
    if (auto ok = check_population(population); !ok) return ok;
    if (!names.insert(population.name).second) {
      return Refusal(ErrorCode::kInvalidArgument)
             << "two populations have the name '" << population.name << "'";
    }
    if (auto ok = check_placement(population, taken); !ok) return ok;
  }
  for (std::size_t i = 0; i < network.projections.size(); ++i) {
    if (auto ok = check_projection(network, i); !ok) return ok;
  }
  return {};
}

}  // namespace hx::host
