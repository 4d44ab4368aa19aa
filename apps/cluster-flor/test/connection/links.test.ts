import { TrafficClass } from "@florenetes/forwarding";
import type { FlorioPort } from "@florenetes/florio";
import { DataFrameWriter, newFlorioCounters } from "@florenetes/florio";
import type { LinkStatus } from "@florenetes/portal-api";
import { describe, expect, test } from "vitest";
import type { LinkConfig } from "../../src/config/cluster-config.ts";
import { Links, NEVER_CONTACTED_AFTER_MS } from "../../src/connection/links.ts";
import { LINK_NONE } from "../../src/forwarding/interfaces.ts";
import { SlotMap } from "../../src/config/slot-map.ts";

const packet = Uint8Array.of(0, 0, 1, 2, 3, 0);

const { bulk, interactive, reliable } = TrafficClass;

describe("a link's way to its socket", () => {
  test("packets go to the portal and handle that the last status named", () => {
    const { links, ports } = twoPortals();
    links.handleStatus(1, status({ peer: "c", state: "up", handle: 7 }), 10);
    expect(links.isUp(1)).toBe(true);
    expect(links.linksUp()).toEqual({ up: 1, wanted: 3 });
    expect(links.sendPacket(1, packet, 2, 5, LINK_NONE)).toBe(true);
    expect(ports[1]!.sent).toEqual([{ handle: 7, bytes: [1, 2, 3] }]);
    expect(ports[0]!.sent).toEqual([]);
  });

  test("a link that is down drops and counts, and never makes a source wait", () => {
    const { links, ports } = twoPortals();
    expect(links.sendPacket(0, packet, 2, 5, LINK_NONE)).toBe(false);
    expect(links.sendFrame(0, packet, 3, LINK_NONE)).toBe(false);
    expect(links.isWritable(0, reliable)).toBe(true);
    expect(ports[0]!.sent).toEqual([]);
    expect(links.status((portal) => ["p", "q"][portal], 0)[0]!.packetsDropped).toBe(4);
  });

  test("bytes are those of the packets, whether they leave one by one or in a whole frame", () => {
    const { links } = twoPortals();
    links.handleStatus(0, status({ peer: "b", state: "up", handle: 1 }), 0);
    links.sendPacket(0, packet, 2, 5, LINK_NONE);
    const writer = new DataFrameWriter();
    writer.reset(1);
    for (let i = 0; i < 4; i++) writer.append(packet, 0, packet.length);
    links.sendFrame(0, writer.bytes(), 4, LINK_NONE);
    expect(links.status((portal) => ["p", "q"][portal], 0)[0]).toMatchObject({
      packetsSent: 5,
      bytesSent: 3 + 4 * packet.length,
    });
  });

  test("frames tell by which link their packets came, and that they are the vertex's own", () => {
    const { links, ports } = twoPortals();
    links.handleStatus(1, status({ peer: "c", state: "up", handle: 7 }), 10);
    links.sendPacket(1, packet, 2, 5, LINK_NONE);
    links.sendPacket(1, packet, 2, 5, 0);
    links.sendFrame(1, packet, 1, 2);
    expect(ports[1]!.sources).toEqual([0, 1, 3]);
  });

  test("a new session's handle replaces the old one, which then names nothing", () => {
    const { links } = twoPortals();
    links.handleStatus(0, status({ peer: "b", state: "up", handle: 1 }), 10);
    const { change } = links.handleStatus(0, status({ peer: "b", state: "up", handle: 2 }), 20);
    expect(change).toBe("up");
    expect(links.linkOfHandle(0, 1)).toBe(LINK_NONE);
    expect(links.linkOfHandle(0, 2)).toBe(0);
    expect(links.linkOfHandle(1, 2)).toBe(LINK_NONE);
    expect(links.status((portal) => ["p", "q"][portal], 20)[0]!.ups).toBe(2);
  });

  test("a status for the right peer over the wrong portal, or for an unknown tag, is nobody's", () => {
    const { links } = twoPortals();
    expect(links.handleStatus(1, status({ peer: "b", state: "up", handle: 1 }), 0).link).toBe(LINK_NONE);
    expect(links.handleStatus(0, status({ peer: "b", tag: "9", state: "up", handle: 1 }), 0).link).toBe(LINK_NONE);
    expect(links.isUp(0)).toBe(false);
  });

  test("a congested link holds its sources back, and says when to go on", () => {
    const { links } = twoPortals();
    links.handleStatus(0, status({ peer: "b", state: "up", handle: 1 }), 0);
    expect(links.isWritable(0, reliable)).toBe(true);
    links.handleStatus(0, status({ peer: "b", state: "up", handle: 1, isCongested: true }), 1);
    expect(links.isWritable(0, reliable)).toBe(false);
    const { change } = links.handleStatus(0, status({ peer: "b", state: "up", handle: 1 }), 2);
    expect(change).toBe("writable");
    expect(links.isWritable(0, reliable)).toBe(true);
  });

  test("a link that is congested for some classes holds back their sources alone", () => {
    const { links } = twoPortals();
    const up = { peer: "b", state: "up", handle: 1 } as const;
    const congested = (...classes: TrafficClass[]): string => {
      const congestedClasses = classes.reduce<number>((set, each) => set | (1 << each), 0);
      return links.handleStatus(0, status({ ...up, isCongested: classes.length > 0, congestedClasses }), 0).change;
    };
    congested();
    expect(congested(bulk, reliable)).toBe("none");
    expect([bulk, reliable, interactive].map((each) => links.isWritable(0, each))).toEqual([false, false, true]);
    expect(links.status((portal) => ["p", "q"][portal], 0)[0]).toMatchObject({
      congestedClasses: ["reliable", "bulk"],
    });
    expect(congested(bulk, interactive)).toBe("writable");
    expect([bulk, reliable, interactive].map((each) => links.isWritable(0, each))).toEqual([false, true, false]);
  });

  test("a full socket holds sources back too", () => {
    const { links, ports } = twoPortals();
    links.handleStatus(0, status({ peer: "b", state: "up", handle: 1 }), 0);
    ports[0]!.isWritable = false;
    expect(links.isWritable(0, reliable)).toBe(false);
  });
});

