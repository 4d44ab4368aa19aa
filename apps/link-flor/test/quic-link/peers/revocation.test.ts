/**
 * Revocation lists in a cluster of three: sessions of certificates that a list names end, and nothing else.
 *
 *     a ──originates──▶ b ◀──originates── c
 */
import type { RevocationList } from "@florenetes/identity";
import type { IssuedIdentity } from "@florenetes/identity/authority";
import { LINK_NONE } from "@florenetes/forwarding";
import { beforeEach, describe, expect, test } from "vitest";
import { Identities } from "../identities.ts";
import { withTraffic } from "../traffic.ts";
import { addressA, addressB, areUp, type Pair, startPair, Station, type StationOptions, Wire } from "../wire.ts";

let ids: Identities;
let wire: Wire;
let lastNumber: bigint;
beforeEach(() => {
  ids = new Identities();
  wire = new Wire();
  lastNumber = 0n;
});

const addressC = "10.0.0.3:1003";
const dayMs = 86_400_000;
/** On a slow machine a second attempt is under way before the first is answered. */
const some: unknown = expect.any(Number);

/** The next list of the CA that issued `some`; the list names these identities of the CA. */
function listWith(revoked: readonly IssuedIdentity[], some = ids.issue("x"), endsInMs = dayMs): RevocationList {
  const now = Date.now();
  return {
    issuer: some.certificates[0]!.issuer,
    issuerName: "CN=demo",
    number: ++lastNumber,
    thisUpdate: new Date(now - dayMs),
    nextUpdate: new Date(now + endsInMs),
    serials: new Set(revoked.map(({ certificates }) => certificates[0]!.serial)),
    der: new Uint8Array(0),
  };
}

interface Node {
  readonly identity: IssuedIdentity;
  readonly station: Station;
}

function startNode(name: string, address: string, options: StationOptions = {}): Node {
  const identity = ids.issue(name);
  return { identity, station: new Station(wire, address, identity, options) };
}

/** A link from a to b that is up at both ends, with their certificates. */
async function startLinked(options: StationOptions = {}): Promise<{ a: Node; b: Node; pair: Pair }> {
  const a = startNode("a", addressA, options);
  const b = startNode("b", addressB, options);
  b.station.want("a", "acceptor");
  a.station.want("b", "originator", addressB);
  const pair = { a: a.station, b: b.station };
  await wire.until("up", areUp(pair));
  return { a, b, pair };
}

/** How many attempts a station has made at each link that it originates. */
function attemptsOf(station: Station): number[] {
  const rows = station.endpoint.links.rows(wire.now);
  return rows.filter(({ role }) => role === "originator").map(({ attempts }) => attempts);
}

const stateOf = (station: Station, peer: string, tag = "0"): string => {
  const { state, code } = station.status(peer, tag)!;
  return `${state} ${code}`.trimEnd();
};

