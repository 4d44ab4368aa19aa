import { LINK_METRICS } from "../src/admin/link-metrics.ts";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { IdentityStatus } from "@florenetes/identity";
import { requestAdmin } from "@florenetes/process-kit";
import type { Logger } from "@florenetes/process-kit";
import { expect, test } from "vitest";
import { openLinkAdmin } from "../src/admin/link-admin.ts";
import type { LinkFlorStatus } from "../src/admin/link-status.ts";
import { judgeLinkFlor } from "../src/admin/judge-status.ts";
import { renderLinkFlorStatus } from "../src/admin/render-status.ts";

function identity(file: string, state: "valid" | "expires-soon" = "valid"): IdentityStatus {
  const certificate = {
    subject: "spiffe://demo/vertex/b",
    issuer: "O=demo, CN=demo CA",
    notBefore: "2026-11-20T10:00:00.000Z",
    notAfter: "2027-11-20T10:00:00.000Z",
    daysLeft: 364,
    algorithm: "p256",
    serial: "0a",
    fingerprint: "aa11",
  } as const;
  return {
    file,
    principal: "vertex/b",
    notAfter: certificate.notAfter,
    state,
    certificates: [
      { ...certificate, role: "leaf", state, file: `${file}/chain.pem` },
      {
        ...certificate,
        role: "root",
        state: "valid",
        subject: "spiffe://demo",
        serial: "0b",
        fingerprint: "bb22",
        file: `${file}/trust.pem`,
      },
    ],
    refused: null,
  };
}

