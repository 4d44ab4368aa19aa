/** Looks at releases that come by the feed: one that would leave nodes behind is held, as a quorum has signed it, and is told. Pure. */
import { bodyOf, type BookEvent, type Fact } from "@florenetes/facts";
import type { AgentNews } from "../agent-orders.ts";
import type { AgentRoom } from "../agent-room.ts";
import type { Moment } from "../moment.ts";
import { type Contracts, incompatibleWith, namesOf } from "./compat.ts";
import { CHANNELS_RAISED_MAX } from "./limits.ts";

export interface ReleaseWatchOptions {
  /** Living nodes and the contracts that they speak, as far as this node knows them. */
  readonly living: (at: Moment) => Iterable<readonly [node: string, contracts: Contracts]>;
}

export class ReleaseWatch implements AgentRoom {
  readonly #options: ReleaseWatchOptions;
  /** Releases that came since the last turn, by their channels. */
  readonly #come = new Map<string, Fact>();
  readonly #news: AgentNews[] = [];

  constructor(options: ReleaseWatchOptions) {
    this.#options = options;
  }

  handleBook(event: BookEvent): void {
    if (event.kind !== "taken" || event.fact.kind !== "release" || this.#come.size >= CHANNELS_RAISED_MAX) return;
    this.#come.set(event.fact.subject, event.fact);
  }

  advance(at: Moment): void {
    if (this.#come.size === 0) return;
    const come = [...this.#come.values()];
    this.#come.clear();
    for (const fact of come) {
      const body = bodyOf(fact, "release");
      const left = body === undefined ? undefined : incompatibleWith(fact, body, this.#options.living(at));
      if (body === undefined || left === undefined) continue;
      this.#news.push({
        level: "warn",
        code: "RELEASE_INCOMPATIBLE",
        about: { channel: fact.subject, version: body.version },
        text: `programs of the release could not speak to ${namesOf(left)}, and it does not say that they are left behind`,
      });
    }
  }

  nextTimeout(): number {
    return Number.POSITIVE_INFINITY;
  }

  pollNews(): AgentNews | undefined {
    return this.#news.shift();
  }
}
