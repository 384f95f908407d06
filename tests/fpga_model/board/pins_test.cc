// The serial masters alone, pin by pin: is what they do on the wires I2C and SPI?
#include <gtest/gtest.h>
#include <verilated.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "Vhx_i2c_master.h"
#include "Vhx_spi_master.h"

namespace hx {
namespace {

/// A device with one address that acknowledges what it is told to and counts what a listener on the bus can see. It works by edges
/// alone, the master's clock is only the raster.
class I2cBus {
 public:
  I2cBus() {
    top_.clk_i = 0;
    top_.rst_ni = 0;
    top_.prescaler_i = 5;
    top_.scl_i = 1;
    top_.sda_i = 1;
    clock();
    clock();
    top_.rst_ni = 1;
    clock();
  }
  ~I2cBus() { top_.final(); }

  /// One access; returns what it answers. `address`: start, stop, device.
  std::uint32_t access(bool write, std::uint32_t address, std::uint8_t data = 0) {
    top_.start_i = 1;
    top_.we_i = write;
    top_.addr_i = static_cast<SData>(address);
    top_.wdata_i = data;
    clock();
    top_.start_i = 0;
    clocks_ = 0;
    std::optional<std::uint32_t> answer;
    while (top_.busy_o && clocks_ < 100000) {
      if (top_.done_o) answer = top_.rdata_o;
      clock();
    }
    EXPECT_TRUE(answer);
    return answer.value_or(0);
  }
  [[nodiscard]] unsigned clocks() const { return clocks_; }
  /// What was on the bus: S start, P stop, bytes in hexadecimal with + (acknowledged) or -.
  [[nodiscard]] std::string const& log() const { return log_; }

  std::uint8_t device = 0x40;
  std::vector<std::uint8_t> reads;  ///< what the device sends
  unsigned writes_acknowledged = 100;
  unsigned stretch = 0;  ///< clocks that SCL is held low at each falling edge

 private:
  void clock() {
    top_.clk_i = 0;
    top_.eval();
    top_.clk_i = 1;
    top_.eval();
    ++clocks_;
    bool const scl_master = top_.scl_o;
    if (held_ != 0) --held_;
    bool const scl = scl_master && held_ == 0;
    bool const sda = top_.sda_o && device_sda_;
    look(scl, sda);
    top_.scl_i = scl;
    top_.sda_i = top_.sda_o && device_sda_;
    top_.eval();
  }
  void look(bool scl, bool sda) {
    if (scl && scl_ && sda != sda_) {
      log_ += sda ? "P" : "S";
      bits_ = 0;
      byte_ = 0;
      state_ = sda ? State::kIdle : State::kAddress;
      device_sda_ = true;
    } else if (scl && !scl_) {
      if (bits_ < 8) byte_ = static_cast<std::uint8_t>(byte_ << 1 | sda);
      ++bits_;
      if (bits_ == 9) end_of_byte(sda);
    } else if (!scl && scl_) {
      held_ = stretch;
      drive();
    }
    scl_ = scl;
    sda_ = sda;
  }
  void end_of_byte(bool nack) {
    char text[4];
    std::snprintf(text, sizeof text, "%02x%c", byte_, nack ? '-' : '+');
    log_ += text;
    bits_ = 0;
    if (state_ == State::kAddress)
      state_ = nack ? State::kIdle : (byte_ & 1) != 0 ? State::kRead : State::kWrite;
    else if (nack)
      state_ = State::kIdle;
    begins_ = true;
  }
  void drive() {
    device_sda_ = true;
    if (state_ == State::kAddress && bits_ == 8) device_sda_ = byte_ >> 1 != device;
    if (state_ == State::kWrite && bits_ == 8) device_sda_ = writes_acknowledged == 0;
    if (state_ == State::kWrite && bits_ == 8 && writes_acknowledged != 0) --writes_acknowledged;
    if (state_ == State::kRead && bits_ < 8) {
      if (bits_ == 0 && begins_) {
        sending_ = reads.empty() ? 0xff : reads.front();
        if (!reads.empty()) reads.erase(reads.begin());
      }
      device_sda_ = (sending_ >> (7 - bits_) & 1) != 0;
    }
    begins_ = false;
  }

