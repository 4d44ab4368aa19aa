import type { StreamCounts } from "../streams/stream-account.ts";

/** The health of a service's target, as far as it is known. */
export interface TargetHealth {
  readonly state: "up" | "down" | "unknown";
  /** Why the target is down, for people; else "". */
  readonly text: string;
  /** How long ago this was found out; null: it is not known yet. */
  readonly checkedMs: number | null;
}

type Counted = Pick<StreamCounts, "total" | "refused">;

/** How often a target that is down is checked, in milliseconds, so that its return is soon known. */
const DOWN_LOOK_MS = 2_000;

/**
 * Whether a target accepts connections. Streams that reach it show that it does, checks find it out while there are
 * none, and a check alone shows that it does not: a stream may fail at a target that is well. Pure: times are
 * milliseconds of a monotonic clock. `isDue` asks for a check, `handleLookBegins` hears of its start, and `handleLook`
 * takes its outcome.
 */
export class TargetWatch {
  readonly #intervalMs: number;
  #state: TargetHealth["state"] = "unknown";
  #text = "";
  #checkedAt = Number.NEGATIVE_INFINITY;
  /** Something has spoken against what is known since the last look began: the next one decides. */
  #isDoubtful = false;
  #failed: number;
  #answered: number;

  /** @param counts The counts so far, of streams that tell nothing about this target */
  constructor(intervalMs: number, counts: Counted) {
    this.#intervalMs = intervalMs;
    this.#failed = failedOf(counts);
    this.#answered = answeredOf(counts);
  }

  /**
   * Learns the outcome of the streams since the last call. Where one has failed, the next check decides. A target that
   * is down is back by a check alone, as streams that are still dialled count as answered.
   */
  handleCounts(counts: Counted, now: number): void {
    const failed = failedOf(counts);
    const answered = answeredOf(counts);
    const [hasFailed, wasAnswered] = [failed > this.#failed, answered > this.#answered];
    this.#failed = failed;
    this.#answered = answered;
    if (hasFailed) this.handleDoubt();
    else if (wasAnswered && this.#state !== "down") this.#note("up", "", now);
  }

  /** A stream to the target has just failed, or the target has ended its session: a look is due. */
  handleDoubt(): void {
    this.#isDoubtful = this.#state !== "down";
  }

  isDue(now: number): boolean {
    const intervalMs = this.#state === "down" ? Math.min(DOWN_LOOK_MS, this.#intervalMs) : this.#intervalMs;
    return this.#isDoubtful || now >= this.#checkedAt + intervalMs;
  }

  /** A look begins: doubts that come from now on need another one. */
  handleLookBegins(): void {
    this.#isDoubtful = false;
  }

  /** @param text Why the target has not answered; "" when it has */
  handleLook(text: string, now: number): void {
    if (text !== "") this.#isDoubtful = false;
    this.#note(text === "" ? "up" : "down", text, now);
  }

  health(now: number): TargetHealth {
    const checkedMs = this.#state === "unknown" ? null : Math.round(now - this.#checkedAt);
    return { state: this.#state, text: this.#text, checkedMs };
  }

  #note(state: TargetHealth["state"], text: string, now: number): void {
    this.#state = state;
    this.#text = text;
    this.#checkedAt = now;
  }
}

function failedOf({ refused }: Counted): number {
  return (refused["TARGET_DOWN"] ?? 0) + (refused["TARGET_TIMEOUT"] ?? 0);
}

/** Streams whose target is being dialled count as answered until that has failed. */
function answeredOf({ total, refused }: Counted): number {
  return total - Object.values(refused).reduce((sum, count) => sum + count, 0);
}
