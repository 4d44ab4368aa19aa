/** How fast a fleet is simulated, what it takes in memory, and what gives way in it. */
import type { Fleet } from "./fleet.ts";

const MEBI = 1_048_576;
const KIBI = 1_024;

export class FleetPace {
  readonly #fleet: Fleet;
  /** The memory of the process before there was a fleet. */
  readonly #octetsBefore: number;
  #lookedAt = 0;
  #cpu: NodeJS.CpuUsage = process.cpuUsage();
  #refused = new Map<string, number>();

  constructor(fleet: Fleet, octetsBefore: number) {
    this.#fleet = fleet;
    this.#octetsBefore = octetsBefore;
  }

  /** A line about the time since the last one. */
  line(): string {
    const { now, nodes } = this.#fleet;
    const { user, system } = process.cpuUsage(this.#cpu);
    const seconds = (now - this.#lookedAt) / 1_000;
    const { rss } = process.memoryUsage();
    const refused = this.#refusals();
    const grown = [...refused].flatMap(([reason, count]) => {
      const more = count - (this.#refused.get(reason) ?? 0);
      return more > 0 ? [`${reason} ${more}`] : [];
    });
    [this.#lookedAt, this.#cpu, this.#refused] = [now, process.cpuUsage(), refused];
    const pace = (seconds * 1e6) / (user + system);
    const each = (rss - this.#octetsBefore) / nodes.length / KIBI;
    const alone = nodes.filter(({ fleetVertex }) => [...fleetVertex.links.all].every(({ isUp }) => !isUp)).length;
    const parts = [
      `after ${Math.round(now / 1_000)} s: ${pace.toFixed(2)} virtual seconds a second`,
      `${Math.round(rss / MEBI)} MiB, ${Math.round(each)} KiB for each node`,
      `${alone} nodes without a link`,
      `refused since the last look: ${grown.join(", ") || "nothing"}`,
    ];
    return parts.join("; ");
  }

  /** Mail, calls and knocks that were refused at all nodes, by the reason. */
  #refusals(): Map<string, number> {
    const sums = new Map<string, number>();
    const add = (what: string, count: number): void => void sums.set(what, (sums.get(what) ?? 0) + count);
    for (const { agent } of this.#fleet.nodes) {
      for (const [reason, count] of agent.mail.office.refused) add(`mail ${reason}`, count);
      for (const [reason, count] of agent.links.knocks.dropped) add(`knock ${reason}`, count);
      add("mail unanswered", agent.mail.office.unanswered);
      add("mail held", agent.mail.office.held);
    }
    return sums;
  }
}
