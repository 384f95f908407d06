#include "tests/lockstep/sides.h"

#include <utility>
#include <vector>

#include "driver/base/check.h"
#include "sim/rtl/rtl.h"
#include "sim/twin/twin.h"

namespace hx::lockstep {
namespace {

using Make = std::function<std::unique_ptr<sim::Model>()>;

std::vector<std::pair<Ports, Make>>& builds() {
  static std::vector<std::pair<Ports, Make>> known = {{{}, [] { return sim::make_rtl_model(); }}};
  return known;
}

}  // namespace

bool add_rtl(Ports ports, Make make) {
  builds().emplace_back(ports, std::move(make));
  return true;
}

Side rtl_side(Ports ports) {
  for (auto const& [of, make] : builds()) {
    if (of == ports) return {"sim", make};
  }
  HX_CHECK(false) << "this program has no RTL with PadiPorts " << ports.padi_ports << ", RowPort "
                  << ports.row_port;
  return {};
}

Side twin_side(Ports ports) {
  return {"twin", [ports] {
            return sim::make_twin({.padi_ports = ports.padi_ports, .row_port = ports.row_port});
          }};
}

}  // namespace hx::lockstep
