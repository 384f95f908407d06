#include "host/mock.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <utility>

#include "driver/base/refusal.h"

// Tells the compiler that the arrays of a loop do not overlap.
#ifdef __clang__
#define HX_VECTORISE _Pragma("clang loop vectorize(assume_safety)")
#else
#define HX_VECTORISE _Pragma("GCC ivdep")
#endif

namespace hx::host {
namespace {

/// Global numbers: every neuron has a lane, every member of every population a source number.
struct Layout {
  std::vector<std::size_t> first_lane;    ///< by population; neurons only
  std::vector<std::size_t> first_source;  ///< by population
  std::size_t lanes = 0;
  std::size_t sources = 0;
};

Layout make_layout(Network const& network) {
  Layout layout;
  for (Population const& population : network.populations) {
    layout.first_lane.push_back(layout.lanes);
    layout.first_source.push_back(layout.sources);
    if (population.is_neuron()) layout.lanes += population.size;
    layout.sources += population.size;
  }
  return layout;
}

/// Whether one current is enough: both signs decay alike and nobody looks at one of them.
bool has_two_currents(Population const& population, std::size_t neuron) {
  auto const& p = population.neuron;
  return p.tau_syn_exc.at(neuron) != p.tau_syn_inh.at(neuron) ||
         population.cadc_source != ReadoutSource::kMembrane || p.conductance_exc ||
         p.conductance_inh;
}

bool has_terms(Population const& population) {
  auto const& p = population.neuron;
  return population.is_neuron() &&
         (p.adaptation || p.exponential || p.conductance_exc || p.conductance_inh);
}

MockLanes::Terms terms_of(Population const& population, std::size_t neuron, double dt) {
  NeuronParameters const& p = population.neuron;
  MockLanes::Terms terms;
  double const leak = p.leak.at(neuron);
  if (p.adaptation) {
    terms.adapt_a = p.adaptation->a.at(neuron);
    terms.adapt_b = p.adaptation->b.at(neuron);
    terms.adapt_rate = dt / p.adaptation->tau.at(neuron);
    terms.adapt_leak = p.adaptation->leak ? p.adaptation->leak->at(neuron) : leak;
  }
  if (p.exponential) {
    terms.exp_strength = p.exponential->strength.at(neuron);
    terms.exp_threshold = p.exponential->threshold.at(neuron);
  }
  auto const set = [&](std::optional<Conductance> const& from, double& slope, double& reference) {
    if (!from) return;
    reference = from->reference ? from->reference->at(neuron) : leak;
    slope = 1 / (from->reversal.at(neuron) - reference);
  };
  set(p.conductance_exc, terms.slope_exc, terms.reference_exc);
  set(p.conductance_inh, terms.slope_inh, terms.reference_inh);
  return terms;
}

void fill_lane(MockLanes& lanes, std::size_t lane, Population const& population, std::size_t neuron,
               double dt) {
  NeuronParameters const& p = population.neuron;
  double const tau_mem = p.tau_mem.at(neuron);
  double const drive = p.synapse_dac_bias.at(neuron) / 600 * p.i_synin_gm.at(neuron) / 500;
  double const capacitance = 10e-6 * (p.membrane_capacitance.at(neuron) / 63);
  // Without drive C would be infinite: the leak alone acts, with its own time constant.
  double const c_mem = drive > 0 ? capacitance / drive : tau_mem;
  bool const fires = population.kind == PopulationKind::kLif &&
                     (population.mask.empty() || population.mask[neuron] != 0);
  lanes.gain_step[lane] = dt / c_mem;
  lanes.current_on[lane] = drive > 0 ? 1 : 0;
  lanes.g[lane] = p.leaky ? c_mem / tau_mem : 0;
  lanes.leak[lane] = p.leak.at(neuron);
  lanes.reset[lane] = population.reset_of(neuron);
  lanes.threshold[lane] = fires ? p.threshold.at(neuron) : std::numeric_limits<double>::infinity();
  lanes.decay_exc[lane] = 1 - dt / p.tau_syn_exc.at(neuron);
  lanes.decay_inh[lane] = 1 - dt / p.tau_syn_inh.at(neuron);
  lanes.refractory_steps[lane] = fires ? p.refractory_time.at(neuron) / dt : 0;
  // Not leaky: nothing pulls the membrane anywhere; it starts where the chip starts.
  lanes.v[lane] = p.leaky ? lanes.leak[lane] : lanes.reset[lane];
}

/// Connections by source: targets[begins[s]] .. targets[begins[s + 1]].
struct Fanout {
  struct Target {
    std::uint32_t lane;
    float exc;  ///< charge on the first current (signed if there is only one)
    float inh;
  };
  std::vector<std::size_t> begins;
  std::vector<Target> targets;
};

Fanout make_fanout(Network const& network, Layout const& layout) {
  Fanout fanout;
  fanout.begins.assign(layout.sources + 1, 0);
  for (Projection const& projection : network.projections) {
    std::size_t const first = layout.first_source[projection.from];
    for (Connection const& c : projection.connections) {
      fanout.begins[first + c.pre + 1] += c.weight != 0 ? 1 : 0;
    }
  }
  for (std::size_t s = 0; s < layout.sources; ++s) fanout.begins[s + 1] += fanout.begins[s];
  fanout.targets.resize(fanout.begins.back());
  std::vector<std::size_t> next(fanout.begins.begin(), fanout.begins.end() - 1);
  for (Projection const& projection : network.projections) {
    Population const& to = network.populations[projection.to];
    for (Connection const& c : projection.connections) {
      if (c.weight == 0) continue;
      float const weight = static_cast<float>(c.weight);
      bool const second = weight < 0 && has_two_currents(to, c.post);
      std::size_t const lane = layout.first_lane[projection.to] + c.post;
      fanout.targets[next[layout.first_source[projection.from] + c.pre]++] = {
          static_cast<std::uint32_t>(lane), second ? 0 : weight, second ? -weight : 0};
    }
  }
  return fanout;
}

/// An event of the run: a source in a step of an entry.
struct Event {
  std::uint32_t step;
  std::uint32_t source;  ///< global
};

/// External spikes of one entry on the grid, in order of time; late ones are dropped.
void add_inputs(std::vector<Event>& events, SpikeTrains const& trains, std::uint32_t entry,
                std::size_t first_source, std::int64_t steps, double dt) {
  for (std::uint32_t neuron = 0; neuron < trains.neurons; ++neuron) {
    for (std::int64_t time : trains.at(entry, neuron)) {
      long long const step = std::llround(seconds(time) / dt);
      if (step >= steps) break;
      events.push_back(
          {static_cast<std::uint32_t>(step), static_cast<std::uint32_t>(first_source + neuron)});
    }
  }
}

/// The running generator of one background population; time goes on through all entries.
class BackgroundPlayer {
 public:
  BackgroundPlayer(Population const& population, std::size_t first_source)
      : generator_(population.background.seed),
        period_(std::max<std::uint32_t>(2, population.background.period)),
        rate_(population.background.rate),
        mask_(population.size - 1),
        first_source_(first_source),
        next_(period_) {}

