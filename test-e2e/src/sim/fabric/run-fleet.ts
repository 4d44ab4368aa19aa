/** Runs the fleet of a seed: links and routes make themselves, then trouble comes in rounds, and at the end every origin has its routes again. */
import { idOf } from "../facts/sim-authority.ts";
import { shareVerifications } from "../facts/shared-verifications.ts";
import { bestRelay } from "./best-relay.ts";
import { Fleet } from "./fleet.ts";
import { BrokenPromise, FleetChecks } from "./fleet-checks.ts";
import { DEAD_MS } from "./fleet-links.ts";
import { LED_SERVICE } from "./fleet-plan.ts";
import { unreached } from "./fleet-reach.ts";
import { checkEqualLeases } from "./equal-leases.ts";
import { ShareChecks } from "./share-checks.ts";
import { type FleetVoid, FleetVoids } from "./fleet-voids.ts";

const SETTLED_MS = 90_000;
const ROUND_MS = [15_000, 40_000] as const;
const HEALED_MS = 60_000;
const PACKET_MS = 1_000;
const ROUNDS = 5;
/** Shares of nodes that are killed, of links that are cut and of edges that move, in a round. */
const KILLED = 0.1;
const CUT = 0.1;
const MOVED = 0.1;

export interface FleetReport {
  /** Walks by what came of them. */
  readonly outcomes: ReadonlyMap<string, number>;
  readonly forwarded: number;
  /** Packets that relays have charged to a share. */
  readonly charged: number;
  /** Packets on honest ways that no permit for their share let pass. */
  readonly shareDenied: number;
  /** Milliseconds to recover, by the reasons of switches. */
  readonly recoveries: ReadonlyMap<string, readonly number[]>;
  /** Milliseconds until voids were heard of, and from then until links to void nodes were down. */
  readonly heardMs: readonly number[];
  readonly boundMs: readonly number[];
  readonly origins: number;
  readonly leaders: number;
  readonly virtualMs: number;
}

export interface FleetRunOptions {
  readonly seed: number;
  readonly nodes: number;
  readonly rounds?: number;
  /** Has something in the fleet go wrong: each promise has to be able to fail. */
  readonly spoil?: (fleet: Fleet) => void;
}

/**
 * Runs the fleet of a seed.
 *
 * @throws Error that says how to run it again; its cause is the mistake
 */
export function runFleet(options: FleetRunOptions): FleetReport {
  const stopSharing = shareVerifications();
  try {
    return new FleetRun(options).run();
  } catch (cause) {
    const { seed, nodes } = options;
    const replay = `npm run sim -- --fabric --seed ${seed} --nodes ${nodes}`;
    throw new Error(`seed ${seed} failed: ${(cause as Error).message}; to see it again: ${replay}`, { cause });
  } finally {
    stopSharing();
  }
}

class FleetRun {
  readonly #options: FleetRunOptions;
  readonly #checks = new FleetChecks();
  readonly #fleet: Fleet;
  readonly #voids: FleetVoids;
  readonly #shares: ShareChecks;
  #origins = 0;

  constructor(options: FleetRunOptions) {
    this.#options = options;
    this.#fleet = new Fleet({ ...options, packetMs: PACKET_MS }, this.#checks.watch);
    this.#checks.fleet = this.#fleet;
    this.#voids = new FleetVoids(this.#fleet);
    this.#shares = new ShareChecks(this.#fleet);
    this.#checks.voids = this.#voids;
    this.#checks.handleLeases = (node) => this.#shares.look(node);
  }

