#include "host/modules.h"

#include <algorithm>
#include <utility>

#include "driver/base/refusal.h"

namespace hx::host {

Handle make_handle() {
  return std::make_shared<Observables>();
}

Handle make_handle(SpikeTrains spikes) {
  Handle handle = make_handle();
  handle->spikes = std::move(spikes);
  return handle;
}

PopulationModule::PopulationModule(std::string name, PopulationKind kind, std::uint32_t size,
                                   std::shared_ptr<ExecutionInstance> instance)
    : Module(name, std::move(instance)) {
  description.name = std::move(name);
  description.kind = kind;
  description.size = size;
}

InputNeuron::InputNeuron(std::string name, std::uint32_t size,
                         std::shared_ptr<ExecutionInstance> instance)
    : PopulationModule(std::move(name), PopulationKind::kSpikeSource, size, std::move(instance)) {}

BackgroundSource::BackgroundSource(std::string name, std::uint32_t size,
                                   BackgroundParameters parameters,
                                   std::shared_ptr<ExecutionInstance> instance)
    : PopulationModule(std::move(name), PopulationKind::kBackground, size, std::move(instance)) {
  description.background = parameters;
}

Neuron::Neuron(std::string name, std::uint32_t size, NeuronParameters parameters,
               std::shared_ptr<ExecutionInstance> instance)
    : PopulationModule(std::move(name), PopulationKind::kLif, size, std::move(instance)) {
  description.neuron = std::move(parameters);
  description.record_spikes = true;
  description.record_cadc = true;
}

ReadoutNeuron::ReadoutNeuron(std::string name, std::uint32_t size, NeuronParameters parameters,
                             std::shared_ptr<ExecutionInstance> instance)
    : PopulationModule(std::move(name), PopulationKind::kLi, size, std::move(instance)) {
  description.neuron = std::move(parameters);
  description.record_cadc = true;
}

Synapse::Synapse(std::string name, std::uint32_t in_features, std::uint32_t out_features,
                 std::shared_ptr<ExecutionInstance> instance)
    : Module(std::move(name), std::move(instance)),
      rule(WeightRule::kSignedPair),
      connections(all_to_all_connections(0, out_features, in_features)),
      in_features_(in_features),
      out_features_(out_features) {}

Synapse::Synapse(std::string name, std::uint32_t in_features, std::uint32_t out_features,
                 std::vector<Connection> list, WeightRule weight_rule,
                 std::shared_ptr<ExecutionInstance> instance)
    : Module(std::move(name), std::move(instance)),
      rule(weight_rule),
      connections(std::move(list)),
      in_features_(in_features),
      out_features_(out_features) {}

Result<void> Synapse::set_dense(std::span<std::int32_t const> weights) {
  if (weights.size() != std::size_t{out_features_} * in_features_) {
    return Refusal(ErrorCode::kInvalidArgument)
           << "synapse '" << name() << "': " << weights.size() << " weights for " << out_features_
           << " targets x " << in_features_ << " sources";
  }
  connections = dense_connections(weights, out_features_, in_features_);
  return {};
}

Result<void> Synapse::set_dense(std::span<float const> weights, double scale) {
  std::vector<std::int32_t> rounded(weights.size());
  std::transform(weights.begin(), weights.end(), rounded.begin(),
                 [scale](float weight) { return quantise_weight(weight, scale); });
  return set_dense(rounded);
}

bool ModuleWrapper::contains(Module const& module) const {
  return std::any_of(modules_.begin(), modules_.end(),
                     [&](auto const& member) { return member.get() == &module; });
}

}  // namespace hx::host
