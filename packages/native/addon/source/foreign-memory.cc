// Memory of other native code, of which V8 knows nothing: an object is told to weigh so much, until the garbage collector has taken it.
#include <stdint.h>

#include "module.h"

namespace florenetes {
namespace {

void adjust(napi_env env, int64_t change) {
  int64_t all;
  napi_adjust_external_memory(env, change, &all);
}

void release(napi_env env, void*, void* hint) { adjust(env, -static_cast<int64_t>(reinterpret_cast<intptr_t>(hint))); }

/// (object, bytes) => whether it weighs so much from now on, in addition to what it weighed before
napi_value weigh(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2];
  uint32_t bytes = 0;
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  void* hint = nullptr;
  bool is_told = count == 2 && napi_get_value_uint32(env, arguments[1], &bytes) == napi_ok;
  if (is_told) {
    hint = reinterpret_cast<void*>(static_cast<intptr_t>(bytes));
    // N-API refuses a finalizer for a value that is no object.
    is_told = napi_add_finalizer(env, arguments[0], nullptr, release, hint, nullptr) == napi_ok;
  }
  if (is_told) adjust(env, bytes);
  napi_value result = nullptr;
  napi_get_boolean(env, is_told, &result);
  return result;
}

}  // namespace

void register_foreign_memory(napi_env env, napi_value exports) { add_function(env, exports, "weigh", weigh); }

}  // namespace florenetes
