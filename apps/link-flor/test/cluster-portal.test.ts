import { DataFrameWriter } from "@florenetes/florio";
import { OffloadedTransit, LINK_NONE } from "@florenetes/forwarding";
import { decodeMessage, encodeMessage, LINKS_MAX, type PortalBody, UNCLAIMED_AFTER_MS } from "@florenetes/portal-api";
import { type EventFields, LOG_LINES_OF_LINKS_AT_ONCE, type Logger } from "@florenetes/process-kit";
import { describe, expect, test } from "vitest";
import type { PortalPort } from "../src/cluster-plane.ts";
import type { ClusterLinks } from "../src/link-protocol.ts";
import { ClusterPortal } from "../src/portal/cluster-portal.ts";
import { KNOCKS_MAX } from "../src/portal/limits.ts";

/** A portal whose lines and time are in the test's hands. */
function openPortal() {
  const lines: EventFields[] = [];
  const warnings: string[] = [];
  const note = (event: EventFields): number => lines.push(event);
  const warn = (event: EventFields, text: string): void => {
    lines.push(event);
    warnings.push(text);
  };
  const log: Logger = { debug: note, info: note, warn, error: note, child: () => log };
  let fire = (): void => {};
  const timer = (onTime: () => void) => {
    fire = onTime;
    return { set: () => {}, close: () => {} };
  };
  const wakeUps = { soon: () => {}, timer };
  const clock = { now: 0 };
  const portal = new ClusterPortal({
    cluster: "demo",
    principal: "a",
    instance: { startedAt: 1, id: "l1" },
    linkMtuMax: 1_420,
    openTransit: (host) => new OffloadedTransit({ ...host, seed: 1 }),
    log,
    time: { now: () => clock.now, wallClock: () => new Date(clock.now), wakeUps },
  });
  const base = { tag: "0", preferredMtu: 0, text: "", isCongested: false };
  return {
    portal,
    lines,
    warnings,
    clock,
    /** The portal's timer goes off. */
    fire: () => fire(),
    tell: (state: "connecting" | "down" | "refused", code: string, text = "") =>
      portal.onStatus({ ...base, peer: "b", state, handle: 0, mtu: 0, code, text }),
    tellUp: (peer: string, handle: number) =>
      portal.onStatus({ ...base, peer, state: "up", handle, mtu: 1400, code: "" }),
    tellDown: (peer: string) => portal.onStatus({ ...base, peer, state: "down", handle: 0, mtu: 0, code: "CLOSED" }),
  };
}

test("links are counted by their present states", () => {
  const { portal, tellUp, tellDown } = openPortal();
  expect(portal.linksUp()).toEqual({ up: 0, wanted: 0 });
  tellUp("b", 1);
  tellUp("c", 2);
  tellDown("d");
  expect(portal.linksUp()).toEqual({ up: 2, wanted: 3 });
  tellDown("c");
  expect(portal.linksUp()).toEqual({ up: 1, wanted: 3 });
});

test("a link that is lost, and one that is refused for good, is a warning that names the neighbour", () => {
  const { warnings, tell, tellUp } = openPortal();
  tell("connecting", "");
  tell("down", "NO_ANSWER", "nothing answers at the endpoint");
  tell("refused", "NOT_WANTED");
  expect(warnings).toEqual([]);
  tell("refused", "ROLE_CONFLICT", "both ends are configured as originator");
  tellUp("b", 1);
  tell("down", "SILENT", "nothing was heard from the other end");
  tell("down", "NO_ANSWER", "nothing answers at the endpoint");
  expect(warnings).toEqual([
    "link to b is refused: both ends are configured as originator",
    "link to b is down: nothing was heard from the other end",
  ]);
});

test("packets that the cluster vertex forwards have an in-link of their own, which no link of a label table is", () => {
  const { portal } = openPortal();
  const inLinks: number[] = [];
  const links: Partial<ClusterLinks> = {
    send: (_handle, _packet, _start, _end, inLink) => void inLinks.push(inLink),
    flush: () => {},
    awaitWishes: () => {},
    unwantAll: () => {},
  };
  portal.join({ florio: {} as PortalPort, links: links as ClusterLinks });
  const writer = new DataFrameWriter();
  for (const source of [0, 1, 0xffff]) {
    writer.reset(7, source);
    writer.append(Uint8Array.of(1), 0, 1);
    portal.onData(7, writer.bytes());
  }
  expect(inLinks).toEqual([LINK_NONE, LINKS_MAX + 1, LINKS_MAX + 0xffff]);
});

test("a neighbour that comes and goes fills no log, and silences no other", () => {
  const { lines, clock, tellUp, tellDown } = openPortal();
  const tell = (peer: string, handle: number): void => {
    tellUp(peer, handle);
    tellDown(peer);
  };

  for (let handle = 1; handle <= 1000; handle++) tell("b", handle);
  expect(lines.length).toBe(40);
  tell("c", 5);
  expect(lines.slice(40)).toMatchObject([
    { code: "LINK_UP", peer: "c" },
    { code: "LINK_DOWN", peer: "c" },
  ]);
  clock.now = 10_000;
  tell("b", 1001);
  expect(lines.slice(42)).toMatchObject([
    { code: "LINK_UP", peer: "b", suppressed: 980 },
    { code: "LINK_DOWN", peer: "b", reason: "CLOSED", suppressed: 980 },
  ]);
});

