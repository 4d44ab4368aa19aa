/**
 * How one lease leaves its coordinator: permits go to all of its relays first, and the lease goes when they have acknowledged them, with the routes that are
 * ready. A relay that refuses, or does not answer, costs the lease its routes, and not the others; routes over a relay that answers late are added to the lease then.
 *
 *     composed ──▶ asking ──▶ released ──▶ released with more routes
 *                     └────▶ failed: no route is ready
 */
import { ISSUE_MS, PATIENCE_MS } from "./limits.ts";
import type { PlannedRoute } from "./plan.ts";

export type IssueEvent =
  /** Permits with the pairs of this lease are to go to a relay: `handleSent` takes their epoch. */
  | { readonly kind: "ask"; readonly relay: string }
  /** The lease is to go to its origin, with these of its routes, the first being the primary. It may come again, with more routes behind these. */
  | { readonly kind: "release"; readonly routes: readonly PlannedRoute[] }
  /** No route is ready: another lease is to be composed, around these relays. */
  | { readonly kind: "failed"; readonly avoid: readonly Blamed[] };

/** A relay for whose sake a lease had no route, and why: it has refused permits, has left a pair of the lease out, or has not answered. */
export interface Blamed {
  readonly relay: string;
  readonly why: "refused" | "left-out" | "silent";
}

/** The word of a relay: nothing yet, that it has taken the permits but for some pairs, or that it refuses. */
type Word = "waits" | "refused" | ReadonlySet<string>;

interface Asked {
  /** The epoch of the permits that were sent; undefined: none was. */
  epoch: number | undefined;
  word: Word;
}

export class LeaseIssue {
  readonly #routes: readonly PlannedRoute[];
  readonly #begun: number;
  readonly #relays: ReadonlyMap<string, Asked>;
  readonly #events: IssueEvent[] = [];
  /** Routes with which the lease has left. */
  #released: readonly PlannedRoute[] = [];
  #isOver = false;

  /** @param routes The routes as they were composed, whose pairs are in the plan */
  constructor(routes: readonly PlannedRoute[], now: number) {
    this.#routes = routes;
    this.#begun = now;
    const relays = new Set(routes.flatMap(({ pairs }) => pairs.map(({ relay }) => relay)));
    this.#relays = new Map([...relays].map((relay) => [relay, { epoch: undefined, word: "waits" }]));
    for (const relay of relays) this.#events.push({ kind: "ask", relay });
    this.#look(now);
  }

  /** Nothing more comes of it: the lease has left with all routes that it can have, or was given up. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Routes with which the lease has left, the primary first; none: it has not left. */
  get released(): readonly PlannedRoute[] {
    return this.#released;
  }

  /** Another lease takes the place of this one: no route is added to it any more. */
  giveUp(): void {
    this.#isOver = true;
  }

  /** Relays that have not answered. */
  get waitsFor(): string[] {
    return [...this.#relays].filter(([, { word }]) => word === "waits").map(([relay]) => relay);
  }

  /** Permits of this epoch, which have the pairs of this lease, are on their way to a relay. */
  handleSent(relay: string, epoch: number): void {
    const asked = this.#relays.get(relay);
    if (asked !== undefined) asked.epoch ??= epoch;
  }

  /**
   * A relay has taken permits of an epoch. Earlier ones than those that were sent for this lease say nothing of it.
   *
   * @param left Pairs that the relay has left out, as `pairKey` names them
   */
  handleAcknowledged(relay: string, epoch: number, left: ReadonlySet<string>, now: number): void {
    this.#hear(relay, epoch, left, now);
  }

  handleRefused(relay: string, epoch: number, now: number): void {
    this.#hear(relay, epoch, "refused", now);
  }

  /** When `handleTimeout` is due, or at once where an event waits, in the milliseconds of `now`; Infinity: never. */
  nextTimeout(now: number): number {
    if (this.#events.length > 0) return now;
    if (this.#isOver) return Number.POSITIVE_INFINITY;
    return this.#begun + (now < this.#begun + PATIENCE_MS ? PATIENCE_MS : ISSUE_MS);
  }

  handleTimeout(now: number): void {
    this.#look(now);
  }

  pollEvent(): IssueEvent | undefined {
    return this.#events.shift();
  }

  #hear(relay: string, epoch: number, word: Word, now: number): void {
    const asked = this.#relays.get(relay);
    if (asked?.epoch === undefined || epoch < asked.epoch) return;
    asked.word = word;
    this.#look(now);
  }

  #look(now: number): void {
    if (this.#isOver) return;
    const waiting = this.waitsFor;
    if (now < this.#begun + PATIENCE_MS && waiting.length > 0) return;
    this.#isOver = waiting.length === 0 || now >= this.#begun + ISSUE_MS;
    const ready = this.#routes.filter((route) => this.#isReady(route) && !this.#released.includes(route));
    if (ready.length > 0) {
      this.#released = [...this.#released, ...ready];
      this.#events.push({ kind: "release", routes: this.#released });
    } else if (this.#isOver && this.#released.length === 0) {
      this.#events.push({ kind: "failed", avoid: this.#blamed() });
    }
  }

  #isReady({ pairs }: PlannedRoute): boolean {
    return pairs.every((pair) => {
      const { word } = this.#relays.get(pair.relay)!;
      return typeof word !== "string" && !word.has(pairKey(pair.from, pair.to));
    });
  }

  #blamed(): Blamed[] {
    return [...this.#relays].flatMap(([relay, { word }]): Blamed[] => {
      if (typeof word === "string") return [{ relay, why: word === "refused" ? word : "silent" }];
      return word.size > 0 ? [{ relay, why: "left-out" }] : [];
    });
  }
}

/** The name of a pair of one relay, whichever of its labels comes first. */
export function pairKey(from: number, to: number): string {
  return `${Math.min(from, to)} ${Math.max(from, to)}`;
}
