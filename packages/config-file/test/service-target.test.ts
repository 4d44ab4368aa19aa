import { expect, test } from "vitest";
import { formatServiceTarget, parseServiceTarget } from "../src/service-target.ts";

test.each([
  ["self:echo", { kind: "self", service: "echo" }],
  ["tcp://127.0.0.1:80", { kind: "tcp", host: "127.0.0.1", port: 80 }],
  ["udp://127.0.0.1:53", { kind: "udp", host: "127.0.0.1", port: 53 }],
  ["udp://[::1]:53", { kind: "udp", host: "::1", port: 53 }],
  ["udp://ns.example.org:53", { kind: "udp", host: "ns.example.org", port: 53 }],
  ["unix:self:echo", { kind: "unix", path: "self:echo" }],
] as const)("the target %s is read, and written again", (text, target) => {
  expect(parseServiceTarget(text)).toEqual(target);
  expect(formatServiceTarget(target)).toBe(text);
});

test.each([
  "self:",
  "self:toString",
  "self:echo ",
  "echo",
  "tcp://127.0.0.1:0",
  "udp://127.0.0.1:0",
  "udp://127.0.0.1",
])("%j is no target", (text) => {
  expect(parseServiceTarget(text)).toBeUndefined();
});
