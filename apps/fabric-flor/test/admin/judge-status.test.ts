import { expect, test } from "vitest";
import type { FabricFlorStatus } from "../../src/admin/fabric-status.ts";
import { judgeFabricFlor } from "../../src/admin/judge-status.ts";
import { NO_LINKS } from "./no-links.ts";
import { STEADY_DEVICE } from "./steady-device.ts";
import { QUIET_MAIL } from "./quiet-mail.ts";
import { QUIET_ROUTES } from "./quiet-routes.ts";
import { NO_TELEMETRY, NO_USAGE } from "./no-usage.ts";

type Judged = Parameters<typeof judgeFabricFlor>[0];

const DAY_MS = 86_400_000;
const root: NonNullable<FabricFlorStatus["root"]> = {
  version: 1,
  id: "00",
  isDevelopment: false,
  issued: "2026-01-01T00:00:00.000Z",
  expires: "2027-01-01T00:00:00.000Z",
  ageMs: 30 * DAY_MS,
  endsInMs: 335 * DAY_MS,
  waiting: [],
};
const neighbour: FabricFlorStatus["neighbours"][number] = {
  peer: "b",
  link: "b",
  state: "reading",
  isServed: true,
  cursors: {},
  taken: 0,
  refused: 0,
  mutedForMs: null,
  fault: "",
  clockAheadMs: 0,
};
const END = {
  kind: "root",
  scope: "cluster",
  subject: "root",
  epoch: 1,
  expires: "2027-01-01T00:00:00.000Z",
  endsInMs: 29 * DAY_MS,
  state: "expires-soon" as const,
};
const ENDED = { ...END, endsInMs: -DAY_MS, state: "expired" as const };
const log: NonNullable<FabricFlorStatus["log"]> = {
  name: "main",
  store: { entries: 3, head: "00", isWhole: true, missing: 0, refused: {}, compacted: 0 },
  problem: null,
  forks: [],
  checkpoint: null,
  signers: ["a", "b"],
  isStale: false,
  differing: [],
  signing: { signed: 0, outcome: "sections" },
};
const WELL = {
  cluster: "demo",
  node: "a",
  key: "00",
  config: { file: "/etc/a.yaml", source: "file", fileState: "same", confirmMs: null },
  writes: null,
  metrics: null,
  device: STEADY_DEVICE,
  root,
  standing: "in-force",
  ends: [],
  clock: null,
  neighbours: [neighbour],
  services: [],
  door: { away: null, refused: null, leftOut: [], noRoom: [] },
  log,
  renewals: null,
  joins: null,
  mail: QUIET_MAIL,
  links: NO_LINKS,
  routes: QUIET_ROUTES,
  coordinator: null,
  usage: NO_USAGE,
  telemetry: NO_TELEMETRY,
  releases: null,
} as unknown as Judged;

const JOINS = {
  isListed: true,
  canMeet: true,
  isBehind: false,
  tokens: 1,
  waiting: 0,
  signed: 2,
  refused: {},
  fault: null,
};

test("nothing is found of an agent that is well", () => {
  expect(judgeFabricFlor(WELL)).toEqual([]);
  expect(judgeFabricFlor({ ...WELL, joins: JOINS })).toEqual([]);
});

