import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { machinePower } from "../../src/drivers/machine-battery.ts";

const folder = mkdtempSync(join(tmpdir(), "florenetes-battery-"));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type Supply = Readonly<Partial<Record<"type" | "status" | "capacity" | "scope" | "online", string>>>;

/** The battery and charger of a machine with these power supplies, which stand as the kernel shows them. */
function powerWith(...supplies: readonly Supply[]): ReturnType<typeof machinePower> {
  for (const [at, supply] of supplies.entries()) {
    mkdirSync(join(folder, `supply${at}`), { recursive: true });
    for (const [name, text] of Object.entries(supply)) writeFileSync(join(folder, `supply${at}`, name), `${text}\n`);
  }
  return machinePower(folder);
}

const battery = (status: string, capacity: string): Supply => ({ type: "Battery", status, capacity });
const charger = (online: string): Supply => ({ type: "USB", online });

test.each<[string, readonly Supply[], ReturnType<typeof machinePower>]>([
  [
    "of a laptop that nobody feeds drains",
    [charger("0"), battery("Discharging", "37")],
    { charging: false, battery: 37 },
  ],
  [
    "that a charger is too weak for drains",
    [charger("1"), battery("Discharging", "37")],
    { charging: false, battery: 37 },
  ],
  ["that is charged is told as well", [battery("Charging", "37")], { charging: true, battery: 37 }],
  [
    "that is full or held back by its charger is fed",
    [battery("Full", "100"), battery("Not charging", "80")],
    { charging: true, battery: 100 },
  ],
  [
    "of two that drain: the fuller one counts",
    [battery("Discharging", "5"), battery("Discharging", "80")],
    { charging: false, battery: 80 },
  ],
  [
    "that drains counts, and not the full one beside it",
    [battery("Full", "100"), battery("Discharging", "5")],
    { charging: false, battery: 5 },
  ],
  [
    "without a state drains, where no charger is there",
    [charger("0"), battery("Unknown", "50")],
    { charging: false, battery: 50 },
  ],
  [
    "without a state is fed, where a charger is there",
    [charger("1"), battery("Unknown", "50")],
    { charging: true, battery: 50 },
  ],
  ["of a mouse does not count", [{ ...battery("Discharging", "5"), scope: "Device" }], { charging: true }],
  [
    "with a charge that is none drains all the same",
    [battery("Discharging", "many"), battery("Discharging", ""), battery("Discharging", "101")],
    { charging: false },
  ],
])("a battery %s", (_, supplies, power) => {
  expect(powerWith(...supplies)).toEqual(power);
});

test("a machine whose kernel shows no battery is fed", () => {
  expect(powerWith(charger("1"))).toEqual({ charging: true });
  expect(machinePower(join(folder, "nothing"))).toEqual({ charging: true });
  // A folder that cannot be read says nothing.
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "hidden"), "");
  expect(machinePower(join(folder, "hidden"))).toEqual({ charging: false });
});
