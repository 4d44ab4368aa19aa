import { expect, test } from "vitest";
import { nodesOf } from "../../src/fabric/nodes.ts";
import { routesOf } from "../../src/fabric/routes.ts";
import { servicesOf } from "../../src/fabric/services.ts";
import { Sight } from "../../src/fabric/sight.ts";
import { authorityOf, logOf } from "../../src/fabric/authority.ts";
import {
  announceRecord,
  FABRIC,
  leaseOf,
  PHONE,
  nodeRecord,
  recordOf,
  reportOf,
  serviceRecord,
  viewOf,
  WALL,
} from "../a-fabric.ts";

test("a node is told with what it announces and reports, and the roles that it holds", () => {
  const report = reportOf("b", {
    links: [{ peer: "a", roundTripMs: 2, loss: 0, tag: "0", queue: 0 }],
    offer: { rate: 100_000 },
    profile: PHONE,
  });
  const nodes = nodesOf(viewOf({ ...FABRIC, reports: [report] }));
  expect(nodes.map(({ name, state }) => [name, state])).toEqual([
    ["a", "announced"],
    ["b", "announced"],
    ["z", "silent"],
  ]);
  expect(nodes[1]).toMatchObject({
    organization: "acme",
    tier: 1,
    capabilities: ["relay"],
    roles: [{ role: "relay", scope: "cluster", partition: "default" }],
    services: [
      { service: "web", load: 100 },
      { service: "db", load: 0 },
    ],
    endpoints: [{ id: "out", endpoint: null, carrier: "quic", reach: "reverse", provider: null }],
    program: { version: "1.2.3", commit: "0123456789abcdef", contracts: PHONE.contracts },
    health: {
      reported: new Date(WALL - 5_000).toISOString(),
      device: PHONE.device,
      relays: 100_000,
      links: [{ peer: "a" }],
    },
    record: { id: "b-id" },
  });
  expect([nodes[0]!.health, nodes[0]!.program]).toEqual([null, null]);
  const { battery: _, ...fed } = PHONE.device;
  const [, fixed] = nodesOf(viewOf({ ...FABRIC, reports: [reportOf("b", { profile: { ...PHONE, device: fed } })] }));
  expect(fixed!.health!.device!.battery).toBeNull();
});

test.each([
  { hosts: ["a"], loads: { a: { web: 0 } }, state: "served", told: ["serving"] },
  { hosts: ["a", "b"], loads: { a: { web: 99 }, b: { web: 100 } }, state: "degraded", told: ["serving", "full"] },
  { hosts: ["a", "b"], loads: { a: {} }, state: "down", told: ["not-serving", "silent"] },
  { hosts: ["x"], loads: { x: { web: 0 } }, state: "down", told: ["no-record"] },
  { hosts: [], loads: {}, state: "down", told: [] },
])("a service whose hosts $hosts announce $loads is $state", ({ hosts, loads, state, told }) => {
  const announce = Object.entries(loads).map(([node, services]) => announceRecord(node, services));
  const node = [nodeRecord("a"), nodeRecord("b")];
  const [service] = servicesOf(viewOf({ records: { node, announce, service: [serviceRecord("web", hosts)] } }));
  expect(service).toMatchObject({ state, hosts: told.map((each) => ({ state: each })) });
});

test("the leader of a service is told, of a service with one at a time alone", () => {
  const service = serviceRecord("web", ["a"]);
  const led = { ...service, body: { ...service.body, mode: "leader" as const } };
  const leader = [recordOf("web", { host: "a" }, { issuer: "c" })];
  expect(servicesOf(viewOf({ records: { service: [led], leader } }))[0]!.leader).toMatchObject({
    host: "a",
    coordinator: "c",
  });
  expect(servicesOf(viewOf({ records: { service: [service], leader } }))[0]!.leader).toBeNull();
  expect(servicesOf(viewOf({ records: { service: [led] } }))[0]!.leader).toBeNull();
});

test("of a lease that origin and coordinator tell of, the origin's word is told; leases that stand by are not", () => {
  const leases = [
    leaseOf("a", "web", "b"),
    leaseOf("a", "web", "b", { told: "coordinator", isUsed: null, standing: null }),
    leaseOf("a", "web", "b", { coordinator: "d", isUsed: false }),
  ];
  for (const told of [leases, leases.toReversed()]) {
    expect(routesOf(viewOf({ records: {}, leases: told }))).toMatchObject([{ told: "origin", coordinator: "c" }]);
  }
});

/* So a real agent without links answers: known-routes.test.ts of fabric-flor. */
test.each([
  { standings: ["live"], state: "unusable", fault: null, finding: "unusable" },
  { standings: ["void"], state: "stands-by", fault: "void", finding: "void" },
  { standings: ["ended", "held"], state: "unusable", fault: null, finding: "unusable" },
])("where an origin uses none of its leases, which are $standings, its route has failed", (each) => {
  const [route] = leaseOf("a", "web", "b").routes;
  const routes = [{ ...route!, state: each.state, inUse: [] }];
  const held = each.standings.map((standing, at) =>
    leaseOf("a", "web", "b", { coordinator: `c${at}`, standing, isUsed: false, routes }),
  );
  const leased = leaseOf("a", "web", "b", { told: "coordinator", isUsed: null, standing: null });
  const sight = new Sight(viewOf({ records: { node: [nodeRecord("a")] }, leases: [...held, leased] }), "all");
  expect(sight.routes).toMatchObject([{ told: "origin", state: "failed", fault: each.fault }]);
  const text = `no route from a to web at b carries (${each.finding})`;
  expect(sight.verdict.findings).toContainEqual(expect.objectContaining({ weight: "fault", text }));
});

test.each([
  { states: ["in-use", "stands-by"], state: "carried" },
  { states: ["failed", "stands-by"], state: "carried" },
  { states: ["failed", "unusable"], state: "failed" },
  { states: [], state: "none" },
])("routes that are $states are told as $state", ({ states, state }) => {
  const [route] = leaseOf("a", "web", "b").routes;
  const routes = states.map((each) => ({ ...route!, state: each }));
  expect(routesOf(viewOf({ records: {}, leases: [leaseOf("a", "web", "b", { routes })] }))).toMatchObject([{ state }]);
});

test("who may sign what is told by the root; before there is one, nothing", () => {
  const keys = {
    threshold: 2,
    keys: [
      { key: "00", name: "alice" },
      { key: "01", name: "p", auto: true as const },
    ],
  };
  const root = recordOf(
    "root",
    { mode: "production", authorities: { control: keys }, recovery: "none" as const },
    { epoch: 3 },
  );
  expect(authorityOf(viewOf({ records: { root: [root] } }), () => true)).toMatchObject({
    root: { version: 3, mode: "production" },
    quorums: [
      {
        authority: "control",
        threshold: 2,
        keys: [
          { name: "alice", isProgram: false },
          { name: "p", isProgram: true },
        ],
      },
    ],
  });
  expect(authorityOf(viewOf({ records: {} }), () => true)).toBeNull();
  expect(logOf(viewOf({ records: {} }))).toBeNull();
});
