import assert from "node:assert";
import type { ConformanceCase, ConformanceContext } from "./context.ts";
import { Pair, closedEvent, defaultConfig, pattern } from "./pair.ts";

export const closingCases: readonly ConformanceCase[] = [
  { name: "the client closes: code and reason reach the server", run: (context) => closes(context, "client") },
  { name: "the server closes: code and reason reach the client", run: (context) => closes(context, "server") },
  { name: "a reason of the peer's is shown with all that is in it, and is cut", run: closesWithMischief },
  { name: "close before the handshake", run: closesEarly },
  { name: "the server closes in the middle of the handshake", run: closesInHandshake },
  { name: "a lost CONNECTION_CLOSE is said again to a peer that goes on", run: closesAgain },
  { name: "a peer that goes on after the end is answered ever more seldom", run: closesSeldom },
  {
    name: "a CONNECTION_CLOSE for which the window has no room is sent at once, or when the timer is due",
    run: closesFull,
  },
  { name: "a CONNECTION_CLOSE that nobody took for a second is sent when somebody does", run: closesLate },
  { name: "nothing is heard for the idle timeout", run: idle },
  { name: "a deadline stays where it is until it is due", run: deadline },
  { name: "a packet that asks for an answer has a deadline of its own as soon as it has left", run: ownDeadline },
  { name: "an end whose packets nobody takes does not wake its driver again and again", run: heldBack },
  { name: "a ping is answered, and keeps an idle connection alive", run: ping },
  { name: "no answer at all to a first packet", run: noAnswer },
  { name: "a stateless reset ends the client", run: (context) => statelessReset(context, 8) },
  {
    name: "a stateless reset ends the client, with empty connection IDs",
    run: (context) => statelessReset(context, 0),
  },
  { name: "a reset with another token is ignored", run: wrongReset },
];

/** An end that knows such a round trip answers for more than a second after it has closed. */
const SLOW_MS = 500;

async function closes(context: ConformanceContext, who: "client" | "server"): Promise<void> {
  const pair = new Pair(context);
  await pair.establish();
  pair[who].close(4711, "so it is: ü");
  assert(pair[who].isClosed);
  pair.settle();
  const own = closedEvent(who === "client" ? pair.clientEvents : pair.serverEvents);
  const other = closedEvent(who === "client" ? pair.serverEvents : pair.clientEvents);
  const told = { kind: "closed", isApplication: true, code: 4711, reason: "so it is: ü" };
  assert.deepStrictEqual(own, { ...told, cause: "local" });
  assert.deepStrictEqual(other, { ...told, cause: "peer" });
  const isOver = (): boolean =>
    pair.client.nextTimeout(context.now()) === Infinity && pair.server.nextTimeout(context.now()) === Infinity;
  await pair.until(isOver, "both have drained");
  assert.strictEqual(pair.clientEvents.length + pair.serverEvents.length, 4);
}

/** A peer's reason goes into logs and onto terminals. */
async function closesWithMischief(context: ConformanceContext): Promise<void> {
  const pair = new Pair(context);
  await pair.establish();
  pair.client.close(1, `\u202E\r\nlevel=error \u001B[2J${"x".repeat(300)}`);
  pair.settle();
  const shown = String.raw`\u{202e}\u{d}\u{a}level=error \u{1b}[2J`;
  assert.strictEqual(closedEvent(pair.serverEvents).reason, `${shown.padEnd(199, "x")}…`);
}

async function closesEarly(context: ConformanceContext): Promise<void> {
  const pair = new Pair(context);
  pair.client.close(1, "never mind");
  pair.settle();
  assert.strictEqual(closedEvent(pair.clientEvents).cause, "local");
  assert(!pair.hasServer || !pair.server.isEstablished);
}

