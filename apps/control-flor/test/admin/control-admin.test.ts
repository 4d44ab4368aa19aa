import { describe, expect, test } from "vitest";
import { CONTROL_METRICS } from "../../src/admin/control-metrics.ts";
import type { ControlFlorStatus } from "../../src/admin/control-status.ts";
import { FAULT_WARNED_MS, judgeControlFlor } from "../../src/admin/judge-status.ts";
import { renderControlFlorStatus } from "../../src/admin/render-status.ts";

const asOf: NonNullable<ControlFlorStatus["agent"]["asOf"]> = {
  replica: "c",
  read: "2026-01-01T00:00:00.000Z",
  ageMs: 1_500,
  checkpoint: { index: 7, epoch: 3, issued: "2026-01-01T00:00:00.000Z" },
  isStale: false,
  why: null,
};
const other: ControlFlorStatus["replicas"]["others"][number] = {
  node: "d",
  heardMsAgo: 2_500,
  letters: { answered: 7, unanswered: 1 },
  proposals: { taken: 3, conflict: 1 },
  faults: 0,
  faultMsAgo: null,
};
const status: ControlFlorStatus = {
  instance: "0011223344556677",
  startedAt: "2026-01-01T00:00:00.000Z",
  version: "0.1.0",
  cluster: "demo",
  findings: [],
  config: { file: "/etc/control.yaml", source: "file", fileState: "same", confirmMs: null },
  metrics: null,
  process: { pid: 1, rssBytes: 1, heapBytes: 1, externalBytes: 1, timers: 1, handles: 1, openFilesMax: 1 },
  agent: { asOf, looks: 12, fault: null },
  audit: { entries: 7, lost: 0, fault: null },
  https: null,
  replicas: { fault: null, others: [other] },
  proposals: { waits: 2 },
  requests: { connections: 3, refused: 0, streams: 2, answers: { 200: 5, 404: 1 } },
};
const stale = { ...asOf, isStale: true, why: "the signers of the log have signed no checkpoint for an hour" };

const texts = (changed: Partial<ControlFlorStatus>): string[] =>
  judgeControlFlor({ ...status, ...changed }).map(({ weight, text, advice }) => `${weight}: ${text}. ${advice}`);

describe("the judge", () => {
  test("finds nothing while the agent answers", () => {
    expect(texts({})).toEqual([]);
    expect(texts({ agent: { asOf: null, looks: 0, fault: null } })).toEqual([]);
  });

  test.each([
    [null, /^fault: the agent does not answer \(ERR_ADMIN_TIMEOUT\): nothing is known here\. Does fabric-flor run/],
    [stale, /^fault: the agent does not answer \(ERR_ADMIN_TIMEOUT\): answers are STALE\. /],
  ])("says why the agent does not answer, and what that means", (known, expected) => {
    const agent = { asOf: known, looks: 1, fault: "ERR_ADMIN_TIMEOUT" };
    expect(texts({ agent })).toEqual([expect.stringMatching(expected)]);
  });

  test("says that the audit cannot be written, and what that means", () => {
    expect(texts({ audit: { entries: 7, lost: 3, fault: "ENOSPC" } })).toEqual([
      expect.stringMatching(/^fault: the audit cannot be written \(ENOSPC\): .* refused, and 3 entries are lost\. /),
    ]);
  });

  test("warns of a log that nobody signs", () => {
    expect(texts({ agent: { ...status.agent, asOf: stale } })).toEqual([
      expect.stringMatching(/^warning: answers are STALE: the signers of the log .*`fabric-flor status`/),
    ]);
  });

  test("warns of connections that cluster-flor has not brought", () => {
    expect(texts({ requests: { ...status.requests, refused: 4 } })).toEqual([
      expect.stringMatching(/^warning: 4 connections came without the header .*`proxy-protocol: v2`/),
    ]);
  });

  test("warns of replicas that are not heard, and of one that sends what nobody asked for", () => {
    const others = [
      other,
      { ...other, node: "e", heardMsAgo: null },
      { ...other, node: "f", heardMsAgo: 300_001, faults: 2, faultMsAgo: FAULT_WARNED_MS - 1 },
      { ...other, node: "g", faults: 2, faultMsAgo: FAULT_WARNED_MS },
    ];
    expect(texts({ replicas: { fault: null, others } })).toEqual([
      expect.stringMatching(/^warning: e and f, which serve the API, too, are not heard: /),
      expect.stringMatching(/^warning: f has sent 2 letters or answers that are none\. /),
    ]);
    expect(texts({ replicas: { fault: "ERR_ADMIN_ANSWER", others } })).toEqual([
      expect.stringMatching(/^warning: the agent brings no letters of other replicas \(ERR_ADMIN_ANSWER\)/),
      expect.stringMatching(/^warning: f has sent 2/),
    ]);
  });

  test("tells of a config file that is another than the one that runs", () => {
    expect(texts({ config: { ...status.config, fileState: "differs" } })).toEqual([
      expect.stringMatching(/^warning: .*`reload`/),
    ]);
  });
});

const https: NonNullable<ControlFlorStatus["https"]> = {
  listen: "tcp://192.0.2.7:8443",
  certificate: { validUntil: "2027-01-01T00:00:00.000Z", state: "valid" },
  connections: 4,
  refused: { NO_CERTIFICATE: 2, REVOKED: 1 },
  trust: { folder: "/etc/trust", roots: 1, refused: null },
  revocation: { mode: "optional", graceMs: 0, lists: [], refused: [], doubts: [] },
};

