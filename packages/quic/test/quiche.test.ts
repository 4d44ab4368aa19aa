/** Properties of quiche alone: attacks for which the seam gives no means, and flaws that users of quiche have to know. */

import { quiche } from "@matrixai/quic/native/index.js";
import { describe, expect, test } from "vitest";
import { type Direction, Pair, type PairOptions } from "../testing/conformance/index.ts";
import { type QuicConnection, type QuicCredentials, StreamResult } from "../src/index.ts";
import { quicheEngine } from "../src/portable/index.ts";
import { defaultConfig } from "../testing/conformance/pair.ts";
import { InitialPackets, sparseCrypto } from "./initial-packets.ts";
import { realContext } from "./real-context.ts";

type NativeConnection = ReturnType<typeof quiche.Connection.connect>;

const here = { host: "192.0.2.1", port: 1 };
const there = { host: "192.0.2.2", port: 2 };
const { credentials } = realContext;
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("a client that is not ours", () => {
  test("without a certificate is refused: certificate_required", () => {
    const config = quiche.Config.withBoringSslCtx(
      true,
      false,
      encode(credentials.client.trustBundlePem),
      null,
      null,
      null,
    );
    const client = attack(config);
    const server = exchange(client);
    expect(server.isEstablished).toBe(false);
    expect(server.pollEvent()).toMatchObject({ kind: "closed", cause: "local", code: 0x100 + 116 });
    expect(client.peerError()).toMatchObject({ isApp: false, errorCode: 0x100 + 116 });
  });

  test("cannot resume a session, which would spare it the verification", () => {
    const config = tls(credentials.client);
    const first = attack(config);
    exchange(first);
    const session = first.session();
    expect(first.isEstablished()).toBe(true);
    expect(session).not.toBeNull();

    const second = attack(config);
    second.setSession(session!);
    const server = exchange(second);
    expect(second.isResumed()).toBe(true);
    expect(server.isEstablished).toBe(false);
    expect(server.pollEvent()).toMatchObject({ kind: "closed", cause: "local", code: 2 });
  });
});

describe("pieces of a handshake", () => {
  test("are taken up to 40 KB: quiche would keep all of them, in much more memory", () => {
    const packets = new InitialPackets(new Uint8Array(8).fill(7));
    const server = accept(packets.next(sparseCrypto(10, 1155)));
    for (let i = 1; i < 100; i++) {
      server.handleDatagram(packets.next(sparseCrypto(10 + 400 * i, 1155)), 0);
    }
    // 35 packets of 1,193 bytes are the fewest that have more.
    expect(server.authenticatedPackets()).toBe(35);
    expect(server.ignoredDatagrams()).toBe(65);
  });
});

describe("quiche", () => {
  test("is not left to take short round trips for ever longer ones, when the peer takes smaller packets", async () => {
    const pair = established({ client: { receivePayloadMax: 1236 }, server: { sendPayloadMax: 16_000 } });
    const longestMs = await pingPong(pair, 120, () => false);
    expect(pair.server.stats().rttMs).toBeLessThan(TRIPS_OF_A_SAMPLE * longestMs);
    expect(pair.server.stats().deliveryRate).toBeGreaterThan(0);
  });

  test("measures round trips truly after losses with BBR; with CUBIC it does not", async () => {
    const isLost = (trip: number, direction: Direction): boolean => trip % 12 === 5 && direction === "to-client";
    const measured: Record<string, number> = {};
    const longest: Record<string, number> = {};
    for (const congestionControl of ["bbr", "cubic"] as const) {
      const pair = established({ client: { congestionControl }, server: { congestionControl } });
      longest[congestionControl] = await pingPong(pair, 360, isLost);
      measured[congestionControl] = pair.server.stats().rttMs;
    }
    expect(measured["bbr"]).toBeLessThan(TRIPS_OF_A_SAMPLE * longest["bbr"]!);
    // The day this fails, the choice of the congestion control is free again.
    expect(measured["cubic"]).toBeGreaterThan(60);
  });

  test("does not repeat a STOP_SENDING that was lost, but repeats a RESET_STREAM", async () => {
    const pair = established();
    pair.client.streamSend(0, new Uint8Array(10), false);
    pair.settle();
    pair.filter = (direction) => direction !== "to-client";
    pair.server.streamStop(0, 5);
    pair.server.streamReset(0, 6);
    pair.settle();
    pair.filter = () => true;
    await pair.until(() => pair.client.readableStreams().length > 0, "the reset arrives");
    expect(pair.client.streamReceive(0, new Uint8Array(10))).toBe(StreamResult.reset);
    await pair.elapse(100);
    expect(pair.client.streamSend(0, new Uint8Array(10), false)).toBe(10);
  });

  test("forgets an end without bytes when all before it is acknowledged and the peer's end is read", () => {
    const pair = established();
    const scratch = new Uint8Array(100);
    pair.client.streamSend(0, new Uint8Array(10), false);
    pair.settle();
    pair.server.streamReceive(0, scratch);
    pair.server.streamSend(0, new Uint8Array(10), true);
    pair.settle();
    pair.client.streamSend(0, new Uint8Array(0), true);
    pair.client.streamReceive(0, scratch);
    expect(pair.client.streamEnded).toBe(true);
    pair.settle();
    expect(pair.server.readableStreams()).toEqual([]);
  });

  test("a reset token of our own is what the peer looks for, byte by byte", () => {
    const token = Uint8Array.from({ length: 16 }, (_, i) => (i * 37 + 200) & 0xff);
    const pair = established({ server: { statelessResetToken: token } });
    const packet = new Uint8Array(40).fill(0x55);
    packet.set(token, 24);
    pair.inject("to-client", packet);
    pair.settle();
    expect(pair.clientEvents.at(-1)).toMatchObject({ kind: "closed", cause: "reset" });
  });

  test("one credentials object serves connections with different settings", () => {
    const tokens = [1, 2].map((byte) => new Uint8Array(16).fill(byte));
    const pairs = tokens.map((statelessResetToken) => established({ server: { statelessResetToken } }));
    for (const [i, pair] of pairs.entries()) {
      const packet = new Uint8Array(40).fill(0x55);
      packet.set(tokens[1 - i]!, 24);
      pair.inject("to-client", packet);
      pair.settle();
      expect(pair.client.isClosed).toBe(false);
    }
  });
});

