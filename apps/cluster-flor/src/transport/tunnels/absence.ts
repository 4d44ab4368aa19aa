import { type ConnectionEnd, codeName, isRefusal } from "../codes.ts";
import { isUnanswered, silenceMs } from "../connections/silence.ts";
import type { ConnectionTraffic } from "../connections/end-connection.ts";

/** The state of a trunk's way to its far end, at the moment. */
export interface AbsenceFacts {
  /** Why it makes no connections; "" when it does. */
  readonly problem: string;
  readonly isLinkUp: boolean;
  /** How long nothing was heard on the connection that there is, and how long its round trip is; undefined: there is none. */
  readonly traffic: Pick<ConnectionTraffic, "silentMs" | "unansweredMs" | "rttMs"> | undefined;
  /** Streams are open, or workloads wait. */
  readonly isBusy: boolean;
  readonly now: number;
}

export interface AbsenceOptions {
  /** Name of the path. */
  readonly path: string;
  /** A shorter silence is no reason to turn a workload away. */
  readonly silenceMs: number;
  readonly facts: () => AbsenceFacts;
  /** Attempts have begun to fail, or the next one may come to something. */
  readonly onChange: (isUnreachable: boolean) => void;
}

/** Why a trunk has no connection that carries its workloads. */
export class Absence {
  readonly #options: AbsenceOptions;
  /** How the last attempt has failed; undefined: the next one may come to something. */
  #failure: ConnectionEnd | undefined;
  #heardAt: number | undefined;
  /** A workload was turned away for it, and the far end was not heard since. */
  #isFelt = false;

  constructor(options: AbsenceOptions) {
    this.#options = options;
  }

  /** Why workloads that come now reach nobody, for people; "" where somebody is there, as far as is known. */
  get text(): string {
    const facts = this.#options.facts();
    const text = this.#textOf(facts, silenceMs(facts.isBusy || this.#isFelt, facts.traffic?.rttMs ?? 0));
    this.#isFelt &&= text !== "";
    return text;
  }

  /** A workload that had waited is turned away: says why, for people; "" where nothing is known. */
  handleTurnedAway(): string {
    const text = this.#textOf(this.#options.facts(), this.#options.silenceMs);
    this.#isFelt = text !== "";
    return text;
  }

  /** A connection has ended, on which the far end was heard. */
  handleHeard(at: number): void {
    this.#heardAt = at;
  }

  /** An attempt at the far end has failed. @param isNews Whether that says something of the next attempt, too. */
  handleFailure(end: ConnectionEnd, isNews: boolean): void {
    this.#failure = end;
    this.#options.onChange(isNews);
  }

  /** Whatever made attempts fail may be over. */
  handleHope(): void {
    if (this.#failure === undefined) return;
    this.#failure = undefined;
    this.#options.onChange(false);
  }

  #textOf({ problem, isLinkUp, traffic, now }: AbsenceFacts, shortestMs: number): string {
    const { path } = this.#options;
    const far = `the far end of path ${path}`;
    if (problem !== "") return problem;
    if (!isLinkUp) return `the first link of path ${path} is down`;
    if (traffic !== undefined) {
      const { silentMs, unansweredMs, rttMs } = traffic;
      if (silentMs >= shortestMs) return `nothing was heard from ${far} for ${seconds(silentMs)}`;
      // Its packets get here, and ours get nowhere.
      return isUnanswered(unansweredMs, rttMs) ? `${far} has not answered for ${seconds(unansweredMs)}` : "";
    }
    const failure = this.#failure;
    if (failure === undefined) return "";
    if (isRefusal(failure.code)) {
      const { code, text } = failure;
      return `the last attempt to connect ended by ${codeName(code)}${text === "" ? "" : `: ${text}`}`;
    }
    if (this.#heardAt === undefined) return `nothing was ever heard from ${far}`;
    return `nothing was heard from ${far} for ${seconds(now - this.#heardAt)}`;
  }
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1_000)} s`;
}