  /// Appends the events of the grid steps [first, first + count).
  void play(std::vector<Event>& events, std::int64_t first, std::int64_t count, double dt) {
    for (;; next_ += period_) {
      long long const step = std::llround(static_cast<double>(next_) / 250e6 / dt);
      if (step >= first + count) return;
      BackgroundGenerator::Draw const draw = generator_.draw();
      if (rate_ == 0 || draw.chance > rate_) continue;
      events.push_back({static_cast<std::uint32_t>(step - first),
                        static_cast<std::uint32_t>(first_source_ + (draw.source & mask_))});
    }
  }

 private:
  BackgroundGenerator generator_;
  std::uint32_t period_;
  std::uint32_t rate_;
  std::uint32_t mask_;
  std::size_t first_source_;
  std::int64_t next_;  ///< chip cycles since the begin of entry 0
};

/// Collects the spikes of recorded populations and makes rows of them.
class SpikeRecorder {
 public:
  SpikeRecorder(Layout const& layout, Network const& network)
      : rank_(layout.sources, 0), recorded_(layout.sources, 0) {
    for (std::size_t p = 0; p < network.populations.size(); ++p) {
      Population const& population = network.populations[p];
      for (std::uint32_t n = 0; n < population.size; ++n) {
        rank_[layout.first_source[p] + n] = n;
        recorded_[layout.first_source[p] + n] = population.record_spikes ? 1 : 0;
      }
    }
  }
  void add(std::uint32_t step, std::uint32_t source) {
    if (recorded_[source] != 0) events_.push_back({step, source});
  }
  /// Ends an entry: everything since the last call belongs to it.
  void close_entry() { ends_.push_back(events_.size()); }

