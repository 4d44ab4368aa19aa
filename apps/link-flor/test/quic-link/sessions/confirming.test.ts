/**
 * An originator that does not know that its acceptor has gone over to a newer session: UP was lost, since a NAT has given the originator
 * another port meanwhile. In virtual time.
 */
import { Random, runs } from "@florenetes/simkit";
import { beforeEach, describe, expect, test } from "vitest";
import { CONFIRM_INTERVAL_MS, CONNECTION_ID_LENGTH, DRAIN_MS } from "../../../src/quic-link/limits.ts";
import { Identities } from "../identities.ts";
import { addressA, addressB, type Datagram, type Pair, startPair, Wire } from "../wire.ts";

const addressAfterMove = "10.0.0.1:2001";
/** The least length of a datagram with UP: shorter ones of the acceptor only say what it has received. */
const UP_MIN = 45;
/** The delay in each direction: so long that a second attempt begins before the first is answered. */
const delayMs = 70;
/** The time until the originator knows: its next call, a probe and the answer, a PING, whose acknowledgement says that UP was lost, and UP again. */
const foundMs = CONFIRM_INTERVAL_MS + 7 * delayMs;

let ids: Identities;
let wire: Wire;
beforeEach(() => {
  ids = new Identities();
  wire = new Wire();
  wire.delayMs = delayMs;
});

/** A link whose originator is up in its first attempt, and gets another port when its acceptor has just said UP in the second. */
async function moved(): Promise<Pair> {
  const pair = startPair(wire, ids, { deadAfterMs: 10_000 });
  await wire.until("a is up once, and b twice", () => ups(pair.a) === 1 && ups(pair.b) === 2);
  pair.a.address = addressAfterMove;
  return pair;
}

const ups = ({ history }: Pair["a"]): number => history.filter((line) => line.endsWith(" up")).length;
const isToFormer = ({ to }: Datagram): boolean => to === addressA;
const receiverOf = ({ bytes }: Datagram): string => String(bytes.subarray(1, 1 + CONNECTION_ID_LENGTH));

/** Runs until the originator uses the second session, too; returns the milliseconds. Nothing else happens to the link. */
async function untilNewer({ a, b }: Pair): Promise<number> {
  let ms = 0;
  // The packets tell the acceptor where the first session's originator is.
  for (; ups(a) < 2 && ms < 9_000; ms += 10) {
    a.send("b", new Uint8Array(100));
    await wire.run(10);
  }
  await wire.run(2 * DRAIN_MS);
  expect(a.history).toEqual(["b/0 connecting", "b/0 up", "b/0 up"]);
  expect(b.history).toEqual(["a/0 connecting", "a/0 up", "a/0 up"]);
  return ms;
}

describe("an originator that waits for UP", () => {
  test("is found at once when it moves again, though its READY was acknowledged", async () => {
    const pair = await moved();
    const second = receiverOf(wire.seen.findLast(({ from }) => from === addressB)!);
    const isUp = (datagram: Datagram): boolean => receiverOf(datagram) === second && datagram.bytes.length >= UP_MIN;
    wire.lose = (datagram) => isToFormer(datagram) || isUp(datagram);
    await wire.run(2_000);
    pair.a.address = "10.0.0.1:2002";
    wire.lose = () => false;
    expect(await untilNewer(pair)).toBeLessThanOrEqual(foundMs);
  });

  test.each([1_500, 3_000, 5_000])("is found at once after nothing has come through for %i ms", async (lostMs) => {
    const pair = await moved();
    const since = wire.now;
    wire.lose = (datagram) => isToFormer(datagram) || wire.now < since + lostMs;
    expect(await untilNewer(pair)).toBeLessThanOrEqual(lostMs + foundMs);
  });

  test("says where it is ten times a second", async () => {
    await moved();
    wire.lose = ({ from }) => from === addressB;
    wire.seen.length = 0;
    await wire.run(50 * CONFIRM_INTERVAL_MS);
    const sent = wire.seen.filter(({ from }) => from === addressAfterMove).length;
    expect(sent).toBeGreaterThanOrEqual(49);
    // The engine repeats packets that are not acknowledged.
    expect(sent).toBeLessThan(100);
  });

  test.each(Array.from({ length: runs(8, 3) }, (_, seed) => seed))(
    "comes up whatever is lost within a second (seed %i)",
    async (seed) => {
      const random = new Random(seed);
      const pair = await moved();
      const since = wire.now;
      wire.lose = (datagram) => isToFormer(datagram) || (wire.now < since + 1_000 && random.chance(0.5));
      expect(await untilNewer(pair)).toBeLessThan(5_000);
    },
  );
});
