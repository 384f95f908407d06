#include "routing/failure.h"

namespace hx::routing {

std::string_view to_string(Constraint constraint) {
  switch (constraint) {
    case Constraint::kInput:
      return "input";
    case Constraint::kP1OneOwner:
      return "P1 circuits";
    case Constraint::kP2Shape:
      return "P2 shape";
    case Constraint::kP3Background:
      return "P3 background generators";
    case Constraint::kR1NeuronBus:
      return "R1 bus of a neuron";
    case Constraint::kR4SynapsePlace:
      return "R4 place of a synapse";
    case Constraint::kC1OneSynapse:
      return "C1 one synapse per place";
    case Constraint::kC2InDegree:
      return "C2 in-degree";
    case Constraint::kC3RowSign:
      return "C3 row sign";
    case Constraint::kC4LabelSelectivity:
      return "C4 label selectivity";
    case Constraint::kC5DriverSelection:
      return "C5 driver selection";
    case Constraint::kC6NeuronLabel:
      return "C6 neuron label";
    case Constraint::kC7BackgroundLabel:
      return "C7 background label";
    case Constraint::kC8ExternalLabel:
      return "C8 external label";
    case Constraint::kC9Crossbar:
      return "C9 crossbar";
    case Constraint::kC10RecordedUnique:
      return "C10 recorded labels";
    case Constraint::kC11RecordedPath:
      return "C11 recorded path";
    case Constraint::kC12ExactlyOnce:
      return "C12 exactly once";
    case Constraint::kEffort:
      return "effort";
  }
  return "unknown constraint";
}

std::string Reason::text() const {
  std::string text(to_string(constraint));
  text += ": " + message;
  if (need != 0 || capacity != 0) {
    text += " (need " + std::to_string(need) + ", capacity " + std::to_string(capacity) + ")";
  }
  if (!strategy.empty()) text += " [" + strategy + "]";
  if (!hint.empty()) text += "; " + hint;
  return text;
}

Error Failure::error() const {
  Error error{ErrorCode::kUnroutable, Effect::kNone, {}, {}};
  error.message = proven ? "the network cannot be mapped to one chip" : "no routing found";
  for (Reason const& reason : reasons) {
    error.message += "\n  " + reason.text();
    if (reason.constraint == Constraint::kInput) error.code = ErrorCode::kInvalidArgument;
    if (error.hint.empty()) error.hint = reason.hint;
  }
  return error;
}

std::ostream& operator<<(std::ostream& out, Failure const& failure) {
  return out << failure.error().message;
}

}  // namespace hx::routing