function established(options: PairOptions = {}): Pair {
  const pair = new Pair(realContext, options);
  pair.settle();
  expect(pair.client.isEstablished && pair.server.isEstablished).toBe(true);
  return pair;
}

function accept(datagram: Uint8Array): QuicConnection {
  const config = { ...defaultConfig, credentials: credentials.server };
  return quicheEngine.accept(config, new Uint8Array(8).fill(9), undefined, datagram, 0);
}

function tls(own: QuicCredentials): ReturnType<typeof quiche.Config.withBoringSslCtx> {
  return quiche.Config.withBoringSslCtx(
    true,
    false,
    encode(own.trustBundlePem),
    [typeof own.privateKeyPem === "string" ? encode(own.privateKeyPem) : own.privateKeyPem],
    [encode(own.certificateChainPem)],
    null,
  );
}

function attack(config: ReturnType<typeof quiche.Config.withBoringSslCtx>): NativeConnection {
  config.setApplicationProtos([defaultConfig.applicationProtocol]);
  config.setMaxIdleTimeout(5000);
  config.setInitialMaxData(1_000_000);
  return quiche.Connection.connect(null, new Uint8Array(8).fill(7), here, there, config);
}

/** Lets a client shake hands with a server, and returns the server's end. */
function exchange(client: NativeConnection): QuicConnection {
  const buffer = new Uint8Array(1452);
  const server = accept(buffer.slice(0, client.send(buffer)![0]));
  for (let round = 0; round < 100; round++) {
    let isQuiet = true;
    for (let sent = client.send(buffer); sent !== null; sent = client.send(buffer)) {
      isQuiet = false;
      server.handleDatagram(buffer.slice(0, sent[0]), 0);
    }
    for (let length = server.pollTransmit(buffer, 0); length > 0; length = server.pollTransmit(buffer, 0)) {
      isQuiet = false;
      client.recv(buffer.slice(0, length), { from: there, to: here });
    }
    if (isQuiet) return server;
  }
  throw new Error("the two ends do not come to rest");
}

/** A packet's acknowledgement comes with the next packet of the other end, or with the one after it. */
const TRIPS_OF_A_SAMPLE = 3;

/** Sends small messages in turn, each under way for 2 ms or more, and returns how long the longest of these trips took, in ms. */
async function pingPong(
  pair: Pair,
  trips: number,
  isLost: (trip: number, direction: Direction) => boolean,
): Promise<number> {
  let longestMs = 0;
  const held: [Direction, Uint8Array][] = [];
  pair.filter = (direction, packet) => {
    held.push([direction, packet.slice()]);
    return false;
  };
  for (let trip = 0; trip < trips; trip++) {
    const start = realContext.now();
    const end = trip % 2 === 0 ? pair.client : pair.server;
    end.streamReceive(0, new Uint8Array(10_000));
    end.streamSend(0, new Uint8Array(64), false);
    pair.settle();
    await realContext.sleep(2);
    for (const [direction, packet] of held.splice(0)) if (!isLost(trip, direction)) pair.inject(direction, packet);
    pair.settle();
    for (const one of [pair.client, pair.server]) one.handleTimeout(realContext.now());
    longestMs = Math.max(longestMs, realContext.now() - start);
  }
  return longestMs;
}