/** A reason that an application gives before the handshake is complete could be read by anyone, and is left out. */
async function closesInHandshake(context: ConformanceContext): Promise<void> {
  const pair = new Pair(context);
  let isFirst = true;
  pair.filter = (direction) => {
    if (direction === "to-client" && isFirst) {
      isFirst = false;
      pair.server.close(5, "not you");
    }
    return true;
  };
  await pair.until(() => pair.client.isClosed && pair.server.isClosed, "both are closed");
  const closed = { kind: "closed", cause: "local", isApplication: true, code: 5, reason: "not you" };
  assert.deepStrictEqual(closedEvent(pair.serverEvents), closed);
  const seen = { kind: "closed", cause: "peer", isApplication: false, code: 0x0c, reason: "" };
  assert.deepStrictEqual(closedEvent(pair.clientEvents), seen);
}

async function closesAgain(context: ConformanceContext): Promise<void> {
  const pair = new Pair(context);
  await pair.establish();
  await pair.slowRoundTrip(SLOW_MS);
  pair.filter = () => false;
  pair.server.close(9, "lost");
  pair.settle();
  pair.filter = () => true;
  assert(!pair.client.isClosed);
  assert(pair.server.nextTimeout(context.now()) > context.now() + 1, "it has to stay for a while");
  pair.client.ping();
  pair.settle();
  assert.deepStrictEqual(closedEvent(pair.clientEvents), {
    kind: "closed",
    cause: "peer",
    isApplication: true,
    code: 9,
    reason: "lost",
  });
}

/** An end that answered every packet would be an amplifier: whoever kept its packets could have it send as many. */
async function closesSeldom(context: ConformanceContext): Promise<void> {
  const pair = new Pair(context);
  await pair.establish();
  await pair.slowRoundTrip(SLOW_MS);
  let answers = 0;
  let isEnding = true;
  pair.filter = (direction) => {
    if (direction === "to-client" && !isEnding) answers++;
    return direction === "to-server";
  };
  pair.server.close(9, "lost");
  pair.settle();
  isEnding = false;
  for (let i = 0; i < 64; i++) {
    pair.client.sendDatagram(pattern(100, i));
    pair.bring("to-server");
    pair.bring("to-client");
  }
  // The 1st, 2nd, 4th … 64th, and one more if a packet of the client held no datagram.
  assert(answers >= 1 && answers <= 8, `${answers} answers`);
}

async function closesFull(context: ConformanceContext): Promise<void> {
  const pair = new Pair(context);
  await pair.establish();
  pair.filter = () => false;
  pair.client.streamSend(0, pattern(200_000), false);
  pair.settle();
  // From here on nothing is lost: an engine may send the end at once, or when its timer lets it.
  pair.filter = () => true;
  pair.client.close(9, "enough");
  await pair.until(() => pair.server.isClosed, "the server has heard of the end", 2_000);
  const closed = { kind: "closed", cause: "peer", isApplication: true, code: 9, reason: "enough" };
  assert.deepStrictEqual(closedEvent(pair.serverEvents), closed);
}

async function closesLate(context: ConformanceContext): Promise<void> {
  const pair = new Pair(context);
  await pair.establish();
  pair.client.close(9, "at last");
  await pair.holdBack(1_000);
  pair.settle();
  const closed = { kind: "closed", cause: "peer", isApplication: true, code: 9, reason: "at last" };
  assert.deepStrictEqual(closedEvent(pair.serverEvents), closed);
}

async function idle(context: ConformanceContext): Promise<void> {
  const pair = new Pair(context, { client: { idleTimeoutMs: 300 }, server: { idleTimeoutMs: 300 } });
  await pair.establish();
  pair.filter = () => false;
  await pair.until(() => pair.client.isClosed && pair.server.isClosed, "both are closed", 2000);
  for (const events of [pair.clientEvents, pair.serverEvents]) {
    assert.strictEqual(closedEvent(events).cause, "idle");
  }
  assert.strictEqual(pair.client.nextTimeout(context.now()), Infinity);
}

