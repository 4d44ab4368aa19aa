import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newFlorioCounters } from "@florenetes/florio";
import { requestAdmin } from "@florenetes/process-kit";
import type { EventFields, Logger } from "@florenetes/process-kit";
import { expect, test } from "vitest";
import { openClusterAdmin } from "../../src/admin/cluster-admin.ts";
import type { ClusterStatus } from "../../src/admin/cluster-status.ts";
import { renderClusterStatus } from "../../src/admin/render-status.ts";

const EMPTY: ClusterStatus = {
  vertex: "b",
  cluster: "demo",
  principal: null,
  instance: "00ff00ff00ff00ff",
  startedAt: "2026-11-20T10:00:00.000Z",
  secretsFile: null,
  qlog: null,
  engine: { name: "portable", asked: "portable", askedBy: "config", reason: "`engine: portable` says so" },
  config: { file: "/etc/cluster-flor.yaml", source: "file", fileState: "same" },
  down: [],
  portals: [],
  links: [],
  forwarding: { links: [], transit: [] },
  paths: [],
  tunnels: [],
  sessions: [],
  services: [],
  connections: [],
  certificates: [],
  revocation: null,
  drops: { forwarding: {}, transport: {}, florio: {} },
  violations: {},
  pressure: {
    level: "nominal",
    score: 3,
    scores: { memory: 3 },
    reasons: [],
    action: "none",
    sinceMs: 65_000,
    transitions: [],
    begun: { nominal: 0, warning: 0, critical: 0 },
  },
  process: { pid: 1, rssBytes: 0, heapBytes: 0, externalBytes: 0, timers: 0, handles: 0, openFilesMax: null },
};

const link: ClusterStatus["links"][number] = {
  name: "a",
  portal: "quic",
  peer: "a",
  tag: "0",
  role: "acceptor",
  state: "up",
  code: "",
  text: "",
  sinceMs: 65_000,
  mtu: 1420,
  preferredMtu: 1420,
  handle: 1,
  isNeverContacted: false,
  isCongested: false,
  congestedClasses: [],
  ups: 1,
  packetsSent: 12,
  packetsReceived: 10,
  bytesSent: 15_000,
  bytesReceived: 900,
  packetsDropped: 0,
  offloadedIn: 0,
  offloadedOut: 0,
};

