import { beforeEach, describe, expect, test } from "vitest";
import { ATTEMPT_DELAY_MAX_MS, ATTEMPT_JITTER, HALF_OPEN_MS, HELD_MS } from "../../../src/quic-link/limits.ts";
import { Identities } from "../identities.ts";
import { addressA, addressB, areUp, Station, Wire } from "../wire.ts";

let ids: Identities;
let wire: Wire;
beforeEach(() => {
  ids = new Identities();
  wire = new Wire();
});

/** a calls b, whose cluster vertex has told no wishes yet. */
function early(): { a: Station; b: Station } {
  const a = new Station(wire, addressA, ids.issue("a"));
  const b = new Station(wire, addressB, ids.issue("b"));
  b.endpoint.links.held.isAwaiting = true;
  a.want("b", "originator", addressB);
  return { a, b };
}

describe("a call that comes before the called end's wishes", () => {
  test.each([50, 400, 999, 1_500, 3_300, 7_777, 12_345])(
    "is up at once when its wish comes after %i ms",
    async (ms) => {
      const pair = early();
      await wire.run(ms);
      pair.b.want("a", "acceptor");
      expect(await wire.until("up", areUp(pair))).toBeLessThan(100);
    },
  );

  test("is refused after a second, and makes no more calls than one that is refused at once", async () => {
    const callsIn = async (isAwaiting: boolean): Promise<number> => {
      wire = new Wire();
      const { a, b } = early();
      b.endpoint.links.held.isAwaiting = isAwaiting;
      await wire.run(HELD_MS / 2);
      expect(a.status("b")?.state).toBe(isAwaiting ? "connecting" : "refused");
      await wire.until("refused", () => a.status("b")?.code === "NOT_WANTED");
      expect(b.knocks[0]).toMatchObject({ peer: "a", tag: "0" });
      await wire.run(20_000);
      return a.endpoint.links.rows(wire.now)[0]!.attempts;
    };
    const refused = await callsIn(false);
    expect(await callsIn(true)).toBeLessThan(1.2 * refused);
  });

  test("is refused as soon as all wishes are told, and its link is not among them", async () => {
    const { a, b } = early();
    await wire.run(300);
    b.want("a", "acceptor", "", "another");
    await wire.run(100);
    expect(a.status("b")?.state).toBe("connecting");
    b.endpoint.links.held.isAwaiting = false;
    await wire.until("refused", () => a.status("b")?.code === "NOT_WANTED", 50);
    await wire.run(5_000);
    expect(b.failedOffers).toContain("a NOT_WANTED");
  });

  test("hears of a conflict when this end wants to call", async () => {
    const { a, b } = early();
    await wire.run(300);
    b.want("a", "originator", addressA);
    await wire.until("the conflict", () => a.status("b")?.code === "ROLE_CONFLICT", 100);
  });

  test("with another key than its wish pins is not let in", async () => {
    const { a, b } = early();
    await wire.run(300);
    b.want("a", "acceptor", "", "0", new Set(["0".repeat(64)]));
    await wire.until("refused", () => a.status("b")?.code === "WRONG_KEY", 100);
    await wire.run(3_000);
    expect(b.endpoint.handshakes["up"]).toBe(0);
  });

  test("and ends meanwhile is forgotten", async () => {
    const { a, b } = early();
    await wire.run(100);
    wire.remove(a);
    await wire.run(HALF_OPEN_MS + 2_000);
    expect(b.endpoint.links.held.nextTimeout()).toBe(Infinity);
    expect(b.endpoint.strangers.admission.halfOpen).toBe(0);
  });

  test("holds no more than the places of half-open connections", async () => {
    const { b } = early();
    const hostile = new Station(wire, "10.0.0.3:1003", ids.issue("c"));
    for (let tag = 0; tag < 200; tag++) hostile.want("b", "originator", addressB, String(tag));
    await wire.run(5_000);
    expect(b.endpoint.strangers.admission.halfOpen).toBeLessThanOrEqual(512 / 5 + 10);
    expect(b.endpoint.handshakes["NOT_WANTED"]).toBeGreaterThan(0);
  });
});

test("one attempt of an originator waits at any time", () => {
  expect(HELD_MS).toBeGreaterThan(ATTEMPT_DELAY_MAX_MS * (1 + ATTEMPT_JITTER));
});
