import { expect, test } from "vitest";
import { judgeStoreFlor } from "../../src/admin/judge-status.ts";
import type { GatewayStatus } from "../../src/admin/gateway-status.ts";
import { renderStoreFlorStatus } from "../../src/admin/render-status.ts";
import { STORE_METRICS } from "../../src/admin/store-metrics.ts";
import type { KeepStatus } from "../../src/admin/keep-status.ts";
import type { CacheStatus, StoreFlorStatus } from "../../src/admin/store-status.ts";

const CACHE: CacheStatus = {
  role: { isInForce: true, fault: null },
  metadata: { refreshes: 3, fault: null },
  packages: {
    octets: 40_000_000,
    budget: 2_000_000_000,
    kept: 2,
    fetching: 1,
    hits: 7,
    misses: 2,
    shared: 4,
    evictions: 1,
    damaged: 0,
    failures: 0,
    fault: null,
  },
  sources: [
    { name: "update-cache.c", kind: "cache", roundTripMs: 12, pausedMs: 0, octets: 0, faults: {} },
    {
      name: "update-store",
      kind: "store",
      roundTripMs: null,
      pausedMs: 30_000,
      octets: 40_000_000,
      faults: { slow: 2 },
    },
  ],
};

function statusOf(changes: Partial<StoreFlorStatus> = {}): StoreFlorStatus {
  const status = {
    instance: "00",
    startedAt: "2027-01-01T00:00:00.000Z",
    version: "0.1.0",
    cluster: "demo",
    node: "b",
    config: { file: "/etc/x.yaml", fileState: "same", generation: 1, waiting: null, refused: null, down: [] },
    metrics: null,
    process: { openFiles: 9, openFilesMax: 1_024, residentBytes: 1, cpuSeconds: 1 },
    serving: {
      connections: 3,
      readers: 2,
      refused: 0,
      turnedAway: 0,
      slow: 1,
      octets: 1_000_000,
      answers: { 200: 5, 503: 1 },
    },
    store: null,
    cache: CACHE,
    storage: null,
    gateway: null,
    keep: null,
    findings: [],
    ...changes,
  } as unknown as StoreFlorStatus;
  return { ...status, findings: judgeStoreFlor(status) };
}

const GATEWAY: GatewayStatus = {
  agentFault: null,
  files: 1,
  posted: 5_000_000,
  hits: 3,
  misses: 2,
  faults: { ERR_STORAGE_RETAINED: 4 },
  collections: [
    {
      scope: "org/acme",
      name: "backups",
      copies: 3,
      recoveryEpoch: 1,
      hasEnded: false,
      holders: [
        { node: "b", pausedMs: 0, faults: 0, wrong: 0 },
        { node: "c", pausedMs: 0, faults: 2, wrong: 0 },
      ],
    },
  ],
};

const gatewayOf = (changes: Partial<GatewayStatus>): Partial<StoreFlorStatus> => ({
  cache: null,
  gateway: { ...GATEWAY, ...changes },
});
const [BACKUPS] = GATEWAY.collections;

const KEEP: KeepStatus = {
  agentFault: null,
  collections: [{ ...BACKUPS!, scope: "cluster", name: "fabric" }],
  fileFault: null,
  kinds: [
    {
      kind: "log",
      last: { name: "log.main.b.txt", keptAt: "2027-01-01T00:00:00.000Z" },
      ageMs: 7_200_000,
      behindMs: 60_000,
      fault: null,
      pieces: 4,
      octets: 9_000,
      failures: 3,
      failuresInRow: 0,
    },
    {
      kind: "audit",
      last: null,
      ageMs: null,
      behindMs: 90_000,
      fault: null,
      pieces: 0,
      octets: 0,
      failures: 0,
      failuresInRow: 0,
    },
  ],
};
const [KEPT_LOG] = KEEP.kinds;
const keepOf = (changes: Partial<KeepStatus>): Partial<StoreFlorStatus> => ({
  cache: null,
  keep: { ...KEEP, ...changes },
});
const AWAY = { code: "ERR_STORAGE_MAJORITY", text: "nobody answers" };

