import type { ProcessTime } from "@florenetes/scheduling";
import { ASSIGNED_MS, CLOSE_MS, MOVE_MS } from "../client/limits.ts";
import { SessionRetry } from "../client/session-retry.ts";
import { SessionEnded } from "./session-ended.ts";

/** A session with an egress, from its stream to its end. */
export interface KeptSession {
  /** Resolves with the session's end. */
  readonly over: Promise<SessionEnded>;
  /** Ends it in peace, if its egress answers. */
  leave(): void;
  /** Ends it now. */
  abandon(end: SessionEnded): void;
}

/** Counts of sessions with an egress. */
export interface SessionCounts {
  tried: number;
  /** Sessions that had their addresses. */
  up: number;
  /** Sessions that were given up for another one, which was up already. */
  moved: number;
  /** Sessions that ended or did not come up, by the code of their end. */
  readonly ended: Map<string, number>;
  /** The code of the last end. */
  lastEnd: string | undefined;
  /** Times from the end of a session to the next one that was up, in milliseconds. */
  recoveries: number;
  recoveryLastMs: number;
  recoveryLongestMs: number;
}

export interface SessionKeeperOptions<S extends KeptSession> {
  /** Opens a session, which calls `onUp` once it has its addresses. Rejects with what a data session rejects with. */
  readonly open: (onUp: (session: S) => void) => Promise<S>;
  /** Called with each session that is up: packets go into its flows from then on. */
  readonly onUp: (session: S) => void;
  /** Called when no session is up any more. */
  readonly onDown: () => void;
  /** Called with an end behind which the next session is tried so many milliseconds later. */
  readonly onRetry: (end: SessionEnded, waitMs: number) => void;
  readonly time: Pick<ProcessTime, "now" | "wakeUps">;
  /** 0 to below 1. */
  readonly random: () => number;
}

/** A session that is tried beside the present one. */
interface Successor<S> {
  readonly outcome: Promise<S | SessionEnded>;
  /** The outcome, once it is there. */
  settled: S | SessionEnded | undefined;
}

/**
 * Keeps a session with an egress up: tries until one is, and then again when it has ended. Beside a session that is up, another one can be tried, which takes its
 * place once it is up.
 *
 *     try ──▶ up ──it ends──▶ down ──a while later──▶ try
 *              │ move: another try beside it ──up──▶ that one is the session, and the former one is left
 */
export class SessionKeeper<S extends KeptSession> {
  readonly counts: SessionCounts = {
    tried: 0,
    up: 0,
    moved: 0,
    ended: new Map(),
    lastEnd: undefined,
    recoveries: 0,
    recoveryLastMs: 0,
    recoveryLongestMs: 0,
  };
  readonly #options: SessionKeeperOptions<S>;
  readonly #retry = new SessionRetry();
  readonly #stopped = Promise.withResolvers<SessionEnded>();
  #isStopped = false;
  #present: S | undefined;
  #successor: Successor<S> | undefined;
  /** Resolves when a successor is tried. */
  #news = Promise.withResolvers<void>();
  #downSince: number | undefined;

  constructor(options: SessionKeeperOptions<S>) {
    this.#options = options;
  }

  /** The session that is up; undefined: none is. */
  get present(): S | undefined {
    return this.#present;
  }

