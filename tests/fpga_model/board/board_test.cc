// Serial busses of the FPGA with the board behind them: exact times of the accesses, and what the devices make of them. Times are worked
// out by hand from docs/decisions/board.md: `sync` makes the FPGA time 0, instruction k behind it is executed at time k while nothing
// blocks, has its effect at k + 2, completes at k + 4, and its answer has the time k + 5. An element of the I2C bus takes 16 clocks here.
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <ostream>
#include <vector>

#include "driver/ut/message.h"
#include "driver/ut/to_fpga.h"
#include "fpga_model/spec/timing.h"
#include "tests/fpga_model/fpga/stub_model.h"

namespace hx::sim {
namespace {

using Words = std::vector<std::uint64_t>;

constexpr std::uint32_t kTimeout = 0x88000009;
constexpr std::uint32_t kDnaLow = 0x88000004;
constexpr std::uint32_t kShiftRegister = 0x88007001;
constexpr std::uint32_t kDac1 = 0x88007004;
constexpr std::uint32_t kI2c = 0x88007800;
constexpr std::uint32_t kStop = 0x80;
constexpr std::uint32_t kRestart = 0x100;
constexpr std::uint32_t kPrescaler = 0x88007a00;
constexpr std::uint32_t kMissing = 0x80000000;
constexpr std::uint32_t kAbsent = 0x21;
constexpr std::uint32_t kMonitor = 0x40;
constexpr std::uint32_t kEeprom = 0x50;
constexpr std::uint64_t kElement = 16;  // clocks: prescaler 4

/// An answer with the FPGA time that a host gives it.
struct Timed {
  ut::FromFpga code;
  std::uint64_t payload;
  std::uint64_t time;
  bool operator==(Timed const&) const = default;
};
std::ostream& operator<<(std::ostream& out, Timed const& timed) {
  return out << "{code " << static_cast<int>(timed.code) << ", payload 0x" << std::hex
             << timed.payload << std::dec << ", time " << timed.time << "}";
}
Timed data(std::uint32_t word, std::uint64_t time) {
  return {ut::FromFpga::kOmnibusData, word, time};
}
Timed tick(std::uint64_t time) {
  return {ut::FromFpga::kLoopback, 1, time};
}

Words operator+(Words a, Words const& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}
Words write(std::uint32_t address, std::uint32_t word) {
  return {ut::omnibus_write_address(address), ut::omnibus_data(word)};
}
Words read(std::uint32_t address) {
  return {ut::omnibus_read(address)};
}
Words const kSync = {ut::systime_init(true), ut::barrier(ut::kBarrierSystime)};
Words const kBarrier = {ut::barrier(ut::kBarrierOmnibus)};

class Board : public ::testing::Test {
 protected:
  /// The answers of a run that ends with a barrier, but that of its halt.
  std::vector<Timed> run(Words const& program) {
    Words const whole = program + kBarrier + Words{ut::halt()};
    EXPECT_EQ(model_->fill(whole), whole.size());
    Words words;
    bool ended = false;
    for (int chunk = 0; chunk < 20000 && !ended; ++chunk) {
      ended = model_->run(1000).run_ended;
      model_->take(words);
    }
    EXPECT_TRUE(ended) << "the run does not end";
    std::vector<ut::FromFpgaMessage> messages;
    EXPECT_FALSE(decoder_.decode(words, messages).unknown_header);
    std::vector<Timed> timed;
    std::uint64_t t = 0;
    for (ut::FromFpgaMessage const& message : messages) {
      ++t;
      if (message.code == ut::FromFpga::kSystime) {
        t = message.payload;
      } else if (message.code == ut::FromFpga::kSysdelta) {
        t += message.payload;
      } else if (message.code != ut::FromFpga::kLoopback || message.payload != 0) {
        timed.push_back({message.code, message.payload, t});
      }
    }
    return timed;
  }
  /// What the reads of a program gave.
  std::vector<std::uint32_t> values(Words const& program) {
    std::vector<std::uint32_t> values;
    for (Timed const& answer : run(write(kPrescaler, 4) + program)) {
      if (answer.code == ut::FromFpga::kOmnibusData)
        values.push_back(static_cast<std::uint32_t>(answer.payload));
    }
    return values;
  }
  /// A transfer that sets the pointer and reads `bytes` bytes.
  static Words i2c_read(std::uint32_t device, std::uint8_t pointer, unsigned bytes) {
    Words words = write(kI2c + device, pointer);
    for (unsigned i = 0; i < bytes; ++i)
      words = words + read(kI2c + device + (i + 1 == bytes ? kStop : 0));
    return words;
  }
  static Words i2c_write(std::uint32_t device, std::vector<std::uint8_t> const& bytes) {
    Words words;
    for (std::size_t i = 0; i < bytes.size(); ++i)
      words = words + write(kI2c + device + (i + 1 == bytes.size() ? kStop : 0), bytes[i]);
    return words;
  }
  static Words spi(std::uint32_t address, std::vector<std::uint8_t> const& bytes) {
    Words words;
    for (std::size_t i = 0; i < bytes.size(); ++i)
      words = words + write(address, bytes[i] | (i + 1 == bytes.size() ? 0x80000000U : 0U));
    return words;
  }
  std::uint32_t word(std::uint32_t device, std::uint8_t pointer) {
    std::vector<std::uint32_t> const bytes = values(i2c_read(device, pointer, 2));
    return bytes.size() == 2 ? bytes[0] << 8 | bytes[1] : ~0U;
  }
  std::uint32_t byte(std::uint32_t device, std::uint8_t pointer) {
    std::vector<std::uint32_t> const bytes = values(i2c_read(device, pointer, 1));
    return bytes.size() == 1 ? bytes[0] : ~0U;
  }

