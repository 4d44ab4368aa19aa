import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Course } from "./attack.ts";
import { now } from "./clock.ts";
import { courseOf } from "./course.ts";
import type { Extent, Ground } from "./ground.ts";
import { routeToAttacker } from "./route.ts";

/** The network whose addresses all lead to the attacker's node. */
const NETWORK = "10.99.0.0/16";
const FIRST = "10.99.0.0";
const FULL_AFTER_MS = 3_000;
const BACK_WITHIN_MS = 2_000;
const GIVEN_UP_MS = 15_000;
const POLL_MS = 20;
/** Seconds of the flood, which are more than a neighbour is waited for. */
const FLOOD_S = 20;

/** Answers to strangers of one kind, and tokens that are looked at, in a second (docs/protocol/link-protocol.md). */
const DONE_PER_SECOND = 2_000;

/**
 * Strangers flood the victim; meanwhile the link vertex of a neighbour is restarted, and has to come back.
 *
 * @param kept counters of the victim, each of something that it does for strangers at a bounded rate; may be empty
 */
export async function floodStrangers(
  ground: Ground,
  { isShort }: Extent,
  kind: string,
  kept: readonly string[] = [],
): Promise<Course> {
  await routeToAttacker(ground, NETWORK, ["local", NETWORK, "dev", "lo"]);
  await ground.clear("m");
  const begun = { at: now(), counts: await udpCounts(ground) };
  const until = join(ground.lab.folder, "seen-enough");
  const strike = ground.strikeBeside("m", "strangers", {
    kind,
    seconds: FLOOD_S,
    perSecond: 20_000,
    first: FIRST,
    until,
  });
  strike.catch(() => undefined); // the strike is awaited later
  await sleep(FULL_AFTER_MS);
  const start = now();
  await ground.lab.kill("a", "link-flor");
  ground.lab.start("a", "link-flor");
  const isUp = async (): Promise<boolean> =>
    (await ground.lab.status("a")).clusterFlor?.links.every(({ state }) => state === "up") === true;
  // The links are said to be up until the cluster vertex has noticed the restart.
  await sleep(200);
  while (!(await isUp()) && now() - start < GIVEN_UP_MS) await sleep(POLL_MS);
  const tookMs = now() - start;
  // The flood has lasted until here: a neighbour that came back only after its end would have shown nothing.
  if (isShort) writeFileSync(until, "");
  const strangers = await strike;
  const boundMs = isShort ? GIVEN_UP_MS : BACK_WITHIN_MS;
  const counts = await udpCounts(ground);
  const max = Math.ceil((DONE_PER_SECOND * (now() - begun.at)) / 1000);
  const checks = kept.map((name) => {
    const done = counts[name]! - begun.counts[name]!;
    return { isHeld: done > 0 && done <= max, text: `${name}: ${done} (at most ${max})` };
  });
  return courseOf(strangers, ...checks, {
    isHeld: tookMs < boundMs,
    text:
      tookMs < GIVEN_UP_MS
        ? `a neighbour was back after ${(tookMs / 1000).toFixed(1)} s`
        : "a neighbour did not come back",
  });
}

/** Counters of the victim's UDP socket. */
async function udpCounts(ground: Ground): Promise<Readonly<Record<string, number>>> {
  const { linkFlor } = await ground.lab.status("v");
  if (linkFlor === undefined) throw new Error("link-flor of v does not answer");
  return linkFlor.clusters[0]!.udp;
}
