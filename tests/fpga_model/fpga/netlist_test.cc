// The FPGA against the netlist that Yosys makes of it: random programs of all instructions, compared in every clock.
#include <gtest/gtest.h>
#include <verilated.h>

#include <array>
#include <random>
#include <vector>

#include "Vhx_fpga_pair.h"
#include "driver/ut/to_fpga.h"

namespace hx {
namespace {

constexpr std::uint32_t kPrescaler = 0x88007a00;
constexpr std::array<std::uint32_t, 39> kFpgaAddresses = {
    0x20002,    0x88000000, 0x88000003, 0x88000005, 0x88000006, 0x88000007, 0x88000008, 0x8800000b,
    0x8800000c, 0x88002000, 0x88002001, 0x88002002, 0x88002004, 0x88002005, 0x88004000, 0x8800400c,
    0x88004013, 0x88006000, 0x88006007, 0x88007001, 0x88007004, 0x88007840, 0x88007841, 0x880078c0,
    0x880079d0, 0x88007830, kPrescaler, 0x88007c05, 0x88008000, 0x88008001, 0x8800c000, 0x8800c010,
    0x88020007, 0x88030007, 0x88038000, 0x880c0003, 0x880d0003, 0x80000004, 0x84000005};

class Programs {
 public:
  explicit Programs(std::uint32_t seed) : random_(seed) {}

  std::vector<std::uint64_t> next() {
    std::vector<std::uint64_t> words = {ut::omnibus_write_address(0x88000009),
                                        ut::omnibus_data(50 + draw() % 300)};
    write(words, kPrescaler);
    std::uint32_t const size = draw() % 80;
    for (std::uint32_t i = 0; i < size; ++i) append(words);
    words.push_back(ut::halt());
    return words;
  }

 private:
  // Now and then any address of the chip's first words or of the FPGA; the timeout stays sane.
  std::uint32_t address() {
    if (draw() % 3 == 0) return draw() % 1024;
    if (draw() % 40 == 0) return 0x10000 + draw() % 100;
    return kFpgaAddresses[draw() % kFpgaAddresses.size()];
  }
  std::uint16_t label() {
    std::uint32_t const choice = draw() % 20;
    return static_cast<std::uint16_t>(choice == 0 ? 0xfff0 + draw() % 10 : draw());
  }
  void append(std::vector<std::uint64_t>& words) {
    switch (draw() % 20) {
      case 0:
        words.push_back(ut::jtag_init());
        break;
      case 1:
        words.push_back(ut::jtag_scaler(static_cast<std::uint8_t>(draw() % 3)));
        break;
      case 2:
        words.push_back(ut::jtag_instruction(
            static_cast<std::uint8_t>(draw() % 3 == 0 ? draw() % 128 : draw() % 8)));
        break;
      case 3:
        words.push_back(ut::jtag_data(draw() % 40, draw(), draw() % 2 == 0));
        break;
      case 4:
        words.push_back(ut::timer_setup());
        break;
      case 5:
        words.push_back(ut::wait_until(draw() % 200));
        break;
      case 6:
        words.push_back(ut::systime_init(draw() % 2 == 0));
        break;
      case 7:
        words.push_back(ut::barrier(static_cast<std::uint8_t>(draw() % 32)));
        break;
      case 8:
        words.push_back(ut::polling_block(draw() % 2 == 0));
        break;
      case 9:
        words.push_back(ut::chip_reset(draw() % 4 == 0));
        break;
      case 10:
        words.push_back(ut::tick());
        break;
      case 11:
        words.push_back(draw() | std::uint64_t{draw()} << 32);
        break;  // anything
      case 12:
      case 13:
      case 14:
        words.push_back(ut::omnibus_read(address()));
        break;
      case 15:
      case 16:
        write(words, address());
        break;
      case 17:
        words.push_back(ut::spike(label()));
        break;
      case 18:
        words.push_back(ut::spikes(label(), label()));
        break;
      default:
        words.push_back(ut::spikes(label(), label(), label()));
        break;
    }
  }

  // The I2C clock stays fast, so that transfers end.
  void write(std::vector<std::uint64_t>& words, std::uint32_t address) {
    words.push_back(ut::omnibus_write_address(address, static_cast<std::uint8_t>(draw() % 16)));
    words.push_back(ut::omnibus_data(address == kPrescaler ? draw() % 8 : draw()));
  }

  std::uint32_t draw() { return static_cast<std::uint32_t>(random_()); }

  std::mt19937 random_;
};

TEST(FpgaNetlist, DoesTheSameInEveryClock) {
  constexpr std::uint32_t kSeed = 20;
  RecordProperty("seed", static_cast<int>(kSeed));
  VerilatedContext context;
  Vhx_fpga_pair top(&context);
  Programs programs(kSeed);
  std::mt19937 random(kSeed + 1);
  std::vector<std::uint64_t> words;
  std::size_t next = 0, ends = 0, sent = 0;
  top.rst_ni = 0;
  for (int clock = 0; clock < 200'000; ++clock) {
    if (clock == 2) top.rst_ni = 1;
    if (next == words.size()) {
      words = programs.next();
      next = 0;
    }
    top.ut_valid_i = clock > 2 && random() % 4 != 0;
    top.ut_word_i = words[next];
    // The host is slow for a while now and then, so that the trace fills and the encoder waits.
    top.ut_ready_i = (clock / 5000) % 8 == 3 ? random() % 50 == 0 : random() % 10 != 0;
    top.abort_i = random() % 5000 == 0;
    top.clk_i = 0;
    top.eval();
    ASSERT_FALSE(clock > 2 && top.differs_o) << "clock " << clock << ", seed " << kSeed;
    bool const taken = top.ut_valid_i && top.ut_ready_o;
    ends += top.run_end_o;
    sent += top.ut_valid_o && top.ut_ready_i;
    top.clk_i = 1;
    top.eval();
    if (taken) ++next;
  }
  top.final();
  EXPECT_GT(ends, 100U);
  EXPECT_GT(sent, 5000U);
}

}  // namespace
}  // namespace hx
