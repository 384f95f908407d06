/// The experiment file: a network, its inputs and what to record, as YAML
/// (docs/experiment-file.md).
///
///     Result<ExperimentFile> file = read_experiment_file("psp.yaml");
///     if (!file) std::cerr << file.error().text();   // "psp.yaml:7: populations.hid.size: ..."
///
/// Reading checks everything that can be checked without a chip: keys, types, sizes, ranges, names
/// and agreement between the parts. What is returned is complete (defaults filled in) and plain.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "driver/base/result.h"

namespace hx::tools {

enum class PopulationType : std::uint8_t { kSpikeSource, kBackground, kLif, kLi };

/// What a converter sees of a neuron.
enum class Signal : std::uint8_t { kMembrane, kExcitatory, kInhibitory, kAdaptation };

/// One population with the line of the file that declares it.
struct Population {
  std::string name;
  int line = 0;
  PopulationType type = PopulationType::kSpikeSource;
  int size = 0;
  bool record_spikes = false;
  bool record_cadc = false;
  Signal cadc_source = Signal::kMembrane;
  std::vector<int> madc_neurons;  // recorded by the MADC
  Signal madc_source = Signal::kMembrane;

  // Neuron parameters, one value per neuron; empty for sources.
  std::vector<double> leak, reset, threshold;             // CADC LSB, 0..255
  std::vector<double> tau_mem, tau_syn_exc, tau_syn_inh;  // s of hardware time
  std::vector<double> refractory_time, holdoff_time;      // s of hardware time
  std::vector<int> membrane_capacitance;                  // code 1..63
  std::vector<int> i_synin_gm, synapse_dac_bias;          // codes 0..1022
  int circuits = 1;
  bool in_row = false;                        // layout: row
  std::optional<std::vector<int>> placement;  // first circuits, 256 * row + column

  // Adaptation (empty: none), exponential term, reversal potentials.
  std::vector<double> adaptation_a, adaptation_b, tau_adap, leak_adaptation;
  std::vector<double> exponential_threshold, exponential_strength;
  std::vector<double> reversal_exc, reversal_inh, reference_exc, reference_inh;

  // Background populations.
  int period = 0;          // chip cycles of 4 ns
  int rate = 255;          // probability rate/255 per period
  std::uint32_t seed = 1;  // of the chip's random generator

  [[nodiscard]] bool is_neuron() const {
    return type == PopulationType::kLif || type == PopulationType::kLi;
  }
  [[nodiscard]] bool sends_spikes() const { return type != PopulationType::kLi; }
};

/// One synaptic connection; the sign of the weight chooses the receptor.
struct Connection {
  int pre = 0;
  int post = 0;
  int weight = 0;
};

/// Short-term plasticity of a projection.
struct Plasticity {
  double utilization = 0;
  std::optional<double> tau_recovery;  // s
  double charge = 0;
  double recover = 1;
  bool operator==(Plasticity const&) const = default;
};

/// Fixed-pattern noise of the chip model.
struct Model {
  std::optional<double> mismatch;  // relative standard deviation
  std::uint32_t seed = 1;          // of the mismatch
  std::optional<int> cadc_noise;   // LSB, full width, 0..256
};

struct Projection {
  int line = 0;
  std::size_t from = 0;  // index of the population
  std::size_t to = 0;
  std::vector<Connection> connections;  // weight 0 left out
  std::optional<Plasticity> stp;
};

struct ExperimentFile {
  std::string path;
  double dt = 1e-6;          // s of hardware time
  std::int64_t runtime = 0;  // steps of dt
  std::size_t batch = 1;
  std::optional<std::int64_t> inter_batch_entry_wait;  // FPGA cycles
  std::vector<Population> populations;                 // in file order
  std::vector<Projection> projections;
  double madc_sample_rate = 500e6 / 17;  // samples/s
  std::optional<double> madc_duration;   // s
  Model model;
  /// Per population (index), per entry, per neuron: spike times in s, ascending. Only spike
  /// sources.
  std::map<std::size_t, std::vector<std::vector<std::vector<double>>>> inputs;
};

/// Largest magnitude of one connection's weight: 256 synapses of 63.
inline constexpr int kMaxWeight = 256 * 63;

/// Reads and checks a file. Errors: kNotFound/kIo for the file, kParse for everything in it, with
/// "FILE:LINE: key: what is wrong" and a hint.
Result<ExperimentFile> read_experiment_file(std::filesystem::path const& path);

/// The same for text; `path` is used in messages and to find weight files beside it.
Result<ExperimentFile> parse_experiment(std::string_view text, std::filesystem::path const& path);

}  // namespace hx::tools
