import assert from "node:assert";
import { Channel, type ChannelFaults, Random, Scheduler, Station } from "@florenetes/simkit";
import { defaultConfig, pattern } from "../testing/conformance/pair.ts";
import {
  type QuicConnection,
  type QuicCredentials,
  type QuicEngine,
  type QuicStats,
  StreamResult,
} from "../src/index.ts";
import { simulatedEngine } from "../testing/simulated/index.ts";

const anyone: QuicCredentials = {
  certificateChainPem: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
  privateKeyPem: "none",
  trustBundlePem: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
};
const payloadMax = 1_452;
const pieceMax = 20_000;
const packetsPerTurnMax = 10_000;
const clientId = new Uint8Array(8).fill(0xc1);
const serverId = new Uint8Array(8).fill(0x5e);

/** An end of the connection: each of its streams sends this many bytes and its end, and reads as many. */
class End {
  readonly connection: QuicConnection;
  readonly station: Station;
  readonly #payloads: readonly Uint8Array[];
  readonly #sent = new Map<number, number>();
  readonly #received = new Map<number, number>();
  readonly #scratch = new Uint8Array(pieceMax);

  constructor(
    scheduler: Scheduler,
    connection: QuicConnection,
    payloads: readonly Uint8Array[],
    out: Channel<Uint8Array>,
  ) {
    this.connection = connection;
    this.#payloads = payloads;
    const buffer = new Uint8Array(payloadMax);
    const core = {
      handleTimeout: (now: number): void => connection.handleTimeout(now),
      nextTimeout: (): number => connection.nextTimeout(scheduler.now),
    };
    this.station = new Station(scheduler, core, (now) => {
      for (let event = connection.pollEvent(); event !== undefined; event = connection.pollEvent()) {
        assert.strictEqual(event.kind, "established", JSON.stringify(event));
      }
      this.#read();
      this.#send();
      for (let packets = 0; ; packets++) {
        assert(packets < packetsPerTurnMax, "an end does not come to rest");
        const length = connection.pollTransmit(buffer, now);
        if (length === 0) return;
        out.send(buffer.slice(0, length));
      }
    });
  }

  /** Whether all bytes were received, with their end, and all sent bytes are acknowledged, so that the streams are gone. */
  get isDone(): boolean {
    return this.#payloads.every(
      (_, i) => this.connection.streamCapacity(4 * i) === StreamResult.gone && this.#isRead(i),
    );
  }

  #isRead(i: number): boolean {
    return this.#received.get(i) === Infinity;
  }

  #send(): void {
    if (!this.connection.isEstablished) return;
    for (const [i, payload] of this.#payloads.entries()) {
      const sent = this.#sent.get(i) ?? 0;
      if (sent === Infinity) continue;
      const bytes = payload.subarray(sent, sent + pieceMax);
      const isEnd = sent + bytes.length === payload.length;
      const taken = this.connection.streamSend(4 * i, bytes, isEnd);
      if (taken >= 0) this.#sent.set(i, isEnd && taken === bytes.length ? Infinity : sent + taken);
    }
  }

  #read(): void {
    for (const id of this.connection.readableStreams()) {
      const i = id / 4;
      const payload = this.#payloads[i]!;
      const before = this.#received.get(i) ?? 0;
      const length = this.connection.streamReceive(id, this.#scratch);
      assert(length >= 0, `stream ${id} gave ${length}`);
      const isEqual =
        Buffer.compare(this.#scratch.subarray(0, length), payload.subarray(before, before + length)) === 0;
      assert(isEqual, `other bytes on stream ${id} from ${before} on`);
      const isEnd = this.connection.streamEnded;
      if (isEnd) assert.strictEqual(before + length, payload.length, `stream ${id} ended`);
      this.#received.set(i, isEnd ? Infinity : before + length);
    }
  }
}

export interface RunResult {
  /** How long the run took, in virtual milliseconds. */
  readonly durationMs: number;
  readonly client: QuicStats;
  readonly server: QuicStats;
}

/** An engine whose chance is `random`, and the peers that it lets in. */
interface EngineOfRun {
  readonly make: (random: Random) => QuicEngine;
  readonly credentials: QuicCredentials;
}

const simulated: EngineOfRun = {
  make: (random) => simulatedEngine({ random: () => random.next(), verifyChain: () => undefined }),
  credentials: anyone,
};

/** Streams both ways over a bad network that the seed chooses; throws unless every byte arrives, once and in order. */
export function runStreams(seed: number, limitMs: number, { make, credentials } = simulated): RunResult {
  const random = new Random(seed);
  const scheduler = new Scheduler({ stepsMax: 2_000_000 });
  const engine = make(random);
  const payloads = Array.from({ length: random.between(1, 8) }, (_, i) =>
    pattern(random.pick([0, 1, 1_000, 300_000]), i),
  );
  const window = random.pick([3_000, 65_536, 262_144]);
  const config = {
    ...defaultConfig,
    credentials,
    idleTimeoutMs: 0,
    streams: { connectionWindow: 2 * window, streamWindow: window, streamWindowMax: 4 * window, bidirectionalMax: 4 },
  };
  const faults: Partial<ChannelFaults> = {
    delayMsMin: random.pick([0, 1, 40]),
    delayMsMax: 40 + random.below(40),
    lossProbability: random.pick([0, 0.02, 0.2]),
    duplicateProbability: random.pick([0, 0.1]),
  };
  let server: End | undefined;
  const toServer = new Channel<Uint8Array>(scheduler, random, faults, (packet) => {
    if (server !== undefined) return server.station.run((now) => server!.connection.handleDatagram(packet, now));
    const accepted = engine.accept(config, serverId, undefined, packet, scheduler.now);
    server = new End(scheduler, accepted, payloads, toClient);
    server.station.run();
  });
  const toClient = new Channel<Uint8Array>(scheduler, random, faults, (packet) => {
    client.station.run((now) => client.connection.handleDatagram(packet, now));
  });
  const client = new End(scheduler, engine.connect(config, clientId, 0), payloads, toServer);
  client.station.run();
  // All packets are lost for a while, now and then.
  for (let at = random.below(2_000); at < 10_000; at += 1_000 + random.below(3_000)) {
    const lasting = random.below(1_500);
    scheduler.at(at, () => (toServer.faults.isCut = toClient.faults.isCut = true));
    scheduler.at(at + lasting, () => (toServer.faults.isCut = toClient.faults.isCut = false));
  }
  const isDone = (): boolean => client.isDone && server?.isDone === true;
  while (!isDone()) {
    assert(scheduler.now < limitMs, `not done after ${limitMs} ms`);
    scheduler.runFor(100);
  }
  return { durationMs: scheduler.now, client: client.connection.stats(), server: server!.connection.stats() };
}
