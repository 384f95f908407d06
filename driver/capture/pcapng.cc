#include "driver/capture/pcapng.h"

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstring>
#include <utility>

#include "driver/base/check.h"

namespace hx::capture {
namespace {

static_assert(std::endian::native == std::endian::little,
              "blocks are written as they lie in memory");

constexpr std::uint32_t kSectionHeader = 0x0a0d0d0a;
constexpr std::uint32_t kInterfaceDescription = 1;
constexpr std::uint32_t kEnhancedPacket = 6;
constexpr std::uint32_t kByteOrder = 0x1a2b3c4d;
constexpr std::uint16_t kOptionName = 2;
constexpr std::uint16_t kOptionResolution = 9;
constexpr std::uint16_t kOptionFlags = 2;
constexpr std::uint32_t kInbound = 1;
constexpr std::uint32_t kOutbound = 2;
constexpr std::uint8_t kMicroseconds = 6;
constexpr std::uint8_t kNanoseconds = 9;

constexpr std::size_t padded(std::size_t size) {
  return (size + 3) & ~std::size_t{3};
}

// Builds one block: begin, fields, end (which fills the two lengths in).
class Builder {
 public:
  Builder(std::vector<std::byte>& out, std::uint32_t type) : out_(out) {
    out_.clear();
    u32(type);
    u32(0);
  }
  void u16(std::uint16_t value) { append(&value, sizeof value); }
  void u32(std::uint32_t value) { append(&value, sizeof value); }
  void bytes(std::span<std::byte const> data) {
    append(data.data(), data.size());
    out_.resize(padded(out_.size()));
  }
  void option(std::uint16_t code, std::span<std::byte const> value) {
    u16(code);
    u16(static_cast<std::uint16_t>(value.size()));
    bytes(value);
  }
  void end() {
    u32(0);  // end of options
    auto const size = static_cast<std::uint32_t>(out_.size() + 4);
    u32(size);
    std::memcpy(out_.data() + 4, &size, sizeof size);
  }