test.each<[string, Partial<Judged>, "fault" | "warning", RegExp, RegExp]>([
  ["no root", { root: null }, "fault", /no root/, /root-file/],
  [
    "a root by recovery keys",
    { root: { ...root, waiting: [{ version: 2, id: "ab", leftMs: 3 * DAY_MS }] } },
    "warning",
    /recovery keys have signed version 2 of the root \(sha256:ab\).*after 3 d/,
    /root quorum sign another version 2/,
  ],
  [
    "a root that ends",
    { root: { ...root, endsInMs: 29 * DAY_MS }, ends: [END] },
    "warning",
    /root ends in/,
    /root quorum/,
  ],
  [
    "a root that has ended",
    { root: { ...root, endsInMs: 0 }, ends: [ENDED] },
    "fault",
    /root has ended/,
    /root quorum/,
  ],
  [
    "the node's own record that ends soon",
    { ends: [{ ...END, kind: "node", subject: "a" }] },
    "warning",
    /^the record of node a ends in 29 d/,
    /flor fabric propose node a --agent/,
  ],
  [
    "the node's own record that has ended",
    { standing: "no-record", ends: [{ ...ENDED, kind: "node", subject: "a" }] },
    "fault",
    /^the record of node a has ended .*let it in no more/,
    /flor fabric approve a=00 --epoch 2/,
  ],
  [
    "a role that ends soon",
    { ends: [{ ...END, kind: "role", scope: "org/acme", subject: "a/relay/north" }] },
    "warning",
    /^the role a\/relay\/north of org\/acme ends in 29 d/,
    /flor fabric propose role a\/relay\/north --scope org\/acme --agent/,
  ],
  [
    "a role that has ended",
    { ends: [{ ...ENDED, kind: "role", subject: "a/relay/north" }] },
    "fault",
    /^the role a\/relay\/north has ended/,
    /--epoch 2.*flor fabric void/,
  ],
  [
    "a policy that has ended",
    { ends: [{ ...ENDED, kind: "policy", subject: "cluster" }] },
    "fault",
    /^the policy of the cluster has ended/,
    /flor fabric propose policy --epoch 2/,
  ],
  [
    "a clock that a quorum's record shows to be a day behind",
    { clock: { cause: "records", aheadMs: -DAY_MS, by: [] } },
    "fault",
    /^the clock here is 24 h behind: a quorum has signed/,
    /timedatectl/,
  ],
  [
    "a clock that most neighbours say is ahead, once for all of them",
    {
      clock: { cause: "neighbours", aheadMs: DAY_MS, by: ["b", "c"] },
      neighbours: ["b", "c"].map((peer) => ({ ...neighbour, peer, clockAheadMs: -DAY_MS })),
    },
    "fault",
    /^the clock here is 24 h ahead, as 2 neighbours say \(b, c\)/,
    /timedatectl/,
  ],
  [
    "a clock that was put back by an hour",
    { clock: { cause: "put-back", aheadMs: -3_600_000, by: [] } },
    "warning",
    /^the clock here was put back while the process ran/,
    /timedatectl/,
  ],
  [
    "no space, while nothing is passed on",
    { writes: { code: "ERR_FACTS_FILE_WRITE", text: "database or disk is full" } },
    "fault",
    /cannot be written .*disk is full/,
    /disk is full or read-only/,
  ],
  [
    "a state folder that was lost: the node's key is another one",
    { standing: "other-key" },
    "fault",
    /names another key/,
    /flor fabric approve a=00/,
  ],
  [
    "a neighbour's clock a day ahead",
    { neighbours: [{ ...neighbour, clockAheadMs: DAY_MS }] },
    "warning",
    /clock of b is .* ahead of ours/,
    /third/,
  ],
  [
    "a neighbour's clock that has jumped back by a day",
    { neighbours: [{ ...neighbour, clockAheadMs: -DAY_MS }] },
    "warning",
    /clock of b is .* behind ours/,
    /third/,
  ],
  [
    "a door that does not answer",
    { door: { ...WELL.door, away: { code: "ERR_ADMIN", text: "no socket", advice: "Start cluster-flor." } } },
    "fault",
    /door cannot be asked \(ERR_ADMIN: no socket\)/,
    /Start cluster-flor/,
  ],
  [
    "an etcd that is away",
    { log: { ...log, problem: { code: "ERR_LOG_NO_MAJORITY", text: "1 of 3", advice: "Start the members." } } },
    "warning",
    /log is not in order \(ERR_LOG_NO_MAJORITY: 1 of 3\)/,
    /Start the members/,
  ],
  ["a fork", { log: { ...log, forks: [7] } }, "fault", /two entries of the index 7/, /policy that names the next log/],
  ["a log that is stale", { log: { ...log, isStale: true } }, "warning", /no checkpoint for an hour/, /a, b.*sections/],
  ["records that others have", { log: { ...log, differing: ["public"] } }, "warning", /in: public/, /GET \/facts/],
  [
    "renewals that wait for others",
    { renewals: { isListed: true, due: 3, late: 2, signed: 7, fault: "ERR_FABRIC_SIGNER" } },
    "warning",
    /2 records are past three quarters .* wait for signatures/,
    /other nodes with a program's key.*ERR_FABRIC_SIGNER/,
  ],
  [
    "a program that meets no others",
    { joins: { ...JOINS, canMeet: false } },
    "warning",
    /nobody is let in with a token here: more programs than one have to sign/,
    /`store`/,
  ],
  [
    "a program that does not know any more whom it has let in",
    { joins: { ...JOINS, fault: "ERR_FABRIC_TOKEN_USES" } },
    "warning",
    /not known \(ERR_FABRIC_TOKEN_USES\): it lets in nobody/,
    /another key for this program/,
  ],
  [
    "nodes that wait until a program has read the log",
    { joins: { ...JOINS, isBehind: true, waiting: 1 } },
    "warning",
    /wait here until the log was read wholly/,
    /`store`/,
  ],
  [
    "a key that does not sign who waits",
    { joins: { ...JOINS, waiting: 1, fault: "ERR_FABRIC_SIGNER" } },
    "warning",
    /has not signed a node with a token \(ERR_FABRIC_SIGNER\)/,
    /flor explain ERR_FABRIC_SIGNER/,
  ],
  [
    "a rule for tokens whose key the root does not list",
    { joins: { ...JOINS, isListed: false } },
    "warning",
    /root does not list the key of `signer`.*nobody is let in/,
    /--program-key/,
  ],
  [
    "a rule whose key the root does not list",
    { renewals: { isListed: false, due: 0, late: 0, signed: 0, fault: null } },
    "warning",
    /root does not list the key of `signer`/,
    /--program-key/,
  ],
])("it tells %s", (_, change, weight, text, advice) => {
  const findings = judgeFabricFlor({ ...WELL, ...change });
  expect(findings).toMatchObject([{ weight, about: "fabric" }]);
  expect(findings[0]!.text).toMatch(text);
  expect(findings[0]!.advice).toMatch(advice);
});

