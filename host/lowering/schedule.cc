#include "host/lowering/schedule.h"

#include <algorithm>
#include <array>
#include <functional>

#include "driver/base/check.h"
#include "driver/base/refusal.h"
#include "driver/registers/registers.h"
#include "fpga_model/spec/timing.h"

namespace hx::host {
namespace {

constexpr std::int64_t kResetLength = 125;    // force_reset is held
constexpr std::int64_t kAfterReset = 500;     // and then the membrane is left alone
constexpr std::int64_t kRecordingLead = 127;  // event recording is on before S
constexpr std::int64_t kAfterEnd = 125;       // late spikes are on their way to the host
constexpr std::int64_t kTimerEnd = (std::int64_t{1} << 32) - 1;

/// Cycles in which what follows an entry is over: answers of the last reads, 152 writes to nodes, three barriers.
constexpr std::int64_t kEntryTail = 640;
/// The same for clearing and reading the counters at the start of a chunk.
constexpr std::int64_t kChunkHead = 640;

constexpr std::int64_t kMadcLead = 1250;       // MADC samples settle for 10 us after the start
constexpr std::int64_t kMadcWakeUp = 125'000;  // 1 ms

static_assert(kRealtimeStartWithMadc == kRealtimeStart + kMadcLead);
static_assert(kRealtimeStart == kRecordingLead + kResetLength + kAfterReset);

/// The cycles of a conversion with the default timing of the CADC: sense delay 1, 100, 256 and 20 chip
/// cycles.
constexpr std::int64_t kConversion = (1 + 100 + 256 + 20 + 1) / 2;

/// A program with the timer value at which its next instruction executes. One instruction per cycle;
/// what follows wait_until(v) executes at v + 1.
class Timeline {
 public:
  explicit Timeline(Program& program) : program_(program) {}

  void restart() {
    program_.setup_timer();
    now_ = 0;
  }
  /// The next instruction executes at `due`, or as soon as possible if that has passed.
  void until(std::int64_t due) {
    if (due <= now_) return;
    program_.wait_until(FpgaCycles{due - 1});
    now_ = due;
  }
  /// Instructions of somebody else, one per cycle.
  void append(Program const& other) {
    program_.append(other);
    now_ += static_cast<std::int64_t>(other.instruction_count());
  }
  [[nodiscard]] std::int64_t now() const { return now_; }
  [[nodiscard]] Program& program() { return program_; }

  void write(std::uint32_t address, std::uint32_t data) {
    program_.write(address, data);
    now_ += 2;
  }
  Ticket read(std::uint32_t address) {
    ++now_;
    return program_.read(address);
  }
  Ticket tick() {
    ++now_;
    return program_.tick();
  }
  void events(std::span<std::uint16_t const> labels) {
    program_.events(labels);
    ++now_;
  }

