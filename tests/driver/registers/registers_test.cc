/// Types, chip image, transports and errors of the registers.
#include "driver/registers/registers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "driver/registers/chip.h"
#include "driver/registers/json.h"
#include "driver/registers/operations.h"

namespace hx::reg {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Registers, TypesAreConstructedComparedAndPrinted) {
  reg::CrossbarNode const node{.mask = 3, .target = 1};
  EXPECT_EQ(node, (reg::CrossbarNode{.mask = 3, .target = 1, .enable_drop_counter = false}));
  EXPECT_NE(node, reg::CrossbarNode::drop_all());
  std::ostringstream text;
  text << node << " at " << CrossbarNodeOnDLS(7);
  EXPECT_EQ(text.str(),
            "CrossbarNode{mask: 3, target: 1, enable_drop_counter: false} at CrossbarNodeOnDLS(7)");
}

TEST(Registers, ScatteredAndInvertedBitsAreTheCodecsBusiness) {
  AtomicNeuron const neuron = atomic_neuron(Hemisphere{1}, NeuronColumn{200});
  NeuronBackendConfigOnDLS const place(neuron);
  EXPECT_EQ(place.neuron(), neuron);
  NeuronBackendConfig const config{.address_out = 0xa5,
                                   .reset_holdoff = 13,
                                   .refractory_time = 250,
                                   .select_input_clock = 1,
                                   .enable_spike_out = true,
                                   .enable_neuron_master = true};
  EXPECT_THAT(encode(config, place), ElementsAre(0x56, 0xe0, 0x96, 0x30));
  EXPECT_THAT(write_addresses<NeuronBackendConfig>(place),
              ElementsAre(0x001a9320, 0x001a9321, 0x001a9322, 0x001a9323));
  EXPECT_EQ(decode<NeuronBackendConfig>(encode(config, place)), config);
}

TEST(Registers, NeuronCoordinatesCountSidesFirstInTheBackend) {
  for (AtomicNeuron neuron : AtomicNeuron::all()) {
    EXPECT_EQ(NeuronConfigOnDLS(neuron).value(), neuron.value());
    EXPECT_EQ(NeuronConfigOnDLS(neuron).neuron(), neuron);
    NeuronBackendConfigOnDLS const backend(neuron);
    EXPECT_EQ(backend.neuron(), neuron);
    EXPECT_EQ(backend.value(), 256 * backend_block(neuron).value() +
                                   128 * hemisphere(neuron).value() + column(neuron).value() % 128);
  }
}

TEST(Registers, CapMemCellsAreFoundByName) {
  AtomicNeuron const neuron{200};
  EXPECT_THAT(write_addresses<CapMemCell>(cell(NeuronCell::kVLeak, neuron)),
              ElementsAre(0x00148900));
  EXPECT_EQ(info(NeuronCell::kVLeak).name, "v_leak");
  EXPECT_EQ(info(QuadrantCell::kSynIBiasDac).default_value, 1022);
  EXPECT_EQ(info(GlobalCell::kReadoutScAmpVRef).name, "readout_sc_amp_v_ref");
  EXPECT_EQ(find_cell("i_bias_leak").value()->row, 8);
  auto const missing = find_cell("i_bias_leek");
  ASSERT_FALSE(missing);
  EXPECT_THAT(Result(missing).error().hint, HasSubstr("i_bias_leak"));
}

TEST(Registers, CheckNamesTheValueThatDoesNotFit) {
  NeuronConfig config;
  EXPECT_TRUE(check(config));
  config.membrane_capacitor_size = 64;
  auto const result = check(config);
  ASSERT_FALSE(result);
  EXPECT_EQ(Result(result).error().code, ErrorCode::kOutOfRange);
  EXPECT_THAT(Result(result).error().message,
              HasSubstr("NeuronConfig.membrane_capacitor_size is 64, possible: 0..63"));
  SynapseQuad quad;
  quad.labels[2] = 64;
  EXPECT_THAT(Result(check(quad)).error().message, HasSubstr("SynapseQuad.labels[2]"));
  PLLClockOutputBlock clock;
  clock.spl1_source = 2;  // between the two possible numbers
  EXPECT_FALSE(
      check(info<PLLClockOutputBlock>(), load_elements(info<PLLClockOutputBlock>(), &clock)));
}

TEST(Registers, UnknownNamesHaveTheNearestOneAsHint) {
  auto const container = find("NeuronConfg");
  ASSERT_FALSE(container);
  EXPECT_EQ(Result(container).error().code, ErrorCode::kNotFound);
  EXPECT_THAT(Result(container).error().hint, HasSubstr("'NeuronConfig'"));
  EXPECT_TRUE(Result(find("xyzzy")).error().hint.empty());
}