describe("what can be said of a link", () => {
  test("a link vertex that is gone takes its own links down, and no others", () => {
    const { links } = twoPortals();
    links.handleStatus(0, status({ peer: "b", state: "up", handle: 1 }), 0);
    links.handleStatus(1, status({ peer: "c", state: "up", handle: 1 }), 0);
    expect(links.handlePortalGone(0, 50)).toEqual([0]);
    links.explainWaiting(0, "SILENT", "no heartbeat");
    expect(links.isUp(0)).toBe(false);
    expect(links.isUp(1)).toBe(true);
    expect(links.status((portal) => ["p", "q"][portal], 60)[0]).toMatchObject({
      state: "waiting",
      code: "SILENT",
      sinceMs: 10,
      mtu: 0,
    });
    expect(links.status((portal) => ["p", "q"][portal], 60)[1]).toMatchObject({ state: "up", code: "" });
  });

  test("measures of a link are there while it is up and told of, and count how often it broke within an hour", () => {
    const { links } = twoPortals();
    const up = (handle: number, more: Partial<LinkStatus> = {}): void => {
      links.handleStatus(0, status({ peer: "b", state: "up", handle, ...more }), 0);
      links.handleStats(0, stats, 1_000);
    };
    const counts = { packetsSent: 0, packetsReceived: 0, bytesSent: 0, bytesReceived: 0, packetsLost: 0 };
    const stats = { peer: "b", tag: "0", rttMs: 7, packetsDropped: 0, queueLength: 0, ...counts };
    expect(links.measures(0, 0)).toBeNull();
    up(1);
    const figures = { roundTripMs: 7, jitterMs: 0, loss: 0, rate: null, queue: 0, mtu: 1400, breaks: 0 };
    expect(links.measures(0, 1_000)).toEqual(figures);
    links.handleStatus(0, status({ peer: "b", state: "down" }), 2_000);
    expect(links.measures(0, 2_000)).toBeNull();
    up(2);
    links.handlePortalGone(0, 3_000);
    up(3, { isCongested: true, congestedClasses: (1 << bulk) | (1 << reliable) | (1 << interactive) });
    expect(links.measures(0, 4_000)).toEqual({ ...figures, queue: 0.5, breaks: 2 });
    expect(links.measures(0, 3_603_000)).toMatchObject({ breaks: 0 });
    expect(links.measures(0, 3_602_500)).toMatchObject({ breaks: 1 });
  });

  test("an acceptor that never heard its peer asks for the originator after a while, and no longer once it did", () => {
    const { links } = twoPortals();
    expect(links.status((portal) => ["p", "q"][portal], NEVER_CONTACTED_AFTER_MS - 1)[0]!.isNeverContacted).toBe(false);
    const [acceptor, originator] = links.status((portal) => ["p", "q"][portal], NEVER_CONTACTED_AFTER_MS);
    expect(acceptor!.isNeverContacted).toBe(true);
    expect(acceptor!.text).toMatch(/^never contacted: is the other end an originator\?/);
    expect(originator!.isNeverContacted).toBe(false);
    links.handleStatus(0, status({ peer: "b", state: "refused", code: "ROLE_CONFLICT" }), 1);
    expect(links.status((portal) => ["p", "q"][portal], NEVER_CONTACTED_AFTER_MS)[0]!.isNeverContacted).toBe(false);
  });

  test("each change is told once", () => {
    const { links } = twoPortals();
    const changes = [
      status({ peer: "b", state: "connecting" }),
      status({ peer: "b", state: "refused", code: "NOT_WANTED" }),
      status({ peer: "b", state: "refused", code: "ROLE_CONFLICT" }),
      status({ peer: "b", state: "refused", code: "ROLE_CONFLICT" }),
      status({ peer: "b", state: "up", handle: 3 }),
      status({ peer: "b", state: "up", handle: 3 }),
      status({ peer: "b", state: "down", code: "DEAD" }),
      status({ peer: "b", state: "down", code: "DEAD" }),
      status({ peer: "b", state: "down", code: "NO_ANSWER" }),
      status({ peer: "b", state: "down", code: "NO_ANSWER" }),
    ].map((one, now) => links.handleStatus(0, one, now).change);
    const ups = ["none", "refused", "refused", "none", "up", "none", "down", "none"];
    expect(changes).toEqual([...ups, "failed", "none"]);
  });

  test("two links of one portal with the same handle are found, of two portals they are none", () => {
    const { links } = twoPortals();
    links.handleStatus(0, status({ peer: "b", state: "up", handle: 1 }), 0);
    links.handleStatus(1, status({ peer: "c", state: "up", handle: 1 }), 0);
    links.handleStatus(0, status({ peer: "d", state: "up", handle: 2 }), 0);
    expect([0, 1, 2].map((link) => links.sharingHandle(link))).toEqual([LINK_NONE, LINK_NONE, LINK_NONE]);
    links.handleStatus(0, status({ peer: "d", state: "up", handle: 1 }), 0);
    expect([0, 1, 2].map((link) => links.sharingHandle(link))).toEqual([2, LINK_NONE, 0]);
  });
});

