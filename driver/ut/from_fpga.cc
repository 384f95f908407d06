// The hot loop. Its shape:
//  - A block of words is turned into one big-endian byte string in the first-level cache, with the
//    begun message of the last block in front. After that, straddling words is no case of its own.
//  - Mixed traffic can not be predicted, so the frequent messages (spikes, read data, times) share
//    one path without a branch on the kind: every message stores a triple of spikes and one read
//    at the cursors, and the cursors advance by what the kind says.
//  - Only the chain "header -> length -> next header" is serial. The next header is loaded for both
//    lengths before the length is known.
#include "driver/ut/from_fpga.h"

#include <algorithm>
#include <cstring>

#if defined(__AVX2__) && !defined(HX_UT_PORTABLE)
#define HX_UT_AVX2 1
#include <immintrin.h>
#endif

#include "driver/base/check.h"

namespace hx::ut {
namespace {

constexpr std::size_t kBlockWords = 512;
constexpr std::size_t kFront = 16;  // room for the begun message; keeps words at multiples of 8
constexpr std::size_t kTail = 48;   // loads may reach beyond the end
constexpr std::uint8_t kComma = 0x80;
constexpr std::uint64_t kTimeMask = bit_mask(kTimeBits);

constexpr unsigned bit(FromFpga code) {
  return 1u << static_cast<unsigned>(code);
}
constexpr unsigned kThreePacks = bit(FromFpga::kSpikePack3) | bit(FromFpga::kMadcSamplePack3);
constexpr unsigned kSpikes =
    bit(FromFpga::kSpikePack1) | bit(FromFpga::kSpikePack2) | bit(FromFpga::kSpikePack3);
constexpr unsigned kMadc = bit(FromFpga::kMadcSamplePack1) | bit(FromFpga::kMadcSamplePack2) |
                           bit(FromFpga::kMadcSamplePack3);
constexpr unsigned kFrequent =
    kSpikes | bit(FromFpga::kOmnibusData) | bit(FromFpga::kSystime) | bit(FromFpga::kSysdelta);

std::uint64_t load_big_endian(std::uint8_t const* bytes) {
  std::uint64_t value;
  std::memcpy(&value, bytes, sizeof value);
  return __builtin_bswap64(value);
}

void store_big_endian(std::span<std::uint64_t const> words, std::uint8_t* bytes) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::uint64_t const swapped = __builtin_bswap64(words[i]);
    std::memcpy(bytes + 8 * i, &swapped, sizeof swapped);
  }
}

// Where the events of a pack begin in the message, and how many there are. In bytes an event is
// timestamp, label high, label low; packs are right-aligned.
struct PackLayout {
  std::uint8_t first = 0;
  std::uint8_t count = 0;
};
static_assert(spec::spike::kBits == 24 && spec::spike::kTimestamp.lsb == 16);
static_assert(spec::madc_sample::kBits == 24 && spec::madc_sample::kTimestamp.lsb == 16);

constexpr PackLayout pack_layout(std::uint64_t header) {
  auto const code = static_cast<FromFpga>(header);
  if ((bit(code) & (kSpikes | kMadc)) == 0) return {};
  unsigned const count = payload_bits(code) / 24;
  return {static_cast<std::uint8_t>(message_bytes(code) - 3 * count),
          static_cast<std::uint8_t>(count)};
}

// What a frequent message does, as numbers, so that the kinds need no branches:
//     time = ((time + 1) & keep_time) + (word & take_time)
struct Effect {
  std::uint64_t keep_time;
  std::uint64_t take_time;
  std::uint16_t spikes;
  std::uint16_t samples;
  std::uint32_t reads;
};
constexpr std::array<Effect, kFromFpgaCount> kEffects = [] {
  std::array<Effect, kFromFpgaCount> table{};
  for (unsigned h = 0; h < kFromFpgaCount; ++h) {
    auto const code = static_cast<FromFpga>(h);
    std::uint16_t const events = pack_layout(h).count;
    bool const is_spike = (bit(code) & kSpikes) != 0;
    Effect& effect = table[h];
    effect.keep_time = code == FromFpga::kSystime ? 0 : ~std::uint64_t{0};
    if (code == FromFpga::kSystime) effect.take_time = kTimeMask;
    if (code == FromFpga::kSysdelta) effect.take_time = bit_mask(payload_bits(code));
    effect.spikes = is_spike ? events : std::uint16_t{0};
    effect.samples = is_spike ? std::uint16_t{0} : events;
    effect.reads = code == FromFpga::kOmnibusData;
  }
  return table;
}();

