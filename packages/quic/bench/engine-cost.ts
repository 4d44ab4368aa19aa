/**
 * What the engine costs, both ends together, with no sockets: `node --conditions=@florenetes/source bench/engine-cost.ts`.
 * The figures of one run can be compared with each other, not with those of another machine.
 */

import { type IssuedIdentity, issueIdentity, type KeyAlgorithm, makeAuthority, verifyPeer } from "@florenetes/identity";
import { type QuicConfig, type QuicConnection, type QuicCredentials, quicheEngine as engine } from "../src/index.ts";
import { makeConformanceCredentials } from "../test/credentials.ts";

const client = { host: "198.51.100.1", port: 40_000 };
const server = { host: "192.0.2.1", port: 443 };
const credentials = makeConformanceCredentials();
const batchMax = 32;
const scratch = new Uint8Array(65_536);

class Ends {
  readonly client: QuicConnection;
  readonly server: QuicConnection;
  packets = 0;
  readonly #slots: Uint8Array[];
  readonly #lengths: number[] = [];

  constructor(
    payload: number,
    overrides: Partial<QuicConfig> = {},
    holders: Readonly<Record<"client" | "server", QuicCredentials>> = credentials,
  ) {
    this.#slots = Array.from({ length: batchMax }, () => new Uint8Array(payload));
    this.client = engine.connect(config(holders.client, payload, overrides), new Uint8Array(8), client, server, 0);
    this.server = engine.accept(
      config(holders.server, payload, overrides),
      new Uint8Array(8).fill(1),
      undefined,
      server,
      client,
      0,
    );
  }

