#include "tools/explain.h"

#include <algorithm>
#include <iomanip>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "driver/base/hex.h"
#include "driver/registers/codec.h"
#include "driver/registers/description.h"
#include "driver/registers/json.h"
#include "host/lowering/lower.h"
#include "tools/experiment/run.h"

namespace hx::tools {
namespace {

constexpr std::size_t kFirstInstructions = 150;

/// "0..63, 256, 300..302".
std::string ranges(std::vector<std::uint32_t> const& numbers) {
  std::string text;
  for (std::size_t i = 0; i < numbers.size();) {
    std::size_t last = i;
    while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1) ++last;
    text += (text.empty() ? "" : ", ") + std::to_string(numbers[i]);
    if (last > i) text += ".." + std::to_string(numbers[last]);
    i = last + 1;
  }
  return text;
}

std::string labels_of(std::span<std::uint16_t const> labels) {
  std::string text;
  for (std::uint16_t label : labels) text += " " + hex(label, 4);
  return text.empty() ? " none" : text;
}

void print_populations(host::RunRequest const& request, host::Placed const& placed,
                       std::ostream& out) {
  out << "populations\n";
  for (std::size_t i = 0; i < request.network.populations.size(); ++i) {
    host::Population const& population = request.network.populations[i];
    routing::SourcePopulation const place = placed.mapping.populations[i];
    out << "  " << population.name << " (" << population.size << ")";
    switch (population.kind) {
      case host::PopulationKind::kLif:
      case host::PopulationKind::kLi: {
        std::vector<std::uint32_t> circuits;
        for (AtomicNeuron first : placed.circuits[i]) {
          for (std::uint32_t k = 0; k < population.circuits; ++k) {
            circuits.push_back(host::circuit_of(population, first, k).value());
          }
        }
        std::sort(circuits.begin(), circuits.end());
        out << ": circuits " << ranges(circuits);
        if (population.circuits > 1) out << ", " << population.circuits << " per neuron";
        out << "\n";
        break;
      }
      case host::PopulationKind::kSpikeSource: {
        auto const& labels = placed.solution.externals[place.index];
        out << ": sends";
        for (std::size_t k = 0; k < std::min<std::size_t>(labels.size(), 4); ++k) {
          out << (k == 0 ? "" : " |") << labels_of(labels[k]);
        }
        out << (labels.size() > 4 ? " | ...\n" : "\n");
        break;
      }
      case host::PopulationKind::kBackground:
        out << ":";
        for (auto const& g : placed.solution.backgrounds[place.index]) {
          out << " generator " << g.generator << " with labels from " << hex(g.label, 4);
        }
        out << "\n";
        break;
    }
  }
}

void print_madc(host::RunRequest const& request, host::Placed const& placed, std::ostream& out) {
  if (placed.madc.empty()) return;
  double const rate = host::madc_rate(request.network.madc.sample_rate).samples_per_second();
  out << "\nMADC: " << rate / 1e6 << " million samples per second\n";
  for (std::size_t m = 0; m < placed.madc.size(); ++m) {
    host::MadcInput const& input = placed.madc[m];
    out << "  multiplexer " << m << ": neuron " << input.neuron << " of "
        << request.network.populations[input.population].name << " (circuit " << input.circuit
        << ")\n";
  }
}

void print_busses(routing::Statistics const& statistics, std::ostream& out) {
  out << "\nrouting: " << statistics.strategy << " after " << statistics.attempts
      << " trial(s), checked\n"
      << "  bus        rows exc  rows inh  of 64   drivers of 32   labels   synapses   drivers per "
         "event\n";
  for (std::size_t bus = 0; bus < statistics.busses.size(); ++bus) {
    routing::BusStatistics const& b = statistics.busses[bus];
    out << "  " << (bus < 4 ? "top    " : "bottom ") << bus % 4 << std::setw(11)
        << b.rows_excitatory << std::setw(10) << b.rows_inhibitory << std::setw(7)
        << (b.rows_excitatory + b.rows_inhibitory) * 100 / 64 << "%" << std::setw(16) << b.drivers
        << std::setw(9) << b.labels << std::setw(11) << b.synapses << std::setw(20)
        << b.max_drivers_per_event << "\n";
  }
  out << "  labels per external spike: at most " << statistics.max_labels_per_external_spike
      << "\n";
}

// Appends "path=value" for every part of `value` that differs from `standard`.
void append_differences(reg::Json const& value, reg::Json const& standard, std::string const& path,
                        std::string& text) {
  if (value == standard) return;
  if (value.is_array() && standard.is_array() && value.size() == standard.size()) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      append_differences(value[i], standard[i], path + "[" + std::to_string(i) + "]", text);
    }
  } else if (value.is_object() && standard.is_object()) {
    for (auto const& [name, part] : value.items()) {
      std::string inner = path;
      if (!inner.empty()) inner += '.';
      inner += name;
      append_differences(part, standard.contains(name) ? standard[name] : reg::Json(), inner, text);
    }
  } else {
    text += " " + path + "=" + value.dump();
  }
}

