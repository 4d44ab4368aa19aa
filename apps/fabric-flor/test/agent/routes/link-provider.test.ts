import type { Endpoint } from "@florenetes/facts";
import { expect, test } from "vitest";
import { providerOf } from "../../../src/agent/routes/link-provider.ts";

const place = (host: number, provider?: string): Endpoint => ({
  id: `e${host}`,
  endpoint: `udp://192.0.2.${host}:4433`,
  carrier: "quic",
  reach: "public",
  ...(provider !== undefined && { provider }),
  priority: 0,
  weight: 0,
});
const ACME = [place(1, "acme"), place(2, "acme"), place(3)];
const BOTH = [place(4, "acme"), place(5, "globex")];
const called = (host: number): { readonly endpoint: string } => ({ endpoint: `udp://192.0.2.${host}:4433` });
const WAS_CALLED = { endpoint: null };

test.each([
  ["a node of one provider says that one, whoever calls", WAS_CALLED, ACME, BOTH, "acme"],
  ["so it does when it calls a node of one, which says its own", called(6), ACME, [place(6, "globex")], "acme"],
  ["a caller of a node of several says which of them it has called", called(5), ACME, BOTH, "globex"],
  ["a node of several that was called does not know", WAS_CALLED, BOTH, ACME, undefined],
  ["a node that has nothing written says what it has called", called(6), [], [place(6, "globex")], "globex"],
  ["an endpoint that is not announced says nothing", called(9), [], BOTH, undefined],
  ["nor does a node without providers", called(3), [place(7)], [place(3)], undefined],
] as const)("%s", (_, link, own, peers, provider) => {
  expect(providerOf(link, own, () => peers)).toBe(provider);
});

test("nothing is looked up for a link over which this node was called", () => {
  const ask = (): never => {
    throw new Error("the peer's endpoints are asked for");
  };
  expect(providerOf(WAS_CALLED, ACME, ask)).toBe("acme");
  expect(() => providerOf(called(6), ACME, ask)).toThrow("asked for");
});
