/// Runs networks on a chip behind a link: routes, configures, plays and decodes.
///
///     Registry registry;
///     sim::add_targets(registry);
///     Result<std::unique_ptr<Backend>> chip = open_chip_backend(registry, "twin:");
///     if (!chip) return chip.error();
///     Result<Results> results = (*chip)->run(request);
///
/// Opening brings the device up. From run to run the backend keeps the routing (as long as the network
/// asks for the same) and what the chip holds: only differing configuration words are sent, nothing when
/// only the spikes change. After a failed run the next one sends everything again; after a lost link
/// every run fails and the backend has to be opened anew.
///
/// One thread at a time. Errors of `run`: those of validate(), kUnroutable with all reasons, those of
/// Device::run with the instruction named.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "driver/base/result.h"
#include "driver/device/device.h"
#include "driver/link/registry.h"
#include "host/backend.h"
#include "host/lowering/schedule.h"

namespace hx::host {

struct ChipBackendOptions {
  /// Start-up of the device; absent: what the scheme wants (a model in this process needs less).
  std::optional<InitOptions> init = std::nullopt;
  /// Absent: 0.5 ms for models, 100 ms after CapMem changes for boards.
  std::optional<Settling> settling = std::nullopt;
  /// Send only differing configuration words.
  bool differential = true;
  /// Begin every entry in the same clock of the neuron step, so that equal entries give equal results wherever they
  /// are in a batch and on whatever target; costs 4 % more simulated clocks of a short entry. Absent: for
  /// models. Needs a target whose time stands still between programs.
  std::optional<bool> aligned = std::nullopt;
  /// Wall-clock time that one program may take; absent: 30 s and 10 us for every cycle of it, in which
  /// every model ends.
  std::optional<Seconds> deadline = std::nullopt;
};

/// Opens the target, brings it up, and makes a backend of it. kNotFound for an unknown scheme, with the
/// known ones in the hint; what the link or the start-up reports else.
Result<std::unique_ptr<Backend>> open_chip_backend(Registry const& registry, std::string_view uri,
                                                   ChipBackendOptions const& options = {});

/// The same on a device that is open and up. `name` becomes the results' target.
std::unique_ptr<Backend> make_chip_backend(std::unique_ptr<Device> device, std::string name,
                                           ChipBackendOptions const& options = {});

}  // namespace hx::host