  run(): FleetReport {
    const fleet = this.#fleet;
    fleet.start();
    this.#options.spoil?.(fleet);
    fleet.mesh.runFor(SETTLED_MS);
    this.#checkRoutes("at first");
    fleet.corrupt();
    const { rounds = ROUNDS } = this.#options;
    for (let round = 0; round < rounds; round++) this.#trouble(round);
    fleet.mesh.runFor(HEALED_MS);
    this.#checkRoutes("a minute after all is healed");
    checkEqualLeases(fleet);
    this.#shares.checkPermits();
    const { outcomes, forwarded, charged, shareDenied, recoveries } = this.#checks;
    const { heardMs, boundMs } = this.#voids.figures();
    const counts = { origins: this.#origins, leaders: fleet.store.length, virtualMs: fleet.now };
    return { outcomes, forwarded, charged, shareDenied, recoveries, heardMs, boundMs, ...counts };
  }

  /** Some machines and agents die, links are cut, nodes move, something is taken back; then all that can be is healed. */
  #trouble(round: number): void {
    const { random, plan, net, mesh } = this.#fleet;
    const pick = <Item>(all: readonly Item[], share: number): Item[] => all.filter(() => random.chance(share));
    const down = new Set(pick(this.#fleet.nodes, KILLED));
    if (round % 5 === 0) for (const name of plan.coordinators) down.add(this.#fleet.node(name));
    if (round % 5 === 1) down.add(bestRelay(this.#fleet));
    const machines = new Set([...down].filter(() => round % 5 === 1 || random.chance(0.5)));
    for (const node of down) {
      if (machines.has(node)) node.kill();
      else node.stop();
    }
    const links = this.#fleet.nodes.flatMap(({ name, fleetVertex }) =>
      [...fleetVertex.links.all].flatMap(({ peer, isUp }) => (isUp && name < peer ? [[name, peer] as const] : [])),
    );
    const cut = pick(links, CUT);
    for (const [one, other] of cut) this.#cut(one, other);
    const edges = this.#fleet.nodes.filter((node) => !plan.relays.includes(node.name) && !down.has(node));
    for (const node of pick(edges, MOVED)) node.fleetVertex.move();
    this.#takeBack(round);
    mesh.runFor(random.between(...ROUND_MS));
    this.#check();
    for (const [one, other] of cut) net.mend(one, other);
    for (const node of down) {
      if (machines.has(node)) node.boot();
      else node.start(false);
    }
    mesh.runFor(random.between(...ROUND_MS));
    this.#check();
  }

  #cut(one: string, other: string): void {
    const { net, mesh } = this.#fleet;
    net.cut(one, other);
    mesh.scheduler.after(DEAD_MS, () => {
      if (net.isCut(one, other)) this.#fleet.node(one).fleetVertex.links.down(other, "NO_ANSWER");
    });
  }

  #takeBack(round: number): void {
    const { plan, random, authority, honest, hostile } = this.#fleet;
    const isLeft = ({ kind, name }: FleetVoid): boolean => !this.#voids.has(kind, name);
    const relays = plan.relays.filter((name) => hostile.has(name) || name === plan.relays[hostile.size]);
    const all: readonly FleetVoid[] = [
      plan.nodes.filter((name) => !plan.relays.includes(name)).map((name) => ({ kind: "node", name }) as const),
      [...plan.services.keys()]
        .filter((name) => name !== LED_SERVICE)
        .map((name) => ({ kind: "service", name }) as const),
      relays.map((name) => ({ kind: "relay", name }) as const),
    ][round % 3]!;
    const left = all.filter(isLeft);
    if (left.length < 2) return;
    const what = random.pick(left);
    const wall = this.#fleet.wall - 600_000;
    const octets =
      what.kind === "relay"
        ? authority.voidRecord("role", `${what.name}/relay/north`, wall)
        : authority.voidRecord(what.kind, what.name, wall);
    const at = random.pick(honest.filter(({ isRunning, name }) => isRunning && name !== what.name));
    at.take(octets);
    this.#voids.add(what, idOf(octets));
  }

  #check(): void {
    this.#checks.checkRates();
  }

  #checkRoutes(when: string): void {
    const { lacking, asked } = unreached(this.#fleet, this.#voids);
    this.#origins = asked;
    if (lacking.length > 0) throw new BrokenPromise("route", `${when} there is none from ${lacking.join(", ")}`);
  }
}
