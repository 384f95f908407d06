#include "host/lowering/decode.h"

#include <algorithm>
#include <map>
#include <sstream>

#include "driver/base/check.h"

namespace hx::host {
namespace {

constexpr std::size_t kInputs = 20;
constexpr std::uint32_t kDropCounterEnd = 0xffff;
constexpr std::int64_t kCyclesPerSample = 213;  // 1.7 us: what few recorded neurons get

/// Labels under which the neurons of the network can arrive, wanted or not.
std::uint16_t neuron_label(AtomicNeuron neuron, std::uint8_t address_out) {
  std::uint32_t const output = event_output(neuron).value();
  return static_cast<std::uint16_t>(output % 4 << 14 | output << 8 | address_out);
}

}  // namespace

std::uint8_t quad_sample(std::uint32_t word, SynapseColumn column) {
  return static_cast<std::uint8_t>(word >> (8 * (3 - quad_entry(column).value())));
}

Decoder::Decoder(Network const& network, Mapping const& mapping, routing::Solution const& solution,
                 Circuits const& circuits, SchedulePlan const& plan)
    : network_(network), circuits_(circuits), plan_(plan), source_of_label_(65536, kUnknown) {
  std::size_t const count = network.populations.size();
  traces_.resize(count);
  madc_.resize(count);
  // Population of the network, by kind and index of the problem.
  std::map<routing::SourcePopulation, std::size_t> population_of;
  for (std::size_t p = 0; p < count; ++p) {
    Population const& population = network.populations[p];
    population_of[mapping.populations[p]] = p;
    first_source_.push_back(sources_);
    sources_ += static_cast<std::int32_t>(population.size);
    if (population.record_cadc) {
      traces_[p].entries = plan.entries;
      traces_[p].neurons = population.size;
      traces_[p].offsets.assign(1, 0);
      std::size_t const rows = std::size_t{plan.entries} * population.size;
      traces_[p].offsets.reserve(rows + 1);
      // Up to a gigabyte of room for what the period promises; beyond it grows.
      std::size_t const samples =
          static_cast<std::size_t>(plan.runtime /
                                   std::max<std::int64_t>(cadc_period(plan.cadc), 1)) +
          1;
      if (rows * samples < (std::size_t{1} << 27)) {
        traces_[p].times.reserve(rows * samples);
        traces_[p].values.reserve(rows * samples);
      }
    }
    if (!population.madc_neurons.empty()) {
      madc_[p].entries = plan.entries;
      madc_[p].neurons = population.madc_neurons;
    }
    if (population.kind == PopulationKind::kSpikeSource) {
      for (std::uint16_t label : solution.externals[mapping.populations[p].index].items) {
        source_of_label_[label] = kNotRecorded;
      }
    } else if (population.kind == PopulationKind::kBackground) {
      for (auto const& g : solution.backgrounds[mapping.populations[p].index]) {
        for (std::uint32_t i = 0; i < population.size; ++i) {
          std::uint32_t const output = g.generator.value() % 4;
          source_of_label_[output << 14 | (g.label | i)] = kNotRecorded;
        }
      }
    } else {
      auto const& places = solution.neurons[mapping.populations[p].index];
      for (std::size_t n = 0; n < places.address_out.size(); ++n) {
        if (!places.address_out[n]) continue;
        source_of_label_[neuron_label(circuits[p][n], *places.address_out[n])] = kNotRecorded;
      }
    }
  }
  for (routing::RecordedLabel const& recorded : solution.recorded) {
    std::size_t const p = population_of.at(recorded.source.population);
    source_of_label_[recorded.label] =
        first_source_[p] + static_cast<std::int32_t>(recorded.source.index);
  }
}

void Decoder::add(Chunk const& chunk, Responses const& responses) {
  std::vector<Window> windows;
  for (EntrySchedule const& entry : chunk.entries) {
    std::int64_t const begin = responses.fpga_time(entry.begin).count();
    std::int64_t const end = responses.fpga_time(entry.end).count();
    windows.push_back({begin, end, std::min(end, begin + plan_.runtime)});
    results_.times.realtime += seconds(end - begin);
  }
  add_spikes(windows, responses);
  add_samples(chunk, responses, windows);
  add_madc(windows, responses);
  add_health(chunk, responses);
}

void Decoder::add_spikes(std::vector<Window> const& windows, Responses const& responses) {
  scratch_.clear();
  bool sorted = true;
  for (std::size_t i = 0; i < responses.spikes.size(); ++i) {
    std::int32_t const source = source_of_label_[responses.spikes.label[i]];
    if (source == kUnknown) ++results_.health.unknown_labels;
    if (source < 0) continue;
    auto const time = static_cast<std::int64_t>(responses.spikes.chip_time[i]);
    sorted = sorted && (scratch_.empty() || scratch_.back().time <= time);
    scratch_.push_back({time, source});
  }
  if (!sorted) std::stable_sort(scratch_.begin(), scratch_.end());
  auto spike = scratch_.begin();
  for (Window const& window : windows) {
    for (; spike != scratch_.end() && spike->time < window.begin; ++spike) {
      ++results_.health.spikes_between_entries;
    }
    for (; spike != scratch_.end() && spike->time < window.limit; ++spike) {
      spikes_.push_back({spike->time - window.begin, spike->source});
    }
    entry_ends_.push_back(spikes_.size());
  }
  results_.health.spikes_between_entries += static_cast<std::uint64_t>(scratch_.end() - spike);
}

void Decoder::add_samples(Chunk const& chunk, Responses const& responses,
                          std::vector<Window> const& windows) {
  // Position of a quad among the reads of its hemisphere.
  std::array<std::array<std::uint32_t, 64>, 2> position{};
  for (std::size_t h = 0; h < 2; ++h) {
    for (std::size_t i = 0; i < plan_.cadc.quads[h].size(); ++i) {
      position[h][plan_.cadc.quads[h][i].value()] = static_cast<std::uint32_t>(i);
    }
  }
  if (plan_.cadc.triggers() == 0) return;
  std::array<std::vector<CadcSample>, 2> samples;  // of one entry, by hemisphere
  std::uint32_t const* const words = responses.reads.value.data();
  for (std::size_t e = 0; e < chunk.entries.size(); ++e) {
    std::int64_t const length = std::min(plan_.runtime, windows[e].end - windows[e].begin);
    for (auto& list : samples) list.clear();
    for (CadcSample const& sample : chunk.entries[e].samples) {
      std::size_t const h = sample.hemisphere.value();
      if (sample.time >= length) continue;
      // All reads of a sample are among the answers; the device has checked their number.
      HX_CHECK(sample.first.index + plan_.cadc.quads[h].size() <= responses.reads.size())
          << "read " << sample.first.index;
      samples[h].push_back(sample);
    }
    for (std::size_t p = 0; p < traces_.size(); ++p) {
      if (!network_.populations[p].record_cadc) continue;
      CadcTraces& traces = traces_[p];
      for (AtomicNeuron neuron : circuits_[p]) {
        SynapseColumn const column(hx::column(neuron).value());
        std::size_t const h = hemisphere(neuron).value();
        std::uint32_t const offset = position[h][quad(column).value()];
        std::size_t at = traces.times.size();
        traces.times.resize(at + samples[h].size());
        traces.values.resize(at + samples[h].size());
        for (CadcSample const& sample : samples[h]) {
          traces.times[at] = sample.time;
          traces.values[at++] = quad_sample(words[sample.first.index + offset], column);
        }
        traces.offsets.push_back(at);
      }
    }
  }
}

void Decoder::add_madc(std::vector<Window> const& windows, Responses const& responses) {
  auto const& inputs = plan_.madc.inputs;
  if (inputs.empty()) return;
  auto const& samples = responses.madc;
  auto const time_of = [&](std::size_t i) {
    return static_cast<std::int64_t>(samples.chip_time[i]);
  };
  std::size_t first = 0;
  for (Window const& window : windows) {
    std::int64_t const limit = std::min(window.limit, window.begin + plan_.madc.duration);
    while (first < samples.size() && time_of(first) < window.begin) ++first;
    std::size_t last = first;
    while (last < samples.size() && time_of(last) < limit) ++last;
    for (std::size_t m = 0; m < inputs.size(); ++m) {
      MadcTraces& traces = madc_[inputs[m].population];
      for (std::size_t i = first; i < last; ++i) {
        // In two-input operation the chip reports the other channel.
        if (inputs.size() > 1 && samples.channel(i) != 1 - m) continue;
        traces.times.push_back(time_of(i) - window.begin);
        traces.codes.push_back(samples.value(i));
      }
      traces.offsets.push_back(traces.times.size());
    }
    first = last;
  }
}

void Decoder::add_health(Chunk const& chunk, Responses const& responses) {
  auto const counter = [&](Ticket first, std::size_t index) {
    Ticket const ticket{Ticket::Kind::kRead, first.index + static_cast<std::uint32_t>(index)};
    return static_cast<std::uint32_t>(responses.value(ticket));
  };
  for (std::size_t i = 0; i < kHealthReads; ++i) {
    std::uint32_t const before = counter(chunk.health_before, i);
    std::uint32_t const after = counter(chunk.health_after, i);
    bool const is_drop = i < kInputs;
    // Both may wrap on some chips: the difference is right up to one turn.
    std::uint32_t const difference = (after - before) & (is_drop ? 0xffffu : 0xff'ffffu);
    if (is_drop) {
      results_.health.crossbar_drops[i] += difference;
      if (after == kDropCounterEnd && difference != 0) {
        std::ostringstream text;
        text << "the drop counter of crossbar input " << i << " has reached its end (" << after
             << "): more events may have been lost than it says";
        results_.health.warnings.push_back(text.str());
      }
    } else {
      results_.health.output_events[i - kInputs] += difference;
    }
  }
}

SpikeTrains Decoder::trains_of(std::int32_t first_source, std::uint32_t size) const {
  SpikeTrains trains = SpikeTrains::silent(plan_.entries, size);
  auto const each = [&](auto&& visit) {
    std::size_t i = 0;
    for (std::size_t entry = 0; entry < entry_ends_.size(); ++entry) {
      for (; i < entry_ends_[entry]; ++i) {
        std::int32_t const n = spikes_[i].source - first_source;
        if (n < 0 || n >= static_cast<std::int32_t>(size)) continue;
        visit(entry * size + static_cast<std::size_t>(n), spikes_[i].time);
      }
    }
  };
  each([&](std::size_t row, std::int64_t) { ++trains.offsets[row + 1]; });
  for (std::size_t r = 0; r + 1 < trains.offsets.size(); ++r) {
    trains.offsets[r + 1] += trains.offsets[r];
  }
  trains.times.resize(trains.offsets.back());
  std::vector<std::uint64_t> next(trains.offsets.begin(), trains.offsets.end() - 1);
  each([&](std::size_t row, std::int64_t time) { trains.times[next[row]++] = time; });
  return trains;
}

void Decoder::warn_of_few_samples(std::string const& population, CadcTraces const& traces) {
  auto const rows = static_cast<std::int64_t>(traces.offsets.size()) - 1;
  if (rows <= 0) return;
  std::int64_t const expected = rows * (plan_.runtime / kCyclesPerSample);
  auto const samples = static_cast<std::int64_t>(traces.times.size());
  if (samples >= expected - expected / 10 - rows) return;
  std::ostringstream text;
  text << "population '" << population << "': " << samples / rows
       << " CADC samples per neuron and entry instead of about " << expected / rows
       << ": every quad of four neurons that is recorded costs time, record fewer for more";
  results_.health.warnings.push_back(text.str());
}

Results Decoder::finish() && {
  HX_CHECK(entry_ends_.size() == plan_.entries)
      << entry_ends_.size() << " of " << plan_.entries << " entries decoded";
  for (std::size_t p = 0; p < network_.populations.size(); ++p) {
    Population const& population = network_.populations[p];
    bool const madc = !population.madc_neurons.empty();
    if (!population.record_spikes && !population.record_cadc && !madc) continue;
    Observables& observables = results_.populations[population.name];
    if (population.record_spikes) {
      observables.spikes = trains_of(first_source_[p], population.size);
    }
    if (population.record_cadc) {
      warn_of_few_samples(population.name, traces_[p]);
      observables.cadc = std::move(traces_[p]);
    }
    if (madc) observables.madc = std::move(madc_[p]);
  }
  std::uint64_t drops = 0;
  for (std::uint64_t const count : results_.health.crossbar_drops) drops += count;
  if (drops != 0) {
    results_.health.warnings.push_back(std::to_string(drops) +
                                       " events were lost in the crossbar: spikes that reach one "
                                       "output at the same time have to wait, and few can");
  }
  return std::move(results_);
}

}  // namespace hx::host