describe("a new session", () => {
  test("of a revoked originator is refused as REVOKED, and it is told so", async () => {
    const a = startNode("a", addressA);
    const b = startNode("b", addressB, { lists: [listWith([a.identity])] });
    b.station.want("a", "acceptor");
    a.station.want("b", "originator", addressB);
    await wire.until("refused", () => stateOf(a.station, "b") === "refused REVOKED");
    expect(a.station.status("b")!.text).toBe("the other end refuses our certificate: it has been revoked");
    expect(new Set(b.station.failedOffers)).toEqual(new Set(["a REVOKED"]));
    for (const { station } of [a, b]) expect(station.endpoint.handshakes).toEqual({ up: 0, REVOKED: some });
  });

  test("with a revoked acceptor is refused as REVOKED, and it is told so", async () => {
    const b = startNode("b", addressB);
    const a = startNode("a", addressA, { lists: [listWith([b.identity])] });
    b.station.want("a", "acceptor");
    a.station.want("b", "originator", addressB);
    await wire.until("refused", () => stateOf(a.station, "b") === "refused REVOKED");
    expect(a.station.status("b")!.text).toContain(b.identity.certificates[0]!.serial);
    await wire.until("told", () => b.station.failedOffers.includes("a REVOKED"));
    expect(b.station.endpoint.handshakes).toEqual({ up: 0, REVOKED: some });
  });

  test.each(["a", "b"] as const)("is refused as long as %s has no list though it must have one", async (who) => {
    const policy = { isRequired: true };
    const a = startNode("a", addressA, who === "a" ? { policy } : {});
    const b = startNode("b", addressB, who === "b" ? { policy } : {});
    b.station.want("a", "acceptor");
    a.station.want("b", "originator", addressB);
    await wire.until("refused", () => stateOf(a.station, "b") === "refused REVOCATION_UNKNOWN");
    await wire.run(300);
    (who === "a" ? a : b).station.takeList(listWith([]));
    if (who === "a") {
      const ms = await wire.until("up", areUp({ a: a.station, b: b.station }));
      expect(ms, "an originator tries at once").toBeLessThan(1_000);
    } else {
      a.station.endpoint.handleRevocations(wire.now);
      await wire.until("up", areUp({ a: a.station, b: b.station }));
    }
  });

  test("is judged by a list that has ended until the grace is over", async () => {
    const a = startNode("a", addressA);
    const ended = listWith([], a.identity, -1_000);
    const b = startNode("b", addressB, { policy: { isRequired: true, graceMs: 60_000 }, lists: [ended] });
    b.station.want("a", "acceptor");
    a.station.want("b", "originator", addressB);
    await wire.until("up", areUp({ a: a.station, b: b.station }));

    const c = startNode("c", addressC, { policy: { isRequired: true }, lists: [ended] });
    c.station.want("b", "originator", addressB);
    b.station.want("c", "acceptor");
    await wire.until("refused", () => stateOf(c.station, "b") === "refused REVOCATION_UNKNOWN");
  });

  test("is judged by a list that has ended for what it names alone, where lists are optional", async () => {
    const a = startNode("a", addressA);
    const b = startNode("b", addressB, { lists: [listWith([], a.identity, -1_000_000_000)] });
    b.station.want("a", "acceptor");
    a.station.want("b", "originator", addressB);
    await wire.until("up", areUp({ a: a.station, b: b.station }));
    b.station.takeList(listWith([a.identity], a.identity, -1_000_000_000));
    await wire.until("down", () => stateOf(b.station, "a") === "down REVOKED");
  });
});

describe("an open session", () => {
  test.each(["a", "b"] as const)("ends at once at both ends when the certificate of %s is revoked", async (who) => {
    const { a, b, pair } = await startLinked();
    const [revoked, other] = who === "a" ? [a, b] : [b, a];
    other.station.takeList(listWith([revoked.identity]));
    expect(await wire.until("down", () => pair.a.history.length > 2 && pair.b.history.length > 2)).toBeLessThan(200);
    expect(stateOf(other.station, who)).toBe("down REVOKED");
    expect(revoked.station.history[2]).toBe(`${other.station.name}/0 down REVOKED`);
    expect(other.station.status(who)!.text).toContain(revoked.identity.certificates[0]!.serial);
  });

  test("of another vertex loses not one packet", async () => {
    const { a, b } = await startLinked();
    const c = startNode("c", addressC);
    b.station.want("c", "acceptor");
    c.station.want("b", "originator", addressB);
    const others = { a: c.station, b: b.station };
    await wire.until("up", areUp(others));
    const handles = [c.station.status("b")!.handle, b.station.status("c")!.handle];
    await withTraffic(wire, others, 1_200, () => b.station.takeList(listWith([a.identity])));
    expect(stateOf(b.station, "a")).toMatch(/REVOKED/);
    expect([c.station.status("b")!.handle, b.station.status("c")!.handle]).toEqual(handles);
    expect(c.station.history).toEqual(["b/0 connecting", "b/0 up"]);
    expect(c.station.endpoint.handshakes["up"]).toBe(1);
  });

  test("ends on every link between the two", async () => {
    const { a, b } = await startLinked();
    b.station.want("a", "acceptor", "", "1");
    a.station.want("b", "originator", addressB, "1");
    await wire.until("up", () => b.station.status("a", "1")?.state === "up");
    b.station.takeList(listWith([a.identity]));
    await wire.until("down", () => ["0", "1"].every((tag) => b.station.status("a", tag)!.code === "REVOKED"));
    await wire.until("told", () => ["0", "1"].every((tag) => a.station.status("b", tag)!.code === "REVOKED"));
  });

  test("ends on its way up, too", async () => {
    const a = startNode("a", addressA);
    const b = startNode("b", addressB);
    // All probes are lost, so that the link does not come up for more than a second.
    wire.lose = ({ bytes }) => bytes.length > 1_300;
    b.station.want("a", "acceptor");
    a.station.want("b", "originator", addressB);
    await wire.until("probing", () => wire.seen.some(wire.lose));
    b.station.takeList(listWith([a.identity]));
    wire.lose = () => false;
    await wire.until("refused", () => stateOf(a.station, "b") === "refused REVOKED");
    expect(stateOf(b.station, "a")).toBe("refused REVOKED");
    await wire.run(1_000);
    expect([a.station, b.station].map(({ endpoint }) => endpoint.handshakes["up"])).toEqual([0, 0]);
  });

  test("does not notice a list that names others, or that names the CA of another cluster", async () => {
    const { a, b, pair } = await startLinked();
    await withTraffic(wire, pair, 300, () => {
      b.station.takeList(listWith([ids.issue("a"), ids.issue("c")]));
      const foreign = listWith([a.identity, b.identity], ids.issue("x", { cluster: "prod" }));
      b.station.takeList(foreign);
      a.station.takeList(foreign);
    });
    expect(pair.a.endpoint.handshakes["up"]).toBe(1);
  });

  test("is not touched by a list that has ended", async () => {
    const { pair } = await startLinked({ policy: { isRequired: true, graceMs: 0 }, lists: [listWith([])] });
    await withTraffic(wire, pair, 300, () => pair.b.takeList(listWith([], ids.issue("x"), -1_000)));
    expect(pair.b.history).toEqual(["a/0 connecting", "a/0 up"]);
  });
});

