import {
  type LinkStatus,
  PortalClient,
  PortalServer,
  type TransitChange,
  TransitOffer,
  type TransitTable,
} from "@florenetes/portal-api";
import { wordsOf, writeHeader } from "../../src/index.ts";
import { Channel, type ChannelFaults, type Random, Scheduler, Station } from "@florenetes/simkit";
import { AdvancingCounts } from "../../src/transit/advancing-counts.ts";
import { DelegatedTransit } from "../../src/transit/delegated-transit.ts";
import { OffloadedTransit } from "../../src/transit/offloaded-transit.ts";
import { NaiveThread } from "./naive-thread.ts";

/** Handles of the two links, whose adjacency labels are 20 and 21; labels of LSPs from the first to the second begin at 100. */
export const B = 1;
const C = 2;
export const FIRST_LABEL = 100;

const LIMITS = { packetsPerSecond: 1_000_000, bytesPerSecond: 1_000_000_000 };

export function linkUp(peer: string, handle: number): LinkStatus {
  const size = { mtu: 1_400, preferredMtu: 1_400 };
  return { peer, tag: "0", state: "up", handle, ...size, code: "", text: "", isCongested: false };
}

/** A table of two links, and of cross-connects for these labels from b to c. */
export class LabelsTable implements TransitTable {
  readonly packetsPerSecond = LIMITS.packetsPerSecond;
  readonly bytesPerSecond = LIMITS.bytesPerSecond;
  readonly #labels: readonly number[] | { readonly count: number };

  constructor(labels: readonly number[] | { readonly count: number }) {
    this.#labels = labels;
  }

  get size(): number {
    return 2 + ("count" in this.#labels ? this.#labels.count : this.#labels.length);
  }

  change(number: number): TransitChange {
    if (number < 2) return { operation: "link", key: { peer: number === 0 ? "b" : "c", tag: "0" }, label: 20 + number };
    const at = number - 2;
    return swap("count" in this.#labels ? FIRST_LABEL + at : this.#labels[at]!);
  }
}

export function swap(label: number): TransitChange {
  return { operation: "swap", link: 0, label, outLink: 1, outLabel: label };
}

/** A packet with that label under its cursor. */
export function packetOf(label: number, id = 0): { packet: Uint8Array; start: number; end: number } {
  const packet = new Uint8Array(3 + 12 + 8);
  writeHeader(packet, 3, 7, id, wordsOf([label, 900]));
  return { packet, start: 3, end: packet.length };
}

/** A cluster vertex during one life of its process, with the labels that it has offered by now. */
class ClusterLife {
  readonly client: PortalClient;
  readonly offer: TransitOffer;
  readonly station: Station;
  labels: Set<number>;

  constructor(world: HandOverWorld, id: string, labels: readonly number[]) {
    this.labels = new Set(labels);
    this.offer = new TransitOffer(new LabelsTable(labels));
    const instance = { id, startedAt: world.scheduler.now + world.lives };
    this.client = new PortalClient({ cluster: "demo", vertex: "a", instance, transit: this.offer });
    const told = new AdvancingCounts();
    this.station = new Station(world.scheduler, this.client, () => {
      for (let message = this.client.pollTransmit(); message; message = this.client.pollTransmit()) {
        world.toServer.send(message);
      }
      for (let event = this.client.pollEvent(); event; event = this.client.pollEvent()) {
        if (event.kind !== "transit-report") continue;
        told.handleInstance(event.instance.id);
        for (const { link, packetsForwarded } of event.report.links) {
          this.counted += told.advance(link, packetsForwarded);
        }
      }
    });
  }

  /** The number of packets that the link vertex has told of. */
  counted = 0;
}

/** Whether transit is done where the Portal API is, or in another thread. */
export type TransitPlace = "here" | "in another thread";

/** A link vertex during one life of its process. */
class LinkLife {
  readonly server: PortalServer;
  readonly transit: OffloadedTransit | DelegatedTransit;
  readonly station: Station;
  readonly #forwards: (label: number, id: number) => boolean;
  /** The number of packets that went on. */
  sent = 0;

  constructor(world: HandOverWorld, id: string, place: TransitPlace) {
    if (place === "here") {
      let sent = 0;
      const now = (): number => world.scheduler.now;
      const here = new OffloadedTransit({ packetSizeMax: 16_384, now, seed: 1, send: () => void sent++ });
      this.#forwards = (label, id) => {
        const before = sent;
        const { packet, start, end } = packetOf(label, id);
        const isTaken = here.handlePacket(B, packet, start, end);
        here.handleTurnEnd();
        return isTaken && sent > before;
      };
      this.transit = here;
    } else {
      const thread = new NaiveThread(world.scheduler, world.random, {
        onTaken: (...answer) => this.#hear(() => delegated.handleTaken(...answer)),
        onReport: (...answer) => this.#hear(() => delegated.handleReport(...answer)),
      });
      const delegated: DelegatedTransit = new DelegatedTransit(thread);
      this.#forwards = (label) => thread.forwards(label);
      this.transit = delegated;
    }
    const instance = { id, startedAt: world.scheduler.now + world.lives };
    const { transit } = this;
    this.server = new PortalServer({ cluster: "demo", principal: "a", instance, linkMtuMax: 1_420, transit });
    this.station = new Station(world.scheduler, this.server, () => {
      for (let event = this.server.pollEvent(); event; event = this.server.pollEvent()) {
        if (event.kind !== "attached") continue;
        // The links come up, unless they are up.
        transit.handleStatus(linkUp("b", B));
        transit.handleStatus(linkUp("c", C));
      }
      for (let message = this.server.pollTransmit(); message; message = this.server.pollTransmit()) {
        world.toClient.send(message);
      }
    });
  }

  /** Whether the link vertex forwards a packet of b with that label. */
  forwards(label: number, id: number): boolean {
    const isForwarded = this.#forwards(label, id);
    if (isForwarded) this.sent++;
    return isForwarded;
  }

  /** Takes the thread's answer, and tells the news of it. */
  #hear(take: () => void): void {
    this.station.run((now) => {
      take();
      this.server.handleTransitNews(now);
    });
  }
}

