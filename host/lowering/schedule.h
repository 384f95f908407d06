/// From input spikes to timed playback programs.
///
///     Result<Schedule> schedule = make_schedule(plan, input);
///     for (Chunk const& chunk : schedule->chunks) device.run(chunk.program, deadline);
///
/// One entry of the batch, in cycles of the program timer (S = start of the real-time section, 752; r =
/// runtime, or the last spike + 1 if that is later):
///
///     S-625        force_reset = 1 on both backend blocks (V = reset, I = 0)    S-500  force_reset = 0
///                  with short-term plasticity also the recovery clock off and on: it brings all drivers to rest
///     S-127        event recording on; background generators restart just before S (first entry)
///     S            tick: begin of the entry
///     S+1+t        the labels of an input spike at t, up to three per cycle, more in the next cycles
///     S+1+k*P      CADC: trigger one quad per recorded hemisphere, the buffered reads follow when the
///                  conversion is over; P = period
///     S+1+r        tick: end of the entry
///     +125         event recording off; barrier
///                  all crossbar nodes drop; wait until S+1+r + inter_batch_entry_wait; nodes back
///
/// With the MADC everything is 1250 cycles (10 us) later, S = 2002:
///
///     before the first entry: MADC wake-up, 1 ms
///     S-1377       MADC starts; samples before S are not used
///     S+1+d        MADC stops (d = its duration), or with the event recording; after the last entry it powers down
///
/// Spikes that are due in the cycle of a read go first. Neuron reset writes are left out: force_reset has
/// done it. Drop counters are cleared, and read with the event counters, around every chunk; a chunk ends
/// before it would fill half of the playback memory.
///
/// Pure functions; equal input gives equal words.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "driver/base/result.h"
#include "driver/device/program.h"
#include "driver/registers/chip.h"
#include "fpga_model/spec/geometry.h"
#include "host/backend.h"
#include "host/calibration/nominal.h"
#include "host/lowering/hooks.h"
#include "host/lowering/madc.h"
#include "host/lowering/problem.h"

namespace hx::host {

/// What the CADC reads: the quads of each hemisphere that hold a recorded neuron.
struct CadcPlan {
  std::array<std::vector<SynapseQuadIndex>, 2> quads;  ///< by hemisphere, ascending

  [[nodiscard]] std::size_t triggers() const {
    return (quads[0].empty() ? 0u : 1u) + (quads[1].empty() ? 0u : 1u);
  }
  /// Buffered reads of one sample.
  [[nodiscard]] std::size_t reads() const { return quads[0].size() + quads[1].size(); }
};

CadcPlan plan_cadc(Network const& network, Circuits const& circuits);

/// FPGA cycles from one sample to the next: the shortest in which triggers, conversion and buffered reads
/// fit, rounded up to neuron steps (16 cycles). 0 if nothing is read.
std::int64_t cadc_period(CadcPlan const& plan);

/// One label of an entry, at a time since its begin.
struct TimedLabel {
  std::int64_t time = 0;  ///< FPGA cycles
  std::uint16_t label = 0;
  bool operator==(TimedLabel const&) const = default;
};

/// All labels of one entry in order of time; labels of equal time in order of population and neuron.
std::vector<TimedLabel> input_labels(Network const& network, Mapping const& mapping,
                                     routing::Solution const& solution, Inputs const& inputs,
                                     std::uint32_t entry);

/// Recording of the MADC.
struct MadcPlan {
  std::vector<MadcInput> inputs = {};  ///< by source multiplexer; none: it stays off
  std::int64_t duration = 0;  ///< FPGA cycles since the begin of an entry, at most the runtime
};

/// Everything the programs depend on besides the spikes.
struct SchedulePlan {
  std::int64_t runtime = 0;  ///< FPGA cycles
  std::uint32_t entries = 1;
  std::optional<std::int64_t> inter_batch_entry_wait = std::nullopt;  ///< FPGA cycles
  bool inter_batch_entry_routing_disabled = true;
  CadcPlan cadc = {};
  MadcPlan madc = {};
  std::vector<BackgroundSource> generators = {};  ///< in use
  /// Instructions of a chunk at most.
  std::size_t chunk_limit = Program::kPlaybackMemory / 2;
  /// Hardware time after which a chunk takes no further entry, FPGA cycles: 20 ms, so that a run can be
  /// cancelled between chunks.
  std::int64_t chunk_cycles = 2'500'000;
  std::shared_ptr<Hooks const> hooks = nullptr;
  /// Every entry of a chunk begins in the same clock of the neuron step (16 cycles), counted from the start of
  /// the chunk's program, so that equal entries give equal results. Costs some idle cycles per entry.
  bool aligned = false;
};

/// A CADC sample of one hemisphere: its time and where its quads will be.
struct CadcSample {
  std::int64_t time = 0;  ///< FPGA cycles since the begin of the entry
  Hemisphere hemisphere = {};
  Ticket first = {};  ///< buffered read of the first quad; the others follow
};

struct EntrySchedule {
  Ticket begin = {};
  Ticket end = {};
  std::vector<CadcSample> samples;
};

/// 20 drop counters and 12 event counters.
inline constexpr std::size_t kHealthReads = 32;

struct Chunk {
  Program program;
  std::uint32_t first_entry = 0;
  std::vector<EntrySchedule> entries;
  Ticket health_before = {};  ///< first of kHealthReads
  Ticket health_after = {};
  std::int64_t cycles = 0;  ///< hardware time that it takes at least
};

struct Schedule {
  std::vector<Chunk> chunks;
};

/// S, the start of the real-time section on the program timer, without and with MADC.
inline constexpr std::int64_t kRealtimeStart = 752;
inline constexpr std::int64_t kRealtimeStartWithMadc = 2002;

/// `chip` is what the chip holds when the programs run. `labels(entry)` is called once per entry, in
/// order. kOutOfRange if an entry does not fit into a chunk or goes beyond the 32 bit timer.
Result<Schedule> make_schedule(
    SchedulePlan const& plan, reg::Chip const& chip,
    std::function<std::vector<TimedLabel>(std::uint32_t entry)> const& labels);

/// How long a target needs until what was written holds.
struct Settling {
  FpgaCycles capmem{62'500};         ///< after a CapMem cell: 0.5 ms on our chip, 100 ms on boards
  FpgaCycles neuron_config{62'500};  ///< after neuron switches: 0.5 ms on our chip, 0 on boards

  static Settling digital() { return {}; }
  static Settling analog() { return {FpgaCycles{12'500'000}, FpgaCycles{0}}; }
};

/// Brings the chip from `before` (nothing: state unknown, every word is written) to `after`: differing
/// words only, then the settling time if it needs one. Empty if nothing differs.
Program configuration_program(std::optional<reg::Chip> const& before, reg::Chip const& after,
                              Settling const& settling);

}  // namespace hx::host
