/// The functional model of the full system: same words in the same clocks as the RTL (sim/rtl), but event driven and much faster.
///
///     std::unique_ptr<Model> model = make_twin({});
///     model->fill(program);
///     while (!model->run(1 << 20).run_ended) {}
///
/// Threads: one at a time per model; models share nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "fpga_model/spec/timing.h"
#include "sim/model/model.h"
#include "sim/twin/array_options.h"

namespace hx::sim {

/// How the system is built. The defaults are those of `sim:`, with which the model agrees word by word and clock by clock.
struct TwinOptions {
  /// Array ports per hemisphere: 4 or 1.
  unsigned padi_ports = timing::kPadiPorts;
  /// Rows of an event in one clock (0), one per clock (1) or half a row per clock (2).
  unsigned row_port = timing::kRowPort;
  /// Off: the model agrees with the RTL.
  Mismatch mismatch = {};
  CadcNoiseOptions cadc_noise = {};
  /// The link is up from power-on, without a start-up.
  bool link_up = false;
  /// Words of the playback memory, a power of two.
  std::size_t playback_words = std::size_t{1} << 22;
};

/// Values out of range are broken contracts.
std::unique_ptr<Model> make_twin(TwinOptions options);

}  // namespace hx::sim
