#include "loop-descriptor.h"

#include <errno.h>
#include <unistd.h>

namespace florenetes {
namespace {

void on_closed(uv_handle_t* handle) {
  auto* descriptor = static_cast<LoopDescriptor*>(handle->data);
  if (--descriptor->handles > 0) return;
  napi_remove_async_cleanup_hook(descriptor->cleanup);
  let_go(descriptor);
}

void on_collected(napi_env, void* data, void*) {
  let_go(static_cast<LoopDescriptor*>(data));
}

}  // namespace

void let_go(LoopDescriptor* descriptor) {
  if (--descriptor->owners == 0) delete descriptor;
}

int put_into_loop(napi_env env, int fd, LoopDescriptor* descriptor, const char* name,
                  napi_async_cleanup_hook close_hook, napi_value* self) {
  uv_loop_t* loop;
  const int error = napi_get_uv_event_loop(env, &loop) == napi_ok ? uv_poll_init(loop, &descriptor->poll, fd) : -ENOSYS;
  if (error != 0) {
    close(fd);
    delete descriptor;
    return -error;
  }
  descriptor->poll.data = descriptor;
  descriptor->env = env;
  descriptor->fd = fd;
  descriptor->owners = 2;
  napi_value resource_name;
  napi_create_external(env, descriptor, on_collected, nullptr, self);
  napi_create_string_utf8(env, name, NAPI_AUTO_LENGTH, &resource_name);
  napi_create_reference(env, *self, 1, &descriptor->self);
  napi_async_init(env, nullptr, resource_name, &descriptor->context);
  napi_add_async_cleanup_hook(env, close_hook, descriptor, &descriptor->cleanup);
  return 0;
}

LoopDescriptor* descriptor_of(napi_env env, napi_value value) {
  void* data = nullptr;
  napi_get_value_external(env, value, &data);
  return static_cast<LoopDescriptor*>(data);
}

void close_descriptor(LoopDescriptor* descriptor, std::initializer_list<uv_handle_t*> handles,
                      std::initializer_list<napi_ref> references) {
  descriptor->handles = 1 + static_cast<int>(handles.size());
  uv_close(reinterpret_cast<uv_handle_t*>(&descriptor->poll), on_closed);
  for (uv_handle_t* handle : handles) {
    handle->data = descriptor;
    uv_close(handle, on_closed);
  }
  close(descriptor->fd);
  descriptor->fd = -1;
  napi_async_destroy(descriptor->env, descriptor->context);
  napi_delete_reference(descriptor->env, descriptor->self);
  for (napi_ref reference : references) napi_delete_reference(descriptor->env, reference);
}

void call(LoopDescriptor* descriptor, napi_ref reference, size_t argument_count, napi_value* arguments) {
  napi_env env = descriptor->env;
  napi_value callback, receiver, error;
  if (napi_get_reference_value(env, reference, &callback) != napi_ok || callback == nullptr) return;
  napi_get_undefined(env, &receiver);
  if (napi_call_function(env, receiver, callback, argument_count, arguments, nullptr) != napi_pending_exception) return;
  napi_get_and_clear_last_exception(env, &error);
  napi_fatal_exception(env, error);
}

}  // namespace florenetes