/// By number of the CapMem cell: which parameter of what it is, e.g. "v_leak of neuron 5".
std::vector<std::string> cell_names() {
  std::vector<std::string> names(reg::CapMemCellOnDLS::kCount, "unused cell");
  for (reg::CellInfo const& info : reg::cells()) {
    std::string const name(info.name);
    switch (info.kind) {
      case reg::CellKind::kNeuron:
        for (AtomicNeuron n : AtomicNeuron::all()) {
          names[reg::cell(static_cast<reg::NeuronCell>(info.number), n).value()] =
              name + " of neuron " + std::to_string(n.value());
        }
        break;
      case reg::CellKind::kQuadrant:
        for (Quadrant q : Quadrant::all()) {
          names[reg::cell(static_cast<reg::QuadrantCell>(info.number), q).value()] =
              name + " of quadrant " + std::to_string(q.value());
        }
        break;
      case reg::CellKind::kGlobal:
        names[reg::cell(static_cast<reg::GlobalCell>(info.number)).value()] = name;
        break;
    }
  }
  return names;
}

/// The fields of a container that differ from their defaults.
std::string fields_text(reg::ContainerInfo const& container, std::uint32_t number,
                        reg::Chip const& chip) {
  std::size_t const first = reg::Chip::index(container.id, number);
  std::vector<std::uint64_t> words;
  for (std::size_t k = 0; k < container.read_words(); ++k) words.push_back(chip.words()[first + k]);
  if (container.id == reg::ContainerId::kCapMemCell) {
    static std::vector<std::string> const names = cell_names();
    return " " + names[number] + " = " + std::to_string(words[0]);
  }
  Result<reg::Elements> const elements = reg::decode(container, words, number);
  if (!elements) return " " + elements.error().message;
  std::string text;
  append_differences(reg::fields_to_json(container, *elements),
                     reg::fields_to_json(container, reg::default_elements(container)), "", text);
  return text;
}

void print_registers(reg::Chip const& chip, std::ostream& out) {
  std::vector<std::uint32_t> const changed = chip.diff(host::silent_chip());
  out << "\nregisters: all " << reg::Chip::kWords << " words are written the first time, "
      << changed.size() << " of them differ from a silent chip\n";
  std::set<std::pair<reg::ContainerId, std::uint32_t>> seen;
  for (std::uint32_t index : changed) {
    std::uint32_t const address = reg::Chip::addresses()[index];
    for (reg::AddressMatch const& match : reg::find_address(address)) {
      if (!match.container->in_chip || !seen.emplace(match.container->id, match.number).second)
        continue;
      out << "  " << hex(address, 8) << "  " << match.container->name << "[" << match.number << "]"
          << fields_text(*match.container, match.number, chip) << "\n";
    }
  }
}

void print_programs(host::Lowered const& lowered, bool all, std::ostream& out) {
  out << "\nprogram: " << lowered.schedule.chunks.size() << " chunk(s), " << lowered.plan.entries
      << " entries of " << lowered.plan.runtime << " FPGA cycles (8 ns)\n";
  for (host::Chunk const& chunk : lowered.schedule.chunks) {
    std::size_t const count = chunk.program.instruction_count();
    std::size_t const shown = all ? count : std::min(count, kFirstInstructions);
    out << "  chunk from entry " << chunk.first_entry << ": " << count << " instructions, "
        << chunk.program.read_count() << " reads\n"
        << chunk.program.listing(0, shown);
    if (shown < count) out << "  ... " << count - shown << " more (--all)\n";
    if (!all) break;
  }
}

}  // namespace

Result<void> explain(ExperimentFile const& file, bool all, std::ostream& out) {
  host::RunRequest const request = make_request(file);
  Result<host::Lowered> const lowered = host::lower(request);
  if (!lowered) return lowered.error();
  print_populations(request, lowered->placed, out);
  print_madc(request, lowered->placed, out);
  print_busses(lowered->placed.solution.statistics, out);
  print_registers(lowered->placed.chip, out);
  print_programs(*lowered, all, out);
  for (auto const* warnings :
       {&lowered->placed.calibration.warnings, &lowered->placed.plasticity.warnings}) {
    for (std::string const& warning : *warnings) out << "\nwarning: " << warning << "\n";
  }
  return {};
}

}  // namespace hx::tools
