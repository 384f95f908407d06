#include "driver/link/decorate.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "driver/capture/exchange.h"
#include "driver/link/registry.h"
#include "driver/link/replay_link.h"
#include "driver/link/zero_link.h"
#include "driver/ut/to_fpga.h"

namespace hx {
namespace {

using Words = std::vector<std::uint64_t>;

class Decorated : public ::testing::Test {
 protected:
  Decorated() {
    add_zero_target(registry_);
    add_replay_target(registry_);
  }

  // Sends the words and returns what is answered until nothing more is.
  static Words talk(Link& link, Words const& words) {
    Result<void> const sent = link.send(words);
    EXPECT_TRUE(sent) << sent.error();
    Words all;
    Words some(5);
    while (true) {
      Result<std::size_t> const count = link.receive(some, Deadline::now());
      EXPECT_TRUE(count) << count.error();
      if (!count || *count == 0) return all;
      all.insert(all.end(), some.begin(), some.begin() + static_cast<std::ptrdiff_t>(*count));
    }
  }
  std::unique_ptr<Link> open(std::string const& uri) {
    Result<std::unique_ptr<Link>> link = registry_.open(uri);
    EXPECT_TRUE(link) << link.error();
    return std::move(*link);
  }

  Registry registry_;
  std::string capture_ = ::testing::TempDir() + "run.pcapng";
  Words program_ = {ut::tick(), ut::omnibus_read(5), ut::omnibus_write_address(7),
                    ut::omnibus_data(1), ut::halt()};
};

TEST_F(Decorated, ACaptureHoldsBothDirections) {
  Words answers;
  {
    auto const link = open("zero:?capture=" + capture_);
    answers = talk(*link, program_);
    EXPECT_NE(link->describe().find(capture_), std::string::npos);
    EXPECT_EQ(link->statistics().words_sent, 5U);
  }
  Result<std::vector<capture::Exchange>> const found = capture::read_exchanges(capture_);
  ASSERT_TRUE(found) << found.error();
  EXPECT_EQ(found->front().words(capture::Direction::kToFpga), program_);
  EXPECT_EQ(found->front().words(capture::Direction::kFromFpga), answers);
  EXPECT_EQ(answers.size(), 3U);
}

TEST_F(Decorated, AReplayAnswersAsRecorded) {
  Words const first = talk(*open("zero:?capture=" + capture_), program_);
  auto const link = open("replay:" + capture_);
  EXPECT_EQ(talk(*link, {program_.begin(), program_.begin() + 4}), Words());
  EXPECT_EQ(talk(*link, {program_.begin() + 4, program_.end()}), first);
  Words some(1);
  Result<std::size_t> const more = link->receive(some, Deadline::in(std::chrono::hours{1}));
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code, ErrorCode::kProtocol);
  EXPECT_NE(more.error().message.find("no more answers"), std::string::npos);
}

TEST_F(Decorated, AReplayFailsAtTheFirstDifferenceAndNamesIt) {
  talk(*open("zero:?capture=" + capture_), program_);
  auto const link = open("replay:" + capture_);
  Words other = program_;
  other[2] = ut::omnibus_write_address(8);
  Result<void> const sent = link->send(other);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, ErrorCode::kProtocol);
  EXPECT_NE(sent.error().message.find(
                "message 2 to the FPGA: OmnibusAddress, field address: 0x8 instead of 0x7"),
            std::string::npos)
      << sent.error();
  EXPECT_EQ(link->send(program_).error().code, ErrorCode::kLinkLost);
  Words some(1);
  EXPECT_EQ(link->receive(some, Deadline::now()).error().code, ErrorCode::kLinkLost);
}

TEST_F(Decorated, AReplayFailsBehindItsEnd) {
  talk(*open("zero:?capture=" + capture_), program_);
  auto const link = open("replay:" + capture_);
  talk(*link, program_);
  Result<void> const sent = link->send(program_);
  ASSERT_FALSE(sent);
  EXPECT_NE(
      sent.error().message.find("message 5 to the FPGA: SystemLoopback tag=1 instead of the end"),
      std::string::npos)
      << sent.error();
}

TEST_F(Decorated, ATraceIsTheMessagesAsText) {
  std::string const path = ::testing::TempDir() + "run.txt";
  talk(*open("zero:?trace=" + path), program_);
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_NE(text.str().find(" > OmnibusAddress address=0x5 byte_enables=0xf is_read=1\n"),
            std::string::npos)
      << text.str();
  EXPECT_NE(text.str().find(" < OmnibusData data=0x0\n"), std::string::npos) << text.str();
}

TEST_F(Decorated, BothAtOnceAndToTheErrorOutput) {
  ::testing::internal::CaptureStderr();
  talk(*open("zero:?trace&capture=" + capture_), program_);
  EXPECT_NE(::testing::internal::GetCapturedStderr().find("> SystemLoopback tag=0"),
            std::string::npos);
  EXPECT_TRUE(capture::read_exchanges(capture_));
}

TEST_F(Decorated, RefusesFilesThatCannotBe) {
  EXPECT_EQ(registry_.open("zero:?capture=/is/not/there").error().code, ErrorCode::kIo);
  EXPECT_EQ(registry_.open("zero:?trace=/is/not/there").error().code, ErrorCode::kIo);
  EXPECT_EQ(registry_.open("zero:?capture").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(registry_.open("replay:/is/not/there").error().code, ErrorCode::kNotFound);
  talk(*open("zero:?capture=" + capture_), program_);
  EXPECT_EQ(registry_.open("replay:" + capture_ + "?session=2").error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_TRUE(registry_.open("replay:" + capture_ + "?session=1"));
}

TEST_F(Decorated, WavesAreLeftToTheTarget) {
  Uri uri = *Uri::parse("sim:?trace=run.fst&capture=a.pcapng");
  EXPECT_EQ(*take_decorations(uri), (Decorations{.capture = "a.pcapng", .trace = std::nullopt}));
  EXPECT_EQ(uri.get("trace"), "run.fst");
}

}  // namespace
}  // namespace hx