TEST(Registers, AddressesLeadBackToTheirContainers) {
  auto const matches = find_address(0x001a9322);
  ASSERT_EQ(matches.size(), 1u);
  EXPECT_EQ(matches[0].container->name, "NeuronBackendConfig");
  EXPECT_EQ(matches[0].word, 2u);
  EXPECT_EQ(find_address(0x80000016).size(), 2u);  // byte and word view
  EXPECT_TRUE(find_address(0x88000000).empty());   // no container, but a name
  EXPECT_EQ(raw_registers()[0].address, 0x88000000u);
  EXPECT_EQ(find_address(0x03400005)[0].container->name, "CADCChannelConfig");
}

TEST(Registers, DebugCellIsOneHot) {
  CapMemBlockConfig config;
  EXPECT_EQ(debug_cell(config), std::nullopt);
  set_debug_cell(config, 128);  // stp_v_charge_0
  auto const words = encode(config);
  EXPECT_EQ(words[0], 0x00800000u);
  EXPECT_EQ(words[1], 0x80u);
  EXPECT_EQ(debug_cell(config), 128u);
  set_debug_cell(config, std::nullopt);
  EXPECT_EQ(config, CapMemBlockConfig{});
}

TEST(Registers, SpikePacksHaveWordsOf48Bits) {
  EXPECT_THAT(encode(SpikePack3ToChip{.labels = {{1, 2, 3}}}), ElementsAre(0x000100020003ull));
}

TEST(Chip, SetsGetsAndDiffs) {
  Chip const old;
  Chip chip;
  EXPECT_TRUE(chip.diff(old).empty());
  AtomicNeuron const neuron{456};
  NeuronConfigOnDLS const place(neuron);
  chip.set(place, NeuronConfig{.membrane_capacitor_size = 63, .enable_fire = true});
  EXPECT_EQ(chip.get<NeuronConfig>(place).membrane_capacitor_size, 63);
  // The default image differs from default containers: small capacitance on.
  EXPECT_TRUE(old.get<NeuronConfig>(place).enable_synaptic_input_excitatory_small_capacitance);
  chip.set_cell(cell(NeuronCell::kVLeak, neuron), CapMemCode{510});
  EXPECT_EQ(chip.cell(cell(NeuronCell::kVLeak, neuron)).value, 510);
  std::set<std::uint32_t> changed;
  for (std::uint32_t k : chip.diff(old)) changed.insert(Chip::addresses()[k]);
  auto const config = write_addresses<NeuronConfig>(place);
  EXPECT_EQ(changed, (std::set<std::uint32_t>{
                         config[2], config[3], config[4],
                         write_addresses<CapMemCell>(cell(NeuronCell::kVLeak, neuron))[0]}));
  EXPECT_NE(chip, old);
}

TEST(Chip, HoldsSynapsesByColumn) {
  Chip chip;
  Synapse const synapse{.weight = 45, .label = 12, .time_calib = 2, .amp_calib = 1};
  chip.set_synapse(Hemisphere{0}, SynapseRow{5}, SynapseColumn{19}, synapse);
  EXPECT_EQ(chip.synapse(Hemisphere{0}, SynapseRow{5}, SynapseColumn{19}), synapse);
  EXPECT_EQ(chip.synapse(Hemisphere{0}, SynapseRow{5}, SynapseColumn{17}), Synapse{});
  EXPECT_EQ(chip.words()[*Chip::index_of_address(0x02cf02a2)], 0x00b60000u);
  EXPECT_EQ(chip.words()[*Chip::index_of_address(0x02cf02e2)], 0x004c0000u);
}

TEST(Chip, KnowsItsAddresses) {
  std::set<std::uint32_t> const all(Chip::addresses().begin(), Chip::addresses().end());
  EXPECT_EQ(all.size(), Chip::kWords);
  for (std::size_t k = 0; k < Chip::kWords; k += 997) {
    EXPECT_EQ(Chip::index_of_address(Chip::addresses()[k]), k);
  }
  EXPECT_EQ(Chip::index_of_address(0x000c0000), std::nullopt);  // MADCControl
}

TEST(Chip, GivesThePositionsOfAPart) {
  auto const neuron = Chip::indices(**find_composite("AtomicNeuron"), 456);
  ASSERT_TRUE(neuron);
  EXPECT_EQ(neuron->size(), 34u);
  EXPECT_EQ((*neuron)[0], Chip::index(ContainerId::kNeuronConfig, 456));
  EXPECT_FALSE(Chip::indices(**find_composite("MemoryTiming"), 0));
  EXPECT_FALSE(Chip::indices(**find_composite("AtomicNeuron"), 512));
}

