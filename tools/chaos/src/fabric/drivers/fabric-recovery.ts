import { setTimeout as sleep } from "node:timers/promises";
import type { Lab } from "@florenetes/meshlab";
import { now } from "@florenetes/workloads";
import { missingPulses, type Pulse } from "../../drivers/recovery.ts";
import { FABRIC_RECOVERY_MS_MAX } from "../../limits.ts";
import { HOSTS, RELAYS, USERS } from "../terrain.ts";

const POLL_MS = 200;
/** The next fault may strike one of two ways. */
const WAYS_MIN = 2;
const ENDS: readonly string[] = [...USERS, HOSTS[0]];

/**
 * Waits until every pulse has moved since a time, and two relays have their links to the users and the host. The rest of the mesh may still recover when
 * the next fault comes.
 *
 * @returns a text that says what is missing when the time is up; empty: nothing is
 */
export async function untilTwoWays(
  lab: Lab,
  pulses: readonly Pulse[],
  since: number,
  isOver: () => boolean,
): Promise<string> {
  const deadline = since + FABRIC_RECOVERY_MS_MAX;
  for (;;) {
    const missing = missingPulses(pulses, since);
    const whole = await wholeRelays(lab);
    if (whole.length < WAYS_MIN) missing.push(`of the relays, [${whole.join(", ")}] have links to ${ENDS.join(", ")}`);
    if (missing.length === 0 || isOver()) return "";
    if (now() > deadline) return missing.join("; ");
    await sleep(POLL_MS);
  }
}

async function wholeRelays(lab: Lab): Promise<readonly string[]> {
  const looked = await Promise.all(
    RELAYS.map(async (relay) => {
      const links = (await lab.status(relay)).clusterFlor?.links ?? [];
      const up = new Set(links.filter(({ state }) => state === "up").map(({ peer }) => peer));
      return ENDS.every((end) => up.has(end)) ? [relay] : [];
    }),
  );
  return looked.flat();
}
