// The properties of the fuzz targets on random and on damaged streams, with a fixed seed that can be
// changed: --seed=N, --rounds=N.
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <iostream>
#include <random>
#include <vector>

#include "driver/ut/message.h"
#include "tests/fuzz/ut_properties.h"

namespace hx::ut {
namespace {

std::uint64_t seed = 1;
std::uint64_t rounds = 4000;

using Random = std::mt19937_64;

void append_bytes(std::span<std::uint64_t const> words, std::vector<std::uint8_t>& bytes) {
  for (std::uint64_t const word : words) {
    for (int shift = 56; shift >= 0; shift -= 8) {
      bytes.push_back(static_cast<std::uint8_t>(word >> shift));
    }
  }
}

// A valid stream with flushes and idle words, behind the byte that tells how to cut it.
std::vector<std::uint8_t> valid_stream(Random& random, std::size_t messages) {
  FromFpgaEncoder encoder;
  std::vector<std::uint8_t> bytes = {static_cast<std::uint8_t>(random())};
  for (std::size_t i = 0; i < messages; ++i) {
    FromFpgaMessage message;
    message.code = static_cast<FromFpga>(random() % kFromFpgaCount);
    unsigned const bits = payload_bits(message.code);
    message.payload = random() & bit_mask(bits);
    if (bits > 64) message.payload_high = static_cast<std::uint8_t>(random());
    if (message.code == FromFpga::kSystime && random() % 2 == 0) message.payload &= 0xff;
    encoder.append(message);
    if (random() % 8 == 0) encoder.flush();
    append_bytes(encoder.take(), bytes);
    if (encoder.pending_bits() == 0 && random() % 4 == 0) {
      std::uint64_t const idle = random() | std::uint64_t{1} << 63;
      append_bytes({&idle, 1}, bytes);
    }
  }
  encoder.flush();
  append_bytes(encoder.take(), bytes);
  return bytes;
}

void damage(Random& random, std::vector<std::uint8_t>& bytes) {
  for (std::uint64_t changes = random() % 4; changes > 0 && !bytes.empty(); --changes) {
    std::size_t const place = random() % bytes.size();
    switch (random() % 3) {
      case 0:
        bytes[place] = static_cast<std::uint8_t>(bytes[place] ^ 1u << random() % 8);
        break;
      case 1:
        bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(place));
        break;
      default:
        bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(place),
                     static_cast<std::uint8_t>(random() % 16));
    }
  }
}

TEST(UtMutation, DecodersAgreeOnValidStreams) {
  Random random(seed);
  for (std::uint64_t round = 0; round < rounds / 4; ++round) {
    check_from_fpga(valid_stream(random, random() % 40));
  }
  // Longer than a block of the fast decoder.
  for (int round = 0; round < 8; ++round) check_from_fpga(valid_stream(random, 3000));
}

TEST(UtMutation, DecodersAgreeOnDamagedStreams) {
  Random random(seed + 1);
  for (std::uint64_t round = 0; round < rounds; ++round) {
    std::vector<std::uint8_t> bytes = valid_stream(random, random() % 40);
    damage(random, bytes);
    check_from_fpga(bytes);
    check_to_fpga(bytes);
  }
}

TEST(UtMutation, DecodersAgreeOnNoise) {
  Random random(seed + 2);
  for (std::uint64_t round = 0; round < rounds; ++round) {
    std::vector<std::uint8_t> bytes(random() % 200);
    for (std::uint8_t& byte : bytes) {
      byte = static_cast<std::uint8_t>(random() % 2 == 0 ? random() : random() % 16);
    }
    check_from_fpga(bytes);
    check_to_fpga(bytes);
  }
}

}  // namespace
}  // namespace hx::ut

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i < argc; ++i) {
    if (std::strncmp(argv[i], "--seed=", 7) == 0)
      hx::ut::seed = std::strtoull(argv[i] + 7, nullptr, 0);
    if (std::strncmp(argv[i], "--rounds=", 9) == 0) {
      hx::ut::rounds = std::strtoull(argv[i] + 9, nullptr, 0);
    }
  }
  std::cout << "seed " << hx::ut::seed << ", " << hx::ut::rounds << " rounds\n";
  return RUN_ALL_TESTS();
}
