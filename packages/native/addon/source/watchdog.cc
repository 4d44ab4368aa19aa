// A thread that ends the process when its event loop turns no more. It shares nothing with the loop but two numbers, and does nothing
// that could wait for it: no allocation, no lock.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <string>

#include "module.h"

namespace florenetes {
namespace {

struct Watch {
  /// The loop's thread.
  pid_t thread;
  clockid_t cpu_clock;
  int64_t limit_ms;
  int64_t tick_ms;
  int exit_code;
  std::string last_words;
};

/// Set by the loop, taken by the thread.
std::atomic<bool> has_turned{true};
std::atomic<bool> is_started{false};

/// CPU time of the loop's thread.
int64_t cpu_ms(const Watch& watch) {
  timespec time = {};
  clock_gettime(watch.cpu_clock, &time);
  return time.tv_sec * 1'000 + time.tv_nsec / 1'000'000;
}

/// The state of the thread, as ps(1) shows it: R running or waiting for a CPU, S asleep, T stopped, …; R when it is not known.
char state(const Watch& watch) {
  char path[64], text[512];
  snprintf(path, sizeof path, "/proc/self/task/%d/stat", watch.thread);
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 'R';
  const ssize_t length = read(fd, text, sizeof text - 1);
  close(fd);
  text[length > 0 ? length : 0] = '\0';
  // Behind the name, which may hold anything.
  const char* name_end = strrchr(text, ')');
  return name_end != nullptr && name_end[1] == ' ' ? name_end[2] : 'R';
}

/// At once, or not at all: nobody may read what is written.
void say(const std::string& text) {
  pollfd out = {2, POLLOUT, 0};
  if (poll(&out, 1, 0) != 1 || (out.revents & POLLOUT) == 0) return;
  [[maybe_unused]] const ssize_t written = write(2, text.data(), text.size());
}

/// How long the loop has stood still by its own time since the last tick. One that waits for a CPU stands still for nobody's fault,
/// and a process that was stopped, or a machine that slept, has had one tick in that time.
int64_t standstill(const Watch& watch, int64_t cpu_used_ms) {
  switch (state(watch)) {
    case 'R':
    case 'T':
    case 't':
      return cpu_used_ms;
    default:
      return watch.tick_ms;
  }
}

void* run(void* data) {
  const Watch& watch = *static_cast<Watch*>(data);
  const timespec tick = {watch.tick_ms / 1'000, watch.tick_ms % 1'000 * 1'000'000};
  int64_t still_ms = 0;
  for (int64_t cpu_before = cpu_ms(watch);;) {
    nanosleep(&tick, nullptr);
    const int64_t cpu_now = cpu_ms(watch);
    if (has_turned.exchange(false, std::memory_order_relaxed)) still_ms = 0;
    else still_ms += standstill(watch, cpu_now - cpu_before);
    cpu_before = cpu_now;
    if (still_ms < watch.limit_ms) continue;
    say(watch.last_words);
    _exit(watch.exit_code);
  }
}

int start(Watch* watch) {
  watch->thread = static_cast<pid_t>(syscall(SYS_gettid));
  const int clock_error = pthread_getcpuclockid(pthread_self(), &watch->cpu_clock);
  if (clock_error != 0) return clock_error;
  // Signals are the loop's: the thread inherits that it takes none.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  const int error = pthread_create(&thread, nullptr, run, watch);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (error == 0) pthread_detach(thread);
  return error;
}

/// (limitMs, tickMs, exitCode, lastWords) => errno
napi_value start_watchdog(napi_env env, napi_callback_info info) {
  size_t count = 4;
  napi_value arguments[4];
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  if (is_started.exchange(true)) return to_js(env, EALREADY);
  // For as long as the process lives.
  Watch* watch = new Watch{};
  napi_get_value_int64(env, arguments[0], &watch->limit_ms);
  napi_get_value_int64(env, arguments[1], &watch->tick_ms);
  napi_get_value_int32(env, arguments[2], &watch->exit_code);
  watch->last_words = to_text(env, arguments[3]);
  return to_js(env, start(watch));
}

napi_value feed_watchdog(napi_env, napi_callback_info) {
  has_turned.store(true, std::memory_order_relaxed);
  return nullptr;
}

}  // namespace

void register_watchdog(napi_env env, napi_value exports) {
  add_function(env, exports, "startWatchdog", start_watchdog);
  add_function(env, exports, "feedWatchdog", feed_watchdog);
}

}  // namespace florenetes
