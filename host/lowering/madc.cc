#include "host/lowering/madc.h"

#include <algorithm>
#include <cmath>

#include "driver/base/refusal.h"

namespace hx::host {
namespace {

constexpr double kClock = 500e6;

bool share_line(AtomicNeuron a, AtomicNeuron b) {
  return hemisphere(a) == hemisphere(b) && column(a).value() % 2 == column(b).value() % 2;
}

std::string line_text(AtomicNeuron circuit) {
  return std::string(column(circuit).value() % 2 == 1 ? "odd" : "even") + " columns of the " +
         (hemisphere(circuit).value() == 0 ? "top" : "bottom") + " row";
}

Error same_line(Network const& network, MadcInput const& a, MadcInput const& b) {
  auto const name = [&](MadcInput const& input) {
    return "neuron " + std::to_string(input.neuron) + " of '" +
           network.populations[input.population].name + "' (circuit " +
           std::to_string(input.circuit.value()) + ")";
  };
  return (Refusal(ErrorCode::kInvalidArgument)
          << "the MADC cannot record " << name(a) << " and " << name(b)
          << " together: both are on the line of the " << line_text(a.circuit))
      .hint(
          "record neurons whose columns differ in parity, or set 'placement' so that they do (or "
          "lie in different rows)");
}

}  // namespace

Result<std::vector<MadcInput>> choose_madc_inputs(Network const& network,
                                                  Circuits const& circuits) {
  std::vector<MadcInput> inputs;
  for (std::uint32_t p = 0; p < network.populations.size(); ++p) {
    auto const& neurons = network.populations[p].madc_neurons;
    for (std::uint32_t i = 0; i < neurons.size(); ++i) {
      inputs.push_back({p, neurons[i], i, circuits[p][neurons[i]]});
    }
  }
  if (inputs.size() < 2 || !share_line(inputs[0].circuit, inputs[1].circuit)) return inputs;
  // Every circuit of a neuron shows the membrane, only the first one the rest.
  for (MadcInput& input : inputs) {
    Population const& population = network.populations[input.population];
    if (population.madc_source != ReadoutSource::kMembrane) continue;
    MadcInput const& other = &input == &inputs[0] ? inputs[1] : inputs[0];
    for (std::uint32_t i = 1; i < population.circuits; ++i) {
      AtomicNeuron const circuit =
          circuit_of(population, circuits[input.population][input.neuron], i);
      if (share_line(circuit, other.circuit)) continue;
      input.circuit = circuit;
      return inputs;
    }
  }
  return same_line(network, inputs[0], inputs[1]);
}

double MadcRate::samples_per_second() const {
  double const rate = kClock / (12 + adjust);
  return scale ? rate / (2. * (*scale + 1)) : rate;
}

MadcRate madc_rate(double samples_per_second) {
  MadcRate best;
  auto const error = [&](MadcRate const& rate) {
    return std::abs(std::log(rate.samples_per_second() / samples_per_second));
  };
  auto const consider = [&](MadcRate const& rate) {
    if (error(rate) < error(best) - 1e-12) best = rate;
  };
  for (int const more : {5, 0, 1, 2, 3, 4, 6, 7}) {
    auto const adjust = static_cast<std::uint8_t>(more);
    consider({adjust, std::nullopt});
    double const ideal = kClock / (12 + adjust) / samples_per_second / 2 - 1;
    for (double scale : {std::floor(ideal), std::ceil(ideal)}) {
      consider({adjust, static_cast<std::uint16_t>(std::clamp(scale, 0., 4095.))});
    }
  }
  return best;
}

}  // namespace hx::host