  std::unique_ptr<Model> model_ = make_stub_model();
  ut::FromFpgaMessageDecoder decoder_;
};

// ---- Times of I2C accesses ----

TEST_F(Board, AReadWithStartAndStopTakesTwentyElements) {
  // Prescaler: Data at 2. Read executed at 3: effect at 5; start, address, data, stop: ends at 5 + 20 elements, completes 2 later.
  EXPECT_EQ(run(kSync + write(kPrescaler, 4) + read(kI2c + kMonitor + kStop)),
            (std::vector<Timed>{data(0x39, 5 + 20 * kElement + 3)}));
}

TEST_F(Board, TheAcknowledgeOfAReadByteComesWithTheNextAccess) {
  // First: start, address, eight bits, ends at 5 + 18 elements. Second, effect in the next clock: acknowledge, byte, stop.
  std::uint64_t const first = 5 + 18 * kElement;
  std::uint64_t const second = first + 1 + 11 * kElement;
  EXPECT_EQ(
      run(kSync + write(kPrescaler, 4) + read(kI2c + kMonitor) + read(kI2c + kMonitor + kStop)),
      (std::vector<Timed>{data(0x39, first + 3), data(0x9f, second + 3)}));
}

TEST_F(Board, AnotherDirectionAnotherDeviceAndTheStartBitStartAgain) {
  // Write pointer: start, address, byte. Then repeated starts with address: a read (owes the acknowledge); with the start bit, owed one
  // first; another device, again owed one first, with stop.
  std::uint64_t end = 6;  // effect of the write, executed at 4
  Words const program = kSync + write(kPrescaler, 4) + write(kI2c + kMonitor, 5) +
                        read(kI2c + kMonitor) + read(kI2c + kMonitor + kRestart) +
                        read(kI2c + kEeprom + kStop);
  end += 19 * kElement;
  std::uint64_t const a = end + 1 + 18 * kElement;
  std::uint64_t const b = a + 1 + 19 * kElement;
  std::uint64_t const c = b + 1 + 21 * kElement;
  EXPECT_EQ(run(program), (std::vector<Timed>{data(0, a + 3), data(0, b + 3), data(0xff, c + 3)}));
}

TEST_F(Board, AnAbsentDeviceIsToldByBit31) {
  // Start, address, stop; and so again for each read of a run of accesses.
  std::uint64_t const a = 5 + 11 * kElement;
  std::uint64_t const b = a + 1 + 11 * kElement;
  EXPECT_EQ(run(kSync + write(kPrescaler, 4) + read(kI2c + kAbsent) + read(kI2c + kAbsent + kStop)),
            (std::vector<Timed>{data(kMissing, a + 3), data(kMissing, b + 3)}));
}

TEST_F(Board, PrescalersBelowFourCountAsFour) {
  EXPECT_EQ(run(kSync + write(kPrescaler, 1) + read(kI2c + kMonitor + kStop)),
            (std::vector<Timed>{data(0x39, 5 + 20 * kElement + 3)}));
}

TEST_F(Board, TheResetValueOfThePrescalerIs100KHz) {
  EXPECT_EQ(run(kSync + read(kPrescaler) + read(kI2c + kMonitor + kStop)),
            (std::vector<Timed>{data(313, 6), data(0x39, 4 + 20 * 4 * 313 + 3)}));
}

// ---- Order ----

TEST_F(Board, WhatIsBehindATransferWaitsForIt) {
  // Effect in the clock after the transfer, 2 later complete.
  std::uint64_t const end = 5 + 20 * kElement;
  EXPECT_EQ(run(kSync + write(kPrescaler, 4) + read(kI2c + kMonitor + kStop) + read(kDnaLow)),
            (std::vector<Timed>{data(0x39, end + 3), data(0x5d, end + 4)}));
}

TEST_F(Board, AccessesToTheChipDoNotWait) {
  // The stand-in of the chip answers early, but answers come in order of the reads; the tick at 5 is before both.
  std::uint64_t const end = 5 + 20 * kElement;
  EXPECT_EQ(run(kSync + write(kPrescaler, 4) + read(kI2c + kMonitor + kStop) + read(7) +
                Words{ut::tick()}),
            (std::vector<Timed>{tick(6), data(0x39, end + 3), data(0, end + 4)}));
}

TEST_F(Board, ABarrierWaitsForTheTransfer) {
  // Pending up to and including the clock of completion; the tick is executed one clock after the barrier.
  std::uint64_t const end = 6 + 20 * kElement;
  EXPECT_EQ(run(kSync + write(kPrescaler, 4) + write(kI2c + kMonitor + kStop, 0) + kBarrier +
                Words{ut::tick()}),
            (std::vector<Timed>{tick(end + 2 + 1 + 1 + 1)}));
}

TEST_F(Board, TheQueueHoldsFpgaFifoAccessesAndBlocksTheExecutor) {
  // One transfer at work, FpgaFifo behind it and the access under way fill up; then each needs the end of a transfer.
  Words program = kSync + write(kPrescaler, 4);
  for (unsigned i = 0; i < timing::kFpgaFifo + 2; ++i) program = program + write(kI2c + kAbsent, 0);
  // Executed at 2i + 4; the first has its effect at 6. When number 33 (i = 32) is tried at 68, accesses 1..31 have arrived (the last one
  // at 68): 31 wait. It goes; number 34 at 70 sees 32 waiting until the first transfer is over and the next access has had its effect.
  std::uint64_t const end = 6 + 11 * kElement;
  EXPECT_EQ(run(program + Words{ut::tick()}), (std::vector<Timed>{tick(end + 1 + 1 + 1 + 1)}));
}

TEST_F(Board, AnInstructionThatWaitsTooLongIsGivenUpAndTheTransfersGoOn) {
  // Timeout: Data at 4, effect at 6. The barrier at 6 is given up at 6 + 100.
  std::vector<Timed> const answers = run(kSync + write(kPrescaler, 4) + write(kTimeout, 100) +
                                         i2c_write(kMonitor, {5, 0x12, 0x34}) + kBarrier);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].code, ut::FromFpga::kTimeoutNotification);
  run(write(kTimeout, 1250000) + Words{ut::timer_setup(), ut::wait_until(2000)});
  EXPECT_EQ(word(kMonitor, 5), 0x1234U);
}

