import { TrafficClass } from "@florenetes/forwarding";
import { describe, expect, test } from "vitest";
import { LEFT, linkNames, PortalRooms, RIGHT } from "../src/portal-rooms.ts";

/** Both link vertices are attached, and the links b, c and d are up with the handles 1, 2 and 3. */
function upAndRunning(): PortalRooms {
  const rooms = new PortalRooms();
  for (const portal of [LEFT, RIGHT]) rooms.connect(portal);
  rooms.act(() => rooms.linkVertices[LEFT]!.tell("b", { handle: 1 }));
  rooms.act(() => rooms.linkVertices[LEFT]!.tell("c", { handle: 2 }));
  rooms.act(() => rooms.linkVertices[RIGHT]!.tell("d", { handle: 3 }));
  expect(linkNames.map((name) => rooms.cluster.link(name).state)).toEqual(["up", "up", "up"]);
  forget(rooms);
  return rooms;
}

/** Forgets all that was logged and heard so far: a test looks at later events. */
function forget({ cluster, linkVertices }: PortalRooms): void {
  cluster.lines.length = 0;
  cluster.heard.length = 0;
  for (const { lines } of linkVertices) lines.length = 0;
}

function codes(lines: readonly { readonly code: string }[]): string[] {
  return lines.map(({ code }) => code);
}

function portalOf(rooms: PortalRooms, portal: number): ReturnType<PortalRooms["cluster"]["service"]["status"]>[number] {
  return rooms.cluster.service.status()[portal]!;
}

describe("attaching", () => {
  test("each link vertex gets the wishes for its links, and status says who attached us", () => {
    const rooms = new PortalRooms();
    expect(portalOf(rooms, LEFT)).toMatchObject({ name: "left", state: "waiting", text: "the two are not joined" });
    rooms.scheduler.runUntil(500);
    rooms.cut(LEFT, true);
    rooms.connect(LEFT);
    const text = "the link vertex has not answered Attach yet";
    expect(portalOf(rooms, LEFT)).toMatchObject({ state: "waiting", text, sinceMs: 500 });
    expect(rooms.cluster.service.principal).toBe(undefined);
    rooms.cut(LEFT, false);
    rooms.scheduler.runFor(200);
    expect([...rooms.linkVertices[LEFT]!.links.wishes.values()]).toEqual([
      { peer: "b", tag: "0", role: "acceptor", endpoint: "" },
      { peer: "c", tag: "0", role: "originator", endpoint: "udp://192.0.2.3:4433" },
    ]);
    expect(rooms.linkVertices[RIGHT]!.links.wishes.size).toBe(0);
    expect(portalOf(rooms, LEFT)).toMatchObject({ state: "attached", code: "", text: "" });
    expect(portalOf(rooms, RIGHT)).toMatchObject({ state: "waiting" });
    expect(rooms.cluster.service.principal).toBe("a");
    expect(linkNames.map((name) => rooms.cluster.link(name).state)).toEqual(["connecting", "connecting", "waiting"]);
    expect(rooms.cluster.lines).toEqual([{ level: "info", code: "PORTAL_ATTACHED", portal: "left", principal: "a" }]);
  });

  test("a link vertex with another's credentials refuses, which is logged once however often we ask", () => {
    const rooms = new PortalRooms({ principals: ["mallory", "a"] });
    for (const portal of [LEFT, RIGHT]) rooms.connect(portal);
    rooms.scheduler.runUntil(10_000);
    expect(portalOf(rooms, LEFT)).toMatchObject({ state: "refused", code: "WRONG_VERTEX", sinceMs: 10_000 });
    expect(rooms.cluster.link("b")).toMatchObject({ state: "waiting", code: "WRONG_VERTEX" });
    expect(rooms.cluster.link("d")).toMatchObject({ state: "connecting" });
    const refusals = rooms.cluster.lines.filter(({ code }) => code === "PORTAL_REFUSED");
    expect(refusals).toEqual([{ level: "error", code: "PORTAL_REFUSED", portal: "left", reason: "WRONG_VERTEX" }]);
    rooms.disconnect(LEFT);
    expect(portalOf(rooms, LEFT)).toMatchObject({ state: "waiting" });
    expect(rooms.cluster.link("b")).toMatchObject({ state: "waiting", code: "PORTAL_GONE" });
  });

  test("a link vertex of another version of FlorIO is refused, and told of once, until one attaches us", () => {
    const rooms = new PortalRooms();
    const { portals } = rooms.cluster.service;
    for (let frame = 0; frame < 100; frame++) portals.get(LEFT)!.onForeignVersion(9);
    expect(portalOf(rooms, LEFT)).toMatchObject({ state: "refused", code: "FLORIO_VERSION" });
    expect(portalOf(rooms, LEFT).text).toMatch(/speaks version 9 of FlorIO/);
    expect(codes(rooms.cluster.lines)).toEqual(["PORTAL_REFUSED"]);
    rooms.connect(LEFT);
    expect(portalOf(rooms, LEFT)).toMatchObject({ state: "attached", code: "" });
    portals.get(LEFT)!.onForeignVersion(9);
    expect(portalOf(rooms, LEFT)).toMatchObject({ state: "attached", code: "" });
  });

  test("taking leave tells the link vertices at once, which keep the links for 10 s; afterwards nothing is said or heard", () => {
    const rooms = upAndRunning();
    rooms.act(() => rooms.cluster.service.close());
    expect(rooms.linkVertices.map(({ lines }) => lines.map(({ code, reason }) => [code, reason]))).toEqual([
      [["PORTAL_DETACHED", "DETACH_ASKED"]],
      [["PORTAL_DETACHED", "DETACH_ASKED"]],
    ]);
    rooms.scheduler.runFor(9_900);
    expect(rooms.linkVertices[LEFT]!.links.ended).toEqual([]);
    rooms.scheduler.runFor(200);
    expect(rooms.linkVertices[LEFT]!.links.ended).toEqual(["b vertexGone", "c vertexGone"]);
    expect([rooms.cluster.lines, rooms.cluster.heard]).toEqual([[], []]);
    expect([...rooms.cluster.service.portals.values()].map((portal) => portal.nextTimeout())).toEqual([
      Infinity,
      Infinity,
    ]);
  });
});