  /** Keeps a session up, until `stop`. */
  async run(): Promise<void> {
    while (!this.#isStopped) {
      let outcome = await this.#try(ASSIGNED_MS);
      while (!(outcome instanceof SessionEnded)) {
        if (this.#isStopped) return outcome.abandon(stopping());
        this.#take(outcome);
        outcome = await this.#hold(outcome);
      }
      if (this.#isStopped) return;
      this.#count(outcome);
      const waitMs = this.#retry.handleEnd(outcome.code, this.#options.time.now(), this.#options.random());
      this.#options.onRetry(outcome, waitMs);
      await this.#wait(waitMs, this.#stopped.promise);
    }
  }

  /** Tries another session beside the present one, which goes on until the other one is up. */
  move(): void {
    if (this.#present === undefined || this.#successor !== undefined || this.#isStopped) return;
    const successor: Successor<S> = { outcome: this.#try(MOVE_MS), settled: undefined };
    void successor.outcome.then((outcome) => (successor.settled = outcome));
    this.#successor = successor;
    this.#news.resolve();
  }

  /** Tries nothing more, and leaves the present session: in peace, if its egress answers in time. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#stopped.resolve(stopping());
    if (this.#present !== undefined) await this.#leave(this.#present);
  }

  /** Tries one session. Returns it once it is up, or its end. */
  async #try(patienceMs: number): Promise<S | SessionEnded> {
    const { open, time } = this.#options;
    const [up, late] = [Promise.withResolvers<S>(), Promise.withResolvers<SessionEnded>()];
    const timer = time.wakeUps.timer(() => late.resolve(new SessionEnded("SILENT", "it did not come up in time")));
    timer.set(time.now() + patienceMs);
    this.counts.tried++;
    const opening = open(up.resolve);
    const over = opening.then((session) => session.over);
    const first = Promise.race([over, this.#stopped.promise, up.promise, late.promise]);
    const outcome = await first.catch((error: unknown) => SessionEnded.of(error));
    timer.close();
    // Whatever comes of it later is not wanted any more.
    if (outcome instanceof SessionEnded)
      opening.then(
        (session) => session.abandon(outcome),
        () => {},
      );
    return outcome;
  }

  /** Waits until the session that is up has ended, and returns its end; or the one that takes its place. */
  async #hold(session: S): Promise<S | SessionEnded> {
    let end: SessionEnded | undefined;
    const over = session.over.then((ended) => (end = ended));
    for (;;) {
      await Promise.race([
        over,
        this.#news.promise,
        ...(this.#successor === undefined ? [] : [this.#successor.outcome]),
      ]);
      this.#news = Promise.withResolvers();
      if (end !== undefined) return this.#fall(end);
      const settled = this.#successor?.settled;
      if (settled === undefined) continue;
      this.#successor = undefined;
      if (settled instanceof SessionEnded) {
        if (!this.#isStopped) this.#count(settled);
        continue;
      }
      this.counts.moved++;
      void this.#leave(session);
      return settled;
    }
  }

  /** The session has ended by itself: one that is tried beside it has its chance. Returns that one, or the end. */
  async #fall(end: SessionEnded): Promise<S | SessionEnded> {
    const successor = this.#successor;
    this.#present = undefined;
    this.#downSince = this.#options.time.now();
    this.#options.onDown();
    if (successor === undefined) return end;
    const outcome = await successor.outcome;
    this.#successor = undefined;
    if (!(outcome instanceof SessionEnded)) {
      this.#count(end);
      return outcome;
    }
    // The egress has ended the session for the successor: nobody else has taken its place.
    if (end.code === "SUPERSEDED") return outcome;
    this.#count(outcome);
    return end;
  }

  #take(session: S): void {
    const { time, onUp } = this.#options;
    const { counts } = this;
    const now = time.now();
    this.#present = session;
    this.#retry.handleUp(now);
    counts.up++;
    if (this.#downSince !== undefined) {
      counts.recoveries++;
      counts.recoveryLastMs = now - this.#downSince;
      counts.recoveryLongestMs = Math.max(counts.recoveryLongestMs, counts.recoveryLastMs);
      this.#downSince = undefined;
    }
    onUp(session);
  }

  /** Ends a session in peace where its egress answers, and else by ourselves. */
  async #leave(session: S): Promise<void> {
    session.leave();
    await this.#wait(CLOSE_MS, session.over);
    session.abandon(stopping());
  }

  #count({ code }: SessionEnded): void {
    this.counts.ended.set(code, (this.counts.ended.get(code) ?? 0) + 1);
    this.counts.lastEnd = code;
  }

  /** Waits for so long, or until something comes before. */
  async #wait(ms: number, before: Promise<SessionEnded>): Promise<void> {
    const { wakeUps, now } = this.#options.time;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = wakeUps.timer(resolve);
    timer.set(now() + ms);
    await Promise.race([promise, before]);
    timer.close();
  }
}

function stopping(): SessionEnded {
  return new SessionEnded("STOPPING", "it was given up here");
}
