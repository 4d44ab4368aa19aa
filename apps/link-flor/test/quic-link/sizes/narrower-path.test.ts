import { randomBytes } from "node:crypto";
import { Random } from "@florenetes/simkit";
import { beforeEach, describe, expect, test } from "vitest";
import { RAISE_AFTER_MS, RENEWAL_PAUSE_MS } from "../../../src/quic-link/limits.ts";
import { Identities } from "../identities.ts";
import { addressA, addressB, areUp, type Datagram, type Pair, Station, Wire } from "../wire.ts";

let ids: Identities;
let wire: Wire;
beforeEach(() => {
  ids = new Identities();
  wire = new Wire();
});

function pair(payloadMax: number): Pair {
  const a = new Station(wire, addressA, ids.issue("a"), { payloadMax });
  const b = new Station(wire, addressB, ids.issue("b"), { payloadMax });
  b.want("a", "acceptor");
  a.want("b", "originator", addressB);
  return { a, b };
}

const rowOf = ({ endpoint }: Station) => endpoint.links.rows(wire.now)[0]!;

describe("a link whose path becomes narrower while it is up", () => {
  async function up(payloadMax = 1_452): Promise<Pair> {
    const both = pair(payloadMax);
    await wire.until("up", areUp(both));
    // A session carries its link for this time at least.
    await wire.run(RENEWAL_PAUSE_MS);
    return both;
  }

  /** Sends packets both ways until both ends have this UDP payload. */
  async function carryUntil({ a, b }: Pair, payload: number): Promise<void> {
    const exchange = async (): Promise<void> => {
      for (const size of [1_400, 100]) {
        a.send("b", randomBytes(size));
        b.send("a", randomBytes(size));
      }
      await wire.run(20);
    };
    const isSettled = (): boolean => [a, b].every((station) => rowOf(station).udpPayload === payload);
    for (let tries = 0; tries < 500 && !isSettled(); tries++) await exchange();
    expect([a, b].map((station) => rowOf(station).udpPayload)).toEqual([payload, payload]);
    const large = (station: Station): number => station.received.filter(({ packet }) => packet.length === 1_400).length;
    const before = [a, b].map(large);
    for (let tries = 0; tries < 10; tries++) await exchange();
    await wire.until("packets", () => large(a) >= before[0]! + 5 && large(b) >= before[1]! + 5);
  }

  test.each([
    ["both ways", () => true, 1_400, 1_392],
    ["towards its acceptor alone", ({ to }: Datagram) => to === addressB, 1_391, 1_313],
    ["towards its originator alone", ({ to }: Datagram) => to === addressA, 1_200, 1_200],
  ])("%s is renewed with a smaller payload, and stays up", async (_where, isNarrow, payloadMax, payload) => {
    const both = await up();
    wire.lose = (datagram) => isNarrow(datagram) && datagram.bytes.length > payloadMax;
    await carryUntil(both, payload);
    for (const station of [both.a, both.b]) expect(station.history.join()).not.toMatch(/down|refused/);
  });

  test("from jumbo frames to less than Ethernet has is renewed twice, and stays up", async () => {
    const both = await up(8_952);
    wire.lose = ({ bytes }) => bytes.length > 1_400;
    await carryUntil(both, 1_392);
    for (const station of [both.a, both.b]) expect(station.history.join()).not.toMatch(/down|refused/);
  });

  test.each([1_452, 8_952])("looks again for %i bytes after a while, and ever more rarely", async (payload) => {
    const both = await up(payload);
    const sessions = ({ history }: Station): number => history.filter((state) => state.endsWith(" up")).length;
    wire.lose = ({ bytes }) => bytes.length > 1_200;
    await carryUntil(both, 1_200);
    const before = sessions(both.a);
    wire.turnMs = 20;
    await wire.run(RAISE_AFTER_MS - 10_000);
    expect(sessions(both.a)).toBe(before);
    // A larger size is tried after the first and the third minute; the next time is after the seventh.
    await wire.run(3 * RAISE_AFTER_MS);
    expect([sessions(both.a), rowOf(both.a).udpPayload]).toEqual([before + 2, 1_200]);
    wire.lose = () => false;
    await wire.run(4 * RAISE_AFTER_MS);
    expect([both.a, both.b].map((station) => rowOf(station).udpPayload)).toEqual([payload, payload]);
    expect(sessions(both.a)).toBe(before + 3);
    for (const station of [both.a, both.b]) expect(station.history.join()).not.toMatch(/down|refused/);
  });

  test("is not taken for one that loses a third of all packets, each way, whatever their size", async () => {
    const random = new Random(5);
    const both = await up();
    const [renewedA, renewedB] = [both.a.history.length, both.b.history.length];
    wire.lose = () => random.chance(0.33);
    for (let i = 0; i < 300; i++) {
      both.a.send("b", randomBytes(1_400));
      both.b.send("a", randomBytes(1_400));
      await wire.run(20);
    }
    expect([both.a.history.length, both.b.history.length]).toEqual([renewedA, renewedB]);
  });
});