async function deadline(context: ConformanceContext): Promise<void> {
  const pair = new Pair(context, { client: { idleTimeoutMs: 200 } });
  await pair.establish();
  pair.settle();
  const start = context.now();
  const due = pair.client.nextTimeout(start);
  // An idle timeout lasts three probe timeouts at least (RFC 9000, 10.1): more than 200 ms where the handshake was slow.
  assert(due > start && due < start + defaultConfig.idleTimeoutMs, `${due - start} ms`);
  await context.sleep(100);
  assert.strictEqual(pair.client.nextTimeout(context.now()), due);
  await context.sleep(due - context.now() + 1);
  assert(pair.client.nextTimeout(context.now()) <= context.now());
  // Acknowledgements may have been due before the idle timeout.
  for (let i = 0; i < 100 && !pair.client.isClosed; i++) {
    pair.client.handleTimeout(context.now());
    pair.settle();
    await context.sleep(Math.max(0, Math.min(20, pair.client.nextTimeout(context.now()) - context.now())));
  }
  assert.strictEqual(closedEvent(pair.clientEvents).cause, "idle");
}

async function ownDeadline(context: ConformanceContext): Promise<void> {
  const pair = new Pair(context);
  await pair.establish();
  pair.settle();
  const quiet = pair.client.nextTimeout(context.now());
  pair.filter = () => false;
  pair.client.ping();
  pair.bring("to-server");
  assert(pair.client.nextTimeout(context.now()) < quiet - 1000);
}

/** Its link is full, or gone: who has the packets taken then knows when it is not. */
async function heldBack(context: ConformanceContext): Promise<void> {
  const pair = new Pair(context);
  await pair.establish();
  pair.settle();
  pair.client.sendDatagram(pattern(10));
  pair.bring("to-server");
  const wakes = await pair.holdBack(1000);
  // The acknowledgement at one end, probe timeouts that double at the other.
  assert(wakes < 30, `${wakes} times in a second`);
  let isAcknowledged = false;
  pair.filter = (direction) => (isAcknowledged ||= direction === "to-client") || true;
  pair.bring("to-client");
  assert(isAcknowledged);
}

async function ping(context: ConformanceContext): Promise<void> {
  const pair = new Pair(context, { client: { idleTimeoutMs: 1_500 }, server: { idleTimeoutMs: 1_500 } });
  await pair.establish();
  for (let i = 0; i < 6; i++) {
    const before = pair.client.authenticatedPackets();
    pair.client.ping();
    pair.settle();
    assert(pair.client.authenticatedPackets() > before, "no answer");
    await pair.elapse(300);
  }
  assert(!pair.client.isClosed && !pair.server.isClosed);
}

async function noAnswer(context: ConformanceContext): Promise<void> {
  const pair = new Pair(context, { client: { idleTimeoutMs: 300 } });
  pair.filter = () => false;
  // The wait is at least three times the first guess of a round trip (RFC 9000, 10.1).
  await pair.until(() => pair.client.isClosed, "the client gives up", 8000);
  assert.strictEqual(closedEvent(pair.clientEvents).cause, "idle");
}

async function statelessReset(context: ConformanceContext, idLength: number): Promise<void> {
  const pair = new Pair(context, { idLength, server: { statelessResetToken: pattern(16, 5) } });
  await pair.establish();
  const newest = pair.client.newestPacket;
  assert(newest >= 0, "the server was not heard");
  pair.forgetServer();
  pair.client.sendDatagram(pattern(100));
  pair.settle();
  assert.strictEqual(pair.client.newestPacket, newest, "a reset is no packet of the connection's");
  assert.deepStrictEqual(closedEvent(pair.clientEvents), {
    kind: "closed",
    cause: "reset",
    isApplication: false,
    code: 0,
    reason: "",
  });
  assert.strictEqual(pair.client.nextTimeout(context.now()), Infinity);
}

async function wrongReset(context: ConformanceContext): Promise<void> {
  const pair = new Pair(context, { server: { statelessResetToken: pattern(16, 5) } });
  await pair.establish();
  const out = new Uint8Array(100);
  const length = context.engine.writeStatelessReset(pattern(16, 6), 100, out);
  pair.inject("to-client", out.subarray(0, length));
  pair.settle();
  assert(!pair.client.isClosed);
  assert.strictEqual(context.engine.writeStatelessReset(pattern(16, 6), 21, out), 0);
}
