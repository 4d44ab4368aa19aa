import { expect, test } from "vitest";
import { Sight } from "../../src/fabric/sight.ts";
import type { Organizations } from "../../src/reader-rights.ts";
import { FABRIC, leaseOf, PHONE, recordOf, reportOf, serviceRecord, viewOf } from "../a-fabric.ts";

const all = (fabric = FABRIC): Sight => new Sight(viewOf(fabric), "all");

test("a fabric without faults is whole", () => {
  const { announce = [], node = [], service = [] } = FABRIC.records;
  const [, b] = announce;
  const serving = {
    ...b!,
    body: {
      ...b!.body,
      services: [
        { service: "web", load: 1 },
        { service: "db", load: 0 },
      ],
    },
  };
  const records = { node: node.slice(0, 2), announce: [announce[0]!, serving], service: service.slice(0, 2) };
  expect(all({ records }).verdict).toEqual({
    isWhole: true,
    findings: [],
    counts: { nodes: 2, services: 2, routes: 0 },
    switches: {},
  });
});

test("each finding says what is wrong, where, and what to do", () => {
  const [route] = leaseOf("a", "web", "b").routes;
  const dead = { ...route!, state: "failed", failure: "silent" };
  const leases = [
    leaseOf("a", "web", "b", { routes: [dead] }),
    leaseOf("a", "db", "b", { routes: [], fault: "no-route" }),
  ];
  const status = { findings: [{ weight: "warning" as const, text: "the clock is late", advice: "Set the clock." }] };
  const { isWhole, findings } = all({ ...FABRIC, leases, status }).verdict;
  expect(isWhole).toBe(false);
  expect(findings.map(({ weight, text }) => `${weight}: ${text}`)).toEqual([
    "warning: the agent of c: the clock is late",
    "warning: 1 of 3 nodes have not announced themselves for 15 minutes: z",
    "warning: service web is served by fewer hosts than it should be: b takes nothing more, or its program is down",
    "fault: service mail of org/zenith is served by no host: z is silent",
    "warning: no route can be leased from a to db at b (no-route)",
    "fault: no route from a to web at b carries (silent)",
  ]);
  for (const { advice } of findings) expect(advice).toMatch(/^.{8,}[.?]$/u);
});

test("a service without hosts is a fault of its own", () => {
  const { verdict } = all({ records: { service: [serviceRecord("web", [])] } });
  expect(verdict.findings).toMatchObject([{ weight: "fault", text: "service web has no host" }]);
});

test("a reader sees the cluster's services and its own organization's nodes, services and routes, and no more", () => {
  const status = { findings: [{ weight: "fault" as const, text: "mallory is muted", advice: "Look." }] };
  const acme = new Sight(viewOf({ ...FABRIC, status }), new Set(["acme"]));
  expect(acme.nodes.map(({ name }) => name)).toEqual(["a", "b"]);
  expect(acme.services.map(({ name }) => name)).toEqual(["db", "web"]);
  expect(acme.routes.map(({ origin }) => origin)).toEqual(["a"]);
  expect(JSON.stringify(acme.verdict)).not.toMatch(/zenith|mallory|mail/);

  // b holds a public role: everybody may know it.
  const stranger = new Sight(viewOf(FABRIC), new Set());
  expect(stranger.nodes.map(({ name }) => name)).toEqual(["b"]);
  expect(stranger.routes).toEqual([]);

  expect(stranger.authority).toBeNull();
  const root = recordOf("root", { mode: "production", authorities: {}, recovery: "none" as const });
  const rooted = new Sight(viewOf({ ...FABRIC, records: { ...FABRIC.records, root: [root] } }), new Set(["acme"]));
  expect(new Set(rooted.authority!.ends.map(({ kind, scope }) => `${kind} ${scope}`))).toEqual(
    new Set(["root cluster", "service cluster"]),
  );

  const zenith = new Sight(viewOf(FABRIC), new Set(["zenith"]));
  expect(zenith.services.map(({ name }) => name)).toEqual(["db", "web", "mail"]);
  expect(zenith.nodes.find(({ name }) => name === "z")!.roles).toHaveLength(1);
});

test("a report is told to the node's own organization alone, and names no neighbour that the reader does not see", () => {
  const links = ["a", "z"].map((peer) => ({ peer, roundTripMs: 2, loss: 0, tag: "0", queue: 0 }));
  const fabric = { ...FABRIC, reports: [reportOf("b", { links, profile: PHONE })] };
  const peersAt = (organizations: Organizations): unknown =>
    new Sight(viewOf(fabric), organizations).nodes
      .find(({ name }) => name === "b")!
      .health?.links.map(({ peer }) => peer);
  expect(peersAt("all")).toEqual(["a", "z"]);
  expect(peersAt(new Set(["acme"]))).toEqual(["a"]);
  expect(peersAt(new Set(["zenith"]))).toBeUndefined();
  expect(peersAt(new Set())).toBeUndefined();
  expect(new Sight(viewOf(fabric), new Set(["zenith"])).nodes.find(({ name }) => name === "b")!.program).toBeNull();
});

test("digests are others where something else is told, and the same where not", () => {
  const before = all();
  const { service = [] } = FABRIC.records;
  const after = all({ ...FABRIC, records: { ...FABRIC.records, service: [...service, serviceRecord("new", ["a"])] } });
  expect(after.digest("nodes")).toBe(before.digest("nodes"));
  expect(after.digest("services")).not.toBe(before.digest("services"));
});
