import type { Endpoint } from "@florenetes/facts";
import { expect, test } from "vitest";
import { type EndpointSight, OwnEndpoints } from "../../src/agent/own-endpoints.ts";

const written: Endpoint = {
  id: "fibre",
  endpoint: "udp://198.51.100.1:4433",
  carrier: "quic",
  reach: "public",
  provider: "acme",
  priority: 1,
  weight: 0,
};
const addresses = [
  { address: "192.168.1.5", network: "192.168.1.0/24" },
  { address: "2001:db8::5", network: "2001:db8::/64" },
  { address: "fe80::1", network: "fe80::/64" },
  { address: "127.0.0.1", network: "127.0.0.0/8" },
];
const sight = (seen: readonly string[], more: Partial<EndpointSight> = {}): EndpointSight => {
  return { written: [], addresses, seen, mayLoopBack: false, ...more };
};
const shown = (endpoints: readonly Endpoint[]): string[] =>
  endpoints.map(({ endpoint, reach }) => `${reach} ${endpoint}`);

test("own addresses are announced with the port at which a neighbour sees one of them", () => {
  expect(shown(new OwnEndpoints().of(sight([])))).toEqual([]);
  expect(shown(new OwnEndpoints().of(sight(["udp://192.168.1.5:4433"])))).toEqual([
    "local udp://192.168.1.5:4433",
    "public udp://[2001:db8::5]:4433",
  ]);
  expect(shown(new OwnEndpoints().of(sight(["udp://127.0.0.1:4433"], { mayLoopBack: true })))).toContain(
    "local udp://127.0.0.1:4433",
  );
});

test("behind a router the address that neighbours see is reflexive, at most four of them, those of most neighbours first", () => {
  const seen = [1, 2, 2, 3, 4, 5].map((host) => `udp://203.0.113.${host}:999`);
  expect(shown(new OwnEndpoints().of(sight(seen)))).toEqual(
    [2, 1, 3, 4].map((host) => `reflexive udp://203.0.113.${host}:999`),
  );
});

test("what the operator has written stands first, and is not said twice", () => {
  const endpoints = new OwnEndpoints().of(
    sight(["udp://198.51.100.1:4433", "udp://192.168.1.5:4433"], { written: [written] }),
  );
  expect(shown(endpoints)).toEqual([
    "public udp://198.51.100.1:4433",
    "local udp://192.168.1.5:4433",
    "public udp://[2001:db8::5]:4433",
  ]);
  expect(endpoints[0]).toBe(written);
});

test("what neighbours say that is no address of a node is left out", () => {
  const seen = [
    "",
    "udp://0.0.0.0:1",
    "udp://239.1.1.1:5",
    "tcp://192.168.1.5:4433",
    "udp://127.0.0.1:4433",
    "x".repeat(300),
  ];
  expect(new OwnEndpoints().of(sight(seen))).toEqual([]);
});

test("a node whose addresses change says so at once, with the port that it had", () => {
  const own = new OwnEndpoints();
  own.of(sight(["udp://192.168.1.5:4433"]));
  const moved = [{ address: "10.1.2.3", network: "10.1.0.0/16" }];
  expect(shown(own.of(sight([], { addresses: moved })))).toContain("local udp://10.1.2.3:4433");
  expect(shown(own.of(sight(["udp://10.1.2.3:4433"], { addresses: moved })))).toEqual(["local udp://10.1.2.3:4433"]);
});

test("no announcement has more than fifteen", () => {
  const many = Array.from({ length: 40 }, (_, at) => ({ address: `10.0.0.${at + 1}`, network: "10.0.0.0/24" }));
  expect(new OwnEndpoints().of(sight(["udp://10.0.0.1:4433"], { addresses: many }))).toHaveLength(15);
});

test("a node that neighbours see at its own addresses alone is behind no router, and one that they see elsewhere is", () => {
  const endpoints = new OwnEndpoints();
  const natOf = (...seen: readonly string[]): string => {
    endpoints.of(sight(seen));
    return endpoints.nat;
  };
  expect(natOf("")).toBe("unknown");
  expect(natOf("udp://192.168.1.5:4433")).toBe("none");
  expect(natOf("udp://192.168.1.5:4433", "udp://203.0.113.1:999")).toBe("mapped");
  expect(natOf()).toBe("mapped");
});
