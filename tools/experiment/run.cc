#include "tools/experiment/run.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <iomanip>
#include <nlohmann/json.hpp>
#include <numeric>
#include <sstream>
#include <string>

namespace hx::tools {
namespace {

using nlohmann::json;

host::PopulationKind kind_of(PopulationType type) {
  switch (type) {
    case PopulationType::kSpikeSource:
      return host::PopulationKind::kSpikeSource;
    case PopulationType::kBackground:
      return host::PopulationKind::kBackground;
    case PopulationType::kLif:
      return host::PopulationKind::kLif;
    case PopulationType::kLi:
      return host::PopulationKind::kLi;
  }
  HX_CHECK(false) << "population type " << static_cast<int>(type);
  return {};
}

host::Parameter as_parameter(std::vector<int> const& codes) {
  return std::vector<double>(codes.begin(), codes.end());
}

host::ReadoutSource source_of(Signal signal) {
  switch (signal) {
    case Signal::kMembrane:
      return host::ReadoutSource::kMembrane;
    case Signal::kExcitatory:
      return host::ReadoutSource::kExcitatory;
    case Signal::kInhibitory:
      return host::ReadoutSource::kInhibitory;
    case Signal::kAdaptation:
      return host::ReadoutSource::kAdaptation;
  }
  HX_CHECK(false) << "signal " << static_cast<int>(signal);
  return {};
}

/// Terms that are off where the lists are empty.
void set_terms(host::NeuronParameters& to, Population const& from) {
  if (!from.adaptation_a.empty()) {
    to.adaptation = host::Adaptation{.a = from.adaptation_a,
                                     .b = from.adaptation_b,
                                     .tau = from.tau_adap,
                                     .leak = host::Parameter(from.leak_adaptation)};
  }
  if (!from.exponential_threshold.empty()) {
    to.exponential = host::Exponential{.threshold = from.exponential_threshold,
                                       .strength = from.exponential_strength};
  }
  if (!from.reversal_exc.empty()) {
    to.conductance_exc = host::Conductance{.reversal = from.reversal_exc,
                                           .reference = host::Parameter(from.reference_exc)};
  }
  if (!from.reversal_inh.empty()) {
    to.conductance_inh = host::Conductance{.reversal = from.reversal_inh,
                                           .reference = host::Parameter(from.reference_inh)};
  }
}

host::Population make_population(Population const& from) {
  host::Population to;
  to.name = from.name;
  to.kind = kind_of(from.type);
  to.size = static_cast<std::uint32_t>(from.size);
  to.record_spikes = from.record_spikes;
  to.record_cadc = from.record_cadc;
  if (from.type == PopulationType::kBackground) {
    to.background = {.period = static_cast<std::uint32_t>(from.period),
                     .rate = static_cast<std::uint32_t>(from.rate),
                     .seed = from.seed};
  }
  if (!from.is_neuron()) return to;
  to.neuron.leak = from.leak;
  to.neuron.reset = host::Parameter(from.reset);
  if (!from.threshold.empty()) to.neuron.threshold = from.threshold;
  to.neuron.tau_mem = from.tau_mem;
  to.neuron.tau_syn_exc = from.tau_syn_exc;
  to.neuron.tau_syn_inh = from.tau_syn_inh;
  to.neuron.membrane_capacitance = as_parameter(from.membrane_capacitance);
  to.neuron.refractory_time = from.refractory_time;
  to.neuron.holdoff_time = from.holdoff_time;
  to.neuron.i_synin_gm = as_parameter(from.i_synin_gm);
  to.neuron.synapse_dac_bias = as_parameter(from.synapse_dac_bias);
  set_terms(to.neuron, from);
  to.cadc_source = source_of(from.cadc_source);
  to.madc_source = source_of(from.madc_source);
  to.madc_neurons.assign(from.madc_neurons.begin(), from.madc_neurons.end());
  to.circuits = static_cast<std::uint32_t>(from.circuits);
  to.layout = from.in_row ? host::CircuitLayout::kRow : host::CircuitLayout::kColumns;
  if (from.placement) to.placement.assign(from.placement->begin(), from.placement->end());
  return to;
}

host::Projection make_projection(Projection const& from) {
  host::Projection to;
  to.from = static_cast<std::uint32_t>(from.from);
  to.to = static_cast<std::uint32_t>(from.to);
  to.rule = host::WeightRule::kSparse;
  if (from.stp) {
    to.stp = host::ShortTermPlasticity{.utilization = from.stp->utilization,
                                       .tau_recovery = from.stp->tau_recovery,
                                       .charge = from.stp->charge,
                                       .recover = from.stp->recover};
  }
  to.connections.reserve(from.connections.size());
  for (Connection const& c : from.connections) {
    to.connections.push_back(
        {static_cast<std::uint32_t>(c.pre), static_cast<std::uint32_t>(c.post), c.weight});
  }
  return to;
}

json spikes_json(host::Results const& results, host::SpikeTrains const& trains) {
  json entries = json::array();
  for (std::uint32_t entry = 0; entry < trains.entries; ++entry) {
    json neurons = json::array();
    for (std::uint32_t neuron = 0; neuron < trains.neurons; ++neuron) {
      json times = json::array();
      for (std::int64_t cycles : trains.at(entry, neuron)) {
        times.push_back(results.time_in_seconds(cycles));
      }
      neurons.push_back(std::move(times));
    }
    entries.push_back(std::move(neurons));
  }
  return entries;
}

json cadc_json(host::Results const& results, host::CadcTraces const& traces) {
  json entries = json::array();
  for (std::uint32_t entry = 0; entry < traces.entries; ++entry) {
    json neurons = json::array();
    for (std::uint32_t neuron = 0; neuron < traces.neurons; ++neuron) {
      auto const times = traces.times_at(entry, neuron);
      auto const values = traces.values_at(entry, neuron);
      json samples = json::array();
      for (std::size_t i = 0; i < times.size(); ++i) {
        json value = results.mock ? json(values[i]) : json(std::lround(values[i]));
        samples.push_back(json::array({results.time_in_seconds(times[i]), std::move(value)}));
      }
      neurons.push_back(std::move(samples));
    }
    entries.push_back(std::move(neurons));
  }
  return entries;
}

json madc_json(host::Results const& results, host::MadcTraces const& traces) {
  json entries = json::array();
  for (std::uint32_t entry = 0; entry < traces.entries; ++entry) {
    json neurons = json::array();
    for (std::uint32_t i = 0; i < traces.neurons.size(); ++i) {
      auto const times = traces.times_at(entry, i);
      auto const codes = traces.codes_at(entry, i);
      json samples = json::array();
      for (std::size_t k = 0; k < times.size(); ++k) {
        samples.push_back(json::array({results.time_in_seconds(times[k]), codes[k]}));
      }
      neurons.push_back(std::move(samples));
    }
    entries.push_back(std::move(neurons));
  }
  return {{"neurons", traces.neurons}, {"samples", std::move(entries)}};
}

void append(Matrix& matrix, std::initializer_list<double> row) {
  matrix.values.insert(matrix.values.end(), row);
  ++matrix.rows;
}

Matrix spike_table(host::Results const& results, host::SpikeTrains const& trains) {
  Matrix matrix{.rows = 0, .columns = 3, .values = {}};
  for (std::uint32_t e = 0; e < trains.entries; ++e) {
    for (std::uint32_t n = 0; n < trains.neurons; ++n) {
      for (std::int64_t time : trains.at(e, n)) {
        append(matrix, {1. * e, 1. * n, results.time_in_seconds(time)});
      }
    }
  }
  return matrix;
}

Matrix cadc_table(host::Results const& results, host::CadcTraces const& traces) {
  Matrix matrix{.rows = 0, .columns = 4, .values = {}};
  for (std::uint32_t e = 0; e < traces.entries; ++e) {
    for (std::uint32_t n = 0; n < traces.neurons; ++n) {
      auto const times = traces.times_at(e, n);
      auto const values = traces.values_at(e, n);
      for (std::size_t i = 0; i < times.size(); ++i) {
        append(matrix, {1. * e, 1. * n, results.time_in_seconds(times[i]), values[i]});
      }
    }
  }
  return matrix;
}

Matrix madc_table(host::Results const& results, host::MadcTraces const& traces) {
  Matrix matrix{.rows = 0, .columns = 4, .values = {}};
  for (std::uint32_t e = 0; e < traces.entries; ++e) {
    for (std::uint32_t k = 0; k < traces.neurons.size(); ++k) {
      auto const times = traces.times_at(e, k);
      auto const codes = traces.codes_at(e, k);
      for (std::size_t i = 0; i < times.size(); ++i) {
        append(matrix,
               {1. * e, 1. * traces.neurons[k], results.time_in_seconds(times[i]), 1. * codes[i]});
      }
    }
  }
  return matrix;
}

}  // namespace

Result<std::string> target_with_model(ExperimentFile const& file, std::string const& target) {
  if (!file.model.mismatch && !file.model.cadc_noise) return target;
  if (!target.starts_with("twin:")) {
    return Error{.code = ErrorCode::kUnsupported,
                 .message = file.path + ": model: target " + target +
                            " has no mismatch and no CADC noise of its own",
                 .hint = "--target twin:"};
  }
  std::ostringstream text;
  text << target;
  char separator = target.find('?') == std::string::npos ? '?' : '&';
  auto const add = [&](char const* key, double value) {
    text << separator << key << '=' << value;
    separator = '&';
  };
  if (file.model.mismatch) {
    add("mismatch", *file.model.mismatch);
    text << ",seed:" << file.model.seed;
  }
  if (file.model.cadc_noise) add("cadc_noise", *file.model.cadc_noise);
  return text.str();
}

host::RunRequest make_request(ExperimentFile const& file) {
  host::RunRequest request;
  for (Population const& population : file.populations) {
    request.network.populations.push_back(make_population(population));
  }
  for (Projection const& projection : file.projections) {
    request.network.projections.push_back(make_projection(projection));
  }
  request.network.madc = {.sample_rate = file.madc_sample_rate, .duration = file.madc_duration};
  for (auto const& [index, times] : file.inputs) {
    Result<host::SpikeTrains> trains = host::SpikeTrains::from_seconds(times);
    HX_CHECK(trains.has_value()) << "the file was checked: " << trains.error().text();
    request.inputs[file.populations[index].name] = *std::move(trains);
  }
  request.batch = static_cast<std::uint32_t>(file.batch);
  request.runtime_steps = file.runtime;
  request.dt = file.dt;
  request.inter_batch_entry_wait = file.inter_batch_entry_wait;
  return request;
}

std::vector<Table> tables(host::Results const& results) {
  std::vector<Table> all;
  auto const add = [&](std::string name, char const* what, Matrix matrix) {
    std::replace(name.begin(), name.end(), '/', '_');
    all.push_back({name + "." + what, std::move(matrix)});
  };
  for (auto const& [name, observables] : results.populations) {
    if (observables.spikes) add(name, "spikes", spike_table(results, *observables.spikes));
    if (observables.cadc) add(name, "cadc", cadc_table(results, *observables.cadc));
    if (observables.madc) add(name, "madc", madc_table(results, *observables.madc));
  }
  return all;
}

void write_json(host::Results const& results, std::ostream& out) {
  json spikes = json::object();
  json cadc = json::object();
  json madc = json::object();
  for (auto const& [name, observables] : results.populations) {
    if (observables.spikes) spikes[name] = spikes_json(results, *observables.spikes);
    if (observables.cadc) cadc[name] = cadc_json(results, *observables.cadc);
    if (observables.madc) madc[name] = madc_json(results, *observables.madc);
  }
  json health = {{"crossbar_drops", results.health.crossbar_drops},
                 {"output_events", results.health.output_events},
                 {"unknown_labels", results.health.unknown_labels},
                 {"spikes_between_entries", results.health.spikes_between_entries},
                 {"link", results.health.link},
                 {"warnings", results.health.warnings}};
  json times = {{"realtime", results.times.realtime},
                {"device", results.times.device},
                {"total", results.times.total}};
  json document = {{"target", results.target},         {"dt", results.dt},
                   {"runtime", results.runtime_steps}, {"spikes", std::move(spikes)},
                   {"cadc", std::move(cadc)},          {"madc", std::move(madc)},
                   {"health", std::move(health)},      {"times", std::move(times)}};
  out << document.dump() << "\n";
}

void print_summary(ExperimentFile const& file, host::Results const& results, std::ostream& out) {
  double const run = static_cast<double>(results.runtime_steps) * results.dt;
  auto const precision = out.precision(5);
  auto const flags = out.flags();
  out << file.path << " on " << results.target << ": " << file.batch
      << (file.batch == 1 ? " entry of " : " entries of ") << run * 1e6 << " us\n";
  std::size_t width = 0;
  for (auto const& [name, unused] : results.populations) width = std::max(width, name.size());
  for (auto const& [name, observables] : results.populations) {
    out << "  " << std::left << std::setw(static_cast<int>(width)) << name << std::right;
    if (observables.spikes) {
      host::SpikeTrains const& trains = *observables.spikes;
      double const rate = static_cast<double>(trains.times.size()) /
                          (run * std::max(1U, trains.neurons) * std::max(1U, trains.entries));
      out << "  " << trains.times.size() << " spikes of " << trains.neurons << " neurons ("
          << std::fixed << std::setprecision(2) << rate / 1e3 << " kHz each)" << std::defaultfloat
          << std::setprecision(5);
    }
    if (observables.cadc) {
      auto const& values = observables.cadc->values;
      out << "  " << values.size() << " CADC samples";
      if (!values.empty()) {
        auto const [low, high] = std::minmax_element(values.begin(), values.end());
        out << " from " << *low << " to " << *high;
      }
    }
    if (observables.madc) {
      auto const& codes = observables.madc->codes;
      out << "  " << codes.size() << " MADC samples";
      if (!codes.empty()) {
        auto const [low, high] = std::minmax_element(codes.begin(), codes.end());
        out << " from " << *low << " to " << *high;
      }
    }
    out << "\n";
  }
  std::uint64_t const drops = std::accumulate(results.health.crossbar_drops.begin(),
                                              results.health.crossbar_drops.end(), 0ULL);
  out << "  lost in the crossbar: " << drops
      << ", unknown labels: " << results.health.unknown_labels
      << ", spikes between entries: " << results.health.spikes_between_entries << "\n";
  for (std::string const& warning : results.health.warnings)
    out << "  warning: " << warning << "\n";
  out << "  on the chip " << results.times.realtime * 1e3 << " ms, device "
      << results.times.device * 1e3 << " ms, in all " << results.times.total * 1e3 << " ms\n";
  auto const cycles = results.health.link.find("simulated_cycles");
  auto const wall = results.health.link.find("simulation_us");
  if (cycles != results.health.link.end() && wall != results.health.link.end() &&
      wall->second > 0) {
    double const count = static_cast<double>(cycles->second);
    out << "  simulated " << count * 8e-6 << " ms of the chip's time, "
        << count / static_cast<double>(wall->second) << " million FPGA cycles per second\n";
  }
  out.precision(precision);
  out.flags(flags);
}

}  // namespace hx::tools
