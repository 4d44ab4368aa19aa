// A descriptor in libuv's loop that calls JavaScript: the part that all kinds of them have. Each kind is a struct that begins with it.
#pragma once

#include <node_api.h>
#include <uv.h>

#include <initializer_list>

namespace florenetes {

struct LoopDescriptor {
  virtual ~LoopDescriptor() = default;

  uv_poll_t poll;
  napi_env env;
  napi_async_context context;
  napi_async_cleanup_hook_handle cleanup;
  /// Keeps the object that JavaScript has alive for as long as the descriptor is open.
  napi_ref self;
  /// -1 once it is closed.
  int fd;
  /// Handles of libuv's that are not closed yet.
  int handles;
  /// libuv and JavaScript let go of it at different times; whoever is last deletes it.
  int owners;
};

void let_go(LoopDescriptor* descriptor);

/// Puts a descriptor into the loop, unwatched as yet. Returns 0 or an errno; with an errno `fd` is closed and `descriptor` deleted.
///
/// @param close Called, with a `LoopDescriptor*`, when the environment ends before the descriptor was closed.
/// @param self Out: the object that JavaScript gets.
int put_into_loop(napi_env env, int fd, LoopDescriptor* descriptor, const char* name, napi_async_cleanup_hook close,
                  napi_value* self);

/// The descriptor of an object that `put_into_loop` has returned.
LoopDescriptor* descriptor_of(napi_env env, napi_value value);

/// Closes a descriptor that is open: `poll`, the kind's other handles (their `data` is set) and its references to callbacks.
void close_descriptor(LoopDescriptor* descriptor, std::initializer_list<uv_handle_t*> handles,
                      std::initializer_list<napi_ref> references);

/// Calls a callback. An exception in it is the program's mistake, as if an event handler of Node's had thrown it.
void call(LoopDescriptor* descriptor, napi_ref callback, size_t argument_count, napi_value* arguments);

/// Does something that may call JavaScript, from libuv. The descriptor may be closed by it, and is still there behind it.
template <typename Action>
void with_scope(LoopDescriptor* descriptor, Action action) {
  napi_handle_scope handles;
  napi_callback_scope scope;
  napi_value resource;
  napi_env env = descriptor->env;
  if (napi_open_handle_scope(env, &handles) != napi_ok) return;
  napi_get_reference_value(env, descriptor->self, &resource);
  if (napi_open_callback_scope(env, resource, descriptor->context, &scope) == napi_ok) {
    descriptor->owners++;
    action();
    napi_close_callback_scope(env, scope);
    let_go(descriptor);
  }
  napi_close_handle_scope(env, handles);
}

}  // namespace florenetes
