import assert from "node:assert";
import type { ConformanceCase, ConformanceContext } from "./context.ts";
import { Pair, pattern, randomSource } from "./pair.ts";

export const endpointCases: readonly ConformanceCase[] = [
  { name: "headers are read", run: headers },
  { name: "a packet of an unknown version is answered with the versions that are known", run: versionNegotiation },
  { name: "packets keep to the buffer, to our limit and to the peer's", run: sizes },
  { name: "garbage is ignored", run: garbage },
  { name: "the newest packet is told, and no late, doubled or forged one is taken for it", run: newestPacket },
  { name: "no cut or changed packet of a handshake makes a call throw", run: damagedHandshakes },
  { name: "a packet that comes twice counts once", run: duplicates },
];

async function headers(context: ConformanceContext): Promise<void> {
  const { engine } = context;
  const pair = new Pair(context);
  const seen: string[] = [];
  pair.filter = (direction, packet) => {
    const header = engine.parseHeader(packet, 8);
    assert(header !== undefined);
    seen.push(header.type);
    const expected = new Uint8Array(8).fill(direction === "to-server" ? 0x5e : 0xc1);
    // The client's first packets go to an ID of its own making.
    if (header.type !== "initial") assert.deepStrictEqual(header.destinationId, expected);
    assert.strictEqual(header.version, 1);
    return true;
  };
  await pair.establish();
  pair.client.ping();
  pair.settle();
  assert(seen.includes("initial") && seen.includes("short"));
  for (const bytes of [[], [0x40], [0xc0], [0xc0, 0, 0, 0, 1], [0xc0, 0, 0, 0, 1, 200, 1, 2]]) {
    assert.strictEqual(engine.parseHeader(Uint8Array.from(bytes), 8), undefined);
  }
}

async function versionNegotiation(context: ConformanceContext): Promise<void> {
  const { engine } = context;
  const packet = pattern(1200);
  packet.set([0xc0, 0x1a, 0x2a, 0x3a, 0x4a, 4, 1, 2, 3, 4, 3, 5, 6, 7]);
  const header = engine.parseHeader(packet, 8);
  assert(header !== undefined && header.version === 0x1a2a3a4a);
  assert(!engine.isVersionSupported(header.version) && engine.isVersionSupported(1));
  const out = new Uint8Array(1200);
  const answer = engine.parseHeader(out.subarray(0, engine.writeVersionNegotiation(header, out)), 8);
  assert.strictEqual(answer?.type, "version-negotiation");
  assert.deepStrictEqual(answer.destinationId, Uint8Array.of(5, 6, 7));
  assert.deepStrictEqual(answer.sourceId, Uint8Array.of(1, 2, 3, 4));
}

async function sizes(context: ConformanceContext): Promise<void> {
  const rows = [
    { buffer: 1452, own: 1452, peer: 1452, expected: 1452 },
    { buffer: 1300, own: 1452, peer: 1452, expected: 1300 },
    { buffer: 1452, own: 1350, peer: 1452, expected: 1350 },
    { buffer: 1452, own: 1452, peer: 1252, expected: 1252 },
    { buffer: 16_000, own: 16_000, peer: 9000, expected: 9000 },
  ];
  for (const row of rows) {
    const pair = new Pair(context, {
      payloadMax: row.buffer,
      client: { sendPayloadMax: row.own },
      server: { receivePayloadMax: row.peer },
    });
    let largest = 0;
    pair.filter = (direction, packet) => {
      if (direction === "to-server") largest = Math.max(largest, packet.length);
      return true;
    };
    await pair.establish();
    assert(largest <= 1200 || largest <= row.expected);
    pair.client.streamSend(0, pattern(10_000), false);
    pair.settle();
    assert.strictEqual(largest, row.expected);
  }
}

