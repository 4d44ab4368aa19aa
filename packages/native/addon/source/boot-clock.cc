// The clock that goes on while the machine is suspended.
#include <time.h>

#include "module.h"

namespace florenetes {
namespace {

napi_value boot_milliseconds(napi_env env, napi_callback_info) {
  timespec now = {};
  // It cannot fail: the kernel has this clock since 2.6.39.
  clock_gettime(CLOCK_BOOTTIME, &now);
  napi_value result = nullptr;
  napi_create_double(env, static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6, &result);
  return result;
}

}  // namespace

void register_boot_clock(napi_env env, napi_value exports) {
  add_function(env, exports, "bootMilliseconds", boot_milliseconds);
}

}  // namespace florenetes