 private:
  Program& program_;
  std::int64_t now_ = 0;
};

/// A register word to be written.
struct WordWrite {
  std::uint32_t address = 0;
  std::uint32_t data = 0;
};

/// The words in which two values of a container differ, with the data of the second.
template <reg::Container T>
std::vector<WordWrite> changed_words(typename T::Coordinate place, T const& from, T const& to) {
  auto const addresses = reg::write_addresses<T>(place);
  auto const old_words = reg::encode(from, place);
  auto const new_words = reg::encode(to, place);
  std::vector<WordWrite> writes;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    if (old_words[i] != new_words[i]) writes.push_back({addresses[i], new_words[i]});
  }
  return writes;
}

/// Writes that every entry repeats, prepared once.
struct FixedWrites {
  std::vector<WordWrite> reset_on, reset_off;
  WordWrite recording_on, recording_off;
  std::vector<WordWrite> nodes_off, nodes_on;
  std::vector<WordWrite> generators_off, generators_on;
  WordWrite madc_wake_up, madc_start, madc_stop, madc_power_down;
};

WordWrite madc_write(reg::MADCControl control) {
  control.enable_pre_amplifier = true;
  return {reg::write_addresses<reg::MADCControl>()[0], reg::encode(control)[0]};
}

bool has_plasticity(reg::Chip const& chip, reg::CommonSTPConfigOnDLS hemisphere) {
  for (auto driver : reg::SynapseDriverOnDLS::all()) {
    bool const here = hx::hemisphere(SynapseDriver(driver.value())).value() == hemisphere.value();
    if (here && chip.get<reg::SynapseDriverConfig>(driver).enable_stp) return true;
  }
  return false;
}

FixedWrites prepare_writes(SchedulePlan const& plan, reg::Chip const& chip) {
  FixedWrites fixed;
  for (auto block : reg::CommonNeuronBackendConfigOnDLS::all()) {
    auto const normal = chip.get<reg::CommonNeuronBackendConfig>(block);
    auto held = normal;
    held.force_reset = true;
    for (auto const& word : changed_words(block, normal, held)) fixed.reset_on.push_back(word);
    for (auto const& word : changed_words(block, held, normal)) fixed.reset_off.push_back(word);
  }
  for (auto hemisphere : reg::CommonSTPConfigOnDLS::all()) {
    if (!has_plasticity(chip, hemisphere)) continue;
    auto const normal = chip.get<reg::CommonSTPConfig>(hemisphere);
    auto other = normal;
    other.enable_recovery_clock = !normal.enable_recovery_clock;
    for (auto const& word : changed_words(hemisphere, normal, other)) {
      fixed.reset_on.push_back(word);
    }
    for (auto const& word : changed_words(hemisphere, other, normal)) {
      fixed.reset_off.push_back(word);
    }
  }
  auto const recording = reg::write_addresses<reg::EventRecordingConfig>();
  reg::EventRecordingConfig on;
  on.enable_event_recording = true;
  fixed.recording_on = {recording[0], reg::encode(on)[0]};
  fixed.recording_off = {recording[0], reg::encode(reg::EventRecordingConfig{})[0]};
  for (auto node : reg::CrossbarNodeOnDLS::all()) {
    auto const address = reg::write_addresses<reg::CrossbarNode>(node)[0];
    auto const normal = chip.get<reg::CrossbarNode>(node);
    fixed.nodes_off.push_back({address, reg::encode(reg::CrossbarNode::drop_all(), node)[0]});
    fixed.nodes_on.push_back({address, reg::encode(normal, node)[0]});
  }
  fixed.madc_wake_up = madc_write({.wake_up = true});
  fixed.madc_start = madc_write({.start_recording = true, .enable_continuous_sampling = true});
  fixed.madc_stop = madc_write({.stop_recording = true});
  fixed.madc_power_down =
      madc_write({.stop_recording = true, .enable_power_down_after_sampling = true});
  for (BackgroundSource generator : plan.generators) {
    reg::BackgroundSpikeSourceOnDLS const place(generator);
    auto const running = chip.get<reg::BackgroundSpikeSource>(place);
    auto stopped = running;
    stopped.enable = false;
    for (auto const& word : changed_words(place, running, stopped)) {
      fixed.generators_off.push_back(word);
    }
    for (auto const& word : changed_words(place, stopped, running)) {
      fixed.generators_on.push_back(word);
    }
  }
  return fixed;
}

void write_all(Timeline& timeline, std::vector<WordWrite> const& writes) {
  for (WordWrite const& write : writes) timeline.write(write.address, write.data);
}

std::uint32_t cadc_address(Hemisphere hemisphere, bool trigger, SynapseQuadIndex quad) {
  auto const readout = trigger ? 0u : 1u;
  return reg::read_addresses<reg::CADCSampleQuad>(
      reg::CADCSampleQuadOnDLS::at(hemisphere, readout, 0, SynapseRow(0), quad))[0];
}

/// The periodic CADC of one entry: what is read next, and when.
class CadcSequence {
 public:
  CadcSequence(CadcPlan const& plan, std::int64_t start, std::int64_t end)
      : start_(start), end_(end), period_(cadc_period(plan)), next_sample_(start) {
    for (Hemisphere h : Hemisphere::all()) {
      auto const& quads = plan.quads[h.value()];
      if (quads.empty()) continue;
      triggers_.push_back({h, cadc_address(h, true, quads.front())});
      std::vector<std::uint32_t> addresses;
      for (SynapseQuadIndex quad : quads) addresses.push_back(cadc_address(h, false, quad));
      buffered_.push_back(std::move(addresses));
    }
    if (period_ == 0) done_ = true;
  }

  [[nodiscard]] bool done() const { return done_; }
  /// When the next read is due; contract: not done.
  [[nodiscard]] std::int64_t due() const { return reading_ ? conversion_end_ : next_sample_; }

  /// Emits the next read.
  void step(Timeline& timeline, std::vector<CadcSample>& samples) {
    if (reading_) {
      read_buffered(timeline, samples);
    } else {
      trigger(timeline, samples);
    }
  }

