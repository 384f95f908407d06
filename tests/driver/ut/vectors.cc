#include "tests/driver/ut/vectors.h"

#include <zlib.h>

#include <algorithm>
#include <array>

#include "driver/base/check.h"

namespace hx::ut {
namespace {

using Names = std::vector<std::string>;

// In the order of the header codes.
Names const& to_fpga_names() {
  static Names const names = {
      "to_fpga_jtag::Init",
      "to_fpga_jtag::Scaler",
      "to_fpga_jtag::Ins",
      "to_fpga_jtag::Data",
      "timing::Setup",
      "timing::WaitUntil",
      "timing::SystimeInit",
      "timing::Barrier",
      "timing::PollingOmnibusBlock",
      "system::Reset",
      "system::Loopback",
      "omnibus_to_fpga::Address",
      "omnibus_to_fpga::Data",
      "event_to_fpga::SpikePack1",
      "event_to_fpga::SpikePack2",
      "event_to_fpga::SpikePack3",
  };
  return names;
}

Names const& from_fpga_names() {
  static Names const names = {
      "jtag_from_hicann::Data",
      "omnibus_from_fpga::Data",
      "from_fpga_system::Loopback",
      "from_fpga_system::HighspeedLinkNotification",
      "from_fpga_system::TimeoutNotification",
      "timing_from_fpga::Systime",
      "timing_from_fpga::Sysdelta",
      "event_from_fpga::MADCSamplePack1",
      "event_from_fpga::MADCSamplePack2",
      "event_from_fpga::MADCSamplePack3",
      "event_from_fpga::SpikePack1",
      "event_from_fpga::SpikePack2",
      "event_from_fpga::SpikePack3",
  };
  return names;
}

std::uint8_t code_of(nlohmann::json const& object, Names const& names) {
  auto const name = object.at("name").get<std::string>();
  auto const place = std::find(names.begin(), names.end(), name);
  HX_CHECK(place != names.end()) << name;
  auto const code = static_cast<std::uint8_t>(place - names.begin());
  if (object.contains("header")) HX_CHECK(object["header"] == code) << object;
  return code;
}

std::uint64_t number(nlohmann::json const& object, char const* key) {
  return object.at(key).get<std::uint64_t>();
}

}  // namespace

std::vector<nlohmann::json> read_json_lines(std::string const& path) {
  gzFile const file = gzopen(path.c_str(), "rb");
  HX_CHECK(file != nullptr) << path;
  std::string text;
  std::array<char, 1 << 16> buffer;
  int count = 0;
  while ((count = gzread(file, buffer.data(), buffer.size())) > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  HX_CHECK(count == 0) << path;
  gzclose(file);

  std::vector<nlohmann::json> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    std::size_t const end = std::min(text.find('\n', begin), text.size());
    if (end > begin) lines.push_back(nlohmann::json::parse(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  return lines;
}

ToFpgaMessage to_fpga_message(nlohmann::json const& object) {
  ToFpgaMessage message{.payload = 0,
                        .code = static_cast<ToFpga>(code_of(object, to_fpga_names()))};
  if (object.contains("value")) {
    message.payload = number(object, "value");
  } else if (object.contains("num_bits")) {
    message.payload = number(object, "payload") | number(object, "num_bits") << 40 |
                      std::uint64_t{object["keep_response"].get<bool>()} << 48;
  } else if (object.contains("address")) {
    message.payload = number(object, "address") | number(object, "byte_enables") << 32 |
                      std::uint64_t{object["is_read"].get<bool>()} << 36;
  } else if (object.contains("spikes")) {
    for (auto const& label : object["spikes"]) {
      message.payload = message.payload << 16 | label.get<std::uint64_t>();
    }
  }
  return message;
}

FromFpgaMessage from_fpga_message(nlohmann::json const& object) {
  auto const code = static_cast<FromFpga>(code_of(object, from_fpga_names()));
  FromFpgaMessage message{.payload = 0, .payload_high = 0, .code = code};
  if (object.contains("value")) {
    message.payload = number(object, "value");
    return message;
  }
  bool const is_spike = object.contains("spikes");
  for (auto const& event : object[is_spike ? "spikes" : "samples"]) {
    std::uint64_t const bits =
        number(event, "timestamp") << 16 | number(event, is_spike ? "label" : "value");
    message.payload_high = static_cast<std::uint8_t>(message.payload >> 40);
    message.payload = message.payload << 24 | bits;
  }
  return message;
}

std::vector<std::uint64_t> words_of(nlohmann::json const& line) {
  std::vector<std::uint64_t> words;
  for (auto const& word : line.at("words")) {
    words.push_back(std::stoull(word.get<std::string>(), nullptr, 16));
  }
  return words;
}

Received annotate(std::span<FromFpgaMessage const> messages) {
  Received out;
  std::uint64_t t = 0;
  for (FromFpgaMessage const& message : messages) {
    t += 1;
    if (message.code == FromFpga::kSystime) t = message.payload;
    if (message.code == FromFpga::kSysdelta) t += message.payload;

    auto const code = static_cast<unsigned>(message.code);
    if (code >= 7) {
      bool const is_spike = code >= 10;
      unsigned const count = (code - 7) % 3 + 1;
      for (unsigned k = count; k-- > 0;) {
        unsigned __int128 const payload =
            static_cast<unsigned __int128>(message.payload_high) << 64 | message.payload;
        auto const event = static_cast<std::uint32_t>(payload >> (24 * k) & 0xffffff);
        std::uint64_t c = (t & ~std::uint64_t{127}) | event >> 17;
        if (c > t) c -= 128;
        c &= 0x7ff'ffff'ffff;
        (is_spike ? out.spikes.chip_time : out.madc.chip_time).push_back(c);
        (is_spike ? out.spikes.fpga_time : out.madc.fpga_time).push_back(t);
        if (is_spike) out.spikes.label.push_back(static_cast<std::uint16_t>(event));
        if (!is_spike) out.madc.raw.push_back(static_cast<std::uint16_t>(event & 0x3fff));
      }
    } else if (message.code == FromFpga::kOmnibusData) {
      out.reads.value.push_back(static_cast<std::uint32_t>(message.payload));
      out.reads.fpga_time.push_back(t);
    } else if (message.code == FromFpga::kJtagData) {
      out.jtag.value.push_back(message.payload);
      out.jtag.fpga_time.push_back(t);
    } else if (message.code == FromFpga::kLoopback) {
      (message.payload == 1 ? out.ticks : out.halts).push_back(t);
    } else if (message.code == FromFpga::kHighspeedLinkNotification) {
      out.notifications.push_back(
          {.fpga_time = t, .bits = static_cast<std::uint8_t>(message.payload)});
    } else if (message.code == FromFpga::kTimeoutNotification) {
      out.timeouts.push_back(
          {.fpga_time = t,
           .instruction = static_cast<std::uint32_t>(message.payload),
           .trace_stall = static_cast<std::uint8_t>(message.payload >> 32 & 0x7f),
           .omnibus_reads = static_cast<std::uint8_t>(message.payload >> 39 & 0x3f)});
    }
  }
  return out;
}

}  // namespace hx::ut
