import type { LinkConfig, PortalConfig } from "@florenetes/cluster-flor/src/config/cluster-config.ts";
import { SlotMap } from "@florenetes/cluster-flor/src/config/slot-map.ts";
import { NO_PINS } from "@florenetes/cluster-flor/src/config/vertex-pins.ts";
import { ConnectionService } from "@florenetes/cluster-flor/src/connection/connection-service.ts";
import type { OpenPort } from "@florenetes/cluster-flor/src/connection/link-plane.ts";
import { PortableDataPlane } from "@florenetes/cluster-flor/src/data-plane/portable/portable-data-plane.ts";
import { FIRST_PACKET, nextPacket, packetEnd } from "@florenetes/florio";
import { OffloadedTransit, LINK_NONE } from "@florenetes/forwarding";
import type { ClusterLinks } from "@florenetes/link-flor/src/link-protocol.ts";
import { ClusterPortal } from "@florenetes/link-flor/src/portal/cluster-portal.ts";
import type { LinkKey, LinkStatus, LinkWish } from "@florenetes/portal-api";
import type { EventFields, Logger } from "@florenetes/process-kit";
import { Life, Scheduler } from "@florenetes/simkit";
import type { ProcessTime } from "@florenetes/scheduling";
import { FlorioWire } from "./sim/florio-wire.ts";

/** Two link vertices: the first has the links b and c, the second the link d. */
const portals: readonly PortalConfig[] = ["left", "right"].map((name) => ({ name, bind: "", connect: "" }));
const links: readonly LinkConfig[] = [
  { name: "b", portal: 0, role: "acceptor", peer: "b", tag: "0", endpoint: undefined, label: 101 },
  { name: "c", portal: 0, role: "originator", peer: "c", tag: "0", endpoint: "udp://192.0.2.3:4433", label: 102 },
  { name: "d", portal: 1, role: "acceptor", peer: "d", tag: "0", endpoint: undefined, label: 103 },
];
export const LEFT = 0;
export const RIGHT = 1;
export const linkNames = links.map(({ name }) => name);

/**
 * A cluster vertex's connection room and the portals of its link vertices, as they run, in virtual time. Sockets are FlorIO's
 * memory pairs.
 *
 *                         ┌─ left ═══ memory pair ═══ ClusterPortal ── ScriptedLinks   b, c
 *     ConnectionService ──┤
 *                         └─ right ══ memory pair ═══ ClusterPortal ── ScriptedLinks   d
 */
export class PortalRooms {
  readonly scheduler = new Scheduler();
  readonly #wires = portals.map(() => new FlorioWire());
  readonly #principals: readonly string[];
  #lives = 0;
  cluster: ClusterLife;
  readonly linkVertices: LinkVertexLife[];

