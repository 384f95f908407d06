// A served board on the loopback interface: sessions, take-over, garbage, floods, a bad network.
#include "sim/server/board.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <sstream>
#include <thread>

#include "driver/link/zero_link.h"
#include "driver/ut/to_fpga.h"
#include "sim/targets/twin_target.h"
#include "tests/sim/server/udp_client.h"

namespace hx::sim {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::uint64_t>;

std::vector<std::byte> bytes_of(std::size_t size, std::mt19937& random) {
  std::vector<std::byte> bytes(size);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
  return bytes;
}

class Boards : public ::testing::Test {
 protected:
  Boards() {
    add_zero_target(registry_);
    add_twin_target(registry_);
  }
  std::unique_ptr<Board> serve(std::string const& target, std::string const& fault = "") {
    Result<FaultOptions> const faults = parse_faults(fault);
    EXPECT_TRUE(faults) << faults.error();
    Result<std::unique_ptr<Board>> board =
        Board::start({.port = 0, .target = target, .fault = *faults}, registry_, log_);
    EXPECT_TRUE(board) << board.error();
    return std::move(*board);
  }
  static std::unique_ptr<UdpClient> connect(Board const& board) {
    Result<std::unique_ptr<UdpClient>> client = UdpClient::open("127.0.0.1", board.port());
    EXPECT_TRUE(client) << client.error();
    return std::move(*client);
  }
  // As many answers as the words have; fewer if they do not come.
  static Words talk(Link& link, Words const& words, std::size_t answers) {
    Result<void> const sent = link.send(words);
    EXPECT_TRUE(sent) << sent.error();
    Words all(answers);
    std::size_t have = 0;
    while (have < answers) {
      Result<std::size_t> const count =
          link.receive(std::span(all).subspan(have), Deadline::in(60s));
      EXPECT_TRUE(count) << count.error();
      if (!count || *count == 0) break;
      have += *count;
    }
    all.resize(have);
    return all;
  }
  static Words ticks(std::size_t count) {
    Words words(count, ut::tick());
    words.push_back(ut::halt());
    return words;
  }

  Registry registry_;
  std::ostringstream out_;
  Log log_{&out_};
};

TEST_F(Boards, AnswerAsTheTargetInTheSameProcess) {
  Words program = {ut::timer_setup(),
                   ut::omnibus_write_address(0x88000007),
                   ut::omnibus_data(77),
                   ut::wait_until(1000),
                   ut::omnibus_read(0x88000007),
                   ut::omnibus_read(0x8800000c),
                   ut::barrier(ut::kBarrierOmnibus),
                   ut::halt()};
  std::unique_ptr<Link> const local = *registry_.open("twin:");
  Words const expected = talk(*local, program, 3);
  auto const board = serve("twin:");
  auto const client = connect(*board);
  EXPECT_NE(client->information().find("version: 1\ncompatible_until: 2\n"), std::string::npos);
  EXPECT_NE(client->information().find("target: \"twin:\""), std::string::npos);
  EXPECT_EQ(talk(*client, program, 3), expected);
  EXPECT_EQ(talk(*client, program, 3), talk(*local, program, 3));
}

TEST_F(Boards, CarryAMillionWordsBothWays) {
  auto const board = serve("zero:");
  auto const client = connect(*board);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(talk(*client, ticks(100000), 100001).size(), 100001U);
  EXPECT_EQ(client->statistics().words_received, 1000010U);
}

TEST_F(Boards, EverySessionFindsABoardJustPoweredOn) {
  auto const board = serve("twin:");
  for (std::uint64_t i = 0; i < 5; ++i) {
    auto const client = connect(*board);
    Words const found = talk(*client,
                             {ut::omnibus_read(0x88000009), ut::omnibus_write_address(0x88000009),
                              ut::omnibus_data(5), ut::barrier(ut::kBarrierOmnibus), ut::halt()},
                             2);
    EXPECT_EQ(found.at(0) & 0xffffffff, 1250000U);
  }
  EXPECT_EQ(board->status().sessions, 5U);
}

TEST_F(Boards, ASecondHostTakesTheBoardOver) {
  auto const board = serve("zero:");
  auto const first = connect(*board);
  talk(*first, ticks(1), 2);
  auto const second = connect(*board);
  EXPECT_EQ(talk(*second, ticks(1000), 1001).size(), 1001U);
  // The first one is a stranger now, and disturbs nobody.
  first->abandon();
  ASSERT_TRUE(first->send(ticks(100)));
  EXPECT_EQ(talk(*second, ticks(1000), 1001).size(), 1001U);
  EXPECT_NE(out_.str().find("taken over from"), std::string::npos) << out_.str();
}

TEST_F(Boards, GarbageStaleFramesAndFloodsChangeNothing) {
  auto const board = serve("zero:");
  auto const stranger = connect(*board);
  stranger->abandon();
  auto const client = connect(*board);
  std::mt19937 random(7);
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 200; ++i) {
      // To the data port from the session's own host: nothing that is a frame by chance.
      std::vector<std::byte> bytes = bytes_of(random() % 1600, random);
      if (bytes.size() == 4) bytes.push_back(std::byte{1});
      if (bytes.size() > 4) bytes[4] = std::byte{0xff};
      client->send_raw(bytes, false);
      client->send_raw(bytes_of(random() % 4, random), true);
      // A whole frame of the session before.
      if (i % 40 == 0) {
        ASSERT_TRUE(stranger->send({{ut::tick()}}));
      }
    }
    EXPECT_EQ(talk(*client, ticks(100), 101).size(), 101U);
  }
  EXPECT_EQ(talk(*client, ticks(10000), 10001).size(), 10001U);
  EXPECT_EQ(client->statistics().words_received, 20 * 101 + 10001U);
}

