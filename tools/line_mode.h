/// Which way a command of JSON lines goes: values to words, or words to values.
#pragma once

namespace hx::tools {

enum class LineMode { kEncode, kDecode };

}  // namespace hx::tools
