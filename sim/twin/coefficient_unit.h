/// Turns registers into neuron coefficients, circuit by circuit, in the background.
///
/// Window k = 0, 1, ... of CoeffCycles clocks from power-on belongs to circuit k mod 512; its result is valid for slots from the first
/// clock after the window on. A write to NeuronConfig, a CapMem cell or SynapseBiasSelection inside the window discards it, the next
/// round makes it again (hx_coefficient_unit, clock by clock). Only windows of circuits whose inputs changed are computed.
///
///     CoefficientUnit unit({});
///     unit.write_capmem(quadrant, column, row, value, now);
///     while (unit.next() <= now) array.set_coefficients(...);
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <vector>

#include "fpga_model/spec/timing.h"
#include "sim/twin/array_options.h"
#include "sim/twin/clock.h"

namespace hx::sim {

/// Coefficients and levels of a circuit.
struct Coefficients {
  std::int32_t d_mem = 0, d_exc = 0, d_inh = 0, c_exc = 0, c_inh = 0;  ///< 0..2^18 - 1, 2^-18
  std::int32_t e_leak = 0, v_th = 0, v_reset = 0;                      ///< 2^-8 CADC LSB
  std::int32_t v_off = 0;                                              ///< 2^-12 CADC LSB per step

  bool operator==(Coefficients const&) const = default;
};

class CoefficientUnit {
 public:
  static constexpr unsigned kCircuits = 512;
  static constexpr unsigned kCellRows = 24;

  explicit CoefficientUnit(Mismatch const& mismatch);

  // ---- inputs; each call is a write in clock `now` (also one that changes nothing)

  /// Word 2..7 of NeuronConfig.
  void write_neuron(unsigned circuit, unsigned word, std::uint8_t data, Clock now);
  /// CapMem cell: quadrant 0..3, column 0..127 or 128 (shared cells), row 0..23. 1023 keeps the value.
  void write_capmem(unsigned quadrant, unsigned column, unsigned row, unsigned value, Clock now);
  void write_synapse_bias(std::uint32_t data, Clock now);
  /// The register takes `data` in clock `now` without a write (chip reset): windows that come anyway use it, but none come because
  /// of it.
  void reset_synapse_bias(std::uint32_t data, Clock now);

  // ---- results

  /// First clock that sees new coefficients of a circuit; kNever: nothing will change any more.
  Clock next() const { return next_; }
  /// Which circuit that is (only if next() != kNever).
  unsigned circuit() const { return circuit_; }
  /// Computes it and goes on to the next one. Only for now >= next().
  Coefficients take();

 private:
  void touch(Clock now);
  void find(std::uint64_t window);
  Coefficients derive(unsigned circuit) const;
  unsigned cell(unsigned circuit, unsigned row) const;

  std::array<std::array<std::uint8_t, 8>, kCircuits> words_{};
  std::array<std::array<std::uint16_t, kCellRows>, kCircuits> cells_{};
  std::array<std::uint16_t, 4> dac_{};
  std::uint32_t synapse_bias_ = 0;
  std::vector<std::uint32_t> factors_;  // mismatch, [circuit][row], empty if none

  std::bitset<kCircuits> changed_;
  std::uint64_t last_window_ = kCircuits - 1;  // a round after the last write the unit rests
  std::optional<Coefficients>
      early_;  // result of the running window, if its inputs are no longer here
  Clock next_ = kNever;
  unsigned circuit_ = 0;
};

}  // namespace hx::sim
