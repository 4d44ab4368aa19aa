/** A link that has worked, and whose acceptor is away for a while: in virtual time, in which every moment of its return can be tried. */
import { Random } from "@florenetes/simkit";
import { beforeEach, describe, expect, test } from "vitest";
import { ATTEMPT_CALL_INTERVAL_MS, ATTEMPT_CALLS_FOR_MS, UDP_PAYLOAD_MIN } from "../../src/quic-link/limits.ts";
import { Identities } from "./identities.ts";
import { addressA, addressB, areUp, startPair, Station, Wire } from "./wire.ts";

/** The time after which a link that is up counts as working. */
const WORKS_MS = 10_500;

let ids: Identities;
let wire: Wire;
beforeEach(() => {
  ids = new Identities();
  wire = new Wire();
});

/** a, whose neighbour b has just died; and b's next life. */
async function bereaved(): Promise<{ a: Station; revive: (options?: { isWanted: boolean }) => Station }> {
  const identity = ids.issue("b");
  const a = new Station(wire, addressA, ids.issue("a"));
  const b = new Station(wire, addressB, identity);
  b.want("a", "acceptor");
  a.want("b", "originator", addressB);
  await wire.until("up", areUp({ a, b }));
  await wire.run(WORKS_MS);
  wire.remove(b);
  await wire.until("down", () => a.status("b")?.state === "down");
  wire.seen.length = 0;
  const revive = ({ isWanted } = { isWanted: true }): Station => {
    const next = new Station(wire, addressB, identity);
    if (isWanted) next.want("a", "acceptor");
    return next;
  };
  return { a, revive };
}

describe("a neighbour that comes back", () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])("at any time within 10 s is found at once: seed %i", async (seed) => {
    const random = new Random(seed);
    wire.delayMs = random.between(0, 20);
    const { a, revive } = await bereaved();
    await wire.run(random.between(100, ATTEMPT_CALLS_FOR_MS - 1_000));
    const b = revive();
    // The round trips from the call on: a Retry, the handshake, the hello, and the first probe.
    const roundTrips = 8;
    const ms = await wire.until("up", areUp({ a, b }));
    expect(ms).toBeLessThanOrEqual(ATTEMPT_CALL_INTERVAL_MS + roundTrips * 2 * Math.max(1, wire.delayMs));
  });

  test("is asked again as soon while its cluster vertex does not want the link yet", async () => {
    const { a, revive } = await bereaved();
    await wire.run(2_000);
    const b = revive({ isWanted: false });
    await wire.until("refused", () => a.status("b")?.code === "NOT_WANTED");
    await wire.run(300);
    b.want("a", "acceptor");
    expect(await wire.until("up", areUp({ a, b }))).toBeLessThanOrEqual(ATTEMPT_CALL_INTERVAL_MS + 50);
  });
});

describe("a neighbour that stays away", () => {
  test("is sent a datagram each 100 ms for 10 s, and fewer afterwards", async () => {
    const { a } = await bereaved();
    const sentWithin = async (ms: number): Promise<number> => {
      wire.seen.length = 0;
      await wire.run(ms);
      return wire.seen.length;
    };
    const perSecond = 1_000 / ATTEMPT_CALL_INTERVAL_MS;
    // Calls of attempts come beside the link's own calls, and the engine repeats calls that were not answered.
    const calls = await sentWithin(ATTEMPT_CALLS_FOR_MS);
    expect(calls).toBeGreaterThanOrEqual((ATTEMPT_CALLS_FOR_MS / 1_000) * perSecond - 1);
    expect(calls).toBeLessThan(2 * (ATTEMPT_CALLS_FOR_MS / 1_000) * perSecond);
    expect(await sentWithin(10_000)).toBeLessThan(calls / 2);
    expect(a.status("b")?.code).toBe("NO_ANSWER");
  });

  test("is not called by an attempt that it has answered", async () => {
    const { revive } = await bereaved();
    await wire.run(500);
    const b = revive();
    wire.seen.length = 0;
    // The peer's answer has come, and nothing of ours reaches the peer afterwards.
    await wire.until("an answer", () => wire.seen.some(({ from, bytes }) => from === addressB && isHandshake(bytes)));
    wire.remove(b);
    wire.seen.length = 0;
    await wire.run(400);
    const calls = wire.seen.filter(({ bytes }) => bytes.length === UDP_PAYLOAD_MIN && isInitial(bytes));
    expect(calls).toEqual([]);
  });
});

test("a link that comes up is not called any more, nor is one that is renewed", async () => {
  const { a, b } = startPair(wire, ids, { renewal: { afterMs: 2_000 } });
  await wire.until("up", areUp({ a, b }));
  await wire.run(1_000);
  wire.seen.length = 0;
  wire.lose = ({ bytes }) => isInitial(bytes);
  await wire.run(3_000);
  const attempts = a.endpoint.links.rows(wire.now)[0]!.attempts;
  // Each attempt at a fresh session sends its own first datagrams, which the engine repeats after a second or so.
  expect(wire.seen.filter(({ bytes }) => isInitial(bytes)).length).toBeLessThanOrEqual(3 * attempts);
});

function isInitial(bytes: Uint8Array): boolean {
  return (bytes[0]! & 0xf0) === 0xc0;
}

function isHandshake(bytes: Uint8Array): boolean {
  return (bytes[0]! & 0xf0) === 0xe0 || isInitial(bytes);
}