  /** @param options.principals The principals whose credentials the link vertices hold. */
  constructor({ principals = ["a", "a"] }: { readonly principals?: readonly string[] } = {}) {
    this.#principals = principals;
    this.cluster = this.#startCluster();
    this.linkVertices = portals.map((_, index) => this.#startLinkVertex(index));
  }

  /** Runs an action, and all that follows from it at once. */
  act(action: () => void): void {
    action();
    for (const { pair } of this.#wires) pair.settle();
  }

  connect(portal: number): void {
    this.act(() => this.#wires[portal]!.pair.connect());
  }

  disconnect(portal: number): void {
    this.act(() => this.#wires[portal]!.pair.disconnect());
  }

  /** Cuts a portal, or joins it again: while it is cut nothing arrives, and no socket notices. */
  cut(portal: number, isCut: boolean): void {
    this.#wires[portal]!.isCut = isCut;
  }

  /** Kills a link vertex and starts it again. `isNoticed`: the socket finds out. */
  restartLinkVertex(portal: number, isNoticed: boolean): void {
    this.linkVertices[portal]!.life.end();
    if (isNoticed) this.disconnect(portal);
    this.linkVertices[portal] = this.#startLinkVertex(portal);
    if (isNoticed) this.connect(portal);
    else this.act(() => this.linkVertices[portal]!.portal.onConnected());
  }

  /** Restarts the cluster vertex. */
  restartCluster(isNoticed: boolean): void {
    this.cluster.life.end();
    if (isNoticed) portals.forEach((_, portal) => this.disconnect(portal));
    this.cluster = this.#startCluster();
    for (const [index, portal] of this.cluster.service.portals) {
      if (isNoticed) this.connect(index);
      else this.act(() => portal.onConnected());
    }
  }

  #startCluster(): ClusterLife {
    const cluster = new ClusterLife(this.scheduler, this.#instance("c"), this.#wires);
    this.act(() => {});
    return cluster;
  }

  #startLinkVertex(index: number): LinkVertexLife {
    const wire = this.#wires[index]!;
    const principal = this.#principals[index]!;
    return new LinkVertexLife(this.scheduler, this.#instance("l"), principal, wire);
  }

  #instance(kind: string): { id: string; startedAt: number } {
    this.#lives++;
    return { id: `${kind}${this.#lives}`, startedAt: 1_763_000_000_000 + this.scheduler.now + this.#lives };
  }
}

/** A cluster vertex from start to end of its process, with all that the other rooms hear of it. */
class ClusterLife {
  readonly life: Life;
  readonly service: ConnectionService;
  readonly lines: EventFields[] = [];
  /** The calls of handlers, in order: `up b`, `size b`, `writable b`. */
  readonly heard: string[] = [];
  /** Packets that came in, as `<link> <text>`. */
  readonly received: string[] = [];
  readonly #scheduler: Scheduler;

  constructor(scheduler: Scheduler, instance: { id: string; startedAt: number }, wires: readonly FlorioWire[]) {
    this.#scheduler = scheduler;
    this.life = new Life(scheduler);
    const note = (what: string) => (link: number) => void this.heard.push(`${what} ${linkNames[link]!}`);
    const config = {
      cluster: "demo",
      vertex: "a",
      portals: new SlotMap(portals.entries()),
      links: new SlotMap(links.entries()),
      pins: NO_PINS,
    };
    const handlers = {
      onFrame: (link: number, frame: Uint8Array) =>
        this.received.push(...textsOf(frame).map((text) => `${linkNames[link]!} ${text}`)),
      onLinkUp: note("up"),
      onLinkSize: note("size"),
      onLinkWritable: note("writable"),
      onTransitReport: () => {},
      onLinkNews: () => {},
      onKnock: () => {},
    };
    const log = recordingLog(this.lines);
    const openPort: OpenPort = (portal, handlers) => {
      const wire = wires[portals.indexOf(portal)]!;
      wire.hold("cluster", this.life, handlers);
      return wire.pair.a;
    };
    const time = timeOf(scheduler, this.life);
    this.service = new ConnectionService({
      config,
      instance,
      log,
      time,
      handlers,
      plane: new PortableDataPlane(openPort),
    });
  }

  link(name: string): ReturnType<ConnectionService["links"]["status"]>[number] {
    return this.service.links.status((portal) => ["left", "right"][portal], this.#scheduler.now)[
      linkNames.indexOf(name)
    ]!;
  }

  /** Sends a packet with this text; false: the packet was dropped. */
  send(name: string, text: string): boolean {
    const packet = Buffer.from(text);
    return this.service.links.sendPacket(linkNames.indexOf(name), packet, 0, packet.length, LINK_NONE);
  }
}

/** A link vertex from start to end of its process: its links live and die with it. */
class LinkVertexLife {
  readonly life: Life;
  readonly portal: ClusterPortal;
  readonly links = new ScriptedLinks();
  readonly lines: EventFields[] = [];

  constructor(scheduler: Scheduler, instance: { id: string; startedAt: number }, principal: string, wire: FlorioWire) {
    this.life = new Life(scheduler);
    const log = recordingLog(this.lines);
    const time = timeOf(scheduler, this.life);
    this.portal = new ClusterPortal({
      cluster: "demo",
      principal,
      instance,
      linkMtuMax: 1_420,
      openTransit: (of) => new OffloadedTransit({ ...of, seed: 1 }),
      log,
      time,
    });
    this.portal.join({ florio: wire.pair.b, links: this.links });
    wire.hold("link", this.life, this.portal);
  }

  /** Has the link protocol tell the state of a link. A link with a handle is up. */
  tell(
    peer: string,
    news: Partial<LinkStatus> & ({ handle: number } | { state: "down" | "refused" | "connecting" }),
  ): void {
    const handle = news.handle ?? 0;
    const mtu = handle === 0 ? 0 : 1_400;
    const state = news.state ?? "up";
    const base = { peer, tag: "0", handle, mtu, preferredMtu: mtu, code: "", text: "", isCongested: false };
    this.portal.onStatus({ ...base, ...news, state });
  }

  /** Receives a packet with this text from the neighbour. */
  receive(handle: number, text: string): void {
    const packet = Buffer.from(text);
    this.portal.onPacket(handle, packet, 0, packet.length);
    this.portal.onPacketsEnd();
  }
}

/** A link protocol that does only what a test says. */
class ScriptedLinks implements ClusterLinks {
  readonly listening = "";
  readonly handshakes = {};
  readonly attempts = { underWay: 0, waiting: 0 };
  readonly traffic = { received: 0, sent: 0 };
  readonly drops = {};
  readonly wishes = new Map<string, LinkWish>();
  /** Packets for neighbours, as `<handle> <text>`. */
  readonly sent: string[] = [];
  /** Links that were ended, as `<peer> <why>`. */
  readonly ended: string[] = [];

  want(wish: LinkWish): void {
    this.wishes.set(wish.peer, wish);
  }

  unwant({ peer }: LinkKey, why: string): void {
    this.wishes.delete(peer);
    this.ended.push(`${peer} ${why}`);
  }

  unwantAll(why: string): void {
    for (const wish of this.wishes.values()) this.unwant(wish, why);
  }

  send(handle: number, packet: Uint8Array, start: number, end: number): void {
    this.sent.push(`${handle} ${Buffer.from(packet.subarray(start, end)).toString()}`);
  }

  flush(): void {}
  handleCredentials(): void {}
  handleRevocations(): void {}
  awaitWishes(): void {}

  stats(): [] {
    return [];
  }

  rows(): [] {
    return [];
  }

  loads(): Record<string, never> {
    return {};
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function timeOf(scheduler: Scheduler, life: Life): ProcessTime {
  return { now: () => scheduler.now, wallClock: () => new Date(scheduler.now), wakeUps: life };
}

function recordingLog(lines: EventFields[]): Logger {
  const at = (level: string) => (event: EventFields) => void lines.push({ level, ...event });
  const log: Logger = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error"), child: () => log };
  return log;
}

function textsOf(frame: Uint8Array): string[] {
  const texts: string[] = [];
  for (let at = FIRST_PACKET; at < frame.length; at = nextPacket(frame, at)) {
    texts.push(Buffer.from(frame.subarray(at, packetEnd(frame, at))).toString());
  }
  return texts;
}
