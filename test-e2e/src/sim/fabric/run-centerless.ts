/**
 * The center of a fleet is gone for a day: coordinators, control nodes, observers and the store of leaders. Streams go on, machines that start again meanwhile open new ones
 * by what they kept, and all is right again soon after the center is back. Between some minutes of it all machines are suspended, as a day of agents takes a quarter of an hour.
 */
import { shareVerifications } from "../facts/shared-verifications.ts";
import { Fleet } from "./fleet.ts";
import { BrokenPromise, FleetChecks } from "./fleet-checks.ts";
import type { FleetNode } from "./fleet-node.ts";
import { LED_SERVICE } from "./fleet-plan.ts";

const DAY_MS = 86_400_000;
/** By then leases have their second routes, and were renewed. */
const SETTLED_MS = 330_000;
const PACKET_MS = 1_000;
const QUARTERS = 4;
/** The time of each quarter of the day in which all machines are awake. */
const AWAKE_MS = 60_000;
const LOOK_MS = 5_000;
/** A machine that starts again has its streams back within this time. */
const BOOTED_MS = 15_000;
/** A stream that had no answer for longer has ended. */
const SILENT_MS = 5_000;
const BACK_MS = 180_000;
const STEP_MS = 500;
const SECOND_MS = 1_000;

export interface CenterlessReport {
  /** Wishes whose streams went on all day. */
  readonly wishes: number;
  /** Machines that started again meanwhile, and wishes of theirs that were served by what they had kept. */
  readonly restarted: number;
  readonly opened: number;
  /** Milliseconds from the return of the center until the lease behind a wish was live again, in their order. */
  readonly backMs: readonly number[];
  /** Letters that a coordinator has read in its busiest second behind the return, and in a second at rest before, on the average. */
  readonly peakLetters: number;
  readonly restLetters: number;
  /** Milliseconds until the service that has a leader had one again. */
  readonly leaderMs: number;
}

/** @param spoil Has something go wrong when the center is gone */
export function runCenterless(seed: number, nodes: number, spoil?: (fleet: Fleet) => void): CenterlessReport {
  const stopSharing = shareVerifications();
  try {
    return new CenterlessRun(seed, nodes).run(spoil);
  } finally {
    stopSharing();
  }
}

class CenterlessRun {
  readonly #checks = new FleetChecks();
  readonly #fleet: Fleet;
  /** The nodes of the center. */
  readonly #center: readonly FleetNode[];
  /** When each node has started again. */
  readonly #bootedAt = new Map<string, number>();

  constructor(seed: number, nodes: number) {
    const options = { seed, nodes, packetMs: PACKET_MS, isPeaceful: true, center: { holdSeconds: DAY_MS / 1_000 } };
    this.#fleet = new Fleet(options, this.#checks.watch);
    this.#checks.fleet = this.#fleet;
    this.#checks.holdMs = DAY_MS;
    this.#center = this.#fleet.plan.coordinators.map((name) => this.#fleet.node(name));
  }