const FULL: ClusterStatus = {
  ...EMPTY,
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
  principal: "vertex/b",
  forwarding: {
    links: [
      {
        name: "a",
        packetsForwarded: 7,
        packetsDelivered: 1,
        labelsGuessed: 3,
        drops: { unknownLabel: 3, transitLimit: 2, hopLimit: 0 },
        droppedLabels: {},
      },
      {
        name: "c1",
        packetsForwarded: 1,
        packetsDelivered: 0,
        labelsGuessed: 0,
        drops: { unknownLabel: 0, transitLimit: 0 },
        droppedLabels: {},
      },
    ],
    transit: [
      { inLink: "a", outLink: "c1", packets: 7, packetsDropped: 2 },
      { inLink: "c1", outLink: "a", packets: 1, packetsDropped: 0 },
    ],
  },
  config: { file: "/etc/cluster-flor.yaml", source: "posted", fileState: "differs" },
  down: [{ what: "service mail", code: "ERR_IDENTITY_EXPIRED", text: "it has ended" }],
  portals: [
    {
      name: "quic",
      bind: "/run/b.sock",
      connect: "/run/l.sock",
      state: "waiting",
      code: "",
      text: "",
      sinceMs: 400,
      linkProtocol: null,
      transit: "here",
      florio: { ...newFlorioCounters(), messagesMalformed: 0, messagesIgnored: 0, framesDroppedUnknownLink: 0 },
    },
  ],
  links: [
    link,
    {
      ...link,
      name: "c1",
      peer: "c",
      tag: "1",
      state: "down",
      code: "TIMEOUT",
      text: "silent for 1 s",
      mtu: 0,
      preferredMtu: 0,
    },
    { ...link, name: "d", peer: "d", state: "connecting", isNeverContacted: true, mtu: 0, preferredMtu: 0 },
  ],
  paths: [
    { name: "to-d", link: "c1", labels: [203, 900], mtu: 1280, mtuOrigin: "probing", isUsable: false },
    { name: "here", link: null, labels: [900], mtu: 16016, mtuOrigin: "local", isUsable: true },
  ],
  tunnels: [
    {
      listen: "tcp://127.0.0.1:18080",
      as: "user/alice",
      service: "web",
      path: "to-d",
      class: "bulk",
      keepMs: null,
      isListening: true,
      text: "our certificate with serial 0a is revoked",
      connections: { open: 1, total: 7, refused: { NO_ANSWER: 2, denied: 0 }, cut: { REVOKED: 3 } },
      datagrams: null,
    },
    {
      listen: "udp://127.0.0.1:5353",
      as: "user/alice",
      service: "dns",
      path: "to-d",
      class: "dns",
      keepMs: null,
      isListening: true,
      text: "",
      connections: { open: 2, total: 9, refused: { TARGET_DOWN: 1 }, cut: {} },
      datagrams: {
        ended: { idle: 0, room: 1 },
        sent: { datagrams: 1_234, bytes: 56_789 },
        received: { datagrams: 4, bytes: 2_000_000 },
        drops: { queue: 3, late: 0 },
      },
    },
  ],
  services: [
    {
      name: "web",
      label: 900,
      target: "tcp://127.0.0.1:8080",
      allow: ["user/alice", "service/db"],
      classes: ["bulk"],
      connections: { open: 0, total: 0, refused: {}, cut: {} },
      datagrams: null,
      handshakes: { established: 3, WRONG_PRINCIPAL: 1 },
      text: "our certificate with serial 0b is revoked",
    },
  ],
  connections: [
    {
      id: "0123456789abcdef",
      direction: "accepted",
      state: "established",
      peer: "user/alice",
      peerValidUntil: "2026-12-20T10:00:00.000Z",
      service: "web",
      path: "a 101 1",
      class: "bulk",
      peerPressure: null,
      streamsOpen: 1,
      rttMs: 1.26,
      bytesSent: 1_000_000,
      bytesReceived: 5,
      ageMs: 2_000,
    },
  ],
  certificates: [
    {
      file: "/etc/web",
      principal: "service/web",
      notAfter: "2027-11-20T10:00:00.000Z",
      state: "expires-soon",
      certificates: [
        {
          role: "leaf",
          state: "expires-soon",
          subject: "spiffe://demo/service/web",
          issuer: "O=demo, CN=demo CA",
          notBefore: "2026-11-20T10:00:00.000Z",
          notAfter: "2027-11-20T10:00:00.000Z",
          daysLeft: 12,
          algorithm: "ed25519",
          serial: "0a",
          fingerprint: "aa11",
          file: "/etc/web/chain.pem",
        },
      ],
      refused: null,
    },
  ],
  revocation: {
    mode: "optional",
    graceMs: 604_800_000,
    lists: [
      {
        issuer: "O=demo, CN=demo CA",
        number: "3",
        entries: 2,
        thisUpdate: "2026-11-20T10:00:00.000Z",
        nextUpdate: "2026-12-20T10:00:00.000Z",
        isExpired: false,
        isKept: true,
      },
    ],
    refused: [],
  },
  drops: {
    forwarding: { "unknown-label": 3, "hop-limit": 0 },
    transport: {},
    florio: { packetsDroppedNotConnected: 1 },
  },
  violations: { HIDDEN_BYTES: 2, CRYPTO_DATA: 0 },
};

test("status of a vertex that has nothing is short", () => {
  expect(renderClusterStatus(EMPTY)).toBe(
    "vertex b of cluster demo\nprincipal not known yet\ninstance 00ff00ff00ff00ff, up since 2026-11-20T10:00:00.000Z\n" +
      "portable QUIC engine: `engine: portable` says so\npressure nominal for 1 min, score 3\n",
  );
});