async function garbage(context: ConformanceContext): Promise<void> {
  const pair = new Pair(context);
  await pair.establish();
  pair.settle();
  const before = [pair.client.authenticatedPackets(), pair.server.authenticatedPackets()];
  assert.deepStrictEqual([pair.client.ignoredDatagrams(), pair.server.ignoredDatagrams()], [0, 0]);
  const random = randomSource(11);
  for (let i = 0; i < 2000; i++) {
    const packet = pattern(Math.floor(random() * (i % 2 === 0 ? 60 : 1452)), i);
    // Half of them look like packets of this connection.
    if (i % 4 < 2 && packet.length > 9) {
      packet[0] = 0x40 | (packet[0]! & 0x3f);
      packet.fill(i % 2 === 0 ? 0x5e : 0xc1, 1, 9);
    }
    pair.inject(i % 2 === 0 ? "to-server" : "to-client", packet);
  }
  pair.settle();
  assert.deepStrictEqual([pair.client.authenticatedPackets(), pair.server.authenticatedPackets()], before);
  assert.deepStrictEqual([pair.client.ignoredDatagrams(), pair.server.ignoredDatagrams()], [1000, 1000]);
  assert(!pair.client.isClosed && !pair.server.isClosed);
  pair.client.sendDatagram(pattern(10));
  pair.settle();
  assert.strictEqual(pair.server.receiveDatagram(new Uint8Array(1452)), 10);
  assert.deepStrictEqual([pair.client.ignoredDatagrams(), pair.server.ignoredDatagrams()], [1000, 1000]);
}

async function damagedHandshakes(context: ConformanceContext): Promise<void> {
  const random = randomSource(13);
  for (let i = 0; i < 200; i++) {
    const pair = new Pair(context, { isRetrying: i % 4 === 0, idLength: i % 3 === 0 ? 0 : 8 });
    pair.filter = (direction, packet) => {
      const kind = random();
      if (kind < 0.3) packet[Math.floor(random() * Math.min(packet.length, 60))]! ^= 1 << Math.floor(random() * 8);
      else if (kind < 0.5) pair.inject(direction, packet.subarray(0, Math.floor(random() * packet.length)));
      else if (kind < 0.6) pair.inject(direction, packet);
      return kind < 0.9;
    };
    pair.settle();
    pair.client.close(0, "");
    pair.settle();
  }
}

async function duplicates(context: ConformanceContext): Promise<void> {
  const pair = new Pair(context);
  await pair.establish();
  pair.settle();
  const copies: Uint8Array[] = [];
  pair.filter = (direction, packet) => {
    if (direction === "to-server") copies.push(Uint8Array.from(packet));
    return true;
  };
  pair.client.sendDatagram(pattern(100));
  pair.settle();
  const before = pair.server.authenticatedPackets();
  pair.filter = () => true;
  for (const copy of copies) pair.inject("to-server", copy);
  pair.settle();
  assert.strictEqual(pair.server.authenticatedPackets(), before);
  assert.strictEqual(pair.server.ignoredDatagrams(), copies.length);
  assert.strictEqual(pair.server.receiveDatagram(new Uint8Array(1452)), 100);
  assert.strictEqual(pair.server.receiveDatagram(new Uint8Array(1452)), -1);
}

async function newestPacket(context: ConformanceContext): Promise<void> {
  const pair = new Pair(context);
  assert.strictEqual(pair.client.newestPacket, -1);
  await pair.establish();
  pair.settle();
  for (const direction of ["to-server", "to-client"] as const) {
    const [from, to] = direction === "to-server" ? [pair.client, pair.server] : [pair.server, pair.client];
    const held: Uint8Array[] = [];
    pair.filter = (towards, packet) => {
      if (towards === direction) held.push(packet.slice());
      return towards !== direction;
    };
    for (let i = 0; i < 3; i++) {
      from.sendDatagram(pattern(100));
      pair.settle();
    }
    // Other packets of that end, such as a probe for those that were held, do not arrive meanwhile either.
    const before = to.newestPacket;
    const forged = held.at(-1)!.slice();
    forged[forged.length - 1]! ^= 1;
    // Each packet, and whether it is the newest one then.
    const arrivals: [Uint8Array, boolean][] = [
      [forged, false],
      [held[1]!, true],
      [held[0]!, false],
      [held[1]!, false],
      [held[2]!, true],
    ];
    let newest = before;
    for (const [packet, isNewest] of arrivals) {
      pair.inject(direction, packet);
      pair.settle();
      assert.strictEqual(to.newestPacket > newest, isNewest);
      newest = to.newestPacket;
    }
    // Packets are counted, but an end leaves a number out now and then, lest somebody acknowledge blindly (RFC 9000, 21.4).
    assert([before + 3, before + 4].includes(newest), `${newest} is told of the third packet after ${before}`);
  }
}
