/// Why a network does not fit: structured reasons instead of a "no".
///
///     if (!outcome) {
///       for (hx::routing::Reason const& reason : outcome.failure().reasons)
///         std::cerr << reason.text() << '\n';
///     }
#pragma once

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "driver/base/result.h"
#include "fpga_model/spec/geometry.h"

namespace hx::routing {

/// The rules of a valid mapping.
enum class Constraint : std::uint8_t {
  kInput,               ///< the Problem itself makes no sense
  kP1OneOwner,          ///< a circuit belongs to at most one neuron; 512 circuits
  kP2Shape,             ///< a neuron lies within columns 0..127 or 128..255, its shape kept
  kP3Background,        ///< generators of background populations
  kR1NeuronBus,         ///< a neuron reaches only PADI bus (column / 32) % 4
  kR4SynapsePlace,      ///< a synapse drives the circuit of its column and hemisphere
  kC1OneSynapse,        ///< one synapse per row and column
  kC2InDegree,          ///< rows above a circuit: 256, and 64 per bus
  kC3RowSign,           ///< a row is excitatory or inhibitory as a whole
  kC4LabelSelectivity,  ///< a synapse answers to its source and to nobody else
  kC5DriverSelection,   ///< row select against driver index under one mask
  kC6NeuronLabel,       ///< only 8 bits of a neuron's label are free
  kC7BackgroundLabel,   ///< a generator's sources are consecutive labels
  kC8ExternalLabel,     ///< labels of external sources
  kC9Crossbar,          ///< nodes that exist and their filters
  kC10RecordedUnique,   ///< recorded sources have different labels at the host
  kC11RecordedPath,     ///< recorded sources reach an L2 output
  kC12ExactlyOnce,      ///< each wanted synapse once per spike, and no other
  kEffort,              ///< no rule: the search ended without a result
};

/// "C4 label selectivity" and so on.
std::string_view to_string(Constraint constraint);

/// One reason of a failure.
struct Reason {
  Constraint constraint = Constraint::kInput;
  std::string strategy = {};  ///< who found it: "limits" (holds for every router) or the strategy
  std::string message = {};   ///< what does not fit, with the numbers that matter
  std::string hint = {};      ///< what to change
  // Where, as far as it is one place.
  std::optional<AtomicNeuron> circuit = {};
  std::optional<PadiBus> bus = {};
  std::optional<SynapseRow> row = {};
  std::uint64_t need = 0;  ///< in the unit that the message names
  std::uint64_t capacity = 0;

  /// "C2 in-degree: ... (need 258, capacity 256); hint".
  [[nodiscard]] std::string text() const;
};

/// All reasons of all strategies that were tried.
struct Failure {
  /// True if the reasons hold for every mapping with the placements that may be used: no router can
  /// help. False: the search gave up.
  bool proven = false;
  std::vector<Reason> reasons = {};

  /// As an error of kind kUnroutable (kInvalidArgument if the Problem makes no sense).
  [[nodiscard]] Error error() const;
};

std::ostream& operator<<(std::ostream& out, Failure const& failure);

}  // namespace hx::routing