  run(spoil?: (fleet: Fleet) => void): CenterlessReport {
    const fleet = this.#fleet;
    fleet.start();
    fleet.mesh.runFor(SETTLED_MS);
    const read = this.#lettersRead();
    fleet.mesh.runFor(AWAKE_MS);
    const restLetters = ((this.#lettersRead() - read) * SECOND_MS) / AWAKE_MS / this.#center.length;
    const wishes = this.#served();
    if (wishes.length === 0) throw new BrokenPromise("route", "nothing is served at first");
    process.stderr.write(`settled ${process.cpuUsage().user / 1e6}\n`);
    this.#setCenter(false);
    spoil?.(fleet);
    const opened = this.#day(wishes);
    this.#setCenter(true);
    return { wishes: wishes.length, restarted: this.#bootedAt.size, opened, restLetters, ...this.#untilBack(wishes) };
  }

  /** Passes a day in quarters, in each of which other machines start again. Returns how many wishes of these were served. */
  #day(wishes: readonly string[]): number {
    const { mesh, nodes } = this.#fleet;
    const others = nodes.filter((node) => !this.#center.includes(node));
    for (let quarter = 0; quarter < QUARTERS; quarter++) {
      process.stderr.write(`q ${process.cpuUsage().user / 1e6}\n`);
      this.#awake(wishes, AWAKE_MS / 2);
      this.#fleet.suspend(DAY_MS / QUARTERS - AWAKE_MS);
      // Agents have to find each other again first: their announcements have ended.
      mesh.runFor(LOOK_MS);
      for (const node of others.filter((_, at) => at % QUARTERS === quarter)) {
        node.kill();
        mesh.runFor(SECOND_MS);
        node.boot();
        this.#bootedAt.set(node.name, this.#fleet.now);
      }
      mesh.runFor(BOOTED_MS);
      this.#awake(wishes, AWAKE_MS / 2 - LOOK_MS - BOOTED_MS);
    }
    return wishes.filter((wish) => this.#bootedAt.has(wish.split(" ")[0]!)).length;
  }

  #awake(wishes: readonly string[], forMs: number): void {
    for (let left = forMs; left > 0; left -= LOOK_MS) {
      this.#fleet.mesh.runFor(Math.min(left, LOOK_MS));
      const served = new Set(this.#served());
      const lacking = wishes.filter((wish) => !served.has(wish));
      if (lacking.length > 0)
        throw new BrokenPromise("route", `without the center nothing is answered any more of ${lacking.join(", ")}`);
    }
  }

  /** Wishes with an answer of late, but for the service that has a leader, as `n3 s1`. */
  #served(): string[] {
    return this.#fleet.nodes.flatMap(({ name, fleetVertex }) => {
      const live = [...fleetVertex.flows.values()].filter(
        ({ service, answeredAt }) => service !== LED_SERVICE && this.#fleet.now - answeredAt < SILENT_MS,
      );
      return [...new Set(live.map(({ service }) => `${name} ${service}`))];
    });
  }

  #setCenter(isThere: boolean): void {
    this.#fleet.store.isAway = !isThere;
    for (const node of this.#center) {
      if (isThere) node.boot();
      else node.kill();
    }
  }

  #lettersRead(): number {
    return this.#center.reduce((sum, { agent }) => sum + agent.mail.office.read, 0);
  }

  #untilBack(wishes: readonly string[]): Pick<CenterlessReport, "backMs" | "peakLetters" | "leaderMs"> {
    const { mesh } = this.#fleet;
    const since = this.#fleet.now;
    const backMs: number[] = [];
    const waiting = new Set(wishes.filter((wish) => this.#leaseOf(wish) === "held"));
    const seconds: number[] = [];
    let leaderMs = Number.POSITIVE_INFINITY;
    let read = this.#center.map(({ agent }) => agent.mail.office.read);
    for (let ms = STEP_MS; ms <= BACK_MS; ms += STEP_MS) {
      mesh.runFor(STEP_MS);
      for (const wish of waiting) {
        if (this.#leaseOf(wish) !== "live") continue;
        waiting.delete(wish);
        backMs.push(this.#fleet.now - since);
      }
      if (leaderMs === Number.POSITIVE_INFINITY && this.#isLed()) leaderMs = this.#fleet.now - since;
      if (ms % SECOND_MS !== 0) continue;
      const next = this.#center.map(({ agent }) => agent.mail.office.read);
      seconds.push(...next.map((count, at) => count - read[at]!));
      read = next;
    }
    if (waiting.size > 0)
      throw new BrokenPromise(
        "route",
        `${BACK_MS} ms after the center is back no lease is live of ${[...waiting].join(", ")}`,
      );
    return { backMs, peakLetters: Math.max(...seconds), leaderMs };
  }

  #isLed(): boolean {
    const hosts = this.#fleet.plan.services.get(LED_SERVICE)!;
    return hosts.some((host) => this.#fleet.node(host).fleetVertex.isServing(LED_SERVICE));
  }

  /** The best standing of the leases behind a wish; undefined: it has none, as the host is a neighbour. */
  #leaseOf(wish: string): string | undefined {
    const [name, service] = wish.split(" ") as [string, string];
    const { agent, at } = this.#fleet.node(name);
    const standings = [...agent.routes.leases.inUse(at)].flatMap(({ lease, standing }) =>
      lease.service === service ? [standing] : [],
    );
    return standings.find((standing) => standing === "live") ?? standings[0];
  }
}
