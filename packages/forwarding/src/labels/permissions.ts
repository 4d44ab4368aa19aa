import type { Allowance } from "./allowance.ts";
import { SHARE_PERMITS_MAX, SHARES_PER_PAIR_MAX } from "./limits.ts";
import type { LinkPairs } from "./link-pairs.ts";
import { PairMap } from "./pair-map.ts";
import type { PermitBucket } from "./permit-bucket.ts";
import type { ShareBuckets } from "./share-buckets.ts";

const NONE = -1;

/** Lets a packet pass that adjacency labels lead from a link to another. */
export interface Permit {
  /** The share that is charged; 0: none. */
  readonly share: number;
  /** The limits of what may pass; undefined: everything may. */
  readonly allowance: Allowance | undefined;
  /** The bucket of the share; undefined: that of the pair. */
  readonly bucket: PermitBucket | undefined;
}

/** All that adjacency labels may carry from a link to another. */
interface Permission {
  /** The number of that way among all pairs. */
  readonly pair: number;
  /** For packets of no share, and of shares without a permit of their own; undefined: these do not pass. */
  common: Permit | undefined;
  /** By share; undefined: no share has a permit. */
  shares: Map<number, Permit> | undefined;
}

/** The permissions of one label table, found without making a key. */
export class Permissions {
  readonly #pairs: LinkPairs;
  readonly #buckets: ShareBuckets;
  readonly #numbers: PairMap;
  readonly #all: (Permission | undefined)[] = [];
  readonly #free: number[] = [];
  /** Permits for shares. */
  #sharePermits = 0;

  /** @param capacity Permissions that it takes without being laid out anew. */
  constructor(capacity: number, pairs: LinkPairs, buckets: ShareBuckets) {
    this.#numbers = new PairMap(capacity);
    this.#pairs = pairs;
    this.#buckets = buckets;
  }

  get(inLink: number, outLink: number): Permission | undefined {
    const number = this.#numbers.get(inLink, outLink);
    return number === NONE ? undefined : this.#all[number];
  }

  /**
   * Overwrites what was permitted for that share. False: the pair, or the table, has permits for too many shares, and all is as it was.
   *
   * @param allowance Undefined: all that comes. A share has one.
   */
  permit(inLink: number, outLink: number, allowance: Allowance | undefined, share: number): boolean {
    const known = this.get(inLink, outLink)?.shares;
    const isNew = share !== 0 && known?.has(share) !== true;
    if (isNew && (this.#sharePermits >= SHARE_PERMITS_MAX || (known?.size ?? 0) >= SHARES_PER_PAIR_MAX)) return false;
    const permission = this.get(inLink, outLink) ?? this.#add(inLink, outLink);
    if (share === 0) {
      permission.common = { share, allowance, bucket: undefined };
      return true;
    }
    if (isNew) this.#sharePermits++;
    permission.shares ??= new Map();
    const { pair, shares } = permission;
    shares.set(share, { share, allowance, bucket: shares.get(share)?.bucket ?? this.#buckets.acquire(pair, share) });
    return true;
  }

  /** Takes back all that was permitted there, for whatever share. */
  delete(inLink: number, outLink: number): void {
    const number = this.#numbers.delete(inLink, outLink);
    if (number === NONE) return;
    this.#release(this.#all[number]!);
    this.#all[number] = undefined;
    this.#free.push(number);
  }

  /** The table is not used any more. */
  release(): void {
    for (const permission of this.#all) if (permission !== undefined) this.#release(permission);
  }

  /** The numbers of the pairs that they are for. */
  pairs(): number[] {
    return this.#all.flatMap((permission) => permission?.pair ?? []);
  }

  #add(inLink: number, outLink: number): Permission {
    const number = this.#free.pop() ?? this.#all.length;
    this.#numbers.set(inLink, outLink, number);
    const pair = this.#pairs.indexOf(inLink, outLink);
    return (this.#all[number] = { pair, common: undefined, shares: undefined });
  }

  #release({ pair, shares }: Permission): void {
    if (shares === undefined) return;
    for (const share of shares.keys()) this.#buckets.release(pair, share);
    this.#sharePermits -= shares.size;
  }
}

/** Finds what a packet of that share passes by; undefined: nothing lets it pass. */
export function permitOf({ common, shares }: Permission, share: number): Permit | undefined {
  return (share === 0 ? undefined : shares?.get(share)) ?? common;
}
