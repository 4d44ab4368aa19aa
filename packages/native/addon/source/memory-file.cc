// Files that lie in memory and have no name.
#include <errno.h>
#include <sys/mman.h>

#include "module.h"

namespace florenetes {
namespace {

/// Returns a descriptor, or -errno.
napi_value open_memory_file(napi_env env, napi_callback_info) {
  const int descriptor = memfd_create("florenetes", MFD_CLOEXEC);
  return to_js(env, descriptor < 0 ? -errno : descriptor);
}

}  // namespace

void register_memory_file(napi_env env, napi_value exports) {
  add_function(env, exports, "openMemoryFile", open_memory_file);
}

}  // namespace florenetes
