// The MADC alone: RTL, its netlist and functional model side by side, clock by clock, in front of a neuron array that is made up. Clock numbers are
// worked out by hand from docs/decisions/readout.md.
#include <gtest/gtest.h>
#include <verilated.h>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <ostream>
#include <random>
#include <vector>

#include "Vhx_madc.h"
#include "Vhx_madc_netlist.h"
#include "fpga_model/spec/chip_map.h"
#include "sim/twin/madc.h"

namespace hx::sim {
namespace {

constexpr unsigned kSlots = 16;
constexpr unsigned kWake = 1, kStart = 2, kStop = 4, kPowerDown = 8, kContinuous = 16, kPreamp = 32;

struct Sample {
  Clock clock;
  unsigned channel;
  unsigned value;
  bool operator==(Sample const&) const = default;
};
std::ostream& operator<<(std::ostream& out, Sample const& s) {
  return out << "{" << s.clock << ", channel " << s.channel << ", " << s.value << "}";
}

/// Membrane of a circuit that its slot in clock `now` finds: something different for each, in code units.
unsigned made_up_code(unsigned circuit, Clock now) {
  return static_cast<unsigned>((circuit * 37 + now / kSlots * 11) % 1024);
}
NeuronState made_up_state(unsigned circuit, Clock now) {
  NeuronState state;
  state.v = static_cast<std::int32_t>(made_up_code(circuit, now)) << 10;
  return state;
}

class Madcs {
 public:
  Madcs() {
    top_.clk_i = 0;
    top_.rst_ni = 0;
    for (int i = 0; i < 2; ++i) edge();
    top_.rst_ni = 1;
    twin_.release(0);
  }
  ~Madcs() {
    top_.final();
    netlist_.final();
  }

  // One write per clock, then the clock passes.
  void control(unsigned data) {
    top_.control_we_i = 1;
    top_.control_wdata_i = static_cast<CData>(data);
    pending_control_ = data;
    clock();
    top_.control_we_i = 0;
  }
  void reg(std::uint32_t number, std::uint32_t word) {
    top_.register_we_i = 1;
    top_.register_i = static_cast<CData>(number);
    top_.register_wdata_i = static_cast<SData>(word);
    pending_register_ = {number, word};
    clock();
    top_.register_we_i = 0;
  }
  void neuron(unsigned circuit, unsigned word, unsigned data) {
    top_.ncfg_we_i = 1;
    top_.ncfg_circuit_i = static_cast<SData>(circuit);
    top_.ncfg_word_i = static_cast<CData>(word);
    top_.ncfg_data_i = static_cast<CData>(data);
    pending_neuron_ = {{circuit, word, data}};
    clock();
    top_.ncfg_we_i = 0;
  }
  void reset(unsigned clocks) {
    top_.rst_ni = 0;
    twin_.reset();
    resetting_ = true;
    for (unsigned i = 0; i < clocks; ++i) clock();
    resetting_ = false;
    top_.rst_ni = 1;
    start_ = now;
    twin_.release(now);
  }
  void run_to(Clock end) {
    while (now < end) clock();
  }

  Clock now = 0;
  std::vector<Sample> samples;  ///< of the RTL
  std::vector<Sample> twin_samples;
  std::uint64_t twin_acts = 0;

