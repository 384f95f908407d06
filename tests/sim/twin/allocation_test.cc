// The functional model needs no memory of the system once it has seen its load.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <new>
#include <vector>

#include "driver/device/init.h"
#include "driver/ut/to_fpga.h"
#include "host/lowering/lower.h"
#include "sim/twin/twin.h"

namespace {
std::atomic<std::uint64_t> allocations = 0;

void* allocate(std::size_t size) {
  ++allocations;
  if (void* const memory = std::malloc(size != 0 ? size : 1)) return memory;
  throw std::bad_alloc();
}
}  // namespace

void* operator new(std::size_t size) {
  return allocate(size);
}
void* operator new[](std::size_t size) {
  return allocate(size);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t /*size*/) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t /*size*/) noexcept {
  std::free(memory);
}

namespace hx {
namespace {

/// 25 sources onto 120 neurons; 300 input spikes in 60 us, several entries.
host::RunRequest load() {
  host::RunRequest request;
  request.runtime_steps = 60;
  request.network.populations.push_back(
      {.name = "in", .kind = host::PopulationKind::kSpikeSource, .size = 25});
  request.network.populations.push_back(
      {.name = "hid", .kind = host::PopulationKind::kLif, .size = 120, .record_spikes = true});
  std::vector<std::int32_t> weights(25 * 120);
  for (std::size_t i = 0; i < weights.size(); ++i)
    weights[i] = static_cast<std::int32_t>(i * 37 % 101) - 40;
  request.network.projections.push_back({.from = 0,
                                         .to = 1,
                                         .rule = host::WeightRule::kSignedPair,
                                         .connections = host::dense_connections(weights, 120, 25)});
  std::vector<std::vector<std::vector<double>>> times(10);
  for (auto& entry : times) {
    entry.resize(25);
    for (std::uint32_t s = 0; s < 300; ++s) entry[s % 25].push_back(60e-6 * s / 300);
  }
  request.inputs["in"] = host::SpikeTrains::from_seconds(times).value();
  return request;
}

/// Runs the program to its halt.
void run(sim::Model& model, Program const& program, std::vector<std::uint64_t>& words) {
  std::uint64_t const halt = ut::halt();
  words.clear();
  std::span<std::uint64_t const> const all = program.words();
  ASSERT_EQ(model.fill(all), all.size());
  ASSERT_EQ(model.fill({&halt, 1}), 1U);
  for (int slice = 0; slice < 1000; ++slice) {
    bool const ended = model.run(10'000).run_ended;
    model.take(words);
    if (ended) return;
  }
  FAIL() << "no halt";
}

TEST(TwinAllocations, NoneUnderALoadThatItHasSeen) {
  auto const lowered = host::lower(load());
  ASSERT_TRUE(lowered);
  std::unique_ptr<sim::Model> const model = sim::make_twin({});
  std::vector<std::uint64_t> words;
  words.reserve(1 << 20);
  run(*model, init_program(InitOptions::for_model()), words);
  run(*model, lowered->configuration, words);
  Program const& program = lowered->schedule.chunks.at(0).program;
  run(*model, program, words);
  EXPECT_GT(words.size(), 1000U);
  std::uint64_t const before = allocations;
  EXPECT_GT(before, 0U);
  for (int repetition = 0; repetition < 20; ++repetition) run(*model, program, words);
  EXPECT_EQ(allocations, before);
}

}  // namespace
}  // namespace hx