TEST(Chip, TrySetRefusesAndKeepsTheImage) {
  Chip chip;
  auto const result = chip.try_set(CurrentDACOnDLS(0), CurrentDAC{.current = 255});
  EXPECT_TRUE(result);
  Chip const before = chip;
  EXPECT_FALSE(chip.try_set(CapMemCellOnDLS(0), CapMemCell{.value = 1024}));
  EXPECT_EQ(chip, before);
}

TEST(ChipDeathTest, SetStopsOnValuesOutOfRange) {
  Chip chip;
  EXPECT_DEATH(chip.set(CapMemCellOnDLS(0), CapMemCell{.value = 1024}), "CapMemCell.value is 1024");
}

Operation ir(std::uint64_t instruction) {
  return {OperationKind::kJtagInstruction, false, 7,          0xf,
          ut::spec::ToFpga::kJtagInit,     0,     instruction};
}
Operation dr(std::uint8_t bits, std::uint64_t data, bool keep = false) {
  return {OperationKind::kJtagData, keep, bits, 0xf, ut::spec::ToFpga::kJtagInit, 0, data};
}
Operation wr(std::uint32_t address, std::uint64_t data) {
  return {OperationKind::kOmnibusWrite, false, 32, 0xf, ut::spec::ToFpga::kJtagInit, address, data};
}
Operation rd(std::uint32_t address) {
  return {OperationKind::kOmnibusRead, true, 32, 0xf, ut::spec::ToFpga::kJtagInit, address, 0};
}
Operation message(ut::spec::ToFpga code, std::uint8_t bits, std::uint64_t data, bool answered) {
  return {OperationKind::kMessage, answered, bits, 0xf, code, 0, data};
}

TEST(Operations, JtagReachesTheOmnibusOfTheChip) {
  EXPECT_THAT(*write_operations(Via::kOmnibusChipOverJTAG, 0x00040000, 0xff),
              ElementsAre(ir(5), dr(33, 0x00040000), ir(6), dr(32, 0xff), ir(7), dr(3, 0)));
  EXPECT_THAT(*read_operations(Via::kOmnibusChipOverJTAG, 0x00040000),
              ElementsAre(ir(5), dr(33, 0x100040000), ir(7), dr(3, 0), ir(6), dr(32, 0, true)));
  EXPECT_EQ(*read_result(Via::kOmnibusChipOverJTAG, std::vector<std::uint64_t>{0x1234}), 0x1234u);
}

TEST(Operations, JtagRegistersAreSelected) {
  EXPECT_THAT(*write_operations(Via::kJTAGPLLRegister, 4, 0x110d0101),
              ElementsAre(ir(3), dr(4, 4), ir(4), dr(32, 0x110d0101)));
  EXPECT_THAT(*write_operations(Via::kJTAGPhyRegister, 7, 0x204000),
              ElementsAre(ir(0x7c), dr(22, 0x204000)));
  EXPECT_THAT(*read_operations(Via::kJTAGIdCode, 0), ElementsAre(ir(1), dr(32, 0, true)));
}

TEST(Operations, SpiFramesArePushedByteByByte) {
  EXPECT_THAT(*write_operations(Via::kSPIShiftRegister, 0, 0xc02140),
              ElementsAre(wr(0x88007001, 0xc0), wr(0x88007001, 0x21), wr(0x88007001, 0x80000040)));
  // Channel 2 of DAC 1, code 0xaa7, then the update command.
  EXPECT_THAT(*write_operations(Via::kSPIDACDataRegister, 10, 0xaa7),
              ElementsAre(wr(0x88007004, 0x2a), wr(0x88007004, 0x800000a7), wr(0x88007004, 0xa0),
                          wr(0x88007004, 0x80000002)));
  EXPECT_THAT(*write_operations(Via::kSPIDACControlRegister, 2, 0xfb),
              ElementsAre(wr(0x88007002, 0xc0), wr(0x88007002, 0x800000fb)));
}

