// hx ut over every reference line, and what it says about lines that are wrong.
#include "tools/ut_lines.h"

#include <gtest/gtest.h>

#include <sstream>

#include "tests/driver/ut/vectors.h"

namespace hx::tools {
namespace {

std::vector<Json> vectors(std::string const& name) {
  std::vector<Json> lines;
  for (auto const& line : ut::read_json_lines("tests/vectors/ut/" + name + ".jsonl.gz")) {
    lines.push_back(Json::parse(line.dump()));
  }
  EXPECT_FALSE(lines.empty());
  return lines;
}

// Without the order of keys.
nlohmann::json plain(Json const& json) {
  return nlohmann::json::parse(json.dump());
}

struct Output {
  std::vector<Json> lines;
  std::string summary;
  int code = 0;
};

Output run(LineMode mode, Direction direction, std::string const& input) {
  std::istringstream in(input);
  std::ostringstream out;
  std::ostringstream err;
  Output output;
  output.code = run_ut(mode, direction, in, out, err);
  output.summary = err.str();
  std::istringstream text(out.str());
  for (std::string line; std::getline(text, line);) output.lines.push_back(Json::parse(line));
  return output;
}

// The whole line comes out as it is recorded.
void check_encode(std::string const& name, Direction direction) {
  std::vector<Json> const lines = vectors(name);
  std::string input;
  for (Json line : lines) {
    for (char const* key : {"words", "pending_bits", "decoded", "halt_seen"}) line.erase(key);
    input += line.dump() + "\n";
  }
  Output const output = run(LineMode::kEncode, direction, input);
  EXPECT_EQ(output.code, 0);
  ASSERT_EQ(output.lines.size(), lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    Json expected = lines[i];
    if (expected["pending_bits"] == -1) {
      expected["pending_bits"] = output.lines[i]["pending_bits"];  // was not recorded
    }
    EXPECT_EQ(plain(output.lines[i]), plain(expected));
  }
}

TEST(UtLines, EncodesEveryLineToTheFpga) {
  check_encode("ut_to_fpga", Direction::kToFpga);
}
TEST(UtLines, EncodesEveryLineFromTheFpga) {
  check_encode("ut_from_fpga", Direction::kFromFpga);
}

void check_decode(std::string const& name, Direction direction) {
  std::vector<Json> const lines = vectors(name);
  std::string input;
  for (Json const& line : lines) input += Json{{"words", line["words"]}}.dump() + "\n";
  Output const output = run(LineMode::kDecode, direction, input);
  EXPECT_EQ(output.code, 0);
  ASSERT_EQ(output.lines.size(), lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    EXPECT_EQ(plain(output.lines[i]), plain(lines[i]));
  }
}

TEST(UtLines, DecodesEveryLineToTheFpga) {
  check_decode("ut_to_fpga_decode", Direction::kToFpga);
}
TEST(UtLines, DecodesEveryLineFromTheFpga) {
  check_decode("ut_from_fpga_decode", Direction::kFromFpga);
}

// The words of the encoder files, back to what a decoder can deliver of them.
void check_round_trip(std::string const& name, Direction direction) {
  for (Json const& line : vectors(name)) {
    Result<Json> const decoded = decode_ut_line(direction, Json{{"words", line["words"]}});
    ASSERT_TRUE(decoded);
    Json expected = line["messages"];
    expected.get_ref<Json::array_t&>().resize(line["decoded"].get<std::size_t>());
    EXPECT_EQ(plain((*decoded)["messages"]), plain(expected));
  }
}

TEST(UtLines, DecodesWhatItEncodes) {
  check_round_trip("ut_to_fpga", Direction::kToFpga);
  check_round_trip("ut_from_fpga", Direction::kFromFpga);
}

TEST(UtLines, ReportsAWrongLineAndGoesOn) {
  Output const output = run(LineMode::kEncode, Direction::kToFpga,
                            "{\"messages\": [{\"name\": \"timing::Setup\"}]}\n"
                            "\n"
                            "not json\n"
                            "{\"messages\": [{\"name\": \"timing::WaitUntil\", \"value\": 100}]}");
  EXPECT_EQ(output.code, 2);
  ASSERT_EQ(output.lines.size(), 3u);
  EXPECT_EQ(output.lines[0]["words"], Json::array({"0x0400000000000000"}));
  EXPECT_EQ(output.lines[1]["line"], 3);
  EXPECT_EQ(output.lines[1]["error"]["code"], "parse error");
  EXPECT_EQ(output.lines[2]["words"], Json::array({"0x0500000000000064"}));
  EXPECT_NE(output.summary.find("line 3"), std::string::npos) << output.summary;
}

// A line that the JSON library itself chokes on is refused like any other.
TEST(UtLines, SurvivesNumbersBeyondEveryRange) {
  Output const output = run(LineMode::kDecode, Direction::kToFpga,
                            "{\"words\": [1e999]}\n{\"words\": [123456789012345678901234567890]}\n"
                            "{\"words\": [\"\\ud800\"]}\n{\"words\": []}\n");
  EXPECT_EQ(output.code, 2);
  ASSERT_EQ(output.lines.size(), 4u);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(output.lines[i].contains("error"));
  EXPECT_EQ(output.lines[3]["messages"], Json::array());
}

struct Wrong {
  char const* line;
  char const* told;  // part of message or hint
};

TEST(UtLines, NamesWhatIsWrongInALine) {
  Wrong const cases[] = {
      {"[]", "object"},
      {"{}", "'messages'"},
      {R"({"messages": 3})", "'messages'"},
      {R"({"messages": [3]})", "message 0"},
      {R"({"messages": [{"value": 3}]})", "'name'"},
      {R"({"messages": [{"name": 7}]})", "'name'"},
      {R"({"messages": [{"name": "timing::WaitUntl", "value": 3}]})", "timing::WaitUntil"},
      {R"({"messages": [{"name": "timing_from_fpga::Systime", "value": 3}]})", "from-fpga"},
      {R"({"messages": [{"name": "timing::WaitUntil"}]})", "'value' is missing"},
      {R"({"messages": [{"name": "timing::WaitUntil", "value": 4294967296}]})", "4294967295"},
      {R"({"messages": [{"name": "timing::WaitUntil", "value": -1}]})", "from 0"},
      {R"({"messages": [{"name": "timing::WaitUntil", "value": 1.5}]})", "whole number"},
      {R"({"messages": [{"name": "timing::WaitUntil", "value": 1, "x": 2}]})", "'x'"},
      {R"({"messages": [{"name": "timing::WaitUntil", "value": 1, "header": 4}]})", "header"},
      {R"({"messages": [{"name": "timing::Setup", "value": 1}]})", "'value'"},
      {R"({"messages": [{"name": "event_to_fpga::SpikePack2", "spikes": [1]}]})", "list of 2"},
      {R"({"messages": [{"name": "event_to_fpga::SpikePack1", "spikes": [65536]}]})", "65535"},
      {R"({"messages": [], "flush": 1})", "'flush'"},
      {R"({"messages": [], "flush_after": [0]})", "'flush_after'"},
      {R"({"messages": [], "flush_after": 0})", "'flush_after'"},
  };
  for (Wrong const& wrong : cases) {
    Result<Json> const result = encode_ut_line(Direction::kToFpga, Json::parse(wrong.line));
    ASSERT_FALSE(result) << wrong.line;
    EXPECT_NE(result.error().text().find(wrong.told), std::string::npos) << result.error();
  }
  Wrong const events[] = {
      {R"({"messages": [{"name": "event_from_fpga::SpikePack1", "spikes": [3]}]})", "objects"},
      {R"({"messages": [{"name": "event_from_fpga::SpikePack1", "spikes": [{"label": 1}]}]})",
       "'timestamp'"},
      {R"({"messages": [{"name": "event_from_fpga::MADCSamplePack1",
          "samples": [{"value": 16384, "timestamp": 0}]}]})",
       "16383"},
  };
  for (Wrong const& wrong : events) {
    Result<Json> const result = encode_ut_line(Direction::kFromFpga, Json::parse(wrong.line));
    ASSERT_FALSE(result) << wrong.line;
    EXPECT_NE(result.error().text().find(wrong.told), std::string::npos) << result.error();
  }
  for (char const* line :
       {"3", "{}", R"({"words": "x"})", R"({"words": ["12"]})", R"({"words": ["0x"]})",
        R"({"words": ["0xg"]})", R"({"words": [-1]})", R"({"words": ["0x00000000000000000"]})",
        R"({"words": [null]})", R"({"words": ["0x10000000000000000"]})"}) {
    bool const is_long_zero = std::string(line).find("0x00000000000000000\"") != std::string::npos;
    Result<Json> const result = decode_ut_line(Direction::kToFpga, Json::parse(line));
    EXPECT_EQ(result.has_value(), is_long_zero) << line;
  }
}

}  // namespace
}  // namespace hx::tools
