#include "driver/ut/received.h"

namespace hx::ut {

void Received::clear() {
  spikes.chip_time.clear();
  spikes.fpga_time.clear();
  spikes.label.clear();
  madc.chip_time.clear();
  madc.fpga_time.clear();
  madc.raw.clear();
  reads.value.clear();
  reads.fpga_time.clear();
  jtag.value.clear();
  jtag.fpga_time.clear();
  ticks.clear();
  halts.clear();
  notifications.clear();
  timeouts.clear();
}

}  // namespace hx::ut
