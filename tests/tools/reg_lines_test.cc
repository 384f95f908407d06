#include "tools/reg_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "tests/driver/registers/vector_lines.h"
#include "tools/exit_code.h"

namespace hx::tools {
namespace {

using reg::Json;
using ::testing::HasSubstr;

struct Outcome {
  int status;
  std::vector<Json> lines;
  std::string err;
};

Outcome run(LineMode mode, std::string const& input) {
  std::istringstream in(input);
  std::ostringstream out;
  std::ostringstream err;
  Outcome result{run_reg(mode, in, out, err), {}, err.str()};
  std::istringstream lines(out.str());
  for (std::string line; std::getline(lines, line);) result.lines.push_back(Json::parse(line));
  return result;
}

TEST(RegLines, OneLineInOneLineOut) {
  Outcome const r =
      run(LineMode::kEncode,
          "{\"container\": \"CrossbarNode\", \"coordinate\": 32, \"fields\": {\"target\": 1}}\n"
          "\n"
          "{\"container\": \"ResetChip\", \"fields\": {\"value\": true}}");
  EXPECT_EQ(r.status, 0) << r.err;
  ASSERT_EQ(r.lines.size(), 2u);
  EXPECT_EQ(r.lines[0]["write_addresses"], Json::array({"0x00130039"}));
  EXPECT_EQ(r.lines[1]["write_words"], Json::array({true}));
  EXPECT_EQ(r.err, "");
}

TEST(RegLines, AddressesHaveTheirTextWhereTheCoordinateHasOne) {
  auto const addresses = [](char const* container, int number) {
    Json const coordinate = {{"enum", number}, {"repr", "any"}};
    Json line = {{"container", container}, {"coordinate", coordinate}};
    Json const with = run(LineMode::kEncode, line.dump()).lines.at(0);
    line["coordinate"].erase("repr");
    Json const without = run(LineMode::kEncode, line.dump()).lines.at(0);
    EXPECT_FALSE(without["write_addresses"][0].contains("repr"));
    return with["write_addresses"][0]["repr"].get<std::string>();
  };
  EXPECT_EQ(addresses("AD5252ChannelConfig", 3),
            "I2CAD5252RwRegisterOnBoard(I2CAD5252RwRegisterOnAD5252Channel(0), "
            "AD5252ChannelOnBoard(AD5252ChannelOnAD5252(1), AD5252OnBoard(1)))");
  EXPECT_EQ(addresses("DACChannel", 15),
            "SPIDACDataRegisterOnBoard(SPIDACDataRegisterOnDAC(7), DACOnBoard(1))");
  EXPECT_EQ(addresses("ResetChip", 0), "ResetChipOnDLS(0)");
}

TEST(RegLines, WhatEncodeMakesDecodeTakesBack) {
  std::string const fields =
      "{\"container\": \"CrossbarNode\", \"coordinate\": 32, \"fields\": "
      "{\"mask\": 5, \"target\": 77, \"enable_drop_counter\": true}}";
  // Written words may be of another number than those read; some containers are never read.
  std::string const write_only =
      "{\"container\": \"PADIEvent\", \"coordinate\": 1, \"fields\": {\"event_address\": 33}}";
  Outcome encoded = run(LineMode::kEncode, fields + "\n" + write_only);
  ASSERT_EQ(encoded.status, 0) << encoded.err;
  std::string input;
  for (Json line : encoded.lines) {
    line.erase("fields");
    input += line.dump() + "\n";
  }
  Outcome const decoded = run(LineMode::kDecode, input);
  EXPECT_EQ(decoded.status, 0) << decoded.err;
  ASSERT_EQ(decoded.lines.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(decoded.lines[i]["fields"], encoded.lines[i]["fields"]);
    EXPECT_EQ(decoded.lines[i]["write_words"], encoded.lines[i]["write_words"]);
    EXPECT_EQ(decoded.lines[i]["write_addresses"], encoded.lines[i]["write_addresses"]);
  }
}

TEST(RegLines, NothingIsMadeUpWhereNothingIsWritten) {
  Outcome const r =
      run(LineMode::kDecode,
          "{\"container\": \"JTAGIdCode\", \"write_words\": []}\n"
          "{\"container\": \"CrossbarNode\", \"coordinate\": 0, \"write_words\": 1}\n"
          "{\"container\": \"CrossbarNode\", \"coordinate\": 0, \"write_words\": []}");
  EXPECT_EQ(r.status, exit_code(ErrorCode::kUnsupported));
  ASSERT_EQ(r.lines.size(), 3u);
  for (Json const& line : r.lines) EXPECT_TRUE(line.contains("error")) << line;
}

TEST(RegLines, AnUnreadableInputIsNoSuccess) {
  std::istringstream in("{\"container\": \"ResetChip\"}\n");
  in.setstate(std::ios::badbit);
  std::ostringstream out;
  std::ostringstream err;
  EXPECT_EQ(run_reg(LineMode::kEncode, in, out, err), exit_code(ErrorCode::kIo));
  EXPECT_THAT(err.str(), HasSubstr("cannot read the input"));
}

TEST(RegLines, ABadLineDoesNotStopTheOthers) {
  Outcome const r =
      run(LineMode::kDecode,
          "{\"container\": \"SpikeCounterRead\", \"coordinate\": 0, \"read_words\": [\"0x103\"]}\n"
          "{not json\n"
          "{\"container\": \"SpikeCounterRaed\", \"coordinate\": 0, \"read_words\": [0]}\n"
          "{\"container\": \"SpikeCounterRead\", \"coordinate\": 1, \"read_words\": [255]}\n");
  EXPECT_EQ(r.status, 2);
  ASSERT_EQ(r.lines.size(), 4u);
  EXPECT_EQ(r.lines[0]["fields"]["count"], 3);
  EXPECT_EQ(r.lines[0]["fields"]["overflow"], true);
  EXPECT_EQ(r.lines[1]["line"], 2);
  EXPECT_EQ(r.lines[1]["error"]["code"], "parse error");
  EXPECT_EQ(r.lines[2]["line"], 3);
  EXPECT_EQ(r.lines[2]["error"]["hint"], "did you mean 'SpikeCounterRead'?");
  EXPECT_EQ(r.lines[3]["fields"]["count"], 255);
  EXPECT_THAT(r.err, HasSubstr("2 of 4 lines refused; line 2"));
}

TEST(RegLines, NumbersBeyondEveryTypeAreErrors) {
  Outcome const r =
      run(LineMode::kEncode, "{\"container\": \"CapMemCell\", \"coordinate\": 1e999}");
  EXPECT_EQ(r.status, 2);
  ASSERT_EQ(r.lines.size(), 1u);
  EXPECT_EQ(r.lines[0]["error"]["code"], "parse error");
}

TEST(RegLines, BytesThatAreNoTextAreErrors) {
  Outcome const r = run(LineMode::kEncode, "{\"container\": \"\xff\xfe\"}\n\x00\n");
  EXPECT_NE(r.status, 0);
  EXPECT_EQ(r.lines.size(), 1u);
}

TEST(RegLines, AlteredLinesNeverCrash) {
  // Every mutated line gives exactly one line of output: a result or an error with its line number.
  constexpr std::uint32_t kSeed = 20240607;
  SCOPED_TRACE(kSeed);
  std::mt19937 random(kSeed);
  constexpr char kLetters[] = "{}[]\":,0123456789-.eEtrufalsn\\x\xff \x01";
  auto const below = [&](std::size_t n) { return random() % n; };
  std::vector<std::string> lines;
  reg::for_each_line("containers.jsonl.gz", [&](std::size_t number, Json const& line) {
    if (number % 11 == 0 && line["container"] != "CapMemBlock") lines.push_back(line.dump());
  });
  std::size_t refused = 0;
  for (std::string line : lines) {
    for (int round = 0; round < 12; ++round) {
      std::string altered = line;
      for (std::size_t edits = 1 + below(3); edits-- > 0 && !altered.empty();) {
        std::size_t const at = below(altered.size());
        switch (below(3)) {
          case 0:
            altered[at] = kLetters[below(sizeof(kLetters) - 1)];
            break;
          case 1:
            altered.erase(at, 1 + below(8));
            break;
          default:
            altered.insert(at, 1, kLetters[below(sizeof(kLetters) - 1)]);
            break;
        }
      }
      if (altered.find_first_not_of(" \t\r") == std::string::npos) continue;
      for (LineMode mode : {LineMode::kEncode, LineMode::kDecode}) {
        Outcome const r = run(mode, altered);
        ASSERT_EQ(r.lines.size(), 1u) << altered;
        EXPECT_EQ(r.lines[0].contains("error"), r.status != 0) << altered;
        refused += r.status != 0 ? 1 : 0;
      }
    }
  }
  EXPECT_GT(refused, lines.size());
}

TEST(RegLines, RecordedLinesPassInBothDirections) {
  std::string encode;
  std::string decode;
  std::vector<Json> encoded;
  std::vector<Json> decoded;
  reg::for_each_line("containers.jsonl.gz", [&](std::size_t, Json const& line) {
    bool const back = line.contains("decode");
    Json given = line;
    given.erase("default");
    (back ? decoded : encoded).push_back(given);
    given.erase("read_addresses");
    for (char const* key : {"write_addresses", "write_words", "write_byte_enables"})
      given.erase(key);
    if (back) given.erase("fields");
    (back ? decode : encode) += given.dump() + "\n";
  });
  for (LineMode mode : {LineMode::kEncode, LineMode::kDecode}) {
    bool const back = mode == LineMode::kDecode;
    Outcome const r = run(mode, back ? decode : encode);
    EXPECT_EQ(r.status, 0) << r.err;
    std::vector<Json> const& expected = back ? decoded : encoded;
    ASSERT_EQ(r.lines.size(), expected.size());
    for (std::size_t k = 0; k < expected.size(); ++k) {
      EXPECT_EQ(reg::sorted(r.lines[k]), reg::sorted(expected[k]));
    }
  }
}

}  // namespace
}  // namespace hx::tools
