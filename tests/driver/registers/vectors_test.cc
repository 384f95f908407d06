/// Both codecs (generated types and tables) against everything that was recorded.
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <map>
#include <set>

#include "driver/registers/chip.h"
#include "driver/registers/composites.h"
#include "driver/registers/json.h"
#include "tests/driver/registers/vector_lines.h"

namespace hx::reg {
namespace {

/// Memory for an object of any container type.
struct Object {
  alignas(8) std::array<std::byte, 512> bytes{};
  explicit Object(ContainerInfo const& container) {
    HX_CHECK(container.codec.size <= bytes.size()) << container.name;
    container.codec.construct(bytes.data());
  }
};

/// The generated encoder on the same elements.
std::vector<std::uint64_t> typed_encode(ContainerInfo const& container, Elements const& elements,
                                        std::uint32_t number) {
  Object object(container);
  store_elements(container, elements, object.bytes.data());
  EXPECT_EQ(load_elements(container, object.bytes.data()), elements) << container.name;
  std::vector<std::uint64_t> words(container.write_words());
  if (words.empty()) return words;
  container.codec.encode(object.bytes.data(), words.data(), number);
  return words;
}

Elements typed_decode(ContainerInfo const& container, std::vector<std::uint64_t> const& words,
                      std::uint32_t number) {
  Object object(container);
  container.codec.decode(object.bytes.data(), words.data(), number);
  return load_elements(container, object.bytes.data());
}

bool is_block(Json const& line) {
  return line["container"] == "CapMemBlock";
}

void check_types_on_encode(ContainerInfo const& container, Json const& line) {
  auto const number = line["coordinate"]["enum"].get<std::uint32_t>();
  Elements const elements = fields_from_json(container, line["fields"]).value();
  std::vector<std::uint64_t> const words = encode(container, elements, number);
  EXPECT_EQ(typed_encode(container, elements, number), words) << line.dump();
  bool const both = std::all_of(container.words.begin(), container.words.end(),
                                [](WordInfo const& w) { return w.readable && w.writable; });
  if (!both) return;
  EXPECT_EQ(decode(container, words, number).value(), elements) << line.dump();
  EXPECT_EQ(typed_decode(container, words, number), elements) << line.dump();
}

void check_encode(Json const& line) {
  Json given = line;
  for (char const* key :
       {"write_addresses", "write_words", "write_byte_enables", "read_addresses"}) {
    given.erase(key);
  }
  Result<Json> const out = encode_line(given);
  ASSERT_TRUE(out) << line.dump() << "\n" << Result(out).error();
  Json expected = line;
  expected.erase("default");
  EXPECT_EQ(sorted(*out), sorted(expected));
  if (!is_block(line)) check_types_on_encode(**find(line["container"].get<std::string>()), line);
}

void check_decode(Json const& line) {
  Json given = line;
  given.erase("fields");
  given.erase("read_addresses");
  Result<Json> const out = decode_line(given);
  ASSERT_TRUE(out) << line.dump() << "\n" << Result(out).error();
  EXPECT_EQ(sorted(*out), sorted(line));
  if (is_block(line)) return;
  ContainerInfo const& container = **find(line["container"].get<std::string>());
  auto const number = line["coordinate"]["enum"].get<std::uint32_t>();
  std::vector<std::uint64_t> words;
  for (Json const& word : line["read_words"])
    words.push_back(word.is_string() ? hex_number(word) : 0);
  EXPECT_EQ(typed_decode(container, words, number), decode(container, words, number).value())
      << line.dump();
}

TEST(RegisterVectors, EveryContainerLineAgreesInItsDirection) {
  std::size_t encoded = 0;
  std::size_t decoded = 0;
  for_each_line("containers.jsonl.gz", [&](std::size_t number, Json const& line) {
    SCOPED_TRACE(number);
    if (line.contains("decode")) {
      check_decode(line);
      ++decoded;
    } else {
      check_encode(line);
      ++encoded;
    }
  });
  EXPECT_EQ(encoded, 1778u);
  EXPECT_EQ(decoded, 1442u);
}

TEST(RegisterVectors, DefaultLinesAreTheDefaultsOfTheTypes) {
  std::set<std::string> seen;
  for_each_line("containers.jsonl.gz", [&](std::size_t, Json const& line) {
    if (is_block(line) || !line.value("default", false)) return;
    ContainerInfo const& container = **find(line["container"].get<std::string>());
    Object const object(container);
    Elements const elements = load_elements(container, object.bytes.data());
    EXPECT_EQ(elements, fields_from_json(container, line["fields"]).value()) << container.name;
    EXPECT_EQ(elements, default_elements(container)) << container.name;
    seen.insert(std::string(container.name));
  });
  EXPECT_GT(seen.size(), 70u);
}

TEST(RegisterVectors, EveryAddressAgreesInBothDirections) {
  std::size_t lines = 0;
  for_each_line("addresses.jsonl.gz", [&](std::size_t, Json const& line) {
    ++lines;
    Via const via = find_via(line["backend"].get<std::string>()).value();
    auto const number = line["coordinate"]["enum"].get<std::uint32_t>();
    if (is_block(line)) {
      std::vector<Leaf> const leaves = expand(**find_composite("CapMemBlock"), number);
      ASSERT_EQ(leaves.size(), line["write_addresses"].size());
      for (std::size_t k = 0; k < leaves.size(); ++k) {
        EXPECT_EQ(locate(info(leaves[k].container), leaves[k].number, 0, via),
                  hex_number(line["write_addresses"][k]));
      }
      return;
    }
    ContainerInfo const& container = **find(line["container"].get<std::string>());
    auto const compare = [&](std::vector<std::uint32_t> const& got, Json const& expected) {
      ASSERT_EQ(got.size(), expected.size()) << line.dump();
      for (std::size_t k = 0; k < got.size(); ++k) {
        bool const hex = expected[k].is_string();
        EXPECT_EQ(got[k], hex ? hex_number(expected[k]) : expected[k]["enum"].get<std::uint32_t>());
        if (!hex) {
          EXPECT_EQ(expected[k]["type"], info(via).coordinate);
          continue;
        }
        bool found = false;
        for (AddressMatch const& match : find_address(got[k])) {
          found = found || (match.container == &container && match.number == number &&
                            locate(container, number, match.word, via) == got[k]);
        }
        // Bytes of one word share its address.
        if (container.name.ends_with("Byte")) continue;
        EXPECT_TRUE(found) << line.dump();
      }
    };
    if (line.contains("write_addresses")) {
      compare(write_locations(container, number, via), line["write_addresses"]);
    }
    if (line.contains("read_addresses")) {
      compare(read_locations(container, number, via), line["read_addresses"]);
    }
  });
  EXPECT_EQ(lines, 15880u);
}

TEST(RegisterVectors, CompositesExpandInWriteOrderWithTheirDefaults) {
  std::vector<Leaf> leaves;
  std::size_t next = 0;
  std::size_t composites_seen = 0;
  for_each_line("composites.jsonl.gz", [&](std::size_t number, Json const& line) {
    SCOPED_TRACE(number);
    if (line.contains("leaves")) {
      EXPECT_EQ(next, leaves.size());
      leaves = expand(**find_composite(line["container"].get<std::string>()),
                      line["coordinate"]["enum"].get<std::uint32_t>());
      EXPECT_EQ(leaves.size(), line["leaves"].get<std::size_t>());
      next = 0;
      ++composites_seen;
      return;
    }
    ASSERT_LT(next, leaves.size());
    Leaf const& leaf = leaves[next++];
    ContainerInfo const& container = info(leaf.container);
    ASSERT_EQ(container.name, line["container"].get<std::string>());
    ASSERT_EQ(leaf.number, line["coordinate"]["enum"].get<std::uint32_t>());
    Json words = Json::array();
    std::vector<std::uint64_t> const got = default_words(leaf);
    ASSERT_EQ(got.size(), line["write_words"].size());
    for (std::size_t k = 0; k < got.size(); ++k) {
      EXPECT_EQ(got[k], hex_number(line["write_words"][k])) << line.dump();
    }
    Result<Json> const encoded = encode_line(line);
    ASSERT_TRUE(encoded) << Result(encoded).error();
    EXPECT_EQ((*encoded)["write_words"], line["write_words"]) << line.dump();
    EXPECT_EQ((*encoded)["write_addresses"], line["write_addresses"]) << line.dump();
  });
  EXPECT_EQ(next, leaves.size());
  EXPECT_EQ(composites_seen, 16u);
}

TEST(RegisterVectors, ChipImageIsTheRecordedStream) {
  Chip const chip;
  std::size_t next = 0;
  std::map<std::string, Json> fields;
  for_each_line("chip_default.jsonl.gz", [&](std::size_t line_number, Json const& line) {
    if (line_number == 1) return;
    ContainerInfo const& container = **find(line["container"].get<std::string>());
    auto const number = line["coordinate"]["enum"].get<std::uint32_t>();
    ASSERT_EQ(Chip::index(container.id, number), next) << line.dump();
    std::vector<std::uint64_t> words;
    for (std::size_t k = 0; k < line["write_words"].size(); ++k, ++next) {
      ASSERT_EQ(chip.words()[next], hex_number(line["write_words"][k])) << line.dump();
      ASSERT_EQ(Chip::addresses()[next], hex_number(line["write_addresses"][k])) << line.dump();
      words.push_back(chip.words()[next]);
    }
    if (line.contains("fields")) fields[line["container"]] = line["fields"];
    // The other direction, from the words to the recorded values.
    Elements const expected = fields_from_json(container, fields[line["container"]]).value();
    ASSERT_EQ(decode(container, words, number).value(), expected) << line.dump();
    ASSERT_EQ(typed_decode(container, words, number), expected) << line.dump();
    ASSERT_EQ(typed_encode(container, expected, number), words) << line.dump();
  });
  EXPECT_EQ(next, Chip::kWords);
}

/// Elements of values with dotted names and flat lists; missing ones have their default.
Elements example_elements(ContainerInfo const& container, Json const& values) {
  Elements elements = default_elements(container);
  std::size_t used = 0;
  for (ValueInfo const& value : container.values) {
    auto const given = values.find(std::string(value.name));
    if (given == values.end()) continue;
    ++used;
    for (std::size_t k = 0; k < value.count; ++k) {
      elements[value.first_element + k] =
          value.is_array ? (*given)[k].get<std::int64_t>() : given->get<std::int64_t>();
    }
  }
  EXPECT_EQ(used, values.size()) << container.name << values.dump();
  return elements;
}

TEST(RegisterVectors, WorkedExamplesAgree) {
  std::size_t checked = 0;
  for_each_line("examples.jsonl", [&](std::size_t number, Json const& line) {
    SCOPED_TRACE(number);
    ContainerInfo const& container = **find(line["container"].get<std::string>());
    auto const place = line["enum"].get<std::uint32_t>();
    bool const write = line["direction"] == "write";
    auto const words = line["words"].get<std::vector<std::uint64_t>>();
    Json values = line["values"];
    if (container.id == ContainerId::kCapMemBlockConfig &&
        values.contains("debug_readout_enable")) {
      EXPECT_EQ(encode(container, fields_from_json(container, values).value(), place), words);
    } else if (write) {
      Elements const elements = example_elements(container, values);
      EXPECT_EQ(encode(container, elements, place), words) << line.dump();
      EXPECT_EQ(typed_encode(container, elements, place), words) << line.dump();
    } else {
      Elements const expected = container.views.empty() ? example_elements(container, values)
                                                        : default_elements(container);
      EXPECT_EQ(decode(container, words, place).value(), expected) << line.dump();
      EXPECT_EQ(typed_decode(container, words, place), expected) << line.dump();
    }
    if (line.contains("addresses")) {
      EXPECT_EQ(write ? write_locations(container, place, Via::kOmnibus)
                      : read_locations(container, place, Via::kOmnibus),
                line["addresses"].get<std::vector<std::uint32_t>>());
    }
    ++checked;
  });
  EXPECT_EQ(checked, 197u);
}

}  // namespace
}  // namespace hx::reg
