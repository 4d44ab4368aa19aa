/** Packets that nobody honest would send, and the bounds that hold against them. */
import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { headerSize, payloadOf, wordsOf, writeHeader } from "@florenetes/forwarding";
import type { QuicConnection } from "@florenetes/quic";
import { Random } from "@florenetes/simkit";
import { APPLICATION_PROTOCOL, CONNECTION_WINDOW } from "../../src/transport/limits.ts";
import { encodeProbe } from "../../src/transport/paths/probe-message.ts";
import { issue } from "./mesh/identities.ts";
import { TestVertex, joinInRow, pair, pairAtRest, warm } from "./mesh/mesh.ts";
import { Client, Target, echo } from "./mesh/workloads.ts";
import type { TransportWorld } from "./worlds/world.ts";
import { VirtualWorld } from "./worlds/virtual-world.ts";

let world: TransportWorld;
beforeEach(() => void (world = new VirtualWorld()));
afterEach(() => world.close());

const alice = issue("user/alice");
const config = {
  credentials: alice,
  applicationProtocol: APPLICATION_PROTOCOL,
  idleTimeoutMs: 0,
  receivePayloadMax: 1_200,
  sendPayloadMax: 1_200,
  streams: { connectionWindow: CONNECTION_WINDOW, streamWindow: 65_536, streamWindowMax: 65_536, bidirectionalMax: 0 },
  congestionControl: "cubic",
} as const;

function meshPacket(id: Uint8Array, payload: Uint8Array, labels: readonly number[] = [900]): Uint8Array {
  const packet = new Uint8Array(headerSize(labels.length) + payload.length);
  const view = new DataView(id.buffer, id.byteOffset, 8);
  const at = writeHeader(packet, 0, view.getUint32(0), view.getUint32(4), wordsOf(labels));
  packet.set(payload, at);
  return packet;
}

/** The first packet of a new connection. */
function initial(sourceId = new Uint8Array(0)): Uint8Array {
  const quic = world.engine.connect(config, sourceId, world.now);
  const out = new Uint8Array(1_200);
  expect(quic.pollTransmit(out, world.now)).toBe(1_200);
  return out;
}

const drops = (vertex: TestVertex) => vertex.transport.status().drops;
const shortPacket = (length: number) => Uint8Array.from([0x40, ...randomBytes(length - 1)]);

