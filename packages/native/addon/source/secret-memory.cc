// Memory for private keys: pages of their own, outside of every heap, that no core dump holds and that are zeroed before the system gets
// them back.
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "module.h"

namespace florenetes {
namespace {

size_t pages_for(size_t size) {
  const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return (size + page - 1) / page * page;
}

void wipe(napi_env, void* bytes, void* hint) {
  const size_t size = reinterpret_cast<size_t>(hint);
  explicit_bzero(bytes, size);
  munmap(bytes, pages_for(size));
}

/// (size) => ArrayBuffer of zeros; undefined when there is none
napi_value secret_memory(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument, buffer;
  uint32_t size = 0;
  napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr);
  napi_get_value_uint32(env, argument, &size);
  if (size == 0) return nullptr;
  const size_t length = pages_for(size);
  void* bytes = mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (bytes == MAP_FAILED) return nullptr;
  // Each of them as far as the system lets us: the bounds of mlock(2) are small for those who are not root.
  mlock(bytes, length);
  madvise(bytes, length, MADV_DONTDUMP);
  madvise(bytes, length, MADV_WIPEONFORK);
  void* hint = reinterpret_cast<void*>(static_cast<size_t>(size));
  if (napi_create_external_arraybuffer(env, bytes, size, wipe, hint, &buffer) == napi_ok) return buffer;
  munmap(bytes, length);
  return nullptr;
}

}  // namespace

void register_secret_memory(napi_env env, napi_value exports) {
  add_function(env, exports, "secretMemory", secret_memory);
}

}  // namespace florenetes
