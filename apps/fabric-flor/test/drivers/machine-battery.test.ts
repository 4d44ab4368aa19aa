import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { machineBattery } from "../../src/drivers/machine-battery.ts";

const folder = mkdtempSync(join(tmpdir(), "florenetes-battery-"));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Power supplies as the kernel shows them: type, status, capacity, and scope. */
function supplies(...all: readonly (readonly [string, string, string, string?])[]): number | undefined {
  for (const [at, [type, status, capacity, scope]] of all.entries()) {
    const supply = join(folder, `supply${at}`);
    mkdirSync(supply, { recursive: true });
    for (const [name, text] of Object.entries({ type, status, capacity, scope }))
      if (text !== undefined) writeFileSync(join(supply, name), `${text}\n`);
  }
  return machineBattery(folder);
}

test.each([
  [
    "of a laptop that nobody feeds is told",
    [
      ["Mains", "", ""],
      ["Battery", "Discharging", "37"],
    ],
    37,
  ],
  [
    "that is charged, or full, is none that the machine runs on",
    [
      ["Battery", "Charging", "37"],
      ["Battery", "Full", "100"],
    ],
    undefined,
  ],
  [
    "of two the fuller one counts",
    [
      ["Battery", "Discharging", "5"],
      ["Battery", "Discharging", "80"],
    ],
    80,
  ],
  ["of a mouse does not count", [["Battery", "Discharging", "5", "Device"]], undefined],
  [
    "that says nonsense is none",
    [
      ["Battery", "Discharging", "many"],
      ["Battery", "Discharging", ""],
      ["Battery", "Discharging", "101"],
    ],
    undefined,
  ],
] as const)("a battery %s", (_, all, charge) => {
  expect(supplies(...(all as readonly (readonly [string, string, string, string?])[]))).toBe(charge);
});

test("a machine whose kernel shows none runs on none", () => {
  expect(machineBattery(join(folder, "nothing"))).toBeUndefined();
});