describe("links", () => {
  test("what becomes of a link is told once: to the other rooms, in the log, and in status", () => {
    const rooms = new PortalRooms();
    rooms.connect(LEFT);
    forget(rooms);
    const [left] = rooms.linkVertices;
    const steps = [
      { state: "down", code: "NO_ANSWER", text: "nothing answers" },
      { state: "refused", code: "NOT_WANTED" },
      { state: "refused", code: "ROLE_CONFLICT" },
      { handle: 7 },
      { handle: 7, preferredMtu: 1_300 },
      { handle: 7, preferredMtu: 1_300, isCongested: true },
      { handle: 7, preferredMtu: 1_300 },
      { handle: 8 },
      { state: "down", code: "SILENT" },
    ] as const;
    for (const step of steps) {
      for (let times = 0; times < 2; times++) rooms.act(() => left!.tell("c", step));
    }
    expect(rooms.cluster.heard.join(", ")).toBe("size c, up c, size c, writable c, size c, up c, size c");
    expect(rooms.cluster.lines).toEqual([
      { level: "info", code: "LINK_NOT_UP", link: "c", peer: "c", reason: "NO_ANSWER" },
      { level: "info", code: "LINK_REFUSED", link: "c", peer: "c", reason: "NOT_WANTED" },
      { level: "warn", code: "LINK_REFUSED", link: "c", peer: "c", reason: "ROLE_CONFLICT" },
      { level: "info", code: "LINK_UP", link: "c", peer: "c", mtu: 1_400 },
      { level: "info", code: "LINK_UP", link: "c", peer: "c", mtu: 1_400 },
      { level: "warn", code: "LINK_DOWN", link: "c", peer: "c", reason: "SILENT" },
    ]);
    expect(rooms.cluster.link("c")).toMatchObject({ state: "down", code: "SILENT", ups: 2, mtu: 0, handle: 0 });
  });

  test("packets go out under the link's handle, and come in for the link that has it", () => {
    const rooms = upAndRunning();
    const [left, right] = rooms.linkVertices;
    rooms.act(() =>
      expect(linkNames.map((name) => rooms.cluster.send(name, `to ${name}`))).toEqual([true, true, true]),
    );
    expect([left!.links.sent, right!.links.sent]).toEqual([["1 to b", "2 to c"], ["3 to d"]]);
    rooms.act(() => left!.receive(2, "from c"));
    rooms.act(() => right!.receive(3, "from d"));
    expect(rooms.cluster.received).toEqual(["c from c", "d from d"]);
    expect(rooms.cluster.link("c")).toMatchObject({ packetsSent: 1, packetsReceived: 1, bytesReceived: 6 });
  });

  test("a handle is good at its own portal only: frames of any other are dropped and counted there", () => {
    const rooms = upAndRunning();
    const [left, right] = rooms.linkVertices;
    rooms.act(() => left!.receive(3, "of the other portal"));
    rooms.act(() => left!.receive(99, "of nobody"));
    rooms.act(() => left!.tell("b", { state: "down", code: "SILENT" }));
    rooms.act(() => left!.receive(1, "late"));
    rooms.act(() => right!.receive(3, "right"));
    expect(rooms.cluster.received).toEqual(["d right"]);
    expect(portalOf(rooms, LEFT).florio["framesDroppedUnknownLink"]).toBe(3);
    expect(portalOf(rooms, RIGHT).florio["framesDroppedUnknownLink"]).toBe(0);
  });

  test("one handle for two links is an error in the log, and what comes in is the newer one's", () => {
    const rooms = upAndRunning();
    const [left] = rooms.linkVertices;
    rooms.act(() => left!.tell("c", { handle: 1 }));
    expect(rooms.cluster.lines.slice(1)).toEqual([
      { level: "error", code: "LINK_HANDLE_SHARED", link: "c", peer: "c", other: "b", handle: 1 },
    ]);
    rooms.act(() => left!.receive(1, "whose?"));
    expect(rooms.cluster.received).toEqual(["c whose?"]);
  });

  test("a socket that is full holds back the links of its portal, and says when to go on", () => {
    const rooms = upAndRunning();
    const { links } = rooms.cluster.service;
    const areWritable = (): boolean[] => [0, 1, 2].map((link) => links.isWritable(link, TrafficClass.reliable));
    rooms.act(() => {
      while (links.isWritable(0, TrafficClass.reliable)) rooms.cluster.send("b", "x".repeat(1_400));
      expect(areWritable()).toEqual([false, false, true]);
    });
    expect(rooms.cluster.heard).toEqual(["writable b", "writable c"]);
    expect(areWritable()).toEqual([true, true, true]);
  });
});