interface FakePort extends FlorioPort {
  isWritable: boolean;
  readonly sent: { handle: number; bytes: number[] }[];
  /** The source of each packet that was sent, in order. */
  readonly sources: number[];
}

function fakePort(): FakePort {
  const sent: FakePort["sent"] = [];
  const sources: FakePort["sources"] = [];
  const take = (handle: number, bytes: Uint8Array, source = 0): boolean => {
    sent.push({ handle, bytes: [...bytes] });
    sources.push(source);
    return true;
  };
  return {
    isConnected: true,
    waitingFor: "",
    isWritable: true,
    counters: newFlorioCounters(),
    sent,
    sources,
    sendControl: () => true,
    sendPacket: (handle, bytes, start, end, source) => take(handle, bytes.subarray(start, end), source),
    sendFrame: take,
    flush: () => {},
    close: () => {},
  };
}

function twoPortals(): { links: Links; ports: FakePort[] } {
  const ports = [fakePort(), fakePort()];
  const configs: LinkConfig[] = [
    { name: "b", portal: 0, role: "acceptor", peer: "b", tag: "0", endpoint: undefined, label: 101 },
    { name: "c", portal: 1, role: "originator", peer: "c", tag: "0", endpoint: "udp://127.0.0.1:1", label: 102 },
    { name: "d", portal: 0, role: "acceptor", peer: "d", tag: "0", endpoint: undefined, label: 103 },
  ];
  const links = new Links(SlotMap.of(configs), 0, { setLink() {} });
  for (const [portal, port] of ports.entries()) links.setPort(portal, port);
  return { links, ports };
}

function status(fields: Partial<LinkStatus> & Pick<LinkStatus, "peer" | "state">): LinkStatus {
  const handle = fields.handle ?? 0;
  const mtu = handle === 0 ? 0 : 1400;
  return { tag: "0", handle, mtu, preferredMtu: mtu, code: "", text: "", isCongested: false, ...fields };
}
