#include <gtest/gtest.h>

#include <array>

#include "driver/link/deadline.h"
#include "driver/link/registry.h"
#include "driver/link/uri.h"
#include "driver/link/zero_link.h"
#include "driver/ut/from_fpga.h"
#include "driver/ut/to_fpga.h"

namespace hx {
namespace {

using namespace std::chrono_literals;

TEST(Uri, SplitsSchemePathAndQuery) {
  Result<Uri> const uri = Uri::parse("usb:04b4:00f1?capture=a%20b.pcapng&fault=drop:0.02,seed:7&x");
  ASSERT_TRUE(uri) << uri.error().text();
  EXPECT_EQ(uri->scheme, "usb");
  EXPECT_EQ(uri->path, "04b4:00f1");
  EXPECT_EQ(uri->get("capture"), "a b.pcapng");
  EXPECT_EQ(uri->get("fault"), "drop:0.02,seed:7");
  EXPECT_EQ(uri->get("x"), "");
  EXPECT_FALSE(uri->get("y"));
}

TEST(Uri, ComesBackFromItsText) {
  for (char const* text : {"sim:", "sim:small", "sim:?trace=run.fst", "udp:192.168.5.1?a=1&b=2&c",
                           "replay:%2fa%3fb?k%26=100%25"}) {
    Result<Uri> const uri = Uri::parse(text);
    ASSERT_TRUE(uri) << uri.error().text();
    Result<Uri> const again = Uri::parse(uri->text());
    ASSERT_TRUE(again) << uri->text();
    EXPECT_EQ(*again, *uri) << text << " " << uri->text();
  }
}

TEST(Uri, RefusesWhatIsNoTarget) {
  for (char const* text : {"", "sim", ":x", "Sim:", "1a:", "a b:", "sim:?=1", "sim:?a=1&a=2",
                           "sim:%2", "sim:%zz", "sim:?a=%", "sim:?&a"}) {
    Result<Uri> const uri = Uri::parse(text);
    ASSERT_FALSE(uri) << text;
    EXPECT_EQ(uri.error().code, ErrorCode::kParse);
  }
}

TEST(Uri, NamesTheNearestOption) {
  Uri const uri = *Uri::parse("sim:?trase=run.fst");
  EXPECT_TRUE(uri.allow_only({"trase"}));
  Result<void> const refused = uri.allow_only({"trace", "seed"});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("'trase'"), std::string::npos);
  EXPECT_NE(refused.error().hint.find("'trace'"), std::string::npos);
}

TEST(Registry, OpensByScheme) {
  Registry registry;
  add_zero_target(registry);
  registry.add("broken", [](Uri const&) -> Result<std::unique_ptr<Link>> {
    return Error{.code = ErrorCode::kIo, .message = "no such device"};
  });
  EXPECT_EQ(registry.schemes(), (std::vector<std::string>{"broken", "zero"}));
  EXPECT_NE(registry.help("zero").find("zero:"), std::string::npos);

  Result<std::unique_ptr<Link>> const link = registry.open("zero:");
  ASSERT_TRUE(link);
  EXPECT_NE((*link)->describe().find("zero"), std::string::npos);

  Result<std::unique_ptr<Link>> const broken = registry.open("broken:x");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, ErrorCode::kIo);
  EXPECT_NE(broken.error().message.find("no such device"), std::string::npos);
}

TEST(Registry, SuggestsTheNearestScheme) {
  Registry registry;
  add_zero_target(registry);
  Result<std::unique_ptr<Link>> const link = registry.open("zreo:");
  ASSERT_FALSE(link);
  EXPECT_EQ(link.error().code, ErrorCode::kNotFound);
  EXPECT_NE(link.error().hint.find("'zero:'"), std::string::npos);
  EXPECT_EQ(registry.open("zero").error().code, ErrorCode::kParse);
  EXPECT_EQ(registry.open("zero:x").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(registry.open("zero:?x").error().code, ErrorCode::kInvalidArgument);
  EXPECT_DEATH(registry.add("zero",
                            [](Uri const&) -> Result<std::unique_ptr<Link>> {
                              return Error{.code = ErrorCode::kIo};
                            }),
               "added twice");
}

TEST(Deadline, PassesAndStaysInRange) {
  EXPECT_TRUE(Deadline::now().passed());
  EXPECT_TRUE(Deadline::in(-1s).passed());
  EXPECT_EQ(Deadline::now().left().count(), 0);
  EXPECT_FALSE(Deadline::in(std::chrono::duration<double>(1e300)).passed());
  EXPECT_GT(Deadline::in(10s).left(), 9s);
}

TEST(ZeroLink, AnswersLoopbacksReadsAndKeptShifts) {
  ZeroLink link;
  std::array const program = {ut::tick(),
                              ut::omnibus_read(5),
                              ut::omnibus_write_address(5),
                              ut::omnibus_data(7),
                              ut::jtag_data(8, 0xff, true),
                              ut::jtag_data(8, 0xff, false),
                              ut::spike(1),
                              ut::halt()};
  ASSERT_TRUE(link.send(program));
  ut::FromFpgaDecoder decoder;
  ut::Received received;
  std::array<std::uint64_t, 1> word{};
  bool is_halt = false;
  while (!is_halt) {
    Result<std::size_t> const count = link.receive(word, Deadline::in(1s));
    ASSERT_TRUE(count) << count.error().text();
    is_halt = decoder.decode(word, received).stop == ut::FromFpgaDecoder::Stop::kHalt;
  }
  EXPECT_EQ(received.ticks.size(), 1u);
  ASSERT_EQ(received.reads.size(), 1u);
  EXPECT_EQ(received.reads.value[0], 0u);
  EXPECT_EQ(received.jtag.size(), 1u);
  EXPECT_EQ(received.spikes.size(), 0u);
  EXPECT_EQ(link.statistics().words_sent, program.size());

  EXPECT_EQ(*link.receive(word, Deadline::now()), 0u);
  Result<std::size_t> const waiting = link.receive(word, Deadline::in(1s));
  ASSERT_FALSE(waiting);
  EXPECT_EQ(waiting.error().code, ErrorCode::kProtocol);
}

TEST(ZeroLink, EndsAtAWordThatIsNoInstruction) {
  ZeroLink link;
  std::array const words = {ut::tick(), std::uint64_t{0x10} << 56};
  Result<void> const sent = link.send(words);
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, ErrorCode::kProtocol);
  EXPECT_EQ(link.send({}).error().code, ErrorCode::kLinkLost);
}

}  // namespace
}  // namespace hx