const textsOf = (changes: Partial<StoreFlorStatus>): readonly string[] =>
  statusOf(changes)
    .findings.filter(({ about }) => about === "store")
    .map(({ weight, text }) => `${weight}: ${text}`);

test("people are told what is kept, how far sources are, and what is wrong with them", () => {
  const text = renderStoreFlorStatus(statusOf());
  expect(text).toContain("a cache: 2 packages");
  expect(text).toContain("update-cache.c: 12 ms away");
  expect(text).toMatch(/update-store: distance unknown, left alone for 30.*slow 2/);
  expect(renderStoreFlorStatus(statusOf({ cache: null, store: { folder: "/srv/p", fault: null } }))).toContain(
    "a store of /srv/p",
  );
  const gateway = renderStoreFlorStatus(statusOf(gatewayOf({})));
  expect(gateway).toContain("collection org/acme/backups: 3 copies, recovery epoch 1");
  expect(gateway).toContain("holder c of org/acme/backups: 2 faults, 0 wrong shards");
});

test("people are told how far the log and the audit are kept", () => {
  const text = renderStoreFlorStatus(statusOf(keepOf({})));
  expect(text).toMatch(
    /^kept log: last piece 2 ?h.* ago, log\.main\.b\.txt; looked at .* ago; 4 pieces, 9\.0 kB; failed 3 times$/m,
  );
  expect(text).toMatch(/^kept audit: nothing kept; /m);
  expect(text).toContain("collection cluster/fabric: 3 copies");
});

test.each<[string, Partial<StoreFlorStatus>, RegExp | undefined]>([
  ["all is well", {}, undefined],
  [
    "no role",
    { cache: { ...CACHE, role: { isInForce: false, fault: null } } },
    /^warning: nobody is served: the node has no role/,
  ],
  [
    "a silent agent",
    { cache: { ...CACHE, role: { isInForce: false, fault: "ERR_ADMIN_NOT_RUNNING" } } },
    /ERR_ADMIN_NOT/,
  ],
  ["a full disk", { cache: { ...CACHE, packages: { ...CACHE.packages, fault: "ENOSPC" } } }, /^fault: .*ENOSPC/],
  [
    "old metadata",
    { cache: { ...CACHE, metadata: { refreshes: 0, fault: "ERR_RELEASE_SOURCES" } } },
    /^warning: no newer/,
  ],
  [
    "a liar",
    { cache: { ...CACHE, sources: [{ ...CACHE.sources[0]!, faults: { lying: 2 } }] } },
    /^warning: update-cache.c has given octets that nobody has signed, 2 times/,
  ],
  ["a folder that is gone", { cache: null, store: { folder: "/srv/p", fault: "EACCES" } }, /^fault: .*EACCES/],
  ["a gateway", gatewayOf({}), undefined],
  ["a gateway whose agent is silent", gatewayOf({ agentFault: "ERR_ADMIN_NOT_RUNNING" }), /ERR_ADMIN_NOT/],
  [
    "a collection that nobody has signed",
    gatewayOf({ collections: [{ ...BACKUPS!, copies: null, holders: [] }] }),
    /^warning: no record of the collection org\/acme\/backups/,
  ],
  [
    "a collection whose record has ended",
    gatewayOf({ collections: [{ ...BACKUPS!, hasEnded: true, holders: [] }] }),
    /^warning: the record of the collection org\/acme\/backups has ended/,
  ],
  [
    "a holder that is silent",
    gatewayOf({ collections: [{ ...BACKUPS!, holders: [{ node: "b", pausedMs: 5_000, faults: 3, wrong: 0 }] }] }),
    /^warning: 1 of 1 holders .* give no answer: b/,
  ],
  [
    "a holder that lies",
    gatewayOf({ collections: [{ ...BACKUPS!, holders: [{ node: "b", pausedMs: 0, faults: 0, wrong: 2 }] }] }),
    /^warning: the holder b .* 2 times/,
  ],
  [
    "programs without the password",
    { ...gatewayOf({}), serving: { ...statusOf().serving, refused: 2 } },
    /^warning: 2 requests came without the password/,
  ],
  ["what keeps the log", keepOf({}), undefined],
  ["a piece that is tried again", keepOf({ kinds: [{ ...KEPT_LOG!, fault: AWAY, failuresInRow: 2 }] }), undefined],
  [
    "a log that is not kept",
    keepOf({ kinds: [{ ...KEPT_LOG!, fault: AWAY, failuresInRow: 3 }] }),
    /^warning: the log is not kept \(ERR_STORAGE_MAJORITY: nobody answers\); its last piece is 2 ?h/,
  ],
  ["a file of cursors that is not written", keepOf({ fileFault: "ENOSPC" }), /^warning: it is not noted .*ENOSPC/],
  [
    "a collection of the log that nobody has signed",
    keepOf({ collections: [{ ...BACKUPS!, copies: null, holders: [] }] }),
    /^warning: no record of the collection/,
  ],
  ["connections without a header", { serving: { ...statusOf().serving, refused: 1 } }, /^warning: 1 connections/],
])("%s", (_, changes, text) => {
  const texts = textsOf(changes);
  if (text === undefined) expect(texts).toEqual([]);
  else expect(texts).toEqual([expect.stringMatching(text)]);
});

