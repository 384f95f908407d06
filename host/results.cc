#include "host/results.h"

#include <algorithm>
#include <cmath>

#include "driver/base/check.h"
#include "driver/base/refusal.h"

namespace hx::host {
namespace {

std::uint64_t row(std::uint32_t entries, std::uint32_t neurons, std::uint32_t entry,
                  std::uint32_t neuron) {
  HX_CHECK(entry < entries && neuron < neurons)
      << "row [" << entry << "][" << neuron << "] of [" << entries << "][" << neurons << "]";
  return std::uint64_t{entry} * neurons + neuron;
}

template <typename T>
std::span<T const> slice(std::vector<T> const& values, std::vector<std::uint64_t> const& offsets,
                         std::uint64_t index) {
  return std::span<T const>(values).subspan(offsets[index], offsets[index + 1] - offsets[index]);
}

/// Value at `time` between samples in ascending order; at least one sample.
double interpolate(std::span<std::int64_t const> times, std::span<float const> values,
                   std::size_t right, double time, Interpolation interpolation) {
  if (right == 0) return values.front();
  if (right == times.size()) return values.back();
  double const t0 = static_cast<double>(times[right - 1]);
  double const t1 = static_cast<double>(times[right]);
  double const v0 = values[right - 1];
  double const v1 = values[right];
  if (interpolation == Interpolation::kNearest) return time - t0 <= t1 - time ? v0 : v1;
  return v0 + (v1 - v0) * (time - t0) / (t1 - t0);
}

}  // namespace

SpikeTrains SpikeTrains::silent(std::uint32_t entries, std::uint32_t neurons) {
  SpikeTrains trains;
  trains.entries = entries;
  trains.neurons = neurons;
  trains.offsets.assign(std::size_t{entries} * neurons + 1, 0);
  return trains;
}

Result<SpikeTrains> SpikeTrains::from_seconds(
    std::vector<std::vector<std::vector<double>>> const& times) {
  SpikeTrains trains;
  trains.entries = static_cast<std::uint32_t>(times.size());
  trains.neurons = times.empty() ? 0 : static_cast<std::uint32_t>(times.front().size());
  trains.offsets.reserve(std::size_t{trains.entries} * trains.neurons + 1);
  for (std::size_t entry = 0; entry < times.size(); ++entry) {
    if (times[entry].size() != trains.neurons) {
      return (Refusal(ErrorCode::kInvalidArgument)
              << "entry " << entry << " has spike times for " << times[entry].size()
              << " neurons, entry 0 for " << trains.neurons)
          .hint("give an empty list for a neuron that is silent");
    }
    for (std::size_t neuron = 0; neuron < trains.neurons; ++neuron) {
      std::size_t const begin = trains.times.size();
      for (double time : times[entry][neuron]) {
        // Beyond 1e9 s the count of cycles would leave the 64 bit integer sooner or later.
        if (!std::isfinite(time) || time < 0 || time > 1e9) {
          return (Refusal(ErrorCode::kOutOfRange)
                  << "spike time " << time << " s of neuron " << neuron << " in entry " << entry)
              .hint("times are seconds since the begin of the entry, 0 or later");
        }
        trains.times.push_back(std::llround(time * 125e6));
      }
      std::sort(trains.times.begin() + static_cast<std::ptrdiff_t>(begin), trains.times.end());
      trains.offsets.push_back(trains.times.size());
    }
  }
  return trains;
}

Result<SpikeTrains> SpikeTrains::from_dense(std::span<float const> dense, std::uint32_t steps,
                                            std::uint32_t entries, std::uint32_t neurons,
                                            double dt) {
  std::size_t const rows = std::size_t{entries} * neurons;
  if (dense.size() != steps * rows) {
    return Refusal(ErrorCode::kInvalidArgument)
           << "a tensor of " << dense.size() << " elements is no [" << steps << "][" << entries
           << "][" << neurons << "]";
  }
  if (!(dt > 0)) {
    return Refusal(ErrorCode::kInvalidArgument) << "dt = " << dt << " s is not above 0";
  }
  SpikeTrains trains = silent(entries, neurons);
  for (std::size_t i = 0; i < dense.size(); ++i) {
    if (dense[i] != 0.f) ++trains.offsets[i % rows + 1];
  }
  for (std::size_t r = 0; r < rows; ++r) trains.offsets[r + 1] += trains.offsets[r];
  trains.times.resize(trains.offsets.back());
  std::vector<std::uint64_t> next(trains.offsets.begin(), trains.offsets.end() - 1);
  for (std::uint32_t step = 0; step < steps; ++step) {
    std::int64_t const time = std::llround(step * dt * 125e6);
    float const* line = dense.data() + step * rows;
    for (std::size_t r = 0; r < rows; ++r) {
      if (line[r] != 0.f) trains.times[next[r]++] = time;
    }
  }
  return trains;
}

std::span<std::int64_t const> SpikeTrains::at(std::uint32_t entry, std::uint32_t neuron) const {
  return slice(times, offsets, row(entries, neurons, entry, neuron));
}

std::span<std::int64_t const> CadcTraces::times_at(std::uint32_t entry,
                                                   std::uint32_t neuron) const {
  return slice(times, offsets, row(entries, neurons, entry, neuron));
}

std::span<float const> CadcTraces::values_at(std::uint32_t entry, std::uint32_t neuron) const {
  return slice(values, offsets, row(entries, neurons, entry, neuron));
}

std::span<std::int64_t const> MadcTraces::times_at(std::uint32_t entry, std::uint32_t index) const {
  auto const channels = static_cast<std::uint32_t>(neurons.size());
  return slice(times, offsets, row(entries, channels, entry, index));
}

std::span<std::uint16_t const> MadcTraces::codes_at(std::uint32_t entry,
                                                    std::uint32_t index) const {
  auto const channels = static_cast<std::uint32_t>(neurons.size());
  return slice(codes, offsets, row(entries, channels, entry, index));
}

double Results::time_in_seconds(std::int64_t cycles) const {
  if (!mock) return seconds(cycles);
  // The grid has steps of at least 8 ns, so the nearest step is the one the time came from.
  double const step = std::round(seconds(cycles) / dt);
  // Dividing by a whole rate gives the double nearest to the decimal (5e-06), multiplying does not.
  double const rate = std::round(1 / dt);
  return std::abs(rate * dt - 1) < 1e-12 ? step / rate : step * dt;
}

Observables const* Results::find(std::string_view population) const {
  auto const found = populations.find(population);
  return found == populations.end() ? nullptr : &found->second;
}

std::uint32_t dense_steps(std::int64_t runtime_cycles, double dt) {
  double const steps = seconds(runtime_cycles) / dt;
  double const whole = std::round(steps);
  bool const is_whole = std::abs(steps - whole) <= 1e-9 * std::max(1., whole);
  return static_cast<std::uint32_t>(is_whole ? whole : std::ceil(steps)) + 1;
}

std::vector<std::uint8_t> dense_spikes(SpikeTrains const& trains, std::int64_t runtime_cycles,
                                       double dt) {
  std::size_t const rows = std::size_t{trains.entries} * trains.neurons;
  std::uint32_t const steps = dense_steps(runtime_cycles, dt);
  std::vector<std::uint8_t> dense(steps * rows, 0);
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::int64_t time : slice(trains.times, trains.offsets, r)) {
      long long const step = std::llround(seconds(time) / dt);
      if (step >= 0 && step < steps) dense[static_cast<std::size_t>(step) * rows + r] = 1;
    }
  }
  return dense;
}

std::vector<float> dense_traces(CadcTraces const& traces, std::int64_t runtime_cycles, double dt,
                                Interpolation interpolation) {
  std::size_t const rows = std::size_t{traces.entries} * traces.neurons;
  std::uint32_t const steps = dense_steps(runtime_cycles, dt);
  std::vector<float> dense(steps * rows, 0.f);
  for (std::size_t r = 0; r < rows; ++r) {
    auto const times = slice(traces.times, traces.offsets, r);
    auto const values = slice(traces.values, traces.offsets, r);
    if (times.empty()) continue;
    std::size_t right = 0;  // first sample later than the grid point
    for (std::uint32_t step = 0; step < steps; ++step) {
      double const time = step * dt * 125e6;
      while (right < times.size() && static_cast<double>(times[right]) <= time) ++right;
      dense[step * rows + r] =
          static_cast<float>(interpolate(times, values, right, time, interpolation));
    }
  }
  return dense;
}

}  // namespace hx::host