test("status shows everything in aligned tables", () => {
  expect(renderClusterStatus(FULL)).toMatchInlineSnapshot(`
    "vertex b of cluster demo
    vertex/b
    instance 00ff00ff00ff00ff, up since 2026-11-20T10:00:00.000Z
    portable QUIC engine: \`engine: portable\` says so
    pressure warning for 12 s, score 72 by memory, recommended: slow-bulk
      2026-11-20T10:01:00.000Z warning (memory, files)
    revocation list 3 of O=demo, CN=demo CA: 2 certificates, ends 2026-12-20T10:00:00.000Z
    the config that runs was POSTED to the control socket
    the config in /etc/cluster-flor.yaml is ANOTHER ONE than the one that runs: \`reload\` takes it
    service mail is DOWN, and is tried again: ERR_IDENTITY_EXPIRED: it has ended

    portals
      NAME  STATE    FOR     LINK VERTEX  REASON
      quic  waiting  400 ms  /run/l.sock  nothing answers on /run/l.sock

    links
      NAME  PEER  ROLE      STATE       FOR    MTU   SENT        RECEIVED    DROPPED  REASON
      a     a     acceptor  up          1 min  1420  12 (15 kB)  10 (900 B)  0
      c1    c/1   acceptor  down        1 min  -     12 (15 kB)  10 (900 B)  0        TIMEOUT: silent for 1 s
      d     d     acceptor  connecting  1 min  -     12 (15 kB)  10 (900 B)  0        never contacted: is the other end an originator?

    packets from links
      LINK  FORWARDED  DELIVERED  GUESSES  DROPPED
      a     7          1          3        unknownLabel 3, transitLimit 2

    transit
      FROM  TO  PACKETS  ABOVE LIMIT
      a     c1  7        2
      c1    a   1        0

    paths
      NAME  FIRST LINK  LABELS   MTU            USABLE
      to-d  c1          203 900  1280, probing  no
      here  (here)      900      16016, local   yes

    tunnels
      LISTEN                 AS          SERVICE  PATH  CLASS  LISTENING                                       OPEN  TOTAL  REFUSED        CUT
      tcp://127.0.0.1:18080  user/alice  web      to-d  bulk   yes: our certificate with serial 0a is revoked  1     7      NO_ANSWER 2    REVOKED 3
      udp://127.0.0.1:5353   user/alice  dns      to-d  dns    yes                                             2     9      TARGET_DOWN 1  -

    services
      NAME  LABEL  TARGET                ALLOWED                OPEN  TOTAL  REFUSED  CUT  HANDSHAKES                        REASON
      web   900    tcp://127.0.0.1:8080  user/alice service/db  0     0      -        -    established 3, WRONG_PRINCIPAL 1  our certificate with serial 0b is revoked

    datagrams
      END     NAME                  SENT  BYTES  RECEIVED  BYTES   ENDED   DROPPED
      tunnel  udp://127.0.0.1:5353  1234  57 kB  4         2.0 MB  room 1  queue 3

    connections
      ID                DIRECTION  STATE        PEER        CERTIFICATE ENDS          SERVICE  PATH     STREAMS  RTT     SENT    RECEIVED  AGE
      0123456789abcdef  accepted   established  user/alice  2026-12-20T10:00:00.000Z  web      a 101 1  1        1.3 ms  1.0 MB  5 B       2.0 s

    identities
      PRINCIPAL    STATE         ENDS                      FILE      RELOAD REFUSED
      service/web  expires-soon  2027-11-20T10:00:00.000Z  /etc/web

    certificates
      CERTIFICATE                ROLE  STATE         DAYS LEFT  ENDS                      VALID FROM                KEY      ISSUER              SERIAL  SHA-256  FILE
      spiffe://demo/service/web  leaf  expires-soon  12         2027-11-20T10:00:00.000Z  2026-11-20T10:00:00.000Z  ed25519  O=demo, CN=demo CA  0a      aa11     /etc/web/chain.pem

    closed for what their peers did
      CAUSE         CONNECTIONS
      HIDDEN_BYTES  2

    dropped packets
      BY          CAUSE                       COUNT
      forwarding  unknown-label               3
      florio      packetsDroppedNotConnected  1
    "
  `);
});

const ofThisProcess: unknown = expect.objectContaining({ pid: process.pid });

test("the admin socket answers with the status of the moment, and outlives its failure", async () => {
  const folder = mkdtempSync(join(tmpdir(), "florenetes-cluster-admin-"));
  const events: EventFields[] = [];
  const note = (event: EventFields): void => void events.push(event);
  const log: Logger = { debug: note, info: note, warn: note, error: note, child: () => log };
  let current: ClusterStatus | undefined;
  const status = async (): Promise<ClusterStatus> => {
    if (current === undefined) throw new Error("not ready");
    return current;
  };
  try {
    const path = join(folder, "admin.sock");
    await using _server = await openClusterAdmin({ path, status, log });
    await expect(requestAdmin(path, "/status")).rejects.toMatchObject({ code: "ERR_ADMIN_ANSWER" });
    expect(events).toMatchObject([{ code: "ADMIN_ROUTE_FAILED", route: "/status" }]);
    current = EMPTY;
    expect(await requestAdmin(path, "/status")).toEqual({ ...EMPTY, process: ofThisProcess });
    current = FULL;
    expect(await requestAdmin(path, "/status")).toEqual({ ...FULL, process: ofThisProcess });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
