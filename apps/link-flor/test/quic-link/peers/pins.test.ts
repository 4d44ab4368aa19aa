/**
 * Pinned keys of neighbours: sessions with another key are refused, and end when the pins change.
 *
 *     a ──originates──▶ b
 */
import { readCertificatePem, Revocations } from "@florenetes/identity";
import type { IssuedIdentity } from "@florenetes/identity/authority";
import { beforeEach, describe, expect, test } from "vitest";
import { verifyVertex } from "../../../src/quic-link/peers/verify-vertex.ts";
import { reasons } from "../../../src/quic-link/reasons.ts";
import { credentialsOf, Identities, verifierOf } from "../identities.ts";
import { withTraffic } from "../traffic.ts";
import { addressA, addressB, areUp, type Pair, Station, Wire } from "../wire.ts";

const strange = "00".repeat(32);
const some: unknown = expect.any(Number);

let ids: Identities;
let wire: Wire;
beforeEach(() => {
  ids = new Identities();
  wire = new Wire();
});

const stateOf = (station: Station, peer: string, tag = "0"): string => {
  const { state, code } = station.status(peer, tag)!;
  return `${state} ${code}`.trimEnd();
};

type Keys = readonly string[] | undefined;
const setOf = (keys: Keys): ReadonlySet<string> | undefined => keys && new Set(keys);

interface Scene extends Pair {
  readonly idA: IssuedIdentity;
  readonly idB: IssuedIdentity;
  wantA(pins: Keys): void;
  wantB(pins: Keys): void;
}

function scene(): Scene {
  const [idA, idB] = [ids.issue("a"), ids.issue("b")];
  const [a, b] = [new Station(wire, addressA, idA), new Station(wire, addressB, idB)];
  const wantA = (pins: Keys): void => a.want("b", "originator", addressB, "0", setOf(pins));
  const wantB = (pins: Keys): void => b.want("a", "acceptor", "", "0", setOf(pins));
  return { idA, idB, a, b, wantA, wantB };
}

async function linked(pinsA?: Keys, pinsB?: Keys): Promise<Scene> {
  const all = scene();
  all.wantB(pinsB);
  all.wantA(pinsA);
  await wire.until("up", areUp(all));
  return all;
}

describe("a vertex is judged", () => {
  test.each([
    ["with its key", (key: string) => new Map([["vertex/b", new Set([strange, key])]]), true],
    ["without pins of its own", () => new Map([["vertex/c", new Set([strange])]]), true],
    ["with another key", () => new Map([["vertex/b", new Set([strange])]]), false],
    ["with no key at all", () => new Map([["vertex/b", new Set<string>()]]), false],
  ] as const)("%s", (_, pinsFor, isLetIn) => {
    const verifier = verifierOf(credentialsOf(ids.issue("a")), new Revocations({ isRequired: false, graceMs: 0 }));
    const b = ids.issue("b");
    const clocks = { wall: new Date(), monotonic: 0 };
    for (const name of ["b", undefined]) {
      const chain = readCertificatePem(b.certificateChainPem);
      const verified = verifyVertex(chain, name, verifier, pinsFor(b.keyHash), clocks);
      if (isLetIn) expect(verified).toMatchObject({ name: "b", keyHash: b.keyHash });
      else expect(verified).toMatchObject({ reason: reasons.wrongKey, peer: "b" });
    }
  });
});

describe("a new session", () => {
  test("comes up where both ends show pinned keys", async () => {
    const all = scene();
    all.wantB([strange, all.idA.keyHash]);
    all.wantA([all.idB.keyHash]);
    await wire.until("up", areUp(all));
  });

  test.each([["to another key"], ["to none"]])(
    "of an originator that is bound %s is refused as WRONG_KEY, at both ends",
    async (to) => {
      const all = scene();
      all.wantB(to === "to none" ? [] : [strange]);
      all.wantA(undefined);
      const { a, b, idA } = all;
      await wire.until("refused", () => stateOf(a, "b") === "refused WRONG_KEY");
      expect(a.status("b")!.text).toMatch(/^the other end refuses our certificate: its key is none of those/);
      await wire.until("told", () => stateOf(b, "a") === "refused WRONG_KEY");
      expect(b.status("a")!.text).toContain(`vertex/a: key ${idA.keyHash} is `);
      expect(new Set(b.failedOffers)).toEqual(new Set(["a WRONG_KEY"]));
      for (const { endpoint } of [a, b]) expect(endpoint.handshakes).toEqual({ up: 0, WRONG_KEY: some });
    },
  );

  test("with an acceptor that is bound to another key is refused as WRONG_KEY, at both ends", async () => {
    const all = scene();
    all.wantB(undefined);
    all.wantA([strange]);
    const { a, b, idB } = all;
    await wire.until("refused", () => stateOf(a, "b") === "refused WRONG_KEY");
    expect(a.status("b")!.text).toContain(`vertex/b: key ${idB.keyHash} is `);
    await wire.until("told", () => stateOf(b, "a") === "refused WRONG_KEY");
    for (const { endpoint } of [a, b]) expect(endpoint.handshakes).toEqual({ up: 0, WRONG_KEY: some });
  });

  test("is tried at once when the originator gets the right pins", async () => {
    const all = scene();
    all.wantB(undefined);
    all.wantA([strange]);
    await wire.until("refused", () => stateOf(all.a, "b") === "refused WRONG_KEY");
    await wire.run(5_000);
    all.wantA([all.idB.keyHash]);
    expect(await wire.until("up", areUp(all))).toBeLessThan(1_000);
  });
});

describe("an open session", () => {
  test.each(["a", "b"] as const)(
    "ends at once when the pins of %s name another key, and comes up with the right one",
    async (who) => {
      const all = await linked();
      const ours: typeof all.wantA = who === "a" ? (pins) => all.wantA(pins) : (pins) => all.wantB(pins);
      const peer = who === "a" ? "b" : "a";
      ours([strange]);
      const ms = await wire.until("down", () => stateOf(all[who], peer) === "down WRONG_KEY");
      expect(ms).toBeLessThan(100);
      const other = who === "a" ? all.b : all.a;
      await wire.until("told", () => stateOf(other, other === all.b ? "a" : "b").endsWith(" WRONG_KEY"));
      ours([(who === "a" ? all.idB : all.idA).keyHash]);
      await wire.until("up", areUp(all), 60_000);
    },
  );

  test("goes on, packet for packet, when the pins change and its key stays", async () => {
    const all = await linked();
    for (const pins of [[strange, all.idB.keyHash], [all.idB.keyHash], undefined]) {
      all.a.received.length = all.b.received.length = 0;
      await withTraffic(wire, all, 200, () => {
        all.wantA(pins);
        all.wantB(pins && [all.idA.keyHash]);
      });
    }
    expect(all.a.history.filter((line) => line.includes("down"))).toEqual([]);
  });

  test("of one tag counts for the others: a peer must show a key that one of its links pins", async () => {
    const all = await linked();
    const { a, b, idB } = all;
    b.want("a", "acceptor", "", "1");
    a.want("b", "originator", addressB, "1", new Set([strange]));
    await wire.until("down", () => stateOf(a, "b", "0") === "down WRONG_KEY");
    a.want("b", "originator", addressB, "0", new Set([idB.keyHash]));
    await wire.until("up", () => a.status("b")!.state === "up" && a.status("b", "1")!.state === "up", 60_000);
  });
});
