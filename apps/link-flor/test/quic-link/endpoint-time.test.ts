/** Links while time passes and nothing answers: in virtual time, where waiting costs nothing. */
import { beforeEach, describe, expect, test } from "vitest";
import { reasons, verdict } from "../../src/quic-link/reasons.ts";
import { Identities } from "./identities.ts";
import {
  addressA,
  addressB,
  areUp,
  type Datagram,
  type Pair,
  RealWire,
  startPair,
  Station,
  type StationOptions,
  Wire,
} from "./wire.ts";

/** Packets each way: a link that was to be renewed after 300 packets would be renewed more than once. */
const MANY = 700;

let ids: Identities;
let wire: Wire;
beforeEach(() => {
  ids = new Identities();
  wire = new Wire();
});

const pair = (options: StationOptions = {}): Pair => startPair(wire, ids, options);

const attemptsOf = ({ endpoint }: Station): number => endpoint.links.rows(wire.now)[0]!.attempts;

const isLongHeader = ({ bytes }: Datagram): boolean => (bytes[0]! & 0x80) !== 0;

describe("a link", () => {
  test("comes up over a path of 100 ms by the attempts that were made before the first answer", async () => {
    wire.delayMs = 50;
    const { a, b } = pair();
    await wire.until("up", areUp({ a, b }));
    await wire.run(1_000);
    expect(attemptsOf(a)).toBeLessThanOrEqual(3);
  });

  test.each([
    ["time", { afterMs: 600 }, Wire],
    ["packets", { afterPackets: 300 }, Wire],
    ["packets, over quiche", { afterPackets: 300 }, RealWire],
  ])(
    "lives through the renewal of its connection after some %s, without losing a packet",
    async (_what, renewal, SomeWire) => {
      wire = new SomeWire();
      const { a, b } = pair({ renewal });
      await wire.until("up", areUp({ a, b }));
      const sessions = new Set<number>();
      let sent = 0;
      while (sessions.size < 2 || sent < MANY) {
        expect(sent, "no second session").toBeLessThan(10 * MANY);
        sessions.add(a.status("b")!.handle);
        a.send("b", new Uint8Array([sent >> 8, sent & 0xff]));
        b.send("a", new Uint8Array([sent >> 8, sent & 0xff]));
        sent++;
        await wire.run(2);
      }
      await wire.run(50);
      const numbers = (station: Station): number[] =>
        station.received.map(({ packet }) => (packet[0]! << 8) | packet[1]!);
      for (const station of [a, b]) {
        expect(numbers(station).toSorted((x, y) => x - y)).toEqual(Array.from({ length: sent }, (_, i) => i));
      }
      expect(new Set([...a.history, ...b.history])).toEqual(
        new Set(["b/0 connecting", "b/0 up", "a/0 connecting", "a/0 up"]),
      );
    },
  );
});

describe("the size that a link prefers", () => {
  test("stays through renewals of its connection in which no packet of many pieces gets through", async () => {
    const { a, b } = pair({ renewal: { afterMs: 600 } });
    await wire.until("up", areUp({ a, b }));
    await wire.until("4096", () => [a.status("b"), b.status("a")].every((status) => status?.preferredMtu === 4_096));
    // Only pieces come near the largest payload, which a base probe fills: the first piece of each packet is lost.
    let isPiece = false;
    wire.lose = ({ bytes }) => {
      const wasPiece = isPiece;
      isPiece = bytes.length > 1_300 && bytes.length < 1_452;
      return isPiece && !wasPiece;
    };
    const [sizes, handles] = [new Set<number>(), new Set<number>()];
    for (let ms = 0; ms < 3_000; ms++) {
      await wire.run(1);
      for (const status of [a.status("b"), b.status("a")]) if (status?.state === "up") sizes.add(status.preferredMtu);
      handles.add(a.status("b")!.handle);
    }
    expect(handles.size).toBeGreaterThan(2);
    expect([...sizes]).toEqual([4_096]);
  });
});