/** A cluster vertex that hands its table to a link vertex, with two lossy channels between them; either may be killed and started again. */
export class HandOverWorld {
  readonly scheduler = new Scheduler();
  readonly random: Random;
  readonly #place: TransitPlace;
  readonly toServer: Channel<Uint8Array>;
  readonly toClient: Channel<Uint8Array>;
  cluster: ClusterLife;
  link: LinkLife;
  lives = 0;

  constructor(place: TransitPlace, random: Random, faults: Partial<ChannelFaults>, labels: readonly number[] = []) {
    this.#place = place;
    this.random = random;
    this.toServer = new Channel(this.scheduler, random, faults, (message) => {
      const { server, station } = this.link;
      station.run((now) => server.handleMessage(message, now));
    });
    this.toClient = new Channel(this.scheduler, random, faults, (message) => {
      const { client, station } = this.cluster;
      station.run((now) => client.handleMessage(message, now));
    });
    this.cluster = this.#startCluster(labels);
    this.link = this.#startLink();
  }

  connect(): void {
    this.link.station.run((now) => this.link.server.handleConnected(now));
    this.cluster.station.run((now) => this.cluster.client.handleConnected(now));
  }

  disconnect(): void {
    this.link.station.run((now) => this.link.server.handleDisconnected(now));
    this.cluster.station.run((now) => this.cluster.client.handleDisconnected(now));
  }

  killCluster(): void {
    this.cluster.station.stop();
    this.link.station.run((now) => this.link.server.handleDisconnected(now));
  }

  restartCluster(labels: readonly number[]): void {
    this.killCluster();
    this.cluster = this.#startCluster(labels);
    this.connect();
  }

  restartLink(): void {
    this.link.station.stop();
    this.cluster.station.run((now) => this.cluster.client.handleDisconnected(now));
    this.link = this.#startLink();
    this.connect();
  }

  #startCluster(labels: readonly number[]): ClusterLife {
    return new ClusterLife(this, `c${++this.lives}`, labels);
  }

  #startLink(): LinkLife {
    return new LinkLife(this, `l${++this.lives}`, this.#place);
  }
}