describe("a link vertex that goes", () => {
  test.each([true, false])(
    "and comes back (noticed by the socket: %s): its links are down at once, no others",
    (isNoticed) => {
      const rooms = upAndRunning();
      rooms.restartLinkVertex(LEFT, isNoticed);
      const reason = isNoticed ? "PORTAL_GONE" : "PORTAL_REPLACED";
      expect(rooms.cluster.lines).toEqual([
        { level: "warn", code: "PORTAL_DETACHED", portal: "left", reason },
        { level: "warn", code: "LINK_DOWN", link: "b", peer: "b", reason },
        { level: "warn", code: "LINK_DOWN", link: "c", peer: "c", reason },
        { level: "info", code: "PORTAL_ATTACHED", portal: "left", principal: "a" },
      ]);
      expect(rooms.cluster.heard).toEqual(["size b", "size c"]);
      expect(linkNames.map((name) => rooms.cluster.link(name).state)).toEqual(["connecting", "connecting", "up"]);
      expect(linkNames.map((name) => rooms.cluster.send(name, ""))).toEqual([false, false, false]);
      expect(rooms.cluster.send("d", "x")).toBe(true);
      expect([...rooms.linkVertices[LEFT]!.links.wishes.keys()]).toEqual(["b", "c"]);
      rooms.act(() => rooms.linkVertices[LEFT]!.tell("b", { handle: 1 }));
      expect(rooms.cluster.link("b")).toMatchObject({ state: "up", ups: 2 });
    },
  );

  test("for good: its links wait, and say for what", () => {
    const rooms = upAndRunning();
    rooms.disconnect(LEFT);
    rooms.scheduler.runFor(60_000);
    expect(rooms.cluster.link("b")).toMatchObject({ state: "waiting", code: "PORTAL_GONE", mtu: 0, sinceMs: 60_000 });
    expect(portalOf(rooms, LEFT)).toMatchObject({ state: "waiting", code: "PORTAL_GONE", sinceMs: 60_000 });
    expect(rooms.cluster.link("d")).toMatchObject({ state: "up" });
    expect(codes(rooms.cluster.lines)).toEqual(["PORTAL_DETACHED", "LINK_DOWN", "LINK_DOWN"]);
  });

  test("silent for a second: both sides miss each other, and the links live through it", () => {
    const rooms = upAndRunning();
    rooms.cut(LEFT, true);
    rooms.scheduler.runFor(850);
    expect([rooms.cluster.lines, rooms.linkVertices[LEFT]!.lines]).toEqual([[], []]);
    rooms.scheduler.runFor(200);
    expect(codes(rooms.cluster.lines)).toEqual(["PORTAL_DETACHED", "LINK_DOWN", "LINK_DOWN"]);
    expect(codes(rooms.linkVertices[LEFT]!.lines)).toEqual(["PORTAL_DETACHED"]);
    expect(rooms.cluster.link("b")).toMatchObject({ state: "waiting", code: "PORTAL_SILENT" });
    rooms.cut(LEFT, false);
    rooms.scheduler.runFor(200);
    expect(linkNames.map((name) => rooms.cluster.link(name).handle)).toEqual([1, 2, 3]);
    expect(rooms.linkVertices[LEFT]!.links.ended).toEqual([]);
    expect(codes(rooms.cluster.lines.slice(3))).toEqual(["PORTAL_ATTACHED", "LINK_UP", "LINK_UP"]);
  });
});

