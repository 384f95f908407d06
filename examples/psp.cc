// One postsynaptic potential in C++: the same experiment on the mock equations and on the chip model.
//
//     bazel run //examples:psp

#include <cstdio>
#include <memory>

#include "driver/link/registry.h"
#include "host/chip_backend.h"
#include "host/experiment.h"
#include "sim/targets/targets.h"

namespace {

// One input, one LIF neuron with its membrane recorded, weight 63, a spike at 10 us.
hx::Result<hx::host::CadcTraces> record_psp(hx::host::Experiment::Config const& config) {
  using namespace hx::host;
  Experiment experiment(config);
  auto synapse = std::make_shared<Synapse>("synapse", 1, 1, std::vector<Connection>{{0, 0, 63}});
  auto neuron = std::make_shared<Neuron>("neuron", 1);
  neuron->description.neuron.tau_mem = 10e-6;

  hx::Result<SpikeTrains> spikes = SpikeTrains::from_seconds({{{10e-6}}});
  if (!spikes) return spikes.error();
  if (auto ok = experiment.connect(synapse, {make_handle(*spikes)}, synapse->output()); !ok) {
    return ok.error();
  }
  if (auto ok = experiment.connect(neuron, {synapse->output()}, neuron->output()); !ok) {
    return ok.error();
  }
  if (auto info = experiment.run(60); !info) return info.error();
  return *neuron->output()->cadc;
}

void print(char const* name, hx::host::CadcTraces const& trace) {
  std::printf("%s\n", name);
  auto const times = trace.times_at(0, 0);
  auto const values = trace.values_at(0, 0);
  for (std::size_t i = 0; i < times.size(); i += times.size() / 12 + 1) {
    std::printf("  %6.2f us  %6.2f\n", hx::host::seconds(times[i]) * 1e6, values[i]);
  }
}

}  // namespace

int main() {
  hx::Registry registry;
  hx::sim::add_targets(registry);
  auto chip = hx::host::open_chip_backend(registry, "twin:");
  if (!chip) {
    std::fprintf(stderr, "%s\n", chip.error().text().c_str());
    return 1;
  }
  auto on_chip = record_psp({.backend = std::move(*chip)});
  auto on_mock = record_psp({.mock = true});
  for (auto const* trace : {&on_chip, &on_mock}) {
    if (!*trace) {
      std::fprintf(stderr, "%s\n", trace->error().text().c_str());
      return 1;
    }
  }
  print("chip model, CADC codes", *on_chip);
  print("mock equations, CADC LSB", *on_mock);
  return 0;
}
