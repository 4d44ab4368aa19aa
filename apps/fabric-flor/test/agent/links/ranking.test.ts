import type { Endpoint } from "@florenetes/facts";
import { describe, expect, test } from "vitest";
import type { Health } from "../../../src/agent/links/endpoint-health.ts";
import { type Place, type RankingOptions, rankEndpoints } from "../../../src/agent/links/ranking.ts";

const NOW = 1_800_000_000_000;
const untried: Health = { tries: 0, failures: 0, hasWorked: false, roundTripMs: undefined, loss: 0 };

function endpoint(host: number, changes: Partial<Endpoint> = {}): Endpoint {
  const at = `udp://192.0.2.${host}:4433`;
  return { id: `e${host}`, endpoint: at, carrier: "quic", reach: "public", priority: 0, weight: 0, ...changes };
}

function place(node: string, endpoints: readonly Endpoint[], changes: Partial<Place> = {}): Place {
  return {
    node,
    sort: "relay",
    endpoints: endpoints.map((each) => ({ ...each, source: "living" })),
    tier: 1,
    isCrowded: false,
    load: 0,
    issued: NOW,
    ...changes,
  };
}

function options(
  health: Readonly<Record<number, Partial<Health>>> = {},
  changes: Partial<RankingOptions> = {},
): RankingOptions {
  const byEndpoint = new Map(Object.entries(health).map(([host, each]) => [`udp://192.0.2.${host}:4433`, each]));
  return {
    node: "a",
    mayLoopBack: false,
    dial: null,
    segments: new Set(["home"]),
    health: (at) => ({ ...untried, ...byEndpoint.get(at) }),
    ...changes,
  };
}

/** The last numbers of the addresses, the best one first. */
function hostsOf(places: readonly Place[], given: RankingOptions = options()): number[] {
  return rankEndpoints(places, given).ranked.map(({ endpoint: at }) => Number(/\.(\d+):/.exec(at)?.[1]));
}

describe("endpoints are ranked", () => {
  const cases: readonly [string, readonly Place[], RankingOptions?][] = [
    [
      "relays, seeds, hosts",
      [
        place("d", [endpoint(3)], { sort: "host" }),
        place("b", [endpoint(1)]),
        place("c", [endpoint(2)], { sort: "seed" }),
      ],
    ],
    [
      "what failed comes behind what did not",
      [place("b", [endpoint(2), endpoint(1)])],
      options({ 2: { failures: 1 } }),
    ],
    [
      "crowded ones behind others, whatever their owners say",
      [place("b", [endpoint(2)], { isCrowded: true }), place("c", [endpoint(1, { priority: 9 })])],
    ],
    ["by the priority that its owner gave", [place("b", [endpoint(2, { priority: 2 }), endpoint(1, { priority: 1 })])]],
    ["by trust", [place("b", [endpoint(2)], { tier: 0 }), place("c", [endpoint(1)], { tier: 3 })]],
    [
      "by reach: the own network, public, reflexive",
      [
        place("b", [
          endpoint(3, { reach: "reflexive" }),
          endpoint(2),
          endpoint(1, { reach: "local", segment: "home" }),
        ]),
      ],
    ],
    [
      "by round trip",
      [place("b", [endpoint(2), endpoint(1)])],
      options({ 1: { roundTripMs: 5 }, 2: { roundTripMs: 80 } }),
    ],
    ["by loss", [place("b", [endpoint(2), endpoint(1)])], options({ 2: { loss: 0.2 } })],
    ["by load", [place("b", [endpoint(2)], { load: 90 }), place("c", [endpoint(1)])]],
    ["by freshness", [place("b", [endpoint(2)], { issued: NOW - 86_400_000 }), place("c", [endpoint(1)])]],
  ];
  test.each(cases)("%s", (_, places, given) => {
    const hosts = hostsOf(places, given);
    expect(hosts).toEqual(hosts.toSorted((a, b) => a - b));
    expect(hostsOf(places.toReversed(), given)).toEqual(hosts);
  });

  test("equal ones in an order of each node's own, so that nodes share", () => {
    const places = Array.from({ length: 8 }, (_, host) => place(`r${host}`, [endpoint(host)]));
    const firsts = Array.from({ length: 64 }, (_, each) => hostsOf(places, options({}, { node: `n${each}` }))[0]);
    expect(new Set(firsts).size).toBe(8);
  });

  test("with reasons", () => {
    const given = options({ 1: { failures: 2, roundTripMs: 40.4, loss: 0.05 } });
    const { ranked } = rankEndpoints(
      [place("b", [endpoint(1, { provider: "acme", priority: 3 })], { load: 7 })],
      given,
    );
    expect(ranked[0]).toMatchObject({ node: "b", provider: "acme" });
    expect(ranked[0]!.reasons.join(", ")).toBe(
      "relay, 2 calls in vain, priority 3, trust tier 1, public, round trip 40 ms, loss 5 %, load 7 %",
    );
  });
});

test("endpoints that are not to be called are told by why", () => {
  const endpoints = [
    endpoint(1),
    { id: "out", carrier: "quic", reach: "reverse", priority: 0, weight: 0 } as const,
    endpoint(2, { carrier: "serial" }),
    endpoint(3, { endpoint: "udp://127.0.0.1:4433" }),
    endpoint(4, { endpoint: "udp://239.0.0.1:4433" }),
    endpoint(5, { endpoint: "udp://relay.example:4433" }),
    endpoint(6, { reach: "local", segment: "office" }),
  ];
  const { ranked, unfit } = rankEndpoints([place("b", endpoints)], options());
  expect(ranked.map(({ endpoint: at }) => at)).toEqual(["udp://192.0.2.1:4433"]);
  expect(Object.fromEntries(unfit)).toEqual({ reverse: 1, carrier: 1, address: 2, dial: 1, segment: 1 });
  const inLab = options({}, { mayLoopBack: true, dial: ["127.0.0.0/8"] });
  expect(rankEndpoints([place("b", endpoints)], inLab).ranked.map(({ endpoint: at }) => at)).toEqual([
    "udp://127.0.0.1:4433",
  ]);
});
