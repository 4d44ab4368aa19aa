import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { RunningConfig } from "../../src/config/running-config.ts";
import { SlotMap } from "../../src/config/slot-map.ts";
import { FabricSide } from "../../src/overlay/fabric-side.ts";
import type { TrunkSource } from "../../src/overlay/lead-watch.ts";
import { EVENTS_KEPT, KNOCKS_BURST, KNOCKS_PER_SECOND } from "../../src/overlay/limits.ts";

const knock = { peer: "d", tag: "0", keyHash: "9f".repeat(32), address: "udp://192.0.2.9:4433" };

function sideAt(clock: { now: number }): FabricSide {
  const portals = SlotMap.of([{ name: "quic", bind: "/a", connect: "/b" }]);
  const source: Partial<TrunkSource> = { now: () => clock.now };
  return new FabricSide({ portals } as Partial<RunningConfig> as RunningConfig, source as TrunkSource, () => []);
}

test("a knock is an event, with the portal's name", () => {
  const side = sideAt({ now: 0 });
  side.handleKnock(0, knock);
  side.handleKnock(0, { peer: "e", tag: "lte", keyHash: knock.keyHash });
  side.handleKnock(7, knock);
  const { peer, tag, keyHash: key, address } = knock;
  expect(side.events.after(0).events).toEqual([
    { n: 1, agoMs: 0, kind: "knock", portal: "quic", peer, tag, key, address },
    { n: 2, agoMs: 0, kind: "knock", portal: "quic", peer: "e", tag: "lte", key, address: null },
  ]);
});

test("a link vertex that tells 10,000 knocks of the longest names drives no other event away, and they are counted", () => {
  const clock = { now: 0 };
  const side = sideAt(clock);
  side.events.add({ kind: "links" });
  const longest = { ...knock, peer: "p".repeat(255), address: "u".repeat(255) };
  for (let i = 0; i < 10_000; i++) side.handleKnock(0, { ...longest, tag: `${i}`.padStart(64, "t") });
  expect(side.events.after(0)).toMatchObject({ lost: false, next: 1 + KNOCKS_BURST });
  expect(side.knocksDropped).toBe(10_000 - KNOCKS_BURST);
  expect(KNOCKS_BURST).toBeLessThan(EVENTS_KEPT);
  clock.now += 1_000;
  for (let i = 0; i < 10; i++) side.handleKnock(0, knock);
  expect(side.events.last).toBe(1 + KNOCKS_BURST + KNOCKS_PER_SECOND);
});

test("docs/protocol/fabric-door.md says how many knocks the agent hears", () => {
  const page = readFileSync(join(import.meta.dirname, "../../../../docs/protocol/fabric-door.md"), "utf8");
  expect(page.replaceAll(/\s+/g, " ")).toContain(`${KNOCKS_BURST} knocks at once and ${KNOCKS_PER_SECOND} in a second`);
});