TEST(Operations, I2cDevicesHavePointersAndBytes) {
  // INA219 1, calibration register 5.
  EXPECT_THAT(*write_operations(Via::kI2CINA219RwRegister, 3, 0x1234),
              ElementsAre(wr(0x88007841, 5), wr(0x88007841, 0x12), wr(0x880078c1, 0x34)));
  EXPECT_THAT(*read_operations(Via::kI2CTempRegister, 0),
              ElementsAre(wr(0x88007848, 0), rd(0x88007848), rd(0x880078c8)));
  EXPECT_THAT(*write_operations(Via::kI2CTCA9546Register, 0, 7), ElementsAre(wr(0x880078f0, 7)));
  EXPECT_THAT(*write_operations(Via::kI2CDAC6573RwRegister, 1, 0x3ff),
              ElementsAre(wr(0x8800784c, 0x12), wr(0x8800784c, 0xff), wr(0x880078cc, 0xc0)));
  EXPECT_THAT(*write_operations(Via::kI2CAD5252RwRegister, 7, 0x90),
              ElementsAre(wr(0x8800782d, 0x23), wr(0x880078ad, 0x90)));
  using Answers = std::vector<std::uint64_t>;
  EXPECT_EQ(*read_result(Via::kI2CTempRegister, Answers{0xfd, 0x00}), 0xfd00u);
  EXPECT_EQ(*read_result(Via::kI2CDAC6573RwRegister, Answers{0xff, 0xc0}), 0x3ffu);
  auto const missing = read_result(Via::kI2CTempRegister, Answers{0x80000000, 0});
  ASSERT_FALSE(missing);
  EXPECT_EQ(Result(missing).error().code, ErrorCode::kHardware);
}

TEST(Operations, MessagesAreOneInstruction) {
  using ut::spec::ToFpga;
  EXPECT_THAT(*write_operations(Via::kResetChip, 0, 1),
              ElementsAre(message(ToFpga::kSystemReset, 1, 1, false)));
  EXPECT_THAT(*write_operations(Via::kTimer, 0, 0),
              ElementsAre(message(ToFpga::kTimingSetup, 0, 0, false)));
  EXPECT_THAT(*write_operations(Via::kWaitUntil, 0, 1000),
              ElementsAre(message(ToFpga::kTimingWaitUntil, 32, 1000, false)));
  EXPECT_THAT(*write_operations(Via::kSpikePack3ToChip, 0, 0x000100020003),
              ElementsAre(message(ToFpga::kSpikePack3, 48, 0x000100020003, false)));
  EXPECT_THAT(*read_operations(Via::kTimer, 0), ElementsAre(rd(0x8800000c)));
  EXPECT_THAT(*read_operations(Via::kNullPayloadReadable, 0),
              ElementsAre(message(ToFpga::kSystemLoopback, 1, 1, true)));
}

TEST(Operations, RefuseWhatATransportCannot) {
  EXPECT_EQ(Result(read_operations(Via::kJTAGPLLRegister, 0)).error().code,
            ErrorCode::kUnsupported);
  EXPECT_EQ(Result(write_operations(Via::kJTAGIdCode, 0, 0)).error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(Result(write_operations(Via::kI2CTempRegister, 0, 0)).error().code,
            ErrorCode::kUnsupported);
  EXPECT_EQ(Result(write_operations(Via::kJTAGPLLRegister, 8, 0)).error().code,
            ErrorCode::kOutOfRange);
  EXPECT_FALSE(read_result(Via::kOmnibus, std::vector<std::uint64_t>{}));
}

Error refused(char const* line, bool encode) {
  Result<Json> result = encode ? encode_line(Json::parse(line)) : decode_line(Json::parse(line));
  EXPECT_FALSE(result) << line;
  return result ? Error{} : result.error();
}

TEST(JsonLines, NamesOfWrongKeysAreHelpful) {
  Error error = refused(R"({"container": "NeuronConfig", "coordinate": 3,
                            "fields": {"enable_fier": true}})",
                        true);
  EXPECT_EQ(error.code, ErrorCode::kNotFound);
  EXPECT_THAT(error.message, HasSubstr("NeuronConfig has no field 'enable_fier'"));
  EXPECT_THAT(error.hint, HasSubstr("'enable_fire'"));
  error = refused(R"({"container": "NeuronConfig", "coordinate": 512})", true);
  EXPECT_EQ(error.code, ErrorCode::kOutOfRange);
  EXPECT_THAT(error.message, HasSubstr("512 is out of range 0..511"));
  error = refused(R"({"container": "NeuronConfig", "coordinate": {"type": "PadOnDLS", "enum": 0}})",
                  true);
  EXPECT_THAT(error.message, HasSubstr("expected NeuronConfigOnDLS"));
  error =
      refused(R"({"container": "CapMemCell", "coordinate": 0, "fields": {"value": 1024}})", true);
  EXPECT_THAT(error.message, HasSubstr("possible: 0..1023"));
  error = refused(R"({"container": "CapMemCell", "coordinate": 0, "backend": "JTAGIdCode"})", true);
  EXPECT_THAT(error.hint, HasSubstr("OmnibusChipOverJTAG"));
  error = refused(R"({"container": "CapMemCell", "coordinate": 0, "read_words": ["x"]})", false);
  EXPECT_THAT(error.message, HasSubstr("\"x\" is no word"));
  error = refused(R"({"container": "CapMemCell", "coordinate": 0, "read_words": []})", false);
  EXPECT_THAT(error.message, HasSubstr("1 words"));
}