describe("a vertex that has another certificate", () => {
  test.each(["a", "b"] as const)("keeps its link when the former one of %s is revoked at once", async (who) => {
    const { a, b, pair } = await startLinked();
    const [renewed, other] = who === "a" ? [a, b] : [b, a];
    const { handle } = other.station.status(who)!;
    await wire.run(1_000);
    renewed.station.renew(ids.issue(who));
    await wire.until("renewed", () => pair.a.endpoint.handshakes["up"] === 2 && pair.b.endpoint.handshakes["up"] === 2);
    // The former session and its handle would otherwise stay for another second.
    await withTraffic(wire, pair, 1_300, () => {
      other.station.takeList(listWith([renewed.identity]));
      wire.step();
      other.station.endpoint.send(handle, new Uint8Array(1), 0, 1, LINK_NONE, wire.now);
    });
    expect(other.station.endpoint.links.packetsDroppedNoLink).toBe(1);
    const upAll = [
      ["b/0 connecting", "b/0 up", "b/0 up"],
      ["a/0 connecting", "a/0 up", "a/0 up"],
    ];
    expect([pair.a.history, pair.b.history]).toEqual(upAll);
    expect(pair.a.endpoint.handshakes).not.toHaveProperty("REVOKED");
  });

  test("keeps the link of the former when the new one is revoked", async () => {
    const { b, pair } = await startLinked();
    const bad = ids.issue("a");
    b.station.takeList(listWith([bad]));
    await withTraffic(wire, pair, 2_500, () => pair.a.renew(bad));
    expect(pair.a.history).toEqual(["b/0 connecting", "b/0 up"]);
    expect(pair.a.endpoint.handshakes).toMatchObject({ up: 1, REVOKED: some });
  });

  test.each(["a", "b"] as const)("is back at once when list and certificate come together (%s)", async (who) => {
    const { a, b, pair } = await startLinked();
    const renewed = who === "a" ? a : b;
    await wire.run(1_000);
    const list = listWith([renewed.identity]);
    renewed.station.renew(ids.issue(who));
    for (const { station } of [a, b]) station.takeList(list);
    await wire.until("renewed", () => pair.a.endpoint.handshakes["up"] === 2 && areUp(pair)(), 1_000);
    expect(renewed.station.history.filter((line) => line.includes("refused"))).toEqual([]);
  });
});

