import assert from "node:assert";
import type { QuicConnection } from "../../src/engine.ts";
import type { ConformanceCase, ConformanceContext } from "./context.ts";
import { closedEvent, type Direction, Pair, type PairOptions } from "./pair.ts";

const refusal = { code: 20, reason: "you are somebody else" };
const refused = { kind: "closed", cause: "local", isApplication: true, ...refusal };

/** RFC 8446, 6.2: access_denied. */
const ALERT = 49;
/** RFC 9001, 4.8. */
const told = { kind: "closed", cause: "peer", isApplication: false, code: 0x100 + ALERT, reason: "" };

/** A client that refuses the server's certificate says nothing that could tell the server who it is. */
export const judgingCases: readonly ConformanceCase[] = [
  { name: "a judge sees the verified chain once, and lets the handshake go on", run: judgesOnce },
  { name: "a chain that TLS does not verify is not judged", run: judgesVerified },
  { name: "a refused server hears nothing more, whatever comes", run: (context) => refuses(context, {}) },
  { name: "so it is after a Retry", run: (context) => refuses(context, { isRetrying: true }) },
  { name: "so it is with a chain of several packets", run: (context) => refuses(context, chained(context)) },
  { name: "a server that is refused with an alert hears that, and nothing else", run: (context) => tells(context, {}) },
  { name: "so it does after a Retry", run: (context) => tells(context, { isRetrying: true }) },
  { name: "so it does with a chain of several packets", run: (context) => tells(context, chained(context)) },
  { name: "nothing is said though the application has things to say", run: saysNothing },
  { name: "a client that closes at the end of its handshake does not show its certificate", run: closesAtOnce },
];

function chained({ credentials }: ConformanceContext): PairOptions {
  return { serverCredentials: credentials.chained, payloadMax: 1_200 };
}

async function judgesOnce(context: ConformanceContext): Promise<void> {
  const chains: (readonly Uint8Array[])[] = [];
  const judgePeer = (chain: readonly Uint8Array[]): undefined => void chains.push(chain);
  const pair = new Pair(context, { client: { judgePeer } });
  await pair.establish();
  await pair.elapse(100);
  assert.deepStrictEqual(chains, [pair.client.peerCertificates()]);
}

async function judgesVerified(context: ConformanceContext): Promise<void> {
  let judged = 0;
  const judgePeer = (): undefined => void judged++;
  const pair = new Pair(context, { client: { judgePeer }, serverCredentials: context.credentials.foreign });
  const seen = certificatesSeen(pair);
  await pair.until(() => pair.client.isClosed && pair.server.isClosed, "both are closed");
  assert.strictEqual(judged, 0);
  assert.strictEqual(seen(), false, "the server has seen a certificate");
}

/** A packet that is lost is sent again, and each of them could bring the client to speak. */
async function refuses(context: ConformanceContext, options: PairOptions): Promise<void> {
  const pair = new Pair(context, { ...options, client: { judgePeer: () => refusal } });
  const { client } = pair;
  const sent = countsAfter(pair, () => client.isClosed);
  const seen = certificatesSeen(pair);
  await pair.until(() => client.isClosed, "the client has refused the server");
  assert.deepStrictEqual(pair.clientEvents, [refused]);
  assert.strictEqual(client.isEstablished, false);
  assert.strictEqual(client.nextTimeout(context.now()), Infinity);
  pair.server.close(1, "hello?");
  await pair.elapse(1_000);
  client.handleTimeout(context.now());
  client.close(21, "once more");
  client.ping();
  pair.settle();
  assert.strictEqual(sent(), 0, "packets were sent to the refused server");
  assert.strictEqual(seen(), false, "the server has seen a certificate");
  assert.deepStrictEqual(closedEvent(pair.clientEvents), refused);
}

async function tells(context: ConformanceContext, options: PairOptions): Promise<void> {
  const pair = new Pair(context, { ...options, client: { judgePeer: () => ({ ...refusal, alert: ALERT }) } });
  const { client } = pair;
  const seen = certificatesSeen(pair);
  await pair.until(() => client.isClosed, "the client has refused the server");
  assert.deepStrictEqual(pair.clientEvents, [refused]);
  assert.strictEqual(client.isEstablished, false);
  await pair.until(() => pair.server.isClosed, "the server is told");
  assert.deepStrictEqual(pair.serverEvents, [told]);
  assert.strictEqual(seen(), false, "the server has seen a certificate");
  await pair.until(() => client.nextTimeout(context.now()) === Infinity, "the client has forgotten the connection");
  assert.deepStrictEqual(pair.clientEvents, [refused]);
}

async function saysNothing(context: ConformanceContext): Promise<void> {
  const pair = new Pair(context, { client: { judgePeer: () => refusal } });
  const { client } = pair;
  const seen = certificatesSeen(pair);
  const sent = countsAfter(pair, () => client.isClosed);
  beforeEvents(client, () => {
    client.streamSend(0, Uint8Array.of(1), true);
    client.sendDatagram(Uint8Array.of(2));
    client.ping();
  });
  await pair.until(() => client.isClosed, "the client has refused the server");
  await pair.elapse(500);
  assert.strictEqual(sent(), 0);
  assert.strictEqual(seen(), false);
}

async function closesAtOnce(context: ConformanceContext): Promise<void> {
  const pair = new Pair(context);
  const { client } = pair;
  const seen = certificatesSeen(pair);
  beforeEvents(client, () => {
    if (client.isEstablished) client.close(refusal.code, refusal.reason);
  });
  await pair.until(() => client.isClosed, "the client is closed");
  await pair.elapse(500);
  assert.deepStrictEqual(closedEvent(pair.clientEvents), refused);
  assert.strictEqual(seen(), false, "the server has seen a certificate");
}

/** Does something right after each datagram, before the client is asked for packets. */
function beforeEvents(client: QuicConnection, act: () => void): void {
  const handleDatagram = client.handleDatagram.bind(client);
  client.handleDatagram = (...datagram): void => {
    handleDatagram(...datagram);
    act();
  };
}

/** How many packets left for the server since the condition held. */
function countsAfter(pair: Pair, condition: () => boolean): () => number {
  let count = 0;
  pair.filter = (direction: Direction): boolean => {
    if (direction === "to-server" && condition()) count++;
    return true;
  };
  return () => count;
}

/** Whether the server has seen a certificate of the client. */
function certificatesSeen(pair: Pair): () => boolean {
  return () => pair.hasServer && pair.server.peerCertificates() !== undefined;
}
