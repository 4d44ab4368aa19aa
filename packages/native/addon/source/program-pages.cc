// Pages of the program and of its libraries that stay as they are in their files.
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

#include "module.h"

namespace florenetes {
namespace {

/// Whether the loader writes into segments that are not writable afterwards: what it wrote would be lost with the page.
bool is_relocated_in_place(const dl_phdr_info& object) {
  for (int index = 0; index < object.dlpi_phnum; index++) {
    const ElfW(Phdr)& segment = object.dlpi_phdr[index];
    if (segment.p_type != PT_DYNAMIC) continue;
    for (auto entry = reinterpret_cast<const ElfW(Dyn)*>(object.dlpi_addr + segment.p_vaddr); entry->d_tag != DT_NULL; entry++) {
      if (entry->d_tag == DT_TEXTREL) return true;
      if (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL) != 0) return true;
    }
  }
  return false;
}

/// The kernel's own object has no file.
bool has_file(const dl_phdr_info& object) {
  return object.dlpi_name[0] == '/' || object.dlpi_name[0] == '\0';
}

/// Called while the loader's lock is held: no library comes or goes meanwhile.
int release_segments(dl_phdr_info* object, size_t, void* released) {
  if (!has_file(*object) || is_relocated_in_place(*object)) return 0;
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  for (int index = 0; index < object->dlpi_phnum; index++) {
    const ElfW(Phdr)& segment = object->dlpi_phdr[index];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    // The page of an end may be shared with the next segment, which may be writable.
    const uintptr_t from = (object->dlpi_addr + segment.p_vaddr + page - 1) / page * page;
    const uintptr_t to = (object->dlpi_addr + segment.p_vaddr + segment.p_memsz) / page * page;
    if (from < to && madvise(reinterpret_cast<void*>(from), to - from, MADV_DONTNEED) == 0) *static_cast<double*>(released) += to - from;
  }
  return 0;
}

napi_value release_program_pages(napi_env env, napi_callback_info) {
  double released = 0;
  dl_iterate_phdr(release_segments, &released);
  napi_value result = nullptr;
  napi_create_double(env, released, &result);
  return result;
}

}  // namespace

void register_program_pages(napi_env env, napi_value exports) {
  add_function(env, exports, "releaseProgramPages", release_program_pages);
}

}  // namespace florenetes
