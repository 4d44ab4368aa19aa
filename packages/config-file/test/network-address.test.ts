import { describe, expect, test } from "vitest";
import {
  formatListenAddress,
  formatStreamAddress,
  formatUdpAddress,
  isLoopback,
  parseListenAddress,
  parseStreamAddress,
  parseUdpAddress,
} from "../src/network-address.ts";
import { ListenPlaces } from "../src/listen-places.ts";

describe("a stream address", () => {
  test.each([
    ["tcp://127.0.0.1:80", { kind: "tcp", host: "127.0.0.1", port: 80 }],
    ["tcp://[::1]:65535", { kind: "tcp", host: "::1", port: 65535 }],
    ["tcp://db.example.org:5432", { kind: "tcp", host: "db.example.org", port: 5432 }],
    ["tcp://localhost:1", { kind: "tcp", host: "localhost", port: 1 }],
    ["unix:/run/x.sock", { kind: "unix", path: "/run/x.sock" }],
    ["unix:x.sock", { kind: "unix", path: "x.sock" }],
    ["unix:///run/x.sock", { kind: "unix", path: "///run/x.sock" }],
  ] as const)("%s is read, and written again", (text, expected) => {
    expect(parseStreamAddress(text)).toEqual(expected);
    expect(formatStreamAddress(expected)).toBe(text);
  });

  test.each([
    "",
    "tcp://",
    "127.0.0.1:80",
    "tcp://127.0.0.1",
    "tcp://127.0.0.1:",
    "tcp://127.0.0.1:0",
    "tcp://127.0.0.1:65536",
    "tcp://127.0.0.1:8o",
    "tcp://1.2.3:80",
    "tcp://300.1.1.1:80",
    "tcp://::1:80",
    "tcp://[::1:80",
    "tcp://[1.2.3.4]:80",
    "tcp://a b:80",
    "tcp://-a:80",
    "tcp://a..b:80",
    "udp://127.0.0.1:80",
    "TCP://127.0.0.1:80",
    "tcp://127.0.0.1:80/",
    "unix:",
    "unix://run/x.sock",
    "unix:\0x",
  ])("%j is not", (text) => {
    expect(parseStreamAddress(text)).toBeUndefined();
  });
});

describe("an address to listen on", () => {
  test.each([
    ["tcp://127.0.0.1:80", { kind: "tcp", host: "127.0.0.1", port: 80 }],
    ["unix:/run/x.sock", { kind: "unix", path: "/run/x.sock" }],
    ["udp://127.0.0.1:0", { kind: "udp", host: "127.0.0.1", port: 0 }],
    ["udp://[::1]:5353", { kind: "udp", host: "::1", port: 5353 }],
  ] as const)("%s is read, and written again", (text, expected) => {
    expect(parseListenAddress(text)).toEqual(expected);
    expect(formatListenAddress(expected)).toBe(text);
  });

  test.each(["udp://localhost:53", "udp://127.0.0.1", "tcp://127.0.0.1:0"])("%j is not", (text) => {
    expect(parseListenAddress(text)).toBeUndefined();
  });
});

describe("a UDP address", () => {
  test.each([
    ["udp://0.0.0.0:4433", { host: "0.0.0.0", port: 4433 }],
    ["udp://[::]:0", { host: "::", port: 0 }],
  ])("%s is read", (text, expected) => {
    expect(parseUdpAddress(text)).toEqual(expected);
  });

  test.each(["udp://example.org:4433", "tcp://0.0.0.0:1", "udp://0.0.0.0", "udp://:4433"])("%s is not", (text) => {
    expect(parseUdpAddress(text)).toBeUndefined();
  });
});

test.each([
  ["127.0.0.1", true],
  ["127.9.9.9", true],
  ["::1", true],
  ["localhost", true],
  ["0.0.0.0", false],
  ["::", false],
  ["10.0.0.1", false],
  ["127.example.org", false],
  ["1::1", false],
])("%s is loopback: %s", (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

test.each([
  ["0.0.0.0:1", "127.0.0.1:1", true],
  ["127.0.0.1:1", "0.0.0.0:1", true],
  ["127.0.0.1:1", "127.0.0.1:1", true],
  ["127.0.0.1:1", "127.0.0.2:1", false],
  ["127.0.0.1:1", "127.0.0.1:2", false],
  ["[::]:1", "127.0.0.1:1", true],
  ["0.0.0.0:1", "[::]:1", true],
  ["0.0.0.0:1", "[::1]:1", false],
  ["0.0.0.0:0", "0.0.0.0:0", false],
])("listening on %s and %s overlaps: %s", (first, second, expected) => {
  const a = parseUdpAddress(`udp://${first}`)!;
  const b = parseUdpAddress(`udp://${second}`)!;
  expect([formatUdpAddress(a), formatUdpAddress(b)]).toEqual([`udp://${first}`, `udp://${second}`]);
  const places = new ListenPlaces<string>();
  expect(places.take(a, "first")).toBeUndefined();
  expect(places.take(b, "second")).toBe(expected ? "first" : undefined);
});
