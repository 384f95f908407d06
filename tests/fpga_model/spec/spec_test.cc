/// The small generated tables: geometry, timing, messages.
#include <gtest/gtest.h>

#include <set>

#include "fpga_model/spec/geometry.h"
#include "fpga_model/spec/messages.h"
#include "fpga_model/spec/timing.h"

namespace hx {
namespace {

TEST(Geometry, CrossbarNodesAreCountedInputByInput) {
  std::uint32_t next = 0;
  for (CrossbarInput input : CrossbarInput::all()) {
    for (CrossbarOutput output : CrossbarOutput::all()) {
      auto const node = crossbar_node(input, output);
      if (!node) continue;
      EXPECT_EQ(node->value(), next++);
      EXPECT_EQ(crossbar_place(*node), (CrossbarPlace{input, output}));
    }
  }
  EXPECT_EQ(next, 76u);
}

TEST(Geometry, CrossbarHasTheNodesOfTheChip) {
  // The rules in words: neurons reach their bus in both hemispheres and their L2 output, an L2
  // input every bus and its own L2 output, a background source its bus and its L2 output.
  for (CrossbarInput input : CrossbarInput::all()) {
    for (CrossbarOutput output : CrossbarOutput::all()) {
      std::uint32_t const i = input.value();
      std::uint32_t const o = output.value();
      bool expected = false;
      if (i < 8) {
        expected = o % 4 == i % 4;
      } else if (i < 12) {
        expected = o < 8 || o == i;
      } else {
        expected = o == i - 12 || o == 8 + i % 4;
      }
      EXPECT_EQ(crossbar_node(input, output).has_value(), expected) << i << " " << o;
    }
  }
  EXPECT_EQ(crossbar_node(CrossbarInput{10}, CrossbarOutput{10}), CrossbarNode{50});
  EXPECT_EQ(crossbar_node(CrossbarInput{19}, CrossbarOutput{11}), CrossbarNode{75});
}

TEST(Geometry, QuadsHoldEverySecondColumn) {
  std::set<std::pair<SynapseQuadIndex, QuadEntry>> seen;
  for (SynapseColumn column : SynapseColumn::all()) {
    EXPECT_EQ(synapse_column(quad(column), quad_entry(column)), column);
    seen.insert({quad(column), quad_entry(column)});
  }
  EXPECT_EQ(seen.size(), 256u);
  EXPECT_EQ(quad(SynapseColumn{19}), SynapseQuadIndex{34});
  EXPECT_EQ(quad_entry(SynapseColumn{19}), QuadEntry{1});
}

TEST(Geometry, NeuronsHaveTheirPlaces) {
  AtomicNeuron const neuron = atomic_neuron(Hemisphere{1}, NeuronColumn{200});
  EXPECT_EQ(neuron.value(), 456u);
  EXPECT_EQ(hemisphere(neuron), Hemisphere{1});
  EXPECT_EQ(column(neuron), NeuronColumn{200});
  EXPECT_EQ(quadrant(neuron), Quadrant{3});
  EXPECT_EQ(backend_block(neuron), BackendBlock{1});
  EXPECT_EQ(event_output(neuron), EventOutput{6});
}

TEST(Geometry, DriversSitOnTheirBuses) {
  for (SynapseDriver driver : SynapseDriver::all()) {
    EXPECT_EQ(synapse_driver(padi_bus(driver), index_on_bus(driver)), driver);
    EXPECT_EQ(synapse_driver(hemisphere(driver), top_row(driver)), driver);
    EXPECT_EQ(synapse_driver(hemisphere(driver), bottom_row(driver)), driver);
  }
  EXPECT_EQ(padi_bus(SynapseDriver{128 + 37}), PadiBus{5});
  EXPECT_EQ(index_on_bus(SynapseDriver{128 + 37}), DriverOnBus{9});
}

TEST(Timing, HasTheConstantsOfTheContract) {
  static_assert(timing::kSlots == 16 && timing::kPadiPorts == 4 && timing::kRowPort == 0);
  static_assert(timing::kNeuronPipe <= timing::kSlots);
  static_assert(timing::kLinkUp == 10 && timing::kChipAnswer == 14 && timing::kFlushIdle == 128);
}

TEST(Messages, SizesFollowTheLayoutRule) {
  using namespace ut::spec;
  static_assert(kToFpgaCount == 16 && kFromFpgaCount == 13);
  for (Message const& message : kToFpgaMessages) EXPECT_EQ(message.bits, 64u) << message.name;
  for (Message const& message : kFromFpgaMessages) {
    EXPECT_EQ(message.bits, message.payload_bits == 72 ? 80u : 64u) << message.name;
  }
  EXPECT_EQ(kToFpgaMessages[static_cast<std::size_t>(ToFpga::kOmnibusAddress)].payload_bits, 37u);
}

TEST(Messages, FieldsPutAndGet) {
  using namespace ut::spec;
  std::uint64_t const payload = to_fpga::omnibus_address::kAddress.put(0x02cf02a2) |
                                to_fpga::omnibus_address::kByteEnables.put(0xf) |
                                to_fpga::omnibus_address::kIsRead.put(1);
  EXPECT_EQ(payload, 0x1f02cf02a2u);
  EXPECT_EQ(to_fpga::omnibus_address::kAddress.get(payload), 0x02cf02a2u);
  EXPECT_EQ(to_fpga::jtag_data::kNumBits.put(33), 33ull << 40);
  EXPECT_EQ(to_fpga::spike_pack3::kLabel[0].lsb, 32u);
  EXPECT_EQ(from_fpga::spike_pack3::kSpike[2].lsb, 0u);
}

}  // namespace
}  // namespace hx
