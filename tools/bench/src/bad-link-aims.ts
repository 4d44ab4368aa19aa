import { type Aim, atLeast, atMost } from "./aim.ts";
import { type BadWireName, type GroundResult, linksText } from "./grounds.ts";
import { besideBulkOf, megabitsOf, roundTripOf } from "./medians.ts";
import type { SystemResult } from "./plan.ts";

/** Share of the throughput that the wire alone carries, over one link. */
const SLOW_SHARE_MIN = 0.8;
const LONG_MEGABITS_MIN = 80;
/** Delay that a link's queue aims at (docs/link-protocol.md). */
const QUEUE_TARGET_MS = 5;

const SLOW: BadWireName = "20 Mbit/s, deep buffer";
const LONG: BadWireName = "200 ms, 100 Mbit/s";

/** What the mesh is meant to reach over wires that are bad. */
export function badLinkAims(grounds: readonly GroundResult[]): Aim[] {
  const bad = grounds.filter(({ of }) => of === "bad-link");
  const find = (title: string, links: number, key: string): SystemResult | undefined =>
    bad
      .find((ground) => ground.title === title && ground.place.links === links)
      ?.results.find((result) => result.key === key);
  const wire = megabitsOf(find(SLOW, 1, "kernel"), 1);
  return [
    ...[1, 3].flatMap((links) => {
      const megabits = megabitsOf(find(SLOW, links, "florenetes"), 1);
      const limit = wire === undefined ? undefined : wire * SLOW_SHARE_MIN;
      const because = `${SLOW_SHARE_MIN} of what the kernel carries over that link alone`;
      return atLeast(`throughput, ${SLOW}, ${linksText(links)}`, "Mbit/s", megabits, limit, because);
    }),
    ...[1, 3].flatMap((links) => {
      const megabits = megabitsOf(find(LONG, links, "florenetes"), 1);
      return atLeast(`throughput, ${LONG}, ${linksText(links)}`, "Mbit/s", megabits, LONG_MEGABITS_MIN, "fills it");
    }),
    ...bad.flatMap(({ title, place, results }) => {
      const mesh = results.find(({ key }) => key === "florenetes");
      const idle = milliseconds(roundTripOf(mesh, "p99Micros"));
      const beside = milliseconds(besideBulkOf(mesh, null, "p99Micros"));
      const limit = idle === undefined ? undefined : idle + QUEUE_TARGET_MS * place.links;
      const of = `round trip p99 beside bulk, ${title}, ${linksText(place.links)}`;
      return atMost(of, "ms", beside, limit, `idle, and ${QUEUE_TARGET_MS} ms for each link's queue`);
    }),
  ];
}

function milliseconds(micros: number | undefined): number | undefined {
  return micros === undefined ? undefined : micros / 1000;
}