describe("packets of nobody", () => {
  test("garbage of all sizes makes no state and does no harm to a stream beside it", async () => {
    const target = await Target.listen(world, echo);
    const { a, b, link } = await pair(world, target.address);
    const client = new Client(world, a.port());
    await client.pingPong();
    const random = new Random(1);
    const known = Buffer.from(a.transport.status().connections[0]!.id, "hex");
    for (let i = 0; i < 2_000; i++) {
      const payload = random.bytes(random.below(1_400));
      // Half of the packets are for the open connection, half for others; in both directions.
      const id = random.chance(0.5) ? known : random.bytes(8);
      link.inject(b, meshPacket(id, payload.slice()));
      link.inject(a, meshPacket(id, payload.slice(), [1]));
    }
    expect(await client.pingPong(50_000)).toBeLessThan(2_000);
    expect(b.transport.status().connections).toHaveLength(1);
    expect(b.transport.halfOpen.total).toBe(0);
    expect(drops(a)["unknownConnection"]).toBeGreaterThan(500);
    client.socket.destroy();
  });

  test("duplicates, late copies and changed packets do no harm", async () => {
    const target = await Target.listen(world, echo);
    const { a, b, link } = await pair(world, target.address);
    const random = new Random(2);
    const copies: Uint8Array[] = [];
    link.tap = (packet, toB) => {
      if (random.chance(0.3)) {
        const copy = packet.slice();
        if (random.chance(0.5)) copy[random.between(payloadOf(copy, 0), copy.length - 1)]! ^= 1 << random.below(8);
        copies.push(copy);
      }
      if (copies.length > 20) link.inject(toB ? b : a, copies.splice(random.below(copies.length), 1)[0]!);
      return true;
    };
    const client = new Client(world, a.port());
    const bytes = randomBytes(1_000_000);
    client.socket.end(bytes);
    expect(await client.ended()).toBe("end");
    expect(client.received).toBe(bytes.length);
  }, 30_000);

  test("a packet of a connection to one service is none of another's", async () => {
    const target = await Target.listen(world, echo);
    const services = [
      { name: "web", label: 900, target: target.address },
      { name: "mail", label: 901, target: target.address },
    ];
    const { a, b, link } = await pair(world, target.address, { b: { services } });
    const id = Buffer.from(a.transport.status().connections[0]!.id, "hex");
    link.inject(b, meshPacket(id, shortPacket(100), [901]));
    expect(drops(b)["wrongService"]).toBe(1);
  });

  test("a stateless reset is smaller than its cause, and there are so many in a second", async () => {
    const target = await Target.listen(world, echo);
    const { b, link } = await pair(world, target.address, { b: { limits: { resetsPerSecond: 10 } } });
    const answers: number[] = [];
    link.tap = (packet, toB) => {
      if (!toB) answers.push(packet.length - payloadOf(packet, 0));
      return true;
    };
    for (let i = 0; i < 100; i++) link.inject(b, meshPacket(randomBytes(8), shortPacket(22 + i)));
    await world.sleep(50);
    expect(answers.length).toBeGreaterThanOrEqual(10);
    expect(answers.length).toBeLessThan(20);
    expect(Math.max(...answers)).toBeLessThanOrEqual(42);
    link.inject(b, meshPacket(randomBytes(8), shortPacket(21)));
    expect(drops(b)["unknownConnection"]).toBe(101);
  });

  test("where labels are guessed, only connections that are there are answered", async () => {
    const target = await Target.listen(world, echo);
    const { a, b, link } = await pair(world, target.address);
    const client = new Client(world, a.port());
    await client.pingPong();
    const known = new Set(a.transport.status().connections.map(({ id }) => id));
    for (let label = 2_000; label < 2_100; label++)
      link.inject(b, meshPacket(randomBytes(8), shortPacket(22), [label]));
    const strange: string[] = [];
    link.tap = (packet, toB) => {
      const id = Buffer.from(packet.subarray(4, 12)).toString("hex");
      if (!toB && !known.has(id)) strange.push(id);
      return true;
    };
    const otherVersion = initial();
    otherVersion[1] = 0xaa;
    const probe = new Uint8Array(1_200);
    encodeProbe(probe, { type: 1, isMarked: false, size: 1_216, nonce: 1n });
    for (const payload of [initial(), otherVersion, shortPacket(200), probe]) {
      link.inject(b, meshPacket(randomBytes(8), payload));
    }
    await client.pingPong(50_000);
    expect(b.transport.status().connections).toHaveLength(1);
    expect(strange).toEqual([]);
    expect(drops(b)["guessing"]).toBeGreaterThanOrEqual(4);
    await world.sleep(5_000);
    link.inject(b, meshPacket(randomBytes(8), shortPacket(200)));
    await world.until(() => strange.length > 0);
    client.socket.destroy();
  });

  test("copies, changed and forged packets of a connection are counted as such, and nothing else is", async () => {
    const target = await Target.listen(world, echo);
    const { a, b, link } = await pair(world, target.address);
    const last: { toA?: Uint8Array; toB?: Uint8Array } = {};
    link.tap = (packet, toB) => {
      last[toB ? "toB" : "toA"] = packet.slice();
      return true;
    };
    const client = new Client(world, a.port());
    await client.pingPong();
    await world.sleep(50);
    const id = Buffer.from(a.transport.status().connections[0]!.id, "hex");
    const before = { a: drops(a)["unauthenticated"]!, b: drops(b)["unauthenticated"]! };
    for (const [vertex, copy] of [
      [a, last.toA!],
      [b, last.toB!],
    ] as const) {
      const changed = copy.slice();
      changed[changed.length - 1]! ^= 1;
      const forged = meshPacket(id, shortPacket(60), vertex === a ? [1] : [900]);
      for (const packet of [copy, changed, forged]) link.inject(vertex, packet.slice());
    }
    expect(drops(a)["unauthenticated"]! - before.a).toBe(3);
    expect(drops(b)["unauthenticated"]! - before.b).toBe(3);
    // The count stays when its connection is gone.
    client.socket.destroy();
    // Vertex a closes, so that no other connection comes in its place.
    a.transport.drain();
    a.transport.close();
    await world.until(() => b.transport.status().connections.length === 0, 5_000);
    expect(drops(b)["unauthenticated"]! - before.b).toBe(3);
  });

  test("a packet for a connection that has just ended is told apart", async () => {
    const target = await Target.listen(world, echo);
    const { a, b, link } = await pair(world, target.address);
    const id = Buffer.from(a.transport.status().connections[0]!.id, "hex");
    const { unauthenticated } = drops(b);
    b.transport.close();
    link.inject(b, meshPacket(id, shortPacket(60)));
    expect(drops(b)).toMatchObject({ connectionOver: 1, unauthenticated });
  });

  test("a reset that was made up ends nothing", async () => {
    const target = await Target.listen(world, echo);
    const { a, link } = await pair(world, target.address);
    const client = new Client(world, a.port());
    await client.pingPong();
    const id = Buffer.from(a.transport.status().connections[0]!.id, "hex");
    for (let i = 0; i < 50; i++) link.inject(a, meshPacket(id, shortPacket(42), [1]));
    await client.pingPong();
    expect(client.outcome).toBe("open");
    client.socket.destroy();
  });
});

