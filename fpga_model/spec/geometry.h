/// Places of the chip as types, and the rules that lead from one kind of place to another.
///
///     AtomicNeuron neuron = atomic_neuron(Hemisphere{1}, NeuronColumn{200});
///     EventOutput output = event_output(neuron);                      // 6: column / 32
///     for (PadiBus bus : PadiBus::all()) {
///       if (auto node = crossbar_node(crossbar_input(output), crossbar_output(bus))) use(*node);
///     }
///
/// Everything is constexpr and without state. Top is hemisphere 0, bottom 1; left (west) is side 0,
/// right (east) 1. Register blocks count some of these places in another order (docs/registers.md);
/// driver/registers converts.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "driver/base/index.h"
#include "fpga_model/spec/geometry_tables.h"

namespace hx {

/// 0 top, 1 bottom: row of neurons, synapse array, CADC, embedded processor.
using Hemisphere = Index<struct HemisphereTag, geometry::kHemispheres>;
/// 0 left (columns 0..127), 1 right.
using Side = Index<struct SideTag, geometry::kSides>;
/// 2 * hemisphere + side: neuron configuration and CapMem blocks.
using Quadrant = Index<struct QuadrantTag, geometry::kQuadrants>;
/// Neuron backend block: 0 left, 1 right, both rows each.
using BackendBlock = Index<struct BackendBlockTag, geometry::kBackendBlocks>;
/// Column of a neuron circuit; synapse columns and CADC columns have the same numbers.
using NeuronColumn = Index<struct NeuronColumnTag, geometry::kColumns>;
/// Neuron circuit: 256 * hemisphere + column.
using AtomicNeuron = Index<struct AtomicNeuronTag, geometry::kCircuits>;
/// Where a group of 64 circuits sends its events: column / 32.
using EventOutput = Index<struct EventOutputTag, geometry::kEventOutputs>;
/// Row of a synapse array.
using SynapseRow = Index<struct SynapseRowTag, geometry::kRows>;
/// Column of a synapse array; column c of hemisphere h feeds the circuit (h, c).
using SynapseColumn = Index<struct SynapseColumnTag, geometry::kColumns>;
/// Word of a synapse row: four columns of equal parity.
using SynapseQuadIndex = Index<struct SynapseQuadIndexTag, geometry::kQuads>;
/// Position in a quad; entry e sits in byte lane 3 - e.
using QuadEntry = Index<struct QuadEntryTag, geometry::kQuadEntries>;
/// Synapse driver: 128 * hemisphere + driver of the hemisphere.
using SynapseDriver = Index<struct SynapseDriverTag, geometry::kHemispheres * geometry::kDrivers>;
/// PADI bus: 4 * hemisphere + bus of the hemisphere.
using PadiBus = Index<struct PadiBusTag, geometry::kPadiBuses>;
/// Number of a driver among the 32 that listen to the same bus.
using DriverOnBus = Index<struct DriverOnBusTag, geometry::kDriversPerBus>;
/// 0..7 neuron event outputs, 8..11 L2 inputs, 12..19 background sources.
using CrossbarInput = Index<struct CrossbarInputTag, geometry::kCrossbarInputs>;
/// 0..7 PADI buses, 8..11 L2 outputs.
using CrossbarOutput = Index<struct CrossbarOutputTag, geometry::kCrossbarOutputs>;
/// Existing pair of input and output, counted input by input.
using CrossbarNode = Index<struct CrossbarNodeTag, geometry::kCrossbarNodes>;
using BackgroundSource = Index<struct BackgroundSourceTag, geometry::kBackgroundSources>;
/// SPL1 address of an event from the FPGA.
using L2Input = Index<struct L2InputTag, geometry::kL2Inputs>;
/// SPL1 address of an event to the FPGA.
using L2Output = Index<struct L2OutputTag, geometry::kL2Outputs>;

// Neurons -----------------------------------------------------------------------------------------

constexpr AtomicNeuron atomic_neuron(Hemisphere hemisphere, NeuronColumn column) {
  return AtomicNeuron(geometry::kColumns * hemisphere.value() + column.value());
}
constexpr Hemisphere hemisphere(AtomicNeuron neuron) {
  return Hemisphere(neuron.value() / geometry::kColumns);
}
constexpr NeuronColumn column(AtomicNeuron neuron) {
  return NeuronColumn(neuron.value() % geometry::kColumns);
}
constexpr Side side(NeuronColumn column) {
  return Side(column.value() / geometry::kColumnsPerSide);
}
constexpr Quadrant quadrant(AtomicNeuron neuron) {
  return Quadrant(neuron.value() / geometry::kColumnsPerSide);
}
constexpr BackendBlock backend_block(AtomicNeuron neuron) {
  return BackendBlock(side(column(neuron)).value());
}
constexpr EventOutput event_output(NeuronColumn column) {
  return EventOutput(column.value() * geometry::kEventOutputs / geometry::kColumns);
}
constexpr EventOutput event_output(AtomicNeuron neuron) {
  return event_output(column(neuron));
}

// Synapses ----------------------------------------------------------------------------------------

constexpr SynapseQuadIndex quad(SynapseColumn column) {
  return SynapseQuadIndex(column.value() % 2 * (geometry::kQuads / 2) + column.value() / 8);
}
constexpr QuadEntry quad_entry(SynapseColumn column) {
  return QuadEntry(column.value() / 2 % 4);
}
constexpr SynapseColumn synapse_column(SynapseQuadIndex quad, QuadEntry entry) {
  constexpr std::uint32_t kHalf = geometry::kQuads / 2;
  return SynapseColumn(8 * (quad.value() % kHalf) + 2 * entry.value() + quad.value() / kHalf);
}
constexpr AtomicNeuron atomic_neuron(Hemisphere hemisphere, SynapseColumn column) {
  return atomic_neuron(hemisphere, NeuronColumn(column.value()));
}

// Drivers and buses -------------------------------------------------------------------------------

/// The driver of a row of the hemisphere; odd rows are its "top", even ones its "bottom" row.
constexpr SynapseDriver synapse_driver(Hemisphere hemisphere, SynapseRow row) {
  return SynapseDriver(geometry::kDrivers * hemisphere.value() + row.value() / 2);
}
/// The driver at a place of a bus.
constexpr SynapseDriver synapse_driver(PadiBus bus, DriverOnBus index) {
  constexpr std::uint32_t kBuses = geometry::kPadiBusesPerHemisphere;
  return SynapseDriver(geometry::kDrivers * (bus.value() / kBuses) + kBuses * index.value() +
                       bus.value() % kBuses);
}
constexpr Hemisphere hemisphere(SynapseDriver driver) {
  return Hemisphere(driver.value() / geometry::kDrivers);
}
constexpr SynapseRow bottom_row(SynapseDriver driver) {
  return SynapseRow(driver.value() % geometry::kDrivers * 2);
}
constexpr SynapseRow top_row(SynapseDriver driver) {
  return SynapseRow(driver.value() % geometry::kDrivers * 2 + 1);
}
constexpr PadiBus padi_bus(SynapseDriver driver) {
  constexpr std::uint32_t kBuses = geometry::kPadiBusesPerHemisphere;
  return PadiBus(kBuses * hemisphere(driver).value() + driver.value() % kBuses);
}
constexpr DriverOnBus index_on_bus(SynapseDriver driver) {
  return DriverOnBus(driver.value() % geometry::kDrivers / geometry::kPadiBusesPerHemisphere);
}
constexpr Hemisphere hemisphere(PadiBus bus) {
  return Hemisphere(bus.value() / geometry::kPadiBusesPerHemisphere);
}

// Crossbar ----------------------------------------------------------------------------------------

constexpr CrossbarInput crossbar_input(EventOutput output) {
  return CrossbarInput(output.value());
}
constexpr CrossbarInput crossbar_input(L2Input input) {
  return CrossbarInput(geometry::kEventOutputs + input.value());
}
constexpr CrossbarInput crossbar_input(BackgroundSource source) {
  return CrossbarInput(geometry::kEventOutputs + geometry::kL2Inputs + source.value());
}
constexpr CrossbarOutput crossbar_output(PadiBus bus) {
  return CrossbarOutput(bus.value());
}
constexpr CrossbarOutput crossbar_output(L2Output output) {
  return CrossbarOutput(geometry::kPadiBuses + output.value());
}

struct CrossbarPlace {
  CrossbarInput input;
  CrossbarOutput output;
  constexpr bool operator==(CrossbarPlace const&) const = default;
};

namespace detail {
constexpr auto crossbar_places() {
  std::array<CrossbarPlace, geometry::kCrossbarNodes> out{};
  for (std::size_t n = 0; n < out.size(); ++n) {
    out[n] = {CrossbarInput(geometry::kNodePlaces[n].input),
              CrossbarOutput(geometry::kNodePlaces[n].output)};
  }
  return out;
}
inline constexpr std::uint8_t kNoNode = 255;
constexpr auto crossbar_numbers() {
  std::array<std::uint8_t, geometry::kCrossbarInputs * geometry::kCrossbarOutputs> out{};
  for (auto& number : out) number = kNoNode;
  for (std::size_t n = 0; n < geometry::kCrossbarNodes; ++n) {
    auto const place = geometry::kNodePlaces[n];
    out[std::size_t{place.input} * geometry::kCrossbarOutputs + place.output] =
        static_cast<std::uint8_t>(n);
  }
  return out;
}
inline constexpr auto kCrossbarNumbers = crossbar_numbers();
}  // namespace detail

/// Input and output of every node, by node number.
inline constexpr auto kCrossbarNodes = detail::crossbar_places();

/// The node between an input and an output; most pairs have none.
constexpr std::optional<CrossbarNode> crossbar_node(CrossbarInput input, CrossbarOutput output) {
  std::uint8_t const number =
      detail::kCrossbarNumbers[input.value() * geometry::kCrossbarOutputs + output.value()];
  if (number == detail::kNoNode) return std::nullopt;
  return CrossbarNode(number);
}
constexpr CrossbarPlace crossbar_place(CrossbarNode node) {
  return kCrossbarNodes[node.value()];
}

}  // namespace hx
