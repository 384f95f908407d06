// The board's side of a session against recorded hosts, and against a host over a bad network in virtual time.
#include "sim/server/session.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "sim/server/fault.h"

namespace hx::sim {
namespace {

using namespace std::chrono_literals;
using Bytes = std::vector<std::byte>;
using Words = std::vector<std::uint64_t>;

nlohmann::json frames_of(std::string const& name) {
  gzFile const file = gzopen(("tests/vectors/arq/" + name + ".json.gz").c_str(), "rb");
  EXPECT_NE(file, nullptr) << name;
  std::string text(1 << 20, '\0');
  text.resize(static_cast<std::size_t>(std::max(0, gzread(file, text.data(), 1 << 20))));
  gzclose(file);
  return nlohmann::json::parse(text).at("frames");
}

Bytes from_hex(std::string const& text) {
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    bytes.push_back(static_cast<std::byte>(std::stoi(text.substr(i, 2), nullptr, 16)));
  return bytes;
}

std::uint64_t number(Bytes const& bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i)
    value = value << 8 | static_cast<std::uint8_t>(bytes.at(at + i));
  return value;
}

Words payload(Bytes const& frame) {
  Words words;
  for (std::size_t at = 12; at < frame.size(); at += 8) words.push_back(number(frame, at, 8));
  return words;
}

std::vector<Bytes> drain(BoardSession& session, Time now) {
  std::vector<Bytes> out;
  while (auto const bytes = session.next(now)) out.emplace_back(bytes->begin(), bytes->end());
  return out;
}

// The first transmissions of the CFG frames, and the text in them.
std::vector<Bytes> cfg_frames(nlohmann::json const& frames) {
  std::vector<Bytes> cfg;
  for (nlohmann::json const& frame : frames) {
    if (frame.value("ptype", "") == "0x8002" && !frame.at("repeat"))
      cfg.push_back(from_hex(frame.at("udp_payload")));
  }
  return cfg;
}
std::string information(std::vector<Bytes> const& cfg) {
  std::string text;
  for (std::size_t i = 0; i < cfg.size(); ++i) {
    for (std::size_t at = i == 0 ? 44 : 12; at < cfg[i].size(); ++at)
      text += static_cast<char>(cfg[i][at]);
  }
  return text.substr(0, text.find('\0'));
}

class Recorded : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Vectors, Recorded,
                         ::testing::Values("ack_only", "cfg_multi_frame", "data_both_ways",
                                           "handshake", "max_frame", "retransmit_host"));

// The recorded host says what it said; its words come out once and in order, its loopback comes back, and every frame is acknowledged.
TEST_P(Recorded, TheHostIsAnswered) {
  nlohmann::json const frames = frames_of(GetParam());
  std::vector<Bytes> const cfg = cfg_frames(frames);
  BoardSession session(information(cfg));
  Words expected;
  Words found;
  std::vector<Bytes> sent;
  std::int64_t next_seq = 0;
  for (nlohmann::json const& frame : frames) {
    if (frame.at("direction") != "host_to_fpga") continue;
    Bytes const bytes = from_hex(frame.at("udp_payload"));
    Time const now(static_cast<std::int64_t>(frame.at("t_us").get<double>() * 1000));
    if (frame.at("port") == "reset") {
      ASSERT_TRUE(session.receive_reset(bytes));
    } else {
      session.receive(bytes, now);
    }
    if (frame.at("kind") == "data" && frame.at("seq") == next_seq % 256) {
      ++next_seq;
      Words const words = payload(bytes);
      if (frame.at("ptype") == "0x0010")
        expected.insert(expected.end(), words.begin(), words.end());
    }
    found.insert(found.end(), session.words().begin(), session.words().end());
    session.drop(session.words().size(), now);
    std::vector<Bytes> const answers =
        drain(session, now + 10us);  // the longest that an acknowledgement waits
    if (frame.at("port") == "reset") {
      EXPECT_EQ(answers, cfg);  // bit by bit what the recorded board has said
    } else if (frame.at("kind") == "data") {
      ASSERT_FALSE(answers.empty());
      EXPECT_EQ(number(answers.back(), 0, 4), static_cast<std::uint64_t>((next_seq + 255) % 256));
    }
    if (frame.value("ptype", "") == "0x8001" && !frame.at("repeat")) {
      EXPECT_EQ(number(answers.at(0), 8, 2), Window::kLoopback);
      EXPECT_EQ(payload(answers.at(0)), payload(bytes));
    }
  }
  EXPECT_EQ(found, expected);
  EXPECT_TRUE(next_seq > 0);
}

TEST(BoardSession, LongInformationTakesSeveralFrames) {
  std::string const text = "version: 1\ncompatible_until: 2\n" + std::string(5000, '#') + "\n";
  BoardSession session(text);
  EXPECT_TRUE(drain(session, 0us).empty());
  ASSERT_TRUE(session.receive_reset(Bytes(4, std::byte{0xab})));
  Words all;
  for (Bytes const& frame : drain(session, 0us)) {
    Words const words = payload(frame);
    all.insert(all.end(), words.begin(), words.end());
  }
  ASSERT_EQ(all.at(3), all.size() - 4);
  EXPECT_EQ(all.back() & 0xff, 0U);
  EXPECT_FALSE(session.receive_reset(Bytes(4, std::byte{0xaa})));
  EXPECT_FALSE(session.receive_reset(Bytes(5, std::byte{0xab})));
}

