/** The root descriptors that a node has walked, from the pinned one to that of today. */
import { Authority, type CountedKey } from "../authority.ts";
import type { Fact } from "../fact.ts";
import type { QuorumName } from "../root-body.ts";
import { ROOTS_MAX } from "./limits.ts";
import { countsBy, type SeenSignatures } from "./standing.ts";

export class RootChain {
  readonly #authorities: Authority[];

  /** @param root The pinned descriptor, which `trustRoot` has accepted */
  constructor(root: Fact) {
    this.#authorities = [Authority.of(root)];
  }

  /** The authority of today. */
  get authority(): Authority {
    return this.#authorities.at(-1)!;
  }

  get isFull(): boolean {
    return this.#authorities.length > ROOTS_MAX;
  }

  /** Root descriptors, from the pinned one to that of today: readers take them one by one. */
  get facts(): readonly Fact[] {
    return this.#authorities.map(({ root }) => root);
  }

  /** Keys whose signatures count for the next version, or, as another copy of it, for that of today. */
  signersOf(root: Fact): ReadonlyMap<string, CountedKey> {
    const before = this.#authorities.findLast(({ version }) => version < root.epoch) ?? this.authority;
    const quorums = [
      before.quorum("root", root.issued),
      before.recovery,
      Authority.of(root).quorum("root", root.issued),
    ];
    return new Map(quorums.flatMap((quorum) => [...(quorum?.keys ?? [])]));
  }

  /** Takes the next version, which `judge` has accepted. */
  push(root: Fact): void {
    this.#authorities.push(this.authority.next(root));
  }

  /**
   * When the root was issued that has left out the keys of a record; undefined where the record has never counted. A root that comes later does not
   * change the answer.
   */
  lostSince(fact: Fact, seen: SeenSignatures): number | undefined {
    const name = fact.authority as QuorumName;
    for (let at = this.#authorities.length - 1; at >= 0; at--) {
      const authority = this.#authorities[at]!;
      // Far in the future only the listed keys count.
      const isListed = countsBy(fact, authority.quorum(name, Number.POSITIVE_INFINITY), seen);
      if (isListed) return (this.#authorities[at + 1] ?? authority).root.issued;
      if (countsBy(fact, authority.quorum(name, fact.issued), seen)) return authority.root.issued;
    }
    return undefined;
  }
}
