/** Server-sent events (HTML Standard, 9.2): which collections are others than a reader has them. */
import { COLLECTIONS, type Collection, type Sight } from "../fabric/sight.ts";
import { asOfView } from "./as-of.ts";

/** Somebody who follows. */
export interface Follower {
  /** The fabric as it sees it now. */
  readonly sight: () => Sight;
  /** Whether it has yet to read much of what it was sent. It is sent nothing until then, and what is newest afterwards. */
  readonly isBehind: () => boolean;
  readonly send: (text: string) => void;
}

type Digests = Readonly<Record<Collection, string>>;

export class EventHub {
  readonly #cluster: string;
  readonly #onError: (error: unknown) => void;
  /** With the digests of what each was told last. */
  readonly #followers = new Map<Follower, Digests>();

  /** @param onError Is told why a follower could not be told what is new: the others are told all the same */
  constructor(cluster: string, onError: (error: unknown) => void) {
    this.#cluster = cluster;
    this.#onError = onError;
  }

  /**
   * Tells a follower what is other than it has, and from then on what changes, until the returned function is called.
   *
   * @param lastId The id of the last event that it has, of this replica or another one
   * @param at Monotonic milliseconds
   * @throws ApiError as `sight` does
   */
  open(follower: Follower, lastId: string | undefined, at: number): () => void {
    const sight = follower.sight();
    const known = lastId === undefined ? undefined : readId(lastId, this.#cluster);
    const now = digestsOf(sight);
    const changed = COLLECTIONS.filter((name) => known?.[name] !== now[name]);
    follower.send(this.#event(known === undefined ? "begin" : "changed", changed, now, sight, at));
    this.#followers.set(follower, now);
    return () => void this.#followers.delete(follower);
  }

  /** Tells each follower what is other than it was told last. Never throws. */
  handleView(at: number): void {
    for (const [follower, told] of this.#followers) {
      try {
        this.#tell(follower, told, at);
      } catch (error) {
        this.#onError(error);
      }
    }
  }

  #tell(follower: Follower, told: Digests, at: number): void {
    if (follower.isBehind()) return;
    const sight = follower.sight();
    const now = digestsOf(sight);
    const changed = COLLECTIONS.filter((name) => told[name] !== now[name]);
    if (changed.length === 0) return;
    this.#followers.set(follower, now);
    follower.send(this.#event("changed", changed, now, sight, at));
  }

  #event(name: string, collections: readonly Collection[], now: Digests, { view }: Sight, at: number): string {
    const data = JSON.stringify({ collections, asOf: asOfView(view, at) });
    return `id: ${writeId(this.#cluster, now)}\nevent: ${name}\ndata: ${data}\n\n`;
  }
}

function digestsOf(sight: Sight): Digests {
  return Object.fromEntries(COLLECTIONS.map((name) => [name, sight.digest(name)])) as Digests;
}

/** The id says all that a reader has, so that another replica goes on from it without having known him. */
function writeId(cluster: string, digests: Digests): string {
  return [cluster, ...COLLECTIONS.map((name) => `${name}=${digests[name]}`)].join(";");
}

/** Undefined: it is no id of this cluster and this version. */
function readId(id: string, cluster: string): Digests | undefined {
  const [name, ...parts] = id.split(";");
  if (name !== cluster || parts.length !== COLLECTIONS.length) return undefined;
  const digests = parts.map((part, at) => {
    const [collection, digest] = part.split("=");
    return collection === COLLECTIONS[at] ? ([collection, digest] as const) : undefined;
  });
  return digests.includes(undefined) ? undefined : (Object.fromEntries(digests as [string, string][]) as Digests);
}
