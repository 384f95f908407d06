/// The independent judge of a routing: does this chip configuration make this network?
///
///     hx::routing::CheckReport report = hx::routing::check(problem, solution);
///     if (!report.ok()) std::cerr << report;
///
/// It sends one event of every source that can send (external labels, generators, neurons with an
/// address, wanted or not) through crossbar nodes, PADI busses, drivers, rows and synapse labels,
/// exactly as the chip does, and compares the synapses that answer with the connections that were
/// asked for. It shares no code with the routers. Every synapse counts, as if all weights were
/// larger than zero. Thread rule: pure function.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "routing/failure.h"
#include "routing/problem.h"
#include "routing/solution.h"

namespace hx::routing {

/// A broken rule.
struct Violation {
  Constraint constraint = Constraint::kInput;
  std::string place = {};  ///< "top row 17 column 3", "node 24 (L2 input 0 -> top bus 0)"
  std::string text = {};   ///< what is wrong there, in words
};

struct CheckReport {
  std::uint64_t count = 0;                 ///< of all violations
  std::vector<Violation> violations = {};  ///< the first ones
  [[nodiscard]] bool ok() const { return count == 0; }
};

std::ostream& operator<<(std::ostream& out, CheckReport const& report);

/// Compares; keeps at most `keep` violations in words, counts all.
CheckReport check(Problem const& problem, Solution const& solution, std::size_t keep = 10);

}  // namespace hx::routing
