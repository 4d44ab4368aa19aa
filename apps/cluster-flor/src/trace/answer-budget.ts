import { FairShare, SharedRate } from "@florenetes/scheduling";
import { labelOf } from "@florenetes/forwarding";
import { ANSWERS_BURST, ANSWERS_PER_SECOND, MISSES_BURST, MISSES_PER_SECOND, ORIGIN_SHARE } from "./limits.ts";

/**
 * How much may be told over one link. Whoever is behind that link shares it by where his questions entered the mesh, as far as their words before the
 * label that was read tell it: the neighbour wrote the nearest one, and so it says by which of its own links a question came. So a flood
 * from behind one of these leaves answers to who asks from behind another one.
 */
export class AnswerBudget {
  readonly #answers = rate(ANSWERS_BURST, ANSWERS_PER_SECOND);
  readonly #misses = rate(MISSES_BURST, MISSES_PER_SECOND);

  /** @param origins As `originsOf` has them. @returns false: there were too many questions */
  takeAnswer(origins: readonly string[], now: number): boolean {
    return this.#answers.take(origins, now);
  }

  /** Whether labels are explained at present: otherwise a right one would differ from a wrong one, which is not told. */
  hasMisses(origins: readonly string[], now: number): boolean {
    return this.#misses.has(origins, now);
  }

  /** The label that was asked for leads nowhere. False: it may not be told. */
  takeMiss(origins: readonly string[], now: number): boolean {
    return this.#misses.take(origins, now);
  }
}

/** The origin of a packet, from the neighbour's in-link on: the labels before the word that was read, as names of groups within groups. */
export function originsOf(packet: Uint8Array, word: number): string[] {
  const origins: string[] = [];
  let name = "";
  for (let at = word - 1; at >= 0; at--) origins.push((name += `.${labelOf(packet, 0, at)}`));
  return origins;
}

function rate(burst: number, perSecond: number): SharedRate {
  return new SharedRate(new FairShare(burst, ORIGIN_SHARE), (1_000 * burst) / perSecond);
}
