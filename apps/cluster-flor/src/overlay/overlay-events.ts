import type { TrafficClassName } from "@florenetes/forwarding";
import type { SwitchReason } from "../transport/routes/switch-log.ts";
import { EVENTS_KEPT } from "./limits.ts";

/** The state of the next path of a service: see docs/protocol/fabric-door.md. */
export type LeadState = "none" | "unproven" | "proven" | "declined" | "refused";

export type OverlayNews =
  | { readonly kind: "links" | "config" | "overlay" | "routes" | "targets" }
  | {
      readonly kind: "switch";
      readonly path: string;
      /** Routes, as `b>d`. */
      readonly from: string;
      readonly to: string;
      readonly class: TrafficClassName;
      readonly reason: SwitchReason;
      readonly recoveryMs: number;
    }
  | {
      readonly kind: "lead";
      readonly service: string;
      readonly path: string;
      readonly state: LeadState;
      /** For people. */
      readonly text: string;
    }
  | {
      /** A vertex that has proven who it is wants a link that is not wanted here. */
      readonly kind: "knock";
      /** Name of the portal whose link vertex it has called. */
      readonly portal: string;
      readonly peer: string;
      readonly tag: string;
      /** SHA-256 of its public key (SubjectPublicKeyInfo), in lower-case hex. */
      readonly key: string;
      /** The address at which it is seen, in the form of an endpoint; null: not known. */
      readonly address: string | null;
    };

export interface EventsAnswer {
  /** The number of the newest event. */
  readonly next: number;
  /** Events between the one that was asked for and these are gone. */
  readonly lost: boolean;
  /** Each with its number, and how long ago it was, in milliseconds. */
  readonly events: readonly (OverlayNews & { readonly n: number; readonly agoMs: number })[];
}

/** The last events, numbered from 1 in one life of the vertex, for an agent that asks again and again. */
export class OverlayEvents {
  readonly #kept: { readonly n: number; readonly at: number; readonly news: OverlayNews }[] = [];
  readonly #now: () => number;
  readonly #onNews: () => void;
  #last = 0;

  /**
   * @param now The monotonic time, in milliseconds
   * @param onNews Called after each event
   */
  constructor(now: () => number, onNews: () => void) {
    this.#now = now;
    this.#onNews = onNews;
  }

  /** The number of the newest event; 0: there was none. */
  get last(): number {
    return this.#last;
  }

  add(news: OverlayNews): void {
    this.#kept.push({ n: ++this.#last, at: this.#now(), news });
    if (this.#kept.length > EVENTS_KEPT) this.#kept.shift();
    this.#onNews();
  }

  /** The events behind a number. A number that this life has not reached is one of an earlier life. */
  after(n: number): EventsAnswer {
    const isOther = n > this.#last;
    const found = isOther ? this.#kept : this.#kept.filter((event) => event.n > n);
    const lost = isOther || this.#last - n > found.length;
    const now = this.#now();
    const events = found.map(({ n, at, news }) => ({ n, agoMs: Math.floor(now - at), ...news }));
    return { next: this.#last, lost, events };
  }
}
