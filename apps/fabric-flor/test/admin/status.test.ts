import { describe, expect, test } from "vitest";
import type { NeighbourStatus, ServiceStatus } from "../../src/admin/agent-status.ts";
import { FABRIC_METRICS } from "../../src/admin/fabric-metrics.ts";
import type { FabricFlorStatus } from "../../src/admin/fabric-status.ts";
import { judgeFabricFlor } from "../../src/admin/judge-status.ts";
import { renderFabricFlorStatus } from "../../src/admin/render-status.ts";
import { NO_LINKS } from "./no-links.ts";
import { STEADY_DEVICE } from "./steady-device.ts";
import { QUIET_MAIL } from "./quiet-mail.ts";
import { QUIET_ROUTES } from "./quiet-routes.ts";
import { QUIET_REST } from "./no-usage.ts";

const DAY = 86_400_000;
const NEIGHBOUR: NeighbourStatus = {
  peer: "b",
  link: "b",
  state: "reading",
  isServed: true,
  cursors: { entry: 7, public: 12 },
  taken: 9,
  refused: 0,
  mutedForMs: null,
  fault: "",
  clockAheadMs: 40,
};
const RECORD = { id: "ab", epoch: 2, generation: 2, expires: "2026-12-25T12:00:00.000Z", hosts: ["b", "c"] };
const SERVICE: ServiceStatus = {
  service: "web",
  scope: "cluster",
  proves: "web",
  active: RECORD,
  candidate: null,
  fallbacks: [],
  isVoid: false,
  path: "auto.web.b",
  next: null,
  state: "none",
  text: "",
};
const STATUS: FabricFlorStatus = {
  instance: "00ff",
  startedAt: "2026-11-25T12:00:00.000Z",
  version: "0.1.0",
  cluster: "demo",
  node: "a",
  key: "5b".repeat(32),
  findings: [],
  config: { file: "/etc/fabric.yaml", source: "file", fileState: "same", confirmMs: null },
  writes: null,
  metrics: null,
  device: STEADY_DEVICE,
  process: { pid: 1, rssBytes: 0, heapBytes: 0, externalBytes: 0, timers: 0, handles: 0, openFilesMax: null },
  root: {
    version: 3,
    id: "cd",
    isDevelopment: false,
    issued: "2026-11-01T12:00:00.000Z",
    expires: "2027-11-01T12:00:00.000Z",
    ageMs: 24 * DAY,
    endsInMs: 341 * DAY,
    waiting: [],
  },
  standing: "in-force",
  ends: [
    {
      kind: "role",
      scope: "cluster",
      subject: "a/relay/north",
      epoch: 1,
      expires: "2026-11-30T12:00:00.000Z",
      endsInMs: 5 * DAY,
      state: "valid",
    },
    {
      kind: "node",
      scope: "cluster",
      subject: "a",
      epoch: 1,
      expires: "2027-02-01T12:00:00.000Z",
      endsInMs: 68 * DAY,
      state: "valid",
    },
  ],
  clock: null,
  records: {
    count: 5,
    octets: 2_100,
    kinds: { node: 2, service: 1, announce: 2 },
    sections: { entry: 1, public: 1, papers: 2, kept: 1 },
    judged: { taken: 5, quorum: 1 },
  },
  neighbours: [NEIGHBOUR],
  services: [SERVICE],
  failedProofs: { unproven: 2 },
  door: {
    away: null,
    refused: null,
    generation: 4,
    isInSync: true,
    posted: 3,
    refusals: 1,
    paths: 1,
    leftOut: [],
    noRoom: [],
  },
  log: null,
  renewals: null,
  joins: null,
  mail: QUIET_MAIL,
  links: NO_LINKS,
  routes: QUIET_ROUTES,
  coordinator: null,
  leaders: { services: [], asks: 0, grants: 0, coordinator: null },
  ...QUIET_REST,
};
const COMMAND = { starts: 3, lines: { taken: 7, bad: 1, skipped: 0 }, fault: null };
const fault = { code: "ERR_X", text: "it does not work", advice: "Mend it." };