describe("an attempt", () => {
  test("is refused as ROLE_CONFLICT at both ends when both originate, which leave it at that", async () => {
    const a = new Station(wire, addressA, ids.issue("a"));
    const b = new Station(wire, addressB, ids.issue("b"));
    a.want("b", "originator", addressB);
    b.want("a", "originator", addressA);
    await wire.until(
      "refused",
      () => a.status("b")?.code === "ROLE_CONFLICT" && b.status("a")?.code === "ROLE_CONFLICT",
    );
    const attempts = [a, b].map(attemptsOf);
    await wire.run(1_500);
    expect([a, b].map(attemptsOf)).toEqual(attempts);
    expect([a, b].map(({ history }) => history.length)).toEqual([2, 2]);
    b.endpoint.links.unwant({ peer: "a", tag: "0" }, verdict(reasons.closed), wire.now);
    b.want("a", "acceptor");
    await wire.run(500);
    expect(a.status("b")?.state).toBe("refused");
  });

  test("is made by nobody when both accept", async () => {
    const a = new Station(wire, addressA, ids.issue("a"));
    const b = new Station(wire, addressB, ids.issue("b"));
    a.want("b", "acceptor");
    b.want("a", "acceptor");
    await wire.run(10_000);
    expect(wire.seen).toEqual([]);
  });

  test("is never refused, but its link is down as NO_ANSWER, when nothing answers", async () => {
    const a = new Station(wire, addressA, ids.issue("a"));
    a.want("b", "originator", "10.9.9.9:9");
    const ms = await wire.until("down", () => a.status("b")?.state === "down");
    expect(a.status("b")?.code).toBe("NO_ANSWER");
    expect(ms).toBeGreaterThan(2_500);
  });
});

describe("a silent end", () => {
  test("is dead after deadAfterMs, with three pings in between", async () => {
    const { a, b } = pair({ deadAfterMs: 400 });
    await wire.until("up", areUp({ a, b }));
    await wire.run(50);
    wire.remove(b);
    wire.seen.length = 0;
    const ms = await wire.until("down", () => a.status("b")?.state === "down");
    expect(a.status("b")?.code).toBe("SILENT");
    expect(ms).toBeGreaterThan(300);
    expect(ms).toBeLessThan(600);
    expect(wire.seen.filter((datagram) => !isLongHeader(datagram)).length).toBeGreaterThanOrEqual(3);
  });

  test("that was killed and stays away is missed after a second, and found within one of its return", async () => {
    const identity = ids.issue("b");
    const a = new Station(wire, addressA, ids.issue("a"));
    const killed = new Station(wire, addressB, identity);
    killed.want("a", "acceptor");
    a.want("b", "originator", addressB);
    await wire.until("up", areUp({ a, b: killed }));
    wire.remove(killed);
    const ms = await wire.until("down", () => a.status("b")?.state === "down");
    expect(ms).toBeGreaterThan(700);
    expect(ms).toBeLessThan(1_100);
    expect(a.status("b")?.code).toBe("SILENT");
    await wire.run(1_500);
    const b = new Station(wire, addressB, identity);
    b.want("a", "acceptor");
    expect(await wire.until("up", areUp({ a, b }))).toBeLessThan(1_000);
  });

  test("is each of both when the path is cut: they say so after a second, and the link is back within one", async () => {
    const { a, b } = pair();
    await wire.until("up", areUp({ a, b }));
    wire.lose = () => true;
    const isDown = (): boolean => a.status("b")?.state === "down" && b.status("a")?.state === "down";
    expect(await wire.until("down", isDown)).toBeLessThan(1_100);
    expect([a.status("b")?.code, b.status("a")?.code]).toEqual(["SILENT", "SILENT"]);
    wire.lose = () => false;
    expect(await wire.until("up", areUp({ a, b }))).toBeLessThan(1_000);
  });

  test("is not one that is only idle", async () => {
    const { a, b } = pair({ deadAfterMs: 200 });
    await wire.until("up", areUp({ a, b }));
    await wire.run(1_500);
    expect(a.history).toEqual(["b/0 connecting", "b/0 up"]);
    expect(b.history).toEqual(["a/0 connecting", "a/0 up"]);
  });
});