 private:
  struct Trigger {
    Hemisphere hemisphere;
    std::uint32_t address;
  };

  void trigger(Timeline& timeline, std::vector<CadcSample>& samples) {
    Trigger const& trigger = triggers_[position_];
    samples.push_back({timeline.now() - start_, trigger.hemisphere, {}});
    timeline.read(trigger.address);
    conversion_end_ = timeline.now() - 1 + kConversion;
    if (++position_ < triggers_.size()) return;
    first_sample_ = samples.size() - triggers_.size();
    position_ = 0;
    quad_ = 0;
    reading_ = true;
  }

  void read_buffered(Timeline& timeline, std::vector<CadcSample>& samples) {
    Ticket const ticket = timeline.read(buffered_[position_][quad_]);
    if (quad_ == 0) samples[first_sample_ + position_].first = ticket;
    if (++quad_ < buffered_[position_].size()) return;
    quad_ = 0;
    if (++position_ < buffered_.size()) return;
    position_ = 0;
    reading_ = false;
    next_sample_ += period_;
    // A sample that spikes have delayed past the next grid point leaves that one out.
    while (next_sample_ < timeline.now()) next_sample_ += period_;
    done_ = next_sample_ >= end_;
  }

  std::int64_t start_;
  std::int64_t end_;
  std::int64_t period_;
  std::vector<Trigger> triggers_;
  std::vector<std::vector<std::uint32_t>> buffered_;
  std::int64_t next_sample_;
  std::int64_t conversion_end_ = 0;
  std::size_t position_ = 0;
  std::size_t quad_ = 0;
  std::size_t first_sample_ = 0;
  bool reading_ = false;
  bool done_ = false;
};

/// Labels of one entry, up to three per instruction.
class LabelSequence {
 public:
  LabelSequence(std::span<TimedLabel const> labels, std::int64_t start)
      : labels_(labels), start_(start) {}
  [[nodiscard]] bool done() const { return next_ == labels_.size(); }
  [[nodiscard]] std::int64_t due() const { return start_ + labels_[next_].time; }

  /// Emits what is due now, at least one label.
  void step(Timeline& timeline) {
    std::array<std::uint16_t, 3> pack{};
    std::size_t count = 0;
    while (count < pack.size() && !done() && (count == 0 || due() <= timeline.now())) {
      pack[count++] = labels_[next_++].label;
    }
    timeline.events(std::span(pack).first(count));
  }

 private:
  std::span<TimedLabel const> labels_;
  std::int64_t start_;
  std::size_t next_ = 0;
};

/// The stop of the MADC inside the real-time section, if it is due there.
class MadcStop {
 public:
  MadcStop(SchedulePlan const& plan, WordWrite const& write, std::int64_t start)
      : write_(write),
        due_(start + plan.madc.duration),
        done_(plan.madc.inputs.empty() || plan.madc.duration >= plan.runtime) {}
  [[nodiscard]] bool done() const { return done_; }
  [[nodiscard]] std::int64_t due() const { return due_; }
  void step(Timeline& timeline) {
    timeline.write(write_.address, write_.data);
    done_ = true;
  }