// Three consecutive places in the arrays of one kind of event.
struct EventCursor {
  std::uint64_t* chip_time;
  std::uint64_t* fpga_time;
  std::uint16_t* label;
};

EventCursor at(EventCursor begin, std::size_t index) {
  return {begin.chip_time + index, begin.fpga_time + index, begin.label + index};
}

#ifdef HX_UT_AVX2

// Shuffles for 16 bytes of a message: labels to the low 64 bits, timestamps to bytes 0 of four
// 64 bit lanes.
struct alignas(32) PackShuffle {
  std::uint8_t timestamps[32];
  std::uint8_t labels[16];
  std::uint8_t fill[16];
};
constexpr std::array<PackShuffle, kFromFpgaCount> kShuffles = [] {
  std::array<PackShuffle, kFromFpgaCount> table{};
  for (unsigned h = 0; h < kFromFpgaCount; ++h) {
    for (std::uint8_t& place : table[h].timestamps) place = 0x80;
    for (std::uint8_t& place : table[h].labels) place = 0x80;
    PackLayout const layout = pack_layout(h);
    for (std::size_t k = 0; k < layout.count; ++k) {
      auto const place = static_cast<std::uint8_t>(layout.first + 3 * k);
      table[h].timestamps[8 * k] = place;
      table[h].labels[2 * k] = static_cast<std::uint8_t>(place + 2);
      table[h].labels[2 * k + 1] = static_cast<std::uint8_t>(place + 1);
    }
  }
  return table;
}();

// Stores the events of the message at `bytes`, and up to a fourth one of junk.
inline void store_events(std::uint8_t const* bytes, std::uint64_t header, std::uint64_t time,
                         EventCursor to) {
  PackShuffle const& shuffle = kShuffles[header];
  __m128i const message = _mm_loadu_si128(reinterpret_cast<__m128i const*>(bytes));
  __m128i const labels =
      _mm_shuffle_epi8(message, _mm_load_si128(reinterpret_cast<__m128i const*>(shuffle.labels)));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(to.label), labels);
  __m256i const now = _mm256_set1_epi64x(static_cast<long long>(time));
  __m256i const timestamps =
      _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(message),
                          _mm256_load_si256(reinterpret_cast<__m256i const*>(shuffle.timestamps)));
  __m256i const base = _mm256_andnot_si256(_mm256_set1_epi64x(127), now);
  __m256i const recent = _mm256_or_si256(base, _mm256_srli_epi64(timestamps, 1));
  __m256i const back = _mm256_and_si256(_mm256_cmpgt_epi64(recent, now), _mm256_set1_epi64x(128));
  __m256i const chip = _mm256_and_si256(_mm256_sub_epi64(recent, back),
                                        _mm256_set1_epi64x(static_cast<long long>(kTimeMask)));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to.chip_time), chip);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to.fpga_time), now);
}

#else

inline void store_events(std::uint8_t const* bytes, std::uint64_t header, std::uint64_t time,
                         EventCursor to) {
  PackLayout const layout = pack_layout(header);
  for (std::size_t k = 0; k < layout.count; ++k) {
    std::uint8_t const* const event = bytes + layout.first + 3 * k;
    std::uint64_t const recent = (time & ~std::uint64_t{127}) | event[0] >> 1;
    to.chip_time[k] = (recent > time ? recent - 128 : recent) & kTimeMask;
    to.fpga_time[k] = time;
    to.label[k] = static_cast<std::uint16_t>(event[1] << 8 | event[2]);
  }
}

#endif

// Growing end of an array of which at most `count` more elements are written.
template <typename T>
T* open_end(FlatArray<T>& array, std::size_t count) {
  array.reserve(array.size() + count);
  return array.data() + array.size();
}

