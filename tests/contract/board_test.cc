// Serial busses of the FPGA and what hangs at them: supplies, monitors, thermometer, expander, potentiometers.
#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "driver/registers/registers.h"
#include "tests/contract/contract.h"

namespace hx {
namespace {

constexpr std::uint32_t kI2c = 0x88007800;
constexpr std::uint32_t kStop = 0x80;
constexpr std::uint32_t kPrescaler = 0x88007a00;
constexpr std::uint32_t kMissing = 0x80000000;
constexpr std::uint32_t kExternalMemory = 0x80000000;
constexpr std::uint32_t kExternalDram = 0x84000000;

class Boards : public contract::Contract {
 protected:
  /// Tests of values need no 100 kHz: the bus is made fast first.
  static Program fast() {
    Program program;
    program.write(kPrescaler, 5);
    return program;
  }
  template <typename T>
  T read(typename T::Coordinate place = {}) {
    Program program = fast();
    auto const ticket = program.read<T>(place);
    program.barrier(ut::kBarrierOmnibus);
    Result<T> const value = run(program).get(ticket);
    EXPECT_TRUE(value) << value.error().text();
    return value ? *value : T{};
  }
  template <typename T>
  void write(typename T::Coordinate place, T const& value) {
    Program program = fast();
    program.write(place, value);
    program.barrier(ut::kBarrierOmnibus);
    run(program);
  }
  /// Bus voltages of the six monitors in 4 mV.
  std::vector<unsigned> voltages() {
    std::vector<unsigned> voltages;
    for (unsigned i = 0; i < 6; ++i)
      voltages.push_back(read<reg::INA219Status>(reg::INA219StatusOnBoard(i)).bus_voltage);
    return voltages;
  }
};
HX_CONTRACT(Boards);

constexpr std::array<double, 6> kVolts = {1.25, 2.5, 1.2, 2.5, 1.2, 1.2};  // order of the monitors

TEST_P(Boards, SuppliesHaveTheirVoltagesAfterTheInit) {
  init();
  for (unsigned i = 0; i < 6; ++i) write(reg::INA219ConfigOnBoard(i), reg::INA219Config{});
  std::vector<unsigned> const found = voltages();
  for (unsigned i = 0; i < 6; ++i) EXPECT_NEAR(found[i] * 0.004, kVolts[i], 0.05 * kVolts[i]) << i;
}

TEST_P(Boards, SuppliesHaveTheirVoltagesAfterTheInitOfAJboa) {
  InitOptions options;
  options.board = Board::kJboa;
  init(options);
  std::vector<unsigned> const found = voltages();
  for (unsigned i = 0; i < 6; ++i) EXPECT_NEAR(found[i] * 0.004, kVolts[i], 0.05 * kVolts[i]) << i;
}

TEST_P(Boards, ADacAndTheShiftRegisterSetASupply) {
  init();
  std::vector<unsigned> const before = voltages();
  // Channel 4 of DAC 1: 1.2 V of the MADC, monitor 4. A higher code is a lower voltage.
  write(reg::DACChannelOnBoard(8 + 4), reg::DACChannel{.value = 1440});
  std::vector<unsigned> after = voltages();
  EXPECT_LT(after[4], before[4]);
  after[4] = before[4];
  EXPECT_EQ(after, before);
  write(reg::DACChannelOnBoard(8 + 4), reg::DACChannel{.value = 440});
  EXPECT_EQ(voltages(), before);
  reg::ShiftRegister shift;
  shift.enable_vdd[4] = false;
  write(reg::ShiftRegisterOnBoard(0), shift);
  EXPECT_EQ(voltages()[4], 0U);
  write(reg::ShiftRegisterOnBoard(0), reg::ShiftRegister{});
  EXPECT_EQ(voltages(), before);
  reg::DACControl control;
  control.enable_channel[4] = false;
  write(reg::DACOnBoard(1), control);
  EXPECT_EQ(voltages()[4], 0U);
}

TEST_P(Boards, TheThermometerTellsARoomTemperature) {
  double const degrees = read<reg::TMP112Status>().temperature / 16.0 * 0.0625;
  EXPECT_GT(degrees, 15);
  EXPECT_LT(degrees, 45);
}

TEST_P(Boards, AMissingDeviceIsAnError) {
  Program program = fast();
  Ticket const first = program.read(kI2c | 0x49);
  Ticket const second = program.read(kI2c | 0x49 | kStop);
  Ticket const there = program.read(kI2c | 0x48 | kStop);
  program.barrier(ut::kBarrierOmnibus);
  Responses const responses = run(program);
  EXPECT_NE(responses.value(first) & kMissing, 0U);
  EXPECT_NE(responses.value(second) & kMissing, 0U);
  EXPECT_EQ(responses.value(there) & kMissing, 0U);
}

// As the word tests of the reference do it: 100 kHz, calibration register.
TEST_P(Boards, TheCalibrationOfAMonitorIsStoredAt100KHz) {
  Program program;
  program.write(kPrescaler, 313);
  program.write(kI2c | 0x40, 5);
  program.write(kI2c | 0x40, 1234 >> 8);
  program.write(kI2c | 0x40 | kStop, 1234 & 0xff);
  program.write(kI2c | 0x40, 5);
  Ticket const high = program.read(kI2c | 0x40);
  Ticket const low = program.read(kI2c | 0x40 | kStop);
  program.barrier(ut::kBarrierOmnibus);
  Responses const responses = run(program);
  EXPECT_EQ(responses.value(high) << 8 | responses.value(low), 1234U);
}

TEST_P(Boards, TheResetValueOfThePrescalerIsUsable) {
  Program program;
  program.setup_timer();
  Ticket const prescaler = program.read(kPrescaler);
  Ticket const byte = program.read(kI2c | 0x48 | kStop);
  Ticket const timer = program.read(0x8800000c);
  program.barrier(ut::kBarrierOmnibus);
  Responses const responses = run(program);
  EXPECT_EQ(responses.value(prescaler), 313U);
  EXPECT_EQ(responses.value(byte) & kMissing, 0U);
  // Start, two bytes with acknowledge, stop: 20 bits of 10 us.
  EXPECT_NEAR(static_cast<double>(responses.value(timer)), 20 * 1250, 100);
}

TEST_P(Boards, ConfigurationsAreStored) {
  for (unsigned i = 0; i < 6; ++i) {
    reg::INA219Config config;
    config.shunt_adc_mode = static_cast<std::uint8_t>(i);
    config.bus_adc_mode = 11;
    write(reg::INA219ConfigOnBoard(i), config);
  }
  for (unsigned i = 0; i < 6; ++i) {
    auto const config = read<reg::INA219Config>(reg::INA219ConfigOnBoard(i));
    EXPECT_EQ(config.shunt_adc_mode, i);
    EXPECT_EQ(config.bus_adc_mode, 11);
  }
  for (unsigned i = 0; i < 6; ++i) {
    write(reg::AD5252ChannelConfigOnBoard(i),
          reg::AD5252ChannelConfig{.value = static_cast<std::uint8_t>(0x80 + i)});
    write(reg::AD5252ChannelConfigPersistentOnBoard(i),
          reg::AD5252ChannelConfigPersistent{.value = static_cast<std::uint8_t>(0x40 + i)});
  }
  for (unsigned i = 0; i < 6; ++i) {
    EXPECT_EQ(read<reg::AD5252ChannelConfig>(reg::AD5252ChannelConfigOnBoard(i)).value, 0x80 + i);
    EXPECT_EQ(read<reg::AD5252ChannelConfigPersistent>(reg::AD5252ChannelConfigPersistentOnBoard(i))
                  .value,
              0x40 + i);
  }
  for (unsigned i = 0; i < 4; ++i)
    write(reg::DAC6573ChannelOnBoard(i),
          reg::DAC6573ChannelConfig{.value = static_cast<std::uint16_t>(0x3ff - 5 * i)});
  for (unsigned i = 0; i < 4; ++i)
    EXPECT_EQ(read<reg::DAC6573ChannelConfig>(reg::DAC6573ChannelOnBoard(i)).value, 0x3ff - 5 * i);
  reg::TCA9554Config pins;
  pins.channel_output = {true, false, true, true, false, false, true, false};
  pins.channel_polarity = {0, 1, 0, 1, 0, 0, 0, 1};
  pins.channel_mode = {0, 0, 1, 1, 0, 1, 0, 1};
  write(reg::TCA9554ConfigOnBoard(0), pins);
  EXPECT_EQ(read<reg::TCA9554Config>(), pins);
}

TEST_P(Boards, TheInputsOfTheExpanderReadZeroAfterTheInit) {
  InitOptions options;
  options.board = Board::kJboa;
  init(options);
  EXPECT_EQ(read<reg::TCA9554Inputs>(), reg::TCA9554Inputs{});
}

TEST_P(Boards, TheMultiplexerStoresItsMaskAndEverybodyAnswers) {
  reg::TCA9546ChannelConfig mask;
  mask.enable_channels = {true, false, false, true};
  write(reg::TCA9546OnBoard(0), mask);
  Program program = fast();
  Ticket const found = program.read(kI2c | 0x70 | kStop);
  program.barrier(ut::kBarrierOmnibus);
  EXPECT_EQ(run(program).value(found), 9U);
  read<reg::AD5252ChannelConfig>(reg::AD5252ChannelConfigOnBoard(0));
}

TEST_P(Boards, TheEepromHasASerialNumber) {
  Program program = fast();
  Result<Ticket> const ticket =
      program.read_container(**reg::find("I2CIdRegister"), 0, reg::Via::kI2CIdRegister);
  ASSERT_TRUE(ticket);
  program.barrier(ut::kBarrierOmnibus);
  Responses const responses = run(program);
  std::uint32_t number = 0;
  for (std::uint32_t i = 0; i < 4; ++i) {
    std::uint64_t const byte = responses.value({Ticket::Kind::kRead, ticket->index + i});
    EXPECT_EQ(byte & kMissing, 0U);
    number = number << 8 | static_cast<std::uint32_t>(byte);
  }
  EXPECT_NE(number, 0U);
  EXPECT_NE(number, 0xffffffffU);
}

TEST_P(Boards, LedPatternsWithLongWaitsRaiseNoTimeout) {
  init();
  Program program;
  for (unsigned i = 0; i < 3; ++i) {
    reg::ShiftRegister shift;
    shift.enable_led[i] = true;
    program.write(reg::ShiftRegisterOnBoard(0), shift);
    program.setup_timer();
    program.wait_until(FpgaCycles{2'000'000});  // 16 ms, more than the instruction timeout
  }
  EXPECT_EQ(run(program).halts.size(), 1U);
}

// Of accesses that do not fit, the executor waits for a place; in all of that no instruction is blocked for 10 ms.
TEST_P(Boards, ALongRowOfSlowTransfersRaisesNoTimeout) {
  Program program;
  for (unsigned i = 0; i < 120; ++i) program.write(kI2c | 0x2c | (i % 2 == 1 ? kStop : 0), 1);
  program.barrier(ut::kBarrierOmnibus);
  Ticket const last = program.read(kI2c | 0x2c | kStop);
  program.barrier(ut::kBarrierOmnibus);
  EXPECT_EQ(run(program).value(last), 1U);
}

TEST_P(Boards, ABarrierBehindATransferBeyondTheTimeoutIsReported) {
  Program program;
  program.write(kPrescaler, 0xffff);  // 2 ms per bit
  program.write(kI2c | 0x40 | kStop, 0);
  program.barrier(ut::kBarrierOmnibus);
  EXPECT_EQ(fail(program).code, ErrorCode::kHardware);
  EXPECT_EQ(run({}).halts.size(), 1U);
}

TEST_P(Boards, TheFpgaIsReadInOrderBehindATransfer) {
  Program program = fast();
  Ticket const first = program.read(kI2c | 0x48 | kStop);
  Ticket const second = program.read(0x88000004);
  Ticket const third = program.read(kExternalMemory);
  program.barrier(ut::kBarrierOmnibus);
  Responses const responses = run(program);
  EXPECT_EQ(responses.value(first), 0x1eU);
  EXPECT_EQ(responses.value(second), 0x5dU);
  EXPECT_EQ(responses.value(third), 0U);
}

TEST_P(Boards, ExternalMemoriesHonourByteEnables) {
  for (std::uint32_t const address : {kExternalMemory + 0x1234, kExternalDram + 0x3ffffff}) {
    Program program;
    program.write(address, 0x12345678);
    std::array<Ticket, 4> tickets;
    for (unsigned i = 0; i < 4; ++i) {
      program.write(address, 0x87654321, static_cast<std::uint8_t>(1U << i));
      tickets[i] = program.read(address);
    }
    program.barrier(ut::kBarrierOmnibus);
    Responses const responses = run(program);
    std::array<std::uint32_t, 4> const expected = {0x12345621, 0x12344321, 0x12654321, 0x87654321};
    for (unsigned i = 0; i < 4; ++i) EXPECT_EQ(responses.value(tickets[i]), expected[i]) << i;
  }
}

}  // namespace
}  // namespace hx
