// A bad wire in user space: a TAP device in each of two network namespaces, and what comes in on one goes out on the other, later,
// slower, or not at all. Both ways are alike. The program creates the devices; its caller gives them addresses. It ends with its parent.
//
// Usage: wire NAMESPACE DEVICE NAMESPACE DEVICE DELAY_US LOSS_PPM RATE_KBIT BUFFER_BYTES
//   DELAY_US      on the way, each way
//   LOSS_PPM      frames in a million that are lost on the way, each by itself
//   RATE_KBIT     Ethernet frames per second, without preamble and checksum; 0: as they come
//   BUFFER_BYTES  how much waits for its turn at that rate; frames beyond that are dropped
// Prints "ready".

#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define FRAME_MAX 2032
#define FRAMES_MAX 32768u
#define READS_PER_TURN 64

struct frame {
  uint64_t due;
  uint32_t length;
  uint8_t bytes[FRAME_MAX];
};

// Frames on their way from one device to the other, in the order in which they leave.
struct way {
  int from, to;
  uint64_t busy_until;
  uint32_t head, count;
  struct frame *frames;
};

static uint64_t delay_ns, rate_kbit, buffer_bytes, loss_ppm;

static void die(const char *what) {
  perror(what);
  exit(1);
}

static uint64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

// xorshift64*: the same frames are lost in every run.
static uint64_t random_number(void) {
  static uint64_t state = 88172645463325252u;
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  return (state * 2685821657736338717u) >> 32;
}

static int open_tap(const char *name_space, const char *device) {
  char path[256];
  snprintf(path, sizeof path, "/var/run/netns/%s", name_space);
  int place = open(path, O_RDONLY | O_CLOEXEC);
  if (place < 0 || setns(place, CLONE_NEWNET) != 0) die(path);
  close(place);
  int tap = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (tap < 0) die("/dev/net/tun");
  struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
  strncpy(request.ifr_name, device, IFNAMSIZ - 1);
  if (ioctl(tap, TUNSETIFF, &request) != 0) die(device);
  return tap;
}

static struct way make_way(int from, int to) {
  struct way way = {.from = from, .to = to, .frames = calloc(FRAMES_MAX, sizeof(struct frame))};
  if (way.frames == NULL) die("memory");
  return way;
}

// Takes one frame in. False when there is none.
static int take(struct way *way, uint64_t now) {
  struct frame spare;
  struct frame *frame = way->count < FRAMES_MAX ? &way->frames[(way->head + way->count) % FRAMES_MAX] : &spare;
  ssize_t length = read(way->from, frame->bytes, FRAME_MAX);
  if (length <= 0) return 0;
  uint64_t start = way->busy_until > now ? way->busy_until : now;
  uint64_t waiting = rate_kbit == 0 ? 0 : (start - now) * rate_kbit / 8000000u;
  if (frame == &spare || (rate_kbit != 0 && waiting + (uint64_t)length > buffer_bytes)) return 1;
  way->busy_until = rate_kbit == 0 ? now : start + (uint64_t)length * 8000000u / rate_kbit;
  if (random_number() % 1000000u < loss_ppm) return 1;
  frame->due = way->busy_until + delay_ns;
  frame->length = (uint32_t)length;
  way->count++;
  return 1;
}

static void pass_on(struct way *way, uint64_t now) {
  while (way->count > 0 && way->frames[way->head].due <= now) {
    struct frame *frame = &way->frames[way->head];
    // A device that is down takes nothing: that is a loss like any other.
    ssize_t written = write(way->to, frame->bytes, frame->length);
    (void)written;
    way->head = (way->head + 1) % FRAMES_MAX;
    way->count--;
  }
}

static void carry(struct way ways[2]) {
  struct pollfd polled[2] = {{.fd = ways[0].from, .events = POLLIN}, {.fd = ways[1].from, .events = POLLIN}};
  for (;;) {
    uint64_t next = UINT64_MAX;
    for (int i = 0; i < 2; i++) {
      for (int reads = 0; reads < READS_PER_TURN && take(&ways[i], now_ns()); reads++);
      pass_on(&ways[i], now_ns());
      if (ways[i].count > 0 && ways[i].frames[ways[i].head].due < next) next = ways[i].frames[ways[i].head].due;
    }
    uint64_t now = now_ns();
    uint64_t rest = next <= now ? 0 : next - now;
    struct timespec wait = {.tv_sec = rest / 1000000000u, .tv_nsec = rest % 1000000000u};
    ppoll(polled, 2, next == UINT64_MAX ? NULL : &wait, NULL);
  }
}

int main(int count, char **words) {
  if (count != 9) return fprintf(stderr, "wire: eight arguments, see the source\n"), 2;
  delay_ns = strtoull(words[5], NULL, 10) * 1000u;
  loss_ppm = strtoull(words[6], NULL, 10);
  rate_kbit = strtoull(words[7], NULL, 10);
  buffer_bytes = strtoull(words[8], NULL, 10);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  prctl(PR_SET_TIMERSLACK, 1);
  // A wire must not wait for other programs. Without the right to this class, the wire is exact only on an idle machine.
  sched_setscheduler(0, SCHED_RR, &(struct sched_param){.sched_priority = 1});
  int left = open_tap(words[1], words[2]);
  int right = open_tap(words[3], words[4]);
  struct way ways[2] = {make_way(left, right), make_way(right, left)};
  printf("ready\n");
  fflush(stdout);
  carry(ways);
}