TEST(BoardSession, RepeatsTheOldestFrameAloneUntilItIsAcknowledged) {
  BoardSession session("x: 1\n");
  ASSERT_TRUE(session.receive_reset(Bytes(4, std::byte{0xab})));
  session.write(Words(1000, 7));
  EXPECT_EQ(drain(session, 0us).size(), 7U);
  EXPECT_EQ(session.deadline(), 1ms);
  for (Time now : {1ms, 3ms, 7ms}) {
    std::vector<Bytes> const again = drain(session, now);
    ASSERT_EQ(again.size(), 1U) << now.count();
    EXPECT_EQ(number(again[0], 4, 4), 0U);
  }
}

TEST(BoardSession, AFullQueueClosesTheWindowUntilWordsAreTaken) {
  BoardSession session("x: 1\n");
  ASSERT_TRUE(session.receive_reset(Bytes(4, std::byte{0xab})));
  Window host;
  host.reset();
  Words const some(180, 1);
  std::size_t given = 0;
  for (int i = 0; i < 8000; ++i) {  // 1.4 million words against a limit of a million
    if (host.write(Window::kUt, some) == 180) given += 180;
    while (auto const bytes = host.next(0us)) session.receive(*bytes, 0us);
    for (Bytes const& bytes : drain(session, 10us))
      host.receive(bytes, 0us, [](auto, auto) { return true; });
  }
  EXPECT_LE(session.words().size(), std::size_t{1} << 20);
  EXPECT_FALSE(host.all_acknowledged());
  std::size_t taken = session.words().size();
  session.drop(taken, 0us);
  for (int i = 0; i < 10; ++i) {  // what had waited on both sides
    for (Bytes const& bytes : drain(session, 20us))
      host.receive(bytes, 0us, [](auto, auto) { return true; });
    while (auto const bytes = host.next(0us)) session.receive(*bytes, 20us);
    taken += session.words().size();
    session.drop(session.words().size(), 20us);
  }
  EXPECT_EQ(taken, given);
  EXPECT_TRUE(host.all_acknowledged());
}

// A host and a board, words both ways over a bad network, in virtual time: every word once and in order, and no standstill.
void run_schedule(unsigned seed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  auto const pick = [&](unsigned count) { return static_cast<int>(random() % count); };
  FaultOptions const faults{.drop = pick(3) * 0.1,
                            .duplicate = pick(3) * 0.05,
                            .reorder = pick(3) * 0.1,
                            .corrupt = pick(2) * 0.02,
                            .delay = pick(3) * 1ms,
                            .seed = seed};
  FaultStage up(faults);
  FaultStage down(faults);
  BoardSession board("x: 1\n");
  ASSERT_TRUE(board.receive_reset(Bytes(4, std::byte{0xab})));
  Window host;
  host.reset();
  std::size_t const total = random() % 40000 + 1;
  std::size_t sent = 0;
  std::size_t echoed = 0;
  std::uint64_t expected = 0;
  std::uint64_t wrong = 0;
  Words echo;
  Time now = 0us;
  auto const sink = [&](std::uint16_t type, std::span<std::byte const> bytes) {
    if (type != Window::kUt) return true;
    Bytes const copy(bytes.begin(), bytes.end());
    for (std::size_t at = 0; at < copy.size(); at += 8) {
      wrong += number(copy, at, 8) == expected ? 0 : 1;
      ++expected;
    }
    return true;
  };
  while (expected < total) {
    ASSERT_LT(now, 600s) << expected << " of " << total;
    Words some;
    for (std::size_t i = 0; i < random() % 300 + 1 && sent + i < total; ++i)
      some.push_back(sent + i);
    sent += host.write(Window::kUt, some);
    while (auto const bytes = host.next(now)) up.push(*bytes, now);
    while (auto const bytes = up.pop(now)) board.receive(*bytes, now);
    echo.insert(echo.end(), board.words().begin(), board.words().end());
    board.drop(board.words().size(), now);
    echoed += board.write(std::span(echo).subspan(echoed));
    while (auto const bytes = board.next(now)) down.push(*bytes, now);
    while (auto const bytes = down.pop(now)) host.receive(*bytes, now, sink);
    Time const due = std::min({host.deadline(), board.deadline(), up.due(), down.due()});
    now = std::max(now + 1us, sent < total ? std::min(due, now + 20us) : std::min(due, now + 1s));
  }
  EXPECT_EQ(expected, total);
  EXPECT_EQ(wrong, 0U);
}

TEST(BoardSession, EveryWordOnceAndInOrderOverABadNetwork) {
  for (unsigned seed = 1; seed <= 3000; ++seed) run_schedule(seed);
}

TEST(BoardSession, AnyDatagramsLeaveItAlive) {
  std::mt19937 random(3);
  BoardSession session("x: 1\n");
  for (int i = 0; i < 200000; ++i) {
    Bytes bytes(random() % 40);
    for (std::byte& byte : bytes)
      byte = random() % 2 ? std::byte{0} : static_cast<std::byte>(random());
    if (i % 1000 == 0) session.receive_reset(Bytes(4, std::byte{0xab}));
    session.receive(bytes, Time(i));
    drain(session, Time(i));
    session.drop(random() % 10, Time(i));
    session.write(Words(random() % 5, 1));
  }
  EXPECT_TRUE(session.is_active());
}

}  // namespace
}  // namespace hx::sim
