{
  "targets": [
    {
      "target_name": "florenetes",
      "sources": [
        "source/module.cc",
        "source/boot-clock.cc",
        "source/core-dumps.cc",
        "source/foreign-memory.cc",
        "source/freed-memory.cc",
        "source/hmac.cc",
        "source/loop-descriptor.cc",
        "source/mapped-text.cc",
        "source/memory-file.cc",
        "source/packet-opener.cc",
        "source/peer-credentials.cc",
        "source/program-pages.cc",
        "source/secret-memory.cc",
        "source/service-manager.cc",
        "source/socket-file.cc",
        "source/tun-device.cc",
        "source/udp-batch.cc",
        "source/unix-datagram.cc",
        "source/watchdog.cc",
        "../../../native/older-glibc.c"
      ],
      "defines": ["NAPI_VERSION=10", "_GNU_SOURCE"],
      "cflags": ["-Wall", "-Wextra", "-fvisibility=hidden"]
    }
  ]
}
