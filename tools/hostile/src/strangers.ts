import { setTimeout as sleep } from "node:timers/promises";
import type { Course, Extent } from "./attack.ts";
import { now } from "./clock.ts";
import { courseOf } from "./course.ts";
import type { Ground } from "./ground.ts";

/** Routed to the attacker's node, which answers for all of it. */
const NETWORK = "10.99.0.0/16";
const FIRST = "10.99.0.0";
const FULL_AFTER_MS = 3_000;
const BACK_WITHIN_MS = 2_000;
const GIVEN_UP_MS = 15_000;
const POLL_MS = 20;

/** Strangers flood the victim; meanwhile the link vertex of a neighbour is restarted, and has to come back. */
export async function floodStrangers(ground: Ground, { isShort }: Extent, kind: string): Promise<Course> {
  const seconds = isShort ? 10 : 20;
  await routeToAttacker(ground);
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

async function routeToAttacker(ground: Ground): Promise<void> {
  const own = new URL(ground.endpoint("m", "v")).hostname;
  const route = await ground.lab.exec("m", ["ip", "-j", "route", "get", own]);
  const [{ prefsrc }] = JSON.parse(route.stdout) as [{ prefsrc: string }];
  for (const [node, route] of [
    ["m", ["local", NETWORK, "dev", "lo"]],
    ["v", [NETWORK, "via", prefsrc]],
  ] as const) {
    const { code, stderr } = await ground.lab.exec(node, ["ip", "route", "add", ...route]);
    if (code !== 0) throw new Error(`no route on ${node}: ${stderr}`);
  }
}