 private:
  WordWrite write_;
  std::int64_t due_;
  bool done_;
};

/// Where an entry is in the run.
struct EntryPlace {
  bool first_of_chunk = false;
  bool first = false;
  bool last = false;
  std::int64_t start = 0;  ///< S
};

/// The real-time section from S on: begin, spikes, CADC, stop of the MADC and end, merged by time.
void add_realtime(Timeline& timeline, EntrySchedule& entry, SchedulePlan const& plan,
                  std::span<TimedLabel const> labels, WordWrite const& madc_stop,
                  std::int64_t begin, std::int64_t end) {
  timeline.until(begin);
  entry.begin = timeline.tick();
  std::int64_t const start = begin + 1;
  if (plan.hooks) timeline.append(plan.hooks->inside_realtime);
  LabelSequence spikes(labels, start);
  CadcSequence cadc(plan.cadc, start, start + plan.runtime);
  MadcStop madc(plan, madc_stop, start);
  constexpr std::int64_t kNever = std::int64_t{1} << 62;
  bool ended = false;
  while (!ended || !spikes.done() || !cadc.done() || !madc.done()) {
    std::int64_t const now = timeline.now();
    auto const due_of = [&](bool done, auto const& sequence) {
      return done ? kNever : std::max(now, sequence.due());
    };
    std::int64_t const spike_due = due_of(spikes.done(), spikes);
    std::int64_t const read_due = due_of(cadc.done(), cadc);
    std::int64_t const madc_due = due_of(madc.done(), madc);
    std::int64_t const end_due = ended ? kNever : std::max(now, end);
    std::int64_t const due = std::min({spike_due, read_due, madc_due, end_due});
    timeline.until(due);
    // In one cycle: spikes first, the end, then reads.
    if (spike_due == due) {
      spikes.step(timeline);
    } else if (end_due == due) {
      entry.end = timeline.tick();
      ended = true;
    } else if (read_due == due) {
      cadc.step(timeline, entry.samples);
    } else {
      madc.step(timeline);
    }
  }
}

/// What follows, a restart of the timer, executes a multiple of the neuron step after the last one, `after` or later
/// on the program timer. If that has passed it is not aligned, and nothing worse. (The timer is 0 in the
/// cycle behind its restart, and what follows a wait for v executes at v + 1.)
void align(Program& program, std::int64_t after) {
  constexpr std::int64_t kStep = timing::kSlots;
  std::int64_t const next = (after + kStep - 1) / kStep * kStep;
  program.wait_until(FpgaCycles{next - 2});
}

void wake_madc(Program& program, FixedWrites const& fixed, bool aligned) {
  program.write(fixed.madc_wake_up.address, fixed.madc_wake_up.data);
  program.barrier(ut::kBarrierOmnibus);
  if (aligned) align(program, kChunkHead);
  program.setup_timer();
  program.wait_until(FpgaCycles{kMadcWakeUp});
}

/// From the reset of the membranes to just before S.
void add_preparation(Timeline& timeline, SchedulePlan const& plan, FixedWrites const& fixed,
                     EntryPlace const& place) {
  if (place.first) write_all(timeline, fixed.generators_off);
  if (!plan.madc.inputs.empty()) {
    timeline.until(place.start - kRecordingLead - kMadcLead);
    timeline.write(fixed.madc_start.address, fixed.madc_start.data);
  }
  timeline.until(place.start - kAfterReset - kResetLength);
  write_all(timeline, fixed.reset_on);
  timeline.until(place.start - kAfterReset);
  write_all(timeline, fixed.reset_off);
  timeline.until(place.start - kRecordingLead);
  timeline.write(fixed.recording_on.address, fixed.recording_on.data);
  if (place.first && !fixed.generators_on.empty()) {
    timeline.until(place.start - 2 * static_cast<std::int64_t>(fixed.generators_on.size()));
    write_all(timeline, fixed.generators_on);
  }
}

void add_entry(Timeline& timeline, Chunk& chunk, SchedulePlan const& plan, FixedWrites const& fixed,
               std::span<TimedLabel const> labels, EntryPlace const& place) {
  std::int64_t const last = labels.empty() ? -1 : labels.back().time;
  std::int64_t const end = place.start + 1 + std::max(plan.runtime, last + 1);
  bool const madc = !plan.madc.inputs.empty();
  Program& program = timeline.program();
  if (plan.hooks && place.first) program.append(plan.hooks->pre_realtime);
  if (madc && place.first) {
    wake_madc(program, fixed, plan.aligned);
    chunk.cycles += kMadcWakeUp;
  }
  if (plan.hooks) program.append(plan.hooks->inside_realtime_begin);
  if (plan.aligned && place.first_of_chunk) {
    align(program, madc && place.first ? kMadcWakeUp + 1 : kChunkHead);
  }
  timeline.restart();
  add_preparation(timeline, plan, fixed, place);
  // A stop powers down only if it ends a recording, so each of the two writes may be the one.
  WordWrite const& stop = place.last ? fixed.madc_power_down : fixed.madc_stop;
  EntrySchedule entry;
  add_realtime(timeline, entry, plan, labels, stop, place.start, end);
  timeline.until(end + kAfterEnd);
  timeline.write(fixed.recording_off.address, fixed.recording_off.data);
  if (madc) timeline.write(stop.address, stop.data);
  if (plan.hooks) timeline.append(plan.hooks->inside_realtime_end);
  program.barrier(ut::kBarrierOmnibus);
  if (plan.inter_batch_entry_routing_disabled) {
    write_all(timeline, fixed.nodes_off);
    program.barrier(ut::kBarrierOmnibus);
  }
  if (plan.inter_batch_entry_wait) {
    program.wait_until(FpgaCycles{end + *plan.inter_batch_entry_wait});
  }
  if (plan.inter_batch_entry_routing_disabled) {
    write_all(timeline, fixed.nodes_on);
    program.barrier(ut::kBarrierOmnibus);
  }
  if (plan.hooks && place.last) timeline.append(plan.hooks->post_realtime);
  if (plan.aligned) {
    align(program, end + kAfterEnd + plan.inter_batch_entry_wait.value_or(0) + kEntryTail);
  }
  chunk.cycles += std::max(timeline.now(), end + plan.inter_batch_entry_wait.value_or(0));
  chunk.entries.push_back(std::move(entry));
}

Ticket add_health_reads(Program& program) {
  Ticket first;
  for (auto input : reg::CrossbarInputOnDLS::all()) {
    Ticket const ticket =
        program.read(reg::read_addresses<reg::CrossbarInputDropCounter>(input)[0]);
    if (input.value() == 0) first = ticket;
  }
  for (auto output : reg::CrossbarOutputOnDLS::all()) {
    program.read(reg::read_addresses<reg::CrossbarOutputEventCounter>(output)[0]);
  }
  program.barrier(ut::kBarrierOmnibus);
  return first;
}

void open_chunk(Chunk& chunk, std::uint32_t first_entry, bool aligned) {
  chunk.first_entry = first_entry;
  if (aligned) chunk.program.setup_timer();
  // Drop counters stop at their end: they start at 0 so that they can tell.
  for (auto input : reg::CrossbarInputOnDLS::all()) {
    chunk.program.write(reg::read_addresses<reg::CrossbarInputDropCounter>(input)[0], 0);
  }
  chunk.health_before = add_health_reads(chunk.program);
}

/// Instructions that an entry needs at most.
double entry_size(SchedulePlan const& plan, FixedWrites const& fixed, std::size_t labels) {
  std::int64_t const period = cadc_period(plan.cadc);
  double const samples =
      period == 0 ? 0 : static_cast<double>(plan.runtime) / static_cast<double>(period) + 1;
  double const reads = samples * static_cast<double>(plan.cadc.triggers() + plan.cadc.reads() + 3);
  double const nodes = static_cast<double>(fixed.nodes_off.size() + fixed.nodes_on.size());
  double const generators = 4. * static_cast<double>(fixed.generators_on.size());
  double hooks = 0;
  if (plan.hooks) {
    for (Program const* hook : {&plan.hooks->pre_realtime, &plan.hooks->inside_realtime_begin,
                                &plan.hooks->inside_realtime, &plan.hooks->inside_realtime_end,
                                &plan.hooks->post_realtime}) {
      hooks += static_cast<double>(hook->instruction_count());
    }
  }
  return reads + 2. * static_cast<double>(labels) + 2 * nodes + generators + hooks + 64;
}

bool holds_capmem(std::uint32_t address) {
  return address >= 0x0014'0000 && address < 0x0016'0000;
}
/// Neuron switches, and the switch of the synapse bias: inputs of the coefficients.
bool holds_neuron_config(std::uint32_t address) {
  return (address >= 0x0016'0000 && address < 0x0018'0000) || address == 0x0010'0000;
}

}  // namespace

