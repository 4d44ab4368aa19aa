// A file as a string whose octets stay in the file: pages that nobody reads take no memory, and all processes that map it share the others.
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "module.h"

namespace florenetes {
namespace {

void unmap(node_api_basic_env, void* octets, void* length) {
  munmap(octets, reinterpret_cast<size_t>(length));
}

/// A string of one octet for each character, or an errno.
napi_value map_file(napi_env env, int fd) {
  struct stat file = {};
  if (fstat(fd, &file) != 0) return to_js(env, errno);
  if (!S_ISREG(file.st_mode) || file.st_size == 0) return to_js(env, EINVAL);
  const size_t length = static_cast<size_t>(file.st_size);
  void* octets = mmap(nullptr, length, PROT_READ, MAP_PRIVATE, fd, 0);
  if (octets == MAP_FAILED) return to_js(env, errno);
  napi_value text = nullptr;
  bool is_copied = false;
  // Where this fails, or copies, it has called `unmap`.
  if (node_api_create_external_string_latin1(env, static_cast<char*>(octets), length, unmap, reinterpret_cast<void*>(length), &text, &is_copied) != napi_ok)
    return to_js(env, ENOMEM);
  return text;
}

/// (file) => its text, or an errno
napi_value map_text(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr);
  const int fd = open(to_text(env, argument).c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return to_js(env, errno);
  napi_value text = map_file(env, fd);
  close(fd);
  return text;
}

}  // namespace

void register_mapped_text(napi_env env, napi_value exports) {
  add_function(env, exports, "mapText", map_text);
}

}  // namespace florenetes
