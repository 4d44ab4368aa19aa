import { Channel, type Random, Scheduler, Station } from "@florenetes/simkit";
import { expect } from "vitest";
import type { LinkKey, LinkStatus, LinkWish } from "../src/link.ts";
import type { PortalClientEvent } from "../src/portal-client-events.ts";
import { PortalClient } from "../src/portal-client.ts";
import { PortalServer } from "../src/portal-server.ts";
import type { PortalServerEvent } from "../src/portal-server-events.ts";

export function keyOf({ peer, tag }: LinkKey): string {
  return `${peer}/${tag}`;
}

/** A cluster vertex from start to end of its process, with the sum of its events. */
export class ClusterLife {
  readonly client: PortalClient;
  readonly station: Station;
  readonly events: PortalClientEvent[] = [];
  readonly links = new Map<string, LinkStatus>();

  constructor(world: PortalWorld, id: string, startedAt: number) {
    this.client = new PortalClient({ cluster: "demo", vertex: "a", instance: { id, startedAt } });
    this.station = new Station(world.scheduler, this.client, () => {
      for (let message = this.client.pollTransmit(); message; message = this.client.pollTransmit()) {
        world.toServer.send(message);
      }
      for (let event = this.client.pollEvent(); event; event = this.client.pollEvent()) this.#note(event);
    });
  }

  #note(event: PortalClientEvent): void {
    this.events.push(event);
    if (event.kind === "detached") this.links.clear();
    if (event.kind !== "link") return;
    expect(event.status).not.toEqual(this.links.get(keyOf(event.status)));
    this.links.set(keyOf(event.status), event.status);
  }
}

/** A link vertex from start to end of its process: its links live and die with it. */
export class LinkLife {
  readonly server: PortalServer;
  readonly station: Station;
  readonly events: PortalServerEvent[] = [];
  readonly links = new Map<string, LinkWish>();
  readonly #world: PortalWorld;

  constructor(world: PortalWorld, id: string, startedAt: number) {
    this.#world = world;
    this.server = new PortalServer({ cluster: "demo", principal: "a", instance: { id, startedAt }, linkMtuMax: 1_420 });
    this.station = new Station(world.scheduler, this.server, (now) => {
      for (let event = this.server.pollEvent(); event; event = this.server.pollEvent()) this.#note(event, now);
      for (let message = this.server.pollTransmit(); message; message = this.server.pollTransmit()) {
        world.toClient.send(message);
      }
    });
  }

  setStatus(key: LinkKey, state: LinkStatus["state"], isCongested = false): void {
    const handle = state === "up" ? 1 + this.#world.random.below(1_000) : 0;
    const code = state === "down" ? "PEER_SILENT" : "";
    const { peer, tag } = key;
    this.station.run((now) =>
      this.server.setLinkStatus(
        { peer, tag, state, handle, mtu: handle && 1_400, preferredMtu: handle && 1_280, code, text: "", isCongested },
        now,
      ),
    );
  }

  #note(event: PortalServerEvent, now: number): void {
    this.events.push(event);
    if (event.kind === "abandoned") this.links.clear();
    if (event.kind === "open") {
      expect(this.links.has(keyOf(event.wish)), "a live link is not opened again").toBe(false);
      this.links.set(keyOf(event.wish), event.wish);
      const { wish } = event;
      this.#world.scheduler.at(now + this.#world.random.below(300), () => {
        if (this.links.get(keyOf(wish)) === wish) this.setStatus(wish, "up");
      });
    }
    if (event.kind === "close") {
      expect(this.links.delete(keyOf(event.key)), "only a live link is closed").toBe(true);
    }
  }
}

/**
 * A cluster vertex and a link vertex with two lossy channels between them. Either may be killed and started again; messages
 * that it had sent still arrive, at the process that runs then.
 *
 *      cluster ──── toServer ───▶ link        a survivor hears of a restart from its port (`tells`), or must find out by itself
 *      vertex  ◀─── toClient ─── vertex
 */
export class PortalWorld {
  readonly scheduler = new Scheduler();
  readonly random: Random;
  readonly toServer: Channel<Uint8Array>;
  readonly toClient: Channel<Uint8Array>;
  cluster: ClusterLife;
  link: LinkLife;
  readonly wishes = new Map<string, LinkWish>();
  #lives = 0;

  constructor(random: Random, faults: ConstructorParameters<typeof Channel>[2] = {}) {
    this.random = random;
    this.toServer = new Channel(this.scheduler, random, faults, (message) => {
      const { server, station } = this.link;
      station.run((now) => server.handleMessage(message, now));
    });
    this.toClient = new Channel(this.scheduler, random, faults, (message) => {
      const { client, station } = this.cluster;
      station.run((now) => client.handleMessage(message, now));
    });
    this.cluster = new ClusterLife(this, this.#id("c"), this.#wallClock());
    this.link = new LinkLife(this, this.#id("l"), this.#wallClock());
  }

  connect(): void {
    this.cluster.station.run((now) => this.cluster.client.handleConnected(now));
    this.link.station.run((now) => this.link.server.handleConnected(now));
  }

  wish(wish: LinkWish): void {
    this.wishes.set(keyOf(wish), wish);
    this.cluster.station.run((now) => this.cluster.client.openLink(wish, now));
  }

  unwish(key: LinkKey): void {
    this.wishes.delete(keyOf(key));
    this.cluster.links.delete(keyOf(key));
    this.cluster.station.run((now) => this.cluster.client.closeLink(key, now));
  }

  restartCluster(tells: boolean, clockStepMs = 0): void {
    this.cluster.station.stop();
    this.cluster = new ClusterLife(this, this.#id("c"), this.#wallClock() + clockStepMs);
    for (const wish of this.wishes.values()) this.cluster.client.openLink(wish, this.scheduler.now);
    if (tells) this.#reconnectLink();
    this.cluster.station.run((now) => this.cluster.client.handleConnected(now));
  }

  restartLink(tells: boolean, clockStepMs = 0): void {
    this.link.station.stop();
    this.link = new LinkLife(this, this.#id("l"), this.#wallClock() + clockStepMs);
    if (tells) {
      const { client, station } = this.cluster;
      station.run((now) => client.handleDisconnected(now));
      this.scheduler.after(this.random.below(150), () => station.run((now) => client.handleConnected(now)));
    }
    this.link.station.run((now) => this.link.server.handleConnected(now));
  }

  #reconnectLink(): void {
    const { server, station } = this.link;
    station.run((now) => server.handleDisconnected(now));
    this.scheduler.after(this.random.below(150), () => station.run((now) => server.handleConnected(now)));
  }

  /** Expects wishes, table, links and what was told of them to agree. */
  expectConverged(): void {
    const { client, links } = this.cluster;
    const { server } = this.link;
    expect(client.isAttached).toBe(true);
    expect(client.requestsPending).toBe(0);
    expect(new Map(this.link.links)).toEqual(this.wishes);
    const table = new Map(server.linkStatuses().map((status) => [keyOf(status), status]));
    expect([...table.keys()].sort()).toEqual([...this.wishes.keys()].sort());
    for (const wish of this.wishes.values()) expect(client.linkStatus(wish)).toEqual(table.get(keyOf(wish)));
    expect(links, "events made good").toEqual(table);
  }

  #id(kind: string): string {
    this.#lives++;
    return `${kind}${this.random.below(0xffff).toString(16)}${this.#lives}`;
  }

  #wallClock(): number {
    return 1_763_000_000_000 + this.scheduler.now;
  }
}
