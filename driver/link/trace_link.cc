#include "driver/link/trace_link.h"

#include <fstream>
#include <iomanip>
#include <iostream>
#include <utility>

namespace hx {

Result<std::unique_ptr<Link>> TraceLink::create(std::unique_ptr<Link> inner,
                                                std::string const& path) {
  std::unique_ptr<std::ostream> file;
  if (!path.empty()) {
    file = std::make_unique<std::ofstream>(path);
    if (!*file) {
      return Error{.code = ErrorCode::kIo,
                   .message = "cannot write the trace " + path,
                   .hint = "does its folder exist, and may you write there?"};
    }
  }
  return std::unique_ptr<Link>(new TraceLink(std::move(inner), std::move(file)));
}

Result<void> TraceLink::send(std::span<std::uint64_t const> words) {
  print('>', to_fpga_, words);
  return inner_->send(words);
}

Result<std::size_t> TraceLink::receive(std::span<std::uint64_t> words, Deadline deadline) {
  Result<std::size_t> count = inner_->receive(words, deadline);
  if (count) print('<', from_fpga_, words.first(*count));
  return count;
}

void TraceLink::print(char arrow, capture::Narrator& narrator,
                      std::span<std::uint64_t const> words) {
  if (words.empty()) return;
  std::ostream& out = file_ ? *file_ : std::cerr;
  double const seconds = static_cast<double>(capture::now_ns() - opened_ns_) * 1e-9;
  for (std::string const& line : narrator.lines(words)) {
    out << '+' << std::fixed << std::setprecision(6) << seconds << ' ' << arrow << ' ' << line
        << '\n';
  }
  out.flush();
}

}  // namespace hx
