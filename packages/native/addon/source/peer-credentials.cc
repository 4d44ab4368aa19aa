// The peer of a Unix stream socket (unix(7): SO_PEERCRED, SO_PEERGROUPS), as it was when the two were connected.
#include <errno.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <vector>

#include "module.h"

// The C library's headers may be older than the kernel's.
#ifndef SO_PEERGROUPS
#define SO_PEERGROUPS 59
#endif

namespace florenetes {
namespace {

/// More groups than that are no help to anybody: a peer with more is taken to have its first one alone.
constexpr size_t kGroupsMax = 65'536;

/// The groups of the peer beside its first one; none where the system does not tell.
std::vector<gid_t> peer_groups(int fd) {
  std::vector<gid_t> groups(32);
  while (groups.size() <= kGroupsMax) {
    socklen_t length = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
    if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &length) == 0) {
      groups.resize(length / sizeof(gid_t));
      return groups;
    }
    if (errno != ERANGE) break;
    groups.resize(groups.size() * 2);
  }
  return {};
}

napi_value to_number(napi_env env, uint32_t value) {
  napi_value result = nullptr;
  napi_create_uint32(env, value, &result);
  return result;
}

/// (descriptor) => [pid, uid, gid, …further groups], or an errno
napi_value peer_credentials(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument, result;
  int32_t fd = -1;
  napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr);
  napi_get_value_int32(env, argument, &fd);
  int domain = 0;
  socklen_t length = sizeof domain;
  if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) != 0) return to_js(env, errno);
  if (domain != AF_UNIX) return to_js(env, EAFNOSUPPORT);
  ucred peer = {};
  length = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return to_js(env, errno);
  // A socket that was never connected has nobody.
  if (peer.uid == static_cast<uid_t>(-1)) return to_js(env, ENOTCONN);
  const std::vector<gid_t> groups = peer_groups(fd);
  napi_create_array_with_length(env, 3 + groups.size(), &result);
  napi_set_element(env, result, 0, to_js(env, peer.pid));
  napi_set_element(env, result, 1, to_number(env, peer.uid));
  napi_set_element(env, result, 2, to_number(env, peer.gid));
  for (size_t at = 0; at < groups.size(); at++) napi_set_element(env, result, static_cast<uint32_t>(3 + at), to_number(env, groups[at]));
  return result;
}

}  // namespace

void register_peer_credentials(napi_env env, napi_value exports) {
  add_function(env, exports, "peerCredentials", peer_credentials);
}

}  // namespace florenetes
