// UDP payloads in batches (udp(7): UDP_SEGMENT, UDP_GRO): sockets that take and give them, and sending.
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "module.h"

// glibc has had them since 2.41 only.
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

namespace florenetes {
namespace {

/// Returns the size of the address, or 0 when the text is none of the family. IPv4 is mapped for an IPv6 socket.
socklen_t to_address(const std::string& host, uint16_t port, bool is_ipv6, sockaddr_storage* storage) {
  memset(storage, 0, sizeof *storage);
  if (!is_ipv6) {
    sockaddr_in* address = reinterpret_cast<sockaddr_in*>(storage);
    address->sin_family = AF_INET;
    address->sin_port = htons(port);
    return inet_pton(AF_INET, host.c_str(), &address->sin_addr) == 1 ? sizeof *address : 0;
  }
  sockaddr_in6* address = reinterpret_cast<sockaddr_in6*>(storage);
  const size_t zone_at = host.find('%');
  const std::string text = host.substr(0, zone_at);
  const std::string mapped = text.find(':') == std::string::npos ? "::ffff:" + text : text;
  address->sin6_family = AF_INET6;
  address->sin6_port = htons(port);
  if (inet_pton(AF_INET6, mapped.c_str(), &address->sin6_addr) != 1) return 0;
  if (zone_at != std::string::npos) {
    const std::string zone = host.substr(zone_at + 1);
    const unsigned long number = strtoul(zone.c_str(), nullptr, 10);
    address->sin6_scope_id = number != 0 ? static_cast<uint32_t>(number) : if_nametoindex(zone.c_str());
  }
  return sizeof *address;
}

/// (host, port, isIpv6) of a call
socklen_t address_argument(napi_env env, const napi_value* arguments, sockaddr_storage* address) {
  uint32_t port = 0;
  bool is_ipv6 = false;
  napi_get_value_uint32(env, arguments[1], &port);
  napi_get_value_bool(env, arguments[2], &is_ipv6);
  return to_address(to_text(env, arguments[0]), static_cast<uint16_t>(port), is_ipv6, address);
}

/// (host, port, isIpv6) => Uint8Array; undefined when it is no address of the family
napi_value socket_address(napi_env env, napi_callback_info info) {
  size_t count = 3;
  napi_value arguments[3], buffer, result;
  sockaddr_storage address;
  void* bytes;
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  const socklen_t length = address_argument(env, arguments, &address);
  if (length == 0 || napi_create_arraybuffer(env, length, &bytes, &buffer) != napi_ok) return nullptr;
  memcpy(bytes, &address, length);
  napi_create_typedarray(env, napi_uint8_array, length, buffer, 0, &result);
  return result;
}

/// Returns a descriptor, or -errno.
int open_bound(const sockaddr_storage& address, socklen_t length) {
  const int fd = socket(address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  // The size of a segment comes with each batch: here it is only asked whether there is such a thing.
  const int none = 0, on = 1;
  // A payload goes in one packet or not at all, whatever the system believes of the path: who sends looks for the size by himself (RFC 9000,
  // 14; ip(7)). A socket of IPv6 sends to IPv4 addresses, too; one of IPv4 has none of IPv6's options.
  const int whole = IP_PMTUDISC_PROBE, whole_ipv6 = IPV6_PMTUDISC_PROBE;
  setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &whole, sizeof whole);
  setsockopt(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &whole_ipv6, sizeof whole_ipv6);
  if (setsockopt(fd, SOL_UDP, UDP_SEGMENT, &none, sizeof none) == 0 && setsockopt(fd, SOL_UDP, UDP_GRO, &on, sizeof on) == 0 &&
      bind(fd, reinterpret_cast<const sockaddr*>(&address), length) == 0) {
    return fd;
  }
  const int error = errno;
  close(fd);
  return -error;
}

/// (host, port, isIpv6) => descriptor or -errno
napi_value open_batch_socket(napi_env env, napi_callback_info info) {
  size_t count = 3;
  napi_value arguments[3];
  sockaddr_storage address;
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  const socklen_t length = address_argument(env, arguments, &address);
  return to_js(env, length == 0 ? -EINVAL : open_bound(address, length));
}

/// Returns 0 or an errno.
int send_batch(int fd, iovec payloads, uint16_t segment, void* name, size_t name_length) {
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof segment)] = {};
  msghdr message = {};
  message.msg_name = name;
  message.msg_namelen = static_cast<socklen_t>(name_length);
  message.msg_iov = &payloads;
  message.msg_iovlen = 1;
  if (segment > 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_UDP;
    header->cmsg_type = UDP_SEGMENT;
    header->cmsg_len = CMSG_LEN(sizeof segment);
    memcpy(CMSG_DATA(header), &segment, sizeof segment);
  }
  for (;;) {
    if (sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) return 0;
    if (errno != EINTR) return errno;
  }
}

/// (descriptor, bytes, start, end, segment, address) => errno
napi_value send_batch_from_js(napi_env env, napi_callback_info info) {
  size_t count = 6;
  napi_value arguments[6];
  int32_t fd = -1;
  uint32_t start = 0, end = 0, segment = 0;
  void *bytes = nullptr, *address = nullptr;
  size_t length = 0, address_length = 0;
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  napi_get_value_int32(env, arguments[0], &fd);
  napi_get_typedarray_info(env, arguments[1], nullptr, &length, &bytes, nullptr, nullptr);
  napi_get_value_uint32(env, arguments[2], &start);
  napi_get_value_uint32(env, arguments[3], &end);
  napi_get_value_uint32(env, arguments[4], &segment);
  napi_get_typedarray_info(env, arguments[5], nullptr, &address_length, &address, nullptr, nullptr);
  if (start > end || end > length || segment > UINT16_MAX || address_length == 0) return to_js(env, EINVAL);
  const iovec payloads = {static_cast<char*>(bytes) + start, end - start};
  return to_js(env, send_batch(fd, payloads, static_cast<uint16_t>(segment), address, address_length));
}

}  // namespace

void register_udp_batch(napi_env env, napi_value exports) {
  add_function(env, exports, "socketAddress", socket_address);
  add_function(env, exports, "openBatchSocket", open_batch_socket);
  add_function(env, exports, "sendBatch", send_batch_from_js);
}

}  // namespace florenetes
