#include "host/experiment.h"

#include <algorithm>
#include <atomic>
#include <set>
#include <utility>

#include "driver/base/refusal.h"
#include "driver/registers/chip.h"
#include "host/mock.h"

namespace hx::host {
namespace {

std::uint32_t next_instance_id() {
  static std::atomic<std::uint32_t> id{0};
  return id++;
}

std::string quoted(Module const& module) {
  return "module '" + module.name() + "'";
}

/// How many input handles a module takes.
Result<void> check_input_count(Module const& module, std::size_t count) {
  auto const* population = dynamic_cast<PopulationModule const*>(&module);
  std::size_t min = 1;
  std::size_t max = 1;
  if (population != nullptr && population->description.is_neuron()) {
    min = 0;
    max = SIZE_MAX;
  } else if (population != nullptr && population->description.kind == PopulationKind::kBackground) {
    min = max = 0;
  }
  if (count >= min && count <= max) return {};
  return Refusal(ErrorCode::kInvalidArgument)
         << quoted(module) << " takes " << max << " input handle" << (max == 1 ? "" : "s")
         << " and was given " << count;
}

}  // namespace

Experiment::Experiment(Config config) : config_(std::move(config)) {}

Result<void> Experiment::connect(std::shared_ptr<Module> module, std::vector<Handle> const& inputs,
                                 Handle const& output) {
  if (module == nullptr) return Refusal(ErrorCode::kInvalidArgument) << "there is no module";
  if (std::any_of(inputs.begin(), inputs.end(), [](auto const& h) { return h == nullptr; }) ||
      output == nullptr) {
    return Refusal(ErrorCode::kInvalidArgument) << quoted(*module) << ": a handle is missing";
  }
  if (auto ok = check_input_count(*module, inputs.size()); !ok) return ok;
  for (Node const& node : graph_) {
    if (node.module == module) {
      return (Refusal(ErrorCode::kInvalidArgument) << quoted(*module) << " is connected twice")
          .hint("give all its input handles in one call; run() empties the graph");
    }
    if (node.output == output) {
      return Refusal(ErrorCode::kInvalidArgument)
             << "modules '" << node.module->name() << "' and '" << module->name()
             << "' have the same output handle";
    }
  }
  graph_.push_back({std::move(module), inputs, output});
  changed_ = true;
  return {};
}

Result<void> Experiment::connect_wrapper(std::shared_ptr<ModuleWrapper> wrapper) {
  if (wrapper == nullptr) return Refusal(ErrorCode::kInvalidArgument) << "there is no wrapper";
  for (auto const& other : wrappers_) {
    if (other == wrapper) return {};
    for (auto const& member : wrapper->modules()) {
      if (!other->contains(*member)) continue;
      return Refusal(ErrorCode::kInvalidArgument)
             << quoted(*member) << " of wrapper '" << wrapper->name() << "' belongs to wrapper '"
             << other->name() << "' already";
    }
  }
  wrappers_.push_back(std::move(wrapper));
  return {};
}

Result<void> Experiment::register_population(std::shared_ptr<PopulationModule> module) {
  if (module == nullptr) return Refusal(ErrorCode::kInvalidArgument) << "there is no population";
  if (std::find(populations_.begin(), populations_.end(), module) != populations_.end()) return {};
  populations_.push_back(std::move(module));
  changed_ = true;
  return {};
}

Result<void> Experiment::register_projection(std::shared_ptr<Synapse> module,
                                             std::shared_ptr<PopulationModule> const& from,
                                             std::shared_ptr<PopulationModule> const& to) {
  if (module == nullptr || from == nullptr || to == nullptr) {
    return Refusal(ErrorCode::kInvalidArgument)
           << "a projection needs a synapse and two populations";
  }
  if (module->in_features() != from->size() || module->out_features() != to->size()) {
    return Refusal(ErrorCode::kInvalidArgument)
           << "synapse '" << module->name() << "' joins " << module->in_features() << " to "
           << module->out_features() << ", but '" << from->name() << "' has " << from->size()
           << " and '" << to->name() << "' has " << to->size() << " neurons";
  }
  for (RegisteredProjection const& known : projections_) {
    if (known.module != module) continue;
    if (known.from == from && known.to == to) return {};
    return Refusal(ErrorCode::kInvalidArgument)
           << "synapse '" << module->name() << "' joins '" << known.from->name() << "' to '"
           << known.to->name() << "' already and cannot join '" << from->name() << "' to '"
           << to->name() << "' as well";
  }
  if (auto ok = register_population(from); !ok) return ok;
  if (auto ok = register_population(to); !ok) return ok;
  projections_.push_back({std::move(module), from, to});
  changed_ = true;
  return {};
}

std::shared_ptr<ExecutionInstance> Experiment::default_execution_instance() {
  if (default_instance_ == nullptr) {
    default_instance_ = std::make_shared<ExecutionInstance>();
    default_instance_->id = next_instance_id();
  }
  return default_instance_;
}

void Experiment::set_default_execution_instance(std::shared_ptr<ExecutionInstance> instance) {
  default_instance_ = std::move(instance);
}

Experiment::Node const* Experiment::node_of_output(Handle const& handle) const {
  for (Node const& node : graph_) {
    if (node.output == handle) return &node;
  }
  return nullptr;
}

/// The population that feeds a synapse; an input neuron is inserted if its handle comes from outside.
Result<std::shared_ptr<PopulationModule>> Experiment::source_of(Node const& synapse) {
  Node const* node = node_of_output(synapse.inputs.front());
  if (node != nullptr) {
    auto population = std::dynamic_pointer_cast<PopulationModule>(node->module);
    if (population != nullptr) return population;
    return Refusal(ErrorCode::kInvalidArgument)
           << "synapse '" << synapse.module->name() << "' is fed by synapse '"
           << node->module->name() << "'; there must be a population in between";
  }
  auto const* module = static_cast<Synapse const*>(synapse.module.get());
  auto& inserted = inserted_[module];
  if (inserted == nullptr) {
    inserted = std::make_shared<InputNeuron>(module->name() + ".input", module->in_features(),
                                             module->execution_instance);
  }
  input_handles_[inserted.get()] = synapse.inputs.front();
  return std::shared_ptr<PopulationModule>(inserted);
}

Result<void> Experiment::register_synapse(Node const& node,
                                          std::shared_ptr<PopulationModule> const& to) {
  auto synapse = std::static_pointer_cast<Synapse>(node.module);
  auto from = source_of(node);
  if (!from) return from.error();
  return register_projection(std::move(synapse), *from, to);
}

/// Puts everything that is connected into the lists of populations and projections.
Result<void> Experiment::register_graph() {
  input_handles_.clear();
  std::set<Module const*> led_on;
  for (Node const& node : graph_) {
    auto population = std::dynamic_pointer_cast<PopulationModule>(node.module);
    if (population == nullptr) continue;
    if (population->description.kind == PopulationKind::kSpikeSource) {
      input_handles_[population.get()] = node.inputs.front();
    }
    if (auto ok = register_population(population); !ok) return ok;
    if (!population->description.is_neuron()) continue;
    for (Handle const& input : node.inputs) {
      Node const* synapse = node_of_output(input);
      if (synapse == nullptr || dynamic_cast<Synapse const*>(synapse->module.get()) == nullptr) {
        return Refusal(ErrorCode::kInvalidArgument)
               << "an input handle of '" << population->name() << "' is no output of a synapse"
               << (synapse != nullptr ? " but of '" + synapse->module->name() + "'" : "");
      }
      if (!led_on.insert(synapse->module.get()).second) {
        return Refusal(ErrorCode::kInvalidArgument)
               << "synapse '" << synapse->module->name() << "' leads to two populations";
      }
      if (auto ok = register_synapse(*synapse, population); !ok) return ok;
    }
  }
  for (Node const& node : graph_) {
    if (dynamic_cast<Synapse const*>(node.module.get()) != nullptr &&
        !led_on.contains(node.module.get())) {
      return Refusal(ErrorCode::kInvalidArgument)
             << "synapse '" << node.module->name() << "' leads to no population";
    }
  }
  return {};
}

/// Cycles are legal inside one wrapper only: with every wrapper taken as one module there is none.
Result<void> Experiment::check_cycles() const {
  auto const group = [&](Module const* module) -> void const* {
    for (auto const& wrapper : wrappers_) {
      if (wrapper->contains(*module)) return wrapper.get();
    }
    return module;
  };
  std::map<void const*, std::set<void const*>> sources;
  std::map<void const*, std::string> names;
  for (Node const& node : graph_) {
    void const* target = group(node.module.get());
    auto& from = sources[target];
    names[target] = node.module->name();
    for (Handle const& input : node.inputs) {
      Node const* source = node_of_output(input);
      if (source == nullptr) continue;
      bool const in_wrapper = target != node.module.get() && group(source->module.get()) == target;
      if (!in_wrapper) from.insert(group(source->module.get()));
    }
  }
  for (bool removed = true; removed;) {
    removed = false;
    for (auto it = sources.begin(); it != sources.end();) {
      bool const free = std::none_of(it->second.begin(), it->second.end(),
                                     [&](void const* s) { return sources.contains(s); });
      removed = removed || free;
      it = free ? sources.erase(it) : std::next(it);
    }
  }
  if (sources.empty()) return {};
  std::string list;
  for (auto const& [key, unused] : sources) list += (list.empty() ? "'" : ", '") + names[key] + "'";
  return (Refusal(ErrorCode::kInvalidArgument) << "the modules " << list << " form a cycle")
      .hint("put them into one ModuleWrapper and connect_wrapper() it");
}

Result<void> Experiment::check_instances() const {
  Module const* first = nullptr;
  std::vector<Module const*> modules(populations_.size());
  std::transform(populations_.begin(), populations_.end(), modules.begin(),
                 [](auto const& m) { return m.get(); });
  for (RegisteredProjection const& p : projections_) modules.push_back(p.module.get());
  for (Module const* module : modules) {
    if (first == nullptr) first = module;
    auto const& a = first->execution_instance ? first->execution_instance : default_instance_;
    auto const& b = module->execution_instance ? module->execution_instance : default_instance_;
    if (a != b) {
      return Refusal(ErrorCode::kUnsupported)
             << "modules '" << first->name() << "' and '" << module->name()
             << "' are in different execution instances; one run has one for now";
    }
  }
  return {};
}

Result<RunRequest> Experiment::build_request(std::int64_t runtime) const {
  RunRequest request;
  request.dt = config_.dt;
  request.runtime_steps = runtime;
  request.router = config_.router;
  request.inter_batch_entry_wait = inter_batch_entry_wait;
  request.inter_batch_entry_routing_disabled = inter_batch_entry_routing_disabled;
  request.network.madc = madc;
  std::map<PopulationModule const*, std::uint32_t> index;
  for (auto const& module : populations_) {
    index[module.get()] = static_cast<std::uint32_t>(request.network.populations.size());
    Population population = module->description;
    population.name = module->name();
    auto const& instance =
        module->execution_instance ? module->execution_instance : default_instance_;
    if (population.kind == PopulationKind::kSpikeSource && instance && instance->input_loopback) {
      population.record_spikes = true;
    }
    request.network.populations.push_back(std::move(population));
  }
  for (RegisteredProjection const& p : projections_) {
    request.network.projections.push_back({.from = index.at(p.from.get()),
                                           .to = index.at(p.to.get()),
                                           .rule = p.module->rule,
                                           .connections = p.module->connections,
                                           .stp = p.module->stp});
  }
  for (auto const& [module, handle] : input_handles_) {
    if (!handle->spikes) {
      return (Refusal(ErrorCode::kInvalidArgument)
              << "the input handle of '" << module->name() << "' holds no spikes")
          .hint("fill it with make_handle(spikes), or connect the module that makes it");
    }
    request.inputs[module->name()] = *handle->spikes;
  }
  return request;
}

Result<Results> Experiment::execute(std::int64_t runtime) {
  if (auto ok = check_cycles(); !ok) return ok.error();
  if (auto ok = register_graph(); !ok) return ok.error();
  if (auto ok = check_instances(); !ok) return ok.error();
  auto request = build_request(runtime);
  if (!request) return request.error();
  if (!config_.mock && config_.backend == nullptr) {
    return (Refusal(ErrorCode::kInvalidArgument) << "the experiment has no backend to run on")
        .hint("give Config::backend, or set Config::mock");
  }
  if (mock_backend_ == nullptr) mock_backend_ = make_mock_backend();
  Backend& backend = config_.mock ? *mock_backend_ : *config_.backend;
  auto results = backend.run(*request);
  if (!results) return results.error();
  network_ = std::move(request->network);
  if (reg::Chip const* chip = backend.last_chip_configuration(); chip != nullptr) {
    auto instance = populations_.empty() ? nullptr : populations_.front()->execution_instance;
    if (instance == nullptr) instance = default_execution_instance();
    chip_configs_ = {{instance->id, std::make_shared<reg::Chip>(*chip)}};
  }
  return results;
}

Result<Results> Experiment::get_hw_results(std::int64_t runtime) {
  if (config_.mock) return Results{};
  auto results = execute(runtime);
  if (results) results_ = *results;
  return results;
}

void Experiment::fill_handles(Results const& results) {
  auto const fill = [&](PopulationModule const& module, Handle const& output) {
    Observables const* observables = results.find(module.name());
    *output = observables != nullptr ? *observables : Observables{};
    auto const input = input_handles_.find(&module);
    if (!output->spikes && input != input_handles_.end()) output->spikes = input->second->spikes;
  };
  for (auto const& module : populations_) fill(*module, module->output());
  for (Node const& node : graph_) {
    auto const* population = dynamic_cast<PopulationModule const*>(node.module.get());
    if (population != nullptr && node.output != population->output())
      fill(*population, node.output);
  }
}

Result<ExecutionInfo> Experiment::run(std::int64_t runtime) {
  if (!changed_) return ExecutionInfo{};
  auto results = execute(runtime);
  if (!results) return results.error();
  results_ = std::move(*results);
  fill_handles(*results_);
  graph_.clear();
  input_handles_.clear();
  changed_ = false;
  return ExecutionInfo{results_->times, results_->health};
}

void Experiment::clear() {
  graph_.clear();
  wrappers_.clear();
  populations_.clear();
  projections_.clear();
  inserted_.clear();
  input_handles_.clear();
  default_instance_ = nullptr;
  network_.reset();
  results_.reset();
  chip_configs_.clear();
  inter_batch_entry_wait.reset();
  inter_batch_entry_routing_disabled = true;
  madc = {};
  changed_ = false;
}

}  // namespace hx::host
