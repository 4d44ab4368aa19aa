/** Measures what each agent of a fleet costs: processor time, and octets that it sends as mail and as feed. */

/** Types of BEACON and MAIL: the first octet of a message. All other messages are the feed's. */
const MAIL_TYPES: ReadonlySet<number> = new Set([5, 6]);

export interface NodeCost {
  cpuMs: number;
  mailOctets: number;
  feedOctets: number;
}

export class FleetMeter {
  readonly #costs = new Map<string, NodeCost>();
  /** The nodes whose agents run at present: one may have another one run. */
  readonly #running: NodeCost[] = [];
  #since = 0;

  /** Runs what an agent does. Its time is the agent's, but for what other agents do meanwhile. */
  run(name: string, act: () => void): void {
    this.#charge();
    this.#running.push(this.of(name));
    try {
      act();
    } finally {
      this.#charge();
      this.#running.pop();
    }
  }

  /** Takes note of a message that a node sends. */
  count(name: string, message: Uint8Array): void {
    const cost = this.of(name);
    if (MAIL_TYPES.has(message[0]!)) cost.mailOctets += message.length;
    else cost.feedOctets += message.length;
  }

  of(name: string): NodeCost {
    const known = this.#costs.get(name) ?? { cpuMs: 0, mailOctets: 0, feedOctets: 0 };
    this.#costs.set(name, known);
    return known;
  }

  /** Forgets all that was measured. */
  reset(): void {
    this.#costs.clear();
  }

  #charge(): void {
    const { user, system } = process.threadCpuUsage();
    const now = (user + system) / 1_000;
    const running = this.#running.at(-1);
    if (running !== undefined) running.cpuMs += now - this.#since;
    this.#since = now;
  }
}