TEST(JsonLines, MalformedShapesAreErrors) {
  char const* const lines[] = {
      "3",
      "[]",
      "null",
      "{}",
      R"({"container": 3})",
      R"({"container": "CapMemBlock"})",
      R"({"container": "CapMemBlock", "coordinate": 0, "fields": {"cell": 3}})",
      R"({"container": "CapMemCell", "coordinate": 0, "fields": 3})",
      R"({"container": "CapMemCell", "coordinate": 0, "fields": null})",
      R"({"container": "CapMemCell", "coordinate": [], "fields": {}})",
      R"({"container": "CapMemCell", "coordinate": -1})",
      R"({"container": "CapMemCell", "coordinate": 1e30})",
      R"({"container": "CapMemCell", "coordinate": 18446744073709551615})",
      R"({"container": "CapMemCell", "coordinate": {"hemisphere": 0}})",
      R"({"container": "CapMemCell", "coordinate": 0, "fields": {"value": {}}})",
      R"({"container": "CapMemCell", "coordinate": 0, "fields": {"value": {"value": {"value": []}}}})",
      R"({"container": "CapMemCell", "coordinate": 0, "fields": {"value": 18446744073709551615}})",
      R"({"container": "SynapseQuad", "coordinate": 0, "fields": {"weights": [1, 2, 3]}})",
      R"({"container": "SynapseQuad", "coordinate": 0, "fields": {"weights": [1, 2, 3, [4]]}})",
      R"({"container": "PLLClockOutputBlock", "fields": {"clock_output": [{}, {}, {}]}})",
      R"({"container": "PLLClockOutputBlock", "fields": {"clock_output": [{}, {}, {}, 3]}})",
      R"({"container": "PLLClockOutputBlock", "fields": {"clock_output": [{}, {}, {}, {"x": 1}]}})",
      R"({"container": "ReadoutSourceSelection", "fields": {"buffer": [{"neuron_odd": 1}, {}]}})",
      R"({"container": "CapMemBlockConfig", "coordinate": 0, "fields": {"debug_capmem_coord": 3120}})",
      R"({"container": "ExternalPPUMemoryQuad", "coordinate": 0, "fields": {"enables": [1]}})",
      R"({"container": "PADIEvent", "coordinate": 0, "fields": {"event_address": 1, "hagen_activation": 2}})",
  };
  for (char const* line : lines) refused(line, true);
  refused(R"({"container": "NeuronReset", "coordinate": 0, "read_words": []})", false);
  refused(R"({"container": "ADPLL", "coordinate": 0, "read_words": ["0x0", "0x0"]})", false);
  refused(R"({"container": "CapMemCell", "coordinate": 0})", false);
  refused(R"({"container": "CapMemCell", "coordinate": 0, "read_words": [4294967296]})", false);
}

TEST(JsonLines, PlacesAndValuesMayHaveNames) {
  auto const by_name = encode_line(Json::parse(
      R"({"container": "DACChannel", "coordinate": "vdd25_digital", "fields": {"value": 608}})"));
  ASSERT_TRUE(by_name);
  EXPECT_EQ((*by_name)["coordinate"]["enum"], 8);
  auto const by_components = encode_line(Json::parse(
      R"({"container": "SynapseQuad", "coordinate": {"hemisphere": 0, "row": 5, "quad": 34},
          "fields": {"weights": [0, 45, 0, 0]}})"));
  ASSERT_TRUE(by_components);
  EXPECT_EQ((*by_components)["write_addresses"][0], "0x02cf02a2");
  EXPECT_EQ((*by_components)["write_words"][0], "0x00360000");
  auto const symbol = encode_line(Json::parse(
      R"({"container": "NeuronConfig", "coordinate": 0, "fields": {"readout_source": "adaptation"}})"));
  ASSERT_TRUE(symbol);
  EXPECT_EQ((*symbol)["fields"]["readout_source"], 3);
}

}  // namespace
}  // namespace hx::reg
