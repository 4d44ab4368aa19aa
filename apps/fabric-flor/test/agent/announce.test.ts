import { readFact } from "@florenetes/facts";
import { describe, expect, test } from "vitest";
import { announceOf, Announcer } from "../../src/agent/announce.ts";
import { newKey } from "../demo-records.ts";
import { viewOf } from "./views.ts";

const NOW = Date.parse("2026-11-25T12:00:00.000Z");
const key = newKey("a");
const hash = (letter: string): string => letter.repeat(64);
const view = viewOf({
  own: [
    { principal: "vertex/a", keys: [hash("b")] },
    { principal: "service/fabric.a", keys: [hash("a")] },
    { principal: "user/alice", keys: [hash("f")] },
  ],
  services: [
    { name: "web", label: 900, keys: [hash("c"), hash("b")], target: "up" },
    { name: "api", label: 901, keys: [], target: "unknown" },
  ],
});
const other = { ...view, services: [] };
const announcer = () => new Announcer({ cluster: "demo", node: "a", key });

const factOf = (octets: Uint8Array | undefined) => {
  const fact = readFact(octets!, "demo");
  if (typeof fact === "string") throw new Error(fact);
  return fact;
};

test("it says keys and labels of the node, and no keys of users", () => {
  expect(announceOf(view)).toEqual({
    endpoints: [{ id: "out", carrier: "quic", reach: "reverse", priority: 0, weight: 0 }],
    "spki-hashes": [hash("a"), hash("b"), hash("c")],
    services: [
      { service: "api", label: 901, load: 0 },
      { service: "web", label: 900, load: 0 },
    ],
    capabilities: [],
  });
});

test("it says where the operator has others call, beside that the node calls by itself", () => {
  const rest = { carrier: "quic", reach: "public", priority: 1, weight: 0 } as const;
  const endpoints = [{ id: "fibre", endpoint: "udp://192.0.2.1:4433", provider: "acme", ...rest }];
  expect(announceOf(view, endpoints).endpoints.map(({ id }) => id)).toEqual(["fibre", "out"]);
  const fact = factOf(new Announcer({ cluster: "demo", node: "a", key, endpoints }).poll(view, 0, NOW));
  expect(fact.body["endpoints"]).toMatchObject([{ id: "fibre", provider: "acme" }, { reach: "reverse" }]);
});

test("it says within 10 s that the node is crowded, and that it is no more", () => {
  const own = announcer();
  const told = (now: number) => factOf(own.poll(view, 0, now)).body["capabilities"];
  expect(told(NOW)).toEqual([]);
  own.handleCapabilities(["crowded"]);
  expect(own.nextTimeout(view, NOW)).toBe(NOW + 10_000);
  expect(told(NOW + 10_000)).toEqual(["crowded"]);
  own.handleCapabilities([]);
  expect(told(NOW + 20_000)).toEqual([]);
});

test("a node with more keys and services than a record holds announces as many as it does", () => {
  const services = Array.from({ length: 100 }, (_, at) => ({
    name: `s${at}`,
    label: 16 + at,
    keys: [at.toString(16).padStart(64, "0")],
    target: "unknown" as const,
  }));
  const fact = factOf(announcer().poll(viewOf({ services, own: view.own }), 0, NOW));
  expect(fact.body["services"]).toHaveLength(64);
  expect(fact.body["spki-hashes"]).toHaveLength(64);
  // Without those of its vertex and its agent, neighbours would let neither in.
  expect(fact.body["spki-hashes"]).toEqual(expect.arrayContaining([hash("a"), hash("b")]));
});

test("whoever has used up the epochs has the node announce nothing: it needs another key", () => {
  expect(announcer().poll(view, Number.MAX_SAFE_INTEGER, NOW)).toBeUndefined();
});

test("it is signed by the node for the node, and lives for a quarter of an hour", () => {
  const fact = factOf(announcer().poll(view, 0, NOW));
  expect(fact).toMatchObject({ kind: "announce", subject: "a", issuer: "a", authority: "node", issued: NOW });
  expect(fact.expires - fact.issued).toBe(900_000);
  expect(fact.envelope.signatures.map(({ keyId }) => keyId)).toEqual([key.keyId]);
});

test("it is renewed at half of its life, and after changes, at most once in ten seconds", () => {
  const each = announcer();
  const first = factOf(each.poll(view, 0, NOW));
  expect(each.poll(view, first.epoch, NOW + 449_999)).toBeUndefined();
  expect(each.nextTimeout(view, NOW)).toBe(NOW + 450_000);
  expect(each.poll(other, first.epoch, NOW + 9_999)).toBeUndefined();
  expect(each.nextTimeout(other, NOW)).toBe(NOW + 10_000);
  expect(factOf(each.poll(other, first.epoch, NOW + 10_000)).epoch).toBeGreaterThan(first.epoch);
  expect(each.poll(view, 0, NOW + 19_999)).toBeUndefined();
  expect(factOf(each.poll(other, 0, NOW + 460_000)).issued).toBe(NOW + 460_000);
});

