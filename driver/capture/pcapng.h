/// Capture files in the pcapng format, as Wireshark opens them: packets with time, direction and the
/// kind of network they come from.
///
///     auto file = capture::PcapngWriter::create("run.pcapng", capture::kLinkTypeWords, "twin:");
///     if (!file) return file.error();
///     (*file)->write(capture::now_ns(), capture::Direction::kToFpga, bytes);
///
///     auto reader = capture::PcapngReader::open("run.pcapng");
///     while (true) {
///       Result<std::optional<capture::Packet>> packet = (*reader)->next();
///       if (!packet) return packet.error();
///       if (!*packet) break;                       // end of the file
///     }
///
/// Files from outside are read with limits (below); what exceeds them or breaks the format is an
/// Error of code kParse that names the byte, never a crash. A file that ends in the middle of a block
/// (its writer was killed) ends with such an Error, after all packets in front of it.
///
/// Threads: one at a time per object.
#pragma once

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <istream>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "driver/base/result.h"

namespace hx::capture {

enum class Direction : std::uint8_t { kToFpga, kFromFpga };

inline constexpr std::uint16_t kLinkTypeEthernet = 1;
inline constexpr std::uint16_t kLinkTypeRaw = 101;    ///< begins with the IP header
inline constexpr std::uint16_t kLinkTypeWords = 147;  ///< USER0: words of a link, see exchange.h
inline constexpr std::uint16_t kLinkTypeIpv4 = 228;

inline constexpr std::size_t kMaxBlockBytes = std::size_t{1} << 24;
inline constexpr std::size_t kMaxPacketBytes = std::size_t{1} << 18;  ///< what Wireshark takes
inline constexpr std::size_t kMaxInterfaces = 256;

struct Packet {
  std::uint64_t time_ns = 0;  ///< since 1970
  std::uint16_t link_type = 0;
  std::optional<Direction> direction;  ///< inbound is from the FPGA; not every writer says it
  bool is_complete = true;             ///< false: the writer has cut it
  std::vector<std::byte> bytes;

  bool operator==(Packet const&) const = default;
};

/// Wall-clock time for `write`.
std::uint64_t now_ns();

class PcapngWriter {
 public:
  /// Replaces the file. kIo if it cannot be written. `name` is shown as the name of the interface.
  static Result<std::unique_ptr<PcapngWriter>> create(std::string const& path,
                                                      std::uint16_t link_type,
                                                      std::string const& name);

  /// Appends a packet of at most kMaxPacketBytes (contract). kIo when the disk is full.
  Result<void> write(std::uint64_t time_ns, Direction direction, std::span<std::byte const> bytes);
  /// Hands everything to the operating system.
  Result<void> flush();

 private:
  PcapngWriter(std::ofstream file, std::string path)
      : file_(std::move(file)), path_(std::move(path)) {}
  Result<void> check();

  std::ofstream file_;
  std::string path_;
  std::vector<std::byte> block_;
};

class PcapngReader {
 public:
  /// kNotFound or kIo if there is no such file.
  static Result<std::unique_ptr<PcapngReader>> open(std::string const& path);
  explicit PcapngReader(std::unique_ptr<std::istream> in) : in_(std::move(in)) {}

  /// The next packet, nothing at the end of the file.
  Result<std::optional<Packet>> next();

 private:
  struct Interface {
    std::uint16_t link_type;
    std::uint8_t resolution;  // as in if_tsresol
  };
  struct Block {
    std::uint32_t type = 0;
    std::vector<std::byte> body;
  };

  Result<std::optional<Block>> read_block();
  Result<void> begin_section(std::span<std::byte const> body);
  Result<void> add_interface(std::span<std::byte const> body);
  Result<Packet> packet(std::span<std::byte const> body);
  [[nodiscard]] std::uint32_t u32(std::byte const* from) const;
  [[nodiscard]] std::uint16_t u16(std::byte const* from) const;
  [[nodiscard]] Error broken(std::string const& what) const;

  std::unique_ptr<std::istream> in_;
  std::uint64_t offset_ = 0;  // of the block at work
  std::uint64_t position_ = 0;
  bool has_section_ = false;
  bool is_swapped_ = false;
  std::vector<Interface> interfaces_;
};

}  // namespace hx::capture
