/** Paths whose packets find their size, and lose it while workloads are carried. */
import { randomBytes } from "node:crypto";
import { LABEL_CONNECTION, isMarked, wordsOf, writeHeader } from "@florenetes/forwarding";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { encodeProbe, isBesideQuic } from "../../../src/transport/paths/probe-message.ts";
import type { TestLink } from "../mesh/mesh-link.ts";
import { TestVertex, joinInRow, pair, warm } from "../mesh/mesh.ts";
import { Client, Target, echo, sha256 } from "../mesh/workloads.ts";
import type { TransportWorld, WorkloadSocket } from "../worlds/world.ts";
import { VirtualWorld } from "../worlds/virtual-world.ts";

let world: TransportWorld;
beforeEach(() => void (world = new VirtualWorld()));
afterEach(() => world.close());

const MEGABYTE = 1_000_000;
const headerOfThree = 12 + 4 * 3;

interface Mesh {
  readonly a: TestVertex;
  readonly d: TestVertex;
  /** The links a-b, b-c and c-d. */
  readonly links: readonly TestLink[];
  /** Largest QUIC packet that came over the last link, to d and from d. */
  readonly largest: { to: number; from: number };
}

/** A tunnel on a, and over three links the service on d; the path's size is looked for. */
async function mesh(
  serve: (socket: WorkloadSocket) => void = echo,
  prepare: (links: readonly TestLink[]) => void = () => {},
): Promise<Mesh> {
  const target = await Target.listen(world, serve);
  const a = new TestVertex(world, {
    name: "a",
    paths: [{ name: "to-d", labels: [101, 101, 900], mtu: undefined }],
    tunnels: [{ as: "user/alice", service: "web", path: 0 }],
  });
  const b = new TestVertex(world, { name: "b", transit: [[0, 1]] });
  const c = new TestVertex(world, { name: "c", transit: [[0, 1]] });
  const d = new TestVertex(world, { name: "d", services: [{ name: "web", label: 900, target: target.address }] });
  const links = joinInRow(world, a, b, c, d);
  const largest = { to: 0, from: 0 };
  links[2]!.tap = (packet, toB) => {
    if (!isBesideQuic(packet.subarray(headerOfThree)))
      largest[toB ? "to" : "from"] = Math.max(largest[toB ? "to" : "from"], packet.length);
    return true;
  };
  prepare(links);
  for (const vertex of [d, c, b, a]) {
    world.add(vertex);
    await vertex.start();
  }
  await warm(world, a);
  return { a, d, links, largest };
}

const ups = (vertex: TestVertex): number => vertex.events.filter(({ code }) => code === "TRANSPORT_UP").length;
const sizeOf = ({ a }: Mesh): string => `${a.transport.pathSize(0).mtu} ${a.transport.pathSize(0).origin}`;

/** Sends this many bytes and gets them back; calls `during` once a third has come. */
async function carry({ a }: Mesh, bytes: number, during: () => void = () => {}): Promise<void> {
  const contents = randomBytes(bytes);
  const client = new Client(world, a.port());
  client.socket.end(contents);
  await client.until(bytes / 3);
  during();
  expect(await client.ended()).toBe("end");
  expect(client.hash.digest("hex")).toBe(sha256(contents));
}

test("the first connection is made for the path's size", async () => {
  const all = await mesh();
  expect(sizeOf(all)).toBe("8192 proven");
  await carry(all, 4 * MEGABYTE);
  expect(all.largest).toEqual({ to: 8_192, from: 8_192 });
  expect(ups(all.a)).toBe(1);
});

test.each([
  { name: "carries 1,280", mtu: 1_280, preferredMtu: 1_280, size: "1280 lost" },
  { name: "carries 1,419", mtu: 1_419, preferredMtu: 1_419, size: "1419 lost" },
  { name: "prefers 4,096", mtu: 16_384, preferredMtu: 4_096, size: "4096 marked" },
])("over a link in the middle that $name all goes whole, from the start", async ({ mtu, preferredMtu, size }) => {
  const all = await mesh(echo, ([, middle]) => Object.assign(middle!, { mtu, preferredMtu }));
  await carry(all, MEGABYTE);
  await world.until(() => sizeOf(all) === size);
  // A successor takes over after a while, if the size asks for a successor.
  const { mtu: found } = all.a.transport.pathSize(0);
  for (let tries = 0; tries < 10 && (all.largest.to !== found || all.largest.from !== found); tries++) {
    await world.sleep(300);
    await world.until(() => all.a.transport.status().connections.length === 1);
    Object.assign(all.largest, { to: 0, from: 0 });
    await carry(all, MEGABYTE);
  }
  expect(all.largest).toEqual({ to: found, from: found });
});

