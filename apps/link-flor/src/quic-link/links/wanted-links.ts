import {
  keyText,
  type LinkKey,
  type LinkStats,
  type LinkStatus,
  type LinkWish,
  PeerPins,
} from "@florenetes/portal-api";
import { Deadlines, NOT_IN_HEAP, type Timed } from "@florenetes/scheduling";
import type { LinkClassCounts } from "../../link-class-counts.ts";
import type { LinkStatusRow } from "../../link-protocol.ts";
import { AttemptPlaces } from "./attempt-places.ts";
import { type HeldCall, HeldCalls } from "./held-calls.ts";
import { Link, type LinkEvent, type LinkHost } from "./link.ts";
import { linkStats, linkStatusRow } from "./link-report.ts";
import { reasons, type Verdict, verdict } from "../reasons.ts";
import type { SessionSlot } from "./session-slot.ts";

/** A wanted link in its endpoint. */
export interface LinkSlot extends Timed {
  readonly link: Link<SessionSlot>;
  /** Whether the link is no longer wanted: its sessions then only tell their peers. */
  isEnded: boolean;
  /** Packets that came while no session carried the link. */
  droppedNotUp: number;
}

/** The links that are wanted: by name, by handle, and by when they want to be looked at. */
export class WantedLinks {
  /** Packets under a handle that is no link's. */
  packetsDroppedNoLink = 0;
  readonly #links = new Map<string, LinkSlot>();
  readonly #byHandle = new Map<number, LinkSlot>();
  readonly #times = new Deadlines<LinkSlot>();
  /** Links that may have news. */
  readonly #touched = new Set<LinkSlot>();
  /** Attempts under way. */
  readonly places: AttemptPlaces = new AttemptPlaces();
  /** The keys that the peers must show. */
  readonly pins: PeerPins = new PeerPins();
  /** Calls for links that may be wanted soon. */
  readonly held: HeldCalls<SessionSlot> = new HeldCalls();
  readonly #host: Omit<LinkHost, "onTurn">;
  /** The reason why no link may have a session: this end's own certificate. */
  #ownRefusal: Verdict | undefined;

  /** @param random Like Math.random. */
  constructor(random: () => number) {
    // A handle that a cluster vertex remembers from an earlier life of ours must not mean another link.
    let lastHandle = 1 + Math.floor(random() * 0x7fff_0000);
    let lastAttempt = 0;
    const { places } = this;
    this.#host = { random, places, newHandle: () => ++lastHandle, newAttempt: () => ++lastAttempt };
  }