test("of all that is wrong causes come before their consequences, and what is of no node's own comes last", () => {
  const findings = judgeFabricFlor({
    ...WELL,
    writes: { code: "ERR_FACTS_FILE_WRITE", text: "disk is full" },
    clock: { cause: "records", aheadMs: -2 * DAY_MS, by: [] },
    root: { ...root, endsInMs: -1 },
    standing: "no-record",
    ends: [{ ...ENDED, kind: "role", subject: "a/relay/north" }],
    door: { ...WELL.door, away: { code: "ERR_ADMIN", text: "no socket", advice: "Start cluster-flor." } },
    neighbours: [{ ...neighbour, state: "muted", fault: "signatures" }],
  });
  const begins = [
    "records cannot",
    "the clock",
    "the root",
    "node a",
    "cluster-flor's door",
    "the role",
    "the agent of b",
  ];
  expect(findings.map(({ text }, at) => text.startsWith(begins[at] ?? "nothing more"))).toEqual(begins.map(() => true));
  for (const { advice } of findings) expect(advice).toMatch(/^[A-Z].*[.]$/);
});

test("a clock that differs by less than records may be ahead is no finding", () => {
  expect(judgeFabricFlor({ ...WELL, neighbours: [{ ...neighbour, clockAheadMs: 299_999 }] })).toEqual([]);
});
