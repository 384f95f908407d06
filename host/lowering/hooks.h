/// Instructions of the user at fixed places of a run.
///
///     auto hooks = std::make_shared<Hooks>();
///     hooks->pre_realtime.write(address, data);
///     request.hooks = hooks;
///
/// They are executed as they are. Barriers and waits are allowed everywhere but in `inside_realtime`, where
/// every instruction delays what follows by a cycle. Answers to reads are not delivered. Plain values.
#pragma once

#include "driver/device/program.h"

namespace hx::host {

struct Hooks {
  Program pre_static_config;      ///< before the configuration, all of which is written then
  Program pre_realtime;           ///< once, before the first entry
  Program inside_realtime_begin;  ///< every entry, before its timer starts
  Program inside_realtime;        ///< every entry, right after its begin
  Program inside_realtime_end;    ///< every entry, when its recording is over
  Program post_realtime;          ///< once, after the last entry
};

}  // namespace hx::host
