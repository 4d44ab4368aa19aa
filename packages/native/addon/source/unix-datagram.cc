// AF_UNIX sockets of datagrams in libuv's loop (unix(7)). Whatever a partner or a stranger does to them ends as an errno or as
// nothing at all: never in an assertion.
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

#include <memory>
#include <string>

#include "loop-descriptor.h"
#include "module.h"

namespace florenetes {
namespace {

/// Datagrams read before the loop goes on, so that a partner that never stops does not keep the process from all else.
constexpr int kDatagramsPerWake = 8;
constexpr size_t kPathOffset = offsetof(sockaddr_un, sun_path);

struct Socket : LoopDescriptor {
  /// When it is looked whether the partner is there.
  uv_timer_t look;
  napi_ref on_datagram;
  napi_ref on_writable;
  napi_ref on_doubt;
  /// The path that the partner has bound.
  std::string partner;
  bool waits_for_room;
};

/// Returns 0 when the path does not fit.
socklen_t to_address(const std::string& path, sockaddr_un* address) {
  if (path.size() >= sizeof address->sun_path) return 0;
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  memcpy(address->sun_path, path.data(), path.size());
  return static_cast<socklen_t>(kPathOffset + path.size() + 1);
}

/// The kernel gives a bound path with its closing zero, abstract names without, and nothing for nameless senders.
bool is_partner(const Socket* socket, const sockaddr_un& from, size_t length) {
  const std::string& path = socket->partner;
  if (path.empty() || length <= kPathOffset + path.size()) return false;
  return memcmp(from.sun_path, path.data(), path.size()) == 0 && from.sun_path[path.size()] == '\0';
}

/// The buffer into which one recvmmsg call writes. Memory is spent only on the pages that datagrams have reached.
struct Inbox {
  mmsghdr messages[kDatagramsPerWake];
  iovec parts[kDatagramsPerWake];
  sockaddr_storage senders[kDatagramsPerWake];
  char bytes[kDatagramsPerWake][65'536];

  /// Returns how many came. Without room for control messages, the kernel closes descriptors that come along.
  int receive(int fd) {
    for (int i = 0; i < kDatagramsPerWake; i++) {
      parts[i] = {bytes[i], sizeof bytes[i]};
      messages[i].msg_hdr = {};
      messages[i].msg_hdr.msg_name = &senders[i];
      messages[i].msg_hdr.msg_namelen = sizeof senders[i];
      messages[i].msg_hdr.msg_iov = &parts[i];
      messages[i].msg_hdr.msg_iovlen = 1;
    }
    // An error here (ECONNRESET: a partner has turned elsewhere) was taken off the socket by being read.
    return recvmmsg(fd, messages, kDatagramsPerWake, MSG_DONTWAIT, nullptr);
  }
};

void receive(Socket* socket) {
  // Each thread with a loop has an inbox of its own.
  static thread_local std::unique_ptr<Inbox> inbox(new Inbox);
  const int count = inbox->receive(socket->fd);
  for (int i = 0; i < count && socket->fd >= 0; i++) {
    const msghdr& message = inbox->messages[i].msg_hdr;
    napi_value datagram = nullptr;
    if (!is_partner(socket, reinterpret_cast<sockaddr_un&>(inbox->senders[i]), message.msg_namelen)) {
      napi_get_null(socket->env, &datagram);
    } else if (napi_create_buffer_copy(socket->env, inbox->messages[i].msg_len, inbox->bytes[i], nullptr, &datagram) != napi_ok) {
      continue;
    }
    call(socket, socket->on_datagram, 1, &datagram);
  }
}

void on_event(uv_poll_t* poll, int status, int events);

void watch(Socket* socket) {
  uv_poll_start(&socket->poll, socket->waits_for_room ? UV_READABLE | UV_WRITABLE : UV_READABLE, on_event);
}

void on_event(uv_poll_t* poll, int status, int events) {
  Socket* socket = static_cast<Socket*>(static_cast<LoopDescriptor*>(poll->data));
  if (status < 0) {
    // An error on the socket (POLLERR), for which libuv stops to watch. It is taken off, and the watch goes on.
    int error;
    socklen_t size = sizeof error;
    getsockopt(socket->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    events = UV_READABLE | UV_WRITABLE;
    watch(socket);
  }
  with_scope(socket, [=] {
    if (events & UV_READABLE) receive(socket);
    if ((events & UV_WRITABLE) && socket->waits_for_room && socket->fd >= 0) {
      socket->waits_for_room = false;
      watch(socket);
      call(socket, socket->on_writable, 0, nullptr);
    }
  });
}

using NameCall = int (*)(int fd, const sockaddr* address, socklen_t length);

int call_with_path(int fd, const std::string& path, NameCall name_call) {
  sockaddr_un address;
  const socklen_t length = to_address(path, &address);
  if (length == 0) return ENAMETOOLONG;
  return name_call(fd, reinterpret_cast<sockaddr*>(&address), length) == 0 ? 0 : errno;
}

/// The errno of connecting to a path from a socket that is then closed.
int probe_path(const std::string& path) {
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  const int error = call_with_path(fd, path, connect);
  close(fd);
  return error;
}

/// Whose partner is connected to it is refused nobody else's way: everything is as it was, and JavaScript need not know.
void on_look(uv_timer_t* timer) {
  Socket* socket = static_cast<Socket*>(static_cast<LoopDescriptor*>(timer->data));
  if (probe_path(socket->partner) == EPERM) return;
  with_scope(socket, [=] { call(socket, socket->on_doubt, 0, nullptr); });
}

void close_socket(Socket* socket) {
  if (socket->fd < 0) return;
  close_descriptor(socket, {reinterpret_cast<uv_handle_t*>(&socket->look)},
                   {socket->on_datagram, socket->on_writable, socket->on_doubt});
}

void on_end_of_environment(napi_async_cleanup_hook_handle, void* data) {
  close_socket(static_cast<Socket*>(static_cast<LoopDescriptor*>(data)));
}

/// (partner, onDatagram, onWritable, onDoubt) => the socket, or an errno
napi_value open_socket(napi_env env, napi_callback_info info) {
  size_t count = 4;
  napi_value arguments[4];
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return to_js(env, errno);
  auto* socket = new Socket{};
  napi_value self;
  const int error = put_into_loop(env, fd, socket, "UnixDatagram", on_end_of_environment, &self);
  if (error != 0) return to_js(env, error);
  uv_timer_init(socket->poll.loop, &socket->look);
  socket->look.data = static_cast<LoopDescriptor*>(socket);
  socket->partner = to_text(env, arguments[0]);
  napi_create_reference(env, arguments[1], 1, &socket->on_datagram);
  napi_create_reference(env, arguments[2], 1, &socket->on_writable);
  napi_create_reference(env, arguments[3], 1, &socket->on_doubt);
  watch(socket);
  return self;
}

Socket* socket_of(napi_env env, napi_value value) {
  return static_cast<Socket*>(descriptor_of(env, value));
}

/// (socket, path) => errno
napi_value with_path(napi_env env, napi_callback_info info, NameCall name_call) {
  size_t count = 2;
  napi_value arguments[2];
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  return to_js(env, call_with_path(socket_of(env, arguments[0])->fd, to_text(env, arguments[1]), name_call));
}

napi_value bind_socket(napi_env env, napi_callback_info info) {
  return with_path(env, info, bind);
}

napi_value connect_socket(napi_env env, napi_callback_info info) {
  return with_path(env, info, connect);
}

/// (path) => errno
napi_value probe(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value path;
  napi_get_cb_info(env, info, &count, &path, nullptr, nullptr);
  return to_js(env, probe_path(to_text(env, path)));
}

/// (socket, intervalMs): looks so often from now on; 0: no more
napi_value look_for_partner(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2];
  uint32_t interval = 0;
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  napi_get_value_uint32(env, arguments[1], &interval);
  uv_timer_t* timer = &socket_of(env, arguments[0])->look;
  if (interval == 0) uv_timer_stop(timer);
  else uv_timer_start(timer, on_look, interval, interval);
  return nullptr;
}

int send_now(int fd, const void* bytes, size_t length) {
  // A partner that has turned elsewhere and back leaves an error, which the first attempt takes off.
  for (bool is_second = false;; is_second = true) {
    ssize_t sent;
    do {
      sent = send(fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent >= 0) return 0;
    if (errno != ECONNRESET || is_second) return errno;
  }
}

/// (socket, datagram) => errno; -1: the socket is full, and onWritable follows
napi_value send_datagram(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2];
  void* bytes = nullptr;
  size_t length = 0;
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  Socket* socket = socket_of(env, arguments[0]);
  if (napi_get_typedarray_info(env, arguments[1], nullptr, &length, &bytes, nullptr, nullptr) != napi_ok) return to_js(env, EINVAL);
  const int error = send_now(socket->fd, bytes, length);
  if (error != EAGAIN && error != ENOBUFS) return to_js(env, error);
  socket->waits_for_room = true;
  watch(socket);
  return to_js(env, -1);
}

napi_value close_from_js(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value self;
  napi_get_cb_info(env, info, &count, &self, nullptr, nullptr);
  close_socket(socket_of(env, self));
  return nullptr;
}

}  // namespace

void register_unix_datagram(napi_env env, napi_value exports) {
  add_function(env, exports, "unixOpen", open_socket);
  add_function(env, exports, "unixBind", bind_socket);
  add_function(env, exports, "unixConnect", connect_socket);
  add_function(env, exports, "unixLook", look_for_partner);
  add_function(env, exports, "unixSend", send_datagram);
  add_function(env, exports, "unixClose", close_from_js);
  add_function(env, exports, "unixProbe", probe);
}

}  // namespace florenetes
