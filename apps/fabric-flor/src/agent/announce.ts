/** The announcement of a node: its endpoints, the keys that its certificates have, and its services with their labels. Pure. */
import { type AnnounceBody, KINDS, LOAD_MAX } from "@florenetes/facts";
import type { View } from "./door/view.ts";
import { ANNOUNCED_MAX } from "./limits.ts";
import { type OwnSigner, signOwn } from "./records/sign-own.ts";

const LIFE_MS = KINDS.announce.life;
/** A change is announced at most once in so long. */
const CHANGE_MS = 10_000;
/** A change of loads is announced at most once in so long, and whatever else has changed with it: clients of a target that is down are to go elsewhere. */
const LOAD_MS = 1_000;
/** A target has to be up for so long before that is announced: one that falls again and again calls nobody back. */
const BACK_MS = 10_000;
/**
 * A link vertex shows its key a moment after its links are up, and on a busy machine later. One that has not for so long signs nothing, and shows none. Whoever announces the node without the key
 * sooner may lock it out: neighbours end its links, and hear of no later announcement.
 */
const KEY_MS = 60_000;
/** A node calls others by itself, too, wherever it listens. */
const REVERSE: AnnounceBody["endpoints"][number] = {
  id: "out",
  carrier: "quic",
  reach: "reverse",
  priority: 0,
  weight: 0,
};

export interface AnnouncerOptions extends OwnSigner {
  /** The endpoints at which others reach this node, until others are told; default: none. */
  readonly endpoints?: AnnounceBody["endpoints"] | undefined;
}

/** Makes the announcements of a node: a new one when the last has lived for half of its life, or says what is not so any more. */
export class Announcer {
  readonly #options: AnnouncerOptions;
  /** The keys of the cluster vertex that were known last. */
  #vertexKeys: readonly string[] = [];
  /** Since when a link is up, and the vertex's keys are not known; undefined: they are, or nobody would hear. */
  #keylessSince: number | undefined;
  #endpoints: AnnounceBody["endpoints"] | undefined;
  #capabilities: AnnounceBody["capabilities"] = [];
  /** Services whose target is down, or was, and since when it is not any more, in milliseconds since 1970; undefined: it is down. */
  readonly #down = new Map<string, number | undefined>();
  #last: { readonly body: AnnounceBody; readonly issued: number; readonly epoch: number } | undefined;

  constructor(options: AnnouncerOptions) {
    this.#options = options;
    this.#endpoints = options.endpoints;
  }

  /** Takes the endpoints at which others reach this node, as they are now. */
  handleEndpoints(endpoints: AnnounceBody["endpoints"]): void {
    this.#endpoints = endpoints;
  }

  /** Takes what this node says of itself beside that. */
  handleCapabilities(capabilities: AnnounceBody["capabilities"]): void {
    this.#capabilities = capabilities;
  }

