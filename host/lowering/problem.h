/// From a network to what a router works on, and back.
///
///     Mapping mapping = make_mapping(network);
///     routing::Outcome outcome = router.route(mapping.problem);
///     Circuits circuits = circuits_of(network, mapping, outcome.solution());
///
/// Weights are no part of the problem, only the synapses that a connection needs, so two networks that
/// differ in weights (of one sign and split), parameters or recorded membranes have equal problems.
/// Pure functions.
#pragma once

#include <cstdint>
#include <vector>

#include "driver/base/result.h"
#include "host/calibration/nominal.h"
#include "host/network.h"
#include "routing/problem.h"
#include "routing/solution.h"

namespace hx::host {

/// Which connections of the network a projection of the problem stands for.
struct ProjectionPart {
  std::uint32_t projection = 0;  ///< index in the network
  routing::Receptor receptor = routing::Receptor::kExcitatory;
  /// By connection of the problem's projection: index in the network's projection.
  std::vector<std::uint32_t> connections;
  bool operator==(ProjectionPart const&) const = default;
};

struct Mapping {
  routing::Problem problem;
  /// By population of the network: its kind and index in the problem.
  std::vector<routing::SourcePopulation> populations;
  std::vector<ProjectionPart> parts;  ///< by projection of the problem
};

/// Excitatory and inhibitory connections become separate projections; those without a connection are
/// left out. The network is valid (contract).
Mapping make_mapping(Network const& network);

/// Whether a solution of one problem is a solution of the other.
bool is_same_problem(routing::Problem const& a, routing::Problem const& b);

/// Where the neurons are; empty lists for sources.
Circuits circuits_of(Network const& network, Mapping const& mapping,
                     routing::Solution const& solution);

}  // namespace hx::host