  /** One turn as a process has it: all that came in is handled, then all that is to go out is written. */
  turn(from: QuicConnection, to: QuicConnection): number {
    let count = 0;
    while (count < batchMax) {
      const length = from.pollTransmit(this.#slots[count]!, performance.now());
      if (length === 0) break;
      this.#lengths[count++] = length;
    }
    while (from.pollEvent() !== undefined);
    from.nextTimeout(0);
    const [sender, receiver] = from === this.client ? [client, server] : [server, client];
    for (let i = 0; i < count; i++)
      to.handleDatagram(this.#slots[i]!.subarray(0, this.#lengths[i]), sender, receiver, 0);
    this.packets += count;
    return count;
  }

  settle(): void {
    for (let i = 0; i < 10_000; i++) {
      if (this.turn(this.client, this.server) + this.turn(this.server, this.client) === 0) return;
    }
    throw new Error("no rest");
  }
}

function config(own: QuicCredentials, payload: number, overrides: Partial<QuicConfig>): QuicConfig {
  return {
    credentials: own,
    applicationProtocol: "bench",
    idleTimeoutMs: 30_000,
    receivePayloadMax: payload,
    sendPayloadMax: payload,
    datagrams: { receiveQueueMax: 1000, sendQueueMax: 1000 },
    streams: { connectionWindow: 2 ** 50, streamWindow: 262_144, streamWindowMax: 262_144, bidirectionalMax: 100_000 },
    congestionControl: "cubic",
    ...overrides,
  };
}

/** Microseconds are of CPU time, which other work on the machine changes little; MB/s are of the clock. */
function report(name: string, count: number, bytes: number, milliseconds: number, cpu: NodeJS.CpuUsage): void {
  const used = cpu.user + cpu.system;
  const perItem = (used / count).toFixed(2).padStart(9);
  const rate = bytes === 0 ? "" : `${(bytes / 1e3 / milliseconds).toFixed(1).padStart(8)} MB/s`;
  const perGb = bytes === 0 ? "" : `${((used / bytes) * 1e3).toFixed(2).padStart(7)} CPU s/GB`;
  process.stdout.write(`${name.padEnd(46)}${perItem} µs${rate}${perGb}\n`);
}

function measure(name: string, count: number, bytes: number, work: () => void): void {
  const cpu = process.cpuUsage();
  const start = performance.now();
  work();
  report(name, count, bytes, performance.now() - start, process.cpuUsage(cpu));
}

function datagrams(payload: number, count: number): void {
  const ends = new Ends(payload);
  ends.settle();
  const size = ends.client.datagramSizeMax();
  const datagram = new Uint8Array(size);
  const run = (total: number): void => {
    let received = 0;
    for (let sent = 0; sent < total;) {
      for (let i = 0; i < batchMax && ends.client.datagramSendQueueLength() < batchMax; i++)
        sent += ends.client.sendDatagram(datagram) ? 1 : 0;
      ends.turn(ends.client, ends.server);
      while (ends.server.receiveDatagram(scratch) >= 0) received++;
      ends.turn(ends.server, ends.client);
    }
    if (received < total * 0.99) throw new Error(`only ${received} arrived`);
  };
  run(2000);
  measure(`datagrams of ${size} bytes in packets of ${payload}`, count, count * size, () => run(count));
}

function stream(payload: number, bytes: number): void {
  const ends = new Ends(payload);
  ends.settle();
  const chunk = new Uint8Array(65_536);
  const run = (id: number, total: number): void => {
    let sent = 0;
    let received = 0;
    while (received < total) {
      while (sent < total) {
        const taken = ends.client.streamSend(id, chunk, false);
        if (taken <= 0) break;
        sent += taken;
      }
      ends.turn(ends.client, ends.server);
      for (const readable of ends.server.readableStreams()) {
        for (;;) {
          const length = ends.server.streamReceive(readable, scratch);
          if (length <= 0) break;
          received += length;
        }
      }
      ends.turn(ends.server, ends.client);
    }
  };
  run(0, 2_000_000);
  ends.packets = 0;
  const cpu = process.cpuUsage();
  const start = performance.now();
  run(4, bytes);
  report(
    `a stream in packets of ${payload}, per packet`,
    ends.packets,
    bytes,
    performance.now() - start,
    process.cpuUsage(cpu),
  );
}

function handshakes(count: number): void {
  const fresh = (): void => {
    const ends = new Ends(1350, { statelessResetToken: crypto.getRandomValues(new Uint8Array(16)) });
    ends.settle();
    if (!ends.server.isEstablished) throw new Error("no handshake");
  };
  for (let i = 0; i < 20; i++) fresh();
  measure("a handshake, both ends, own reset token", count, 0, () => {
    for (let i = 0; i < count; i++) fresh();
  });
}

function streamOpening(count: number): void {
  const ends = new Ends(1350);
  ends.settle();
  const request = new Uint8Array(100);
  measure("a stream: open, 100 bytes, answer, both ends", count, 0, () => {
    for (let i = 0; i < count; i++) {
      ends.client.streamSend(i * 4, request, true);
      ends.turn(ends.client, ends.server);
      for (const id of ends.server.readableStreams()) {
        ends.server.streamReceive(id, scratch);
        ends.server.streamSend(id, request, true);
      }
      ends.turn(ends.server, ends.client);
      for (const id of ends.client.readableStreams()) ends.client.streamReceive(id, scratch);
    }
  });
}

function idleStreams(count: number): void {
  const ends = new Ends(1350);
  ends.settle();
  for (let i = 0; i < count; i++) {
    ends.client.streamSend(i * 4, new Uint8Array(10), false);
    if (i % 100 === 99) ends.settle();
  }
  ends.settle();
  for (const id of ends.server.readableStreams()) ends.server.streamReceive(id, scratch);
  pingPong(ends, `a ping-pong on 1 of ${count} open streams`);
}

/** A handshake as a link or an end-to-end connection has it: each end looks at the other's certificate by our own rules, too. */
function identities(algorithm: KeyAlgorithm, count: number): void {
  const at = new Date();
  const authority = makeAuthority({ cluster: "bench", algorithm }, at);
  const issue = (name: string): IssuedIdentity => issueIdentity(authority, { kind: "vertex", name, algorithm }, at);
  const [own, other] = [issue("a"), issue("b")];
  const expected = { trustBundlePem: authority.certificatePem, cluster: "bench", kinds: ["vertex"] as const };
  const times: number[] = [];
  const fresh = (): void => {
    const start = performance.now();
    const ends = new Ends(1350, {}, { client: own, server: other });
    ends.settle();
    for (const end of [ends.client, ends.server]) verifyPeer(end.peerCertificates(), expected, at);
    times.push(performance.now() - start);
  };
  for (let i = 0; i < 20; i++) fresh();
  times.length = 0;
  measure(`a handshake with ${algorithm}, and who it is, both ends`, count, 0, () => {
    for (let i = 0; i < count; i++) fresh();
  });
  times.sort((a, b) => a - b);
  const [median, late] = [times[Math.floor(count * 0.5)]!, times[Math.floor(count * 0.99)]!];
  process.stdout.write(`${"".padEnd(46)}p50 ${median.toFixed(2)} ms, p99 ${late.toFixed(2)} ms\n`);
}

/** Streams that have something to read which the application leaves there. */
function pausedStreams(count: number): void {
  const ends = new Ends(1350);
  ends.settle();
  for (let i = 0; i < count; i++) {
    ends.client.streamSend((i + 1) * 4, new Uint8Array(10), false);
    if (i % 100 === 99) ends.settle();
  }
  ends.settle();
  pingPong(ends, `a ping-pong beside ${count} streams left unread`);
}

function pingPong(ends: Ends, name: string): void {
  const message = new Uint8Array(100);
  const rounds = 1000;
  measure(name, rounds, 0, () => {
    for (let i = 0; i < rounds; i++) {
      ends.client.streamSend(0, message, false);
      ends.turn(ends.client, ends.server);
      if (ends.server.readableStreams().includes(0)) ends.server.streamReceive(0, scratch);
      ends.server.streamSend(0, message, false);
      ends.turn(ends.server, ends.client);
      if (ends.client.readableStreams().includes(0)) ends.client.streamReceive(0, scratch);
    }
  });
}

function questions(): void {
  const ends = new Ends(1350);
  ends.settle();
  const rounds = 20_000;
  const calls: [string, () => void][] = [
    ["authenticatedPackets()", () => ends.client.authenticatedPackets()],
    ["stats()", () => ends.client.stats()],
    ["nextTimeout()", () => ends.client.nextTimeout(0)],
    ["readableStreams(), none", () => ends.client.readableStreams()],
    ["pollTransmit(), nothing to send", () => ends.client.pollTransmit(scratch, 0)],
    ["streamCapacity() of a stream that is gone", () => ends.client.streamCapacity(4)],
  ];
  for (const [name, call] of calls) {
    measure(name, rounds, 0, () => {
      for (let i = 0; i < rounds; i++) call();
    });
  }
}

for (const payload of [1200, 1350]) datagrams(payload, 100_000);
for (const payload of [1200, 1350, 8192, 16_000]) stream(payload, 200_000_000);
handshakes(300);
for (const algorithm of ["p256", "ed25519"] as const) identities(algorithm, 300);
streamOpening(5000);
for (const count of [10, 10_000]) idleStreams(count);
for (const count of [10, 100, 2000]) pausedStreams(count);
questions();
