/** The authority of a cluster: a root descriptor that this node trusts, and the keys that count by it. */
import { bodyOf, type Fact } from "./fact.ts";
import { keyIdOf } from "./keys.ts";
import type { KeyList, QuorumName, RootBody } from "./root-body.ts";

export interface CountedKey {
  /** The raw Ed25519 public key: 32 octets in lower-case hex. */
  readonly key: string;
  /** The key of a program that signs by written rules. */
  readonly isAuto: boolean;
}

/** Keys by their ids, and how many of them have to sign. */
export interface Quorum {
  readonly threshold: number;
  readonly keys: ReadonlyMap<string, CountedKey>;
}

/** A key that a later root has left out, and until when it counts. */
interface FormerKey extends CountedKey {
  readonly quorum: QuorumName;
  readonly until: number;
}

const QUORUM_NAMES: readonly QuorumName[] = ["root", "control", "update", "storage"];

/** The sayings of a verified root descriptor. An authority does not change: its successor is one of its own. */
export class Authority {
  readonly root: Fact;
  readonly #body: RootBody;
  readonly #former: ReadonlyMap<string, FormerKey>;

  private constructor(root: Fact, former: ReadonlyMap<string, FormerKey>) {
    const body = bodyOf(root, "root");
    if (body === undefined) throw new RangeError("an authority is made of a root descriptor");
    this.root = root;
    this.#body = body;
    this.#former = former;
  }

  /** The authority of a root descriptor that `trustRoot` or `judge` has accepted, or that this node has pinned. */
  static of(root: Fact): Authority {
    return new Authority(root, new Map());
  }

  get cluster(): string {
    return this.root.cluster;
  }

  /** The version of the root descriptor. */
  get version(): number {
    return this.root.epoch;
  }

  get isDevelopment(): boolean {
    return this.#body.mode === "development";
  }

  /** The keys of an authority that count at a time, and the threshold; undefined when the root has no such authority. */
  quorum(name: QuorumName, now: number): Quorum | undefined {
    const list = this.#body.authorities[name];
    if (list === undefined) return undefined;
    const keys = new Map<string, CountedKey>(keysOf(list));
    for (const [id, former] of this.#former) if (former.quorum === name && now < former.until) keys.set(id, former);
    return { threshold: list.threshold, keys };
  }

  /**
   * The authority of the next version, which `judge` has accepted. Keys that it leaves out count on for its `grace`, from when it was
   * issued; those of the root do not, nor does a key that has gone to another authority.
   */
  next(root: Fact): Authority {
    const next = new Authority(root, new Map());
    const end = root.issued + next.#body.grace * 1_000;
    const listed = new Set(QUORUM_NAMES.flatMap((name) => [...(next.quorum(name, end)?.keys.keys() ?? [])]));
    const former = new Map<string, FormerKey>();
    const keep = (id: string, key: FormerKey): void => {
      if (!listed.has(id) && key.until > root.issued) former.set(id, key);
    };
    for (const [id, key] of this.#former) keep(id, { ...key, until: Math.min(key.until, end) });
    for (const quorum of QUORUM_NAMES.filter((name) => name !== "root")) {
      const list = this.#body.authorities[quorum];
      if (list !== undefined) for (const [id, key] of keysOf(list)) keep(id, { ...key, quorum, until: end });
    }
    return new Authority(root, former);
  }
}

/** The keys of a list, by their ids: a key counts by its octets, whatever it is called. */
export function keysOf({ keys }: KeyList): [id: string, key: CountedKey][] {
  return keys.map(({ key, auto }) => [keyIdOf(key), { key, isAuto: auto === true }]);
}