CadcPlan plan_cadc(Network const& network, Circuits const& circuits) {
  std::array<std::array<bool, 64>, 2> used{};
  for (std::size_t p = 0; p < network.populations.size(); ++p) {
    if (!network.populations[p].record_cadc) continue;
    for (AtomicNeuron neuron : circuits[p]) {
      SynapseColumn const column(hx::column(neuron).value());
      used[hemisphere(neuron).value()][quad(column).value()] = true;
    }
  }
  CadcPlan plan;
  for (std::size_t h = 0; h < 2; ++h) {
    for (std::uint32_t q = 0; q < 64; ++q) {
      if (used[h][q]) plan.quads[h].push_back(SynapseQuadIndex(q));
    }
  }
  return plan;
}

std::int64_t cadc_period(CadcPlan const& plan) {
  auto const triggers = static_cast<std::int64_t>(plan.triggers());
  if (triggers == 0) return 0;
  std::int64_t const busy = triggers - 1 + kConversion + static_cast<std::int64_t>(plan.reads());
  constexpr std::int64_t kStepCycles = timing::kSlots;
  return (busy + kStepCycles - 1) / kStepCycles * kStepCycles;
}

std::vector<TimedLabel> input_labels(Network const& network, Mapping const& mapping,
                                     routing::Solution const& solution, Inputs const& inputs,
                                     std::uint32_t entry) {
  std::vector<TimedLabel> labels;
  for (std::size_t p = 0; p < network.populations.size(); ++p) {
    Population const& population = network.populations[p];
    if (population.kind != PopulationKind::kSpikeSource) continue;
    auto const input = inputs.find(population.name);
    if (input == inputs.end()) continue;
    auto const& sources = solution.externals[mapping.populations[p].index];
    for (std::uint32_t neuron = 0; neuron < population.size; ++neuron) {
      for (std::int64_t time : input->second.at(entry, neuron)) {
        for (std::uint16_t label : sources[neuron]) labels.push_back({time, label});
      }
    }
  }
  std::stable_sort(labels.begin(), labels.end(),
                   [](TimedLabel const& a, TimedLabel const& b) { return a.time < b.time; });
  return labels;
}

