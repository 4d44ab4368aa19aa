// Core dumps, and who else may look into the process.
#include <errno.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "module.h"

namespace florenetes {
namespace {

/// Returns 0 or an errno.
int forbid() {
  const rlimit none = {0, 0};
  if (setrlimit(RLIMIT_CORE, &none) != 0) return errno;
  // A core_pattern that begins with a pipe does not ask for the limit. This also closes /proc/PID/mem, /proc/PID/environ and
  // ptrace(2) to other processes of the same user.
  return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 ? 0 : errno;
}

napi_value forbid_core_dumps(napi_env env, napi_callback_info) {
  return to_js(env, forbid());
}

}  // namespace

void register_core_dumps(napi_env env, napi_value exports) {
  add_function(env, exports, "forbidCoreDumps", forbid_core_dumps);
}

}  // namespace florenetes
