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

std::string to_text(napi_env env, napi_value value) {
  size_t size = 0;
  napi_get_value_string_utf8(env, value, nullptr, 0, &size);
  std::string text(size, '\0');
  napi_get_value_string_utf8(env, value, text.data(), size + 1, &size);
  return text;
}

bool to_bytes(napi_env env, napi_value value, Bytes* bytes) {
  napi_typedarray_type type;
  void* data;
  if (napi_get_typedarray_info(env, value, &type, &bytes->length, &data, nullptr, nullptr) != napi_ok) return false;
  bytes->data = static_cast<uint8_t*>(data);
  return type == napi_uint8_array;
}

}  // namespace florenetes

NAPI_MODULE_INIT() {
  using namespace florenetes;
  register_boot_clock(env, exports);
  register_core_dumps(env, exports);
  register_foreign_memory(env, exports);
  register_freed_memory(env, exports);
  register_hmac(env, exports);
  register_mapped_text(env, exports);
  register_memory_file(env, exports);
  register_packet_opener(env, exports);
  register_peer_credentials(env, exports);
  register_program_pages(env, exports);
  register_secret_memory(env, exports);
  register_service_manager(env, exports);
  register_socket_file(env, exports);
  register_tun_device(env, exports);
  register_udp_batch(env, exports);
  register_unix_datagram(env, exports);
  register_watchdog(env, exports);
  return exports;
}
