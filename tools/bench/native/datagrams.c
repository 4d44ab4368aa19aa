// Sends numbered datagrams at a rate, or receives them and tells their fate.
//
//   datagrams receive HOST PORT                       until its input ends
//   datagrams send HOST PORT SIZE PER_SECOND SECONDS
//
// The sender begins when a first datagram was answered, so that everything between the two is ready for more, and paces itself by looking every
// 50 us at the datagrams that are due. Datagrams that it could not send within 5 ms of their time are left out: it does not make up for a
// busy machine by bursts.
// Each end prints one line of JSON when it ends.

#define _GNU_SOURCE
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SIZE_MAX_BYTES = 65507, BATCH = 64, BUFFER_BYTES = 16 << 20 };
enum { TICK_NS = 50000, LATE_NS = 5000000, HELLO_PAUSE_MS = 50, HELLOS_MAX = 200 };
static const uint64_t HELLO = UINT64_MAX;

// The clock is the machine's: both ends read the same one.
struct head {
  uint64_t number;
  int64_t sent_ns;
};

static int64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void fail(const char *what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  exit(1);
}

static int open_socket(const char *host, const char *port, int is_receiver) {
  struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV}, *found;
  if (getaddrinfo(host, port, &hints, &found) != 0) fail(host);
  int fd = socket(found->ai_family, SOCK_DGRAM, 0);
  int size = BUFFER_BYTES;
  // Without the right to so large a buffer, the system's own limit stands.
  if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  int result = is_receiver ? bind(fd, found->ai_addr, found->ai_addrlen) : connect(fd, found->ai_addr, found->ai_addrlen);
  if (fd < 0 || result != 0) fail(is_receiver ? "bind" : "connect");
  freeaddrinfo(found);
  return fd;
}

static void receive_all(int fd) {
  static char bytes[BATCH][SIZE_MAX_BYTES];
  static struct sockaddr_storage senders[BATCH];
  struct iovec vectors[BATCH];
  struct mmsghdr messages[BATCH];
  uint64_t received = 0, count_of_pairs = 0;
  int64_t last_transit = 0;
  double differences = 0;
  struct pollfd watched[] = {{.fd = fd, .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
  printf("ready\n");
  fflush(stdout);
  for (;;) {
    poll(watched, 2, -1);
    for (int index = 0; index < BATCH; index++) {
      vectors[index] = (struct iovec){bytes[index], SIZE_MAX_BYTES};
      messages[index].msg_hdr = (struct msghdr){
          .msg_name = &senders[index], .msg_namelen = sizeof senders[index], .msg_iov = &vectors[index], .msg_iovlen = 1};
    }
    int count = recvmmsg(fd, messages, BATCH, MSG_DONTWAIT, NULL);
    // The input ends when all datagrams that were sent have had time to come.
    if (count <= 0 && watched[1].revents != 0) break;
    int64_t now = now_ns();
    for (int index = 0; index < count; index++) {
      struct head head;
      if (messages[index].msg_len < sizeof head) continue;
      memcpy(&head, bytes[index], sizeof head);
      if (head.number == HELLO) {
        sendto(fd, &head, sizeof head, 0, (struct sockaddr *)&senders[index], messages[index].msg_hdr.msg_namelen);
        continue;
      }
      int64_t transit = now - head.sent_ns;
      if (received > 0) {
        differences += transit > last_transit ? transit - last_transit : last_transit - transit;
        count_of_pairs++;
      }
      last_transit = transit;
      received++;
    }
  }
  printf("\n{\"received\":%llu,\"jitterMicros\":%.3f}\n", (unsigned long long)received,
         count_of_pairs == 0 ? 0 : differences / 1e3 / (double)count_of_pairs);
}

static void say_hello(int fd) {
  struct head hello = {.number = HELLO}, answer;
  struct pollfd watched = {.fd = fd, .events = POLLIN};
  for (int tries = 0; tries < HELLOS_MAX; tries++) {
    send(fd, &hello, sizeof hello, 0);
    if (poll(&watched, 1, HELLO_PAUSE_MS) > 0 && recv(fd, &answer, sizeof answer, MSG_DONTWAIT) > 0) return;
    // An ICMP answer comes at once.
    usleep(HELLO_PAUSE_MS * 1000);
  }
  errno = ETIMEDOUT;
  fail("nobody answers");
}

static void send_all(int fd, size_t size, double per_second, double seconds) {
  static char bytes[SIZE_MAX_BYTES];
  if (size < sizeof(struct head) || size > SIZE_MAX_BYTES) {
    errno = EINVAL;
    fail("size");
  }
  say_hello(fd);
  const uint64_t total = (uint64_t)(per_second * seconds);
  const double pause_ns = 1e9 / per_second;
  const int64_t began = now_ns();
  uint64_t sent = 0;
  for (uint64_t number = 0; number < total;) {
    int64_t now = now_ns();
    int64_t due_at = began + (int64_t)((double)number * pause_ns);
    if (due_at > now) {
      struct timespec pause = {0, due_at - now > TICK_NS ? due_at - now : TICK_NS};
      if (pause.tv_nsec > 500000000L) pause.tv_nsec = 500000000L;
      nanosleep(&pause, NULL);
      continue;
    }
    if (now - due_at <= LATE_NS) {
      struct head head = {number, now};
      memcpy(bytes, &head, sizeof head);
      // A datagram that the system refuses is lost.
      send(fd, bytes, size, 0);
      sent++;
    }
    number++;
  }
  printf("{\"sent\":%llu}\n", (unsigned long long)sent);
}

int main(int count, char **words) {
  if (count == 4 && strcmp(words[1], "receive") == 0) {
    receive_all(open_socket(words[2], words[3], 1));
  } else if (count == 7 && strcmp(words[1], "send") == 0) {
    send_all(open_socket(words[2], words[3], 0), strtoul(words[4], NULL, 10), atof(words[5]), atof(words[6]));
  } else {
    fprintf(stderr, "usage: datagrams receive HOST PORT | datagrams send HOST PORT SIZE PER_SECOND SECONDS\n");
    return 2;
  }
  return 0;
}
