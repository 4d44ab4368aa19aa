import { expect, test } from "vitest";
import { formatServiceTarget, parseServiceTarget } from "../src/service-target.ts";

test.each([
  ["self:echo", { kind: "self", service: "echo" }],
  ["tcp://127.0.0.1:80", { kind: "tcp", host: "127.0.0.1", port: 80 }],
  ["unix:self:echo", { kind: "unix", path: "self:echo" }],
] as const)("the target %s is read, and written again", (text, target) => {
  expect(parseServiceTarget(text)).toEqual(target);
  expect(formatServiceTarget(target)).toBe(text);
});

test.each(["self:", "self:toString", "self:echo ", "echo", "tcp://127.0.0.1:0"])("%j is no target", (text) => {
  expect(parseServiceTarget(text)).toBeUndefined();
});
