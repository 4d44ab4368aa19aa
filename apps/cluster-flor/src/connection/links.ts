import type { NativeClusterFigures } from "@florenetes/data-plane";
import { type FlorioPort, packetBytes } from "@florenetes/florio";
import { ALL_CLASSES, isInClasses, TRAFFIC_CLASS_NAMES, TrafficClass } from "@florenetes/forwarding";
import type { LinkStats, LinkStatus } from "@florenetes/portal-api";
import type { LinksUp } from "@florenetes/process-kit";
import type { LinkPlane } from "./link-plane.ts";
import type { LinkStatusRow } from "./connection-status.ts";
import type { LinkMeasures } from "./link-figures.ts";
import { gone, type LinkRow, newRow } from "./link-row.ts";
import type { LinkConfig } from "../config/cluster-config.ts";
import { SlotMap, type Slots } from "../config/slot-map.ts";
import { LINK_NONE, type LinkOutput } from "../forwarding/interfaces.ts";

/** How long an acceptor may wait for a first contact before status asks whether the other end originates. */
export const NEVER_CONTACTED_AFTER_MS = 3_000;

/** Breaks of a link are counted for so long … */
const BREAKS_MS = 3_600_000;
/** … and so many of them. */
const BREAKS_MAX = 255;

/** The meaning of a new status for users of the link. */
export type LinkChange = "up" | "down" | "failed" | "refused" | "writable" | "none";

/** Packets that the link vertex has decided about by itself. */
export interface OffloadedPackets {
  readonly packetsIn: number;
  readonly bytesIn: number;
  readonly packetsOut: number;
  readonly bytesOut: number;
  /** Packets that were to go out on the link while it was down. */
  readonly packetsRefused: number;
}

/** Packets that the data plane has carried elsewhere than in this thread. */
export type CarriedPackets = Pick<
  NativeClusterFigures["links"][number],
  "link" | "packetsReceived" | "bytesReceived" | "packetsSent" | "bytesSent" | "droppedDown" | "droppedFull"
>;

const NOT_WANTED = "NOT_WANTED";

const nothingCarried: Omit<CarriedPackets, "link"> = {
  packetsReceived: 0,
  bytesReceived: 0,
  packetsSent: 0,
  bytesSent: 0,
  droppedDown: 0,
  droppedFull: 0,
};

/**
 * The links of this vertex, each with its state, its counters, and the socket and handle that carry it. It performs no I/O of
 * its own: it puts packets into the FlorIO port of the link's portal.
 */
export class Links implements LinkOutput {
  readonly #rows = new SlotMap<LinkRow>();
  /** The open FlorIO ports, by their portals. */
  readonly #ports = new SlotMap<FlorioPort>();
  /** For each portal: the link that a handle names now. */
  readonly #linkOfHandle = new SlotMap<Map<number, number>>();
  readonly #plane: Pick<LinkPlane, "setLink">;
  #carried: ReadonlyMap<number, CarriedPackets> = new Map();

  constructor(configs: Slots<LinkConfig>, now: number, plane: Pick<LinkPlane, "setLink">) {
    this.#plane = plane;
    this.reconfigure(configs, now);
  }