 private:
  void edge() {
    top_.clk_i = 0;
    top_.eval();
    top_.clk_i = 1;
    top_.eval();
    drive_netlist(0);
    drive_netlist(1);
  }
  void drive_netlist(CData level) {
    netlist_.rst_ni = top_.rst_ni;
    netlist_.control_we_i = top_.control_we_i;
    netlist_.control_wdata_i = top_.control_wdata_i;
    netlist_.register_we_i = top_.register_we_i;
    netlist_.register_i = top_.register_i;
    netlist_.register_wdata_i = top_.register_wdata_i;
    netlist_.ncfg_we_i = top_.ncfg_we_i;
    netlist_.ncfg_circuit_i = top_.ncfg_circuit_i;
    netlist_.ncfg_word_i = top_.ncfg_word_i;
    netlist_.ncfg_data_i = top_.ncfg_data_i;
    netlist_.slot_i = top_.slot_i;
    netlist_.run_i = top_.run_i;
    netlist_.stamp_i = top_.stamp_i;
    netlist_.madc_code_i = top_.madc_code_i;
    netlist_.clk_i = level;
    netlist_.eval();
  }
  /// With the inputs of this clock.
  void compare_netlist() {
    drive_netlist(0);
    EXPECT_EQ(netlist_.sample_valid_o, top_.sample_valid_o) << "clock " << now;
    if (top_.sample_valid_o) {
      EXPECT_EQ(netlist_.sample_o, top_.sample_o) << "clock " << now;
    }
    EXPECT_EQ(netlist_.madc_on_o, top_.madc_on_o) << "clock " << now;
    EXPECT_EQ(netlist_.madc_circuit_o, top_.madc_circuit_o) << "clock " << now;
  }
  void clock() {
    Clock const phase = now - start_;
    bool const runs = !resetting_ && phase >= kSlots;
    top_.slot_i = static_cast<CData>(phase % kSlots);
    top_.run_i = runs;
    top_.stamp_i = static_cast<CData>(2 * now);
    top_.madc_code_i = codes_[0] | codes_[1] << 10;
    top_.clk_i = 0;
    top_.eval();
    if (top_.sample_valid_o) {
      EXPECT_EQ(top_.sample_o >> 16, 2 * now & 0xff);
      EXPECT_EQ(top_.sample_o >> 11 & 31, 0U);
      samples.push_back({now, top_.sample_o >> 10 & 1, top_.sample_o & 1023});
    }
    compare_netlist();
    array(runs);
    twin();
    drive_netlist(1);
    top_.clk_i = 1;
    top_.eval();
    ++now;
  }
  /// The neuron array: codes show two clocks after the slot.
  void array(bool runs) {
    codes_ = next_codes_;
    for (unsigned m = 0; m < 2; ++m) {
      unsigned const circuit = top_.madc_circuit_o >> (9 * m) & 511;
      bool const hit = runs && (top_.madc_on_o >> m & 1) != 0 && top_.slot_i == 15 - circuit % 16;
      bool const amplified = (words_[circuit] >> 4 & 1) != 0;
      if (hit) next_codes_[m] = amplified ? made_up_code(circuit, now) : 0;
    }
  }
  void twin() {
    if (!resetting_ && twin_.next() <= now) {
      twin_.act(now);
      ++twin_acts;
      if (auto const sample = twin_.take())
        twin_samples.push_back({now, *sample >> 10, *sample & 1023});
    }
    if (pending_control_ && !resetting_) twin_.write_control(*pending_control_, now);
    if (pending_register_ && !resetting_)
      twin_.write_register(pending_register_->first, pending_register_->second, now);
    if (pending_neuron_) {
      auto const [circuit, word, data] = *pending_neuron_;
      twin_.write_neuron(circuit, word, static_cast<std::uint8_t>(data), now);
      if (word == 3) words_[circuit] = data;
    }
    pending_control_.reset();
    pending_register_.reset();
    pending_neuron_.reset();
  }

