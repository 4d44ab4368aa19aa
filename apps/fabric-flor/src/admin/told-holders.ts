/** Holders of collections that failed challenges by the holder of this node, as that one tells. Pure. */
import { isName } from "@florenetes/operator-text";

/** A holder that did not show shards which it is to have. */
export interface ChallengedHolder {
  /** The scope of the collection: `cluster`, or `org/` and an organization. */
  readonly scope: string;
  readonly name: string;
  readonly node: string;
  /** Shards that were absent, or had other octets. */
  readonly failures: number;
  /** The holder has shown none of the shards of two challenges in a row. */
  readonly keepsNothing: boolean;
}

/** Words of one telling: a holder tells no more, and more are not remembered. */
const WORDS_MAX = 16;
/** A word counts for so long: a holder asks each 5 s. */
const TOLD_MS = 60_000;
const WORD =
  /^(?<scope>cluster|org\/(?<organization>[^/:]+))\/(?<name>[^/:]+):(?<node>[^/:]+):(?<failures>\d{1,15}):(?<what>keeps-nothing|holds)$/;

export class ToldHolders {
  #holders: readonly ChallengedHolder[] = [];
  #at = Number.NEGATIVE_INFINITY;

  /** Takes all words of a question, as `cluster/backups:c:12:keeps-nothing`; none: whoever asks has nothing to say of others. @param now monotonic milliseconds */
  handleTold(words: readonly string[], now: number): void {
    if (words.length === 0) return;
    this.#holders = words.slice(0, WORDS_MAX).flatMap((word) => readWord(word) ?? []);
    this.#at = now;
  }

  /** Holders of which something bad was told in the last minute. */
  tell(now: number): readonly ChallengedHolder[] {
    return now - this.#at > TOLD_MS ? [] : this.#holders;
  }
}

function readWord(word: string): ChallengedHolder | undefined {
  const { scope, organization, name, node, failures, what } = WORD.exec(word)?.groups ?? {};
  if (scope === undefined || !isName(name!) || !isName(node!)) return undefined;
  if (organization !== undefined && !isName(organization)) return undefined;
  return { scope, name: name!, node: node!, failures: Number(failures), keepsNothing: what === "keeps-nothing" };
}