template <typename Events>
EventCursor open_events(Events& events, FlatArray<std::uint16_t>& labels, std::size_t count) {
  return {open_end(events.chip_time, count), open_end(events.fpga_time, count),
          open_end(labels, count)};
}

template <typename Events>
void close_events(Events& events, FlatArray<std::uint16_t>& labels, std::size_t count) {
  events.chip_time.set_size(events.chip_time.size() + count);
  events.fpga_time.set_size(events.fpga_time.size() + count);
  labels.set_size(labels.size() + count);
}

// The messages that are neither frequent nor samples of the MADC. True for a halt.
bool deliver_rare(std::uint8_t const* bytes, std::uint64_t header, std::uint64_t time,
                  Received& out) {
  std::uint64_t const word = load_big_endian(bytes);
  switch (static_cast<FromFpga>(header)) {
    case FromFpga::kJtagData:
      out.jtag.value.push_back(spec::from_fpga::jtag_data::kData.get(word));
      out.jtag.fpga_time.push_back(time);
      return false;
    case FromFpga::kLoopback: {
      using namespace spec::from_fpga::loopback;
      bool const is_halt = kTag.get(word) == kTagHalt;
      (is_halt ? out.halts : out.ticks).push_back(time);
      return is_halt;
    }
    case FromFpga::kHighspeedLinkNotification:
      out.notifications.push_back({.fpga_time = time, .bits = static_cast<std::uint8_t>(word)});
      return false;
    case FromFpga::kTimeoutNotification: {
      using namespace spec::from_fpga::timeout_notification;
      out.timeouts.push_back({.fpga_time = time,
                              .instruction = static_cast<std::uint32_t>(kInstruction.get(word)),
                              .trace_stall = static_cast<std::uint8_t>(kTraceStall.get(word)),
                              .omnibus_reads = static_cast<std::uint8_t>(kOmnibusReads.get(word))});
      return false;
    }
    default:
      return false;
  }
}

// A place in a block of bytes, with the state of the decoder there.
struct Cursor {
  std::uint8_t const* position;
  std::uint8_t const* end;
  std::uint64_t time;
  std::uint64_t time_bits;
  std::uint64_t messages;
};

enum class Break : std::uint8_t { kEnd, kHalt, kUnknownHeader };

// Takes messages until the next one is incomplete or something stops it.
Break take_messages(Cursor& cursor, Received& out) {
  std::uint8_t const* p = cursor.position;
  std::uint8_t const* const end = cursor.end;
  std::uint64_t time = cursor.time;
  std::uint64_t time_bits = 0;
  std::uint64_t messages = 0;

  // Every message has at least 8 bytes; one more triple is room for what is stored as junk.
  std::size_t const most = static_cast<std::size_t>(end - p) / 8 + 1;
  EventCursor const spikes = open_events(out.spikes, out.spikes.label, 3 * most + 4);
  std::uint32_t* const read_value = open_end(out.reads.value, most + 1);
  std::uint64_t* const read_time = open_end(out.reads.fpga_time, most + 1);
  std::size_t spike = 0;
  std::size_t read = 0;
  EventCursor samples{};  // opened by the first one
  std::size_t sample = 0;

  Break result = Break::kEnd;
  std::uint64_t header = *p;  // beyond the end it is junk that the loop does not look at
  while (p < end) {
    if (header >= kFromFpgaCount) [[unlikely]] {
      if ((header & kComma) == 0) {
        result = Break::kUnknownHeader;
        break;
      }
      // Padding up to the end of the word; words lie at multiples of 8.
      p += 8 - (reinterpret_cast<std::uintptr_t>(p) & 7);
      header = *p;
      continue;
    }
    std::uint64_t const next_if_8 = p[8];
    std::uint64_t const next_if_10 = p[10];
    std::uint64_t const is_long = kThreePacks >> header & 1;
    std::uint8_t const* const after = p + 8 + 2 * is_long;
    if (after > end) [[unlikely]]
      break;

    std::uint64_t const word = load_big_endian(p);
    Effect const& effect = kEffects[header];
    time = ((time + 1) & effect.keep_time) + (word & effect.take_time);
    time_bits |= time;
    ++messages;

    if ((kMadc >> header & 1) != 0) [[unlikely]] {
      if (samples.label == nullptr) samples = open_events(out.madc, out.madc.raw, 3 * most + 4);
      store_events(p, header, time, at(samples, sample));
      sample += effect.samples;
      p = after;
      header = *p;
      continue;
    }
    if ((kFrequent >> header & 1) == 0) [[unlikely]] {
      bool const is_halt = deliver_rare(p, header, time, out);
      p = after;
      header = *p;
      if (!is_halt) continue;
      result = Break::kHalt;
      break;
    }
    store_events(p, header, time, at(spikes, spike));
    spike += effect.spikes;
    read_value[read] = static_cast<std::uint32_t>(word);
    read_time[read] = time;
    read += effect.reads;

    header = next_if_8 ^ ((next_if_8 ^ next_if_10) & (0 - is_long));
    p = after;
  }

  close_events(out.spikes, out.spikes.label, spike);
  if (sample != 0) {
    close_events(out.madc, out.madc.raw, sample);
    for (std::uint16_t& raw : out.madc.raw.span().last(sample)) raw &= 0x3fff;
  }
  out.reads.value.set_size(out.reads.value.size() + read);
  out.reads.fpga_time.set_size(out.reads.fpga_time.size() + read);
  cursor = {p, end, time, cursor.time_bits | time_bits, cursor.messages + messages};
  return result;
}

}  // namespace