/** The first finding of a status with these changes: its weight, and a part of its words. */
const CASES: Readonly<Record<string, readonly [Partial<FabricFlorStatus>, "fault" | "warning", RegExp]>> = {
  "no root": [{ root: null }, "fault", /no root.*root-file.*flor fabric publish/],
  "a root for development": [
    { root: { ...STATUS.root!, isDevelopment: true } },
    "warning",
    /for development.*trials alone/,
  ],
  "a root that ends soon": [
    {
      root: { ...STATUS.root!, endsInMs: 29 * DAY },
      ends: [{ ...STATUS.ends[0]!, kind: "root", subject: "root", state: "expires-soon" }],
    },
    "warning",
    /root ends in 29 d/,
  ],
  "a root that has ended": [{ root: { ...STATUS.root!, endsInMs: -1 } }, "fault", /root has ended.*2027/],
  "a node without a record": [
    { standing: "no-record" },
    "fault",
    /node a has no record in force.*flor fabric approve a=5b5b/,
  ],
  "a node with another key": [{ standing: "other-key" }, "fault", /names another key/],
  "a node that was taken back": [{ standing: "void" }, "fault", /taken back/],
  "no door": [{ door: { ...STATUS.door, away: fault } }, "fault", /door cannot be asked \(ERR_X.*Mend it/],
  "an overlay that is refused": [
    { door: { ...STATUS.door, refused: fault } },
    "fault",
    /refuses the overlay \(ERR_X: it does not work\).*Mend it/,
  ],
  "a part that the file does not let in": [
    { door: { ...STATUS.door, leftOut: [{ what: "path auto.web.b", why: "there is no link b" }] } },
    "warning",
    /does not let path auto.web.b in \(there is no link b\)/,
  ],
  "more services than an overlay has room for": [
    { door: { ...STATUS.door, noRoom: ["web"] } },
    "fault",
    /no room for 1 services, web first/,
  ],
  "records that cannot be written": [{ writes: fault }, "fault", /cannot be written \(ERR_X.*disk is full/],
  "a service without a record": [
    { services: [{ ...SERVICE, active: null, path: null }] },
    "fault",
    /service web is wanted here, and has no record.*flor fabric propose service web/,
  ],
  "a service that was taken back": [
    { services: [{ ...SERVICE, active: null, path: null, isVoid: true }] },
    "fault",
    /was taken back/,
  ],
  "a source of device facts that has ended": [
    { device: { ...STEADY_DEVICE, command: { ...COMMAND, fault: "has ended (exit code 1)" } } },
    "warning",
    /^the source of what this device is like has ended \(exit code 1\) \(ERR_FABRIC_DEVICE_SOURCE\): nothing good is known/,
  ],
  "a service without a way": [
    { services: [{ ...SERVICE, path: null }] },
    "fault",
    /reached nowhere: there is no path to b, c.*ways/,
  ],
  "a service that is not proven": [
    { services: [{ ...SERVICE, path: null, next: "auto.web.b", state: "refused", text: "another key" }] },
    "fault",
    /no host of service web is proven \(auto.web.b, refused: another key\)/,
  ],
  "a newer record that is not proven": [
    { services: [{ ...SERVICE, candidate: { ...RECORD, epoch: 3 }, next: "auto.web.c", state: "unproven" }] },
    "warning",
    /newer record of service web is not proven \(auto.web.c, unproven\): streams go where they went/,
  ],
  "a neighbour that is muted": [
    { neighbours: [{ ...NEIGHBOUR, state: "muted", fault: "wrong signatures", mutedForMs: 1_000 }] },
    "warning",
    /agent of b is muted \(wrong signatures\).*Its link goes on/,
  ],
  "a neighbour that cannot be read": [
    { neighbours: [{ ...NEIGHBOUR, state: "waiting", fault: "nobody takes it" }] },
    "warning",
    /agent of b cannot be read \(nobody takes it\)/,
  ],
  "a clock that is behind": [
    { neighbours: [{ ...NEIGHBOUR, clockAheadMs: -DAY }] },
    "warning",
    /clock of b is 24 h behind ours/,
  ],
  "a clock that is ahead": [{ neighbours: [{ ...NEIGHBOUR, clockAheadMs: 400_000 }] }, "warning", /min ahead of ours/],
};

describe("what is wrong", () => {
  test("is nothing where all is well, and where a neighbour's link is down, which cluster-flor tells", () => {
    expect(judgeFabricFlor(STATUS)).toEqual([]);
    expect(judgeFabricFlor({ ...STATUS, neighbours: [{ ...NEIGHBOUR, link: null, state: "down" }] })).toEqual([]);
  });

  test.each(Object.entries(CASES))("with %s", (_, [changes, weight, words]) => {
    const findings = judgeFabricFlor({ ...STATUS, ...changes });
    expect(findings).toMatchObject([{ weight, about: "fabric" }]);
    expect(findings.map(({ text, advice }) => `${text}. ${advice}`)).toEqual([expect.stringMatching(words)]);
  });

  test("is told with its cause alone: without a root no service has a record, without a door none a path", () => {
    const services = [{ ...SERVICE, active: null, path: null }];
    expect(judgeFabricFlor({ ...STATUS, root: null, standing: "no-record", services })).toHaveLength(1);
    expect(judgeFabricFlor({ ...STATUS, door: { ...STATUS.door, away: fault }, services })).toHaveLength(1);
  });
});

test("people see what a device is like, and its command's lines", () => {
  const device = { ...STEADY_DEVICE, battery: 57, charging: false, metered: true, foreground: false, command: COMMAND };
  expect(renderFabricFlorStatus({ ...STATUS, device }, 100)).toContain(
    "device: battery 57 %, NOT charging; network wired, each byte is paid for; in the BACKGROUND; lines of its source: taken 7, bad 1\n",
  );
  expect(judgeFabricFlor({ ...STATUS, device })).toEqual([]);
});

test("the command of a device has metrics", () => {
  const device = { ...STEADY_DEVICE, command: COMMAND };
  const samples = FABRIC_METRICS.filter(({ name }) => name.startsWith("fabric_device_")).flatMap((metric) =>
    [...metric.samples({ ...STATUS, device })].map(({ labels, value }) => [metric.name, labels["outcome"], value]),
  );
  expect(samples).toEqual([
    ["fabric_device_source_dead", undefined, 0],
    ["fabric_device_lines_total", "taken", 7],
    ["fabric_device_lines_total", "bad", 1],
    ["fabric_device_lines_total", "skipped", 0],
  ]);
});

test("people see first whether all is well, and then all of it", () => {
  expect(renderFabricFlorStatus(STATUS, 100)).toBe(`\
whole: 5 records, 1 neighbour, 1 service
version 0.1.0, instance 00ff, up since 2026-11-25T12:00:00.000Z
node a of cluster demo, key ${STATUS.key}
root: version 3, 24 d old, until 2027-11-01T12:00:00.000Z
the role a/relay/north: until 2026-11-30T12:00:00.000Z
the record of node a: until 2027-02-01T12:00:00.000Z
records: 5 (2.1 kB)
  in force: node 2, service 1, announce 2
  by section: entry 1, public 1, papers 2, kept 1
  judged: taken 5, quorum 1
device: no battery that is known, charging; network wired, not metered; in use, or always on; as Linux says
overlay: generation 4, 1 paths; 3 posted, 1 refused; proofs that failed: unproven 2

neighbours
  PEER  STATE    READS HERE  TAKEN  REFUSED  LINK  READ TO ROW         MUTED FOR  REASON
  b     reading  yes         9      0        b     entry 7, public 12  -          -

services
  SERVICE  ACTIVE         CANDIDATE  PATH        NEXT  FALLBACKS  REASON
  web      epoch 2: b, c  -          auto.web.b  -     -          -
`);
});

test("before anything is known, it is shown all the same", () => {
  const { door } = STATUS;
  const empty = { count: 0, octets: 0, kinds: {}, sections: {}, judged: {} };
  const early = { root: null, records: empty, neighbours: [], services: [], door: { ...door, generation: null } };
  const text = renderFabricFlorStatus({ ...STATUS, ...early }, 80);
  expect(text).toContain("root: none");
  expect(text).toContain("overlay: not seen yet");
});

test("metrics have what the status has", () => {
  const samples = FABRIC_METRICS.flatMap((metric) =>
    [...metric.samples(STATUS)].map(({ labels, value }) => {
      const { process: _, cluster: __, ...rest } = labels;
      return [metric.name, ...Object.entries(rest).map(([name, text]) => `${name}=${text}`), value].join(" ");
    }),
  );
  expect(samples.filter((line) => line.startsWith("fabric_"))).toEqual([
    "fabric_root_version 3",
    `fabric_root_not_after_timestamp_seconds ${Date.parse("2027-11-01T12:00:00.000Z") / 1_000}`,
    `fabric_record_not_after_timestamp_seconds kind=role subject=a/relay/north ${Date.parse("2026-11-30T12:00:00.000Z") / 1_000}`,
    `fabric_record_not_after_timestamp_seconds kind=node subject=a ${Date.parse("2027-02-01T12:00:00.000Z") / 1_000}`,
    "fabric_record_warned kind=role subject=a/relay/north 0",
    "fabric_record_warned kind=node subject=a 0",
    "fabric_clock_wrong 0",
    "fabric_node_in_force 1",
    "fabric_records 5",
    "fabric_record_bytes 2100",
    "fabric_records_in_force kind=node 2",
    "fabric_records_in_force kind=service 1",
    "fabric_records_in_force kind=announce 2",
    "fabric_records_judged_total outcome=taken 5",
    "fabric_records_judged_total outcome=quorum 1",
    "fabric_failed_proofs_total reason=unproven 2",
    "fabric_neighbours state=reading 1",
    "fabric_neighbours state=opening 0",
    "fabric_neighbours state=waiting 0",
    "fabric_neighbours state=muted 0",
    "fabric_neighbours state=down 0",
    "fabric_door_open 1",
    "fabric_overlay_in_sync 1",
    "fabric_overlay_generation 4",
    "fabric_overlay_orders_total outcome=taken 3",
    "fabric_overlay_orders_total outcome=refused 1",
    "fabric_writes_failing 0",
    "fabric_mail_readers 0",
    ...["sent", "answered", "unanswered", "read", "replied", "forwarded", "returned", "lost"].map(
      (what) => `fabric_mail_total what=${what} 0`,
    ),
    "fabric_records_waiting 0",
    "fabric_links phase=up 0",
    "fabric_links phase=calls 0",
    "fabric_links phase=lets-in 0",
    "fabric_links phase=rests 0",
    "fabric_link_candidates 0",
    "fabric_leases 0",
    "fabric_leases_in_use standing=live 0",
    "fabric_leases_in_use standing=held 0",
    "fabric_leases_asked 0",
    "fabric_permits 0",
    "fabric_permits_waiting 0",
    "fabric_coordinator_letters_total what=sent 0",
    "fabric_coordinator_letters_total what=answered 0",
    "fabric_routes_without_bulk 0",
    ...["calls", "asks", "mail", "reports", "letters", "route-changes"].map(
      (limit) => `fabric_limits_total limit=${limit} 0`,
    ),
    "fabric_usage what=receipts 0",
    "fabric_usage what=records 0",
    "fabric_usage_signed_total what=receipts 0",
    "fabric_telemetry what=observations 0",
    "fabric_leader_asks_total what=sent 0",
    "fabric_leader_asks_total what=granted 0",
    "fabric_leader_grants_total outcome=granted 0",
    "fabric_leader_grants_total outcome=refused 0",
    "fabric_misuse_total of=route-churn 0",
    "fabric_misuse_total of=joins 0",
    "fabric_misuse_total of=authentication 0",
    "fabric_misuse_held_back_total of=route-churn 0",
    "fabric_misuse_held_back_total of=joins 0",
    "fabric_misuse_held_back_total of=authentication 0",
    "fabric_misuse_slowed of=route-churn 0",
    "fabric_misuse_slowed of=joins 0",
    "fabric_misuse_slowed of=authentication 0",
  ]);
});

test("status shows leased routes: which is in use, which has failed, and that a lease is held", () => {
  const over = (via: readonly string[]) => ({ via, cost: 900, inUse: [], failure: null });
  const lease = {
    service: "web",
    scope: "cluster",
    host: "d",
    coordinator: "b",
    epoch: 7,
    standing: "held",
    expires: "2026-11-25T12:10:00.000Z",
    routes: [
      { ...over(["b", "d"]), failure: "timeout" },
      { ...over(["c", "d"]), inUse: ["reliable" as const] },
      over(["e", "d"]),
    ],
  };
  const routes = { ...QUIET_ROUTES, held: 1, leases: [lease], coordinators: [{ node: "b", doesAnswer: false }] };
  const text = renderFabricFlorStatus({ ...STATUS, routes }, 100);
  expect(text).toContain("coordinators: b (silent)");
  expect(text).toContain("web at d, leased by b, HELD beyond 2026-11-25T12:10:00.000Z:");
  expect(text).toContain("b > d, cost 900: failed (timeout)");
  expect(text).toContain("c > d, cost 900: in use (reliable)");
  expect(text).toContain("e > d, cost 900: stands by");
});

test("status shows who leads a service, what coordinators say, and a store that is not the one that it was", () => {
  const said = [{ coordinator: "c", outcome: "other-leader", leader: "b" }];
  const web = { name: "web", scope: "cluster", service: "web", grantedMs: 0, said };
  const coordinator = { granted: 3, refused: 1, entries: 2, isBroken: false };
  const leaders = { services: [web], asks: 4, grants: 3, coordinator };
  const text = renderFabricFlorStatus({ ...STATUS, leaders }, 100);
  expect(text).toContain("service web: this node does not lead; c: other-leader (b leads)\n");
  expect(text).toContain("leaders: 3 grants given, 1 refused; 2 entries in the store\n");
  const led = {
    ...leaders,
    services: [{ ...web, grantedMs: 9_400, said: [] }],
    coordinator: { ...coordinator, isBroken: true },
  };
  const ledText = renderFabricFlorStatus({ ...STATUS, leaders: led }, 100);
  expect(ledText).toContain("service web: this node leads, granted for 9 s more; no coordinator has answered\n");
  expect(ledText).toContain("THE STORE OF LEADERS IS NOT THE ONE THAT IT WAS\n");
});
