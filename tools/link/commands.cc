#include "tools/link/commands.h"

#include <iostream>
#include <memory>
#include <string>

#include "driver/base/result.h"
#include "tools/exit_code.h"
#include "tools/link/capture.h"
#include "tools/targets.h"

namespace hx::tools {
namespace {

int report(Error const& error) {
  std::cerr << "hx: " << error.text() << "\n";
  return exit_code(error.code);
}

int report(Result<void> const& done) {
  return done ? 0 : report(done.error());
}

struct CaptureOptions {
  std::string file;
  std::string other;
  std::string target{kDefaultTarget};
  std::size_t session = 0;
  double seconds = 60;
};

int diff(CaptureOptions const& options) {
  Result<bool> const alike = diff_captures(options.file, options.other, std::cout);
  if (!alike) return report(alike.error());
  return *alike ? 0 : 1;
}

void add_capture(CLI::App& app, int& status) {
  auto const options = std::make_shared<CaptureOptions>();
  CLI::App* const capture = app.add_subcommand("capture", "captures of links (pcapng)");
  capture->require_subcommand(1);
  CLI::App* const show = capture->add_subcommand("show", "lists the messages");
  show->add_option("FILE", options->file, "capture")->required();
  show->add_option("--session", options->session, "only this one, from 1");
  show->callback([options, &status] {
    status = report(show_capture(options->file, options->session, std::cout));
  });
  CLI::App* const compare =
      capture->add_subcommand("diff", "first difference of two captures; 1 if there is one");
  compare->add_option("FILE", options->file, "capture")->required();
  compare->add_option("OTHER", options->other, "capture")->required();
  compare->callback([options, &status] { status = diff(*options); });
  CLI::App* const replay =
      capture->add_subcommand("replay", "sends it to a target and compares the answers");
  replay->add_option("FILE", options->file, "capture")->required();
  replay->add_option("--target", options->target, "where to")->capture_default_str();
  replay->add_option("--session", options->session, "which one, from 1");
  replay->add_option("--timeout", options->seconds, "seconds for each answer")
      ->capture_default_str();
  replay->callback([options, &status] {
    std::size_t const session = options->session == 0 ? 1 : options->session;
    status = report(replay_capture(options->file, session, all_targets(), options->target,
                                   options->seconds, std::cout));
  });
}

}  // namespace

void add_link_commands(CLI::App& app, int& status) {
  add_capture(app, status);
}

}  // namespace hx::tools
