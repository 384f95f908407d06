#include "host/backend.h"

#include <cmath>

#include "driver/base/refusal.h"

namespace hx::host {
namespace {

/// The FPGA's program timer has 32 bits; what follows the runtime in a program needs a little more.
constexpr std::int64_t kTimerEnd = (std::int64_t{1} << 32) - 1;

std::string names_of_sources(Network const& network) {
  std::string names;
  for (Population const& population : network.populations) {
    if (population.kind != PopulationKind::kSpikeSource) continue;
    names += (names.empty() ? "" : ", ") + population.name;
  }
  return names.empty() ? "this network has no spike source" : "spike sources: " + names;
}

Result<void> check_trains(std::string const& name, SpikeTrains const& trains) {
  std::size_t const rows = std::size_t{trains.entries} * trains.neurons;
  bool shaped = trains.offsets.size() == rows + 1 && trains.offsets.front() == 0 &&
                trains.offsets.back() == trains.times.size();
  for (std::size_t r = 0; shaped && r < rows; ++r) {
    shaped = trains.offsets[r] <= trains.offsets[r + 1];
  }
  if (!shaped) {
    return Refusal(ErrorCode::kInvalidArgument)
           << "inputs of '" << name << "': offsets do not fit the shape [" << trains.entries << "]["
           << trains.neurons << "] and " << trains.times.size() << " spikes";
  }
  for (std::size_t r = 0; r < rows; ++r) {
    std::int64_t last = 0;
    for (std::uint64_t i = trains.offsets[r]; i < trains.offsets[r + 1]; ++i) {
      if (trains.times[i] < last) {
        return (Refusal(ErrorCode::kInvalidArgument)
                << "inputs of '" << name << "': spike time " << trains.times[i]
                << " cycles of neuron " << r % trains.neurons << " in entry " << r / trains.neurons
                << (last == 0 ? " is negative" : " is out of order"))
            .hint("times of a neuron are 0 or later and ascending");
      }
      last = trains.times[i];
    }
    if (last >= kTimerEnd) {
      return Refusal(ErrorCode::kOutOfRange)
             << "inputs of '" << name << "': spike time " << last << " cycles of neuron "
             << r % trains.neurons << " in entry " << r / trains.neurons
             << " is beyond the 32 bit timer of the FPGA (34.36 s)";
    }
  }
  return {};
}

Result<void> check_input(Network const& network, std::string const& name,
                         SpikeTrains const& trains) {
  auto const index = network.find(name);
  if (!index || network.populations[*index].kind != PopulationKind::kSpikeSource) {
    return (Refusal(index ? ErrorCode::kInvalidArgument : ErrorCode::kNotFound)
            << "inputs of '" << name << "': "
            << (index ? "this population is no spike source" : "there is no such population"))
        .hint(names_of_sources(network));
  }
  std::uint32_t const size = network.populations[*index].size;
  if (trains.neurons != size) {
    return Refusal(ErrorCode::kInvalidArgument)
           << "inputs of '" << name << "' are for " << trains.neurons
           << " neurons, the population has " << size;
  }
  return check_trains(name, trains);
}

}  // namespace

Result<std::int64_t> runtime_cycles(std::int64_t runtime_steps, double dt) {
  // Below 8 ns two steps would share a cycle of the FPGA.
  if (!(dt >= 7.999e-9) || !std::isfinite(dt)) {
    return Refusal(ErrorCode::kOutOfRange) << "dt = " << dt << " s is not at least 8 ns";
  }
  double const cycles = static_cast<double>(runtime_steps) * dt * 125e6;
  if (runtime_steps < 1) {
    return Refusal(ErrorCode::kOutOfRange)
           << "runtime = " << runtime_steps << " steps is not at least 1";
  }
  if (!(cycles <= static_cast<double>(kTimerEnd))) {
    return Refusal(ErrorCode::kOutOfRange)
           << "runtime = " << runtime_steps << " steps of " << dt << " s = " << cycles / 125e6
           << " s is beyond the 32 bit timer of the FPGA (34.36 s)";
  }
  return static_cast<std::int64_t>(std::llround(cycles));
}

Result<std::uint32_t> validate(RunRequest const& request) {
  if (auto ok = validate(request.network); !ok) return ok.error();
  if (auto cycles = runtime_cycles(request.runtime_steps, request.dt); !cycles) {
    return cycles.error();
  }
  std::optional<std::uint32_t> batch = request.batch;
  std::string source = "batch";
  if (batch == 0u) return Refusal(ErrorCode::kOutOfRange) << "batch = 0 entries is not at least 1";
  for (auto const& [name, trains] : request.inputs) {
    if (auto ok = check_input(request.network, name, trains); !ok) return ok.error();
    if (batch && *batch != trains.entries) {
      return Refusal(ErrorCode::kInvalidArgument)
             << "inputs of '" << name << "' have " << trains.entries << " batch entries, " << source
             << (source == "batch" ? " says " : " has ") << *batch;
    }
    if (trains.entries == 0) {
      return Refusal(ErrorCode::kInvalidArgument)
             << "inputs of '" << name << "' have no batch entry";
    }
    batch = trains.entries;
    if (source == "batch" && !request.batch) source = "'" + name + "'";
  }
  if (request.inter_batch_entry_wait &&
      (*request.inter_batch_entry_wait < 0 || *request.inter_batch_entry_wait > kTimerEnd)) {
    return Refusal(ErrorCode::kOutOfRange)
           << "inter_batch_entry_wait = " << *request.inter_batch_entry_wait << " is not in 0 .. "
           << kTimerEnd << " FPGA cycles";
  }
  return batch.value_or(1);
}

}  // namespace hx::host