describe("half-open connections", () => {
  test("of one reverse path are bounded, die after a while, and leave room for others", async () => {
    const target = await Target.listen(world, echo);
    // A known reverse path of a link and one word gets 4 of 12 places: as many as it leaves free of the link's, and of all.
    const limits = { halfOpenKnownMax: 12, handshakeMs: 300 };
    const { b, link } = await pair(world, target.address, { b: { limits } });
    for (let i = 0; i < 10; i++) link.inject(b, meshPacket(randomBytes(8), initial()));
    expect(b.transport.halfOpen.total).toBe(4);
    expect(drops(b)["halfOpenLimit"]).toBe(6);
    await world.until(() => b.transport.halfOpen.total === 0, 2_000);
    expect(b.transport.status().connections).toHaveLength(1);
  });

  test("above a threshold a newcomer is asked to come again with a token, and does", async () => {
    const target = await Target.listen(world, echo);
    const b = new TestVertex(world, {
      name: "b",
      services: [{ name: "web", label: 900, target: target.address }],
      limits: { retryThreshold: 5 },
    });
    const a = new TestVertex(world, {
      name: "a",
      paths: [{ name: "to-b", labels: [900] }],
      tunnels: [{ as: "user/alice", service: "web", path: 0 }],
    });
    const [link] = joinInRow(world, a, b);
    await b.start();
    for (let i = 0; i < 5; i++) link!.inject(b, meshPacket(randomBytes(8), initial()));
    await a.start();
    await warm(world, a);
    expect(drops(b)["retried"]).toBe(1);
    const client = new Client(world, a.port());
    await client.pingPong();
    client.socket.destroy();
  });

  test("only a whole first packet makes one", async () => {
    const target = await Target.listen(world, echo);
    const { b, link } = await pair(world, target.address);
    link.inject(b, meshPacket(randomBytes(8), initial().subarray(0, 1_199)));
    const handshake = initial();
    handshake[0] = 0xe0;
    link.inject(b, meshPacket(randomBytes(8), handshake));
    const other = initial();
    other.set([0x1a, 0x2a, 0x3a, 0x4a], 1);
    link.inject(b, meshPacket(randomBytes(8), other));
    expect(b.transport.halfOpen.total).toBe(0);
    expect(drops(b)).toMatchObject({ unknownConnection: 2, unknownVersion: 1 });
  });

  test("are not made of first packets that bring a QUIC connection ID", async () => {
    const target = await Target.listen(world, echo);
    const { b, link } = await pair(world, target.address);
    for (let length = 1; length <= 20; length++) {
      link.inject(b, meshPacket(randomBytes(8), initial(new Uint8Array(length).fill(1))));
    }
    expect(b.transport.status().connections, "but a's own").toHaveLength(1);
    expect(drops(b)["connectionId"]).toBe(20);
  });

  test("there is a bound for all connections", async () => {
    const target = await Target.listen(world, echo);
    const { b, link } = await pair(world, target.address, { b: { limits: { acceptedMax: 3 } } });
    for (let i = 0; i < 5; i++) link.inject(b, meshPacket(randomBytes(8), initial()));
    expect(b.transport.status().connections).toHaveLength(3);
    expect(drops(b)["noRoom"]).toBe(3);
  });
});