describe("a vertex whose certificate was revoked", () => {
  test("makes few attempts, and is back as soon as it has another certificate", async () => {
    const { a, b, pair } = await startLinked();
    b.station.takeList(listWith([a.identity]));
    await wire.until("refused", () => stateOf(a.station, "b") === "refused REVOKED");
    const attempts = attemptsOf(a.station);
    await wire.run(2_000);
    expect(attemptsOf(a.station)).toEqual(attempts);
    a.station.renew(ids.issue("a"));
    expect(await wire.until("up", areUp(pair))).toBeLessThan(1_000);
  });

  test("is back as soon as a newer list does not name it any more", async () => {
    const { b, pair } = await startLinked();
    pair.a.takeList(listWith([b.identity]));
    await wire.until("refused", () => stateOf(pair.a, "b") === "refused REVOKED");
    pair.a.takeList(listWith([]));
    expect(await wire.until("up", areUp(pair))).toBeLessThan(1_000);
  });

  test("ends all its links itself, makes no attempts and takes no offers until it has another", async () => {
    const { b, pair } = await startLinked();
    const d = startNode("d", "10.0.0.4:1004");
    d.station.want("b", "acceptor");
    b.station.want("d", "originator", d.station.address);
    await wire.until("up", () => b.station.status("d")?.state === "up" && d.station.status("b")?.state === "up");
    b.station.takeList(listWith([b.identity]));
    await wire.until("told", () => [pair.a, d.station].every((each) => each.status("b")!.code === "REVOKED"));
    expect(d.station.status("b")!.text).toBe("the other end's own certificate has been revoked");
    expect(["a", "d"].map((peer) => stateOf(b.station, peer))).toEqual(["refused REVOKED", "refused REVOKED"]);

    await wire.until("refused", () => stateOf(pair.a, "b") === "refused REVOKED");
    const c = startNode("c", addressC);
    c.station.want("b", "originator", addressB);
    b.station.want("c", "acceptor");
    b.station.want("e", "originator", addressC);
    await wire.until("refused", () => stateOf(c.station, "b") === "refused REVOKED");
    expect(["c", "e"].map((peer) => stateOf(b.station, peer))).toEqual(["refused REVOKED", "refused REVOKED"]);
    const attempts = attemptsOf(b.station);
    wire.seen.length = 0;
    await wire.run(1_500);
    expect(wire.seen.filter(({ from, to }) => from === addressB && to === d.station.address)).toEqual([]);
    expect(attemptsOf(b.station)).toEqual(attempts);

    const before = b.station.history.length;
    b.station.renew(ids.issue("b"));
    // The other ends make the next attempts: they make them at once here, as if their operators had reloaded.
    for (const { endpoint } of [pair.a, c.station]) endpoint.handleRevocations(wire.now);
    const isUp = (station: Station, peer: string): boolean => station.status(peer)?.state === "up";
    const ms = await wire.until("up", () => ["a", "c", "d"].every((peer) => isUp(b.station, peer)));
    expect(ms).toBeLessThan(1_000);
    expect(b.station.history.slice(before, before + 4)).toEqual(
      ["a", "d", "c", "e"].map((peer) => `${peer}/0 connecting`),
    );
  });

  test("makes no links from the start", async () => {
    const identity = ids.issue("b");
    const station = new Station(wire, addressB, identity, { lists: [listWith([identity])] });
    station.want("a", "originator", addressA);
    await wire.run(300);
    expect(station.history).toEqual(["a/0 connecting", "a/0 refused REVOKED"]);
    expect(wire.seen).toEqual([]);
    const a = startNode("a", addressA);
    a.station.want("b", "acceptor");
    station.renew(ids.issue("b"));
    expect(await wire.until("up", areUp({ a: a.station, b: station }))).toBeLessThan(1_000);
  });
});

test("a hundred lists that name others are no news", async () => {
  const pair = startPair(wire, ids);
  await wire.until("up", areUp(pair));
  const history = [...pair.b.history];
  const other = ids.issue("c");
  for (let i = 0; i < 100; i++) pair.b.takeList(listWith([other], other));
  await wire.run(100);
  expect(pair.b.history).toEqual(history);
});