test("each metric has its value, with all of its labels", () => {
  const told = STORE_METRICS.filter(({ name }) => name.startsWith("store_")).flatMap(({ name, labels, samples }) =>
    [...samples(statusOf())].map(({ labels: given, value }) => {
      expect(Object.keys(given).toSorted()).toEqual([...labels].toSorted());
      return [`${name} ${Object.values(given).slice(2).join(" ")}`.trim(), value];
    }),
  );
  expect(Object.fromEntries(told)).toMatchObject({
    store_readers: 2,
    "store_answers_total 503": 1,
    store_cache_hits_total: 7,
    store_cache_serves: 1,
    "store_source_bytes_total update-store": 40_000_000,
    "store_source_faults_total update-store slow": 2,
  });
  const gateway = statusOf(gatewayOf({}));
  const ofGateways = STORE_METRICS.filter(({ name }) => name.startsWith("store_gateway_"));
  expect(
    ofGateways.flatMap(({ name, labels, samples }) =>
      [...samples(gateway)].map(({ labels: given, value }) => {
        expect(Object.keys(given).toSorted()).toEqual([...labels].toSorted());
        return [`${name} ${Object.values(given).slice(2).join(" ")}`.trim(), value];
      }),
    ),
  ).toEqual([
    ["store_gateway_posted_bytes_total", 5_000_000],
    ["store_gateway_part_hits_total", 3],
    ["store_gateway_part_misses_total", 2],
    ["store_gateway_faults_total ERR_STORAGE_RETAINED", 4],
    ["store_gateway_holder_faults_total org/acme/backups b", 0],
    ["store_gateway_holder_faults_total org/acme/backups c", 2],
    ["store_gateway_holder_wrong_total org/acme/backups b", 0],
    ["store_gateway_holder_wrong_total org/acme/backups c", 0],
  ]);
  const keeps = STORE_METRICS.filter(({ name }) => name.startsWith("store_keep_"));
  expect(
    keeps.flatMap(({ name, labels, samples }) =>
      [...samples(statusOf(keepOf({})))].map(({ labels: given, value }) => {
        expect(Object.keys(given).toSorted()).toEqual([...labels].toSorted());
        return [`${name} ${given["kind"]}`, value];
      }),
    ),
  ).toEqual([
    ["store_keep_piece_age_seconds log", 7_200],
    ["store_keep_behind_seconds log", 60],
    ["store_keep_behind_seconds audit", 90],
    ["store_keep_pieces_total log", 4],
    ["store_keep_pieces_total audit", 0],
    ["store_keep_bytes_total log", 9_000],
    ["store_keep_bytes_total audit", 0],
    ["store_keep_failures_total log", 3],
    ["store_keep_failures_total audit", 0],
  ]);
  const store = statusOf({ cache: null, store: { folder: "/srv/p", fault: null } });
  const ofCaches = STORE_METRICS.filter(({ name }) => /^store_(?:cache|source)_/.test(name));
  expect(ofCaches.flatMap(({ samples }) => [...samples(store)])).toEqual([]);
});
