// Owner, mode and access list of a socket's file, without following links: between bind and this, anybody who may write in the folder can
// have put another file in its place.
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "module.h"

namespace florenetes {
namespace {

/// Room for "/proc/self/fd/" and a number.
constexpr size_t SELF_SIZE = 32;

/// Opens the file without use of it, and writes the name by which it is this descriptor's file that is changed, wherever the path leads by
/// then. Only a socket that this process's user has made is ever touched. Returns 0 or an errno.
int open_own_socket(const char* path, int* fd, char* self) {
  *fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (*fd < 0) return errno;
  struct stat found;
  int error = 0;
  if (fstat(*fd, &found) != 0) {
    error = errno;
  } else if (!S_ISSOCK(found.st_mode)) {
    error = ENOTSOCK;
  } else if (found.st_uid != geteuid()) {
    error = EPERM;
  }
  if (error != 0) {
    close(*fd);
    return error;
  }
  snprintf(self, SELF_SIZE, "/proc/self/fd/%d", *fd);
  return 0;
}

int set_attributes(const char* path, uid_t uid, gid_t gid, mode_t mode) {
  int fd = -1;
  char self[SELF_SIZE];
  int error = open_own_socket(path, &fd, self);
  if (error != 0) return error;
  // The mode first: who gives a file away may no longer change it.
  if (chmod(self, mode) != 0 || fchownat(fd, "", uid, gid, AT_EMPTY_PATH) != 0) error = errno;
  close(fd);
  return error;
}

/// Owner, one more user and group may send; nobody else. The form is that of the attribute (linux/posix_acl_xattr.h): entries in the order
/// of their tags, in little-endian numbers.
int admit_user(const char* path, uid_t uid) {
  constexpr uint16_t both = ACL_READ | ACL_WRITE;
  constexpr uint32_t nobody_named = static_cast<uint32_t>(ACL_UNDEFINED_ID);
  const struct {
    posix_acl_xattr_header header;
    posix_acl_xattr_entry entries[5];
  } list = {{htole32(POSIX_ACL_XATTR_VERSION)},
            {{htole16(ACL_USER_OBJ), htole16(both), htole32(nobody_named)},
             {htole16(ACL_USER), htole16(both), htole32(uid)},
             {htole16(ACL_GROUP_OBJ), htole16(both), htole32(nobody_named)},
             {htole16(ACL_MASK), htole16(both), htole32(nobody_named)},
             {htole16(ACL_OTHER), 0, htole32(nobody_named)}}};
  int fd = -1;
  char self[SELF_SIZE];
  int error = open_own_socket(path, &fd, self);
  if (error != 0) return error;
  if (setxattr(self, "system.posix_acl_access", &list, sizeof list, 0) != 0) error = errno;
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

/// (path, uid) => errno
napi_value admit_to_socket(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2];
  char path[128];
  size_t length = 0;
  uint32_t uid = 0;
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  napi_get_value_string_utf8(env, arguments[0], path, sizeof path, &length);
  napi_get_value_uint32(env, arguments[1], &uid);
  return to_js(env, admit_user(path, uid));
}

}  // namespace

void register_socket_file(napi_env env, napi_value exports) {
  add_function(env, exports, "setSocketFile", set_socket_file);
  add_function(env, exports, "admitToSocket", admit_to_socket);
}

}  // namespace florenetes
