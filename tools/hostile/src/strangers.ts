import { setTimeout as sleep } from "node:timers/promises";
import type { Course, Extent } from "./attack.ts";
import { now } from "./clock.ts";
import { courseOf } from "./course.ts";
import type { Ground } from "./ground.ts";
import { routeToAttacker } from "./route.ts";

/** The attacker's node answers for all of it. */
const NETWORK = "10.99.0.0/16";
const FIRST = "10.99.0.0";
const FULL_AFTER_MS = 3_000;
const BACK_WITHIN_MS = 2_000;
const GIVEN_UP_MS = 15_000;
const POLL_MS = 20;

/** Strangers flood the victim; meanwhile the link vertex of a neighbour is restarted, and has to come back. */
export async function floodStrangers(ground: Ground, { isShort }: Extent, kind: string): Promise<Course> {
  const seconds = isShort ? 10 : 20;
  await routeToAttacker(ground, NETWORK, ["local", NETWORK, "dev", "lo"]);
  await ground.clear("m");
  const strike = ground.strikeBeside("m", "strangers", { kind, seconds, perSecond: 20_000, first: FIRST });
  strike.catch(() => undefined); // it is awaited later
  await sleep(FULL_AFTER_MS);
  const start = now();
  await ground.lab.kill("a", "link-flor");
  ground.lab.start("a", "link-flor");
  const isUp = async (): Promise<boolean> =>
    (await ground.lab.status("a")).clusterFlor?.links.every(({ state }) => state === "up") === true;
  // It is said to be up until the cluster vertex has noticed.
  await sleep(200);
  while (!(await isUp()) && now() - start < GIVEN_UP_MS) await sleep(POLL_MS);
  const tookMs = now() - start;
  const boundMs = isShort ? GIVEN_UP_MS : BACK_WITHIN_MS;
  return courseOf(await strike, {
    isHeld: tookMs < boundMs,
    text:
      tookMs < GIVEN_UP_MS
        ? `a neighbour was back after ${(tookMs / 1000).toFixed(1)} s`
        : "a neighbour did not come back",
  });
}
