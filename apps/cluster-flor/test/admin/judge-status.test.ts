import { expect, test } from "vitest";
import type { ClusterStatus } from "../../src/admin/cluster-status.ts";
import { judgeCluster } from "../../src/admin/judge-status.ts";
import { EMPTY, FULL, link } from "./statuses.ts";

const portal = { ...FULL.portals[0]!, state: "attached" } as const;
const path = { ...FULL.paths[0]!, isUsable: true, isReachable: true } as const;
const tunnel = { ...FULL.tunnels[0]!, text: "" } as const;
const connection = { ...FULL.connections[0]!, direction: "originated", path: "to-d" } as const;
const identity = { ...FULL.certificates[0]!, state: "valid" } as const;

/** A status in which everything is as it should be. */
const WHOLE: ClusterStatus = {
  ...EMPTY,
  portals: [portal],
  links: [link],
  paths: [path],
  tunnels: [tunnel],
  services: [{ ...FULL.services[0]!, text: "" }],
  connections: [connection],
  certificates: [identity],
  revocation: FULL.revocation,
};

test("nothing is said of a vertex that is as it should be", () => {
  expect(judgeCluster(WHOLE)).toEqual([]);
  expect(judgeCluster(EMPTY)).toEqual([]);
});

test("what is said of a link names it, so that whoever does not miss it can leave it out", () => {
  const status: ClusterStatus = { ...WHOLE, links: [link, { ...link, peer: "b", tag: "1", state: "connecting" }] };
  expect(judgeCluster(status)).toMatchObject([{ about: "link", link: "b/1" }]);
});

const FAILED_ROUTE = {
  name: "b>d",
  link: "b",
  labels: [203, 900],
  inUse: [],
  failure: "timeout",
  failedMs: 5,
} as const;
const list = FULL.revocation!.lists[0]!;

