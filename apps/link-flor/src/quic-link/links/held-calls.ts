import { HELD_MS } from "../limits.ts";
import type { Hello } from "../sessions/hello.ts";

/** A session whose originator has said which link it is for. */
export interface HeldCall<S> {
  readonly session: S;
  readonly peer: string;
  readonly hello: Hello;
}

/**
 * Calls for links that may be wanted: the cluster vertex has not told its wishes yet. A call waits here for its wish for a while, instead of being
 * refused, so that its originator need not call again. Each call that waits has a place among the half-open connections, which bound their number.
 *
 * Pure: the time is an argument.
 */
export class HeldCalls<S> {
  readonly #calls = new Map<S, HeldCall<S> & { readonly until: number }>();
  #isAwaiting = false;
  /** The calls are to be looked at, since wishes may have come. */
  #isStale = false;

  /** Whether wishes are still to come. When they no longer are, the calls that wait are to be answered. */
  set isAwaiting(isAwaiting: boolean) {
    this.#isAwaiting = isAwaiting;
    this.#isStale = true;
  }

  /** Has a call for a link that is not wanted wait; false: it is to be refused. */
  hold(call: HeldCall<S>, now: number): boolean {
    if (!this.#isAwaiting) return false;
    this.#calls.set(call.session, { ...call, until: now + HELD_MS });
    return true;
  }

  /** A session has ended. */
  forget(session: S): void {
    this.#calls.delete(session);
  }

  /** A link more is wanted. */
  handleWish(): void {
    this.#isStale = true;
  }

  /** Takes the calls that are to be answered now. */
  take(isWanted: (call: HeldCall<S>) => boolean, now: number): HeldCall<S>[] {
    if (now < this.nextTimeout()) return [];
    this.#isStale = false;
    const due = [...this.#calls.values()].filter((call) => !this.#isAwaiting || now >= call.until || isWanted(call));
    for (const { session } of due) this.#calls.delete(session);
    return due;
  }

  /** -Infinity: `take` has something to look at. */
  nextTimeout(): number {
    const [first] = this.#calls.values();
    if (first === undefined) return Infinity;
    return this.#isStale ? -Infinity : first.until;
  }
}
