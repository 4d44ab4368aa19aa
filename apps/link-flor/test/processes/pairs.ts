import { randomBytes } from "node:crypto";
import { expect } from "vitest";
import { Identities } from "../quic-link/identities.ts";
import { LinkProcess, until, untilSettled, wantLink } from "./link-process.ts";
import { Relay } from "./relay.ts";

/**
 * Real link-flor processes on loopback, each with a small cluster vertex of the test's own.
 *
 *     fake vertex ══ FlorIO ══ link-flor ~~ UDP ~~ [relay] ~~ UDP ~~ link-flor ══ FlorIO ══ fake vertex
 */
export const cluster = "demo";
export const SOON = { timeout: 60_000, interval: 20 };
/** After so long a silence is a neighbour taken for dead where the test is about that. */
export const SHORT_SILENCE = { deadAfterMs: 1_000 };
const running: LinkProcess[] = [];
const relays: Relay[] = [];

/** Starts a link-flor process. */
export async function start(...parameters: Parameters<typeof LinkProcess.start>): Promise<LinkProcess> {
  const link = await LinkProcess.start(...parameters);
  running.push(link);
  return link;
}

/** A relay in front of a process. */
export async function relayTo(link: LinkProcess): Promise<Relay> {
  const relay = await Relay.open(link.ports.get(cluster)!);
  relays.push(relay);
  return relay;
}

/** Ends all that was started, for `afterEach`. */
export async function endAll(): Promise<void> {
  for (const relay of relays.splice(0)) relay.close();
  await Promise.all(running.splice(0).map((link) => link.dispose()));
}

/** A small cluster vertex of the test's own. */
export type Vertex = ReturnType<LinkProcess["vertex"]>;

/** Two link-flors with a cluster vertex each; no link is wanted yet. */
export async function pair(options: Parameters<typeof LinkProcess.start>[1] = {}) {
  const ids = new Identities();
  const [linkA, linkB] = await Promise.all([
    start([{ cluster, identity: ids.issue("a") }], options),
    start([{ cluster, identity: ids.issue("b") }], options),
  ]);
  const [a, b] = [linkA.vertex("a"), linkB.vertex("b")];
  return { linkA, linkB, a, b };
}

/** A pair as `pair` makes it, with a link that is up; a originates it, and none of its attempts is under way any more. */
export async function linkedPair(options: Parameters<typeof LinkProcess.start>[1] = {}) {
  const nodes = await pair(options);
  await wantLink(nodes.a, nodes.b, nodes.linkB.endpoint());
  await untilUp(nodes.a, nodes.b);
  await untilSettled(nodes.linkA, nodes.linkB);
  return nodes;
}

/** How many attempts the process has made at its one link. */
export async function attemptsOf(link: LinkProcess): Promise<number> {
  return (await link.status()).clusters[0]!.links[0]!.attempts;
}

/** Waits until both ends say that their link is up. */
export async function untilUp(a: Vertex, b: Vertex, tag = "0"): Promise<number> {
  return until("up at both ends", () => a.status("b", tag)?.state === "up" && b.status("a", tag)?.state === "up");
}

/** A packet each way arrives. It is sent again until it does: while a path changes, or where it has to wait too long, it may be lost. */
export async function expectTraffic(a: Vertex, b: Vertex, tag = "0"): Promise<void> {
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

/** All that vertices were told of their links but that they come up. A busy machine may bring a second session up beside the first:
 *  the link is never without one. */
export function troubles(...vertices: readonly Vertex[]): string[] {
  return vertices.flatMap(({ history }) => history.filter((line) => !/ (?:connecting|up)$/.test(line)));
}
