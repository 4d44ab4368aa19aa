import { randomBytes } from "node:crypto";
import type { IssuedIdentity } from "@florenetes/identity/authority";
import { expect } from "vitest";
import { Identities } from "../../quic-link/identities.ts";
import type { FakeVertex } from "./fake-vertex.ts";
import { Relay } from "./relay.ts";
import {
  type ClusterSetting,
  type LinkSettings,
  type TestedLink,
  until,
  untilSettled,
  wantLink,
} from "./tested-link.ts";

export const cluster = "demo";
export const SOON = { timeout: 60_000, interval: 20 };
/** The silence after which a neighbour is taken for dead, for tests that depend on it. */
export const SHORT_SILENCE = { deadAfterMs: 1_000 };

type StartLink<L extends TestedLink> = (clusters: readonly ClusterSetting[], settings: LinkSettings) => Promise<L>;

type Issue = (name: string) => IssuedIdentity;

/**
 * Link vertices on loopback, each with a small cluster vertex of the test's own.
 *
 *     fake vertex ══ FlorIO ══ link vertex ~~ UDP ~~ [relay] ~~ UDP ~~ link vertex ══ FlorIO ══ fake vertex
 */
export class Neighbourhood<L extends TestedLink> {
  readonly #startLink: StartLink<L>;
  readonly #running: L[] = [];
  readonly #relays: Relay[] = [];

  constructor(startLink: StartLink<L>) {
    this.#startLink = startLink;
  }

  /** Starts a link vertex. */
  async start(clusters: readonly ClusterSetting[], settings: LinkSettings = {}): Promise<L> {
    const link = await this.#startLink(clusters, settings);
    this.#running.push(link);
    return link;
  }

  /** Opens a relay in front of a link vertex. */
  async relayTo(link: L): Promise<Relay> {
    const relay = await Relay.open(link.ports.get(cluster)!);
    this.#relays.push(relay);
    return relay;
  }

  /** Ends all that was started, for `afterEach`. */
  async endAll(): Promise<void> {
    for (const relay of this.#relays.splice(0)) relay.close();
    await Promise.all(this.#running.splice(0).map((link) => link.dispose()));
  }

  /** Two link vertices with a cluster vertex each; no link is wanted yet. */
  async pair(settings: LinkSettings = {}, issue: Issue = issuer()) {
    const identities = { a: issue("a"), b: issue("b") };
    const [linkA, linkB] = await Promise.all([
      this.start([{ cluster, identity: identities.a }], settings),
      this.start([{ cluster, identity: identities.b }], settings),
    ]);
    const [a, b] = [linkA.vertex("a"), linkB.vertex("b")];
    return { issue, identities, linkA, linkB, a, b };
  }

  /** A pair as `pair` makes it, with a link that is up; a originates it, and none of its attempts is under way any more. */
  async linkedPair(settings: LinkSettings = {}, issue?: Issue) {
    const nodes = await this.pair(settings, issue);
    await wantLink(nodes.a, nodes.b, nodes.linkB.endpoint());
    await untilUp(nodes.a, nodes.b);
    await untilSettled(nodes.linkA, nodes.linkB);
    return nodes;
  }

  /** A linked pair with a relay between the two. */
  async relayedPair(settings: LinkSettings = {}) {
    const nodes = await this.pair(settings);
    const relay = await this.relayTo(nodes.linkB);
    await wantLink(nodes.a, nodes.b, relay.endpoint);
    await untilUp(nodes.a, nodes.b);
    await untilSettled(nodes.linkA, nodes.linkB);
    return { ...nodes, relay };
  }
}

/** Makes identities of one CA. */
function issuer(): Issue {
  const ids = new Identities();
  return (name) => ids.issue(name);
}

/** How many attempts the link vertex has made at its one link. */
export async function attemptsOf(link: TestedLink): Promise<number> {
  return (await link.status()).clusters[0]!.links[0]!.attempts;
}

/** Waits until both ends say that their link is up. */
export async function untilUp(a: FakeVertex, b: FakeVertex, tag = "0"): Promise<number> {
  return until("up at both ends", () => a.status("b", tag)?.state === "up" && b.status("a", tag)?.state === "up");
}

/** Waits until a packet has arrived each way. Each packet is sent again until then: it may be lost while a path changes, or when it has to
 *  wait too long. */
export async function expectTraffic(a: FakeVertex, b: FakeVertex, tag = "0"): Promise<void> {
  const packet = randomBytes(500);
  for (const [from, name, to] of [
    [a, "b", b],
    [b, "a", a],
  ] as const) {
    expect(from.send(name, packet, tag)).toBe(true);
    const timer = setInterval(() => from.send(name, packet, tag), 200);
    const hasIt = (): boolean => to.received.some((other) => packet.equals(other.packet));
    await until(`a packet to ${name}`, hasIt).finally(() => clearInterval(timer));
  }
}

/** All that vertices were told of their links, without news that they are up. A busy machine may bring a second session up beside the first:
 *  the link is never without one. */
export function troubles(...vertices: readonly FakeVertex[]): string[] {
  return vertices.flatMap(({ history }) => history.filter((line) => !/ (?:connecting|up)$/.test(line)));
}
