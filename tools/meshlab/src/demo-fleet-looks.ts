/** Looks at the nodes of the demo of a fleet, and waits for what it has to see. */
import { setTimeout as sleep } from "node:timers/promises";
import { requestAdmin } from "@florenetes/process-kit";
import { z } from "zod";
import type { FabricLab } from "./fabric-lab.ts";
import { labError } from "./lab-error.ts";
import { POLL_MS } from "./limits.ts";

/** How long one step of the demo may take. */
const STEP_MS_MAX = 150_000;

const leases = z.object({
  leases: z.array(
    z.object({
      service: z.string(),
      share: z.number().nullable(),
      routes: z.array(z.object({ via: z.array(z.string()) })),
    }),
  ),
});
const transit = z.object({
  transit: z.array(
    z.object({ from: z.string(), share: z.number(), classes: z.record(z.string(), z.object({ bytes: z.number() })) }),
  ),
});
const scored = z.object({ score: z.object({ gates: z.array(z.object({ gate: z.string() })) }).nullable() });
const progress = z.object({
  coordinator: z.object({
    releases: z.array(z.object({ version: z.string(), inStage: z.number(), whole: z.number(), back: z.number() })),
  }),
});

/** A look at a fleet: nodes that do not answer at the moment are asked again. */
export class FleetLooks {
  readonly #fabric: FabricLab;

  constructor(fabric: FabricLab) {
    this.#fabric = fabric;
  }

  /** The nodes on each route of the leases that an origin has for a service, the primary first. */
  async waysOf(origin: string, service: string): Promise<readonly string[]> {
    const told = leases.parse(await requestAdmin(this.#fabric.adminOf(origin), "/leases"));
    const own = told.leases.filter((lease) => lease.service === service);
    return own.flatMap(({ routes }) => routes.map(({ via }) => via.join(">")));
  }

  /** The number by which relays tell the packets of an origin's organization apart; undefined: it has none yet. */
  async shareOf(origin: string, service: string): Promise<number | undefined> {
    const told = leases.parse(await requestAdmin(this.#fabric.adminOf(origin), "/leases"));
    return told.leases.find((lease) => lease.service === service)?.share ?? undefined;
  }

  /** Bytes that came to a relay from a neighbour, and were passed on, by their shares. */
  async carried(relay: string, from: string): Promise<ReadonlyMap<number, number>> {
    const rows = transit.parse(await requestAdmin(this.#fabric.doorOf(relay), "/view")).transit;
    const sums = new Map<number, number>();
    for (const row of rows.filter((each) => each.from === from)) {
      const bytes = Object.values(row.classes).reduce((sum, each) => sum + each.bytes, 0);
      sums.set(row.share, (sums.get(row.share) ?? 0) + bytes);
    }
    return sums;
  }

  /** The gates that keep a phone from carrying for others, as a coordinator sees them. */
  async shutGates(coordinator: string, phone: string): Promise<readonly string[]> {
    const { score } = scored.parse(
      await requestAdmin(this.#fabric.adminOf(coordinator), `/score?of=${phone}&for=relay`),
    );
    return score === null ? ["not seen yet"] : score.gates.map(({ gate }) => gate);
  }

  /** How many nodes are to have a release that is in force, have it, and went back from it. */
  async progressOf(
    version: string,
    coordinator: string,
  ): Promise<{ readonly inStage: number; readonly whole: number; readonly back: number }> {
    const { releases } = progress.parse(await requestAdmin(this.#fabric.adminOf(coordinator), "/releases")).coordinator;
    return releases.find((each) => each.version === version) ?? { inStage: 0, whole: 0, back: 0 };
  }
}

/**
 * Looks until something holds. A node that does not answer at the moment does not hold.
 *
 * @param what in words, for people who wait for it in vain
 * @returns milliseconds that it took
 * @throws OperatorError `ERR_LAB_TIMEOUT`
 */
export async function untilTrue(what: string, holds: () => Promise<boolean>): Promise<number> {
  const began = performance.now();
  for (;;) {
    if (await holds().catch(() => false)) return Math.round(performance.now() - began);
    if (performance.now() - began > STEP_MS_MAX)
      throw labError("ERR_LAB_TIMEOUT", `not yet: ${what}`, "Is the machine very busy?");
    await sleep(POLL_MS);
  }
}
