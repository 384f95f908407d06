#include "driver/capture/exchange.h"

#include <gtest/gtest.h>

#include <random>
#include <sstream>

#include "driver/ut/to_fpga.h"

namespace hx::capture {
namespace {

constexpr Endpoint kHost{0x0a000001, 40000};
constexpr Endpoint kBoard{0x0a000002, 1234};

std::vector<std::byte> frame(unsigned seq, unsigned type, std::vector<std::uint64_t> const& words) {
  std::vector<std::byte> out;
  auto const put = [&](std::uint64_t value, int bytes) {
    for (int i = bytes - 1; i >= 0; --i) out.push_back(static_cast<std::byte>(value >> (8 * i)));
  };
  put(255, 4);
  put(seq, 4);
  put(type, 2);
  put(words.size(), 2);
  for (std::uint64_t const word : words) put(word, 8);
  return out;
}

class Udp : public ::testing::Test {
 protected:
  Udp() { file_ = std::move(*PcapngWriter::create(path_, kLinkTypeIpv4, "udp")); }

  void packet(Direction direction, std::vector<std::byte> const& payload,
              Endpoint const& host = kHost) {
    std::vector<std::byte> bytes;
    bool const to_board = direction == Direction::kToFpga;
    encode_udp(to_board ? host : kBoard, to_board ? kBoard : host, payload, bytes);
    ASSERT_TRUE(file_->write(1, direction, bytes));
  }
  void reset(Endpoint const& host = kHost) {
    std::vector<std::byte> bytes;
    encode_udp(host, {kBoard.address, 45054}, std::vector(4, std::byte{0xab}), bytes);
    ASSERT_TRUE(file_->write(1, Direction::kToFpga, bytes));
  }
  std::vector<Exchange> sessions() {
    EXPECT_TRUE(file_->flush());
    Result<std::vector<Exchange>> found = read_exchanges(path_);
    EXPECT_TRUE(found) << found.error();
    return found ? *found : std::vector<Exchange>();
  }

  std::string path_ = ::testing::TempDir() + "exchange.pcapng";
  std::unique_ptr<PcapngWriter> file_;
};

constexpr auto kTo = Direction::kToFpga;
constexpr auto kFrom = Direction::kFromFpga;
using Words = std::vector<std::uint64_t>;

TEST_F(Udp, FramesArePutInOrderAndRepetitionsLeftOut) {
  reset();
  packet(kFrom, frame(0, 0x8002, {256, 128, 180, 1, 0}));
  packet(kTo, frame(0, 0x8001, {77}));
  packet(kTo, frame(2, 0x10, {3, 4}));
  packet(kTo, frame(1, 0x10, {1, 2}));
  packet(kTo, frame(2, 0x10, {3, 4}));
  packet(kFrom, frame(1, 0x10, {9}));
  packet(kTo, std::vector(4, std::byte{0}));
  packet(kTo, frame(4, 0x10, {5}));
  std::vector<Exchange> const found = sessions();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].words(kTo), (Words{1, 2, 3, 4}));
  EXPECT_EQ(found[0].words(kFrom), (Words{9}));
  EXPECT_EQ(found[0].repeated_frames, 1U);
  EXPECT_EQ(found[0].missing_frames, 1U);
  EXPECT_EQ(found[0].name, "10.0.0.2:1234 <- 10.0.0.1:40000");
}

TEST_F(Udp, AResetBeginsASessionButItsRepetitionDoesNot) {
  reset();
  reset();
  packet(kTo, frame(0, 0x10, {1}));
  reset();
  packet(kTo, frame(0, 0x10, {2}));
  reset({kHost.address, 40001});
  packet(kTo, frame(0, 0x10, {3}), {kHost.address, 40001});
  std::vector<Exchange> const found = sessions();
  ASSERT_EQ(found.size(), 3U);
  for (unsigned i = 0; i < 3; ++i) EXPECT_EQ(found[i].words(kTo), (Words{i + 1U}));
}

TEST_F(Udp, ACaptureThatBeganLateTakesTheNumbersAsTheyCome) {
  packet(kFrom, frame(200, 0x10, {8}));
  packet(kTo, frame(255, 0x10, {1}));
  packet(kTo, frame(0, 0x10, {2}));
  std::vector<Exchange> const found = sessions();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].words(kTo), (Words{1, 2}));
  EXPECT_EQ(found[0].words(kFrom), (Words{8}));
}

