// Sends what sd_notify(3) sends.
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "module.h"

namespace florenetes {
namespace {

/// A manager that does not read holds the process up for no longer than this.
constexpr timeval kPatience = {1, 0};

int notify(const std::string& path, const std::string& state) {
  sockaddr_un address = {};
  if (path.empty() || path.size() >= sizeof address.sun_path) return EINVAL;
  address.sun_family = AF_UNIX;
  memcpy(address.sun_path, path.data(), path.size());
  // An abstract name begins with a zero, which the environment writes as "@".
  if (path[0] == '@') address.sun_path[0] = '\0';
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
  const socklen_t length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  const ssize_t sent = sendto(fd, state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<sockaddr*>(&address), length);
  const int error = sent < 0 ? errno : 0;
  close(fd);
  return error;
}

/// (path, state) => errno
napi_value notify_service_manager(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2];
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  return to_js(env, notify(to_text(env, arguments[0]), to_text(env, arguments[1])));
}

}  // namespace

void register_service_manager(napi_env env, napi_value exports) {
  add_function(env, exports, "notifyServiceManager", notify_service_manager);
}

}  // namespace florenetes