const STATUS: LinkFlorStatus = {
  findings: [],
  instance: "00ff00ff00ff00ff",
  startedAt: "2026-11-20T10:00:00.000Z",
  version: "0.1.0",
  secretsFile: null,
  qlog: null,
  metrics: null,
  engine: { name: "portable", asked: "portable", askedBy: "config", reason: "`engine: portable` says so" },
  process: { pid: 1, rssBytes: 0, heapBytes: 0, externalBytes: 0, timers: 0, handles: 0, openFilesMax: null },
  pressure: {
    level: "warning",
    score: 72,
    scores: { memory: 72, files: 3, loop: 0 },
    reasons: ["memory"],
    action: "slow-bulk",
    sinceMs: 12_000,
    transitions: [
      { at: "2026-11-20T10:01:00.000Z", from: "nominal", to: "warning", score: 81, reasons: ["memory", "files"] },
    ],
    begun: { nominal: 0, warning: 1, critical: 0 },
  },
  violations: { HIDDEN_BYTES: 2, CRYPTO_DATA: 0 },
  config: { file: "/etc/link.yaml", source: "posted", fileState: "differs", confirmMs: null },
  down: [
    {
      cluster: "test",
      code: "ERR_LINK_LISTEN",
      text: "cannot listen on udp://0.0.0.0:1: another process listens there",
      sinceMs: 65_000,
      attempts: 5,
      retryInMs: 9_000,
    },
  ],
  clusters: [
    {
      cluster: "demo",
      principal: "vertex/b",
      listen: "udp://0.0.0.0:4433",
      certificate: identity("/etc/demo/vertex"),
      revocation: {
        mode: "required",
        graceMs: 604_800_000,
        lists: [
          {
            issuer: "CN=demo CA",
            number: "7",
            entries: 2,
            thisUpdate: "2026-11-20T10:00:00.000Z",
            nextUpdate: "2026-12-20T10:00:00.000Z",
            isExpired: false,
            state: "valid",
            isKept: true,
          },
        ],
        refused: [],
        doubts: [],
      },
      portal: {
        bind: "/run/l.sock",
        connect: "/run/b.sock",
        state: "attached",
        code: "",
        text: "",
        sinceMs: 61_000,
        transitLabels: 0,
        transitPackets: 0,
        knocks: { told: 0, dropped: 0 },
        florio: { framesSent: 4 },
      },
      links: [
        {
          peer: "a",
          tag: "1",
          role: "originator",
          state: "up",
          code: "",
          text: "",
          sinceMs: 59_000,
          mtu: 16_384,
          preferredMtu: 1_419,
          udpPayload: 1_452,
          packetsSplit: 4,
          piecesSent: 48,
          packetsJoined: 3,
          handle: 7,
          quietMs: 25_000,
          rttMs: 0.43,
          packetsSent: 12,
          packetsReceived: 10,
          bytesSent: 15_000,
          bytesReceived: 900,
          packetsLost: 1,
          isEcnOn: true,
          ceReceived: 5,
          queueLength: 0,
          drops: { "queue-full": 2 },
          classes: {
            reliable: { packetsSent: 9, bytesSent: 14_000, droppedFull: 2, droppedLate: 0, delayMs: 1_500 },
            bulk: { packetsSent: 3, bytesSent: 1_000, droppedFull: 0, droppedLate: 7, delayMs: 0 },
          },
          attempts: 3,
          lastHeardMs: 120,
          peerAddress: "udp://10.0.0.1:4433",
          peerValidUntil: "2027-10-01T10:00:00.000Z",
        },
        {
          peer: "c",
          tag: "0",
          role: "acceptor",
          state: "refused",
          code: "ROLE_CONFLICT",
          text: "both ends are originators",
          sinceMs: 900,
          mtu: 0,
          preferredMtu: 0,
          udpPayload: 0,
          packetsSplit: 0,
          piecesSent: 0,
          packetsJoined: 0,
          handle: 0,
          quietMs: 0,
          rttMs: null,
          packetsSent: 0,
          packetsReceived: 0,
          bytesSent: 0,
          bytesReceived: 0,
          packetsLost: 0,
          isEcnOn: false,
          ceReceived: 0,
          queueLength: 0,
          drops: {},
          classes: {},
          attempts: 0,
          lastHeardMs: null,
          peerAddress: null,
          peerValidUntil: null,
        },
      ],
      handshakes: { completed: 1, "unknown-ca": 2 },
      attempts: { underWay: 64, waiting: 3 },
      udp: { received: 40, sent: 44 },
      drops: { udp: { droppedNotQuic: 2 }, florio: { packetsRefusedQueueFull: 3 } },
    },
    {
      cluster: "prod",
      principal: "vertex/b",
      listen: "udp://0.0.0.0:4434",
      certificate: identity("/etc/prod/vertex", "expires-soon"),
      revocation: { mode: "optional", graceMs: 604_800_000, lists: [], refused: [], doubts: [] },
      portal: {
        bind: "/run/m.sock",
        connect: "/run/p.sock",
        state: "waiting",
        code: "",
        text: "",
        sinceMs: 5,
        transitLabels: 0,
        transitPackets: 0,
        knocks: { told: 0, dropped: 0 },
        florio: {},
      },
      links: [],
      handshakes: {},
      attempts: { underWay: 0, waiting: 0 },
      udp: { received: 0, sent: 0 },
      drops: { udp: {}, florio: {} },
    },
  ],
};

