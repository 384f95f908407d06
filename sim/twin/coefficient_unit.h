/// Turns registers into neuron coefficients, circuit by circuit, in the background.
///
/// Window k = 0, 1, ... of CoeffCycles clocks from power-on belongs to circuit k mod 512; its result is valid for slots from the first
/// clock after the window on. A write to NeuronConfig, a CapMem cell or SynapseBiasSelection inside the window discards it, the next
/// round makes it again (hx_coefficient_unit, clock by clock). Only windows of circuits whose inputs changed are computed.
///
///     CoefficientUnit unit({});
///     unit.write_capmem(quadrant, column, row, value, now);
///     while (unit.next() <= now) {
///       Clock const valid = unit.next();
///       if (auto const result = unit.act()) array.set_coefficients(result->circuit, result->coefficients, valid - 1);
///     }
///
/// Merged circuits: scan k covers NetworkWindows windows; if no such write falls into it, the network of switches as the registers
/// have it replaces the stored one at its end.
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

/// Coefficients, levels and role of a circuit (docs/decisions/neuron.md).
struct Coefficients {
  std::int32_t d_mem = 0, d_exc = 0, d_inh = 0, c_exc = 0, c_inh = 0;  ///< 0..2^18 - 1, 2^-18
  std::int32_t e_leak = 0, v_th = 0, v_reset = 0;                      ///< 2^-8 CADC LSB
  std::int32_t v_off = 0;                                              ///< 2^-12 CADC LSB per step
  /// Conductance-based inputs: folded slopes, reference potentials (2^-8 CADC LSB).
  std::int32_t k_exc = 0, k_inh = 0, e_exc = 0, e_inh = 0;
  /// Adaptation and exponential term: 2^-18; potentials (2^-8 CADC LSB); raw codes with sign.
  std::int32_t d_w = 0, c_w = 0, c_e = 0, e_adapt = 0, v_exp = 0, a = 0, b = 0;
  bool adapt = false;
  /// Compartments: a member gives its current to `rep`; a node publishes its voltage and takes currents; a link couples its compartment
  /// (d_own) with that of `other` (d_other).
  bool member = false, node = false, link = false;
  std::int32_t rep = 0, other = 0;
  std::int32_t d_own = 0, d_other = 0;

  bool operator==(Coefficients const&) const = default;
};

/// Place of a circuit in the network of switches that join membranes.
struct NeuronRole {
  bool merged = false;  ///< the compartment has several circuits; the sums below are its own
  bool node = false, link = false;
  std::uint16_t rep = 0, other = 0;
  std::int64_t cap = 0, leak = 0, leak_potential = 0;  ///< sums of C, g, g * v_leak
  std::int64_t cap_other = 0;                          ///< C of the other end of the link

  bool operator==(NeuronRole const&) const = default;
};

class CoefficientUnit {
 public:
  static constexpr unsigned kCircuits = 512;
  static constexpr unsigned kCellRows = 24;

  explicit CoefficientUnit(Mismatch const& mismatch);

  // ---- inputs; each call is a write in clock `now` (also one that changes nothing)

  /// Word 2..7 of NeuronConfig.
  void write_neuron(unsigned circuit, unsigned word, std::uint8_t data, Clock now);
  /// CapMem cell: quadrant 0..3, column 0..127 or 128 (shared cells), row 0..23, value that holds from now on
  /// (chip_registers.h: 1023 mostly means to keep the one before, which is the matter of the registers).
  void write_capmem(unsigned quadrant, unsigned column, unsigned row, unsigned value, Clock now);
  void write_synapse_bias(std::uint32_t data, Clock now);
  /// The register takes `data` in clock `now` without a write (chip reset): windows that come anyway use it, but none come because
  /// of it.
  void reset_synapse_bias(std::uint32_t data, Clock now);

  // ---- results

  struct Result {
    unsigned circuit;
    Coefficients coefficients;
  };

  /// First clock in which something happens: slots from then on see new coefficients, or a scan of the network has ended; kNever: nothing
  /// will change any more.
  Clock next() const { return next_; }
  /// Does it and goes on. Call before any input of clock next() or later.
  std::optional<Result> act();

 private:
  void touch(Clock now);
  void find(std::uint64_t window);
  void adopt_network();
  bool is_set(unsigned circuit, unsigned word, unsigned bit) const {
    return (words_[circuit][word] >> bit & 1U) != 0;
  }
  std::int64_t leak_of(unsigned circuit) const;
  std::int64_t conductance_of(unsigned circuit) const;
  Coefficients derive(unsigned circuit) const;
  unsigned cell(unsigned circuit, unsigned row) const;

  std::array<std::array<std::uint8_t, 8>, kCircuits> words_{};
  std::array<std::array<std::uint16_t, kCellRows>, kCircuits> cells_{};
  std::array<std::uint16_t, 4> dac_{};
  std::uint32_t synapse_bias_ = 0;
  std::vector<std::uint32_t> factors_;  // mismatch, [circuit][row], empty if none

  std::array<NeuronRole, kCircuits> roles_;  // stored network

  std::bitset<kCircuits> changed_;
  std::uint64_t scan_window_ = 0;  // first window after the scan that is to be adopted, 0: none
  std::uint64_t last_window_ = 0;  // then the unit rests
  std::optional<Coefficients>
      early_;  // result of the running window, if its inputs are no longer here
  Clock next_ = kNever;
  unsigned circuit_ = kCircuits;  // of next_; kCircuits: the end of the scan
};

}  // namespace hx::sim
