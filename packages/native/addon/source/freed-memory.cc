// Memory that the process has freed, and that the C library keeps.
#include <malloc.h>

#include "module.h"

namespace florenetes {
namespace {

napi_value return_freed_memory(napi_env env, napi_callback_info) {
  return to_js(env, malloc_trim(0));
}

}  // namespace

void register_freed_memory(napi_env env, napi_value exports) {
  add_function(env, exports, "returnFreedMemory", return_freed_memory);
}

}  // namespace florenetes
