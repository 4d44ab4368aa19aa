// Authentication codes of short messages (RFC 2104), with the OpenSSL that Node exports.
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "module.h"

namespace florenetes {
namespace {

/// (bits of the hash, key, message, where the code goes) => whether it is there
napi_value hmac(napi_env env, napi_callback_info info) {
  size_t count = 4;
  napi_value arguments[4];
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  int32_t bits;
  Bytes key;
  Bytes message;
  Bytes out;
  const bool is_usable = count == 4 && napi_get_value_int32(env, arguments[0], &bits) == napi_ok &&
                         (bits == 256 || bits == 384) && to_bytes(env, arguments[1], &key) &&
                         to_bytes(env, arguments[2], &message) && to_bytes(env, arguments[3], &out) &&
                         out.length == static_cast<size_t>(bits / 8);
  const EVP_MD* hash = is_usable && bits == 384 ? EVP_sha384() : EVP_sha256();
  unsigned int length;
  // For a null pointer OpenSSL would take the key of the call before.
  const void* key_bytes = key.length == 0 ? "" : static_cast<const void*>(key.data);
  const bool is_made = is_usable && HMAC(hash, key_bytes, static_cast<int>(key.length), message.data, message.length,
                                         out.data, &length) != nullptr;
  napi_value result = nullptr;
  napi_get_boolean(env, is_made, &result);
  return result;
}

}  // namespace

void register_hmac(napi_env env, napi_value exports) { add_function(env, exports, "hmac", hmac); }

}  // namespace florenetes