TEST_F(Boards, HalfSessionsAndFloodsOfResetsLeaveItReady) {
  auto const board = serve("twin:");
  std::array<std::byte, 4> magic;
  magic.fill(std::byte{0xab});
  for (int i = 0; i < 20; ++i) {
    auto const client = connect(*board);
    ASSERT_TRUE(client->send({{ut::timer_setup(), ut::wait_until(0xffffffff)}}));
    if (i % 2 == 0) {
      ASSERT_TRUE(client->send({{ut::halt()}}));
    }
    client->abandon();
  }
  auto const flooder = connect(*board);
  for (int i = 0; i < 5000; ++i) flooder->send_raw(magic, true);
  flooder->abandon();
  auto const client = connect(*board);
  EXPECT_EQ(talk(*client, ticks(10), 11).size(), 11U);
}

TEST_F(Boards, ABadNetworkChangesNoWord) {
  for (unsigned seed = 1; seed <= 4; ++seed) {
    auto const board =
        serve("twin:", "drop:0.1,dup:0.05,reorder:0.1,corrupt:0.02,delay:500us,seed:" +
                           std::to_string(seed));
    auto const client = connect(*board);
    Words program(3000, ut::tick());
    for (std::size_t i = 0; i < 3000; i += 3) program[i] = ut::omnibus_read(0x88000009);
    program.push_back(ut::barrier(ut::kBarrierOmnibus));
    program.push_back(ut::halt());
    std::unique_ptr<Link> const local = *registry_.open("twin:");
    EXPECT_EQ(talk(*client, program, 3001), talk(*local, program, 3001)) << "seed " << seed;
  }
}

TEST_F(Boards, ATargetThatFailsIsLoggedAndTheNextSessionIsServed) {
  auto const board = serve("broken:");
  auto const client = connect(*board);
  client->abandon();
  ASSERT_TRUE(client->send({{ut::halt()}}));
  while (board->status().executor.failures == 0) std::this_thread::yield();
  auto const again = connect(*board);
  EXPECT_NE(again->information().find("broken:"), std::string::npos);
  again->abandon();
}

TEST_F(Boards, SeveralServeAtOnceAndAnAddressOnlyOnce) {
  auto const first = serve("zero:");
  auto const second = serve("twin:");
  EXPECT_NE(first->port(), second->port());
  auto const a = connect(*first);
  auto const b = connect(*second);
  EXPECT_EQ(talk(*a, ticks(5), 6).size(), 6U);
  EXPECT_EQ(talk(*b, ticks(5), 6).size(), 6U);
  Result<std::unique_ptr<Board>> const taken =
      Board::start({.port = first->port()}, registry_, log_);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, ErrorCode::kIo);
  EXPECT_EQ(Board::start({.address = "no address"}, registry_, log_).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(Board::start({.port = 0, .target = "no target"}, registry_, log_).error().code,
            ErrorCode::kParse);
}

TEST_F(Boards, ACaptureHoldsTheSession) {
  std::string const path = ::testing::TempDir() + "board.pcapng";
  Words const program = ticks(500);
  {
    auto capture = std::make_shared<SharedCapture>(
        *capture::PcapngWriter::create(path, capture::kLinkTypeIpv4, "test"));
    std::unique_ptr<Board> const board =
        *Board::start({.port = 0, .target = "zero:", .capture = capture}, registry_, log_);
    talk(*connect(*board), program, 501);
  }
  Result<std::vector<capture::Exchange>> const found = capture::read_exchanges(path);
  ASSERT_TRUE(found) << found.error();
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->front().words(capture::Direction::kToFpga), program);
  EXPECT_EQ(found->front().words(capture::Direction::kFromFpga).size(), 501U);
}

}  // namespace
}  // namespace hx::sim
