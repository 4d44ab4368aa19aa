import { setTimeout as sleep } from "node:timers/promises";
import type { FabricLab } from "@florenetes/meshlab";
import { now } from "@florenetes/workloads";
import { missingPulses, type Pulse } from "../../drivers/recovery.ts";
import { FABRIC_RECOVERY_MS_MAX } from "../../limits.ts";

const POLL_MS = 200;
/** The next fault may strike one of two relays. */
const RELAYS_MIN = 2;

export interface FleetInUse {
  readonly fabric: FabricLab;
  /** The services that users' nodes use. */
  readonly uses: ReadonlyMap<string, readonly string[]>;
  readonly pulses: readonly Pulse[];
  /** Hears how each recovery went. */
  readonly onBack?: (back: Back) => void;
}

/** A recovery, in milliseconds since one began to wait for it: the last fault was mended just before, and may have gone on for seconds by then. */
export interface Back {
  /** Until all streams went on. */
  readonly movingMs: number;
  /** Until all was there, and the last thing that was missing before; "": nothing was. */
  readonly backMs: number;
  readonly last: string;
}

/**
 * Waits until every pulse has moved since a time, the agents of all nodes answer, and each user's node has good routes over two first nodes to each of its services.
 *
 * @returns a text that says what is missing when the time is up; empty: nothing is
 */
export async function untilBack(fleet: FleetInUse, since: number, isOver: () => boolean): Promise<string> {
  const deadline = since + FABRIC_RECOVERY_MS_MAX;
  const begun = now();
  let [last, movingMs] = ["", Number.NaN];
  for (;;) {
    const still = missingPulses(fleet.pulses, since);
    if (still.length === 0 && Number.isNaN(movingMs)) movingMs = now() - begun;
    const missing = [...still, ...(await missingAgents(fleet)), ...(await missingWays(fleet))];
    if (missing.length === 0 && !isOver()) fleet.onBack?.({ movingMs, backMs: now() - begun, last });
    if (missing.length === 0 || isOver()) return "";
    last = missing.join("; ");
    if (now() > deadline) return missing.join("; ");
    await sleep(POLL_MS);
  }
}

async function missingAgents({ fabric }: FleetInUse): Promise<readonly string[]> {
  const looked = fabric.nodeNames.map(async (node) => {
    const isThere = await fabric.status(node).then(
      () => true,
      () => false,
    );
    return isThere ? [] : [`the agent of ${node} does not answer`];
  });
  return (await Promise.all(looked)).flat();
}

async function missingWays({ fabric, uses }: FleetInUse): Promise<readonly string[]> {
  const looked = [...uses].map(async ([user, services]) => {
    const routes = (await fabric.routesOf(user).catch(() => [])).filter(({ failure }) => failure === null);
    return services.flatMap((service) => {
      const firsts = new Set(
        routes.filter(({ path }) => path.startsWith(`auto.${service}.`)).map(({ route }) => route.split(">")[0]),
      );
      return firsts.size >= RELAYS_MIN
        ? []
        : [`${user} has good routes to ${service} over [${[...firsts].join(", ")}]`];
    });
  });
  return (await Promise.all(looked)).flat();
}