  VerilatedContext context_;
  Vhx_madc top_{&context_};
  Vhx_madc_netlist netlist_{&context_};
  Madc twin_{made_up_state};
  Clock start_ = 0;
  bool resetting_ = false;
  std::array<unsigned, 2> codes_{}, next_codes_{};
  std::array<unsigned, 512> words_{};  // word 3 of NeuronConfig
  std::optional<unsigned> pending_control_;
  std::optional<std::pair<std::uint32_t, std::uint32_t>> pending_register_;
  std::optional<std::array<unsigned, 3>> pending_neuron_;
};

constexpr unsigned kDrives = 0x90;  // amplifier and readout, membrane
constexpr std::uint32_t kOddTop = 1U << 9, kEvenTop = 1U << 10, kOddBottom = 1U << 11,
                        kEvenBottom = 1U << 12;

class MadcTest : public ::testing::Test {
 protected:
  /// Ready in clock 40, circuit 6 on multiplexer 0, circuit 256 + 9 on multiplexer 1.
  void prepare() {
    madc.neuron(6, 3, kDrives);
    madc.neuron(256 + 9, 3, kDrives);
    madc.reg(chip_map::kRegReadoutSourceSelection_0_0, kEvenTop);
    madc.reg(chip_map::kRegReadoutSourceSelection_0_1, kOddBottom);
    madc.control(kWake | kPreamp);
    madc.run_to(40);
  }
  void TearDown() override { EXPECT_EQ(madc.twin_samples, madc.samples); }
  std::vector<Clock> clocks() {
    std::vector<Clock> clocks;
    for (Sample const& sample : madc.samples) clocks.push_back(sample.clock);
    return clocks;
  }
  Madcs madc;
};

TEST_F(MadcTest, DoesNothingWithoutAWakeUp) {
  madc.control(kStart | kContinuous | kPreamp);
  madc.run_to(200);
  EXPECT_TRUE(madc.samples.empty());
}

TEST_F(MadcTest, ASampleTakes17CyclesByDefault) {
  prepare();
  madc.control(kStart | kContinuous | kPreamp);  // in clock 40
  madc.run_to(62);
  // Phases 4, 8, 12, 16, 20 - 17 = 3, 7, ...: after 5, 9, 13, 17, 22 clocks.
  EXPECT_EQ(clocks(), (std::vector<Clock>{45, 49, 53, 57}));
  madc.run_to(63);
  EXPECT_EQ(clocks(), (std::vector<Clock>{45, 49, 53, 57, 62}));
}

TEST_F(MadcTest, PoweringTakesAQuarterOfTheWaitValueAndKeepsAStart) {
  // Default 96: powering in w + 1 .. w + 24; a kept start acts in w + 24, first sample 5 clocks later.
  madc.reg(chip_map::kRegMADCConfig_0_6, 3);  // dummy data
  Clock const wake = madc.now;
  madc.control(kWake | kStart | kContinuous);
  madc.run_to(60);
  ASSERT_FALSE(madc.samples.empty());
  EXPECT_EQ(madc.samples.front(), (Sample{wake + 24 + 5, 0, 0}));
  EXPECT_EQ(madc.samples[1], (Sample{wake + 24 + 9, 0, 1}));
}

TEST_F(MadcTest, EndsAfterTheWantedNumberAndPowersDownIfItShould) {
  prepare();
  madc.reg(chip_map::kRegMADCConfig_0_3, 3);
  madc.control(kStart | kPreamp);
  madc.run_to(200);
  EXPECT_EQ(madc.samples.size(), 3U);
  madc.control(kStart | kPowerDown | kPreamp);
  madc.run_to(400);
  EXPECT_EQ(madc.samples.size(), 6U);
  madc.control(kStart | kPreamp);
  madc.run_to(600);
  EXPECT_EQ(madc.samples.size(), 6U);
}

TEST_F(MadcTest, StopEndsARecordingAndForgetsAKeptStart) {
  prepare();
  madc.control(kStart | kContinuous | kPreamp);  // 40: samples at 45, 49, ...
  madc.run_to(49);
  madc.control(kStop);  // in the clock of the second one
  madc.run_to(300);
  EXPECT_EQ(clocks(), (std::vector<Clock>{45, 49}));
  madc.reset(3);
  madc.control(kWake | kStart | kContinuous);
  madc.control(kStop);
  madc.run_to(500);
  EXPECT_EQ(madc.samples.size(), 2U);
}

TEST_F(MadcTest, NoSamplesWantedMeansNone) {
  prepare();
  madc.reg(chip_map::kRegMADCConfig_0_3, 0);
  madc.control(kStart | kPreamp);
  madc.run_to(200);
  EXPECT_TRUE(madc.samples.empty());
  madc.control(kStart | kContinuous | kPreamp);  // ready again
  madc.run_to(220);
  EXPECT_FALSE(madc.samples.empty());
}

TEST_F(MadcTest, ASampleShowsTheLastSlotOfItsCircuit) {
  prepare();
  madc.control(kStart | kContinuous | kPreamp);  // 40
  madc.run_to(100);
  // Circuit 6 has slot 9: clocks 41, 57, 73; codes count from 43, 59, 75 on.
  for (Sample const& sample : madc.samples) {
    unsigned expected = 0;
    for (Clock slot = 41; slot + 2 <= sample.clock; slot += 16) expected = made_up_code(6, slot);
    EXPECT_EQ(sample, (Sample{sample.clock, 0, expected}));
  }
  EXPECT_GT(madc.samples.size(), 12U);
}

TEST_F(MadcTest, TwoInputsAlternateAndTheChannelIsInverted) {
  prepare();
  madc.reg(chip_map::kRegMADCConfig_0_0, 0x3520);  // two samples each
  madc.control(kStart | kContinuous | kPreamp);
  madc.run_to(200);
  for (std::size_t i = 0; i < madc.samples.size(); ++i)
    EXPECT_EQ(madc.samples[i].channel, i / 2 % 2 == 0 ? 1U : 0U) << i;
  // Circuit 265 has slot 6; the last samples of both inputs.
  Clock const last = 190 - (190 - 6) % 16;
  for (Sample const& sample : madc.samples) {
    if (sample.channel == 0 && sample.clock >= last + 2 && sample.clock < last + 16) {
      EXPECT_EQ(sample.value, made_up_code(265, last));
    }
  }
}

TEST_F(MadcTest, ClockScalingMultipliesTheLength) {
  prepare();
  madc.reg(chip_map::kRegMADCConfig_0_8, 2 << 1 | 1);  // 17 * 2 * 3 = 102 cycles
  Clock const start = madc.now;
  madc.control(kStart | kContinuous | kPreamp);
  madc.run_to(start + 80);
  EXPECT_EQ(clocks(), (std::vector<Clock>{start + 26, start + 51, start + 77}));
}

TEST_F(MadcTest, ALineCarriesItsLowestDriverAndAnOpenPathNothing) {
  prepare();
  madc.neuron(4, 3, kDrives);
  madc.control(kStart | kContinuous | kPreamp);
  madc.run_to(100);
  EXPECT_EQ(madc.samples.back().value, made_up_code(4, 91));  // slot 11
  madc.neuron(4, 3, 0x80);                                    // without amplifier
  madc.run_to(137);
  EXPECT_EQ(madc.samples.back().value, made_up_code(6, 121));  // slot 9
  madc.neuron(6, 3, 0);
  madc.run_to(160);
  EXPECT_EQ(madc.samples.back().value, 0U);
  madc.neuron(8, 3, kDrives);
  madc.run_to(200);
  EXPECT_NE(madc.samples.back().value, 0U);
  madc.control(kContinuous);  // pre-amplifier off
  madc.run_to(220);
  EXPECT_EQ(madc.samples.back().value, 0U);
  madc.control(kContinuous | kPreamp);
  madc.reg(chip_map::kRegMADCConfig_0_9, 0x11);
  madc.run_to(240);
  EXPECT_EQ(madc.samples.back().value, 0U);
}

TEST_F(MadcTest, ModelsAgreeOnRandomWrites) {
  constexpr std::uint32_t kSeed = 7;
  RecordProperty("seed", static_cast<int>(kSeed));
  std::mt19937 random(kSeed);
  auto const draw = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
  constexpr std::array<std::uint32_t, 9> kRegisters = {chip_map::kRegMADCConfig_0_0,
                                                       chip_map::kRegMADCConfig_0_1,
                                                       chip_map::kRegMADCConfig_0_3,
                                                       chip_map::kRegMADCConfig_0_6,
                                                       chip_map::kRegMADCConfig_0_7,
                                                       chip_map::kRegMADCConfig_0_8,
                                                       chip_map::kRegMADCConfig_0_9,
                                                       chip_map::kRegReadoutSourceSelection_0_0,
                                                       chip_map::kRegReadoutSourceSelection_0_1};
  for (unsigned i = 0; i < 60000; ++i) {
    switch (draw(12)) {
      case 0:
      case 1:
        madc.control(draw(3) == 0 ? draw(64)
                                  : (draw(4) == 0 ? kWake : 0) | (draw(3) == 0 ? kStart : 0) |
                                        (draw(8) == 0 ? kStop : 0) | kPreamp |
                                        (draw(3) == 0 ? kContinuous : 0));
        break;
      case 2:
        madc.neuron(draw(512), 3, draw(2) == 0 ? kDrives : draw(256) & 0x9f);
        break;
      case 3:
        madc.neuron(draw(512), 2 + draw(6), draw(256) & 0x9f);
        break;
      case 4: {
        std::uint32_t const number = kRegisters[draw(kRegisters.size())];
        unsigned word = draw(65536);
        if (number == chip_map::kRegMADCConfig_0_1) word = draw(3) == 0 ? 0 : draw(40);
        if (number == chip_map::kRegMADCConfig_0_3) word = draw(6);
        if (number == chip_map::kRegMADCConfig_0_6) word = draw(5) == 0 ? 3 : 1;
        if (number == chip_map::kRegMADCConfig_0_7) word = draw(5) == 0 ? 0 : 0xf9;
        if (number == chip_map::kRegMADCConfig_0_8) word = draw(3) == 0 ? draw(16) : 0;
        if (number == chip_map::kRegMADCConfig_0_9) word = draw(4) == 0 ? draw(128) : 0x51;
        madc.reg(number, word);
        break;
      }
      case 5:
        if (draw(60) == 0) madc.reset(1 + draw(40));
        break;
      default:
        madc.run_to(madc.now + draw(30));
        break;
    }
    ASSERT_EQ(madc.samples.size(), madc.twin_samples.size())
        << "clock " << madc.now << ", last samples at " << madc.samples.back() << " and "
        << madc.twin_samples.back();
    if (!madc.samples.empty()) {
      ASSERT_EQ(madc.samples.back(), madc.twin_samples.back());
    }
  }
  EXPECT_GT(madc.samples.size(), 10000U);
  unsigned values = 0;
  for (Sample const& sample : madc.samples) values += sample.value > 10 ? 1 : 0;
  EXPECT_GT(values, 2000U);
}

// Off or ready it costs the functional model nothing.
TEST_F(MadcTest, TheFunctionalModelSleepsBetweenRecordings) {
  prepare();
  std::uint64_t const acts = madc.twin_acts;
  madc.run_to(5000);
  EXPECT_EQ(madc.twin_acts, acts);
}

}  // namespace
}  // namespace hx::sim