  /** Takes the links of another config, in which those that stay have the numbers that they had. Returns links that were up, and are gone. */
  reconfigure(configs: Slots<LinkConfig>, now: number): number[] {
    const lost: number[] = [];
    for (const [link, row] of this.#rows) {
      const config = configs.get(link);
      if (config !== undefined) {
        row.config = config;
        continue;
      }
      if (row.handle !== 0) lost.push(link);
      this.#setDown(row, link);
      this.#rows.delete(link);
    }
    const portals = new Set([...configs.values()].map(({ portal }) => portal));
    for (const portal of this.#linkOfHandle.keys()) if (!portals.has(portal)) this.#linkOfHandle.delete(portal);
    for (const [link, config] of configs) {
      if (!this.#rows.has(link)) this.#rows.set(link, newRow(config, this.#ports.get(config.portal), now));
    }
    return lost;
  }

  /** Sets the port of a portal; undefined: it has none. */
  setPort(portal: number, port: FlorioPort | undefined): void {
    if (port === undefined) this.#ports.delete(portal);
    else this.#ports.set(portal, port);
    for (const row of this.#rows.values()) if (row.config.portal === portal) row.port = port;
  }

  linksUp(): LinksUp {
    const rows = [...this.#rows.values()];
    return { up: rows.filter(({ handle }) => handle !== 0).length, wanted: rows.length };
  }

  isUp(link: number): boolean {
    return this.#row(link).handle !== 0;
  }

  isWritable(link: number, trafficClass: TrafficClass): boolean {
    const row = this.#row(link);
    // A link that is down takes packets, and drops and counts them: a source that waits until it can write must not wait forever.
    if (row.handle === 0) return true;
    return !isInClasses(row.congestedClasses, trafficClass) && row.port!.isWritable;
  }

  mtu(link: number): number {
    return this.#row(link).mtu;
  }

  preferredMtu(link: number): number {
    return this.#row(link).preferredMtu;
  }

  quietSeconds(link: number): number {
    return this.#row(link).quietSeconds;
  }

  /** How long the link has been in its state, in milliseconds. */
  sinceMs(link: number, now: number): number {
    return now - this.#row(link).since;
  }

  /** Whether the link is being called, and nobody has answered: a peer that does not want it yet has. */
  isTrying(link: number): boolean {
    const { state, code } = this.#row(link);
    return state === "connecting" || state === "down" || (state === "refused" && code !== NOT_WANTED);
  }

  /** The address at which the link's peer is seen, in the form of an endpoint; null: nothing tells. */
  peerAddress(link: number): string | null {
    return this.#row(link).history.peerAddress;
  }

  /** Figures of a link that is up; null: it is down, or its link vertex has told nothing yet. */
  measures(link: number, now: number): LinkMeasures | null {
    const { history, mtu, congestedClasses, downs, config } = this.#row(link);
    const figures = history.figures(now);
    if (figures === null) return null;
    const congested = TRAFFIC_CLASS_NAMES.filter((name) => isInClasses(congestedClasses, TrafficClass[name]));
    return {
      roundTripMs: figures.rttMs,
      jitterMs: history.jitterMs,
      loss: figures.lossRatio ?? 0,
      rate: config.rate === undefined ? null : Math.floor(config.rate / 1_000),
      queue: congested.length / TRAFFIC_CLASS_NAMES.length,
      mtu,
      breaks: downs.filter((at) => now - at < BREAKS_MS).length,
    };
  }

  /** Why the link is in its state, as the link vertex says. */
  reasonOf(link: number): { readonly code: string; readonly text: string } {
    const { code, text } = this.#row(link);
    return { code, text };
  }

  sendPacket(link: number, packet: Uint8Array, start: number, end: number, inLink: number): boolean {
    const row = this.#row(link);
    if (row.handle === 0) {
      row.packetsDroppedDown += 1;
      return false;
    }
    if (!row.port!.sendPacket(row.handle, packet, start, end, 1 + inLink)) {
      row.packetsDroppedFull += 1;
      return false;
    }
    row.packetsSent += 1;
    row.bytesSent += end - start;
    return true;
  }

  sendFrame(link: number, frame: Uint8Array, packetCount: number, inLink: number): boolean {
    const row = this.#row(link);
    if (row.handle === 0) {
      row.packetsDroppedDown += packetCount;
      return false;
    }
    if (!row.port!.sendFrame(row.handle, frame, 1 + inLink)) {
      row.packetsDroppedFull += packetCount;
      return false;
    }
    row.packetsSent += packetCount;
    row.bytesSent += packetBytes(frame, packetCount);
    return true;
  }

  flush(): void {
    for (const port of this.#ports.values()) port.flush();
  }

  /** The link that a portal's handle names now, or `LINK_NONE`. */
  linkOfHandle(portal: number, handle: number): number {
    return this.#linkOfHandle.get(portal)?.get(handle) ?? LINK_NONE;
  }

  countReceived(link: number, packets: number, bytes: number): void {
    const row = this.#row(link);
    row.packetsReceived += packets;
    row.bytesReceived += bytes;
  }

  /** Counts packets that came over the link, or went out on it, and that the link vertex has forwarded without giving them to this vertex. */
  countOffloaded(link: number, { packetsIn, bytesIn, packetsOut, bytesOut, packetsRefused }: OffloadedPackets): void {
    const row = this.#row(link);
    row.packetsReceived += packetsIn;
    row.offloadedIn += packetsIn;
    row.bytesReceived += bytesIn;
    row.packetsSent += packetsOut;
    row.offloadedOut += packetsOut;
    row.bytesSent += bytesOut;
    row.packetsDroppedDown += packetsRefused;
  }

  /** Takes the status that a link vertex reports of a link. Returns the link, or `LINK_NONE` if it is not in the config. */
  handleStatus(
    portal: number,
    status: LinkStatus,
    now: number,
  ): { readonly link: number; readonly change: LinkChange; readonly isResized: boolean } {
    const { peer, tag } = status;
    const link = this.#find(({ config }) => config.portal === portal && config.peer === peer && config.tag === tag);
    if (link === LINK_NONE) return { link, change: "none", isResized: false };
    const row = this.#row(link);
    const { state, code, handle, congestedClasses } = row;
    const isResized = status.mtu !== row.mtu || status.preferredMtu !== row.preferredMtu;
    if (status.state !== row.state) row.since = now;
    row.state = status.state;
    row.code = status.code;
    row.text = status.text;
    row.mtu = status.mtu;
    row.preferredMtu = status.preferredMtu;
    row.quietSeconds = status.quietSeconds ?? 0;
    // A link vertex of a later version may know of more classes.
    row.congestedClasses = status.isCongested ? (status.congestedClasses ?? ALL_CLASSES) & ALL_CLASSES : 0;
    row.wasContacted ||= status.state === "up" || status.state === "refused";
    this.#setHandle(row, link, status.state === "up" ? status.handle : 0);
    this.#tellPlane(row, link);
    if (handle !== 0 && row.handle === 0) {
      row.downs = [...row.downs, now].slice(-BREAKS_MAX);
      return { link, change: "down", isResized };
    }
    if (handle !== row.handle) {
      row.ups += 1;
      return { link, change: "up", isResized };
    }
    const isReasonNew = state !== row.state || code !== row.code;
    if (row.state === "refused" && isReasonNew) return { link, change: "refused", isResized };
    if (row.state === "down" && isReasonNew) return { link, change: "failed", isResized };
    const isRelieved = (congestedClasses & ~row.congestedClasses) !== 0;
    return { link, change: isRelieved ? "writable" : "none", isResized };
  }

  /**
   * Takes figures that a link vertex reports of a link; they are ignored unless the link is up and in the config.
   *
   * @returns Whether the peer is seen elsewhere than before
   */
  handleStats(portal: number, stats: LinkStats, now: number): boolean {
    const row = [...this.#rows.values()].find(
      ({ config }) => config.portal === portal && config.peer === stats.peer && config.tag === stats.tag,
    );
    if (row === undefined || row.handle === 0) return false;
    const before = row.history.peerAddress;
    row.history.handleStats(stats, now);
    return row.history.peerAddress !== before;
  }

  /** The link vertex is gone: its links are down. Returns the links that were up; `explainWaiting` says why they are not. */
  handlePortalGone(portal: number, now: number): number[] {
    const lost: number[] = [];
    for (const [link, row] of this.#rows) {
      if (row.config.portal !== portal) continue;
      if (row.handle !== 0) {
        lost.push(link);
        row.downs = [...row.downs, now].slice(-BREAKS_MAX);
      }
      if (row.state !== "waiting") row.since = now;
      row.state = "waiting";
      this.#setDown(row, link);
    }
    return lost;
  }

  /** Gives the links of a portal that wait for its link vertex the reason why nothing is known of them. */
  explainWaiting(portal: number, code: string, text: string): void {
    for (const row of this.#rows.values()) {
      if (row.config.portal !== portal || row.state !== "waiting") continue;
      row.code = code;
      row.text = text;
    }
  }

  /** Finds another link of the same portal with the handle of this link, which is up; `LINK_NONE`: there is none, as it should be. */
  sharingHandle(link: number): number {
    const { config, handle } = this.#row(link);
    return this.#find((row, other) => other !== link && row.config.portal === config.portal && row.handle === handle);
  }

  /** The links that a portal carries. */
  linksOfPortal(portal: number): number[] {
    return [...this.#rows].flatMap(([link, row]) => (row.config.portal === portal ? [link] : []));
  }

  /** The rows of `status`. */
  status(portalName: (portal: number) => string | undefined, now: number): LinkStatusRow[] {
    return [...this.#rows.keys()].map((link) => this.statusOf(link, portalName, now));
  }

  /** The status row of a link; a link that is gone gets a row without names. */
  statusOf(link: number, portalName: (portal: number) => string | undefined, now: number): LinkStatusRow {
    const row = this.#row(link);
    const carried = this.#carried.get(link) ?? nothingCarried;
    const { name, portal, peer, tag, role } = row.config;
    const isNeverContacted = role === "acceptor" && !row.wasContacted && now - row.wantedAt >= NEVER_CONTACTED_AFTER_MS;
    return {
      name,
      portal: portalName(portal) ?? "",
      peer,
      tag,
      role,
      state: row.state,
      code: row.code,
      text: isNeverContacted ? `never contacted: is the other end an originator? ${row.text}`.trim() : row.text,
      sinceMs: Math.round(now - row.since),
      mtu: row.mtu,
      preferredMtu: row.preferredMtu,
      handle: row.handle,
      isNeverContacted,
      isCongested: row.congestedClasses !== 0,
      congestedClasses: TRAFFIC_CLASS_NAMES.filter((name) => isInClasses(row.congestedClasses, TrafficClass[name])),
      ups: row.ups,
      packetsSent: row.packetsSent + carried.packetsSent,
      packetsReceived: row.packetsReceived + carried.packetsReceived,
      bytesSent: row.bytesSent + carried.bytesSent,
      bytesReceived: row.bytesReceived + carried.bytesReceived,
      packetsDropped: row.packetsDroppedDown + row.packetsDroppedFull + carried.droppedDown + carried.droppedFull,
      offloadedIn: row.offloadedIn,
      offloadedOut: row.offloadedOut,
      figures: row.history.figures(now),
    };
  }

  /** Takes the packets that the data plane has counted since it began. */
  handleCarried(links: readonly CarriedPackets[]): void {
    this.#carried = new Map(links.map((carried) => [carried.link, carried]));
  }

  /** A link that is gone has no row: what is sent to it is dropped as by a link that is down. */
  #row(link: number): LinkRow {
    return this.#rows.get(link) ?? gone;
  }

  #find(is: (row: LinkRow, link: number) => boolean): number {
    for (const [link, row] of this.#rows) if (is(row, link)) return link;
    return LINK_NONE;
  }

  #setDown(row: LinkRow, link: number): void {
    this.#setHandle(row, link, 0);
    row.mtu = 0;
    row.preferredMtu = 0;
    row.quietSeconds = 0;
    row.congestedClasses = 0;
    this.#tellPlane(row, link);
  }

  #tellPlane({ config, handle, mtu, preferredMtu, congestedClasses }: LinkRow, link: number): void {
    this.#plane.setLink(link, { portal: config.portal, handle, mtu, preferredMtu, congestedClasses });
  }

  #setHandle(row: LinkRow, link: number, handle: number): void {
    const { portal } = row.config;
    const handles = this.#linkOfHandle.get(portal) ?? new Map<number, number>();
    this.#linkOfHandle.set(portal, handles);
    if (row.handle !== 0 && handles.get(row.handle) === link) handles.delete(row.handle);
    if (handle !== 0) handles.set(handle, link);
    if (handle !== row.handle) row.history.clear();
    row.handle = handle;
  }
}