void FromFpgaDecoder::start_program() {
  time_ = 0;
  time_bits_ = 0;
}

FromFpgaDecoder::Progress FromFpgaDecoder::decode(std::span<std::uint64_t const> words,
                                                  Received& out) {
  alignas(64) std::uint8_t bytes[kFront + 8 * kBlockWords + kTail];
  std::size_t taken = 0;
  if (unknown_header_ != 0) {
    return {.words = 0, .stop = Stop::kUnknownHeader, .header = unknown_header_};
  }
  while (taken < words.size()) {
    std::size_t const count = std::min(kBlockWords, words.size() - taken);
    std::uint8_t* const begin = bytes + kFront - carry_bytes_;
    std::uint8_t* const end = bytes + kFront + 8 * count;
    std::memcpy(begin, carry_.data(), carry_bytes_);
    store_big_endian(words.subspan(taken, count), bytes + kFront);
    std::memset(end, 0, kTail);

    Cursor cursor{begin, end, time_, time_bits_, messages_};
    Break const why = take_messages(cursor, out);
    time_ = cursor.time;
    time_bits_ = cursor.time_bits;
    messages_ = cursor.messages;

    if (why == Break::kUnknownHeader) {
      unknown_header_ = *cursor.position;
      carry_bytes_ = 0;
      auto const at = std::max<std::ptrdiff_t>(cursor.position - (bytes + kFront), 0);
      return {.words = taken + static_cast<std::size_t>(at) / 8,
              .stop = Stop::kUnknownHeader,
              .header = unknown_header_};
    }
    std::uint8_t const* stop = end;
    if (why == Break::kHalt) {
      // The rest of the word in which the halt ends stays here, the words behind it do not.
      auto const used = static_cast<std::size_t>(cursor.position - (bytes + kFront));
      stop = bytes + kFront + (used + 7) / 8 * 8;
    }
    carry_bytes_ = static_cast<std::size_t>(stop - cursor.position);
    HX_CHECK(carry_bytes_ < carry_.size()) << carry_bytes_ << " bytes left over";
    std::memcpy(carry_.data(), cursor.position, carry_bytes_);
    taken += static_cast<std::size_t>(stop - (bytes + kFront)) / 8;
    if (why == Break::kHalt) {
      // An unknown header right behind the halt is reported by the next call.
      if (carry_bytes_ > 0 && carry_[0] >= kFromFpgaCount && (carry_[0] & kComma) == 0) {
        unknown_header_ = carry_[0];
      }
      return {.words = taken, .stop = Stop::kHalt, .header = 0};
    }
  }
  return {.words = taken, .stop = Stop::kEnd, .header = 0};
}

}  // namespace hx::ut