describe("HTTPS", () => {
  test.each<[Partial<typeof https>, RegExp | undefined]>([
    [{}, undefined],
    [
      { certificate: { ...https.certificate, state: "ending" } },
      /^warning: the certificate that browsers are shown at tcp:\/\/192.0.2.7:8443 ends at 2027.*reload/,
    ],
    [{ certificate: { ...https.certificate, state: "ended" } }, /^fault: the certificate .* ended at 2027/],
    [
      { trust: { folder: "/etc/trust", roots: 1, refused: { code: "ERR_IDENTITY_FILE_MISSING", text: "it is gone" } } },
      /^fault: the roots in \/etc\/trust are refused \(ERR_IDENTITY_FILE_MISSING: it is gone\)/,
    ],
  ])("is judged: %j", (changed, finding) => {
    const expected = finding === undefined ? [] : [expect.stringMatching(finding)];
    expect(texts({ https: { ...https, ...changed } })).toEqual(expected);
  });

  test("is told to people", () => {
    expect(renderControlFlorStatus(status)).not.toContain("HTTPS");
    expect(renderControlFlorStatus({ ...status, https })).toMatch(
      /HTTPS at tcp:\/\/192.0.2.7:8443: 4 connections, refused .*NO_CERTIFICATE.*; certificate until 2027/,
    );
  });
});

describe("the status for people", () => {
  test("has the verdict, the agent, the checkpoint and the answers", () => {
    const text = renderControlFlorStatus(status);
    expect(text).toContain("3 connections, 2 streams");
    expect(text).toContain("the agent of c was asked 1.5 s ago, 12 times in all");
    expect(text).toContain("as of checkpoint 7 of 2026-01-01T00:00:00.000Z");
    expect(text).toContain(
      "replica d: heard 2.5 s ago; letters: answered 7, unanswered 1; proposals: taken 3, conflict 1",
    );
    expect(text).toMatch(/answers: .*200.*5.*404.*1/);
  });

  test("says that nothing is known yet", () => {
    const text = renderControlFlorStatus({ ...status, agent: { asOf: null, looks: 0, fault: null } });
    expect(text).toContain("the agent has told nothing yet");
    const unlogged = { ...status, agent: { ...status.agent, asOf: { ...asOf, checkpoint: null } } };
    expect(renderControlFlorStatus(unlogged)).not.toContain("checkpoint");
  });
});

describe("metrics", () => {
  const labels = { process: "control-flor", cluster: "demo" };
  const samplesOf = (name: string, changed: Partial<ControlFlorStatus> = {}) => [
    ...CONTROL_METRICS.find((each) => each.name === name)!.samples({ ...status, ...changed }),
  ];

  test("tell how new answers are, and what was answered", () => {
    expect(samplesOf("control_agent_age_seconds")).toEqual([{ labels, value: 1.5 }]);
    expect(samplesOf("control_stale")).toEqual([{ labels, value: 0 }]);
    expect(samplesOf("control_connections")).toEqual([{ labels, value: 3 }]);
    expect(samplesOf("control_event_streams")).toEqual([{ labels, value: 2 }]);
    expect(samplesOf("control_connections_refused_total")).toEqual([{ labels, value: 0 }]);
    expect(samplesOf("control_answers_total")).toEqual([
      { labels: { ...labels, status: "200" }, value: 5 },
      { labels: { ...labels, status: "404" }, value: 1 },
    ]);
  });

  test("tell of other replicas, and of what they have told", () => {
    expect(samplesOf("control_replicas")).toEqual([{ labels, value: 1 }]);
    const of = { ...labels, replica: "d" };
    expect(samplesOf("control_replica_heard_seconds")).toEqual([{ labels: of, value: 2.5 }]);
    expect(samplesOf("control_replica_letters_total")).toEqual([
      { labels: { ...of, outcome: "answered" }, value: 7 },
      { labels: { ...of, outcome: "unanswered" }, value: 1 },
    ]);
    expect(samplesOf("control_replica_proposals_total")).toEqual([
      { labels: { ...of, outcome: "taken" }, value: 3 },
      { labels: { ...of, outcome: "conflict" }, value: 1 },
    ]);
    expect(samplesOf("control_replica_faults_total")).toEqual([{ labels: of, value: 0 }]);
    const replicas = { fault: null, others: [{ ...other, heardMsAgo: null }] };
    expect(samplesOf("control_replica_heard_seconds", { replicas })).toEqual([]);
  });

  test("tell nothing of an age that is not known, and that answers are stale then", () => {
    const unknown = { agent: { asOf: null, looks: 0, fault: "ERR_ADMIN_NOT_RUNNING" } };
    expect(samplesOf("control_agent_age_seconds", unknown)).toEqual([]);
    expect(samplesOf("control_stale", unknown)).toEqual([{ labels, value: 1 }]);
    expect(samplesOf("control_stale", { agent: { ...status.agent, asOf: stale } })).toEqual([{ labels, value: 1 }]);
  });

  test("tell of HTTPS where there is any", () => {
    expect(samplesOf("control_https_connections")).toEqual([]);
    expect(samplesOf("control_https_connections", { https })).toEqual([{ labels, value: 4 }]);
    expect(samplesOf("control_https_refused_total", { https })).toEqual([
      { labels: { ...labels, reason: "NO_CERTIFICATE" }, value: 2 },
      { labels: { ...labels, reason: "REVOKED" }, value: 1 },
    ]);
  });

  test("have one name each", () => {
    const names = CONTROL_METRICS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});