 private:
  void append(void const* data, std::size_t size) {
    auto const* const from = static_cast<std::byte const*>(data);
    out_.insert(out_.end(), from, from + size);
  }
  std::vector<std::byte>& out_;
};

// Time units to nanoseconds; what does not fit is cut off.
std::uint64_t to_ns(std::uint64_t time, std::uint8_t resolution) {
  auto const exponent = static_cast<unsigned>(resolution & 0x7f);
  __extension__ using Wide = unsigned __int128;
  Wide value = time;
  if ((resolution & 0x80) != 0) {
    if (exponent >= 64) return 0;
    return static_cast<std::uint64_t>((value * 1'000'000'000U) >> exponent);
  }
  for (unsigned i = exponent; i < kNanoseconds; ++i) value *= 10;
  for (unsigned i = kNanoseconds; i < exponent && value != 0; ++i) value /= 10;
  return static_cast<std::uint64_t>(value);
}

}  // namespace

std::uint64_t now_ns() {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                        std::chrono::system_clock::now().time_since_epoch())
                                        .count());
}

Result<std::unique_ptr<PcapngWriter>> PcapngWriter::create(std::string const& path,
                                                           std::uint16_t link_type,
                                                           std::string const& name) {
  std::unique_ptr<PcapngWriter> writer(
      new PcapngWriter(std::ofstream(path, std::ios::binary | std::ios::trunc), path));
  if (auto opened = writer->check(); !opened) return std::move(opened).error();
  std::vector<std::byte>& block = writer->block_;
  Builder section(block, kSectionHeader);
  section.u32(kByteOrder);
  section.u16(1);
  section.u16(0);
  section.u32(0xffff'ffff);  // length of the section: not known
  section.u32(0xffff'ffff);
  section.end();
  std::vector<std::byte> header = block;
  Builder interface(block, kInterfaceDescription);
  interface.u16(link_type);
  interface.u16(0);
  interface.u32(kMaxPacketBytes);
  interface.option(kOptionName,
                   std::as_bytes(std::span(name).first(std::min<std::size_t>(name.size(), 1024))));
  interface.option(kOptionResolution, std::array{std::byte{kNanoseconds}});
  interface.end();
  header.insert(header.end(), block.begin(), block.end());
  writer->file_.write(reinterpret_cast<char const*>(header.data()),
                      static_cast<std::streamsize>(header.size()));
  if (auto done = writer->flush(); !done) return std::move(done).error();
  return writer;
}

Result<void> PcapngWriter::write(std::uint64_t time_ns, Direction direction,
                                 std::span<std::byte const> bytes) {
  HX_CHECK(bytes.size() <= kMaxPacketBytes) << "a packet of " << bytes.size() << " bytes";
  Builder packet(block_, kEnhancedPacket);
  packet.u32(0);
  packet.u32(static_cast<std::uint32_t>(time_ns >> 32));
  packet.u32(static_cast<std::uint32_t>(time_ns));
  packet.u32(static_cast<std::uint32_t>(bytes.size()));
  packet.u32(static_cast<std::uint32_t>(bytes.size()));
  packet.bytes(bytes);
  std::uint32_t const flags = direction == Direction::kFromFpga ? kInbound : kOutbound;
  packet.option(kOptionFlags, std::as_bytes(std::span(&flags, 1)));
  packet.end();
  file_.write(reinterpret_cast<char const*>(block_.data()),
              static_cast<std::streamsize>(block_.size()));
  return check();
}

Result<void> PcapngWriter::flush() {
  file_.flush();
  return check();
}

Result<void> PcapngWriter::check() {
  if (file_) return {};
  return Error{.code = ErrorCode::kIo,
               .message = "cannot write the capture " + path_,
               .hint = "does its folder exist, may you write there, and is there room?"};
}

Result<std::unique_ptr<PcapngReader>> PcapngReader::open(std::string const& path) {
  auto file = std::make_unique<std::ifstream>(path, std::ios::binary);
  if (!*file) {
    return Error{.code = ErrorCode::kNotFound, .message = "cannot read the capture " + path};
  }
  return std::make_unique<PcapngReader>(std::move(file));
}

Result<std::optional<Packet>> PcapngReader::next() {
  while (true) {
    offset_ = position_;
    Result<std::optional<Block>> block = read_block();
    if (!block) return std::move(block).error();
    if (!*block) return std::optional<Packet>();
    Result<void> done;
    switch ((*block)->type) {
      case kSectionHeader:
        done = begin_section((*block)->body);
        break;
      case kInterfaceDescription:
        done = add_interface((*block)->body);
        break;
      case kEnhancedPacket: {
        Result<Packet> found = packet((*block)->body);
        if (!found) return std::move(found).error();
        return std::optional<Packet>(std::move(*found));
      }
      default:  // statistics, name resolution, ...: nothing for us
        break;
    }
    if (!done) return std::move(done).error();
  }
}

Result<std::optional<PcapngReader::Block>> PcapngReader::read_block() {
  std::byte head[12];
  in_->read(reinterpret_cast<char*>(head), 8);
  if (in_->gcount() == 0) return std::optional<Block>();
  if (in_->gcount() < 8) return broken("the file ends in the middle of a block");
  std::uint32_t type = 0;
  std::memcpy(&type, head, 4);
  std::size_t head_bytes = 8;
  if (type == kSectionHeader) {  // the same in both byte orders
    in_->read(reinterpret_cast<char*>(head + 8), 4);
    if (in_->gcount() < 4) return broken("the file ends in the middle of a block");
    std::uint32_t order = 0;
    std::memcpy(&order, head + 8, 4);
    if (order != kByteOrder && order != __builtin_bswap32(kByteOrder))
      return broken("a section without byte order");
    is_swapped_ = order != kByteOrder;
    has_section_ = true;
    head_bytes = 12;
  }
  if (!has_section_) {
    return Error{.code = ErrorCode::kParse,
                 .message = "not a pcapng file: it does not begin with a section",
                 .hint = "Wireshark and tshark convert: tshark -r OLD.pcap -w NEW.pcapng"};
  }
  Block block;
  block.type = u32(head);
  std::size_t const size = u32(head + 4);
  if (size < head_bytes + 4 || size % 4 != 0 || size > kMaxBlockBytes)
    return broken("a block of " + std::to_string(size) + " bytes");
  block.body.resize(size - 8 - 4);
  std::size_t const known = head_bytes - 8;
  if (known > block.body.size()) return broken("a block of " + std::to_string(size) + " bytes");
  std::memcpy(block.body.data(), head + 8, known);
  auto const rest = static_cast<std::streamsize>(block.body.size() - known);
  in_->read(reinterpret_cast<char*>(block.body.data() + known), rest);
  std::byte tail[4];
  if (in_->gcount() == rest) in_->read(reinterpret_cast<char*>(tail), 4);
  if (!*in_) return broken("the file ends in the middle of a block");
  if (u32(tail) != size) return broken("a block with two different lengths");
  position_ += size;
  return std::optional<Block>(std::move(block));
}

Result<void> PcapngReader::begin_section(std::span<std::byte const> body) {
  if (body.size() < 16) return broken("a section header that is too short");
  if (u16(body.data() + 4) != 1) {
    return broken("version " + std::to_string(u16(body.data() + 4)) + " of the format");
  }
  interfaces_.clear();
  return {};
}

Result<void> PcapngReader::add_interface(std::span<std::byte const> body) {
  if (body.size() < 8) return broken("an interface description that is too short");
  if (interfaces_.size() >= kMaxInterfaces) return broken("too many interfaces");
  Interface interface { u16(body.data()), kMicroseconds };
  std::span<std::byte const> options = body.subspan(8);
  while (options.size() >= 4) {
    std::uint16_t const code = u16(options.data());
    std::size_t const size = u16(options.data() + 2);
    if (code == 0) break;
    if (padded(size) > options.size() - 4) return broken("an option beyond its block");
    if (code == kOptionResolution && size == 1)
      interface.resolution = static_cast<std::uint8_t>(options[4]);
    options = options.subspan(4 + padded(size));
  }
  interfaces_.push_back(interface);
  return {};
}

Result<Packet> PcapngReader::packet(std::span<std::byte const> body) {
  if (body.size() < 20) return broken("a packet block that is too short");
  std::size_t const interface = u32(body.data());
  std::size_t const size = u32(body.data() + 12);
  if (interface >= interfaces_.size())
    return broken("a packet of the unknown interface " + std::to_string(interface));
  if (size > kMaxPacketBytes || padded(size) > body.size() - 20)
    return broken("a packet of " + std::to_string(size) + " bytes in a block of " +
                  std::to_string(body.size()));
  Packet packet;
  std::uint64_t const time =
      std::uint64_t{u32(body.data() + 4)} << 32 | std::uint64_t{u32(body.data() + 8)};
  packet.time_ns = to_ns(time, interfaces_[interface].resolution);
  packet.link_type = interfaces_[interface].link_type;
  packet.is_complete = u32(body.data() + 16) <= size;
  packet.bytes.assign(body.begin() + 20, body.begin() + 20 + static_cast<std::ptrdiff_t>(size));
  std::span<std::byte const> options = body.subspan(20 + padded(size));
  while (options.size() >= 4) {
    std::uint16_t const code = u16(options.data());
    std::size_t const bytes = u16(options.data() + 2);
    if (code == 0) break;
    if (padded(bytes) > options.size() - 4) return broken("an option beyond its block");
    if (code == kOptionFlags && bytes == 4) {
      std::uint32_t const flags = u32(options.data() + 4) & 3;
      if (flags == kInbound) packet.direction = Direction::kFromFpga;
      if (flags == kOutbound) packet.direction = Direction::kToFpga;
    }
    options = options.subspan(4 + padded(bytes));
  }
  return packet;
}

std::uint32_t PcapngReader::u32(std::byte const* from) const {
  std::uint32_t value = 0;
  std::memcpy(&value, from, sizeof value);
  return is_swapped_ ? __builtin_bswap32(value) : value;
}

std::uint16_t PcapngReader::u16(std::byte const* from) const {
  std::uint16_t value = 0;
  std::memcpy(&value, from, sizeof value);
  return is_swapped_ ? __builtin_bswap16(value) : value;
}

Error PcapngReader::broken(std::string const& what) const {
  return Error{.code = ErrorCode::kParse,
               .message = "capture, block at byte " + std::to_string(offset_) + ": " + what};
}

}  // namespace hx::capture
