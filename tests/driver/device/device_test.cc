// Runs against a link that answers as each test wants, wrongly in many ways.
#include "driver/device/device.h"

#include <gtest/gtest.h>

#include <functional>

#include "driver/link/zero_link.h"
#include "driver/ut/message.h"

namespace hx {
namespace {

using namespace std::chrono_literals;
using Messages = std::vector<ut::FromFpgaMessage>;
using Program64 = std::vector<std::uint64_t>;

/// Gives each program that ends with a halt to `answer` and delivers what it returns, a few words
/// at a time. An empty queue makes `receive` return 0 at once, as if the deadline had passed.
class ScriptedLink final : public Link {
 public:
  using Answer = std::function<Messages(Program64 const& program)>;
  explicit ScriptedLink(Answer answer) : answer_(std::move(answer)) {}

  Result<void> send(std::span<std::uint64_t const> words) override {
    if (send_error) return *send_error;
    for (std::uint64_t const word : words) {
      program_.push_back(word);
      if (word != ut::halt()) continue;
      programs.push_back(program_);
      program_.clear();
      deliver(answer_(programs.back()));
    }
    return {};
  }
  void deliver(Messages const& messages) {
    for (ut::FromFpgaMessage const& message : messages) encoder_.append(message);
    encoder_.flush();
    for (std::uint64_t const word : encoder_.take()) queue.push_back(word);
  }
  Result<std::size_t> receive(std::span<std::uint64_t> words, Deadline) override {
    if (receive_error) return *receive_error;
    std::size_t const count = std::min({words.size(), queue.size(), std::size_t{3}});
    std::copy_n(queue.begin(), count, words.begin());
    queue.erase(queue.begin(), queue.begin() + static_cast<std::ptrdiff_t>(count));
    return count;
  }
  [[nodiscard]] std::string describe() const override { return "scripted"; }
  [[nodiscard]] LinkStatistics statistics() const override { return {}; }

  std::vector<Program64> programs;
  std::vector<std::uint64_t> queue;
  std::optional<Error> send_error;
  std::optional<Error> receive_error;