test("a state of a link has its first line at once, whatever others of it are left out", () => {
  const { lines, tellUp, tellDown, tell } = openPortal();
  for (let handle = 1; handle <= 100; handle++) {
    tellUp("b", handle);
    tellDown("b");
  }
  lines.length = 0;
  tell("down", "REVOKED", "the certificate is revoked");
  expect(lines).toMatchObject([{ code: "LINK_DOWN", reason: "REVOKED" }]);
});

/** A cluster vertex at the portal; its links are connecting as soon as they are wanted. */
function joinHostile({ portal, lines, clock }: ReturnType<typeof openPortal>) {
  const noLink = {
    state: "connecting",
    handle: 0,
    mtu: 0,
    preferredMtu: 0,
    code: "",
    text: "",
    isCongested: false,
  } as const;
  const links: Partial<ClusterLinks> = {
    want: ({ peer, tag }) => portal.onStatus({ ...noLink, peer, tag }),
    unwant: () => {},
    stats: () => [],
    awaitWishes: (isAwaiting) => void awaited.push(isAwaiting),
  };
  const awaited: boolean[] = [];
  const told: PortalBody["kind"][] = [];
  const sendControl = (message: Uint8Array): boolean => told.push(decodeMessage(message)!.body.kind) > 0;
  const port: Partial<PortalPort> = { sendControl };
  portal.join({ florio: port as PortalPort, links: links as ClusterLinks });
  portal.onConnected();
  let requestId = 0;
  const say = (body: PortalBody, attachment = 0, instance = "c1"): void =>
    portal.onControl(encodeMessage({ instance, attachment, requestId: ++requestId, body }));
  const attach = (startedAt: number, cluster = "demo", instance = "c1"): void =>
    say({ kind: "attach", cluster, vertex: "", startedAt, versionMin: 1, versionMax: 1 }, 0, instance);
  return { lines, clock, say, attach, told, awaited };
}

const codesOf = (lines: readonly EventFields[]) =>
  Object.fromEntries(lines.map(({ code }) => [code, lines.filter((line) => line.code === code).length]));

describe("a cluster vertex in a loop fills no log", () => {
  test("10,000 attaches of ever new instances", () => {
    const { lines, clock, attach } = joinHostile(openPortal());
    for (let instance = 1; instance <= 10_000; instance++) attach(instance, "demo", `c${instance}`);
    expect(codesOf(lines)).toEqual({ PORTAL_ATTACHED: 20, PORTAL_DETACHED: 20 });
    clock.now += 10_000;
    attach(10_001, "demo", "c10001");
    expect(lines.slice(40)).toMatchObject([
      { code: "PORTAL_DETACHED", reason: "PORTAL_REPLACED", suppressed: 9_979 },
      { code: "PORTAL_ATTACHED", instance: "c10001", suppressed: 9_980 },
    ]);
  });

  test("attaches that are refused for one reason, then for another one", () => {
    const { lines, attach, say } = joinHostile(openPortal());
    for (let i = 1; i <= 2_000; i++) {
      attach(1, "another");
      attach(1);
      say({ kind: "detach" }, 2 * i - 1);
    }
    expect(codesOf(lines)).toEqual({ PORTAL_REFUSED: 20, PORTAL_ATTACHED: 20, PORTAL_DETACHED: 20 });
    say({ kind: "attach", cluster: "demo", vertex: "z", startedAt: 1, versionMin: 1, versionMax: 1 });
    expect(lines.slice(60)).toMatchObject([{ code: "PORTAL_REFUSED", reason: "WRONG_VERTEX" }]);
  });

  test("links that are opened and closed, each with another tag", () => {
    const { lines, attach, say } = joinHostile(openPortal());
    attach(1);
    for (let i = 0; i < 10_000; i++) {
      const key = { peer: "b", tag: `t${i}` };
      say({ kind: "open-link", wish: { ...key, role: "acceptor", endpoint: "" } }, 1);
      say({ kind: "close-link", key }, 1);
    }
    expect(codesOf(lines)).toEqual({ PORTAL_ATTACHED: 1, LINK_CONNECTING: LOG_LINES_OF_LINKS_AT_ONCE + 20 });
  });
});

test("wishes are awaited until a cluster vertex has been attached for 3 s, and again when it is gone", () => {
  const opened = openPortal();
  const { attach, say, awaited } = joinHostile(opened);
  expect(awaited).toEqual([true]);
  attach(1);
  opened.clock.now += UNCLAIMED_AFTER_MS - 1;
  say({ kind: "heartbeat", startedAt: 1, generation: 0n }, 1);
  opened.fire();
  expect(awaited).not.toContain(false);
  opened.clock.now += 1;
  opened.fire();
  expect(awaited.at(-1)).toBe(false);
  say({ kind: "detach" }, 1);
  expect(awaited.at(-1)).toBe(true);
});

describe("strangers that knock", () => {
  const knock = (peer: string) => ({ peer, tag: "0", keyHash: "11".repeat(32), address: "udp://192.0.2.9:1" });

  test("are told to a cluster vertex that is attached, so many at a time, and nothing is logged", () => {
    const opened = openPortal();
    const { told, attach, lines } = joinHostile(opened);
    opened.portal.onKnock(knock("early"));
    attach(1);
    lines.length = 0;
    for (let i = 0; i < 10_000; i++) opened.portal.onKnock(knock(`p${i}`));
    expect(told.filter((kind) => kind === "knock").length).toBe(KNOCKS_MAX);
    expect(opened.portal.knocks).toMatchObject({ told: KNOCKS_MAX, dropped: 10_000 - KNOCKS_MAX });
    expect(lines).toEqual([]);
  });
});
