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
  /** The keys that the root lists, by the names of their quorums: each key is hashed once. */
  readonly #listed: ReadonlyMap<QuorumName, Quorum>;
  readonly #former: ReadonlyMap<string, FormerKey>;

  private constructor(root: Fact, former: ReadonlyMap<string, FormerKey>) {
    const body = bodyOf(root, "root");
    if (body === undefined) throw new RangeError("an authority is made of a root descriptor");
    this.root = root;
    this.#body = body;
    this.#listed = listedBy(body);
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
    const listed = this.#listed.get(name);
    if (listed === undefined || this.#former.size === 0) return listed;
    const keys = new Map(listed.keys);
    for (const [id, former] of this.#former) if (former.quorum === name && now < former.until) keys.set(id, former);
    return { threshold: listed.threshold, keys };
  }

  /** The keys that may once sign the next root in the place of the root's; undefined for none. */
  get recovery(): Quorum | undefined {
    const { recovery } = this.#body;
    return recovery === "none" ? undefined : { threshold: recovery.threshold, keys: keysOf(recovery) };
  }

  /** The earliest time after `now` when a key that a root has left out stops counting; Infinity when none will. */
  nextChange(now: number): number {
    const ends = [...this.#former.values()].map(({ until }) => until).filter((until) => until > now);
    return Math.min(Number.POSITIVE_INFINITY, ...ends);
  }

  /**
   * The authority of the next version, which `judge` has accepted. Keys that it leaves out count on for its `grace`, from when it was
   * issued; those of the root do not, nor does a key that has gone to another authority.
   */
  next(root: Fact): Authority {
    const next = Authority.of(root);
    const end = root.issued + next.#body.grace * 1_000;
    const listed = new Set([...next.#listed.values()].flatMap(({ keys }) => [...keys.keys()]));
    const former = new Map<string, FormerKey>();
    const keep = (id: string, key: FormerKey): void => {
      if (!listed.has(id) && key.until > root.issued) former.set(id, key);
    };
    for (const [id, key] of this.#former) keep(id, { ...key, until: Math.min(key.until, end) });
    for (const [quorum, { keys }] of this.#listed) {
      if (quorum !== "root") for (const [id, key] of keys) keep(id, { ...key, quorum, until: end });
    }
    return new Authority(root, former);
  }
}

function listedBy({ authorities }: RootBody): Map<QuorumName, Quorum> {
  const quorums = new Map<QuorumName, Quorum>();
  for (const name of QUORUM_NAMES) {
    const list = authorities[name];
    if (list !== undefined) quorums.set(name, { threshold: list.threshold, keys: keysOf(list) });
  }
  return quorums;
}

/** The keys of a list, by their ids: a key counts by its octets, whatever it is called. */
function keysOf({ keys }: KeyList): Map<string, CountedKey> {
  return new Map(keys.map(({ key, auto }) => [keyIdOf(key), { key, isAuto: auto === true }]));
}
