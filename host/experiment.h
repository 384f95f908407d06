/// An experiment: modules connected by handles, run on the mock equations or on a chip.
///
///     Experiment experiment({.mock = true, .dt = 1e-6});
///     auto synapse = std::make_shared<Synapse>("in->hid", 5, 120);
///     auto hidden = std::make_shared<Neuron>("hid", 120);
///     Handle in = make_handle(spikes);                           // [entry][5]
///     experiment.connect(synapse, {in}, synapse->output());      // feeds from outside: an
///     InputNeuron experiment.connect(hidden, {synapse->output()}, hidden->output());  // is put in
///     between if (auto info = experiment.run(100); !info) return info.error();
///     use(hidden->output()->spikes->at(0, 17));
///
/// Call order: build modules, connect them (nothing is computed), `run`, read the handles, connect
/// again for the next batch. `run` empties the graph at its end; modules, inserted input neurons
/// and their places on the chip stay. Users who need no modules hand a Network to a Backend
/// (backend.h).
///
/// An experiment and its modules belong to one thread at a time. What a user can get wrong comes
/// back as an Error that names the module.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "driver/base/result.h"
#include "host/backend.h"
#include "host/modules.h"
#include "host/network.h"
#include "host/results.h"

namespace hx::host {

/// What `run` tells besides the data in the handles.
struct ExecutionInfo {
  Times time;
  Health health;
};

class Experiment {
 public:
  struct Config {
    bool mock = false;
    double dt = 1e-6;  ///< s, hardware time of one step
    /// Where it runs when not in mock mode; see chip_backend.h. May be shared by experiments that
    /// run one after the other.
    std::shared_ptr<Backend> backend = nullptr;
    /// How networks are mapped onto the chip; absent: the default router. Not used in mock mode.
    std::shared_ptr<routing::Router const> router = nullptr;
  };

  explicit Experiment(Config config);

  /// Adds a module to the graph: inputs are handles (outputs of other modules, or handles with
  /// spikes from outside), `output` is the module's own. A population takes synapse outputs, an
  /// InputNeuron one handle with spikes, a synapse one handle, a background source none.
  /// kInvalidArgument if the module is in the graph already, a handle is missing or the count does
  /// not fit.
  Result<void> connect(std::shared_ptr<Module> module, std::vector<Handle> const& inputs,
                       Handle const& output);

  /// Registers a wrapper; its members may be connected in cycles. kInvalidArgument if one of them
  /// belongs to another wrapper. Registering the same wrapper again is allowed.
  Result<void> connect_wrapper(std::shared_ptr<ModuleWrapper> wrapper);

  /// Adds a population or projection to the network. `get_hw_results` does it for all connected
  /// modules; whoever knows the network without handles may call it directly, cycles included.
  Result<void> register_population(std::shared_ptr<PopulationModule> module);
  Result<void> register_projection(std::shared_ptr<Synapse> module,
                                   std::shared_ptr<PopulationModule> const& from,
                                   std::shared_ptr<PopulationModule> const& to);

  /// The instance of all modules without one of their own; made when first asked for.
  std::shared_ptr<ExecutionInstance> default_execution_instance();
  /// nullptr: the next read makes a new one.
  void set_default_execution_instance(std::shared_ptr<ExecutionInstance> instance);

  /// Builds the network from the graph and executes it. In mock mode nothing is executed and the
  /// results are empty. `runtime`: steps of dt, >= 1.
  Result<Results> get_hw_results(std::int64_t runtime);

  /// Executes the graph for `runtime` steps of dt, fills all handles and empties the graph. Without
  /// new `connect` or `register_*` calls nothing is done and the info is empty. After an error the graph
  /// stays as it was.
  Result<ExecutionInfo> run(std::int64_t runtime);

  /// The network of the last run; nullptr before the first.
  [[nodiscard]] Network const* network() const { return network_ ? &*network_ : nullptr; }
  /// The results of the last run; nullptr before the first.
  [[nodiscard]] Results const* last_results() const { return results_ ? &*results_ : nullptr; }

  /// The configuration(s) of the chip before the real-time part of the last run, by execution instance;
  /// empty before the first run and in mock mode.
  [[nodiscard]] std::map<std::uint32_t, std::shared_ptr<reg::Chip const>> const&
  last_run_chip_configs() const {
    return chip_configs_;
  }

  /// Back to the state after construction; mock, dt and backend stay.
  void clear();

  [[nodiscard]] bool mock() const { return config_.mock; }
  [[nodiscard]] double dt() const { return config_.dt; }

  /// FPGA cycles between two batch entries (125 = 1 us); absent: none.
  std::optional<std::int64_t> inter_batch_entry_wait;
  /// Events are dropped between two entries.
  bool inter_batch_entry_routing_disabled = true;
  /// How the MADC samples the neurons that populations name in `madc_neurons`.
  MadcSettings madc;

 private:
  struct Node {
    std::shared_ptr<Module> module;
    std::vector<Handle> inputs;
    Handle output;
  };
  struct RegisteredProjection {
    std::shared_ptr<Synapse> module;
    std::shared_ptr<PopulationModule> from;
    std::shared_ptr<PopulationModule> to;
  };

  Node const* node_of_output(Handle const& handle) const;
  Result<void> register_graph();
  Result<void> register_synapse(Node const& node, std::shared_ptr<PopulationModule> const& to);
  Result<std::shared_ptr<PopulationModule>> source_of(Node const& synapse);
  Result<void> check_cycles() const;
  Result<void> check_instances() const;
  Result<RunRequest> build_request(std::int64_t runtime) const;
  Result<Results> execute(std::int64_t runtime);
  void fill_handles(Results const& results);

  Config config_;
  std::vector<Node> graph_;
  std::vector<std::shared_ptr<ModuleWrapper>> wrappers_;
  std::vector<std::shared_ptr<PopulationModule>> populations_;
  std::vector<RegisteredProjection> projections_;
  std::shared_ptr<ExecutionInstance> default_instance_;
  /// Input neurons that were put in front of a synapse, by synapse; they stay from run to run.
  std::map<Synapse const*, std::shared_ptr<InputNeuron>> inserted_;
  /// The spikes of each input neuron in the present graph.
  std::map<PopulationModule const*, Handle> input_handles_;
  bool changed_ = false;  ///< something was connected or registered since the last run
  std::unique_ptr<Backend> mock_backend_;
  std::optional<Network> network_;
  std::optional<Results> results_;
  std::map<std::uint32_t, std::shared_ptr<reg::Chip const>> chip_configs_;
};

}  // namespace hx::host