 private:
  Answer answer_;
  ut::FromFpgaEncoder encoder_;
  Program64 program_;
};

/// What a correct FPGA answers: read data = address + 1, JTAG 5; a halt at the end.
Messages correct(Program64 const& words) {
  Messages answers;
  std::vector<ut::ToFpgaMessage> messages;
  ut::decode_messages(words, messages);
  for (ut::ToFpgaMessage const& message : messages) {
    if (message.code == ut::ToFpga::kOmnibusAddress && (message.payload >> 36) == 1) {
      answers.push_back(ut::omnibus_answer(static_cast<std::uint32_t>(message.payload) + 1));
    }
    if (message.code == ut::ToFpga::kJtagData && (message.payload >> 48) == 1) {
      answers.push_back(ut::jtag_answer(5));
    }
    if (message.code == ut::ToFpga::kSystemLoopback) {
      answers.push_back(message.payload == 1 ? ut::tick_answer() : ut::halt_answer());
    }
  }
  return answers;
}

struct Fixture {
  explicit Fixture(ScriptedLink::Answer answer) {
    auto owned = std::make_unique<ScriptedLink>(std::move(answer));
    link = owned.get();
    device = std::make_unique<Device>(std::move(owned));
  }
  ScriptedLink* link;
  std::unique_ptr<Device> device;
};

Deadline soon() {
  return Deadline::in(5ms);
}

bool contains(std::string const& text, std::string const& part) {
  return text.find(part) != std::string::npos;
}

Program three_reads() {
  Program program;
  program.read(0x10);
  program.read(0x20);
  program.read(0x30);
  program.barrier(ut::kBarrierOmnibus);
  return program;
}

TEST(Device, ReturnsAnswersByTicketWithTimes) {
  Fixture fixture([](Program64 const& program) {
    Messages answers = correct(program);
    std::uint32_t const event = ut::event_bits(200, 0x1234);
    answers.insert(answers.begin(), ut::event_pack(ut::FromFpga::kSpikePack1, {&event, 1}));
    answers.insert(answers.begin(), ut::systime(1000));
    return answers;
  });
  Program program;
  Ticket const a = program.read(0x10);
  Ticket const b = program.read(0x20);
  Ticket const tick = program.tick();
  Ticket const shift = program.jtag_exchange(32, 0);
  program.barrier(ut::kBarrierOmnibus);
  Result<Responses> const responses = fixture.device->run(program, soon());
  ASSERT_TRUE(responses) << responses.error().text();
  EXPECT_EQ(responses->value(a), 0x11u);
  EXPECT_EQ(responses->value(b), 0x21u);
  EXPECT_EQ(responses->value(tick), 1u);
  EXPECT_EQ(responses->value(shift), 5u);
  EXPECT_EQ(responses->fpga_time(a), FpgaCycles{1002});
  EXPECT_EQ(responses->fpga_time(b), FpgaCycles{1003});
  EXPECT_EQ(responses->fpga_time(tick), FpgaCycles{1004});
  ASSERT_EQ(responses->spikes.size(), 1u);
  EXPECT_EQ(responses->spikes.label[0], 0x1234);
  EXPECT_EQ(responses->spikes.chip_time[0], 996u);
  EXPECT_EQ(responses->health.words_sent, 6u);
  EXPECT_EQ(responses->health.late_messages, 0u);
  EXPECT_GT(responses->health.words_received, 5u);
  EXPECT_DEATH(static_cast<void>(responses->value({Ticket::Kind::kRead, 2})), "ticket");
}

TEST(Device, TimesCountFromZeroInEveryRun) {
  Fixture fixture(correct);
  Program program;
  Ticket const tick = program.tick();
  Responses responses;
  for (int run = 0; run < 3; ++run) {
    ASSERT_TRUE(fixture.device->run(program, soon(), responses));
    EXPECT_EQ(responses.fpga_time(tick), FpgaCycles{1});
    EXPECT_EQ(responses.ticks.size(), 1u);
  }
}

TEST(Device, RunsOnTheZeroLink) {
  Device device(std::make_unique<ZeroLink>());
  ASSERT_TRUE(device.init());
  Program program = three_reads();
  Result<Responses> const responses = device.run(program, Deadline::in(1s));
  ASSERT_TRUE(responses) << responses.error().text();
  EXPECT_EQ(responses->reads.size(), 3u);
}

TEST(Device, NamesTheFirstUnansweredRead) {
  Fixture fixture([](Program64 const&) {
    return Messages{ut::omnibus_answer(1), ut::omnibus_answer(2), ut::halt_answer()};
  });
  Result<Responses> const responses = fixture.device->run(three_reads(), soon());
  ASSERT_FALSE(responses);
  EXPECT_EQ(responses.error().code, ErrorCode::kProtocol);
  EXPECT_TRUE(contains(responses.error().message, "#2 read 0x00000030")) << responses.error();
  EXPECT_TRUE(contains(responses.error().message, "2 answers to 3 Omnibus reads"));
  EXPECT_TRUE(contains(responses.error().hint, "barrier"));
  EXPECT_EQ(fixture.device->failed_instruction(), 2u);
  EXPECT_FALSE(fixture.device->is_lost());
}

TEST(Device, RefusesAnswersToNothing) {
  Fixture fixture([](Program64 const&) {
    return Messages{ut::omnibus_answer(1), ut::halt_answer()};
  });
  Result<Responses> const responses = fixture.device->run(Program{}, soon());
  ASSERT_FALSE(responses);
  EXPECT_EQ(responses.error().code, ErrorCode::kProtocol);
  EXPECT_TRUE(contains(responses.error().message, "1 answers to 0 Omnibus reads"));

  Fixture ticks([](Program64 const&) { return Messages{ut::tick_answer(), ut::halt_answer()}; });
  EXPECT_EQ(ticks.device->run(Program{}, soon()).error().code, ErrorCode::kProtocol);
  Fixture jtag([](Program64 const&) { return Messages{ut::jtag_answer(0), ut::halt_answer()}; });
  EXPECT_EQ(jtag.device->run(Program{}, soon()).error().code, ErrorCode::kProtocol);
}

// An answer that comes too late must not be taken for the answer to the next program.
TEST(Device, DoesNotMixAnswersOfAFailedRunIntoTheNext) {
  int run = 0;
  Fixture fixture([&run](Program64 const& program) {
    ++run;
    if (run == 1) return Messages{ut::halt_answer()};  // the read is answered later
    Messages answers = correct(program);
    if (run == 2) answers.insert(answers.begin(), ut::omnibus_answer(0xdead));
    return answers;
  });
  Program program;
  Ticket const ticket = program.read(0x10);
  EXPECT_FALSE(fixture.device->run(program, soon()));
  Result<Responses> const second = fixture.device->run(program, soon());
  ASSERT_TRUE(second) << second.error();
  EXPECT_EQ(second->value(ticket), 0x11u);
  EXPECT_EQ(second->health.late_messages, 1u);
  // A barrier and a halt of their own went first.
  ASSERT_EQ(fixture.link->programs.size(), 3u);
  EXPECT_EQ(fixture.link->programs[1].size(), 2u);
}

TEST(Device, NamesTheInstructionThatTimedOut) {
  Fixture fixture([](Program64 const&) {
    return Messages{ut::omnibus_answer(1), ut::timeout_notification(3, 5, 2), ut::halt_answer()};
  });
  Result<Responses> const responses = fixture.device->run(three_reads(), soon());
  ASSERT_FALSE(responses);
  EXPECT_EQ(responses.error().code, ErrorCode::kHardware);
  EXPECT_EQ(responses.error().effect, Effect::kUnknown);
  EXPECT_TRUE(contains(responses.error().message, "#3 barrier omnibus")) << responses.error();
  EXPECT_TRUE(contains(responses.error().message, "first unanswered #1 read 0x00000020"));
  EXPECT_TRUE(contains(responses.error().message, "5 of the last 96"));
  EXPECT_EQ(fixture.device->failed_instruction(), 3u);

  Fixture beyond([](Program64 const&) {
    return Messages{ut::timeout_notification(99, 0, 0), ut::halt_answer()};
  });
  Result<Responses> const invalid = beyond.device->run(three_reads(), soon());
  ASSERT_FALSE(invalid);
  EXPECT_TRUE(contains(invalid.error().message, "#99 beyond the program")) << invalid.error();
}

TEST(Device, NamesTheStepOfAFailedInit) {
  InitOptions const options;
  std::size_t barrier = 0;
  while (init_step(options, barrier) != "wait for Omnibus idle (proves the link is up)") ++barrier;
  Fixture fixture([barrier](Program64 const&) {
    return Messages{ut::timeout_notification(static_cast<std::uint32_t>(barrier), 0, 0),
                    ut::halt_answer()};
  });
  Result<void> const done = fixture.device->init();
  ASSERT_FALSE(done);
  EXPECT_TRUE(contains(done.error().message, "proves the link is up")) << done.error();
  EXPECT_TRUE(contains(done.error().message, "barrier omnibus"));
}

TEST(Device, GivesUpAtTheDeadlineAndStaysUsable) {
  bool silent = true;
  Fixture fixture([&silent](Program64 const& program) {
    return silent ? Messages{ut::omnibus_answer(0xbad)} : correct(program);
  });
  auto const begin = std::chrono::steady_clock::now();
  Result<Responses> const responses = fixture.device->run(three_reads(), soon());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
  ASSERT_FALSE(responses);
  EXPECT_EQ(responses.error().code, ErrorCode::kTimeout);
  EXPECT_EQ(responses.error().effect, Effect::kUnknown);
  EXPECT_TRUE(contains(responses.error().message, "1 of 3 reads answered"));
  EXPECT_TRUE(contains(responses.error().message, "#1 read 0x00000020"));
  EXPECT_FALSE(fixture.device->is_lost());
  EXPECT_EQ(fixture.device->halts_outstanding(), 1u);

  // The rest of the old program arrives, before and behind the beginning of the next one.
  fixture.link->deliver({ut::omnibus_answer(0xbad), ut::omnibus_answer(0xbad), ut::halt_answer()});
  silent = false;
  Result<Responses> const second = fixture.device->run(three_reads(), soon());
  ASSERT_TRUE(second) << second.error();
  EXPECT_EQ(second->reads.value[0], 0x11u);
  EXPECT_EQ(second->health.late_messages, 2u);
  EXPECT_EQ(fixture.device->halts_outstanding(), 0u);
}

TEST(Device, DropsAnOldProgramThatEndsDuringTheNextRun) {
  int run = 0;
  Fixture fixture([&run](Program64 const& program) {
    if (++run == 1) return Messages{};
    Messages answers = correct(program);
    if (run == 2) answers.insert(answers.begin(), {ut::omnibus_answer(0xbad), ut::halt_answer()});
    return answers;
  });
  EXPECT_EQ(fixture.device->run(three_reads(), soon()).error().code, ErrorCode::kTimeout);
  Result<Responses> const second = fixture.device->run(three_reads(), soon());
  ASSERT_TRUE(second) << second.error();
  EXPECT_EQ(second->reads.value[0], 0x11u);
  EXPECT_EQ(second->health.late_messages, 1u);
}

TEST(Device, CountsLateEventsAndDropsThem) {
  Fixture fixture([](Program64 const& program) {
    Messages answers = correct(program);
    std::uint32_t const events[] = {ut::event_bits(1, 7), ut::event_bits(2, 8)};
    answers.push_back(ut::event_pack(ut::FromFpga::kSpikePack1, events));
    return answers;
  });
  Program const program = three_reads();
  Result<Responses> const first = fixture.device->run(program, soon());
  ASSERT_TRUE(first);
  EXPECT_EQ(first->spikes.size(), 0u);
  Result<Responses> const second = fixture.device->run(program, soon());
  ASSERT_TRUE(second);
  EXPECT_EQ(second->spikes.size(), 0u);
  EXPECT_EQ(second->health.late_messages, 2u);
}

TEST(Device, IsLostAfterAMessageThatIsNone) {
  Fixture fixture([](Program64 const&) { return Messages{}; });
  fixture.link->queue.push_back(0x0100000000000001);
  fixture.link->queue.push_back(0x0d00000000000000);
  Result<Responses> const responses = fixture.device->run(Program{}, soon());
  ASSERT_FALSE(responses);
  EXPECT_EQ(responses.error().code, ErrorCode::kProtocol);
  EXPECT_TRUE(contains(responses.error().message, "unknown header 13")) << responses.error();
  EXPECT_TRUE(fixture.device->is_lost());
  Result<Responses> const again = fixture.device->run(Program{}, soon());
  EXPECT_EQ(again.error().code, ErrorCode::kLinkLost);
  EXPECT_TRUE(contains(again.error().message, "unknown header 13"));
  EXPECT_EQ(fixture.device->init().error().code, ErrorCode::kLinkLost);
}

TEST(Device, IsLostWhenTheLinkBreaks) {
  Error const broken{.code = ErrorCode::kLinkLost, .message = "cable pulled", .hint = "plug it in"};
  Fixture sending(correct);
  sending.link->send_error = broken;
  Result<Responses> const sent = sending.device->run(three_reads(), soon());
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, ErrorCode::kLinkLost);
  EXPECT_EQ(sent.error().effect, Effect::kUnknown);
  EXPECT_TRUE(contains(sent.error().message, "cable pulled"));
  EXPECT_EQ(sent.error().hint, "plug it in");
  EXPECT_TRUE(sending.device->is_lost());

