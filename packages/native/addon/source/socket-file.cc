// Owner and mode of a socket's file, without following links: between bind and this, anybody who may write in the folder can
// have put another file in its place.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "module.h"

namespace florenetes {
namespace {

/// Only a socket that this process's user has made is ever touched. Returns 0 or an errno.
int set_attributes(const char* path, uid_t uid, gid_t gid, mode_t mode) {
  const int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return errno;
  struct stat found;
  int error = 0;
  if (fstat(fd, &found) != 0) {
    error = errno;
  } else if (!S_ISSOCK(found.st_mode)) {
    error = ENOTSOCK;
  } else if (found.st_uid != geteuid()) {
    error = EPERM;
  } else {
    // By this name it is the descriptor's file that is changed, wherever the path leads by now.
    char self[32];
    snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    // The mode first: who gives a file away may no longer change it.
    if (chmod(self, mode) != 0 || fchownat(fd, "", uid, gid, AT_EMPTY_PATH) != 0) error = errno;
  }
  close(fd);
  return error;
}

/// (path, uid, gid, mode) => errno; -1 as uid or gid leaves it as it is
napi_value set_socket_file(napi_env env, napi_callback_info info) {
  size_t count = 4;
  napi_value arguments[4];
  char path[128];
  size_t length = 0;
  int64_t uid = -1, gid = -1;
  uint32_t mode = 0;
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  napi_get_value_string_utf8(env, arguments[0], path, sizeof path, &length);
  napi_get_value_int64(env, arguments[1], &uid);
  napi_get_value_int64(env, arguments[2], &gid);
  napi_get_value_uint32(env, arguments[3], &mode);
  return to_js(env, set_attributes(path, static_cast<uid_t>(uid), static_cast<gid_t>(gid), mode));
}

}  // namespace

void register_socket_file(napi_env env, napi_value exports) {
  add_function(env, exports, "setSocketFile", set_socket_file);
}

}  // namespace florenetes
