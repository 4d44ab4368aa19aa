/** Measures a fleet in which nothing goes wrong but the death of the relay that most routes lead over: what it costs by role, and how soon all origins are served. */
import { coordinatorStatus } from "@florenetes/fabric-flor/src/admin/coordinator-status.ts";
import { shareVerifications } from "../facts/shared-verifications.ts";
import { bestRelay } from "./best-relay.ts";
import { Fleet } from "./fleet.ts";
import { FleetChecks } from "./fleet-checks.ts";
import { FleetMeter } from "./fleet-meter.ts";
import { FleetPace } from "./fleet-pace.ts";
import type { FleetNode } from "./fleet-node.ts";
import { unreached } from "./fleet-reach.ts";
import { FleetVoids } from "./fleet-voids.ts";

/** An edge sends a packet so often. */
const PACKET_MS = 1_000;
const LOOK_MS = 1_000;
/** Origins without a route that are named. */
const TOLD_MAX = 5;
/** Whoever has no route by then is told of, and the figures go on. */
const WHOLE_MS = 60_000;
/** Each node makes a report in a minute. */
const FIRST_MS = 60_000;
/** By then leases have their second routes, and the first of them are renewed. */
const SETTLE_MS = 300_000;
/** All leases and permits are renewed once in so long. Their rates come closer to each other by the first two renewals. */
const REST_MS = 300_000;
/** The herd behind a relay that died is looked at so long, and so often. */
const HERD_MS = 60_000;
const HERD_LOOK_MS = 50;
const HOUR_MS = 3_600_000;
/** The pace is told so often. */
const PACE_MS = 60_000;
const MEBI = 1_048_576;
const KIBI = 1_024;

type Role = "edge" | "relay" | "coordinator";

/** Measures the fleet of a seed, and tells each figure when it is known. */
export function runFigures(seed: number, nodes: number, tell: (line: string) => void): void {
  const stopSharing = shareVerifications();
  try {
    new FiguresRun(seed, nodes, tell).run();
  } finally {
    stopSharing();
  }
}

class FiguresRun {
  readonly #meter = new FleetMeter();
  readonly #checks = new FleetChecks();
  readonly #fleet: Fleet;
  readonly #voids: FleetVoids;
  readonly #pace: FleetPace;
  readonly #tell: (line: string) => void;

  constructor(seed: number, nodes: number, tell: (line: string) => void) {
    const { rss } = process.memoryUsage();
    const options = { seed, nodes, packetMs: PACKET_MS, isPeaceful: true, meter: this.#meter };
    this.#fleet = new Fleet(options, this.#checks.watch);
    this.#checks.fleet = this.#fleet;
    this.#voids = new FleetVoids(this.#fleet);
    this.#pace = new FleetPace(this.#fleet, rss);
    this.#tell = tell;
  }

  run(): void {
    this.#fleet.start();
    this.#untilServed("from the start on");
    this.#tell(this.#pace.line());
    this.#costs("to begin", this.#fleet.now);
    this.#rest("behind the first answers", FIRST_MS);
    this.#pass(SETTLE_MS - FIRST_MS);
    this.#rest("while rates settle", REST_MS);
    this.#pass(REST_MS);
    this.#rest("at rest", REST_MS);
    this.#herd();
  }

  /** Lets time pass, and tells the pace. */
  #pass(forMs: number): void {
    for (let left = forMs; left > 0; left -= PACE_MS) {
      this.#fleet.mesh.runFor(Math.min(left, PACE_MS));
      this.#tell(this.#pace.line());
    }
  }

  /** Tells what a while costs, by the hour. */
  #rest(when: string, ofMs: number): void {
    this.#meter.reset();
    const [before, losses] = [this.#permitsSent(), this.#losses()];
    this.#pass(ofMs);
    this.#costs(`${when}, by the hour (of ${ofMs / 1_000} s)`, ofMs, HOUR_MS);
    this.#permits(this.#permitsSent() - before, ofMs);
    const [unanswered, silent] = this.#losses().map((count, at) => count - losses[at]!);
    this.#tell(`letters that nobody has answered: ${unanswered}; relays that were left out for a minute: ${silent}`);
  }