  /** Wants a link, as `ClusterLinks.want` does. */
  want(wish: LinkWish, now: number): void {
    const key = keyText(wish);
    const link = this.#links.get(key)?.link;
    const known = link?.wish;
    if (known?.role === wish.role && known.endpoint === wish.endpoint) {
      if (known.rate !== wish.rate) link!.setRate(wish.rate);
      if (known.unansweredMax !== wish.unansweredMax) {
        link!.limitCalls(wish.unansweredMax);
        this.touch(link!);
      }
      if (this.pins.set(wish, wish.pins)) this.#retry(link!, now);
      return;
    }
    if (known !== undefined) this.unwant(wish, verdict(reasons.closed), now);
    const onTurn = (): void => this.touch(added);
    const added: Link<SessionSlot> = new Link<SessionSlot>(wish, { ...this.#host, onTurn }, now);
    if (this.#ownRefusal !== undefined) added.suspend(this.#ownRefusal, now);
    this.pins.set(wish, wish.pins);
    const slot = { link: added, isEnded: false, droppedNotUp: 0, deadline: Infinity, heapIndex: NOT_IN_HEAP };
    this.#links.set(key, slot);
    this.#touched.add(slot);
    this.held.handleWish();
  }

  unwant(key: LinkKey, why: Verdict, now: number): void {
    const slot = this.#links.get(keyText(key));
    if (slot === undefined) return;
    slot.isEnded = true;
    this.pins.set(key, undefined);
    this.#links.delete(keyText(key));
    slot.link.handleEnd(why, now);
    this.#byHandle.delete(slot.link.status.handle);
    this.#times.remove(slot);
    this.#touched.delete(slot);
  }

  unwantAll(why: Verdict, now: number): void {
    for (const { link } of this.#links.values()) this.unwant(link, why, now);
  }

  /** The key of an end is refused before the originator has said which link it is about: all links to the peer have that in their states. */
  tellWrongKey(peer: string, why: Verdict, now: number): void {
    for (const { link } of this.#links.values()) {
      if (link.peer !== peer) continue;
      link.handleOfferFailed(why, now);
      this.touch(link);
    }
  }

  find(key: LinkKey): Link<SessionSlot> | undefined {
    return this.#links.get(keyText(key))?.link;
  }

  /** Has a session whose hello names a link that is not wanted wait for the wish; false: its hello is to be answered now. */
  hold(session: SessionSlot, { peer, hello }: Pick<HeldCall<SessionSlot>, "peer" | "hello">, now: number): boolean {
    return this.find({ peer, tag: hello.tag }) === undefined && this.held.hold({ session, peer, hello }, now);
  }

  /** Takes the sessions that have waited, and whose hello is to be answered now. */
  takeHeld(now: number): HeldCall<SessionSlot>[] {
    const due = this.held.take(({ peer, hello }) => this.find({ peer, tag: hello.tag }) !== undefined, now);
    // Pins that came with the wish may have ended a session.
    return due.filter(({ session }) => session.session.state !== "closed");
  }

  /** The session that takes packets for the handle; undefined: there is none, and a packet is counted as dropped. */
  carrierOf(handle: number): SessionSlot | undefined {
    const slot = this.#byHandle.get(handle);
    const carrier = slot?.link.current;
    if (slot === undefined) this.packetsDroppedNoLink++;
    else if (carrier === undefined) slot.droppedNotUp++;
    return carrier;
  }

  /** Notes the handle that a link has got with another session. The old handle is good until the old session is gone. */
  name(slot: LinkSlot, { handle }: LinkStatus): void {
    const carrier = slot.link.current;
    if (handle === 0 || carrier === undefined || handle !== slot.link.status.handle) return;
    carrier.handle = handle;
    this.#byHandle.set(handle, slot);
  }

  forgetHandle(handle: number): void {
    this.#byHandle.delete(handle);
  }

  /** Something has happened to the link, upon which `settle` has to act. */
  touch(link: Link<SessionSlot>): void {
    const slot = this.#links.get(keyText(link));
    if (slot?.link === link) this.#touched.add(slot);
  }

  /** The peer of a link calls, as this end does, which may do so in vain and would not hear of it otherwise. */
  tellConflict(link: Link<SessionSlot>, why: Verdict, now: number): void {
    link.handleOfferFailed(why, now);
    this.touch(link);
  }

  /** A session of the link that was refused may be accepted from now on. */
  #retry(link: Link<SessionSlot>, now: number): void {
    link.handleRefusalsOutdated(now);
    this.touch(link);
  }

  /** This end has another identity now. */
  handleIdentity(now: number): void {
    for (const slot of this.#links.values()) {
      slot.link.handleIdentity(now);
      this.#touched.add(slot);
    }
  }

  /** Sessions that were refused may be accepted from now on: links that have none try at once. */
  handleRefusalsOutdated(now: number): void {
    for (const slot of this.#links.values()) {
      slot.link.handleRefusalsOutdated(now);
      this.#touched.add(slot);
    }
  }

  /** Suspends all links when this end's own certificate is revoked or has ended, and resumes them when it is fit (undefined). */
  handleOwnRefusal(why: Verdict | undefined, now: number): void {
    const before = this.#ownRefusal;
    this.#ownRefusal = why;
    if (before?.text === why?.text) return;
    for (const slot of this.#links.values()) {
      if (why === undefined) slot.link.resume(now);
      else slot.link.suspend(why, now);
      this.#touched.add(slot);
    }
  }

  handleTimeout(now: number): void {
    this.places.handleTimeout(now);
    for (let slot = this.#times.popDue(now); slot !== undefined; slot = this.#times.popDue(now)) {
      slot.link.handleTimeout(now);
      this.#touched.add(slot);
    }
  }

  /** Hands over all that the links have to say. */
  settle(handleEvent: (slot: LinkSlot, event: LinkEvent) => void): void {
    for (const slot of this.#touched) {
      this.#touched.delete(slot);
      for (let event = slot.link.pollEvent(); event !== undefined; event = slot.link.pollEvent()) {
        handleEvent(slot, event);
      }
      this.#times.set(slot, slot.link.nextTimeout());
    }
  }

  /** -Infinity: `settle` has something to do. */
  nextTimeout(): number {
    return this.#touched.size > 0
      ? -Infinity
      : Math.min(this.#times.next, this.places.nextTimeout(), this.held.nextTimeout());
  }

  stats(): LinkStats[] {
    return [...this.#links.values()].map(({ link, droppedNotUp }) =>
      linkStats(link, link.current?.session, droppedNotUp),
    );
  }

  /** Counts of the queues of the links that are up, by the numbers of the classes. */
  *queues(): Generator<readonly [LinkSlot, readonly LinkClassCounts[]]> {
    for (const slot of this.#links.values()) {
      const session = slot.link.current?.session;
      if (session !== undefined) yield [slot, session.figures().classes];
    }
  }

  rows(now: number): LinkStatusRow[] {
    return [...this.#links.values()].map(({ link, droppedNotUp }) =>
      linkStatusRow(link, link.current?.session, droppedNotUp, now),
    );
  }
}
