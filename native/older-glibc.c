/*
 * Lets both add-ons run with older C libraries than that of the machine which builds them: from glibc 2.31 on.
 *
 * glibc 2.34 has moved threads and the dynamic loader into libc.so.6, and gives each function of theirs a second version there. A linker takes
 * the newer one, which older systems do not have. The functions here stand before them, and call the version that all systems have. Those of
 * stat(2) were no symbols of the library before 2.33, but inline functions, which called others with the number of a structure.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>

#if defined(__GLIBC__) && (defined(__x86_64__) || defined(__aarch64__))

#ifdef __x86_64__
#define OLDEST "GLIBC_2.2.5"
#define OLDEST_OF_NAMES "GLIBC_2.12"
#define STAT_NUMBER 1
#else
#define OLDEST "GLIBC_2.17"
#define OLDEST_OF_NAMES "GLIBC_2.17"
#define STAT_NUMBER 0
#endif

// The compiler takes a value that is only kept for one that is not set yet.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"

#define OURS __attribute__((visibility("hidden")))

/** Defines a function that calls the one of the same name in a version of the library. */
#define OLDER(version, result, name, parameters, arguments) \
  extern result older_##name parameters;                    \
  __asm__(".symver older_" #name "," #name "@" version);    \
  OURS result name parameters { return older_##name arguments; }

OLDER(OLDEST, int, pthread_create,
      (pthread_t * thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument),
      (thread, attributes, run, argument))
OLDER(OLDEST, int, pthread_join, (pthread_t thread, void **result), (thread, result))
OLDER(OLDEST, int, pthread_detach, (pthread_t thread), (thread))
OLDER(OLDEST, int, pthread_getcpuclockid, (pthread_t thread, clockid_t *clock), (thread, clock))
OLDER(OLDEST, int, pthread_sigmask, (int how, const sigset_t *signals, sigset_t *before), (how, signals, before))
OLDER(OLDEST, int, pthread_key_create, (pthread_key_t * key, void (*end)(void *)), (key, end))
OLDER(OLDEST, int, pthread_key_delete, (pthread_key_t key), (key))
OLDER(OLDEST, int, pthread_attr_setstacksize, (pthread_attr_t * attributes, size_t octets), (attributes, octets))
OLDER(OLDEST_OF_NAMES, int, pthread_setname_np, (pthread_t thread, const char *name), (thread, name))
OLDER(OLDEST, void *, dlopen, (const char *file, int flags), (file, flags))
OLDER(OLDEST, void *, dlsym, (void *restrict library, const char *restrict name), (library, name))
OLDER(OLDEST, int, dladdr, (const void *address, Dl_info *info), (address, info))

OLDER(OLDEST, int, pthread_setspecific, (pthread_key_t key, const void *value), (key, value))

/** Defines a function of stat(2), which calls the older one with the number of the structure. */
#define OLDER_STAT(name, older, parameter)                  \
  extern int older(int, parameter, struct stat64 *);        \
  __asm__(".symver " #older "," #older "@" OLDEST);         \
  OURS int name(parameter file, struct stat64 *status) { return older(STAT_NUMBER, file, status); }

typedef const char *path;
OLDER_STAT(stat64, __xstat64, path)
OLDER_STAT(lstat64, __lxstat64, path)
OLDER_STAT(fstat64, __fxstat64, int)

#endif
