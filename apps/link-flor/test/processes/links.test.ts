import { afterEach, describe, expect, test } from "vitest";
import { Identities } from "../quic-link/identities.ts";
import { LinkProcess, until } from "./link-process.ts";

const cluster = "demo";
const open: LinkProcess[] = [];

async function start(...parameters: Parameters<typeof LinkProcess.start>): Promise<LinkProcess> {
  const link = await LinkProcess.start(...parameters);
  open.push(link);
  return link;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((link) => link.dispose()));
});

/** Two link-flors with a cluster vertex each; a originates. */
async function pair() {
  const ids = new Identities();
  const [linkA, linkB] = await Promise.all([
    start([{ cluster, identity: ids.issue("a") }]),
    start([{ cluster, identity: ids.issue("b") }]),
  ]);
  const [a, b] = [linkA.vertex("a"), linkB.vertex("b")];
  return { ids, linkA, linkB, a, b };
}

const isUp =
  (vertex: ReturnType<LinkProcess["vertex"]>, peer: string, tag = "0") =>
  (): boolean =>
    vertex.status(peer, tag)?.state === "up";

describe("two link-flor processes", () => {
  test("bring a link up and carry packets of every size both ways", async () => {
    const { linkB, a, b } = await pair();
    b.accept("a");
    a.originate("b", linkB.endpoint());
    await until("up at a", isUp(a, "b"));
    await until("up at b", isUp(b, "a"));
    expect(a.status("b")?.mtu).toBe(1420);
    const packets = [1, 2, 100, 1280, 1419, 1420].map((size, i) => new Uint8Array(size).fill(i + 1));
    for (const packet of packets) expect(a.send("b", packet)).toBe(true);
    await until("packets at b", () => b.received.length === packets.length);
    expect(b.received.map(({ packet }) => packet)).toEqual(packets);
    for (const packet of packets) b.send("a", packet);
    await until("packets at a", () => a.received.length === packets.length);
    expect(a.received.map(({ packet }) => packet)).toEqual(packets);
  });
});
