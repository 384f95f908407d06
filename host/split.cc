#include "host/split.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "driver/base/check.h"

namespace hx::host {
namespace {

/// Rows of some entries of a CSR array, starting at 0.
std::vector<std::uint64_t> cut(std::vector<std::uint64_t> const& offsets, std::size_t first,
                               std::size_t last) {
  std::vector<std::uint64_t> part(offsets.begin() + static_cast<std::ptrdiff_t>(first),
                                  offsets.begin() + static_cast<std::ptrdiff_t>(last) + 1);
  std::uint64_t const begin = part.front();
  for (std::uint64_t& offset : part) offset -= begin;
  return part;
}

SpikeTrains entries_of(SpikeTrains const& trains, std::uint32_t first, std::uint32_t last) {
  SpikeTrains part;
  part.entries = last - first;
  part.neurons = trains.neurons;
  std::size_t const row = std::size_t{first} * trains.neurons;
  std::size_t const end = std::size_t{last} * trains.neurons;
  part.offsets = cut(trains.offsets, row, end);
  part.times.assign(trains.times.begin() + static_cast<std::ptrdiff_t>(trains.offsets[row]),
                    trains.times.begin() + static_cast<std::ptrdiff_t>(trains.offsets[end]));
  return part;
}

template <typename T>
void append(std::vector<T>& to, std::vector<T> const& from) {
  to.insert(to.end(), from.begin(), from.end());
}

void append_rows(std::vector<std::uint64_t>& offsets, std::vector<std::uint64_t> const& more) {
  std::uint64_t const begin = offsets.back();
  for (std::size_t i = 1; i < more.size(); ++i) offsets.push_back(begin + more[i]);
}

void append_entries(Observables& to, Observables const& from) {
  if (to.spikes) {
    to.spikes->entries += from.spikes->entries;
    append_rows(to.spikes->offsets, from.spikes->offsets);
    append(to.spikes->times, from.spikes->times);
  }
  if (to.cadc) {
    to.cadc->entries += from.cadc->entries;
    append_rows(to.cadc->offsets, from.cadc->offsets);
    append(to.cadc->times, from.cadc->times);
    append(to.cadc->values, from.cadc->values);
  }
  if (to.madc) {
    to.madc->entries += from.madc->entries;
    append_rows(to.madc->offsets, from.madc->offsets);
    append(to.madc->times, from.madc->times);
    append(to.madc->codes, from.madc->codes);
  }
}

void append_results(Results& to, Results const& from) {
  to.target += ";" + from.target;
  for (auto& [name, observables] : to.populations) {
    append_entries(observables, from.populations.at(name));
  }
  auto const add = [](auto& counts, auto const& more) {
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += more[i];
  };
  add(to.health.crossbar_drops, from.health.crossbar_drops);
  add(to.health.output_events, from.health.output_events);
  to.health.unknown_labels += from.health.unknown_labels;
  to.health.spikes_between_entries += from.health.spikes_between_entries;
  for (auto const& [name, count] : from.health.link) to.health.link[name] += count;
  for (std::string const& text : from.health.warnings) {
    auto& warnings = to.health.warnings;
    if (std::find(warnings.begin(), warnings.end(), text) == warnings.end()) {
      warnings.push_back(text);
    }
  }
  to.times.realtime += from.times.realtime;
  to.times.device = std::max(to.times.device, from.times.device);
  to.times.lowering = std::max(to.times.lowering, from.times.lowering);
  to.times.decode = std::max(to.times.decode, from.times.decode);
  to.times.total = std::max(to.times.total, from.times.total);
}

RunRequest part_of(RunRequest const& request, std::uint32_t first, std::uint32_t last) {
  RunRequest part = request;
  part.batch = last - first;
  for (auto& [name, trains] : part.inputs) trains = entries_of(trains, first, last);
  return part;
}

}  // namespace

Result<Results> run_split(std::span<Backend* const> backends, RunRequest const& request) {
  HX_CHECK(!backends.empty()) << "no target";
  if (backends.size() == 1) return backends[0]->run(request);
  auto const entries = validate(request);
  if (!entries) return entries.error();
  auto const count = static_cast<std::uint32_t>(std::min<std::size_t>(backends.size(), *entries));
  std::vector<RunRequest> parts;
  std::atomic<bool> stop = false;
  for (std::uint32_t i = 0; i < count; ++i) {
    auto const first = static_cast<std::uint32_t>(std::uint64_t{*entries} * i / count);
    auto const last = static_cast<std::uint32_t>(std::uint64_t{*entries} * (i + 1) / count);
    parts.push_back(part_of(request, first, last));
    parts.back().cancelled = [&stop] { return stop.load(); };
  }
  parts[0].cancelled = [&] {
    if (request.cancelled && request.cancelled()) stop = true;
    return stop.load();
  };
  std::vector<std::optional<Result<Results>>> results(count);
  std::vector<std::jthread> threads;
  auto const run = [&](std::uint32_t i) {
    results[i] = backends[i]->run(parts[i]);
    if (!results[i]->has_value()) stop = true;
  };
  for (std::uint32_t i = 1; i < count; ++i) threads.emplace_back(run, i);
  run(0);
  threads.clear();
  // The first error that is not a consequence of another one.
  std::optional<Error> error;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (results[i]->has_value()) continue;
    Error const& here = results[i]->error();
    if (error && here.code == ErrorCode::kTimeout) continue;
    Error named = here;
    error = std::move(named).context(backends[i]->target());
  }
  if (error) return *error;
  Results all = std::move(**results[0]);
  for (std::uint32_t i = 1; i < count; ++i) append_results(all, **results[i]);
  return all;
}

}  // namespace hx::host