test("status shows each cluster with its links, in 80 columns", () => {
  const text = renderLinkFlorStatus({ ...STATUS, findings: judgeLinkFlor(STATUS) }, 80);
  const [tables] = text.split("\n\n").filter((part) => part.includes("  links\n"));
  for (const line of tables!.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  expect(text).toMatchInlineSnapshot(`
    "NOT WHOLE: cluster test is down (ERR_LINK_LISTEN: cannot listen on udp://0.0.0.0:1: another process listens there). Mend it. It is tried again by itself.
      and: link to c in cluster demo is refused (ROLE_CONFLICT: both ends are originators). \`flor explain ROLE_CONFLICT\` says which of the two nodes has to change: this one, or c.
      and: cluster prod has no cluster vertex (nothing answers on /run/p.sock). Start it, or look at its log. Its \`bind\` has to be this one's \`connect\`.
      warning: the config in /etc/link.yaml is not the one that runs. \`reload\` takes it.
      warning: the certificate of vertex/b ends soon (2027-11-20T10:00:00.000Z, /etc/prod/vertex). Renew it: \`flor identity renew\` makes the request.
    version 0.1.0, instance 00ff00ff00ff00ff, up since 2026-11-20T10:00:00.000Z
    portable QUIC engine: \`engine: portable\` says so
    the config that runs was POSTED to the control socket
    pressure warning for 12 s, score 72 by memory, recommended: slow-bulk
      2026-11-20T10:01:00.000Z warning (memory, files)

    violations: HIDDEN_BYTES 2

    cluster test is DOWN for 1 min, tried again in 9.0 s
      ERR_LINK_LISTEN: cannot listen on udp://0.0.0.0:1: another process listens there

    cluster demo
      vertex/b on udp://0.0.0.0:4433, certificate ends 2027-11-20T10:00:00.000Z (/etc/demo/vertex)
      revocation list 7 of CN=demo CA: 2 certificates, ends 2026-12-20T10:00:00.000Z
      cluster vertex attached for 1 min
      handshakes: completed 1, unknown-ca 2
      attempts: 64; 3 links wait for their turn
      udp: received 40, sent 44
      florio: framesSent 4

      links
        PEER  STATE    FOR     HEARD       RTT     LOST  MTU
        a/1   up       59 s    120 ms ago  0.4 ms  1     16384, better 1419
            role originator; ecn on, 5 CE; queue 0; quiet 25 s; sent 12 (15 kB);
            received 10 (900 B); attempts 3; address udp://10.0.0.1:4433;
            certificate ends 2027-10-01T10:00:00.000Z; dropped queue-full 2
        c     refused  900 ms  never       -       0     -
            role acceptor; queue 0; sent 0 (0 B); received 0 (0 B); attempts 0;
            reason ROLE_CONFLICT: both ends are originators

      certificates
        CERTIFICATE             ROLE  STATE  DAYS LEFT  ENDS
        spiffe://demo/vertex/b  leaf  valid  364        2027-11-20T10:00:00.000Z
            valid from 2026-11-20T10:00:00.000Z; key p256; issuer O=demo, CN=demo
            CA; serial 0a; sha-256 aa11; file /etc/demo/vertex/chain.pem
        spiffe://demo           root  valid  364        2027-11-20T10:00:00.000Z
            valid from 2026-11-20T10:00:00.000Z; key p256; issuer O=demo, CN=demo
            CA; serial 0b; sha-256 bb22; file /etc/demo/vertex/trust.pem

    cluster prod
      vertex/b on udp://0.0.0.0:4434, certificate ends 2027-11-20T10:00:00.000Z (/etc/prod/vertex): EXPIRES-SOON
      revocation lists: none
      cluster vertex waiting for 5 ms - nothing answers on /run/p.sock
      handshakes: -
      udp: -
      florio: -

      certificates
        CERTIFICATE             ROLE  STATE         DAYS LEFT
        spiffe://demo/vertex/b  leaf  expires-soon  364
            ends 2027-11-20T10:00:00.000Z; valid from 2026-11-20T10:00:00.000Z; key
            p256; issuer O=demo, CN=demo CA; serial 0a; sha-256 aa11; file
            /etc/prod/vertex/chain.pem
        spiffe://demo           root  valid         364
            ends 2027-11-20T10:00:00.000Z; valid from 2026-11-20T10:00:00.000Z; key
            p256; issuer O=demo, CN=demo CA; serial 0b; sha-256 bb22; file
            /etc/prod/vertex/trust.pem
    "
  `);
});

test("status says what is not as it should be, and what to do", () => {
  const [demo, prod] = STATUS.clusters;
  const up = { ...demo!, links: [demo!.links[0]!] };
  const WELL: LinkFlorStatus = { ...STATUS, config: { ...STATUS.config, fileState: "same" }, down: [] };
  expect(judgeLinkFlor({ ...WELL, clusters: [up] })).toEqual([]);
  expect(judgeLinkFlor({ ...WELL, clusters: [demo!] })).toMatchObject([
    { about: "link", link: "c/0", cluster: "demo" },
  ]);
  expect(judgeLinkFlor(STATUS)).toMatchObject([
    { weight: "warning", text: "the config in /etc/link.yaml is not the one that runs" },
    { weight: "fault", text: expect.stringMatching(/^cluster test is down \(ERR_LINK_LISTEN: /) },
    { weight: "fault", text: "link to c in cluster demo is refused (ROLE_CONFLICT: both ends are originators)" },
    { weight: "fault", text: "cluster prod has no cluster vertex (nothing answers on /run/p.sock)" },
    { weight: "warning", text: expect.stringContaining("vertex/b ends soon") },
  ]);
  const link = demo!.links[0]!;
  const adviceOf = (over: Partial<typeof link>): string =>
    judgeLinkFlor({ ...WELL, clusters: [{ ...demo!, links: [{ ...link, state: "down", ...over }] }] })[0]!.advice;
  expect(adviceOf({})).toMatch(/^It was up before/);
  expect(adviceOf({ lastHeardMs: null })).toMatch(/endpoint its address/);
  expect(adviceOf({ lastHeardMs: null, role: "acceptor" })).toMatch(/^a has to call/);
  const refused = { ...prod!, portal: { ...prod!.portal, state: "refused", code: "X", text: "y" } } as const;
  expect(judgeLinkFlor({ ...WELL, clusters: [refused] })[0]!.text).toBe("the cluster vertex of prod is refused (X: y)");
});

test("status says that this node has another CA, when all say so, and else that one of both has", () => {
  const [demo] = STATUS.clusters;
  const link = demo!.links[0]!;
  const refusedBy = (peer: string, code: string): typeof link => ({ ...link, peer, state: "refused", code });
  const found = (links: readonly (typeof link)[]) =>
    judgeLinkFlor({
      ...STATUS,
      config: { ...STATUS.config, fileState: "same" },
      down: [],
      clusters: [{ ...demo!, links }],
    });
  const [one, other] = [refusedBy("a", "UNTRUSTED"), refusedBy("c", "UNTRUSTED_BY_PEER")];
  expect(found([one, other])[0]).toMatchObject({
    about: "holding",
    cluster: "demo",
    text: expect.stringMatching(/^vertex\/b seems to have another CA than its neighbours in cluster demo \(2 of them/),
  });
  for (const links of [[one], [one, other, { ...link, peer: "d" }], [one, refusedBy("c", "NOT_WANTED")]]) {
    expect(found(links).map(({ about }) => about)).toEqual(
      links.filter(({ state }) => state !== "up").map(() => "link"),
    );
    expect(found(links)[0]!.advice).toMatch(/^This node or a has another CA/);
  }
});

test("metrics tell classes of packets apart", () => {
  const samplesOf = (name: string): unknown[] => [
    ...LINK_METRICS.find((metric) => metric.name === name)!.samples(STATUS),
  ];
  const link = { process: "link-flor", cluster: "demo", peer: "a", tag: "1" };
  expect(samplesOf("link_class_sent_packets_total")).toEqual([
    { labels: { ...link, class: "reliable" }, value: 9 },
    { labels: { ...link, class: "bulk" }, value: 3 },
  ]);
  expect(samplesOf("link_class_queue_seconds_total")[0]).toEqual({
    labels: { ...link, class: "reliable" },
    value: 1.5,
  });
  expect(samplesOf("link_class_dropped_packets_total")).toEqual([
    { labels: { ...link, class: "reliable", cause: "queueFull" }, value: 2 },
    { labels: { ...link, class: "reliable", cause: "queueLate" }, value: 0 },
    { labels: { ...link, class: "bulk", cause: "queueFull" }, value: 0 },
    { labels: { ...link, class: "bulk", cause: "queueLate" }, value: 7 },
  ]);
});

const ofThisProcess: unknown = expect.objectContaining({ pid: process.pid });

test("metrics tell which clusters are served, and whether the file is what runs", () => {
  const valuesOf = (name: string): unknown[] =>
    [...LINK_METRICS.find((metric) => metric.name === name)!.samples(STATUS)].map(({ labels, value }) => [
      labels["cluster"],
      value,
    ]);
  expect(valuesOf("cluster_served")).toEqual([
    ["demo", 1],
    ["prod", 1],
    ["test", 0],
  ]);
  expect(valuesOf("config_differs")).toEqual([["", 1]]);
});

test("the admin socket answers with the status", async () => {
  const folder = mkdtempSync(join(tmpdir(), "florenetes-link-admin-"));
  const note = (): void => {};
  const log: Logger = { debug: note, info: note, warn: note, error: note, child: () => log };
  try {
    const path = join(folder, "admin.sock");
    await using _server = await openLinkAdmin({ path, status: () => Promise.resolve(STATUS), log });
    expect(await requestAdmin(path, "/status")).toEqual({
      ...STATUS,
      findings: judgeLinkFlor(STATUS),
      process: ofThisProcess,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