  /**
   * The octets of an announcement that is due; undefined when none is.
   *
   * @param held The epoch of the newest announcement of this node that is held
   * @param now Milliseconds since 1970
   */
  poll(view: View, held: number, now: number): Uint8Array | undefined {
    this.#look(view, now);
    const body = this.#bodyOf(view);
    if (now < this.#dueAt(body, now)) return undefined;
    // Seconds since 1970 are above all epochs of a state folder that was lost.
    const epoch = Math.max(held + 1, (this.#last?.epoch ?? 0) + 1, Math.floor(now / 1_000));
    // Somebody else has the node's key, and has used up its epochs: the node needs another key, and a new record.
    if (epoch > Number.MAX_SAFE_INTEGER) return undefined;
    this.#last = { body, issued: now, epoch };
    return signOwn(this.#options, { kind: "announce", body, epoch }, now);
  }

  /** When `poll` has something, in milliseconds since 1970. */
  nextTimeout(view: View, now: number): number {
    const backs = [...this.#down.values()].map((upSince) => (upSince ?? Number.POSITIVE_INFINITY) + BACK_MS);
    return Math.min(this.#dueAt(this.#bodyOf(view), now), ...backs.filter((at) => at > now));
  }

  /** The node's record has gone, or the last announcement was refused: the next one is due at once when it is there. */
  forget(): void {
    this.#last = undefined;
  }

  #look(view: View, now: number): void {
    this.#lookAtTargets(view, now);
    const keys = vertexKeysOf(view);
    if (keys === undefined || keys.length > 0) this.#vertexKeys = keys ?? [];
    const isKeyless = keys?.length === 0 && this.#vertexKeys.length === 0;
    if (!isKeyless) this.#keylessSince = undefined;
    else if (view.links.every(({ state }) => state === "down")) this.#keylessSince = Number.POSITIVE_INFINITY;
    // A clock that was put back would have it begin in the future.
    else this.#keylessSince = Math.min(now, this.#keylessSince ?? now);
  }

  #lookAtTargets({ services }: View, now: number): void {
    const names = new Set(services.map(({ name }) => name));
    for (const name of this.#down.keys()) if (!names.has(name)) this.#down.delete(name);
    for (const { name, target } of services) {
      if (target === "down") this.#down.set(name, undefined);
      // A target that is looked at no more is not known to be down.
      if (target === "down" || !this.#down.has(name)) continue;
      // A clock that was put back would have it be up from the future on.
      const upSince = Math.min(now, this.#down.get(name) ?? now);
      if (now < upSince + BACK_MS) this.#down.set(name, upSince);
      else this.#down.delete(name);
    }
  }

  /** While its link vertex is away, a vertex has the key that it had. */
  #bodyOf(view: View): AnnounceBody {
    const principal = `vertex/${view.vertex}`;
    const own = [...view.own, { principal, keys: this.#vertexKeys }];
    const body = announceOf({ ...view, own }, this.#endpoints, new Set(this.#down.keys()));
    return { ...body, capabilities: this.#capabilities };
  }

  /** Neighbours end the link to a vertex whose key is not announced, and would never hear of the next announcement. */
  #dueAt(body: AnnounceBody, now: number): number {
    if (this.#keylessSince !== undefined && now < this.#keylessSince + KEY_MS) return this.#keylessSince + KEY_MS;
    // A clock that was put back would have the last one be of the future.
    if (this.#last === undefined || this.#last.issued > now) return now;
    const { issued, body: before } = this.#last;
    if (JSON.stringify(body) === JSON.stringify(before)) return issued + LIFE_MS / 2;
    return issued + (haveOtherLoads(body, before) ? LOAD_MS : CHANGE_MS);
  }
}

/** The keys of the cluster vertex as far as they are known; undefined: the view does not speak of them. */
function vertexKeysOf({ own, vertex }: View): readonly string[] | undefined {
  return own.find(({ principal }) => principal === `vertex/${vertex}`)?.keys;
}

/** Whether the load of a service that both announcements have is another one. A service that is new in one of them has changed more than its load. */
function haveOtherLoads({ services }: AnnounceBody, before: AnnounceBody): boolean {
  const loads = new Map(before.services.map(({ service, load }) => [service, load]));
  return services.some(({ service, load }) => (loads.get(service) ?? load) !== load);
}

/**
 * The body of an announcement. Identities of users are no keys of the node. Where there are too many keys, those of the vertex and its agent come
 * first: without them neighbours would let neither in.
 *
 * @param full Services that take nothing more at present
 */
export function announceOf(
  { own, services }: Pick<View, "own" | "services">,
  endpoints: AnnounceBody["endpoints"] = [],
  full: ReadonlySet<string> = new Set(),
): AnnounceBody {
  const isFirst = (principal: string): boolean => /^(?:vertex\/|service\/fabric\.)/.test(principal);
  const held = own.filter(({ principal }) => !principal.startsWith("user/"));
  const ordered = [
    ...held.filter(({ principal }) => isFirst(principal)),
    ...held.filter(({ principal }) => !isFirst(principal)),
  ];
  const keys = [...new Set([...ordered, ...services].flatMap(({ keys }) => keys))];
  const labels = services.map(({ name, label }) => ({ service: name, label, load: full.has(name) ? LOAD_MAX : 0 }));
  return {
    endpoints: [...endpoints, REVERSE],
    "spki-hashes": keys.slice(0, ANNOUNCED_MAX).toSorted(),
    services: labels.toSorted((a, b) => (a.service < b.service ? -1 : 1)).slice(0, ANNOUNCED_MAX),
    capabilities: [],
  };
}
