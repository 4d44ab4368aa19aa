import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { secretMemory } from "../src/index.ts";

test("memory for secrets is zero, ours to write, and in pages that no dump and no child has", () => {
  const secret = secretMemory(5_000);
  expect(secret).toEqual(new Uint8Array(5_000));
  secret.fill(7);
  expect(secret.every((octet) => octet === 7)).toBe(true);
  const flags = [...readFileSync("/proc/self/smaps", "utf8").matchAll(/^VmFlags: (.*)$/gm)].map((match) => match[1]!);
  expect(flags.filter((text) => /\bdd\b/.test(text) && /\bwf\b/.test(text)).length).toBeGreaterThan(0);
});

test("memory of no size is refused", () => {
  expect(() => secretMemory(0)).toThrow(expect.objectContaining({ code: "ERR_NATIVE_REFUSED" }));
});
