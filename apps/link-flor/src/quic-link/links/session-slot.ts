import { type FairPlace, NOT_IN_HEAP, type Timed } from "@florenetes/scheduling";
import type { EndpointIdentity } from "../endpoint-options.ts";
import type { Hello } from "../sessions/hello.ts";
import type { Link, LinkSession } from "./link.ts";
import { isSameAddress, type UdpAddress } from "../addresses/link-address.ts";
import type { Verdict } from "../reasons.ts";
import type { Session } from "../sessions/session.ts";
import type { SessionOrder } from "../sessions/session-order.ts";

/** The beginning of a session: an originator's attempt for a link, or a stranger that an acceptor has let in. */
export interface SessionOrigin {
  /** The connection ID of ours that leads to it. */
  readonly ownId: Uint8Array;
  /** The connection ID that leads to an originator that we accept. */
  readonly peerId?: Uint8Array;
  readonly address: UdpAddress;
  readonly payloadMax: number;
  readonly link?: Link<SessionSlot>;
  readonly attempt?: number;
  readonly hello?: Hello;
  /** An originator calls once, and waits for an answer. */
  readonly isSparing?: boolean;
  /** Its place among the half-open connections. */
  readonly place?: FairPlace;
}

/** A session in its endpoint: what it belongs to, and where it stands in the endpoint's lists. */
export class SessionSlot implements LinkSession, Timed {
  /** The session; when the data thread takes over its connection, another one takes its place. */
  session: Session;
  /** The connection ID of ours that leads to it. */
  readonly id: Uint8Array;
  /** An originator's link is known from the start, an acceptor's after the hello. */
  link: Link<SessionSlot> | undefined;
  /** Number of the attempt, at an originator. */
  readonly attempt: number | undefined;
  /** Its place among the half-open connections. */
  place: FairPlace | undefined;
  /** Handle of the link in DATA frames since this session carries it; 0 before. */
  handle = 0;
  /** The key under which `SessionIndex` keeps the session for stateless resets; "": under none. */
  peerKey = "";
  /** The identity of this end with which the session was made. */
  readonly identity: EndpointIdentity;
  wasUp = false;
  /** Its peer is a visitor, and it carries no link. */
  isVisit = false;
  /** The time at which a session that is over is forgotten. */
  goneAt: number = Infinity;
  isTouched = false;
  isDirty = false;
  wereCongested = 0;
  deadline: number = Infinity;
  heapIndex: number = NOT_IN_HEAP;
  readonly #onTold: (slot: SessionSlot) => void;

  constructor(
    session: Session,
    origin: SessionOrigin,
    identity: EndpointIdentity,
    onTold: (slot: SessionSlot) => void,
  ) {
    this.session = session;
    this.id = origin.ownId;
    this.link = origin.link;
    this.attempt = origin.attempt;
    this.place = origin.place;
    this.identity = identity;
    this.#onTold = onTold;
  }

  get order(): SessionOrder | undefined {
    return this.session.order;
  }

  get mtu(): number {
    return this.session.mtu;
  }

  get udpPayload(): number {
    return this.session.udpPayload;
  }

  get quietMs(): number {
    return this.session.quietMs;
  }

  get preferredMtu(): number {
    return this.session.preferredMtu;
  }

  get congestedClasses(): number {
    return this.session.congestedClasses;
  }

  /** Whether another session carries the link now: this one ends soon. */
  get isReplaced(): boolean {
    return this.wasUp && this.link?.current !== this;
  }

  get wasHeard(): boolean {
    return this.session.lastHeard !== -Infinity;
  }

  get isConfirming(): boolean {
    return this.session.state === "confirming";
  }

  /** Something happened to its session, which another thread has. */
  handleNews(): void {
    this.#onTold(this);
  }

  askRenewal(): void {
    this.session.askRenewal();
    this.#onTold(this);
  }

  /** This session takes the link over from another one. On the same path it keeps what that has found out. */
  handleFormer({ session }: SessionSlot): void {
    const isSamePath = isSameAddress(session.address.peerAddress, this.session.address.peerAddress);
    if (isSamePath && session.probes !== undefined) this.session.probes?.handleFormer(session.probes);
  }

  setRate(bitsPerSecond: number | undefined): void {
    this.session.setRate(bitsPerSecond);
    this.#onTold(this);
  }

  callAgain(): void {
    this.session.address.callAgain();
    this.#onTold(this);
  }

  close(why: Verdict): void {
    this.session.close(why);
    this.#onTold(this);
  }
}