test.each<{ what: string; status: Partial<ClusterStatus>; weights: string; text: RegExp; advice: RegExp }>([
  {
    what: "a vertex that is somebody else by its certificate",
    status: { principal: "vertex/c" },
    weights: "fault",
    text: /^the config says `vertex: b`, and link-flor holds the identity of vertex\/c for this cluster$/,
    advice: /`identity` in the config of link-flor/,
  },
  {
    what: "a route that does not answer, beside one that does",
    status: {
      paths: [
        {
          ...WHOLE.paths[0]!,
          name: "auto.web.d",
          routes: [FAILED_ROUTE, { ...FAILED_ROUTE, name: "c>d", failure: null, failedMs: null }],
        },
      ],
    },
    weights: "warning",
    text: /^1 of 2 routes of path auto.web.d do not answer: b>d \(timeout\)$/,
    advice: /used again when they have answered/,
  },
  {
    what: "parts of the overlay that the file does not let in",
    status: {
      overlay: {
        ...FULL.overlay!,
        leftOut: [
          { what: "path auto.web.c", why: "there is no link c" },
          { what: "lead web", why: "no path" },
        ],
      },
    },
    weights: "warning",
    text: /path auto.web.c \(there is no link c\), and 1 more$/,
    advice: /the file has taken a name or a link/,
  },
  {
    what: "a tunnel that the overlay leads nowhere",
    status: {
      paths: [{ ...path, name: "auto:web", link: null, isUsable: false }],
      tunnels: [{ ...tunnel, path: "auto:web", text: "no host of service web is known" }],
    },
    weights: "fault",
    text: /^workloads are turned away on tcp:\/\/127.0.0.1:18080 \(no host of service web is known\)$/,
    advice: /^`fabric-flor status`/,
  },
  {
    what: "a service of a session socket that the overlay leads nowhere",
    status: {
      paths: [{ ...path, name: "auto:web", link: null, isUsable: false }],
      tunnels: [],
      sessions: [
        {
          listen: "unix:mesh.sock",
          isListening: true,
          text: "",
          services: [{ name: "w", service: "web", path: "auto:web", unreached: "" }],
        } as unknown as ClusterStatus["sessions"][number],
      ],
    },
    weights: "fault",
    text: /^service w of socket unix:mesh.sock is refused \(no host of service web is known\)$/,
    advice: /^`fabric-flor status`/,
  },
  {
    what: "a portal without a link vertex, and no word of its links",
    status: { portals: [{ ...portal, state: "waiting" }], links: [{ ...link, state: "waiting" }] },
    weights: "fault",
    text: /^portal quic has no link vertex \(nothing answers on \/run\/l.sock\), and its links are down$/,
    advice: /link-flor/,
  },
  {
    what: "a portal that is refused",
    status: { portals: [{ ...portal, state: "refused", code: "VERSION", text: "too old" }] },
    weights: "fault",
    text: /refused \(VERSION: too old\)/,
    advice: /check/,
  },
  {
    what: "a link that does not come up",
    status: { links: [{ ...link, role: "originator", state: "down", code: "TIMEOUT", text: "silent" }] },
    weights: "fault",
    text: /^link a to a is down \(TIMEOUT: silent\)$/,
    advice: /endpoint its address/,
  },
  {
    what: "one that the other end has to bring up",
    status: { links: [{ ...link, tag: "1", state: "connecting" }] },
    weights: "fault",
    text: /^link a to a\/1 is connecting$/,
    advice: /^a has to call/,
  },
  {
    what: "one that nobody has ever called for",
    status: { links: [{ ...link, state: "connecting", isNeverContacted: true }] },
    weights: "fault",
    text: /never contacted/,
    advice: /originator/,
  },
  {
    what: "one that is refused",
    status: { links: [{ ...link, state: "refused", code: "ROLE_CONFLICT" }] },
    weights: "fault",
    text: /refused \(ROLE_CONFLICT\)/,
    advice: /`flor explain ROLE_CONFLICT`/,
  },
  {
    what: "a tunnel that does not listen",
    status: {
      tunnels: [{ ...tunnel, isListening: false }],
      connections: [],
      down: [{ what: "the tunnel tcp://127.0.0.1:18080", code: "ERR_LISTEN_IN_USE", text: "somebody is there" }],
    },
    weights: "fault",
    text: /^the tunnel tcp:\/\/127.0.0.1:18080 is down \(ERR_LISTEN_IN_USE: somebody is there\)$/,
    advice: /tried again/,
  },
  {
    what: "a tunnel of a user whose certificate has ended, and the clock that may be why",
    status: { down: [{ what: "the tunnel t", code: "ERR_IDENTITY_EXPIRED", text: "it was valid until then" }] },
    weights: "fault",
    text: /^the tunnel t is down \(ERR_IDENTITY_EXPIRED: it was valid until then\)$/,
    advice: /^Issue the identity anew; .* check this machine's clock\. It is tried again/,
  },
  {
    what: "access records that cannot be written, and why",
    status: { accessLog: { file: "/log", records: 1, lost: 3, problem: "ENOSPC: no space left on device, write" } },
    weights: "warning",
    text: /^3 access records could not be written to \/log \(ENOSPC: no space left on device, write\)$/,
    advice: /disk full/,
  },
  {
    what: "access records that were lost",
    status: { accessLog: { file: "/log", records: 1, lost: 3, problem: "" } },
    weights: "warning",
    text: /^3 access records could not be written to \/log$/,
    advice: /ACCESS_LOG_LOST/,
  },
  {
    what: "spans that the collector does not take, and why",
    status: { otlpTraces: { endpoint: "http://[::1]:4318/", spans: 1, lost: 3, problem: "connect ECONNREFUSED" } },
    weights: "warning",
    text: /^3 spans were not taken by http:\/\/\[::1\]:4318\/ \(connect ECONNREFUSED\)$/,
    advice: /collector run/,
  },
  {
    what: "a portal whose socket cannot be had, once",
    status: {
      portals: [{ ...portal, state: "waiting", code: "ERR_SOCKET_IN_USE", text: "somebody has it" }],
      links: [],
      down: [{ what: "portal quic", code: "ERR_SOCKET_IN_USE", text: "somebody has it" }],
    },
    weights: "fault",
    text: /^portal quic is down/,
    advice: /tried again/,
  },
  {
    what: "a config file that is another one than the one that runs",
    status: { config: { ...EMPTY.config, fileState: "differs" } },
    weights: "warning",
    text: /not the one that runs/,
    advice: /reload/,
  },
  {
    what: "a config that has to be confirmed, and no word of its file",
    status: { config: { ...EMPTY.config, source: "posted", fileState: "differs", confirmMs: 95_000 } },
    weights: "warning",
    text: /^the config that runs makes room for the one before in 2 min$/,
    advice: /confirm/,
  },
  {
    what: "a config file that a restart would not take",
    status: { config: { ...EMPTY.config, fileState: "refused" } },
    weights: "fault",
    text: /not in order/,
    advice: /check/,
  },
  {
    what: "a tunnel whose identity is revoked",
    status: { tunnels: [FULL.tunnels[0]!] },
    weights: "fault",
    text: /workloads are turned away .* revoked/,
    advice: /identity/,
  },
  {
    what: "a tunnel that has no connection though it keeps one, and whose link is up",
    status: { connections: [{ ...connection, state: "handshaking" }] },
    weights: "fault",
    text: /no connection to service web over path to-d/,
    advice: /cluster-flor trace tcp:\/\/127.0.0.1:18080/,
  },
  {
    what: "a tunnel whose far end has gone silent, though its connection is not given up",
    status: { paths: [{ ...path, isReachable: false }] },
    weights: "fault",
    text: /^the far end of path to-d does not answer$/,
    advice: /cluster-flor trace/,
  },
  {
    what: "a service that takes nobody",
    status: { services: FULL.services },
    weights: "fault",
    text: /service web takes no connections/,
    advice: /identity/,
  },
  {
    what: "a service whose target is down",
    status: {
      services: [
        { ...FULL.services[0]!, text: "", health: { state: "down", text: "ECONNREFUSED", checkedMs: 900 } },
        { ...FULL.services[0]!, text: "", health: { state: "unknown", text: "", checkedMs: null } },
        { ...FULL.services[0]!, text: "", health: null },
      ],
    },
    weights: "fault",
    text: /^the target tcp:\/\/127\.0\.0\.1:8080 of service web is down \(ECONNREFUSED\)$/,
    advice: /^Start the program that listens there/,
  },
  {
    what: "a certificate that ends soon",
    status: { certificates: FULL.certificates },
    weights: "warning",
    text: /service\/web ends soon/,
    advice: /flor identity renew/,
  },
  {
    what: "one that has ended",
    status: { certificates: [{ ...identity, state: "expired" }] },
    weights: "fault",
    text: /has ended/,
    advice: /flor identity renew/,
  },
  {
    what: "an identity on disk that is refused",
    status: { certificates: [{ ...identity, refused: { at: "now", code: "ERR_X", text: "no" } }] },
    weights: "fault",
    text: /refused \(ERR_X: no\)/,
    advice: /reload/,
  },
  {
    what: "a list that ends soon",
    status: { revocation: { ...FULL.revocation!, lists: [{ ...list, state: "expires-soon" }] } },
    weights: "warning",
    text: /list 3 of O=demo, CN=demo CA ends soon/,
    advice: /flor ca crl/,
  },
  {
    what: "a list that has ended, where lists may be missing",
    status: { revocation: { ...FULL.revocation!, lists: [{ ...list, isExpired: true, state: "expired" }] } },
    weights: "fault",
    text: /list 3 of O=demo, CN=demo CA has ended, and whom its CA has revoked since is let in/,
    advice: /flor ca crl/,
  },
  {
    what: "a list that is lost",
    status: {
      revocation: { ...FULL.revocation!, doubts: [{ kind: "lost", issuer: "CN=demo CA", number: "3", known: "4" }] },
    },
    weights: "fault",
    text: /list 4 of CN=demo CA was known here, and list 3 is in force/,
    advice: /newest list/,
  },
  {
    what: "a list that nothing vouches for",
    status: {
      revocation: {
        ...FULL.revocation!,
        doubts: [{ kind: "unconfirmed", issuer: "CN=demo CA", number: "3", known: null }],
      },
    },
    weights: "warning",
    text: /nothing here tells whether list 3 of CN=demo CA is its newest/,
    advice: /confirm-lists/,
  },
  {
    what: "a list that is required and not there",
    status: {
      revocation: {
        ...FULL.revocation!,
        doubts: [{ kind: "missing", issuer: "CN=demo CA", number: null, known: null }],
      },
    },
    weights: "fault",
    text: /there is none of CN=demo CA: what it certifies is refused/,
    advice: /newest list/,
  },
  {
    what: "a list that has ended, where they must be there",
    status: {
      revocation: { ...FULL.revocation!, mode: "required", lists: [{ ...list, isExpired: true, state: "expired" }] },
    },
    weights: "fault",
    text: /has ended/,
    advice: /flor ca crl/,
  },
  {
    what: "a process at its limits",
    status: { pressure: { ...EMPTY.pressure, level: "critical", score: 97, reasons: ["files"] } },
    weights: "warning",
    text: /files: 97 %/,
    advice: /more nodes/,
  },
])("it tells $what", ({ status, weights, text, advice }) => {
  const findings = judgeCluster({ ...WHOLE, ...status });
  expect(findings.map(({ weight }) => weight).join(" ")).toBe(weights);
  expect(findings[0]!.text).toMatch(text);
  expect(findings[0]!.advice).toMatch(advice);
});

