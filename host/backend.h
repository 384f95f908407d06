/// Where a network runs: the mock equations or a chip behind a link. A backend takes plain values
/// and returns plain values.
///
///     std::unique_ptr<Backend> backend = make_mock_backend();  // mock.h
///     Result<Results> results = backend->run({.network = network, .inputs = {{"in", spikes}},
///                                             .runtime_steps = 100});
///
/// A backend may be used by one thread at a time. It may keep state between runs (the configuration
/// that the chip already has), never results. An error leaves it usable.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "driver/base/result.h"
#include "host/network.h"
#include "host/results.h"

namespace hx::reg {
class Chip;  // driver/registers/chip.h
}
namespace hx::routing {
class Router;  // routing/router.h
}

namespace hx::host {

struct Hooks;  // lowering/hooks.h

/// Spikes of external sources by population name; a source that is not listed is silent.
using Inputs = std::map<std::string, SpikeTrains, std::less<>>;

struct RunRequest {
  Network network = {};
  Inputs inputs = {};
  /// Number of batch entries; absent: that of the inputs, else 1. Must agree with every input.
  std::optional<std::uint32_t> batch = std::nullopt;
  std::int64_t runtime_steps = 0;  ///< steps of dt, >= 1
  double dt = 1e-6;                ///< s, hardware time of one step, >= 8 ns
  /// FPGA cycles from the end of one entry's real-time section to the next one.
  std::optional<std::int64_t> inter_batch_entry_wait = std::nullopt;
  /// Drop all events between two entries.
  bool inter_batch_entry_routing_disabled = true;
  /// How the network is mapped onto a chip; absent: routing::make_default_router(). Its result is always
  /// checked independently.
  std::shared_ptr<routing::Router const> router = nullptr;
  /// The configuration to start from: calibrated values, and whatever else was set by hand (offset currents,
  /// bypass switches, adaptation). Neuron parameters of the network are not used then, except `leaky`; what
  /// belongs to the mapping (nodes, drivers, synapses, event outputs, read-out, joined circuits) is always
  /// the network's. Must not change while a backend knows it. Absent: a calibration to the parameters of
  /// the network. Chips only.
  std::shared_ptr<reg::Chip const> base = nullptr;
  /// Instructions of the user; everything is written again in the next run. Chips only.
  std::shared_ptr<Hooks const> hooks = nullptr;
  /// Asked between programs (at most some ten milliseconds of hardware time each, or one entry): true ends
  /// the run with kTimeout. Called by the thread that runs. Chips only.
  std::function<bool()> cancelled = nullptr;
};

/// FPGA cycles of a runtime: round(steps * dt * 125e6). kOutOfRange if it is < 1 or beyond the 32
/// bit timer of the FPGA (34.36 s).
Result<std::int64_t> runtime_cycles(std::int64_t runtime_steps, double dt);

/// Checks the whole request (network, inputs, batch, runtime, dt) and returns the number of
/// entries. What is wrong is named with population and numbers.
Result<std::uint32_t> validate(RunRequest const& request);

class Backend {
 public:
  virtual ~Backend() = default;
  /// Runs all entries. Every value in the request is checked first; nothing reaches the hardware
  /// when a check fails.
  virtual Result<Results> run(RunRequest const& request) = 0;
  /// The target's URI, or "mock".
  [[nodiscard]] virtual std::string target() const = 0;
  /// The configuration of the chip as it was before the real-time part of the last run; nullptr before
  /// the first one, and where there is no chip.
  [[nodiscard]] virtual reg::Chip const* last_chip_configuration() const { return nullptr; }
};

}  // namespace hx::host
