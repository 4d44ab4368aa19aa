import type { LinkKey } from "./link.ts";
import { areSamePins } from "./pins.ts";
import { keyText } from "./wish.ts";

type Pinned = ReadonlySet<string>;

/**
 * The pinned keys of the peers of links. Parallel links to a peer are bound together, since a session is judged before it says whose
 * link it is: the peer has to show a key that one of them pins.
 */
export class PeerPins {
  /** By the short form of the peer's principal, and then by link. */
  readonly #byPeer = new Map<string, Map<string, Pinned>>();
  /** The keys of all links to a peer, as far as they were asked for. */
  readonly #united = new Map<string, Pinned>();
  #isChanged = false;

  /** The keys that a principal (`vertex/b`) may show; undefined: any. */
  get(principal: string): Pinned | undefined {
    const links = this.#byPeer.get(principal);
    if (links === undefined) return undefined;
    const united = this.#united.get(principal) ?? new Set([...links.values()].flatMap((pinned) => [...pinned]));
    this.#united.set(principal, united);
    return united;
  }

  /** The pins of a vertex. */
  ofVertex(name: string): Pinned | undefined {
    return this.get(principalOf(name));
  }

  /** Sets what a link pins; undefined: nothing. Returns whether that is news. */
  set(key: LinkKey, pinned: Pinned | undefined): boolean {
    const [principal, link] = [principalOf(key.peer), keyText(key)];
    const links = this.#byPeer.get(principal) ?? new Map<string, Pinned>();
    if (areSamePins(links.get(link), pinned)) return false;
    this.#isChanged = true;
    this.#united.delete(principal);
    if (pinned === undefined) links.delete(link);
    else links.set(link, pinned);
    if (links.size === 0) this.#byPeer.delete(principal);
    else this.#byPeer.set(principal, links);
    return true;
  }

  /** Whether pins were set since the last call: who is open is to be judged again. */
  takeChange(): boolean {
    const isChanged = this.#isChanged;
    this.#isChanged = false;
    return isChanged;
  }
}

function principalOf(vertex: string): string {
  return `vertex/${vertex}`;
}
