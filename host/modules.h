/// The modules of an experiment: what a user puts together. Names and meaning follow the hxtorch
/// API.
///
///     auto input = std::make_shared<InputNeuron>("in", 5);
///     auto synapse = std::make_shared<Synapse>("in->hid", 5, 120);
///     auto hidden = std::make_shared<Neuron>("hid", 120, NeuronParameters{.tau_mem = 6e-6});
///
/// A module is a plain record with a name and one output handle that never changes; it checks
/// nothing by itself: everything is checked, with the module's name, when the experiment runs.
/// Modules belong to the thread of their experiment.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/network.h"
#include "host/results.h"

namespace hx::host {

/// What flows between modules, by identity. The user fills `spikes` of an input handle; `run` fills
/// the handles of the connected modules in place.
using Handle = std::shared_ptr<Observables>;

Handle make_handle();
/// An input handle with spikes.
Handle make_handle(SpikeTrains spikes);

/// A user's grouping of modules that run at the same time on one chip.
struct ExecutionInstance {
  std::uint32_t id = 0;
  /// The observables of an input are its spikes as they came back from the chip.
  bool input_loopback = false;
};

class Module {
 public:
  Module(std::string name, std::shared_ptr<ExecutionInstance> instance)
      : execution_instance(std::move(instance)), name_(std::move(name)) {}
  virtual ~Module() = default;
  Module(Module const&) = delete;
  Module& operator=(Module const&) = delete;

  [[nodiscard]] std::string const& name() const { return name_; }
  /// The module's own, always same output handle.
  [[nodiscard]] Handle const& output() const { return output_; }

  /// Absent: the experiment's default.
  std::shared_ptr<ExecutionInstance> execution_instance;

 private:
  std::string name_;
  Handle output_ = make_handle();
};

/// A module with members that spike or integrate.
class PopulationModule : public Module {
 public:
  [[nodiscard]] std::uint32_t size() const { return description.size; }
  /// All parameters, recordings and the placement; may be changed between runs.
  Population description;

 protected:
  PopulationModule(std::string name, PopulationKind kind, std::uint32_t size,
                   std::shared_ptr<ExecutionInstance> instance);
};

/// Plays the spikes of its input handle.
class InputNeuron : public PopulationModule {
 public:
  InputNeuron(std::string name, std::uint32_t size,
              std::shared_ptr<ExecutionInstance> instance = nullptr);
};
using SpikeSource = InputNeuron;

/// Random events made on the chip; takes no input.
class BackgroundSource : public PopulationModule {
 public:
  BackgroundSource(std::string name, std::uint32_t size, BackgroundParameters parameters,
                   std::shared_ptr<ExecutionInstance> instance = nullptr);
};

/// LIF neurons; records spikes and the membrane unless told otherwise.
class Neuron : public PopulationModule {
 public:
  Neuron(std::string name, std::uint32_t size, NeuronParameters parameters = {},
         std::shared_ptr<ExecutionInstance> instance = nullptr);
};

/// LI neurons: no threshold; records the membrane unless told otherwise.
class ReadoutNeuron : public PopulationModule {
 public:
  ReadoutNeuron(std::string name, std::uint32_t size, NeuronParameters parameters = {},
                std::shared_ptr<ExecutionInstance> instance = nullptr);
};

/// A projection with a weight per connection.
class Synapse : public Module {
 public:
  /// Dense: every source to every target, weights [out][in] 0 until `set_dense`; every connection
  /// takes two synapses, so that weights may change at will without a new routing
  /// (WeightRule::kSignedPair).
  Synapse(std::string name, std::uint32_t in_features, std::uint32_t out_features,
          std::shared_ptr<ExecutionInstance> instance = nullptr);
  /// Sparse: the listed connections under the rule.
  Synapse(std::string name, std::uint32_t in_features, std::uint32_t out_features,
          std::vector<Connection> connections, WeightRule rule = WeightRule::kSparse,
          std::shared_ptr<ExecutionInstance> instance = nullptr);

  /// Whole numbers [out][in]; kInvalidArgument if there are not out*in of them.
  Result<void> set_dense(std::span<std::int32_t const> weights);
  /// Real weights [out][in]: clip(scale*w, -63, 63), rounded half away from zero.
  Result<void> set_dense(std::span<float const> weights, double scale = 1.);

  [[nodiscard]] std::uint32_t in_features() const { return in_features_; }
  [[nodiscard]] std::uint32_t out_features() const { return out_features_; }

  WeightRule rule;
  std::vector<Connection> connections;
  std::optional<ShortTermPlasticity> stp;  ///< absent: none; see network.h

 private:
  std::uint32_t in_features_;
  std::uint32_t out_features_;
};

/// A group of modules inside which connections may form cycles.
class ModuleWrapper {
 public:
  ModuleWrapper(std::string name, std::vector<std::shared_ptr<Module>> modules)
      : name_(std::move(name)), modules_(std::move(modules)) {}
  [[nodiscard]] std::string const& name() const { return name_; }
  [[nodiscard]] std::vector<std::shared_ptr<Module>> const& modules() const { return modules_; }
  [[nodiscard]] bool contains(Module const& module) const;

 private:
  std::string name_;
  std::vector<std::shared_ptr<Module>> modules_;
};

}  // namespace hx::host
