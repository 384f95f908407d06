#include "tools/reg_lines.h"

#include "driver/registers/json.h"
#include "tools/json_lines.h"

namespace hx::tools {

int run_reg(LineMode mode, std::istream& in, std::ostream& out, std::ostream& err) {
  return run_json_lines("hx reg", in, out, err,
                        mode == LineMode::kEncode ? reg::encode_line : reg::decode_line);
}

}  // namespace hx::tools
