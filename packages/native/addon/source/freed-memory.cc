// Memory that the process has freed, and that the C library keeps.
#include <malloc.h>

#include "module.h"

namespace florenetes {
namespace {

/// Octets that may be free at the end of an arena, from then on. The C library begins with half of it, and lets it grow to twice the
/// largest block that was ever freed: with the text and the code of a program, to some megabytes.
constexpr int kTrimThreshold = 262'144;

napi_value return_freed_memory(napi_env env, napi_callback_info) {
  mallopt(M_TRIM_THRESHOLD, kTrimThreshold);
  return to_js(env, malloc_trim(0));
}

}  // namespace

void register_freed_memory(napi_env env, napi_value exports) {
  add_function(env, exports, "returnFreedMemory", return_freed_memory);
}

}  // namespace florenetes
