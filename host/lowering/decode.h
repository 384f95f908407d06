/// From the answers of the programs back to spikes, traces and health.
///
///     Decoder decoder(network, mapping, solution, circuits, plan.entries, runtime);
///     for (...) decoder.add(chunk, responses);
///     Results results = std::move(decoder).finish();
///
/// Entry b owns the events with begin_b <= chip time < min(end_b, begin_b + runtime), begin and end being
/// the FPGA's stamps of its ticks. A decoder belongs to one thread; chunks come in order.
#pragma once

#include <cstdint>
#include <vector>

#include "driver/device/responses.h"
#include "host/lowering/problem.h"
#include "host/lowering/schedule.h"
#include "host/network.h"
#include "host/results.h"
#include "routing/solution.h"

namespace hx::host {

class Decoder {
 public:
  /// Keeps references to network, circuits and plan.
  Decoder(Network const& network, Mapping const& mapping, routing::Solution const& solution,
          Circuits const& circuits, SchedulePlan const& plan);

  /// Takes the answers of the next chunk.
  void add(Chunk const& chunk, Responses const& responses);

  /// Spikes, traces, counters and the real time. Target, dt, runtime and link statistics are the
  /// caller's.
  Results finish() &&;

 private:
  struct Window {
    std::int64_t begin;
    std::int64_t end;    ///< of the tick
    std::int64_t limit;  ///< events before it belong to the entry
  };
  struct Spike {
    std::int64_t time;
    std::int32_t source;  ///< recorded source number
    bool operator<(Spike const& other) const { return time < other.time; }
  };

  void add_spikes(std::vector<Window> const& windows, Responses const& responses);
  void add_samples(Chunk const& chunk, Responses const& responses,
                   std::vector<Window> const& windows);
  void add_madc(std::vector<Window> const& windows, Responses const& responses);
  void add_health(Chunk const& chunk, Responses const& responses);
  void warn_of_few_samples(std::string const& population, CadcTraces const& traces);
  [[nodiscard]] SpikeTrains trains_of(std::int32_t first_source, std::uint32_t size) const;

  Network const& network_;
  Circuits const& circuits_;
  SchedulePlan const& plan_;
  /// By 16 bit label: number of the recorded source, or one of the two below.
  std::vector<std::int32_t> source_of_label_;
  static constexpr std::int32_t kUnknown = -1;
  static constexpr std::int32_t kNotRecorded = -2;
  std::vector<std::int32_t> first_source_;  ///< by population
  std::int32_t sources_ = 0;
  /// Recorded spikes as (entry, time, source), entry by entry and ascending in time.
  std::vector<Spike> spikes_;
  std::vector<std::size_t> entry_ends_;  ///< in spikes_
  std::vector<Spike> scratch_;
  std::vector<CadcTraces> traces_;  ///< by population
  std::vector<MadcTraces> madc_;    ///< by population
  Results results_;
};

/// The byte of a quad's word that holds a column's sample.
std::uint8_t quad_sample(std::uint32_t word, SynapseColumn column);

}  // namespace hx::host
