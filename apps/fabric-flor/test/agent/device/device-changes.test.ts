import { DEVICE_NETWORKS, type DeviceProfile } from "@florenetes/facts";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { DeviceChanges } from "../../../src/agent/device/device-changes.ts";

const DEVICE: DeviceProfile = { battery: 57, charging: true, network: "wifi", metered: false, foreground: true };

test("the first change is told at once, and those of the next second together", () => {
  const changes = new DeviceChanges();
  expect([changes.nextTimeout(), changes.poll(0)]).toEqual([Number.POSITIVE_INFINITY, undefined]);
  changes.handleFacts(DEVICE);
  expect([changes.poll(5), changes.poll(5)]).toEqual([DEVICE, undefined]);
  changes.handleFacts({ ...DEVICE, charging: false });
  changes.handleFacts({ ...DEVICE, network: "none" });
  expect([changes.nextTimeout(), changes.poll(1_004)]).toEqual([1_005, undefined]);
  expect(changes.poll(1_005)).toEqual({ ...DEVICE, network: "none" });
  changes.handleFacts(DEVICE);
  changes.handleFacts({ ...DEVICE, network: "none" });
  expect([changes.nextTimeout(), changes.poll(9_000)]).toEqual([Number.POSITIVE_INFINITY, undefined]);
  changes.handleFacts({ ...DEVICE, battery: 56 });
  expect(changes.poll(9_000)).toEqual({ ...DEVICE, battery: 56 });
});

test("whatever changes when, the newest facts are told within a second, once a second at most", () => {
  const facts = fc.record({
    battery: fc.option(fc.nat(100), { nil: undefined }),
    charging: fc.boolean(),
    network: fc.constantFrom(...DEVICE_NETWORKS),
    metered: fc.boolean(),
    foreground: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(1_500), facts), { maxLength: 50 }), (steps) => {
      const changes = new DeviceChanges();
      const told: number[] = [];
      let [now, last]: [number, DeviceProfile | undefined] = [0, undefined];
      const poll = (): void => {
        const next = changes.poll(now);
        if (next !== undefined) [last, told[told.length]] = [next, now];
      };
      for (const [pause, next] of steps) {
        const at = now + pause;
        if (changes.nextTimeout() <= at) {
          now = Math.max(now, changes.nextTimeout());
          poll();
        }
        now = at;
        changes.handleFacts(next);
        poll();
      }
      now += 1_000;
      poll();
      expect(last).toEqual(steps.at(-1)?.[1]);
      expect(told.every((at, index) => index === 0 || at - told[index - 1]! >= 1_000)).toBe(true);
    }),
  );
});
