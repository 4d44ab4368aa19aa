// Shared by the files of the add-on: each tells one story and registers its functions by one of the names below.
#pragma once

#include <node_api.h>

#include <string>

namespace florenetes {

/// Puts a function on the object that JavaScript gets.
void add_function(napi_env env, napi_value exports, const char* name, napi_callback callback);

/// An int32 for JavaScript: mostly 0 or an errno.
napi_value to_js(napi_env env, int32_t value);

/// The UTF-8 of a string; empty for anything else.
std::string to_text(napi_env env, napi_value value);

/// The content of a Uint8Array.
struct Bytes {
  uint8_t* data = nullptr;
  size_t length = 0;
};

/// False for anything but a Uint8Array.
bool to_bytes(napi_env env, napi_value value, Bytes* bytes);

void register_boot_clock(napi_env env, napi_value exports);
void register_core_dumps(napi_env env, napi_value exports);
void register_foreign_memory(napi_env env, napi_value exports);
void register_freed_memory(napi_env env, napi_value exports);
void register_hmac(napi_env env, napi_value exports);
void register_mapped_text(napi_env env, napi_value exports);
void register_memory_file(napi_env env, napi_value exports);
void register_packet_opener(napi_env env, napi_value exports);
void register_peer_credentials(napi_env env, napi_value exports);
void register_program_pages(napi_env env, napi_value exports);
void register_secret_memory(napi_env env, napi_value exports);
void register_service_manager(napi_env env, napi_value exports);
void register_socket_file(napi_env env, napi_value exports);
void register_tun_device(napi_env env, napi_value exports);
void register_udp_batch(napi_env env, napi_value exports);
void register_unix_datagram(napi_env env, napi_value exports);
void register_watchdog(napi_env env, napi_value exports);

}  // namespace florenetes
