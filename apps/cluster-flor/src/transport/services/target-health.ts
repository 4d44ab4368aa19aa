import type { StreamCounts } from "../streams/stream-account.ts";

/** How the target of a service is, as far as is known. */
export interface TargetHealth {
  readonly state: "up" | "down" | "unknown";
  /** Why it is down, for people; else "". */
  readonly text: string;
  /** How long ago that was found out; null: it was not yet. */
  readonly checkedMs: number | null;
}

type Counted = Pick<StreamCounts, "total" | "refused">;

/** A target that is down is looked at so often, in milliseconds: it should be said soon that it is back. */
const DOWN_LOOK_MS = 2_000;

/**
 * Whether a target takes connections, by the streams that were led there, and by looks while there are none. Pure: times are milliseconds of
 * a monotonic clock. A look is asked for when `isDue`, and its outcome told by `handleLook`.
 */
export class TargetWatch {
  readonly #intervalMs: number;
  #state: TargetHealth["state"] = "unknown";
  #text = "";
  #checkedAt = Number.NEGATIVE_INFINITY;
  #failed: number;
  #answered: number;

  /** @param counts Those of streams that say nothing of this target any more */
  constructor(intervalMs: number, counts: Counted) {
    this.#intervalMs = intervalMs;
    this.#failed = failedOf(counts);
    this.#answered = answeredOf(counts);
  }

  /** Learns what became of streams since the last call. Where some came to the target and others did not, the next look decides. */
  handleCounts(counts: Counted, now: number): void {
    const failed = failedOf(counts);
    const answered = answeredOf(counts);
    const [hasFailed, wasAnswered] = [failed > this.#failed, answered > this.#answered];
    this.#failed = failed;
    this.#answered = answered;
    if (hasFailed && wasAnswered) this.#checkedAt = Number.NEGATIVE_INFINITY;
    else if (hasFailed) this.#note("down", "a stream that was led there was refused", now);
    else if (wasAnswered) this.#note("up", "", now);
  }

  isDue(now: number): boolean {
    return (
      now >= this.#checkedAt + (this.#state === "down" ? Math.min(DOWN_LOOK_MS, this.#intervalMs) : this.#intervalMs)
    );
  }

  /** @param text Why nothing has answered; "" where something has */
  handleLook(text: string, now: number): void {
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

/** Streams that are being led to the target are among them until that has failed. */
function answeredOf({ total, refused }: Counted): number {
  return total - Object.values(refused).reduce((sum, count) => sum + count, 0);
}
