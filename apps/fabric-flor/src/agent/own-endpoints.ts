/** The endpoints of a node: those that its operator has written, its own interfaces, and where neighbours see it. Pure. */
import { isIPv4 } from "node:net";
import { type Endpoint, isPublishable } from "@florenetes/facts";

/** An address of this machine. */
export interface OwnAddress {
  readonly address: string;
  /** The address with the length of its network's prefix, as `192.0.2.7/24`: another one, and the node is at another place. */
  readonly network: string;
}

export interface EndpointSight {
  /** Endpoints of the config. */
  readonly written: readonly Endpoint[];
  readonly addresses: readonly OwnAddress[];
  /** Endpoints at which neighbours see this node, those of most neighbours may stand several times. */
  readonly seen: readonly string[];
  /** Development: addresses of the machine itself are in order. */
  readonly mayLoopBack: boolean;
}

/** A record may have one more: each node says that it calls by itself, too. */
const ENDPOINTS_MAX = 15;
/** Endpoints that neighbours alone have told: somebody who lies about them fills no announcement. */
const SEEN_MAX = 4;
const UDP_ENDPOINT = /^udp:\/\/(?:\[(?<v6>[0-9a-f:]+)\]|(?<v4>[0-9.]+)):(?<port>[0-9]+)$/;
/** Addresses of private networks (RFC 1918, 6598, 4193) and of the machine itself. */
const PRIVATE =
  /^(?:10\.|127\.|192\.168\.|172\.(?:1[6-9]|2[0-9]|3[01])\.|100\.(?:6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])\.|f[cd]|::1$)/;
/** Addresses that mean nothing beyond one line (RFC 3927, 4291). */
const LINK_LOCAL = /^(?:169\.254\.|fe[89ab])/;

/**
 * Finds the endpoints of a node. A link vertex calls from the port at which it listens: so where a neighbour sees one of this machine's addresses, the port holds for all of
 * them. An address that is none of this machine's is that of a router, and may be reached from outside or not.
 */
export class OwnEndpoints {
  /** The port at which the link vertex listens; undefined: no neighbour has seen it without a router in between. */
  #port: string | undefined;
  /** Whether neighbours see this node at an address that is none of its machine's: `mapped`, by a router on the way. */
  nat: "none" | "mapped" | "unknown" = "unknown";
  /** Seen last: while no neighbour says anything, that counts. */
  #seen: readonly string[] = [];

  of({ written, addresses, seen, mayLoopBack }: EndpointSight): readonly Endpoint[] {
    const own = new Set(addresses.map(({ address }) => address));
    if (seen.length > 0) this.#seen = byCount(seen);
    const good = this.#seen.filter((endpoint) => isPublishable("quic", endpoint, mayLoopBack));
    if (good.length > 0) this.nat = good.every((each) => own.has(partsOf(each).host)) ? "none" : "mapped";
    this.#port = good.map(partsOf).find(({ host }) => own.has(host))?.port ?? this.#port;
    const listening = this.#port === undefined ? [] : addresses.filter(({ address }) => !LINK_LOCAL.test(address));
    const found = [
      ...listening.map(({ address }) => endpointAt(address, this.#port!, PRIVATE.test(address) ? "local" : "public")),
      ...good
        .map(partsOf)
        .filter(({ host }) => !own.has(host))
        .slice(0, SEEN_MAX)
        .map(({ host, port }) => endpointAt(host, port, "reflexive")),
    ];
    const places = new Set(written.map(({ endpoint }) => endpoint));
    const ids = new Set(written.map(({ id }) => id));
    const added = found.filter(({ id, endpoint = "" }) => {
      const isNew = !places.has(endpoint) && !ids.has(id) && isPublishable("quic", endpoint, mayLoopBack);
      places.add(endpoint);
      ids.add(id);
      return isNew;
    });
    return [...written, ...added].slice(0, ENDPOINTS_MAX);
  }
}

function endpointAt(host: string, port: string, reach: "local" | "public" | "reflexive"): Endpoint {
  const endpoint = `udp://${isIPv4(host) ? host : `[${host}]`}:${port}`;
  const kind = reach === "reflexive" ? "seen" : "own";
  return {
    id: `${kind}-${host.replaceAll(":", "_")}-${port}`,
    endpoint,
    carrier: "quic",
    reach,
    priority: 0,
    weight: 0,
  };
}

function partsOf(endpoint: string): { readonly host: string; readonly port: string } {
  const { v6, v4 = "", port = "" } = UDP_ENDPOINT.exec(endpoint)?.groups ?? {};
  return { host: v6 ?? v4, port };
}

/** Each text once, and those first that stand most often. */
function byCount(texts: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([text]) => text);
}
