/** The ladder of a node that nobody answers: in which places it looks for others, and how long it waits in between. Pure; times are monotonic milliseconds. */
import type { BookEvent } from "@florenetes/facts";
import type { AgentNews } from "../agent-orders.ts";
import { ALONE_SHARE, ALONE_TOLD_MS, ANEW_MS, REST_ALONE_MS, REST_MS_MAX, RUNG_MS } from "./limits.ts";

/**
 * `living`: endpoints that nodes announce at present; `worked`: also those by which links were up at any time; `seeds`: also those of seeds; `in-hand`: all of these
 * again and again, until somebody hands in a newer record.
 */
export const RUNGS = ["living", "worked", "seeds", "in-hand"] as const;
export type Rung = (typeof RUNGS)[number];

/** Kinds of records that may tell a node that nobody answers where somebody is. */
const HOPE_KINDS: ReadonlySet<string> = new Set(["announce", "node", "role", "root", "seeds"]);

/** The rung that begins anew with a record; undefined: it gives no hope. @param node This node, which announces itself all the time */
export function hopeOf(event: BookEvent, node: string): Rung | undefined {
  const isNew = event.kind === "taken" || event.kind === "again" || event.kind === "root";
  if (!isNew || !HOPE_KINDS.has(event.fact.kind) || event.fact.subject === node) return undefined;
  return event.fact.kind === "seeds" ? "seeds" : "living";
}

export class Ladder {
  #aloneSince: number | undefined;
  #step = 0;
  #stepSince = 0;
  /** Since when nothing has changed that gives hope. */
  #quietSince = 0;
  /** The step with which all begins anew, as soon as it may; undefined: nothing gives hope. */
  #anewFrom: number | undefined;
  /** When it is looked at whether people are to be told; Infinity: that was done. */
  #tellsAt = Number.POSITIVE_INFINITY;
  #wasLinked = false;
  /** People were told that nobody answers. */
  isTold = false;

  /** Undefined: a link is up, or nothing is known yet. */
  get rung(): Rung | undefined {
    return this.#aloneSince === undefined ? undefined : RUNGS[this.#step];
  }

  /** For how long the node has no link, and is on this rung; undefined: it has one. */
  since(now: number): { readonly aloneMs: number; readonly rungMs: number } | undefined {
    if (this.#aloneSince === undefined) return undefined;
    return { aloneMs: now - this.#aloneSince, rungMs: now - this.#stepSince };
  }

  /** Something has changed that gives hope: a record that was not held, or another network. @param rung The rung that begins with what it says */
  handleHope(rung: Rung = "living"): void {
    this.#anewFrom = Math.max(this.#anewFrom ?? 0, RUNGS.indexOf(rung));
  }

  /**
   * Looks whether the node is alone, and climbs where a rung has had its time.
   *
   * @param hasOthers Whether the node knows where anybody could be called
   * @returns Whether all is to be tried anew, and what people want to know
   */
  look(
    isAlone: boolean,
    hasOthers: boolean,
    now: number,
  ): { readonly isAnew: boolean; readonly news: AgentNews | undefined } {
    if (!isAlone) return { isAnew: false, news: this.#handleLinked(now) };
    if (this.#aloneSince === undefined) {
      this.#aloneSince = now;
      this.#tellsAt = now + ALONE_TOLD_MS;
      this.#begin(0, now);
    } else if (this.#anewFrom !== undefined && now >= this.#quietSince + ANEW_MS) {
      this.#begin(this.#anewFrom, now);
      return { isAnew: true, news: undefined };
    } else if (now >= this.#stepSince + RUNG_MS) this.climb(now);
    return { isAnew: false, news: this.#handleAlone(hasOthers, now) };
  }

  /** All of the rung was tried in vain. @returns Whether there is another one */
  climb(now: number): boolean {
    if (this.#step === RUNGS.length - 1) return false;
    this.#step++;
    this.#stepSince = now;
    return true;
  }

  /** The longest pause before it is jittered: whoever has waited for long can wait a little longer. */
  pauseMs(now: number): number {
    return Math.min(REST_MS_MAX, Math.max(REST_ALONE_MS, (now - this.#quietSince) * ALONE_SHARE));
  }

  /** When to look again; Infinity: when something happens. */
  nextTimeout(): number {
    if (this.#aloneSince === undefined) return Number.POSITIVE_INFINITY;
    const anewAt = this.#anewFrom === undefined ? Number.POSITIVE_INFINITY : this.#quietSince + ANEW_MS;
    const isLast = this.#step === RUNGS.length - 1;
    if (!isLast) return Math.min(anewAt, this.#stepSince + RUNG_MS);
    return Math.min(anewAt, this.#tellsAt);
  }

  #begin(step: number, now: number): void {
    [this.#step, this.#stepSince, this.#quietSince, this.#anewFrom] = [step, now, now, undefined];
  }

  #handleAlone(hasOthers: boolean, now: number): AgentNews | undefined {
    const isDue = this.rung === "in-hand" && now >= this.#aloneSince! + ALONE_TOLD_MS;
    // Whoever knows nobody has nothing to tell, and is not to be woken for it again and again.
    if (isDue) this.#tellsAt = Number.POSITIVE_INFINITY;
    if (this.isTold || !isDue || !(hasOthers || this.#wasLinked)) return undefined;
    this.isTold = true;
    const seconds = Math.round((now - this.#aloneSince!) / 1_000);
    const text = "nobody answers, at no endpoint that this node knows: it goes on, and a newer record can help";
    return { level: "warn", code: "NOBODY_ANSWERS", about: { seconds }, text };
  }

  #handleLinked(now: number): AgentNews | undefined {
    const [since, rung, wasTold] = [this.#aloneSince, this.rung, this.isTold];
    [this.#aloneSince, this.isTold, this.#wasLinked, this.#anewFrom] = [undefined, false, true, undefined];
    if (!wasTold || since === undefined || rung === undefined) return undefined;
    const seconds = Math.round((now - since) / 1_000);
    return { level: "info", code: "ANSWERED_AGAIN", about: { rung, seconds }, text: "the node has a link again" };
  }
}