describe("the reverse path", () => {
  /** Two links between a and b; a's path uses the one that `path` says. */
  async function twoLinks() {
    const target = await Target.listen(world, echo);
    const { a, b, link: first } = pairAtRest(world, target.address);
    const [second] = joinInRow(world, a, b);
    await b.start();
    await a.start();
    await warm(world, a);
    return { a, b, first, second: second! };
  }

  test("follows authentic packets that come another way", async () => {
    const { a, b, first, second } = await twoLinks();
    const client = new Client(world, a.port());
    await client.pingPong();
    expect(b.transport.status().connections[0]!.path).toBe("l0 1");
    // All packets of the first link arrive over the second, as if the path had been changed.
    first.tap = (packet, toB) => {
      if (toB) world.after(0, () => second.inject(b, packet));
      return false;
    };
    expect(await client.pingPong()).toBeLessThan(2_000);
    expect(b.transport.status().connections[0]!.path).toBe("l1 1");
    client.socket.destroy();
  });

  test("does not follow packets that are not authentic, nor copies of old ones", async () => {
    const { a, b, first, second } = await twoLinks();
    const client = new Client(world, a.port());
    let copy: Uint8Array | undefined;
    first.tap = (packet, toB) => {
      if (toB) copy = packet.slice();
      return true;
    };
    await client.pingPong();
    await world.sleep(50);
    const id = Buffer.from(a.transport.status().connections[0]!.id, "hex");
    second.inject(b, copy!);
    for (let i = 0; i < 20; i++) second.inject(b, meshPacket(id, shortPacket(60)));
    await world.sleep(50);
    expect(b.transport.status().connections[0]!.path).toBe("l0 1");
    await client.pingPong();
    client.socket.destroy();
  });

  test("does not follow a packet that was held back, however new it is to the connection", async () => {
    const { a, b, first, second } = await twoLinks();
    const client = new Client(world, a.port());
    await client.pingPong();
    let held: Uint8Array | undefined;
    first.tap = (packet, toB) => {
      if (!toB || held !== undefined) return true;
      held = packet;
      return false;
    };
    // A later packet, which takes the usual way, repeats the data of the packet that was held.
    await client.pingPong();
    await client.pingPong();
    const before = drops(b)["unauthenticated"];
    second.inject(b, held!);
    expect(drops(b)["unauthenticated"], "it was genuine, and no duplicate").toBe(before);
    expect(b.transport.status().connections[0]!.path).toBe("l0 1");
    await client.pingPong();
    client.socket.destroy();
  });
});

test("the engine is told whose a connection is, and is heard when it has something to say without a packet", async () => {
  const accept = vi.spyOn(world.engine, "accept");
  const target = await Target.listen(world, echo);
  const { a, link } = await pair(world, target.address);
  const client = new Client(world, a.port());
  await client.pingPong();
  const quic = accept.mock.results[0]!.value as QuicConnection;
  accept.mockRestore();
  expect(quic.owner).toBe("user/alice");
  link.tap = () => false;
  await world.sleep(1);
  const pollEvent = vi.spyOn(quic, "pollEvent");
  quic.onDue!();
  expect(pollEvent).not.toHaveBeenCalled();
  await world.sleep(1);
  expect(pollEvent).toHaveBeenCalled();
  client.socket.destroy();
});

test("peers that talk QUIC but not this protocol are closed", async () => {
  const target = await Target.listen(world, echo);
  const { b, link } = await pair(world, target.address);
  const now = () => world.now;
  const quic = world.engine.connect(config, new Uint8Array(0), now());
  const id = randomBytes(8);
  const out = new Uint8Array(1_200);
  const pump = (): void => {
    for (let n = quic.pollTransmit(out, now()); n > 0; n = quic.pollTransmit(out, now())) {
      link.inject(b, meshPacket(id, out.slice(0, n)));
    }
  };
  link.tap = (packet, toB) => {
    if (toB || Buffer.compare(packet.subarray(4, 12), id) !== 0) return true;
    quic.handleDatagram(packet.subarray(payloadOf(packet, 0)), now());
    world.after(0, pump);
    return false;
  };
  pump();
  await world.until(() => quic.isEstablished);
  quic.streamSend(0, Uint8Array.of(9, 9, 9, 9), false);
  pump();
  await world.until(() => quic.isClosed);
  expect(target.connections).toBe(0);
  for (let event = quic.pollEvent(); event !== undefined; event = quic.pollEvent()) {
    if (event.kind === "closed") expect(event).toMatchObject({ cause: "peer", isApplication: true, code: 0x06 });
  }
});
