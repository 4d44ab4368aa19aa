import { FairShare, SharedRate } from "@florenetes/scheduling";
import { labelOf } from "@florenetes/forwarding";
import { ANSWERS_BURST, ANSWERS_PER_SECOND, MISSES_BURST, MISSES_PER_SECOND, ORIGIN_SHARE } from "./limits.ts";

/**
 * How many answers may be given over one link. Askers behind that link share them by the way that their questions came, as far as the label
 * words before the one that was read tell it: the neighbour wrote the nearest word, which says by which of its own links a question came. So
 * a flood from behind one of those links leaves answers to askers behind another one.
 */
export class AnswerBudget {
  readonly #answers = rate(ANSWERS_BURST, ANSWERS_PER_SECOND);
  readonly #misses = rate(MISSES_BURST, MISSES_PER_SECOND);

  /** @param origins As `originsOf` has them. @returns false: there were too many questions */
  takeAnswer(origins: readonly string[], now: number): boolean {
    return this.#answers.take(origins, now);
  }

  /** Whether labels are explained at present. If wrong ones may not be told, right ones are not either: the difference would give them away. */
  hasMisses(origins: readonly string[], now: number): boolean {
    return this.#misses.has(origins, now);
  }

  /** Takes account of a label that leads nowhere. False: the asker may not be told. */
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