  /** The best relay dies: tells how soon the origins whose packets went over it are answered again. */
  #herd(): void {
    const fleet = this.#fleet;
    const best = bestRelay(fleet);
    const [diedAt, switched] = [fleet.now, this.#checks.switchedAt.length];
    const flows = fleet.nodes.flatMap(({ fleetVertex }) =>
      [...fleetVertex.flows.values()].flatMap(({ service, route }) =>
        route?.name.split(">").includes(best.name) === true ? [{ fleetVertex, service }] : [],
      ),
    );
    best.kill();
    const isSilent = ({ fleetVertex, service }: (typeof flows)[number]): boolean =>
      [...fleetVertex.flows.values()].every((flow) => flow.service !== service || flow.answeredAt <= diedAt);
    while (flows.some(isSilent) && fleet.now - diedAt < HERD_MS) fleet.mesh.runFor(HERD_LOOK_MS);
    const left = flows.filter(isSilent).length;
    const seconds = (fleet.now - diedAt) / 1_000;
    fleet.mesh.runFor(Math.max(0, HERD_MS - (fleet.now - diedAt)));
    this.#checks.checkRates();
    this.#tell(
      `${best.name} died, over which ${flows.length} services were used: ${left === 0 ? "all" : `all but ${left}`} are answered again ${seconds} s later; ${this.#checks.switchedAt.length - switched} switches of routes within a minute; no relay above its rate`,
    );
  }

  /** Lets time pass until every origin that can be has an answer over a route. */
  #untilServed(when: string): void {
    const { mesh } = this.#fleet;
    const beganAt = this.#fleet.now;
    const cpu = process.cpuUsage();
    let lacking: readonly string[] = [];
    let asked = 0;
    do {
      mesh.runFor(LOOK_MS);
      ({ lacking, asked } = unreached(this.#fleet, this.#voids));
    } while ((lacking.length > 0 || asked === 0) && this.#fleet.now - beganAt < WHOLE_MS);
    const { user, system } = process.cpuUsage(cpu);
    const tookMs = this.#fleet.now - beganAt;
    this.#tell(
      `${when}: ${asked - lacking.length} of ${asked} wishes are served${lacking.length > 0 ? ` (not ${lacking.slice(0, TOLD_MAX).join(", ")})` : ""} in ${tookMs / 1_000} virtual s, for ${((user + system) / 1e6).toFixed(1)} s of processor time; ${Math.round(process.memoryUsage().rss / MEBI)} MiB`,
    );
  }

  /** Tells what agents of each role have cost, on the average and at the most, as far as it would be in `perMs`. */
  #costs(when: string, ofMs: number, perMs = ofMs): void {
    const scale = perMs / ofMs;
    for (const role of ["edge", "relay", "coordinator"] as const) {
      const all = this.#nodesOf(role);
      const costs = all.map(({ name }) => this.#meter.of(name));
      const [cpu, mail, feed] = (["cpuMs", "mailOctets", "feedOctets"] as const).map((key) => {
        const values = costs.map((cost) => cost[key] * scale);
        return [values.reduce((sum, each) => sum + each, 0) / values.length, Math.max(...values)] as const;
      });
      const held = all.map(({ agent }) => agent.book?.octets ?? 0);
      const [average, most] = [held.reduce((sum, each) => sum + each, 0) / held.length, Math.max(...held)];
      const parts = [
        `processor ${(cpu![0] / 1_000).toFixed(2)} s (most ${(cpu![1] / 1_000).toFixed(2)})`,
        `mail ${kibi(mail![0])} KiB (most ${kibi(mail![1])})`,
        `feed ${kibi(feed![0])} KiB (most ${kibi(feed![1])})`,
        `records held ${kibi(average)} KiB (most ${kibi(most)})`,
      ];
      this.#tell(`${when}, each of ${all.length} as ${role}: ${parts.join("; ")}`);
    }
  }

  #permits(sent: number, ofMs: number): void {
    const sizes = this.#nodesOf("relay", "coordinator").map(
      ({ fleetVertex }) => fleetVertex.view.overlay.transit?.length ?? 0,
    );
    const average = sizes.reduce((sum, each) => sum + each, 0) / sizes.length;
    const perHour = (sent / sizes.length) * (HOUR_MS / ofMs);
    this.#tell(
      `permits of a relay: ${average.toFixed(0)} pairs (most ${Math.max(...sizes)}), given anew ${perHour.toFixed(0)} times an hour`,
    );
  }

  #permitsSent(): number {
    return this.#nodesOf("coordinator").reduce(
      (sum, { agent, at }) => sum + (coordinatorStatus(agent, at)?.permits.given ?? 0),
      0,
    );
  }

  /** Letters that nobody has answered, and how often coordinators have left relays out, since the start. */
  #losses(): readonly [unanswered: number, leftOut: number] {
    const { nodes } = this.#fleet;
    const sum = (all: readonly number[]): number => all.reduce((total, each) => total + each, 0);
    return [
      sum(nodes.map(({ agent }) => agent.mail.office.unanswered)),
      sum(nodes.map(({ news }) => news.filter(({ code }) => code === "RELAY_AVOIDED").length)),
    ];
  }

  #nodesOf(...roles: readonly Role[]): FleetNode[] {
    const { coordinators, relays } = this.#fleet.plan;
    const roleOf = (name: string): Role =>
      coordinators.includes(name) ? "coordinator" : relays.includes(name) ? "relay" : "edge";
    return this.#fleet.nodes.filter(({ name }) => roles.includes(roleOf(name)));
  }
}

function kibi(octets: number): string {
  return (octets / KIBI).toFixed(0);
}
