import { bodyOf, type DeviceProfile, type ProfileBody, readFact } from "@florenetes/facts";
import * as fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import type { Moment } from "../../../src/agent/moment.ts";
import { softwareOf } from "../../../src/agent/program-profile.ts";
import { UNKNOWN_DEVICE } from "../../../src/agent/device/device-facts.ts";
import { Profile } from "../../../src/agent/routes/profile.ts";
import { newKey } from "../../demo-records.ts";

const NOW = Date.parse("2026-11-25T12:00:00.000Z");
const MINUTE = 60_000;
const PHONE: DeviceProfile = { battery: 80, charging: false, network: "wifi", metered: false, foreground: true };
const at = (ms: number): Moment => ({ now: ms, wall: NOW + ms });
const bodyWith = (device: DeviceProfile): ProfileBody => ({ device, software: { version: "1.2.3" }, contracts: [] });

let profile: Profile;

beforeEach(() => {
  profile = new Profile({ cluster: "demo", node: "a", key: newKey("a") });
});

function shown(ms: number, device: DeviceProfile = PHONE, isKnown = true) {
  const { octets, isPatient } = profile.shown(bodyWith(device), at(ms), () => isKnown);
  const fact = readFact(octets, "demo");
  if (typeof fact === "string") throw new Error(fact);
  return { fact, isPatient, device: bodyOf(fact, "profile")!.device };
}

describe("a profile", () => {
  test("is made anew at half of its life, and that one goes with the next letter", () => {
    const first = shown(0);
    expect([first.isPatient, profile.nextTimeout()]).toEqual([false, 7.5 * MINUTE]);
    expect(shown(7.5 * MINUTE - 1).fact.id).toBe(first.fact.id);
    const second = shown(7.5 * MINUTE);
    expect(second.isPatient).toBe(true);
    expect(second.fact.epoch).toBeGreaterThan(first.fact.epoch);
  });

  test.each<[string, Partial<DeviceProfile>]>([
    ["the charger", { charging: true }],
    ["the network", { network: "cellular" }],
    ["who pays", { metered: true }],
    ["whether somebody uses it", { foreground: false }],
    ["a charge below 50 %", { battery: 49 }],
    ["a charge below 45 %", { battery: 44 }],
    ["a charge that is not told", { battery: undefined }],
  ])("tells %s at once, at most each 5 s", (_, change) => {
    const first = shown(0);
    expect(shown(4_999, { ...PHONE, ...change }).fact.id).toBe(first.fact.id);
    expect(profile.nextTimeout()).toBe(5_000);
    const second = shown(5_000, { ...PHONE, ...change });
    expect([second.isPatient, second.device]).toEqual([false, JSON.parse(JSON.stringify({ ...PHONE, ...change }))]);
  });

  test("tells another charge each minute, with the next letter", () => {
    shown(0);
    expect(shown(MINUTE - 1, { ...PHONE, battery: 79 }).device.battery).toBe(80);
    const second = shown(MINUTE, { ...PHONE, battery: 79 });
    expect([second.isPatient, second.device.battery]).toEqual([true, 79]);
  });

  test("is as urgent as the one before that nobody has yet", () => {
    shown(0);
    expect(shown(MINUTE, { ...PHONE, battery: 79 }, false).isPatient).toBe(false);
  });

  test("of a device that changes all the time is made each 5 s at most", () => {
    const change = fc.record({ charging: fc.boolean(), battery: fc.option(fc.nat(100), { nil: undefined }) });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(400), change), { maxLength: 300 }), (changes) => {
        profile = new Profile({ cluster: "demo", node: "a", key: newKey("a") });
        const made = new Set<string>();
        let ms = 0;
        for (const [wait, each] of changes) {
          ms += wait;
          made.add(shown(ms, { ...PHONE, ...each }).fact.id);
        }
        expect(made.size).toBeLessThanOrEqual(1 + ms / 5_000);
      }),
      { numRuns: 30 },
    );
  });

  test("has an epoch above the last one though the clock was put back", () => {
    const first = shown(0);
    const { octets } = profile.shown(bodyWith(UNKNOWN_DEVICE), { now: 10_000, wall: NOW - MINUTE }, () => true);
    expect((readFact(octets, "demo") as { readonly epoch: number }).epoch).toBeGreaterThan(first.fact.epoch);
  });
});

test.each([
  ["0.1.0", { version: "0.1.0" }],
  ["0.1.0 (29e035e9)", { version: "0.1.0", commit: "29e035e9" }],
  ["0.1.0 (HEAD)", { version: "unknown" }],
  ["Next", { version: "unknown" }],
  ["", { version: "unknown" }],
])("the software of %o", (told, software) => expect(softwareOf(told)).toEqual(software));
