#include "module.h"

namespace florenetes {

void add_function(napi_env env, napi_value exports, const char* name, napi_callback callback) {
  napi_value function;
  if (napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, nullptr, &function) != napi_ok) return;
  napi_set_named_property(env, exports, name, function);
}

napi_value to_js(napi_env env, int32_t value) {
  napi_value result = nullptr;
  napi_create_int32(env, value, &result);
  return result;
}

}  // namespace florenetes

NAPI_MODULE_INIT() {
  using namespace florenetes;
  register_core_dumps(env, exports);
  register_memory_file(env, exports);
  register_packet_opener(env, exports);
  register_socket_file(env, exports);
  register_unix_datagram(env, exports);
  return exports;
}