  enum class State { kIdle, kAddress, kWrite, kRead };
  VerilatedContext context_;
  Vhx_i2c_master top_{&context_};
  std::string log_;
  State state_ = State::kIdle;
  bool scl_ = true, sda_ = true, device_sda_ = true, begins_ = false;
  unsigned bits_ = 0, held_ = 0, clocks_ = 0;
  std::uint8_t byte_ = 0, sending_ = 0;
};

constexpr std::uint32_t kStop = 0x80;
constexpr std::uint32_t kRestart = 0x100;
constexpr unsigned kElement = 20;

TEST(I2cPins, AWriteIsStartAddressBytesStop) {
  I2cBus bus;
  bus.access(true, 0x40, 0x05);
  EXPECT_EQ(bus.clocks(), 19 * kElement);
  bus.access(true, 0x40, 0x12);
  EXPECT_EQ(bus.clocks(), 9 * kElement);
  bus.access(true, 0x40 | kStop, 0xff);
  EXPECT_EQ(bus.clocks(), 10 * kElement);
  EXPECT_EQ(bus.log(), "S80+05+12+ff+P");
}

TEST(I2cPins, AReadBehindAWriteStartsAgainAndEndsWithoutAcknowledge) {
  I2cBus bus;
  bus.reads = {0x39, 0x00, 0x9f};
  bus.access(true, 0x40, 0x00);
  EXPECT_EQ(bus.access(false, 0x40), 0x39U);
  EXPECT_EQ(bus.access(false, 0x40), 0x00U);
  EXPECT_EQ(bus.access(false, 0x40 | kStop), 0x9fU);
  EXPECT_EQ(bus.log(), "S80+00+S81+39+00+9f-P");
}

// The next byte of the device begins with 0: an acknowledge given too early would keep SDA low and no start were possible.
TEST(I2cPins, AReadThatDoesNotGoOnIsNotAcknowledged) {
  I2cBus bus;
  bus.reads = {0xa5, 0x00, 0x33, 0x00};
  EXPECT_EQ(bus.access(false, 0x40), 0xa5U);
  bus.access(true, 0x40, 0x77);
  EXPECT_EQ(bus.access(false, 0x40), 0x00U);
  EXPECT_EQ(bus.access(false, 0x40 | kRestart | kStop), 0x33U);
  EXPECT_EQ(bus.log(), "S81+a5-S80+77+S81+00-S81+33-P");
}

TEST(I2cPins, NobodyThereEndsWithAStop) {
  I2cBus bus;
  EXPECT_EQ(bus.access(false, 0x41), 0x80000000U);
  EXPECT_EQ(bus.clocks(), 11 * kElement);
  bus.access(true, 0x41, 5);
  EXPECT_EQ(bus.log(), "S83-PS82-P");
}

TEST(I2cPins, AByteThatIsNotAcknowledgedEndsWithAStop) {
  I2cBus bus;
  bus.writes_acknowledged = 1;
  bus.access(true, 0x40, 0x11);
  bus.access(true, 0x40, 0x22);
  bus.access(true, 0x40, 0x33);
  EXPECT_EQ(bus.log(), "S80+11+22-PS80+33-P");
}

TEST(I2cPins, ADeviceCanStretchTheClock) {
  I2cBus bus;
  bus.stretch = 37;
  bus.reads = {0x5a, 0xc3};
  bus.access(true, 0x40, 0x01);
  EXPECT_EQ(bus.access(false, 0x40), 0x5aU);
  EXPECT_EQ(bus.access(false, 0x40 | kStop), 0xc3U);
  EXPECT_GT(bus.clocks(), 11 * kElement);
  EXPECT_EQ(bus.log(), "S80+01+S81+5a+c3-P");
}

/// Sends frames and looks at the pins.
class SpiBus {
 public:
  SpiBus() {
    top_.clk_i = 0;
    top_.rst_ni = 0;
    clock();
    clock();
    top_.rst_ni = 1;
    clock();
  }
  ~SpiBus() { top_.final(); }
  void push(unsigned device, std::uint8_t data, bool frame) {
    top_.push_i = 1;
    top_.device_i = static_cast<CData>(device);
    top_.data_i = data;
    top_.frame_i = frame;
    clock();
    top_.push_i = 0;
    clocks = 0;
    while (top_.busy_o && clocks < 10000) clock();
    clock();
    clock();
  }

  unsigned clocks = 0;  ///< busy (and two)
  std::vector<std::vector<bool>>
      frames[3];          ///< bits of the frames of each device, as seen at both edges
  bool unsteady = false;  ///< a bit changed while SCLK was high

 private:
  void clock() {
    top_.clk_i = 0;
    top_.eval();
    top_.clk_i = 1;
    top_.eval();
    ++clocks;
    for (unsigned d = 0; d < 3; ++d) {
      bool const selected = (top_.select_no >> d & 1) == 0;
      if (selected && !selected_[d]) frames[d].emplace_back();
      if (selected && top_.sclk_o && !sclk_) frames[d].back().push_back(top_.mosi_o);
      selected_[d] = selected;
    }
    if ((top_.sclk_o || sclk_) && top_.mosi_o != mosi_) unsteady = true;
    sclk_ = top_.sclk_o;
    mosi_ = top_.mosi_o;
  }

  VerilatedContext context_;
  Vhx_spi_master top_{&context_};
  bool selected_[3] = {}, sclk_ = false, mosi_ = false;
};

std::vector<bool> bits_of(std::uint32_t value, unsigned count) {
  std::vector<bool> bits;
  for (unsigned i = 0; i < count; ++i) bits.push_back((value >> (count - 1 - i) & 1) != 0);
  return bits;
}

TEST(SpiPins, SendsTheBytesOfADeviceMostSignificantFirst) {
  SpiBus bus;
  bus.push(1, 0xa1, false);
  bus.push(0, 0xff, false);
  bus.push(1, 0x02, true);
  EXPECT_EQ(bus.clocks, 8U * 18 + 2);
  bus.push(0, 0x9c, false);
  bus.push(0, 0x40, true);
  EXPECT_EQ(bus.clocks, 8U * 26 + 2);
  bus.push(2, 0x80, true);
  EXPECT_EQ(bus.frames[0], std::vector<std::vector<bool>>{bits_of(0xff9c40, 24)});
  EXPECT_EQ(bus.frames[1], std::vector<std::vector<bool>>{bits_of(0xa102, 16)});
  EXPECT_EQ(bus.frames[2], std::vector<std::vector<bool>>{bits_of(0x80, 8)});
  EXPECT_FALSE(bus.unsteady);
}

TEST(SpiPins, KeepsTheLastFourBytes) {
  SpiBus bus;
  for (int const byte : {0x11, 0x22, 0x33, 0x44})
    bus.push(2, static_cast<std::uint8_t>(byte), false);
  bus.push(2, 0x55, true);
  EXPECT_EQ(bus.frames[2], std::vector<std::vector<bool>>{bits_of(0x22334455, 32)});
}

}  // namespace
}  // namespace hx