test.each([true, false])(
  "a cluster vertex that is restarted (noticed by the socket: %s) finds its links as they were",
  (isNoticed) => {
    const rooms = upAndRunning();
    rooms.restartCluster(isNoticed);
    rooms.scheduler.runFor(200);
    expect(linkNames.map((name) => rooms.cluster.link(name).handle)).toEqual([1, 2, 3]);
    rooms.scheduler.runFor(5_000);
    expect(rooms.linkVertices.map(({ links }) => links.ended)).toEqual([[], []]);
    expect(linkNames.map((name) => rooms.cluster.link(name).ups)).toEqual([1, 1, 1]);
  },
);

describe("the log", () => {
  test("a neighbour that comes and goes fills it on neither side, and silences no other", () => {
    const rooms = upAndRunning();
    const [left] = rooms.linkVertices;
    for (let handle = 10; handle < 1_010; handle++) {
      rooms.act(() => left!.tell("b", { state: "down", code: "CLOSED" }));
      rooms.act(() => left!.tell("b", { handle }));
    }
    // Each kind has twenty lines, one of which was spent when the link came up for the first time.
    expect(rooms.cluster.lines.length).toBe(39);
    expect(left!.lines.length).toBe(39);
    rooms.act(() => left!.tell("c", { state: "down", code: "CLOSED" }));
    expect(rooms.cluster.lines.slice(39)).toMatchObject([{ code: "LINK_DOWN", link: "c" }]);
    rooms.scheduler.runFor(10_000);
    rooms.act(() => left!.tell("b", { state: "down", code: "CLOSED" }));
    expect(rooms.cluster.lines.slice(40)).toMatchObject([{ code: "LINK_DOWN", link: "b", suppressed: 980 }]);
  });

  test("so it is with a link vertex that comes and goes", () => {
    const rooms = upAndRunning();
    for (let times = 0; times < 1_000; times++) rooms.restartLinkVertex(LEFT, true);
    const counts = Object.groupBy(rooms.cluster.lines, ({ code }) => code);
    expect(Object.entries(counts).map(([code, lines]) => [code, lines!.length])).toEqual([
      ["PORTAL_DETACHED", 20],
      ["LINK_DOWN", 2],
      ["PORTAL_ATTACHED", 19],
    ]);
  });
});