// ---- SPI ----

TEST_F(Board, ASpiFrameHoldsTheBusForItsBits) {
  // Two bytes: effects at 4 and 6, frame of 18 bit times, the read behind it has its effect in the next clock.
  std::uint64_t const end = 6 + 18 * timing::kSpiBit;
  EXPECT_EQ(run(kSync + spi(kDac1, {0x12, 0x34}) + read(kDnaLow)),
            (std::vector<Timed>{data(0x5d, end + 1 + 3)}));
}

TEST_F(Board, ByteOfAFrameUnderWayTakesNoTime) {
  EXPECT_EQ(run(kSync + write(kDac1, 0x12) + read(kDac1)), (std::vector<Timed>{data(0, 8)}));
}

TEST_F(Board, OfALongFrameTheLastFourBytesAreSent) {
  // The DAC takes the first 16 bits of what is sent: bytes 2 and 3 of five. Channel 2 (2.5 V analog) full: 625 + ((608 - 4095) * 625 >> 13).
  values(spi(kShiftRegister, {0xff, 0x9c, 0x40}) + spi(kDac1, {0x00, 0x2f, 0xff, 0x00, 0x00}) +
         spi(kDac1, {0xa0, 0x02}));
  EXPECT_EQ(word(kMonitor + 3, 2), (625U - 267U) << 3 | 2);
}