describe("while a stream is open, a link in the middle", () => {
  test("carries less from now on: the stream goes on, and new ones have a connection of their own", async () => {
    const all = await mesh();
    await carry(all, 12 * MEGABYTE, () => Object.assign(all.links[1]!, { mtu: 1_419, preferredMtu: 1_419 }));
    expect(sizeOf(all)).toBe("1419 lost");
    await world.until(() => ups(all.a) === 2);
    await carry(all, MEGABYTE);
  });

  test("carries less from now on, and only the service sends: its originator finds out all the same", async () => {
    const contents = randomBytes(12 * MEGABYTE);
    const all = await mesh((socket) => void socket.end(contents));
    const client = new Client(world, all.a.port());
    await client.until(contents.length / 3);
    Object.assign(all.links[1]!, { mtu: 1_419, preferredMtu: 1_419 });
    const start = world.now;
    expect(await client.ended()).toBe("end");
    expect(client.hash.digest("hex")).toBe(sha256(contents));
    expect(world.now - start).toBeLessThan(8_000);
    expect(sizeOf(all)).toBe("1419 lost");
  });

  test("prefers less: the open stream keeps its packets, new ones have smaller ones", async () => {
    const all = await mesh();
    await carry(all, 12 * MEGABYTE, () => (all.links[1]!.preferredMtu = 4_096));
    await world.until(() => sizeOf(all) === "4096 marked");
    await world.until(() => ups(all.a) === 2);
    // Packets of the first connection keep their size when they are repeated.
    await world.until(() => all.a.transport.status().connections.length === 1);
    Object.assign(all.largest, { to: 0, from: 0 });
    await carry(all, MEGABYTE);
    expect(all.largest).toEqual({ to: 4_096, from: 4_096 });
  });
});

test("a service whose answers are marked has its originator look after the path", async () => {
  const all = await mesh();
  // Only packets towards d are marked: a learns of the marks only by what d tells.
  all.links[1]!.tap = (packet, toB) => {
    if (toB && packet.length > 4_096) packet[0]! |= 1;
    return true;
  };
  await carry(all, 2 * MEGABYTE);
  await world.until(() => sizeOf(all) === "4096 marked");
});

describe("at the far end", () => {
  /** A probe of that size, as a stranger may make it. */
  function probe(size: number, toldSize = size): Uint8Array {
    const packet = new Uint8Array(size);
    const payloadAt = writeHeader(packet, 0, 7, 8, wordsOf([900]));
    encodeProbe(packet.subarray(payloadAt), { type: 1, isMarked: false, size: toldSize, nonce: 0x0102030405060708n });
    return packet;
  }

  test("probes are answered by packets of their size, so many in a second, and leave nothing", async () => {
    const target = await Target.listen(world, echo);
    const { b, link } = await pair(world, target.address, { b: { limits: { probeAnswersPerSecond: 20 } } });
    const answers: Uint8Array[] = [];
    link.tap = (packet, toB) => {
      if (!toB && isBesideQuic(packet.subarray(16))) answers.push(packet);
      return true;
    };
    const marked = probe(2_000);
    marked[0]! |= 1;
    link.inject(b, marked);
    for (let i = 0; i < 100; i++) link.inject(b, probe(1_300 + i));
    link.inject(b, probe(1_300, 1_301));
    link.inject(b, probe(1_300).subarray(0, 20));
    await world.sleep(50);
    expect(answers[0]).toHaveLength(2_000);
    expect(Buffer.from(answers[0]!.subarray(0, 28)).toString("hex")).toBe(
      "1020010000000007000000080000" + `${LABEL_CONNECTION}000`.padStart(4, "0") + "020107d00102030405060708",
    );
    expect(answers.slice(1).map(({ length }) => length)).toEqual(Array.from({ length: 19 }, (_, i) => 1_300 + i));
    expect(answers.some((answer) => isMarked(answer, 0))).toBe(false);
    const { connections, drops } = b.transport.status();
    expect(connections).toHaveLength(1);
    expect(drops).toMatchObject({ probeLimit: 81, malformed: 2, unknownConnection: 0 });
  });

  test("answers without a question are dropped and counted", async () => {
    const all = await mesh();
    const answer = new Uint8Array(2_000);
    const payloadAt = writeHeader(answer, 0, 7, 8, wordsOf([LABEL_CONNECTION]));
    encodeProbe(answer.subarray(payloadAt), { type: 2, isMarked: true, size: 2_000, nonce: 5n });
    all.links[0]!.inject(all.a, answer);
    expect(all.a.transport.status().drops).toMatchObject({ unexpectedAnswer: 1, malformed: 0 });
    expect(sizeOf(all)).toBe("8192 proven");
  });
});
