#include "driver/link/capture_link.h"

#include <algorithm>
#include <utility>

#include "driver/capture/exchange.h"

namespace hx {

Result<std::unique_ptr<Link>> CaptureLink::create(std::unique_ptr<Link> inner,
                                                  std::string const& path,
                                                  std::string const& name) {
  auto file = capture::PcapngWriter::create(path, capture::kLinkTypeWords, name);
  if (!file) return std::move(file).error();
  return std::unique_ptr<Link>(new CaptureLink(std::move(inner), std::move(*file), path));
}

Result<void> CaptureLink::send(std::span<std::uint64_t const> words) {
  if (failed_) return *failed_;
  // Before it is sent: if the link breaks here, the file shows on what.
  record(capture::Direction::kToFpga, words);
  return inner_->send(words);
}

Result<std::size_t> CaptureLink::receive(std::span<std::uint64_t> words, Deadline deadline) {
  if (failed_) return *failed_;
  Result<std::size_t> count = inner_->receive(words, deadline);
  if (count) record(capture::Direction::kFromFpga, words.first(*count));
  return count;
}

void CaptureLink::record(capture::Direction direction, std::span<std::uint64_t const> words) {
  if (words.empty()) return;
  std::uint64_t const time = capture::now_ns();
  while (!words.empty() && !failed_) {
    std::size_t const count = std::min(words.size(), capture::kWordsPerPacket);
    capture::encode_words(direction, words.first(count), packet_);
    if (auto written = file_->write(time, direction, packet_); !written)
      failed_ = std::move(written).error();
    words = words.subspan(count);
  }
  if (failed_) return;
  if (auto written = file_->flush(); !written) failed_ = std::move(written).error();
}

std::string CaptureLink::describe() const {
  return inner_->describe() + ", captured in " + path_;
}

}  // namespace hx
