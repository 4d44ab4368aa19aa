import type { Blamed } from "@florenetes/routes";
import type { AgentNews } from "../agent-orders.ts";
import { AVOID_MS } from "./limits.ts";

/** Relays that no new lease goes over for a while, as they have refused permits, left a pair out or not answered. Times are monotonic milliseconds. Pure. */
export class AvoidedRelays {
  readonly #relays = new Map<string, { readonly why: Blamed["why"]; readonly until: number }>();
  readonly #tell: (news: AgentNews) => void;

  constructor(tell: (news: AgentNews) => void) {
    this.#tell = tell;
  }

  /** All of them: why, and until when. */
  get all(): ReadonlyMap<string, { readonly why: Blamed["why"]; readonly until: number }> {
    return this.#relays;
  }

  /** Their names, but for those that are avoided for one reason. */
  names(except?: Blamed["why"]): ReadonlySet<string> {
    return new Set([...this.#relays].flatMap(([relay, { why }]) => (why === except ? [] : [relay])));
  }

  avoid({ relay, why }: Blamed, now: number): void {
    const text = "a relay has no part in new leases for a minute";
    if (!this.#relays.has(relay))
      this.#tell({ level: "warn", code: "RELAY_AVOIDED", about: { relay, reason: why }, text });
    this.#relays.set(relay, { why, until: now + AVOID_MS });
  }

  /** Lets go of those whose time is over. Returns whether there were some. */
  expire(now: number): boolean {
    const before = this.#relays.size;
    for (const [relay, { until }] of this.#relays) if (now >= until) this.#relays.delete(relay);
    return this.#relays.size < before;
  }
}