  [[nodiscard]] SpikeTrains trains(std::size_t first_source, std::uint32_t size,
                                   std::vector<std::int64_t> const& cycles) const {
    auto const entries = static_cast<std::uint32_t>(ends_.size());
    SpikeTrains trains = SpikeTrains::silent(entries, size);
    auto const row = [&](std::size_t entry, Event const& event) {
      return entry * size + rank_[event.source];
    };
    auto const each = [&](auto&& visit) {
      for (std::size_t entry = 0, i = 0; entry < entries; ++entry) {
        for (; i < ends_[entry]; ++i) {
          std::size_t const s = events_[i].source;
          if (s >= first_source && s < first_source + size) visit(entry, events_[i]);
        }
      }
    };
    each([&](std::size_t entry, Event const& event) { ++trains.offsets[row(entry, event) + 1]; });
    for (std::size_t r = 0; r + 1 < trains.offsets.size(); ++r) {
      trains.offsets[r + 1] += trains.offsets[r];
    }
    trains.times.resize(trains.offsets.back());
    std::vector<std::uint64_t> next(trains.offsets.begin(), trains.offsets.end() - 1);
    each([&](std::size_t entry, Event const& event) {
      trains.times[next[row(entry, event)]++] = cycles[event.step];
    });
    return trains;
  }

 private:
  std::vector<std::uint32_t> rank_;  ///< number in its population, by source
  std::vector<std::uint8_t> recorded_;
  std::vector<Event> events_;
  std::vector<std::size_t> ends_;
};

/// Traces of one population: one row per entry and neuron, one sample per step.
struct TraceRecorder {
  std::size_t population;
  std::size_t first_lane;
  std::uint32_t size;
  ReadoutSource source;
  CadcTraces traces;
};

float sample(MockLanes const& lanes, std::size_t lane, ReadoutSource source) {
  switch (source) {
    case ReadoutSource::kMembrane:
      return static_cast<float>(lanes.v[lane]);
    case ReadoutSource::kExcitatory:
      return static_cast<float>(lanes.i_exc[lane] / 16);
    case ReadoutSource::kInhibitory:
      return static_cast<float>(lanes.i_inh[lane] / 16);
    case ReadoutSource::kAdaptation:
      return static_cast<float>(128 + (lanes.terms.empty() ? 0. : lanes.terms[lane].w));
  }
  return 0.f;
}

/// Short-term plasticity of one source.
struct Resource {
  ShortTermPlasticity stp = {};
  double value = 1;
  std::uint32_t step = 0;  ///< of its last spike

  /// The factor of a spike at `now`; moves the resource on.
  double use(std::uint32_t now, double dt) {
    if (stp.tau_recovery) {
      double const left = std::exp(-static_cast<double>(now - step) * dt / *stp.tau_recovery);
      value = stp.recover + (value - stp.recover) * left;
    }
    step = now;
    double const factor = value;
    value += stp.utilization * (stp.charge - value);
    return factor;
  }
};

class Mock {
 public:
  Mock(RunRequest const& request, std::uint32_t entries)
      : request_(request),
        network_(request.network),
        entries_(entries),
        steps_(request.runtime_steps),
        layout_(make_layout(network_)),
        fanout_(make_fanout(network_, layout_)),
        spikes_(layout_, network_) {
    start_.resize(layout_.lanes);
    lane_source_.resize(layout_.lanes);
    if (std::any_of(network_.populations.begin(), network_.populations.end(), has_terms)) {
      start_.terms.resize(layout_.lanes);
    }
    for (std::size_t p = 0; p < network_.populations.size(); ++p) add_population(p);
    add_resources();
    cycles_.resize(static_cast<std::size_t>(steps_));
    for (std::size_t t = 0; t < cycles_.size(); ++t) {
      cycles_[t] = std::llround(static_cast<double>(t) * request.dt * 125e6);
    }
  }