const opened = {
  name: "web",
  service: "web",
  path: path.name,
  unreached: "nothing was ever heard",
  connectionsBeside: 0,
  streamsUsedUp: 0,
  standbyStreams: 0,
  connections: tunnel.connections,
  datagrams: FULL.tunnels[1]!.datagrams!,
};
const socket: ClusterStatus["sessions"][number] = {
  listen: "/run/app.sock",
  as: "user/alice",
  isListening: true,
  text: "",
  open: 0,
  total: 1,
  refused: {},
  ended: {},
  services: [opened],
  sessions: [],
};

test("a service of a socket that workloads have opened and not reached is told, and how to find out why", () => {
  expect(judgeCluster({ ...WHOLE, sessions: [socket] })).toEqual([
    {
      about: "connection",
      weight: "fault",
      text: "service web of socket /run/app.sock reaches nobody over path to-d (nothing was ever heard)",
      advice: "Its first link is up: `cluster-flor trace to-d` says how far packets get, and why they end there.",
    },
  ]);
});

test.each<[string, Partial<ClusterStatus>]>([
  ["a service of a socket that is reached", { sessions: [{ ...socket, services: [{ ...opened, unreached: "" }] }] }],
  ["one whose link is down", { sessions: [socket], paths: [{ ...path, isUsable: false }], connections: [] }],
  ["a tunnel without a connection that keeps none", { tunnels: [{ ...tunnel, keepMs: 1_000 }], connections: [] }],
  ["a tunnel without a connection whose link is down", { paths: [{ ...path, isUsable: false }], connections: [] }],
])("it does not tell %s", (_, status) => {
  expect(judgeCluster({ ...WHOLE, ...status })).toEqual([]);
});
