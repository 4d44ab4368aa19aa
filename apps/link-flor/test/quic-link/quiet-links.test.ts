/** Links whose ends have agreed to be quiet, in virtual time. */
import { beforeEach, describe, expect, test } from "vitest";
import { Identities } from "./identities.ts";
import {
  addressA,
  addressB,
  areUp,
  type Pair,
  RealWire,
  startPair,
  Station,
  type StationOptions,
  Wire,
} from "./wire.ts";

const quietSeconds = 25;
const quietMs = 1_000 * quietSeconds;
const deadAfterMs = 1_000;

let ids: Identities;
let wire: Wire;
beforeEach(() => {
  ids = new Identities();
  wire = new Wire();
  wire.turnMs = 5;
});

/** A pair that is up, and has done what it does at the beginning. */
async function settled(options: StationOptions = { quietSeconds }): Promise<Pair> {
  const pair = startPair(wire, ids, options);
  await wire.until("up", areUp(pair));
  await wire.run(2_000);
  wire.seen.length = 0;
  return pair;
}

const quietOf = ({ endpoint }: Station): number | undefined => [...endpoint.links.rows(wire.now)][0]?.quietMs;

describe("a quiet link", () => {
  test("is agreed upon by what the originator says", async () => {
    const a = new Station(wire, addressA, ids.issue("a"), { quietSeconds });
    const b = new Station(wire, addressB, ids.issue("b"), { quietSeconds: 60 });
    b.want("a", "acceptor");
    a.want("b", "originator", addressB);
    await wire.until("up", areUp({ a, b }));
    expect([quietOf(a), quietOf(b)]).toEqual([quietMs, quietMs]);
  });

  test.each([
    ["less than was asked for", 5, "up", 5_000],
    ["nothing, as an older one", 0, "up", 0],
    ["more than was asked for", 26, "refused", 0],
  ])("an acceptor that answers %s", async (_what, answered, state, expected) => {
    const a = new Station(wire, addressA, ids.issue("a"), { quietSeconds });
    const b = new Station(wire, addressB, ids.issue("b"));
    const { links } = b.endpoint;
    const hold = links.hold.bind(links);
    links.hold = (slot, event, now) => {
      Object.assign(event.hello, { quietSeconds: answered });
      return hold(slot, event, now);
    };
    b.want("a", "acceptor");
    a.want("b", "originator", addressB);
    await wire.until(state, () => a.status("b")?.state === state);
    expect(quietOf(a)).toBe(expected);
    expect(a.status("b")?.code).toBe(state === "up" ? "" : "PROTOCOL_ERROR");
  });

  test("stays up for ten minutes, with a question and an answer each pause", async () => {
    const { a, b } = await settled();
    await wire.run(600_000);
    expect([a.history.at(-1), b.history.at(-1)]).toEqual(["b/0 up", "a/0 up"]);
    const byA = wire.seen.filter(({ from }) => from === addressA).length;
    expect(byA).toBeGreaterThanOrEqual(23);
    expect(byA).toBeLessThanOrEqual(26);
    expect(wire.seen.length).toBeLessThanOrEqual(2 * 26);
  });

  test("a link that is not quiet has many more packets in that time", async () => {
    await settled({});
    await wire.run(quietMs);
    expect(wire.seen.length).toBeGreaterThan(100);
  });

  test.each([
    ["originator", ({ a }: Pair) => [a, "b"] as const],
    ["acceptor", ({ b }: Pair) => [b, "a"] as const],
  ])("finds a dead peer within dead-after of the first packet of its %s", async (_what, of) => {
    const pair = await settled();
    const [own, peer] = of(pair);
    wire.lose = () => true;
    await wire.run(5_000);
    expect(own.status(peer)?.state).toBe("up");
    own.send(peer, Uint8Array.of(1));
    const ms = await wire.until("down", () => own.status(peer)?.state === "down");
    expect(own.status(peer)?.code).toBe("SILENT");
    expect(ms).toBeLessThanOrEqual(deadAfterMs + 2 * wire.turnMs);
  });

  test("a path that is cut while nobody sends is noticed at both ends within the pause and dead-after", async () => {
    const { a, b } = await settled();
    wire.lose = () => true;
    const areDown = (): boolean => a.status("b")?.state === "down" && b.status("a")?.state === "down";
    const ms = await wire.until("down", areDown, 2 * quietMs);
    expect(ms).toBeLessThanOrEqual(quietMs + deadAfterMs + 10 * wire.turnMs);
    expect(ms).toBeGreaterThan(quietMs - 3_000);
  });

  test("carries packets both ways after each pause, and loses none", async () => {
    const { a, b } = await settled();
    for (let round = 1; round <= 5; round++) {
      await wire.run(round * 7_000);
      a.send("b", Uint8Array.of(round));
      b.send("a", Uint8Array.of(100 + round));
      await wire.until("both", () => a.received.length === round && b.received.length === round);
    }
    expect([...a.received, ...b.received].map(({ packet }) => packet[0])).toEqual([
      101, 102, 103, 104, 105, 1, 2, 3, 4, 5,
    ]);
    expect([a.history.length, b.history.length]).toEqual([2, 2]);
  });

  test("measures its path again only once much is sent", async () => {
    const { a } = await settled();
    const large = (): number => wire.seen.filter(({ bytes }) => bytes.length > 1_000).length;
    await wire.run(180_000);
    expect(wire.seen.length).toBeLessThan(40);
    // A word each 10 s, as of a phone that nobody uses.
    for (let i = 0; i < 30; i++) {
      a.send("b", Uint8Array.of(i));
      await wire.run(10_000);
    }
    expect(large()).toBe(0);
    for (let i = 0; i < 700; i++) {
      a.send("b", Uint8Array.of(i));
      await wire.run(100);
    }
    expect(large(), "pieces of a full probe and of its answer").toBeGreaterThanOrEqual(24);
  });
});

test("a quiet link rests over quiche, too", async () => {
  wire = new RealWire();
  const pair = startPair(wire, ids, { quietSeconds: 5 });
  await wire.until("up", areUp(pair));
  await wire.run(1_000);
  wire.seen.length = 0;
  await wire.run(3_000);
  expect(wire.seen.length).toBeLessThanOrEqual(2);
  pair.a.send("b", Uint8Array.of(7));
  await wire.until("it is there", () => pair.b.received.length === 1);
  await wire.run(3_000);
  expect(wire.seen.length).toBeLessThanOrEqual(8);
  expect([pair.a.history.length, pair.b.history.length]).toEqual([2, 2]);
}, 30_000);