  Results run() {
    for (std::uint32_t entry = 0; entry < entries_; ++entry) run_entry(entry);
    return results();
  }

 private:
  void add_population(std::size_t p) {
    Population const& population = network_.populations[p];
    if (population.kind == PopulationKind::kBackground) {
      backgrounds_.emplace_back(population, layout_.first_source[p]);
    }
    if (!population.is_neuron()) return;
    for (std::uint32_t n = 0; n < population.size; ++n) {
      std::size_t const lane = layout_.first_lane[p] + n;
      fill_lane(start_, lane, population, n, request_.dt);
      if (!start_.terms.empty()) start_.terms[lane] = terms_of(population, n, request_.dt);
      lane_source_[lane] = static_cast<std::uint32_t>(layout_.first_source[p] + n);
    }
    if (population.record_cadc) add_traces(p);
  }

  void add_resources() {
    for (Projection const& projection : network_.projections) {
      if (!projection.stp) continue;
      if (resource_of_.empty()) resource_of_.assign(layout_.sources, kNoResource);
      std::size_t const first = layout_.first_source[projection.from];
      for (std::size_t i = 0; i < network_.populations[projection.from].size; ++i) {
        if (resource_of_[first + i] != kNoResource) continue;
        resource_of_[first + i] = static_cast<std::uint32_t>(start_resources_.size());
        start_resources_.push_back({.stp = *projection.stp, .value = projection.stp->recover});
      }
    }
  }

  /// What a spike of the source is worth.
  double factor(std::uint32_t step, std::uint32_t source) {
    if (resource_of_.empty() || resource_of_[source] == kNoResource) return 1;
    return resources_[resource_of_[source]].use(step, request_.dt);
  }

  void add_traces(std::size_t p) {
    Population const& population = network_.populations[p];
    TraceRecorder recorder{p, layout_.first_lane[p], population.size, population.cadc_source, {}};
    CadcTraces& traces = recorder.traces;
    std::size_t const rows = std::size_t{entries_} * population.size;
    traces.entries = entries_;
    traces.neurons = population.size;
    traces.offsets.resize(rows + 1);
    for (std::size_t r = 0; r <= rows; ++r) {
      traces.offsets[r] = r * static_cast<std::uint64_t>(steps_);
    }
    traces.values.resize(traces.offsets.back());
    traces_.push_back(std::move(recorder));
  }

  void gather_events(std::uint32_t entry) {
    events_.clear();
    for (auto const& [name, trains] : request_.inputs) {
      add_inputs(events_, trains, entry, layout_.first_source[*network_.find(name)], steps_,
                 request_.dt);
    }
    for (BackgroundPlayer& player : backgrounds_) {
      player.play(events_, entry * steps_, steps_, request_.dt);
    }
    std::stable_sort(events_.begin(), events_.end(),
                     [](Event const& a, Event const& b) { return a.step < b.step; });
  }

  void emit(MockLanes& lanes, std::uint32_t step, std::uint32_t source) {
    spikes_.add(step, source);
    double const worth = factor(step, source);
    for (std::size_t i = fanout_.begins[source]; i < fanout_.begins[source + 1]; ++i) {
      Fanout::Target const& target = fanout_.targets[i];
      lanes.i_exc[target.lane] += worth * target.exc;
      lanes.i_inh[target.lane] += worth * target.inh;
    }
  }