// ---- Devices ----

TEST_F(Board, DevicesHaveTheirPowerOnValues) {
  EXPECT_EQ(word(kMonitor, 0), 0x399fU);
  EXPECT_EQ(word(kMonitor + 5, 5), 0U);
  EXPECT_EQ(word(0x48, 0), 0x1e00U);
  EXPECT_EQ(word(0x48, 1), 0x60a0U);
  EXPECT_EQ(word(0x48, 2), 0x4b00U);
  EXPECT_EQ(word(0x48, 3), 0x5000U);
  EXPECT_EQ(byte(0x38, 0), 0U);
  EXPECT_EQ(byte(0x38, 1), 0xffU);
  EXPECT_EQ(byte(0x38, 3), 0xffU);
  EXPECT_EQ(byte(0x2c, 1), 0x90U);
  EXPECT_EQ(byte(0x2e, 0x23), 0x90U);
  EXPECT_EQ(word(0x4c, 0x10), 0U);
  EXPECT_EQ(values(i2c_read(kEeprom, 0xfa, 6)),
            (std::vector<std::uint32_t>{0x29, 0x41, 0x4f, 0x48, 0x58, 0x31}));
  EXPECT_EQ(values(read(kI2c + 0x70 + kStop)), (std::vector<std::uint32_t>{0}));
}