TEST_F(Udp, AnyBytesInThePacketsAreSurvived) {
  std::mt19937 random(11);
  reset();
  for (unsigned i = 0; i < 20000; ++i) {
    std::vector<std::byte> bytes;
    std::vector<std::byte> payload =
        frame(static_cast<unsigned>(random() % 300), random() % 3 ? 0x10 : 0x8001,
              Words(random() % 4, random()));
    payload.resize(random() % (payload.size() + 1));
    encode_udp(kHost, kBoard, payload, bytes);
    bytes[random() % bytes.size()] = static_cast<std::byte>(random());
    ASSERT_TRUE(file_->write(i, kTo, bytes));
  }
  EXPECT_GE(sessions().size(), 1U);
}

TEST(Exchange, WordsOfALinkComeBackInTheirOrder) {
  std::string const path = ::testing::TempDir() + "words.pcapng";
  auto writer = PcapngWriter::create(path, kLinkTypeWords, "twin:");
  std::vector<std::byte> packet;
  for (unsigned i = 0; i < 4; ++i) {
    Direction const direction = i == 2 ? kFrom : kTo;
    encode_words(direction, Words{i, 0x0102030405060708}, packet);
    ASSERT_TRUE((*writer)->write(i, direction, packet));
  }
  ASSERT_TRUE((*writer)->flush());
  Result<std::vector<Exchange>> const found = read_exchanges(path);
  ASSERT_TRUE(found) << found.error();
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->front().batches.size(), 3U);
  EXPECT_EQ(found->front().words(kTo),
            (Words{0, 0x0102030405060708, 1, 0x0102030405060708, 3, 0x0102030405060708}));
  EXPECT_EQ(found->front().words(kFrom), (Words{2, 0x0102030405060708}));
}

TEST(Exchange, ACaptureWithoutASessionIsRefused) {
  std::string const path = ::testing::TempDir() + "empty.pcapng";
  ASSERT_TRUE(PcapngWriter::create(path, kLinkTypeEthernet, "x"));
  EXPECT_EQ(read_exchanges(path).error().code, ErrorCode::kParse);
  EXPECT_EQ(read_exchanges(path + "?").error().code, ErrorCode::kNotFound);
}

TEST(Exchange, NamesMessageAndFieldOfTheFirstDifference) {
  Words const left = {ut::tick(), ut::omnibus_read(5)};
  EXPECT_EQ(first_difference(kTo, left, left), std::nullopt);
  EXPECT_EQ(first_difference(kTo, left, Words{ut::tick(), ut::omnibus_read(6)}),
            "message 1: OmnibusAddress, field address: 0x5 instead of 0x6");
  EXPECT_EQ(first_difference(kTo, left, Words{ut::tick()}),
            "message 1: OmnibusAddress address=0x5 byte_enables=0xf is_read=1 instead of the end");
  EXPECT_EQ(first_difference(kTo, Words{ut::tick()}, left),
            "message 1: the end instead of OmnibusAddress address=0x5 byte_enables=0xf is_read=1");
  // Three spikes and a halt against three other spikes: label of the second one.
  Words const spikes = {0x0c561234efabcd80, 0x0001020000000000, 0x0000800000000000};
  Words const others = {0x0c561234efabce80, 0x0001020000000000, 0x0000800000000000};
  EXPECT_EQ(first_difference(kFrom, spikes, others),
            "message 0: SpikePack3, field spike[1].label: 0xabcd instead of 0xabce");
}

TEST(Exchange, AFirstSpikeBeyond64BitsIsNamedToo) {
  Words const spikes = {0x0c561234efabcd80, 0x0001800000000000};
  Words const others = {0x0c571234efabcd80, 0x0001800000000000};
  EXPECT_EQ(first_difference(kFrom, spikes, others),
            "message 0: SpikePack3, field spike[0].timestamp: 0x56 instead of 0x57");
}

TEST(Exchange, NarratesMessagesThatAreCutAnywhere) {
  Narrator narrator(kFrom);
  EXPECT_TRUE(narrator.lines(Words{0x0c561234efabcd80}).empty());
  std::vector<std::string> const lines =
      narrator.lines(Words{0x0001020000000000, 0x0000800000000000});
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_NE(lines[0].find("spike[0].timestamp=0x56 spike[0].label=0x1234"), std::string::npos);
  EXPECT_EQ(lines[1], "Loopback tag=0");
  EXPECT_EQ(Narrator(kTo).lines(Words{0x7f00000000000000, ut::halt()}).back(),
            "SystemLoopback tag=0");
}

}  // namespace
}  // namespace hx::capture
