/** Certificates end while their link is up: the link ends with them, at both ends, unless a newer session has taken over. */
import { beforeEach, describe, expect, test } from "vitest";
import { Identities } from "../identities.ts";
import { withTraffic } from "../traffic.ts";
import { addressA, addressB, areUp, type Pair, Station, type StationOptions, Wire } from "../wire.ts";

let ids: Identities;
let wire: Wire;
beforeEach(() => {
  ids = new Identities();
  wire = new Wire();
});

const yearMs = 365 * 86_400_000;
type Who = "a" | "b";
const other = { a: "b", b: "a" } as const;

interface Wish extends StationOptions {
  /** The end whose certificate ends soon. */
  readonly who: Who;
  readonly lastsMs?: number;
}

/** A link from a to b that is up at both ends; one of the certificates ends in some hours. */
async function startLinked({ who, lastsMs = 7_200_000, ...options }: Wish): Promise<Pair> {
  const short = { lastsMs };
  const a = new Station(wire, addressA, ids.issue("a", who === "a" ? short : {}), options);
  const b = new Station(wire, addressB, ids.issue("b", who === "b" ? short : {}), options);
  b.want("a", "acceptor");
  a.want("b", "originator", addressB);
  await wire.until("up", areUp({ a, b }));
  return { a, b };
}

const stateOf = (station: Station, peer: string): string => {
  const { state, code } = station.status(peer)!;
  return `${state} ${code}`.trimEnd();
};
const isDown = (pair: Pair): boolean => pair.a.history.length > 2 && pair.b.history.length > 2;

describe.each(["a", "b"] as const)("when the certificate of %s ends", (who) => {
  test.each(["a", "b"] as const)("its link ends at both ends, though %s alone looks at its clock", async (judge) => {
    const pair = await startLinked({ who });
    pair[judge].clockOffMs = 7_200_000;
    await wire.until("down", () => isDown(pair));
    const isOwn = judge === who;
    expect(pair[judge].history[2]).toBe(`${other[judge]}/0 ${isOwn ? "refused" : "down"} EXPIRED`);
    expect(pair[other[judge]].history[2]).toBe(`${judge}/0 down EXPIRED`);
  });

  test("the grace of both ends is waited for, by the clock that does not leap", async () => {
    const pair = await startLinked({ who, expiryGraceMs: 3_000 });
    const leaptAt = wire.now;
    for (const station of [pair.a, pair.b]) station.clockOffMs = yearMs;
    await withTraffic(wire, pair, 2_000, () => undefined);
    await wire.until("down", () => isDown(pair));
    expect(wire.now - leaptAt).toBeGreaterThanOrEqual(3_000);
    for (const station of [pair.a, pair.b]) expect(station.history[2]).toMatch(/EXPIRED/);
  });

  test("a link that was renewed before does not notice", async () => {
    const pair = await startLinked({ who });
    pair[who].renew(ids.issue(who));
    await wire.until("renewed", () => pair.a.endpoint.handshakes["up"] === 2 && areUp(pair)());
    await withTraffic(wire, pair, 2_500, () => {
      for (const station of [pair.a, pair.b]) station.clockOffMs = 7_200_000;
    });
    expect([pair.a.history, pair.b.history]).toEqual([
      ["b/0 connecting", "b/0 up", "b/0 up"],
      ["a/0 connecting", "a/0 up", "a/0 up"],
    ]);
  });

  test("a clock that was wrong for less than the grace ends nothing", async () => {
    const pair = await startLinked({ who, expiryGraceMs: 60_000 });
    for (const station of [pair.a, pair.b]) station.clockOffMs = yearMs;
    await wire.run(1_500);
    for (const station of [pair.a, pair.b]) station.clockOffMs = 0;
    await withTraffic(wire, pair, 1_500, () => undefined);
    expect([...pair.a.history, ...pair.b.history].filter((line) => line.includes("EXPIRED"))).toEqual([]);
  });
});

test.each(["a", "b"] as const)(
  "a clock that is put back keeps no link beyond the end of %s's certificate",
  async (who) => {
    const pair = await startLinked({ who, lastsMs: 6_000 });
    for (const station of [pair.a, pair.b]) station.clockOffMs = -yearMs / 2;
    await wire.until("down", () => isDown(pair), 10_000);
  },
);

describe("a vertex whose own certificate has ended", () => {
  test("says so, makes no attempts, and is back as soon as it has another", async () => {
    const pair = await startLinked({ who: "a" });
    pair.a.clockOffMs = 7_200_000;
    await wire.until("refused", () => stateOf(pair.a, "b") === "refused EXPIRED");
    expect(pair.a.status("b")!.text).toMatch(/^our certificate has ended at \d{4}-/);
    await wire.run(200);
    wire.seen.length = 0;
    await wire.run(1_500);
    expect(wire.seen.filter(({ from }) => from === addressA)).toEqual([]);
    pair.a.renew(ids.issue("a"));
    expect(await wire.until("up", areUp(pair))).toBeLessThan(1_000);
  });

  test("takes no offers, and is back as soon as its clock is right again", async () => {
    const pair = await startLinked({ who: "b" });
    pair.b.clockOffMs = 7_200_000;
    await wire.until("told", () => stateOf(pair.a, "b") === "refused EXPIRED");
    expect(pair.a.status("b")!.text).toBe("the other end's own certificate has ended");
    const ups = pair.b.endpoint.handshakes["up"];
    await wire.run(1_500);
    expect(pair.b.endpoint.handshakes["up"]).toBe(ups);
    pair.b.clockOffMs = 0;
    await wire.until("not refused", () => stateOf(pair.b, "a") === "connecting");
    pair.a.endpoint.handleRevocations(wire.now);
    await wire.until("up", areUp(pair));
  });
});
