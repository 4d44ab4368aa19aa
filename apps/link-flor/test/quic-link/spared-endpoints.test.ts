/** A link with a limit of calls: anybody may have named its endpoint, and whoever is there may have nothing to do with it. */
import { beforeEach, describe, expect, test } from "vitest";
import { Identities } from "./identities.ts";
import { addressA, addressB, areUp, RealWire, Station, Wire } from "./wire.ts";

const VICTIM = "10.0.0.9:53";

let ids: Identities;
let wire: Wire;
beforeEach(() => {
  ids = new Identities();
  wire = new Wire();
});

const caller = (): Station => new Station(wire, addressA, ids.issue("a"));
const sentTo = (address: string): number => wire.seen.filter(({ to }) => to === address).length;
const want = (a: Station, endpoint: string, unansweredMax?: number): void =>
  a.endpoint.links.want(
    { peer: "b", tag: "0", role: "originator", endpoint: `udp://${endpoint}`, unansweredMax },
    wire.now,
  );

describe.each([
  ["", Wire],
  [", over quiche", RealWire],
])("a silent endpoint%s", (_, SomeWire) => {
  test("is sent three datagrams, and none about their end", async () => {
    wire = new SomeWire();
    const a = caller();
    want(a, VICTIM, 3);
    await wire.until(
      "the end of the last attempt",
      () => a.endpoint.links.places.taken === 0 && sentTo(VICTIM) > 0,
      8_000,
    );
    await wire.run(1_000);
    expect(sentTo(VICTIM)).toBe(3);
    expect(a.status("b")).toMatchObject({ state: "down", code: "NO_ANSWER" });
  });
});

test("without a limit it is called on", async () => {
  const a = caller();
  want(a, VICTIM);
  await wire.run(6_000);
  expect(sentTo(VICTIM)).toBeGreaterThan(10);
});

test("wishes that come again, or lose their limit and get it back, do not begin to count anew", async () => {
  const a = caller();
  for (let round = 0; round < 5; round++) {
    want(a, VICTIM, 3);
    await wire.run(1_500);
  }
  expect(sentTo(VICTIM)).toBe(3);
});

test.each([0, 400])("a peer that is there comes up over a path of %i ms each way", async (delayMs) => {
  wire.delayMs = delayMs;
  const a = caller();
  const b = new Station(wire, addressB, ids.issue("b"));
  b.want("a", "acceptor");
  want(a, addressB, 3);
  await wire.until("up", areUp({ a, b }), 10_000);
});

test("a peer that does not want the link yet has proven who it is, and is called until it does", async () => {
  const a = caller();
  const b = new Station(wire, addressB, ids.issue("b"));
  want(a, addressB, 3);
  await wire.until("the refusal", () => a.status("b")?.code === "NOT_WANTED");
  await wire.run(8_000);
  b.want("a", "acceptor");
  await wire.until("up", areUp({ a, b }), 15_000);
});

test("another vertex of the cluster at the endpoint proves nothing", async () => {
  const a = caller();
  const c = new Station(wire, VICTIM, ids.issue("c"));
  want(a, VICTIM, 3);
  await wire.run(30_000);
  expect(a.endpoint.links.rows(wire.now)[0]!.attempts).toBe(3);
  expect(c.knocks).toEqual([]);
});

test("an end that calls in vain hears that the peer calls, too", async () => {
  const a = caller();
  const b = new Station(wire, addressB, ids.issue("b"));
  want(a, VICTIM);
  b.want("a", "originator", addressA);
  await wire.until("the conflict", () => a.status("b")?.code === "ROLE_CONFLICT");
  expect(a.status("b")?.state).toBe("refused");
});
