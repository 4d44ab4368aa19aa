import { Random } from "@florenetes/simkit";
import { describe, expect, test } from "vitest";
import { LEFT, linkNames, PortalRooms, RIGHT } from "../src/portal-rooms.ts";

/** The time after which both sides agree once messages arrive again: a heartbeat shows what was lost, and it is told again. */
const AGREED_WITHIN_MS = 200;

/** Half a minute in which states change, packets flow, sockets part and either side is restarted; then a quiet moment. */
class Weather {
  readonly rooms = new PortalRooms();
  /** The number of packets that arrived, over all lives. */
  arrived = 0;
  readonly #random: Random;
  /** The neighbour of each handle, by its number; no handle is used again. */
  readonly #peers: string[] = ["nobody"];

  constructor(seed: number) {
    this.#random = new Random(seed);
    this.#step();
    this.rooms.scheduler.runUntil(30_000);
    for (const portal of [LEFT, RIGHT]) {
      this.rooms.cut(portal, false);
      this.rooms.connect(portal);
    }
    this.rooms.scheduler.runFor(AGREED_WITHIN_MS);
  }

  bringUp(portal: number, peer: string): number {
    const handle = this.#peers.push(peer) - 1;
    this.rooms.act(() => this.rooms.linkVertices[portal]!.tell(peer, { handle }));
    return handle;
  }

  /** Sends packets for all links, and from all neighbours under every handle that ever was: each packet that arrives does so at its true place. */
  exchange(): void {
    const { cluster, linkVertices } = this.rooms;
    this.rooms.act(() => linkNames.forEach((name) => cluster.send(name, name)));
    for (const { portal } of linkVertices) {
      this.rooms.act(() =>
        this.#peers.forEach((peer, handle) => handle > 0 && portal.onPacket(handle, Buffer.from(peer), 0, peer.length)),
      );
    }
    for (const packet of cluster.received.splice(0)) {
      this.arrived++;
      const [link, text] = packet.split(" ");
      expect(link).toBe(text);
    }
    for (const packet of linkVertices.flatMap(({ links }) => links.sent.splice(0))) {
      this.arrived++;
      const [handle, text] = packet.split(" ");
      expect(this.#peers[Number(handle)]).toBe(text);
    }
  }

  #step(): void {
    const random = this.#random;
    const portal = random.pick([LEFT, RIGHT]);
    const dice = random.below(100);
    if (dice < 50) this.#tell(portal);
    else if (dice < 70) this.rooms.connect(portal);
    else if (dice < 75) this.rooms.disconnect(portal);
    else if (dice < 80) this.rooms.restartLinkVertex(portal, random.chance(0.5));
    else if (dice < 85) this.rooms.restartCluster(random.chance(0.5));
    else if (dice < 90) this.rooms.cut(portal, true);
    else this.rooms.cut(portal, false);
    this.exchange();
    for (const [index, { state }] of this.rooms.cluster.service.status().entries()) {
      if (state === "attached") continue;
      const waiting = linkNames.filter((name) => this.rooms.cluster.link(name).portal === ["left", "right"][index]);
      for (const name of waiting) expect(this.rooms.cluster.link(name)).toMatchObject({ state: "waiting", handle: 0 });
    }
    if (this.rooms.scheduler.now < 29_000) this.rooms.scheduler.after(random.below(400), () => this.#step());
  }

  #tell(portal: number): void {
    const linkVertex = this.rooms.linkVertices[portal]!;
    const statuses = linkVertex.portal.server.linkStatuses();
    if (statuses.length === 0) return;
    const known = this.#random.pick(statuses);
    const dice = this.#random.below(4);
    if (dice < 2) this.bringUp(portal, known.peer);
    else if (dice === 2) this.rooms.act(() => linkVertex.tell(known.peer, { state: "down", code: "SILENT" }));
    else this.rooms.act(() => linkVertex.tell(known.peer, { ...known, isCongested: !known.isCongested }));
  }
}

describe("whatever happens to either side", () => {
  test.each(Array.from({ length: 40 }, (_, seed) => seed))(
    "no packet goes astray, and in the end both agree: seed %i",
    (seed) => {
      const weather = new Weather(seed);
      const { cluster, linkVertices } = weather.rooms;
      expect(cluster.service.status().map(({ state }) => state)).toEqual(["attached", "attached"]);
      for (const status of linkVertices.flatMap(({ portal }) => portal.server.linkStatuses())) {
        const { state, handle, isCongested } = status;
        expect(cluster.link(status.peer)).toMatchObject({ state, handle, isCongested });
      }
      const portals = [LEFT, LEFT, RIGHT];
      const handles = linkNames.map((name, link) => weather.bringUp(portals[link]!, name));
      expect(linkNames.map((name) => cluster.link(name).handle)).toEqual(handles);
      weather.arrived = 0;
      weather.exchange();
      expect(weather.arrived, "one packet each way on each link").toBe(6);
    },
  );

  test("equal seeds give equal runs", () => {
    expect(new Weather(7).rooms.cluster.lines).toEqual(new Weather(7).rooms.cluster.lines);
  });
});