  Fixture receiving(correct);
  ASSERT_TRUE(receiving.device->run(three_reads(), soon()));
  receiving.link->receive_error = broken;
  EXPECT_EQ(receiving.device->run(three_reads(), soon()).error().code, ErrorCode::kLinkLost);
  EXPECT_TRUE(receiving.device->is_lost());
}

TEST(Device, ReportsTimesBeyondTheirRange) {
  Fixture fixture([](Program64 const& program) {
    Messages answers = correct(program);
    answers.insert(answers.begin(), ut::systime((std::uint64_t{1} << 43) - 1));
    return answers;
  });
  Result<Responses> const responses = fixture.device->run(three_reads(), soon());
  ASSERT_FALSE(responses);
  EXPECT_EQ(responses.error().code, ErrorCode::kOutOfRange);
}

TEST(Device, WarnsOfLaneErrorsAndOfLongPrograms) {
  Fixture fixture([](Program64 const&) {
    return Messages{ut::link_notification(0x70), ut::link_notification(0xa4), ut::halt_answer()};
  });
  Program program;
  std::vector<std::uint64_t> const waits(Program::kPlaybackMemory, ut::wait_until(0));
  ASSERT_TRUE(program.append_words(waits));
  EXPECT_FALSE(program.fits_playback_memory());
  Result<Responses> const responses = fixture.device->run(program, soon());
  ASSERT_TRUE(responses) << responses.error();
  ASSERT_EQ(responses->health.warnings.size(), 2u);
  EXPECT_TRUE(contains(responses->health.warnings[0], "playback memory"));
  EXPECT_TRUE(contains(responses->health.warnings[1], "lane 5"));
  EXPECT_EQ(responses->notifications.size(), 2u);
}

}  // namespace
}  // namespace hx