Result<Schedule> make_schedule(
    SchedulePlan const& plan, reg::Chip const& chip,
    std::function<std::vector<TimedLabel>(std::uint32_t entry)> const& labels) {
  FixedWrites const fixed = prepare_writes(plan, chip);
  constexpr double kChunkFrame = 128;  // health reads at both ends
  std::int64_t const start = plan.madc.inputs.empty() ? kRealtimeStart : kRealtimeStartWithMadc;
  Schedule schedule;
  for (std::uint32_t entry = 0; entry < plan.entries; ++entry) {
    std::vector<TimedLabel> const spikes = labels(entry);
    double const size = entry_size(plan, fixed, spikes.size());
    if (size + kChunkFrame > static_cast<double>(plan.chunk_limit)) {
      return (Refusal(ErrorCode::kOutOfRange)
              << "entry " << entry << " needs about " << size
              << " instructions; a program may have " << plan.chunk_limit)
          .hint("shorten the runtime, record fewer neurons, or send fewer spikes");
    }
    std::int64_t const last = spikes.empty() ? 0 : spikes.back().time;
    std::int64_t const end = start + std::max(plan.runtime, last + 1) + kAfterEnd +
                             plan.inter_batch_entry_wait.value_or(0);
    // Some room for what is late.
    if (end + 100'000 > kTimerEnd) {
      return Refusal(ErrorCode::kOutOfRange) << "entry " << entry << " ends at cycle " << end
                                             << ", beyond the 32 bit timer of the FPGA (34.36 s)";
    }
    bool const fresh = schedule.chunks.empty();
    auto const used = [&] {
      return static_cast<double>(schedule.chunks.back().program.instruction_count());
    };
    bool const opens = fresh || schedule.chunks.back().cycles >= plan.chunk_cycles ||
                       used() + size + kChunkFrame > static_cast<double>(plan.chunk_limit);
    if (opens) {
      if (!fresh) {
        Chunk& full = schedule.chunks.back();
        full.health_after = add_health_reads(full.program);
      }
      schedule.chunks.emplace_back();
      open_chunk(schedule.chunks.back(), entry, plan.aligned);
    }
    Chunk& chunk = schedule.chunks.back();
    Timeline timeline(chunk.program);
    add_entry(timeline, chunk, plan, fixed, spikes,
              {.first_of_chunk = opens,
               .first = entry == 0,
               .last = entry + 1 == plan.entries,
               .start = start});
  }
  if (!schedule.chunks.empty()) {
    Chunk& last = schedule.chunks.back();
    last.health_after = add_health_reads(last.program);
  }
  return schedule;
}

Program configuration_program(std::optional<reg::Chip> const& before, reg::Chip const& after,
                              Settling const& settling) {
  Program program;
  auto const addresses = reg::Chip::addresses();
  auto const words = after.words();
  FpgaCycles wait{0};
  if (!before) {
    program.write_all(addresses, words);
    wait = std::max(settling.capmem, settling.neuron_config);
  } else {
    for (std::uint32_t index : after.diff(*before)) {
      program.write(addresses[index], words[index]);
      if (holds_capmem(addresses[index])) wait = std::max(wait, settling.capmem);
      if (holds_neuron_config(addresses[index])) wait = std::max(wait, settling.neuron_config);
    }
  }
  if (program.instruction_count() == 0) return program;
  program.barrier(ut::kBarrierOmnibus);
  if (wait.count() > 0) {
    program.setup_timer();
    program.wait_until(wait);
  }
  return program;
}

}  // namespace hx::host
