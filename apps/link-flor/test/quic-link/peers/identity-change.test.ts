/** A certificate is replaced while its links are up. */
import { beforeEach, describe, expect, test } from "vitest";
import { Identities } from "../identities.ts";
import { withTraffic } from "../traffic.ts";
import { addressB, areUp, type Pair, startPair, Station, Wire } from "../wire.ts";

let ids: Identities;
let wire: Wire;
beforeEach(() => {
  ids = new Identities();
  wire = new Wire();
});

const upOnce = ["b/0 connecting", "b/0 up", "a/0 connecting", "a/0 up"];
const handles = ({ a, b }: Pair): number[] => [a.status("b")!.handle, b.status("a")!.handle];

describe("a link is renewed without losing a packet", () => {
  const changes: readonly (readonly [string, (pair: Pair) => void])[] = [
    ["originator", ({ a }) => a.renew(ids.issue("a"))],
    ["acceptor", ({ b }) => b.renew(ids.issue("b"))],
  ];

  test.each(changes)("when its %s has another certificate", async (_who, change) => {
    const pair = startPair(wire, ids);
    await wire.until("up", areUp(pair));
    const before = handles(pair);
    await withTraffic(wire, pair, 2_500, () => change(pair));
    expect(handles(pair).every((handle, i) => handle !== before[i])).toBe(true);
    expect(new Set([...pair.a.history, ...pair.b.history])).toEqual(new Set(upOnce));
    // The link came up once and was renewed once, and no more.
    expect(pair.a.endpoint.handshakes["up"]).toBe(2);
  });

  test("when both have another, again and again", async () => {
    const pair = startPair(wire, ids);
    const { a, b } = pair;
    await wire.until("up", areUp(pair));
    await withTraffic(wire, pair, 3_500, () => {
      for (let i = 0; i < 3; i++) {
        b.renew(ids.issue("b"));
        a.renew(ids.issue("a"));
      }
    });
    expect(new Set([...a.history, ...b.history])).toEqual(new Set(upOnce));
    expect(a.endpoint.handshakes["up"]).toBeLessThanOrEqual(4);
    const settled = a.endpoint.handshakes["up"];
    await wire.run(1_500);
    expect(a.endpoint.handshakes["up"]).toBe(settled);
  });
});

describe("a session that was under way with the former certificate", () => {
  test.each(["a", "b"] as const)("comes up and is renewed (%s)", async (who) => {
    const pair = startPair(wire, ids);
    await wire.until("a session", () => wire.seen.length > 2);
    expect(areUp(pair)()).toBe(false);
    pair[who].renew(ids.issue(who));
    await wire.until("renewed", () => (pair.a.endpoint.handshakes["up"] ?? 0) >= 2 && areUp(pair)());
    expect(new Set([...pair.a.history, ...pair.b.history])).toEqual(new Set(upOnce));
  });
});

test("a certificate that the other end refuses leaves the link as it is, and a good one is taken later", async () => {
  const pair = startPair(wire, ids);
  const { a, b } = pair;
  await wire.until("up", areUp(pair));
  const stranger = ids.issue("a", { ca: "stranger" });
  await withTraffic(wire, pair, 1_500, () => a.renew({ ...stranger, trustBundlePem: ids.issue("a").trustBundlePem }));
  expect(a.endpoint.handshakes["UNTRUSTED_BY_PEER"]).toBeGreaterThan(0);
  expect(a.endpoint.handshakes["up"]).toBe(1);
  expect(a.failedOffers).toContain("b UNTRUSTED_BY_PEER");
  a.renew(ids.issue("a"));
  await wire.until("renewed", () => a.endpoint.handshakes["up"] === 2);
  expect(new Set([...a.history, ...b.history])).toEqual(new Set(upOnce));
});

test("a link that was refused for its certificate comes up as soon as there is a good one", async () => {
  const pair = startPair(wire, new Identities());
  const { b } = pair;
  wire.remove(pair.a);
  const a = new Station(wire, pair.a.address, ids.issue("a"));
  b.renew(ids.issue("b"));
  a.renew({ ...ids.issue("a", { ca: "stranger" }), trustBundlePem: ids.issue("a").trustBundlePem });
  a.want("b", "originator", addressB);
  await wire.until("refused", () => a.status("b")?.code === "UNTRUSTED_BY_PEER");
  await wire.run(200);
  a.renew(ids.issue("a"));
  expect(await wire.until("up", () => areUp({ a, b })())).toBeLessThan(1_000);
});

test("an acceptor that was restarted proves it with its present key", async () => {
  const pair = startPair(wire, ids, { deadAfterMs: 4_000 });
  const { a, b } = pair;
  await wire.until("up", areUp(pair));
  const renewed = ids.issue("b");
  b.renew(renewed);
  await wire.until("renewed", () => a.endpoint.handshakes["up"] === 2);
  await wire.run(1_200);
  wire.remove(b);
  const again = new Station(wire, addressB, renewed);
  again.want("a", "acceptor");
  a.send("b", new Uint8Array(100));
  await wire.until("reset", () => a.history.includes("b/0 down RESET"), 1_000);
});

test("a trust bundle with one more root lets in whom that root vouches for", async () => {
  const a = new Station(wire, "10.0.0.1:1001", ids.issue("a", { ca: "next" }));
  const mine = ids.issue("b");
  const next = ids.issue("b", { ca: "next" });
  const both = { ...mine, trustBundlePem: `${mine.trustBundlePem}${next.trustBundlePem}` };
  const b = new Station(wire, addressB, mine);
  b.want("a", "acceptor");
  a.want("b", "originator", addressB);
  await wire.until("refused", () => a.status("b")?.state === "refused");
  const bothOfA = { ...ids.issue("a", { ca: "next" }), trustBundlePem: both.trustBundlePem };
  b.renew(both);
  a.renew(bothOfA);
  await wire.until("up", () => areUp({ a, b })());
});