  void run_entry(std::uint32_t entry) {
    gather_events(entry);
    MockLanes lanes = start_;
    resources_ = start_resources_;
    auto event = events_.begin();
    for (std::uint32_t step = 0; step < steps_; ++step) {
      lanes.terms.empty() ? lanes.integrate() : lanes.integrate_with_terms();
      lanes.decay();
      for (; event != events_.end() && event->step == step; ++event) {
        emit(lanes, step, event->source);
      }
      for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
        if (lanes.spiked[lane] != 0) emit(lanes, step, lane_source_[lane]);
      }
      record(lanes, entry, step);
    }
    spikes_.close_entry();
  }

  void record(MockLanes const& lanes, std::uint32_t entry, std::uint32_t step) {
    for (TraceRecorder& recorder : traces_) {
      auto* out = recorder.traces.values.data() +
                  std::size_t{entry} * recorder.size * static_cast<std::size_t>(steps_) + step;
      for (std::uint32_t n = 0; n < recorder.size; ++n, out += steps_) {
        *out = sample(lanes, recorder.first_lane + n, recorder.source);
      }
    }
  }

  Results results() {
    Results results;
    results.target = "mock";
    results.mock = true;
    results.dt = request_.dt;
    results.runtime_steps = steps_;
    for (std::size_t p = 0; p < network_.populations.size(); ++p) {
      Population const& population = network_.populations[p];
      if (!population.record_spikes && !population.record_cadc) continue;
      Observables& observables = results.populations[population.name];
      if (population.record_spikes) {
        observables.spikes = spikes_.trains(layout_.first_source[p], population.size, cycles_);
      }
    }
    for (TraceRecorder& recorder : traces_) {
      recorder.traces.times.reserve(recorder.traces.values.size());
      for (std::size_t r = 0; r + 1 < recorder.traces.offsets.size(); ++r) {
        recorder.traces.times.insert(recorder.traces.times.end(), cycles_.begin(), cycles_.end());
      }
      results.populations[network_.populations[recorder.population].name].cadc =
          std::move(recorder.traces);
    }
    results.times.realtime = static_cast<double>(steps_) * request_.dt * entries_;
    return results;
  }

  RunRequest const& request_;
  Network const& network_;
  std::uint32_t entries_;
  std::int64_t steps_;
  Layout layout_;
  Fanout fanout_;
  MockLanes start_;                         ///< every entry begins with it
  std::vector<std::uint32_t> lane_source_;  ///< source number of a lane
  static constexpr std::uint32_t kNoResource = 0xffffffff;
  std::vector<std::uint32_t> resource_of_;  ///< by source; empty: nobody has one
  std::vector<Resource> start_resources_, resources_;
  std::vector<BackgroundPlayer> backgrounds_;
  std::vector<std::int64_t> cycles_;  ///< time of a step
  std::vector<Event> events_;
  SpikeRecorder spikes_;
  std::vector<TraceRecorder> traces_;
};

/// Traces have 12 bytes per sample; beyond 3 GB a result is of no use to anybody.
Result<void> check_memory(RunRequest const& request, std::uint32_t entries) {
  constexpr double kMaxSamples = 1u << 28;
  double samples = 0;
  for (Population const& population : request.network.populations) {
    if (population.record_cadc) samples += population.size;
  }
  samples *= static_cast<double>(request.runtime_steps) * entries;
  if (samples <= kMaxSamples) return {};
  return (Refusal(ErrorCode::kOutOfRange)
          << "the recorded traces would have " << samples << " samples, more than " << kMaxSamples)
      .hint("record fewer neurons, shorten the runtime, or split the batch");
}

class MockBackend final : public Backend {
 public:
  Result<Results> run(RunRequest const& request) override { return run_mock(request); }
  [[nodiscard]] std::string target() const override { return "mock"; }
};

}  // namespace

BackgroundGenerator::Draw BackgroundGenerator::draw() {
  for (int i = 0; i < 16; ++i) {
    bool const out = (state_ & 1) != 0;
    state_ >>= 1;
    if (out) state_ ^= 0x80200003u;
  }
  return {static_cast<std::uint8_t>(state_), static_cast<std::uint8_t>(state_ >> 8)};
}

