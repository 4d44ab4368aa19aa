import { type ConnectionEnd, codeName, isOfIdentity, isRefusal } from "../codes.ts";
import { isUnanswered, silenceMs } from "../connections/silence.ts";
import type { ConnectionTraffic } from "../connections/end-connection.ts";

/** The present state of a trunk's way to its far end. */
export interface AbsenceFacts {
  /** Why the trunk makes no connections; "" when it does. */
  readonly problem: string;
  readonly isLinkUp: boolean;
  /** How long the trunk's connection has been silent, and its round trip; undefined: the trunk has no connection. */
  readonly traffic: Pick<ConnectionTraffic, "silentMs" | "unansweredMs" | "rttMs" | "quietMs"> | undefined;
  /** Streams are open, or workloads wait. */
  readonly isBusy: boolean;
  readonly now: number;
}

export interface AbsenceOptions {
  /** Name of the path. */
  readonly path: string;
  /** The shortest silence that is a reason to turn a workload away. */
  readonly silenceMs: number;
  readonly facts: () => AbsenceFacts;
  /** Attempts have begun to fail, or the next one may succeed. */
  readonly onChange: (isUnreachable: boolean) => void;
}

/** Why a trunk has no connection that carries its workloads. */
export class Absence {
  readonly #options: AbsenceOptions;
  /** How the last attempt has failed; undefined: the next one may succeed. */
  #failure: ConnectionEnd | undefined;
  #heardAt: number | undefined;
  /** A workload was turned away for the far end's absence, and the far end was not heard since. */
  #isFelt = false;

  constructor(options: AbsenceOptions) {
    this.#options = options;
  }

  /** Why workloads that come now do not reach the far end, for people; "" where the far end is there, as far as is known. */
  get text(): string {
    const facts = this.#options.facts();
    const text = this.#textOf(facts, silenceMs(facts.isBusy || this.#isFelt, facts.traffic?.rttMs ?? 0));
    this.#isFelt &&= text !== "";
    return text;
  }

  /** Whether the far end was heard at the last attempt, and one of the two ends did not want the other. */
  get isRefused(): boolean {
    return this.#failure !== undefined && isRefusal(this.#failure.code);
  }

  /** Whether the far end was heard at the last attempt, and one of the two ends is not who it should be. */
  get isWrongIdentity(): boolean {
    return this.#failure !== undefined && isOfIdentity(this.#failure.code);
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
      const { silentMs, unansweredMs, rttMs, quietMs } = traffic;
      if (silentMs >= shortestMs + quietMs) return `nothing was heard from ${far} for ${seconds(silentMs)}`;
      // The far end's packets get here, and ours do not get there.
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
