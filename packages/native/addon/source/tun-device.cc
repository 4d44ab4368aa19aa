// A TUN device in libuv's loop (linux: Documentation/networking/tuntap.rst): IP packets, or pieces of many of them behind a header.
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <uv.h>

#include <string>

#include "loop-descriptor.h"
#include "module.h"

namespace florenetes {
namespace {

/// The largest packet that a device hands out: its MTU cannot be larger. A read with less room would cut one.
constexpr size_t kPacketMax = 65'535;
/// The header before a piece (linux: struct virtio_net_hdr).
constexpr size_t kHeaderSize = 10;
constexpr size_t kPieceMax = kHeaderSize + kPacketMax;

struct Device : LoopDescriptor {
  /// Where packets go, one behind the other: JavaScript's memory.
  napi_ref slab;
  /// The lengths of these packets, as a Uint32Array.
  napi_ref lengths;
  napi_ref on_packets;
  napi_ref on_end;
};

Device* device_of(void* descriptor) {
  return static_cast<Device*>(static_cast<LoopDescriptor*>(descriptor));
}

/// The memory of a typed array, of as many elements as `length` says.
template <typename Element>
Element* memory_of(napi_env env, napi_ref reference, napi_typedarray_type wanted, size_t* length) {
  napi_value array = nullptr;
  napi_typedarray_type type;
  void* data = nullptr;
  *length = 0;
  if (napi_get_reference_value(env, reference, &array) != napi_ok || array == nullptr) return nullptr;
  if (napi_get_typedarray_info(env, array, &type, length, &data, nullptr, nullptr) != napi_ok || type != wanted) *length = 0;
  return static_cast<Element*>(data);
}

ssize_t read_packet(int fd, uint8_t* bytes, size_t length) {
  ssize_t size;
  do {
    size = read(fd, bytes, length);
  } while (size < 0 && errno == EINTR);
  return size;
}

/// Reads packets until there are no more, or no more room. Returns 0, or an errno that ends the device.
int read_packets(Device* device, uint32_t* count) {
  size_t slab_length, count_max;
  auto* slab = memory_of<uint8_t>(device->env, device->slab, napi_uint8_array, &slab_length);
  auto* lengths = memory_of<uint32_t>(device->env, device->lengths, napi_uint32_array, &count_max);
  // A slab that was moved to another thread is empty here, and packets that nobody takes would wake the loop for ever.
  if (count_max == 0 || slab_length < kPieceMax) return EFAULT;
  size_t used = 0;
  while (*count < count_max && slab_length - used >= kPieceMax) {
    const ssize_t size = read_packet(device->fd, slab + used, slab_length - used);
    if (size < 0) return errno == EAGAIN ? 0 : errno;
    lengths[(*count)++] = static_cast<uint32_t>(size);
    used += static_cast<size_t>(size);
  }
  return 0;
}

void on_event(uv_poll_t* poll, int status, int) {
  Device* device = device_of(poll->data);
  // After an error (POLLERR: the device is being taken away) libuv stops to watch. Which error it is, a read tells.
  if (status < 0) uv_poll_start(poll, UV_READABLE, on_event);
  with_scope(device, [=] {
    uint32_t count = 0;
    const int error = read_packets(device, &count);
    napi_value argument;
    if (count > 0 && napi_create_uint32(device->env, count, &argument) == napi_ok) {
      call(device, device->on_packets, 1, &argument);
    }
    if (error == 0 || device->fd < 0) return;
    uv_poll_stop(poll);
    argument = to_js(device->env, error);
    call(device, device->on_end, 1, &argument);
  });
}

void close_device(Device* device) {
  if (device->fd < 0) return;
  close_descriptor(device, {}, {device->slab, device->lengths, device->on_packets, device->on_end});
}

void on_end_of_environment(napi_async_cleanup_hook_handle, void* data) {
  close_device(device_of(data));
}

/// Makes a device that goes when its descriptor is closed. Returns the descriptor, or a negative errno.
int make_device(const std::string& name, bool in_pieces) {
  ifreq request = {};
  // For an empty name, or for one with a pattern, the kernel would choose a name.
  if (name.empty() || name.find('%') != std::string::npos || name.find('\0') != std::string::npos) return -EINVAL;
  if (name.size() >= sizeof request.ifr_name) return -ENAMETOOLONG;
  memcpy(request.ifr_name, name.data(), name.size());
  request.ifr_flags = static_cast<short>(IFF_TUN | IFF_NO_PI | IFF_TUN_EXCL | (in_pieces ? IFF_VNET_HDR : 0));
  const int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return -errno;
  const bool is_made = ioctl(fd, TUNSETIFF, &request) == 0 &&
                       (!in_pieces || ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6) == 0);
  if (is_made) return fd;
  const int error = errno;
  close(fd);
  return -error;
}

/// (name, inPieces, slab, lengths, onPackets, onEnd) => the device, or an errno
napi_value open_device(napi_env env, napi_callback_info info) {
  size_t count = 6;
  napi_value arguments[6];
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  bool in_pieces = false;
  napi_get_value_bool(env, arguments[1], &in_pieces);
  const int fd = make_device(to_text(env, arguments[0]), in_pieces);
  if (fd < 0) return to_js(env, -fd);
  auto* device = new Device{};
  napi_value self;
  const int error = put_into_loop(env, fd, device, "TunDevice", on_end_of_environment, &self);
  if (error != 0) return to_js(env, error);
  napi_create_reference(env, arguments[2], 1, &device->slab);
  napi_create_reference(env, arguments[3], 1, &device->lengths);
  napi_create_reference(env, arguments[4], 1, &device->on_packets);
  napi_create_reference(env, arguments[5], 1, &device->on_end);
  uv_poll_start(&device->poll, UV_READABLE, on_event);
  return self;
}

/// (device, packet, start, end) => errno
napi_value write_packet(napi_env env, napi_callback_info info) {
  size_t count = 4;
  napi_value arguments[4];
  Bytes packet;
  uint32_t start, end;
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  const bool is_usable = to_bytes(env, arguments[1], &packet) && napi_get_value_uint32(env, arguments[2], &start) == napi_ok &&
                         napi_get_value_uint32(env, arguments[3], &end) == napi_ok && start < end && end <= packet.length;
  if (!is_usable) return to_js(env, EINVAL);
  const int fd = descriptor_of(env, arguments[0])->fd;
  ssize_t size;
  do {
    size = write(fd, packet.data + start, end - start);
  } while (size < 0 && errno == EINTR);
  return to_js(env, size < 0 ? errno : 0);
}

napi_value close_from_js(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value self;
  napi_get_cb_info(env, info, &count, &self, nullptr, nullptr);
  close_device(device_of(descriptor_of(env, self)));
  return nullptr;
}

}  // namespace

void register_tun_device(napi_env env, napi_value exports) {
  add_function(env, exports, "tunOpen", open_device);
  add_function(env, exports, "tunWrite", write_packet);
  add_function(env, exports, "tunClose", close_from_js);
}

}  // namespace florenetes