describe("a target that is down", () => {
  const at = (target: "up" | "down" | "unknown") => ({
    ...view,
    services: view.services.map((each) => ({ ...each, target })),
  });
  const loadsOf = (octets: Uint8Array | undefined) =>
    octets && (factOf(octets).body["services"] as { load: number }[]).map(({ load }) => load);

  test("is announced within a second of the announcement before, as a full load, and by a new agent at once", () => {
    const each = announcer();
    expect(loadsOf(each.poll(at("up"), 0, NOW))).toEqual([0, 0]);
    expect(each.poll(at("down"), 0, NOW + 999)).toBeUndefined();
    expect(each.nextTimeout(at("down"), NOW + 999)).toBe(NOW + 1_000);
    expect(loadsOf(each.poll(at("down"), 0, NOW + 1_000))).toEqual([100, 100]);
    expect(each.poll(at("down"), 0, NOW + 400_000)).toBeUndefined();
    expect(loadsOf(announcer().poll(at("down"), 0, NOW))).toEqual([100, 100]);
  });

  test("is announced as up again when it has been up for ten seconds: one that falls again and again calls nobody back", () => {
    const each = announcer();
    each.poll(at("down"), 0, NOW);
    let now = NOW + 60_000;
    for (let turn = 0; turn < 20; turn++) {
      expect(each.poll(at("up"), 0, now)).toBeUndefined();
      expect(each.nextTimeout(at("up"), now)).toBe(now + 10_000);
      expect(each.poll(at("up"), 0, now + 9_999)).toBeUndefined();
      expect(each.poll(at("down"), 0, now + 10_000)).toBeUndefined();
      now += 10_000;
    }
    expect(each.poll(at("up"), 0, now)).toBeUndefined();
    expect(loadsOf(each.poll(at("up"), 0, now + 10_000))).toEqual([0, 0]);
  });

  test("and is looked at no more is announced as up after ten seconds, also where the announcement has to wait", () => {
    const each = announcer();
    each.poll(at("down"), 0, NOW);
    expect(each.poll(at("unknown"), 0, NOW + 60_000)).toBeUndefined();
    expect(each.nextTimeout(at("unknown"), NOW + 60_000)).toBe(NOW + 70_000);
    // A time that is past wakes nobody.
    expect(each.nextTimeout(at("unknown"), NOW + 70_000)).toBeGreaterThan(NOW + 70_000);
    expect(loadsOf(each.poll(at("unknown"), 0, NOW + 70_000))).toEqual([0, 0]);
  });

  test("is announced within a second, too, while another change waits, which goes with it", () => {
    const each = announcer();
    const labels = (view: ReturnType<typeof at>) => ({
      ...view,
      services: view.services.map((service) => ({ ...service, label: service.label + 100 })),
    });
    each.poll(at("up"), 0, NOW);
    expect(each.nextTimeout(labels(at("up")), NOW + 500)).toBe(NOW + 10_000);
    expect(each.poll(labels(at("down")), 0, NOW + 999)).toBeUndefined();
    const octets = each.poll(labels(at("down")), 0, NOW + 1_000);
    expect(loadsOf(octets)).toEqual([100, 100]);
    expect((factOf(octets).body["services"] as { label: number }[]).every(({ label }) => label > 100)).toBe(true);
  });

  test("is no news of a service that this node has no more", () => {
    const each = announcer();
    each.poll(at("down"), 0, NOW);
    expect(factOf(each.poll(other, 0, NOW + 10_000)).body["services"]).toEqual([]);
    expect(loadsOf(each.poll(at("up"), 0, NOW + 20_000))).toEqual([0, 0]);
  });
});

test("each is newer than all before: of this life, of another, of a state folder that was lost, with a clock that was put back", () => {
  const each = announcer();
  const first = factOf(each.poll(view, 0, NOW));
  expect(first.epoch).toBe(NOW / 1_000);
  expect(factOf(announcer().poll(view, 2 * first.epoch, NOW)).epoch).toBe(2 * first.epoch + 1);
  expect(factOf(announcer().poll(view, 0, NOW + 1_000)).epoch).toBe(first.epoch + 1);
  expect(factOf(each.poll(view, first.epoch, NOW - 3_600_000)).epoch).toBe(first.epoch + 1);
  expect(each.poll(view, first.epoch + 1, NOW - 3_599_999)).toBeUndefined();
});

describe("a vertex whose key is not known yet", () => {
  const keyless = { ...view, own: [{ principal: "vertex/a", keys: [] }] };

  test("is announced once it is, as neighbours end the links of a vertex by an announcement without its key", () => {
    const each = announcer();
    expect(each.poll(keyless, 0, NOW)).toBeUndefined();
    expect(each.nextTimeout(keyless, NOW)).toBe(NOW + 60_000);
    expect(factOf(each.poll(view, 0, NOW + 1)).body["spki-hashes"]).toContain(hash("b"));
  });

  test("is announced without it when its link vertex has shown none for a minute", () => {
    const each = announcer();
    expect(each.poll({ ...keyless, links: [] }, 0, NOW - 60_000)).toBeUndefined();
    expect(each.poll(keyless, 0, NOW)).toBeUndefined();
    expect(each.poll(keyless, 0, NOW + 59_999)).toBeUndefined();
    expect(factOf(each.poll(keyless, 0, NOW + 60_000)).body["spki-hashes"]).toEqual([hash("b"), hash("c")]);
  });

  test("has the key that it had, while its link vertex is away", () => {
    const each = announcer();
    const own = [{ principal: "vertex/a", keys: [hash("d")] }];
    const first = factOf(each.poll({ ...view, own }, 0, NOW));
    const later = factOf(each.poll(keyless, first.epoch, NOW + 450_000));
    expect(later.body["spki-hashes"]).toEqual([hash("b"), hash("c"), hash("d")]);
  });
});
