// Every line of the reference vectors, through all codecs of driver/ut.
#include "tests/driver/ut/vectors.h"

#include <gtest/gtest.h>

#include "driver/ut/from_fpga.h"
#include "driver/ut/message.h"

namespace hx::ut {
namespace {

using Json = nlohmann::json;

std::vector<Json> vector_lines(std::string const& name, std::size_t expected) {
  std::vector<Json> lines = read_json_lines("tests/vectors/ut/" + name + ".jsonl.gz");
  EXPECT_EQ(lines.size(), expected);
  return lines;
}

template <typename Message>
std::vector<Message> messages_of(Json const& line, Message (*parse)(Json const&)) {
  std::vector<Message> messages;
  for (Json const& object : line.at("messages")) messages.push_back(parse(object));
  return messages;
}

bool flushes_after(Json const& line, std::size_t index) {
  if (!line.contains("flush_after")) return false;
  for (Json const& place : line["flush_after"]) {
    if (place == index) return true;
  }
  return false;
}

Received decode_all(std::span<std::uint64_t const> words,
                    FromFpgaDecoder::Progress* end = nullptr) {
  FromFpgaDecoder decoder;
  Received received;
  std::size_t taken = 0;
  FromFpgaDecoder::Progress progress;
  do {
    progress = decoder.decode(words.subspan(taken), received);
    taken += progress.words;
  } while (progress.stop == FromFpgaDecoder::Stop::kHalt);
  progress.words = taken;
  if (end != nullptr) *end = progress;
  return received;
}

TEST(UtVectors, EncodesEveryLineToTheFpga) {
  for (Json const& line : vector_lines("ut_to_fpga", 612)) {
    std::vector<ToFpgaMessage> const messages = messages_of(line, to_fpga_message);
    std::vector<std::uint64_t> words(messages.size());
    encode_messages(messages, words);
    ASSERT_EQ(words, words_of(line)) << line;

    std::vector<ToFpgaMessage> decoded;
    DecodeEnd const end = decode_messages(words, decoded);
    EXPECT_FALSE(end.unknown_header);
    EXPECT_EQ(decoded, messages) << line;
    EXPECT_EQ(decoded.size(), line["decoded"].get<std::size_t>());
  }
}

TEST(UtVectors, EncodesAndDecodesEveryLineFromTheFpga) {
  for (Json const& line : vector_lines("ut_from_fpga", 520)) {
    std::vector<FromFpgaMessage> messages = messages_of(line, from_fpga_message);
    FromFpgaEncoder encoder;
    for (std::size_t i = 0; i < messages.size(); ++i) {
      encoder.append(messages[i]);
      if (flushes_after(line, i)) encoder.flush();
    }
    if (line["flush"].get<bool>()) encoder.flush();
    if (line["pending_bits"] != -1) {
      ASSERT_EQ(encoder.pending_bits(), line["pending_bits"].get<unsigned>()) << line;
    }
    std::vector<std::uint64_t> const words = encoder.take();
    ASSERT_EQ(words, words_of(line)) << line;

    FromFpgaMessageDecoder decoder;
    std::vector<FromFpgaMessage> decoded;
    EXPECT_FALSE(decoder.decode(words, decoded).unknown_header);
    messages.resize(line["decoded"].get<std::size_t>());
    ASSERT_EQ(decoded, messages) << line;

    Received const received = decode_all(words);
    EXPECT_EQ(received, annotate(messages)) << line;
    EXPECT_EQ(!received.halts.empty(), line["halt_seen"].get<bool>()) << line;
  }
}

TEST(UtVectors, DecodesWordsToTheFpgaWithIdleAndUnknownOnes) {
  for (Json const& line : vector_lines("ut_to_fpga_decode", 120)) {
    std::vector<ToFpgaMessage> decoded;
    DecodeEnd const end = decode_messages(words_of(line), decoded);
    ASSERT_EQ(decoded, messages_of(line, to_fpga_message)) << line;
    ASSERT_EQ(end.unknown_header.has_value(), line.contains("error")) << line;
    if (!end.unknown_header) continue;
    EXPECT_EQ(*end.unknown_header, line["error"]["code"]);
    EXPECT_EQ(end.words, line["error_at_word"]);
  }
}

TEST(UtVectors, DecodesWordsFromTheFpgaWithIdleAndUnknownOnes) {
  for (Json const& line : vector_lines("ut_from_fpga_decode", 120)) {
    std::vector<std::uint64_t> const words = words_of(line);
    std::vector<FromFpgaMessage> const messages = messages_of(line, from_fpga_message);
    FromFpgaMessageDecoder decoder;
    std::vector<FromFpgaMessage> decoded;
    DecodeEnd const end = decoder.decode(words, decoded);
    ASSERT_EQ(decoded, messages) << line;

    FromFpgaDecoder::Progress fast;
    Received const received = decode_all(words, &fast);
    ASSERT_EQ(received, annotate(messages)) << line;
    EXPECT_EQ(!received.halts.empty(), line["halt_seen"].get<bool>());

    ASSERT_EQ(end.unknown_header.has_value(), line.contains("error")) << line;
    EXPECT_EQ(fast.stop == FromFpgaDecoder::Stop::kUnknownHeader, line.contains("error")) << line;
    if (!end.unknown_header) continue;
    EXPECT_EQ(*end.unknown_header, line["error"]["code"]);
    EXPECT_EQ(fast.header, line["error"]["code"]);
    EXPECT_EQ(end.words, line["error_at_word"]);
    EXPECT_EQ(fast.words, line["error_at_word"]) << line;
  }
}

TEST(UtVectors, AnnotatesTimes) {
  for (Json const& line : vector_lines("ut_time_annotation", 150)) {
    FromFpgaEncoder encoder;
    for (FromFpgaMessage const& message : messages_of(line, from_fpga_message)) {
      encoder.append(message);
    }
    encoder.flush();
    Received const received = decode_all(encoder.words());

    Json spikes = Json::array();
    for (std::size_t i = 0; i < received.spikes.size(); ++i) {
      spikes.push_back({{"label", received.spikes.label[i]},
                        {"chip_time", received.spikes.chip_time[i]},
                        {"fpga_time", received.spikes.fpga_time[i]}});
    }
    ASSERT_EQ(spikes, line["spikes"]);
    Json madc = Json::array();
    for (std::size_t i = 0; i < received.madc.size(); ++i) {
      madc.push_back({{"value", received.madc.value(i)},
                      {"channel", received.madc.channel(i)},
                      {"chip_time", received.madc.chip_time[i]},
                      {"fpga_time", received.madc.fpga_time[i]}});
    }
    ASSERT_EQ(madc, line["madc"]);
    Json timeouts = Json::array();
    for (InstructionTimeout const& timeout : received.timeouts) {
      timeouts.push_back({{"instruction", timeout.instruction},
                          {"trace_stall", timeout.trace_stall},
                          {"omnibus_reads", timeout.omnibus_reads},
                          {"fpga_time", timeout.fpga_time}});
    }
    ASSERT_EQ(timeouts, line["timeouts"]);
    auto const list = [](FlatArray<std::uint64_t> const& times) {
      return Json(std::vector<std::uint64_t>(times.begin(), times.end()));
    };
    EXPECT_EQ(list(received.reads.fpga_time), line["omnibus_fpga_times"]);
    EXPECT_EQ(list(received.ticks), line["tick_fpga_times"]);
  }
}

}  // namespace
}  // namespace hx::ut
