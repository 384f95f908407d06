#include "driver/capture/pcapng.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <random>
#include <sstream>
#include <string>

namespace hx::capture {
namespace {

std::string file(std::string const& name) {
  return ::testing::TempDir() + name;
}

std::string content(std::string const& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Packets up to the end or the first error.
std::pair<std::vector<Packet>, std::string> read(std::string const& bytes) {
  PcapngReader reader(std::make_unique<std::istringstream>(bytes));
  std::vector<Packet> packets;
  while (true) {
    Result<std::optional<Packet>> packet = reader.next();
    if (!packet) return {packets, packet.error().message};
    if (!*packet) return {packets, ""};
    packets.push_back(**packet);
  }
}

std::string three_packets() {
  std::string const path = file("three.pcapng");
  auto writer = PcapngWriter::create(path, kLinkTypeIpv4, "board");
  EXPECT_TRUE(writer);
  std::array const bytes = {std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}, std::byte{5}};
  for (unsigned i = 0; i < 3; ++i) {
    EXPECT_TRUE((*writer)->write(1'700'000'000'123'456'789U + i,
                                 i == 1 ? Direction::kFromFpga : Direction::kToFpga,
                                 std::span(bytes).first(3 + i)));
  }
  EXPECT_TRUE((*writer)->flush());
  return content(path);
}

TEST(Pcapng, ReadsWhatItHasWritten) {
  auto const [packets, error] = read(three_packets());
  EXPECT_EQ(error, "");
  ASSERT_EQ(packets.size(), 3U);
  for (unsigned i = 0; i < 3; ++i) {
    EXPECT_EQ(packets[i].time_ns, 1'700'000'000'123'456'789U + i);
    EXPECT_EQ(packets[i].link_type, kLinkTypeIpv4);
    EXPECT_EQ(packets[i].direction, i == 1 ? Direction::kFromFpga : Direction::kToFpga);
    EXPECT_EQ(packets[i].bytes.size(), 3 + i);
    EXPECT_EQ(packets[i].bytes.back(), static_cast<std::byte>(3 + i));
    EXPECT_TRUE(packets[i].is_complete);
  }
}

TEST(Pcapng, ReadsTheOtherByteOrderAndMicroseconds) {
  // Section, Ethernet interface without options, one packet of two bytes at 3.000005 s; big-endian.
  unsigned char const bytes[] = {
      0x0a, 0x0d, 0x0d, 0x0a, 0,    0,    0,    28, 0x1a, 0x2b, 0x3c, 0x4d, 0, 1,  0,    0,    0xff,
      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0,  0,    0,    28,   0,    0, 0,  1,    0,    0,
      0,    20,   0,    1,    0,    0,    0,    0,  0,    0,    0,    0,    0, 20, 0,    0,    0,
      6,    0,    0,    0,    36,   0,    0,    0,  0,    0,    0,    0,    0, 0,  0x2d, 0xc6, 0xc5,
      0,    0,    0,    2,    0,    0,    0,    9,  0xaa, 0xbb, 0,    0,    0, 0,  0,    36};
  auto const [packets, error] = read({reinterpret_cast<char const*>(bytes), sizeof bytes});
  EXPECT_EQ(error, "");
  ASSERT_EQ(packets.size(), 1U);
  EXPECT_EQ(packets[0].time_ns, 3'000'005'000U);
  EXPECT_EQ(packets[0].link_type, kLinkTypeEthernet);
  EXPECT_FALSE(packets[0].direction);
  EXPECT_FALSE(packets[0].is_complete);
  EXPECT_EQ(packets[0].bytes, (std::vector{std::byte{0xaa}, std::byte{0xbb}}));
}

TEST(Pcapng, AFileThatWasCutGivesWhatIsInFrontOfTheCut) {
  std::string const whole = three_packets();
  std::size_t least = 3;
  for (std::size_t size = whole.size() - 1; size > 0; --size) {
    auto const [packets, error] = read(whole.substr(0, size));
    EXPECT_LE(packets.size(), least);
    least = packets.size();
  }
  EXPECT_EQ(least, 0U);
  auto const [packets, error] = read(whole.substr(0, whole.size() - 1));
  EXPECT_EQ(packets.size(), 2U);
  EXPECT_NE(error.find("ends in the middle"), std::string::npos) << error;
}

TEST(Pcapng, RefusesWhatItIsNot) {
  EXPECT_NE(read("no capture at all").second.find("not a pcapng file"), std::string::npos);
  std::string huge = three_packets();
  huge[4] = huge[5] = huge[6] = static_cast<char>(0xff);
  EXPECT_NE(read(huge).second.find("block of"), std::string::npos);
  EXPECT_EQ(PcapngReader::open(file("is/not/there")).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(PcapngWriter::create(file("is/not/there"), 1, "").error().code, ErrorCode::kIo);
}

TEST(Pcapng, AnyBytesEndWithAnErrorOrPackets) {
  std::string const whole = three_packets();
  std::mt19937 random(5);
  for (int trial = 0; trial < 20000; ++trial) {
    std::string bytes = whole;
    for (unsigned k = random() % 4 + 1; k > 0; --k)
      bytes[random() % bytes.size()] = static_cast<char>(random());
    EXPECT_LE(read(bytes).first.size(), 3U);
  }
}

}  // namespace
}  // namespace hx::capture