void MockLanes::resize(std::size_t lanes) {
  for (auto* values : {&gain_step, &current_on, &g, &leak, &threshold, &reset, &decay_exc,
                       &decay_inh, &refractory_steps, &v, &i_exc, &i_inh, &refractory}) {
    values->assign(lanes, 0);
  }
  spiked.assign(lanes, 0);
}

void MockLanes::integrate() {
  std::size_t const count = v.size();
  double const* const gain = gain_step.data();
  double const* const on = current_on.data();
  double const* const leak_gain = g.data();
  double const* const rest = leak.data();
  double const* const theta = threshold.data();
  double const* const low = reset.data();
  double const* const hold = refractory_steps.data();
  double const* const exc = i_exc.data();
  double const* const inh = i_inh.data();
  double* const membrane = v.data();
  double* const ref = refractory.data();
  std::uint8_t* const fired = spiked.data();
  HX_VECTORISE
  for (std::size_t n = 0; n < count; ++n) {
    double const dv =
        gain[n] * (on[n] * (exc[n] - inh[n]) + leak_gain[n] * (rest[n] - membrane[n]));
    double const next = membrane[n] + dv;
    bool const above = next > theta[n];
    bool const masked = ref[n] > 0;
    bool const spike = above & !masked;
    membrane[n] = (above | masked) ? low[n] : next;
    double const left = ref[n] - (masked ? 1. : 0.);
    double const clipped = left > 0 ? left : 0;
    ref[n] = spike ? hold[n] : clipped;
    fired[n] = static_cast<std::uint8_t>(spike);
  }
}

void MockLanes::integrate_with_terms() {
  // Beyond this the exponential of the chip saturates.
  constexpr double kLargestExponential = 4096;
  for (std::size_t n = 0; n < v.size(); ++n) {
    Terms& t = terms[n];
    double const old = v[n];
    double const f_exc = std::clamp(1 + (t.reference_exc - old) * t.slope_exc, 0., 4.);
    double const f_inh = std::clamp(1 + (t.reference_inh - old) * t.slope_inh, 0., 4.);
    double const current = current_on[n] * (f_exc * i_exc[n] - f_inh * i_inh[n]);
    double push = leak[n] - old - t.w;
    if (t.exp_strength > 0) {
      double const e = kExponentialSlope * std::exp((old - t.exp_threshold) / kExponentialSlope);
      push += t.exp_strength * std::min(e, kLargestExponential);
    }
    double const next = old + gain_step[n] * (current + g[n] * push);
    bool const above = next > threshold[n];
    bool const masked = refractory[n] > 0;
    bool const spike = above && !masked;
    t.w += t.adapt_rate * (t.adapt_a * (next - t.adapt_leak) - t.w) + (spike ? t.adapt_b : 0);
    v[n] = above || masked ? reset[n] : next;
    refractory[n] = spike ? refractory_steps[n] : std::max(refractory[n] - (masked ? 1. : 0.), 0.);
    spiked[n] = static_cast<std::uint8_t>(spike);
  }
}

void MockLanes::decay() {
  std::size_t const count = v.size();
  double const* const exc_factor = decay_exc.data();
  double const* const inh_factor = decay_inh.data();
  double* const exc = i_exc.data();
  double* const inh = i_inh.data();
  HX_VECTORISE
  for (std::size_t n = 0; n < count; ++n) {
    exc[n] *= exc_factor[n];
    inh[n] *= inh_factor[n];
  }
}

Result<Results> run_mock(RunRequest const& request) {
  auto const begin = std::chrono::steady_clock::now();
  auto const entries = validate(request);
  if (!entries) return entries.error();
  if (auto ok = check_memory(request, *entries); !ok) return ok.error();
  Mock mock(request, *entries);
  Results results = mock.run();
  if (request.network.records_madc()) {
    results.health.warnings.emplace_back("the mock has no MADC: its recordings are left out");
  }
  std::chrono::duration<double> const elapsed = std::chrono::steady_clock::now() - begin;
  results.times.device = results.times.total = elapsed.count();
  return results;
}

std::unique_ptr<Backend> make_mock_backend() {
  return std::make_unique<MockBackend>();
}

}  // namespace hx::host
