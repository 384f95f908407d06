#include "tools/link/commands.h"

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "driver/base/result.h"
#include "tools/exit_code.h"
#include "tools/link/capture.h"
#include "tools/link/lease.h"
#include "tools/link/measure.h"
#include "tools/link/serve.h"
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

void add_serve(CLI::App& app, int& status) {
  auto const options = std::make_shared<ServeOptions>();
  CLI::App* const serving = app.add_subcommand(
      "serve", "is a board at a UDP address, for any client that speaks HostARQ");
  serving
      ->add_option("--target", options->targets, "what answers: one for all, or one for each --udp")
      ->capture_default_str();
  serving->add_option("--udp", options->addresses, "ADDRESS[:PORT], also several times")
      ->capture_default_str();
  serving->add_option("--fault", options->fault,
                      "a bad network: drop:0.1,dup:0.05,reorder:0.1,corrupt:0.01,delay:2ms,seed:7");
  serving->add_option("--capture", options->capture, "all datagrams as pcapng");
  serving->add_option("--log", options->log, "access log; default: the standard error output");
  serving->callback(
      [options, &status] { status = report(serve(*options, all_targets(), std::cout)); });
  app.add_subcommand("list", "lists boards: served here, configured, leased")->callback([&status] {
    status = report(list_boards(std::cout));
  });
}

struct LeaseOptions {
  std::string board;
  std::string holder;
  std::string token;
  long seconds = 600;
  double wait = 0;
  std::vector<std::string> command;
};

std::string holder_of(LeaseOptions const& options) {
  if (!options.holder.empty()) return options.holder;
  char const* const user = std::getenv("USER");
  return std::string(user == nullptr ? "unknown" : user) + ", process " +
         std::to_string(::getppid());
}

void print_lease(Lease const& lease) {
  auto const seconds = static_cast<std::time_t>(lease.expires);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  std::cout << lease.board << " until " << text << ", " << lease.holder << "\n";
}

int take(LeaseOptions const& options) {
  Result<Lease> const lease =
      take_lease(options.board, holder_of(options), std::chrono::seconds{options.seconds},
                 Deadline::in(std::chrono::duration<double>(options.wait)));
  if (!lease) return report(lease.error());
  std::cout << lease->token << "\n";
  return 0;
}

// Runs a command while the lease is held; returns its exit code.
int run_with_lease(LeaseOptions const& options) {
  Result<Lease> const lease =
      take_lease(options.board, holder_of(options), std::chrono::seconds{options.seconds},
                 Deadline::in(std::chrono::duration<double>(options.wait)), ::getpid());
  if (!lease) return report(lease.error());
  std::vector<char*> arguments;
  for (std::string const& word : options.command)
    arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t const child = ::fork();
  if (child == 0) {
    ::execvp(arguments[0], arguments.data());
    std::cerr << "hx: cannot start " << options.command[0] << "\n";
    ::_exit(127);
  }
  int state = 0;
  Deadline const expiry = Deadline::in(std::chrono::seconds{options.seconds});
  bool has_warned = false;
  while (child > 0 && ::waitpid(child, &state, WNOHANG) == 0) {
    if (expiry.passed() && !has_warned) {
      std::cerr << "hx: the lease of " << options.board << " has expired\n";
      has_warned = true;
    }
    ::usleep(20000);
  }
  (void)release_lease(options.board, lease->token);
  if (child < 0) return 1;
  return WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
}

int show_leases() {
  Result<std::vector<Lease>> const held = leases();
  if (!held) return report(held.error());
  for (Lease const& lease : *held) print_lease(lease);
  return 0;
}

void add_lease(CLI::App& app, int& status) {
  auto const options = std::make_shared<LeaseOptions>();
  CLI::App* const lease = app.add_subcommand("lease", "leases of shared boards, with expiry");
  lease->require_subcommand(1);
  auto const add = [&](char const* name, char const* help) {
    CLI::App* const verb = lease->add_subcommand(name, help);
    verb->add_option("BOARD", options->board, "ADDRESS[:PORT]")->required();
    return verb;
  };
  auto const add_taking = [&](char const* name, char const* help) {
    CLI::App* const verb = add(name, help);
    verb->add_option("--for", options->seconds, "seconds until it expires")->capture_default_str();
    verb->add_option("--wait", options->wait, "seconds to wait for it")->capture_default_str();
    verb->add_option("--holder", options->holder, "who, for others to read");
    return verb;
  };
  add_taking("take", "takes a board and prints the token")->callback([options, &status] {
    status = take(*options);
  });
  CLI::App* const run = add_taking("run", "runs a command while it has the board");
  run->add_option("COMMAND", options->command, "command and arguments, behind --")->required();
  run->callback([options, &status] { status = run_with_lease(*options); });
  CLI::App* const renew = add("renew", "a new expiry");
  renew->add_option("TOKEN", options->token, "from take")->required();
  renew->add_option("--for", options->seconds, "seconds from now")->capture_default_str();
  renew->callback([options, &status] {
    Result<Lease> const lease_now =
        renew_lease(options->board, options->token, std::chrono::seconds{options->seconds});
    status = lease_now ? 0 : report(lease_now.error());
  });
  CLI::App* const release = add("release", "gives it back");
  release->add_option("TOKEN", options->token, "from take")->required();
  release->callback(
      [options, &status] { status = report(release_lease(options->board, options->token)); });
  lease->add_subcommand("show", "lists those that hold")->callback([&status] {
    status = show_leases();
  });
}

struct MeasureOptions {
  std::string target{kDefaultTarget};
  std::string board;
  std::uint64_t words = 1000000;
  std::uint32_t seed = 1;
};

void add_link(CLI::App& app, int& status) {
  auto const options = std::make_shared<MeasureOptions>();
  CLI::App* const link = app.add_subcommand("link", "how links do");
  link->require_subcommand(1);
  CLI::App* const stats =
      link->add_subcommand("stats", "counters of a board served on this computer");
  stats->add_option("BOARD", options->board, "ADDRESS[:PORT]")->required();
  stats->callback(
      [options, &status] { status = report(print_board_statistics(options->board, std::cout)); });
  CLI::App* const bench = link->add_subcommand("bench", "round trips and rates");
  CLI::App* const soak =
      link->add_subcommand("soak", "random programs; every answer once and in order");
  for (CLI::App* const verb : {bench, soak}) {
    verb->add_option("--target", options->target, "what to talk to")->capture_default_str();
    verb->add_option("--words", options->words, "how much")->capture_default_str();
  }
  soak->add_option("--seed", options->seed, "of the programs")->capture_default_str();
  bench->callback([options, &status] {
    status = report(bench_link(all_targets(), options->target, options->words, std::cout));
  });
  soak->callback([options, &status] {
    status =
        report(soak_link(all_targets(), options->target, options->words, options->seed, std::cout));
  });
}

}  // namespace

void add_link_commands(CLI::App& app, int& status) {
  add_capture(app, status);
  add_serve(app, status);
  add_lease(app, status);
  add_link(app, status);
}

}  // namespace hx::tools