TEST_F(Board, DevicesStoreWhatTheyShould) {
  values(i2c_write(kMonitor + 2, {5, 0x04, 0xd3}));  // bit 0 is 0
  EXPECT_EQ(word(kMonitor + 2, 5), 0x04d2U);
  EXPECT_EQ(word(kMonitor + 1, 5), 0U);
  values(i2c_write(kMonitor + 2, {0, 0x01, 0x9f}));
  EXPECT_EQ(word(kMonitor + 2, 0), 0x019fU);
  values(i2c_write(kMonitor + 2, {2, 0x12, 0x34}));  // read only
  EXPECT_NE(word(kMonitor + 2, 2), 0x1234U);
  values(i2c_write(kMonitor + 2, {0, 0x80, 0x00}));
  EXPECT_EQ(word(kMonitor + 2, 0), 0x399fU);
  EXPECT_EQ(word(kMonitor + 2, 5), 0U);
  values(i2c_write(0x48, {3, 0x12, 0x30}));
  EXPECT_EQ(word(0x48, 3), 0x1230U);
  for (int const pointer : {0x01, 0x03, 0x21, 0x23}) {
    for (std::uint32_t const device : {0x2cU, 0x2dU, 0x2eU})
      values(i2c_write(device, {static_cast<std::uint8_t>(pointer),
                                static_cast<std::uint8_t>(pointer + device)}));
  }
  for (int const pointer : {0x01, 0x03, 0x21, 0x23}) {
    for (std::uint32_t const device : {0x2cU, 0x2dU, 0x2eU})
      EXPECT_EQ(byte(device, static_cast<std::uint8_t>(pointer)),
                static_cast<std::uint8_t>(pointer + device));
  }
  values(i2c_write(0x4c, {0x14, 0xab, 0xff}));
  EXPECT_EQ(word(0x4c, 0x14), 0xabc0U);
  values(i2c_write(0x4c, {0x04, 0x12, 0x34}));  // no write and update
  EXPECT_EQ(word(0x4c, 0x14), 0xabc0U);
  values(i2c_write(0x70, {0xf7}));
  EXPECT_EQ(values(read(kI2c + 0x70 + kStop)), (std::vector<std::uint32_t>{7}));
  values(i2c_write(kEeprom, {0x7e, 1, 2, 3}));  // 0x80 is read only
  EXPECT_EQ(values(i2c_read(kEeprom, 0x7e, 3)), (std::vector<std::uint32_t>{1, 2, 0xff}));
}

TEST_F(Board, TheExpanderReadsItsPins) {
  values(i2c_write(0x38, {3, 0xf0}) + i2c_write(0x38, {1, 0x3c}) + i2c_write(0x38, {2, 0x81}));
  // Outputs 3..0 drive 1100, the others are low; polarity inverts 7 and 0.
  EXPECT_EQ(byte(0x38, 0), 0x8dU);
}

TEST_F(Board, SuppliesFollowThePotentiometersUntilAFrameMakesItAnXboard) {
  // 1.2 V PLL: monitor 5, potentiometer device 1 channel 1.
  values(i2c_write(0x2d, {1, 0xa8}));
  EXPECT_EQ(word(kMonitor + 5, 2), 300U << 3 | 2);
  values(i2c_write(0x2d, {1, 0xff}));
  EXPECT_EQ(word(kMonitor + 5, 2), (300U - 51U) << 3 | 2);
  // Pin 2 is an output at 1: off.
  values(i2c_write(0x38, {3, 0xfb}));
  EXPECT_EQ(word(kMonitor + 5, 2), 2U);
  EXPECT_NE(word(kMonitor + 4, 2), 2U);
  values(spi(kShiftRegister, {0xff, 0x9c, 0x40}));
  EXPECT_EQ(word(kMonitor + 5, 2), (300U + 16U) << 3 | 2);
  // Channel 5 of DAC 1: input register only, then the update.
  values(spi(kDac1, {0x51, 0xb8}));
  EXPECT_EQ(word(kMonitor + 5, 2), (300U + 16U) << 3 | 2);
  values(spi(kDac1, {0xa0, 0x02}));
  EXPECT_EQ(word(kMonitor + 5, 2), 300U << 3 | 2);
  // Shunt, current, power of the data sheet.
  values(i2c_write(kMonitor + 5, {5, 0x40, 0x00}));
  EXPECT_EQ(word(kMonitor + 5, 1), 75U);
  EXPECT_EQ(word(kMonitor + 5, 4), 300U);
  EXPECT_EQ(word(kMonitor + 5, 3), 18U);
  // Power-down of channel 5, and the switch of the supply.
  values(spi(kDac1, {0xc0, 0x20}));
  EXPECT_EQ(word(kMonitor + 5, 2), 2U);
  values(spi(kDac1, {0xc0, 0x00}));
  EXPECT_EQ(word(kMonitor + 5, 2), 300U << 3 | 2);
  values(spi(kShiftRegister, {0xdf, 0x9c, 0x40}));
  EXPECT_EQ(word(kMonitor + 5, 2), 2U);
}

}  // namespace
}  // namespace hx::sim
