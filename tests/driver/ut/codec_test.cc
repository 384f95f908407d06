// The worked examples of the message layer and the rules around them.
#include <gtest/gtest.h>

#include <vector>

#include "driver/ut/from_fpga.h"
#include "driver/ut/message.h"
#include "driver/ut/to_fpga.h"

namespace hx::ut {
namespace {

using Words = std::vector<std::uint64_t>;
using Stop = FromFpgaDecoder::Stop;

FromFpgaMessage pack(FromFpga first, std::vector<std::uint32_t> const& events) {
  return event_pack(first, events);
}

TEST(ToFpga, WritesTheWorkedExamples) {
  EXPECT_EQ((Words{omnibus_write_address(0x88000005), omnibus_data(1)}),
            (Words{0x0B00000F88000005, 0x0C00000000000001}));
  EXPECT_EQ(omnibus_read(0x8800000C), 0x0B00001F8800000Cu);
  EXPECT_EQ(
      (Words{chip_reset(true), timer_setup(), wait_until(10), chip_reset(false), wait_until(100)}),
      (Words{0x0900000000000001, 0x0400000000000000, 0x050000000000000A, 0x0900000000000000,
             0x0500000000000064}));
  EXPECT_EQ(
      (Words{jtag_init(), jtag_scaler(3), jtag_instruction(1), jtag_data(32, 0, true)}),
      (Words{0x0000000000000000, 0x0100000000000003, 0x0200000000000001, 0x0301200000000000}));
  EXPECT_EQ(jtag_data(33, 0x100140000, false), 0x0300210100140000u);
  EXPECT_EQ((Words{spikes(0x1111, 0x2222, 0x3333), spike(0xC001), spikes(1, 2)}),
            (Words{0x0F00111122223333, 0x0D0000000000C001, 0x0E00000000010002}));
  EXPECT_EQ((Words{barrier(kBarrierOmnibus | kBarrierJtag), systime_init(true), polling_block(true),
                   tick(), halt()}),
            (Words{0x0700000000000003, 0x0600000000000001, 0x0800000000000001, 0x0A00000000000001,
                   0x0A00000000000000}));
}

TEST(FromFpgaEncoder, WritesTheWorkedExamples) {
  FromFpgaMessage const three =
      pack(FromFpga::kSpikePack1,
           {event_bits(0x56, 0x1234), event_bits(0xEF, 0xABCD), event_bits(0x80, 0x0001)});
  FromFpgaEncoder encoder;
  encoder.append(three);
  EXPECT_EQ(encoder.pending_bits(), 16u);
  EXPECT_EQ(encoder.words().size(), 1u);
  encoder.flush();
  EXPECT_EQ(encoder.take(), (Words{0x0C561234EFABCD80, 0x0001800000000000}));

  encoder.append(three);
  encoder.append(halt_answer());
  encoder.flush();
  EXPECT_EQ(encoder.take(), (Words{0x0C561234EFABCD80, 0x0001020000000000, 0x0000800000000000}));

  for (int i = 0; i < 4; ++i) encoder.append(three);
  encoder.flush();
  EXPECT_EQ(encoder.take(), (Words{0x0C561234EFABCD80, 0x00010C561234EFAB, 0xCD8000010C561234,
                                   0xEFABCD8000010C56, 0x1234EFABCD800001}));

  encoder.append(systime(0x123456789AB));
  encoder.append(sysdelta(20));
  encoder.append(
      pack(FromFpga::kMadcSamplePack1, {event_bits(0x10, 0x7FF), event_bits(0x11, 0x200)}));
  encoder.append(timeout_notification(5, 96, 1));
  encoder.append(link_notification(0x70));
  EXPECT_EQ(encoder.take(), (Words{0x05000123456789AB, 0x0600000000000014, 0x08001007FF110200,
                                   0x040000E000000005, 0x0300000000000070}));
}

TEST(FromFpgaDecoder, GivesEventsTheTimesOfTheWorkedExample) {
  FromFpgaEncoder encoder;
  encoder.append(systime(86));
  encoder.append(
      pack(FromFpga::kSpikePack1, {event_bits(211, 1), event_bits(103, 2), event_bits(185, 3)}));
  encoder.flush();
  FromFpgaDecoder decoder;
  Received received;
  decoder.decode(encoder.words(), received);
  ASSERT_EQ(received.spikes.size(), 3u);
  EXPECT_EQ(received.spikes.fpga_time[0], 87u);
  EXPECT_EQ(received.spikes.chip_time[0], 8796093022185u);
  EXPECT_EQ(received.spikes.chip_time[1], 51u);
  EXPECT_EQ(received.spikes.chip_time[2], 8796093022172u);
  EXPECT_EQ(received.spikes.label[2], 3u);
}

// What follows a halt belongs to the next program, wherever the words are cut.
TEST(FromFpgaDecoder, StopsBehindAHaltAndGoesOnThere) {
  FromFpgaEncoder encoder;
  encoder.append(pack(FromFpga::kSpikePack1, {1, 2, 3}));
  encoder.append(halt_answer());
  encoder.append(omnibus_answer(7));
  encoder.append(halt_answer());
  encoder.append(omnibus_answer(8));
  encoder.flush();
  Words const words = encoder.take();

  FromFpgaDecoder decoder;
  Received first;
  FromFpgaDecoder::Progress progress = decoder.decode(words, first);
  EXPECT_EQ(progress.stop, Stop::kHalt);
  EXPECT_EQ(progress.words, 3u);
  EXPECT_EQ(first.spikes.size(), 3u);
  EXPECT_EQ(first.halts.size(), 1u);
  EXPECT_EQ(first.reads.size(), 0u);
  EXPECT_GT(decoder.pending_bytes(), 0u);

  decoder.start_program();
  Received second;
  progress = decoder.decode(std::span(words).subspan(progress.words), second);
  EXPECT_EQ(progress.stop, Stop::kHalt);
  ASSERT_EQ(second.reads.size(), 1u);
  EXPECT_EQ(second.reads.value[0], 7u);
  EXPECT_EQ(second.reads.fpga_time[0], 1u);  // the count began anew
}

TEST(FromFpgaDecoder, KeepsReportingAnUnknownHeader) {
  Words const words = {0x0100000000000005, 0x0d00000000000000, 0x0100000000000006};
  FromFpgaDecoder decoder;
  Received received;
  FromFpgaDecoder::Progress progress = decoder.decode(words, received);
  EXPECT_EQ(progress.stop, Stop::kUnknownHeader);
  EXPECT_EQ(progress.header, 0x0d);
  EXPECT_EQ(progress.words, 1u);
  EXPECT_EQ(received.reads.size(), 1u);
  progress = decoder.decode(words, received);
  EXPECT_EQ(progress.stop, Stop::kUnknownHeader);
  EXPECT_EQ(progress.words, 0u);
  EXPECT_EQ(received.reads.size(), 1u);
}

// Once a message has begun, a word is data whatever its top bit.
TEST(FromFpgaDecoder, TakesTheTopBitInsideAMessageAsData) {
  FromFpgaEncoder encoder;
  encoder.append(pack(FromFpga::kSpikePack1,
                      {event_bits(0, 0x1122), event_bits(0, 0x3344), event_bits(0, 0x8001)}));
  encoder.flush();
  Words words = encoder.take();
  ASSERT_EQ(words[1] >> 63, 1u);
  words.push_back(0xffffffffffffffff);  // idle
  words.push_back(0x01000000000000aa);
  FromFpgaDecoder decoder;
  Received received;
  for (std::uint64_t const word : words) decoder.decode({&word, 1}, received);
  EXPECT_EQ(received.spikes.label[2], 0x8001);
  ASSERT_EQ(received.reads.size(), 1u);
  EXPECT_EQ(received.reads.value[0], 0xaau);
}

TEST(FromFpgaDecoder, SaysWhenTimesLeaveTheirRange) {
  FromFpgaEncoder encoder;
  encoder.append(systime(bit_mask(kTimeBits)));
  FromFpgaDecoder decoder;
  Received received;
  decoder.decode(encoder.take(), received);
  EXPECT_TRUE(decoder.time_in_range());
  encoder.append(omnibus_answer(1));
  decoder.decode(encoder.take(), received);
  EXPECT_FALSE(decoder.time_in_range());
  decoder.start_program();
  EXPECT_TRUE(decoder.time_in_range());
}

TEST(FlatArray, KeepsItsMemoryAndGivesItAway) {
  FlatArray<std::uint32_t> array;
  for (std::uint32_t i = 0; i < 1000; ++i) array.push_back(i);
  FlatArray<std::uint32_t> const copy = array;
  EXPECT_EQ(copy, array);
  std::uint32_t const* const memory = array.data();
  array.clear();
  array.push_back(5);
  EXPECT_EQ(array.data(), memory);
  EXPECT_EQ(copy[999], 999u);
  auto const owned = array.release();
  EXPECT_EQ(owned.get(), memory);
  EXPECT_EQ(array.size(), 0u);
  array.push_back(6);
  EXPECT_EQ(array.back(), 6u);
  EXPECT_DEATH(static_cast<void>(array[1]), "element 1 of 1");
}

}  // namespace
}  // namespace hx::ut
