import { keyHashOfDer } from "@florenetes/identity";
import type { LinkPortal } from "../connection/link-portal.ts";

export type SigningPortal = Pick<LinkPortal, "sign" | "signer">;

/** How long after one request for a signature the next one may follow: while the key is not known, and once it is. */
const ASK_MS = 1_000;
const ASK_AGAIN_MS = 60_000;
/** A portal gives a request up that was not answered for a moment. One that was given up behind so long was not refused: it is made again, for about a minute. */
const LATE_MS = 200;
const LATE_MAX = 240;
/** Signed only to see the key: no answer to a trace has this digest. */
const CONTENT: Uint8Array = Buffer.alloc(32, "the key of this vertex");

/**
 * The keys of this vertex, which the link vertices hold: a signature brings the certificate with it. Link vertices that sign nothing do not
 * show theirs.
 */
export class VertexKeys {
  readonly #portals: () => Iterable<SigningPortal>;
  readonly #now: () => number;
  readonly #onKey: () => void;
  readonly #askedAt = new WeakMap<SigningPortal, number>();
  readonly #hashes = new WeakMap<Uint8Array, string>();

  /** @param onKey Called when a key is known that was not. */
  constructor(portals: () => Iterable<SigningPortal>, now: () => number, onKey: () => void) {
    this.#portals = portals;
    this.#now = now;
    this.#onKey = onKey;
  }

  /** The hashes of the keys that are known, and asks for those that are not, or may be others by now. */
  look(): string[] {
    const hashes = new Set<string>();
    for (const portal of this.#portals()) {
      const hash = this.#hashOf(portal);
      if (hash !== undefined) hashes.add(hash);
      if (portal.signer.isOffered) this.#ask(portal, hash);
    }
    return [...hashes];
  }

  #ask(portal: SigningPortal, known: string | undefined): void {
    const askedAt = this.#askedAt.get(portal) ?? -Infinity;
    if (this.#now() - askedAt < (known === undefined ? ASK_MS : ASK_AGAIN_MS)) return;
    this.#request(portal, known, LATE_MAX);
  }

  #request(portal: SigningPortal, known: string | undefined, triesLeft: number): void {
    const askedAt = this.#now();
    this.#askedAt.set(portal, askedAt);
    portal.sign(CONTENT, (signed) => {
      if (signed !== undefined && this.#hashOf(portal) !== known) this.#onKey();
      // The agent looks when something has changed: a link vertex that was too busy to answer would be asked by nobody.
      const isLate = signed === undefined && this.#now() - askedAt >= LATE_MS && this.#askedAt.get(portal) === askedAt;
      if (isLate && known === undefined && portal.signer.isOffered && triesLeft > 0)
        this.#request(portal, known, triesLeft - 1);
    });
  }

  #hashOf({ signer: { chain } }: SigningPortal): string | undefined {
    const leaf = chain?.[0];
    if (leaf === undefined) return undefined;
    const hash = this.#hashes.get(leaf) ?? keyHashOfDer(leaf);
    this.#hashes.set(leaf, hash);
    return hash;
  }
}
