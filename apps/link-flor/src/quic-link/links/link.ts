import type { LinkStatus, LinkWish } from "@florenetes/portal-api";
import { Attempts, type AttemptHost } from "./attempts.ts";
import { ACCEPTOR_DRAIN_MS, DRAIN_MS, DRAINING_MAX, NARROW_FOR_MS } from "../limits.ts";
import { PayloadRaise } from "./payload-raise.ts";
import { type Reason, reasons, type Verdict, verdict } from "../reasons.ts";
import { isNewer, type SessionOrder } from "../sessions/session-order.ts";

/** The part of a session that its link uses. */
export interface LinkSession {
  readonly order: SessionOrder | undefined;
  readonly mtu: number;
  /** The largest UDP payload that was found to get through. */
  readonly udpPayload: number;
  readonly preferredMtu: number;
  /** 0: it is not quiet. */
  readonly quietMs: number;
  readonly congestedClasses: number;
  /** The peer has answered something. */
  readonly wasHeard: boolean;
  /** The originator has said READY: at the acceptor the session may be up already. */
  readonly isConfirming: boolean;
  /** Asks the peer, an originator, for a session in the place of this one. */
  askRenewal(): void;
  /** Limits what the session sends; undefined: as many bits per second as its path takes. */
  setRate(bitsPerSecond: number | undefined): void;
  /** Sends the last datagram again, if the peer has answered nothing yet. */
  callAgain(): void;
  close(why: Verdict): void;
}

export type LinkEvent =
  /** An originator should connect to the endpoint; the link is told of the attempt by this number. */
  | { readonly kind: "attempt"; readonly number: number; readonly endpoint: string }
  | { readonly kind: "status"; readonly status: LinkStatus };

/** The endpoint, as its links use it. */
export interface LinkHost extends AttemptHost {
  /** A handle that no link of the cluster has had lately. */
  newHandle(): number;
}

/**
 * A link (peer, tag) that is wanted: chooses among its sessions and says what state it is in. It performs no I/O.
 *
 * Many sessions may be on their way at once, and the newest that comes up carries the traffic: first by the start of the originator's
 * instance, then by the number of the attempt. An older session of the same instance drains, whether it was replaced (a renewal is a
 * new session that comes up beside the old one) or comes up after a newer one: the originator closes it after a second, and the
 * acceptor waits for that. A session of an earlier instance is closed at once, as nobody is behind it any more.
 *
 *     connecting ─▶ up ⇄ down          refused: the last attempt was answered with "no"; attempts go on
 *          └──────▶ refused / down     down: it was up, or nothing answers
 */
export class Link<S extends LinkSession> {
  readonly peer: string;
  readonly tag: string;
  readonly #host: LinkHost;
  readonly #events: LinkEvent[] = [];
  readonly #attempts = new Map<number, S | undefined>();
  /** Sessions that an acceptor has taken and that are not up yet. */
  readonly #offered = new Set<S>();
  readonly #draining: { readonly session: S; readonly until: number }[] = [];
  #wish: LinkWish;
  readonly #schedule: Attempts | undefined;
  #current: S | undefined;
  /** The reason why the link may have no session for now. */
  #suspension: Verdict | undefined;
  #offers = 0;
  /** The attempt that the state is about: when an older one fails later, that is not told. */
  #toldAttempt = 0;
  #narrowPayload = Infinity;
  #narrowUntil = -Infinity;
  readonly #raise = new PayloadRaise();
  #status: LinkStatus;
  #since: number;

  constructor(wish: LinkWish, host: LinkHost, now: number) {
    this.peer = wish.peer;
    this.tag = wish.tag;
    this.#wish = wish;
    this.#host = host;
    this.#since = now;
    this.#status = this.#makeStatus("connecting", "", "");
    this.#tell(this.#status);
    this.#schedule = wish.role === "originator" ? new Attempts(host, now, wish.unansweredMax) : undefined;
  }

  get wish(): LinkWish {
    return this.#wish;
  }

  /** Sets the rate at which its sessions send, in bits per second; undefined: as fast as their path takes it. */
  setRate(rate: number | undefined): void {
    this.#wish = { ...this.#wish, rate };
    for (const { session } of this.#draining) session.setRate(rate);
    this.#current?.setRate(rate);
  }

  /** Limits the datagrams to a peer that answers nothing; undefined: there is no limit. */
  limitCalls(unansweredMax: number | undefined): void {
    this.#wish = { ...this.#wish, unansweredMax };
    this.#schedule?.limit(unansweredMax);
  }

  /** Whether an attempt sends one datagram and waits for an answer, as each may be for somebody who has nothing to do with it. */
  get isSparing(): boolean {
    return this.#schedule?.isSparing === true;
  }

  /** The peer has proven at the endpoint who it is, whatever came of it: it may be called as often as needed. */
  handleProven(): void {
    this.#schedule?.handleProven();
  }

  get status(): LinkStatus {
    return this.#status;
  }

  /** The time at which the link entered its present state. */
  get since(): number {
    return this.#since;
  }

  /** The session that carries the traffic. */
  get current(): S | undefined {
    return this.#current;
  }

  /** Attempts to connect, or sessions that the peer offered. */
  get attemptCount(): number {
    return this.#schedule?.count ?? this.#offers;
  }

  /** The link is not wanted any more. */
  handleEnd(why: Verdict, now: number): void {
    this.#closeAll(why);
    this.#schedule?.suspend(now);
  }

  /** Answers the hello of a verified peer: the reason of a refusal, or undefined for "yes". */
  judgeHello(session: S): Verdict | undefined {
    this.#offers++;
    if (this.#suspension !== undefined) return this.#suspension;
    if (this.#wish.role === "originator") return verdict(reasons.roleConflict);
    const current = this.#current?.order;
    if (current !== undefined && !isNewer(session.order!, current)) return verdict(reasons.superseded);
    this.#offered.add(session);
    return undefined;
  }

  /** Whether the attempt is still to be made. */
  isWaiting(number: number): boolean {
    return this.#attempts.has(number);
  }

  /** The attempt that was waiting has a session now. */
  handleStarted(number: number, session: S): void {
    this.#attempts.set(number, session);
  }

  /** The peer has answered something in this attempt. */
  handleHeard(number: number, now: number): void {
    this.#schedule?.handleHeard(number, now);
  }

  /** The session has proven that it carries packets both ways. */
  handleUp(session: S, now: number): void {
    this.#offered.delete(session);
    if (this.#suspension !== undefined) {
      session.close(this.#suspension);
      return;
    }
    session.setRate(this.#wish.rate);
    const order = session.order!;
    const old = this.#current;
    if (old !== undefined && !isNewer(order, old.order!)) {
      if (this.#attempts.delete(order.attempt)) this.#schedule?.handleEnded(order.attempt, false, now);
      this.#retire(session, old, now);
      return;
    }
    this.#current = session;
    if (old !== undefined) this.#retire(old, session, now);
    this.#attempts.delete(order.attempt);
    this.#schedule?.handleUp(order.attempt, now);
    this.#closeRivals(now);
    this.#since = now;
    const { mtu, udpPayload, preferredMtu, quietMs } = session;
    const quietSeconds = quietMs / 1_000 || undefined;
    this.#raise.handleUp(udpPayload, now);
    const handle = this.#host.newHandle();
    this.#tell({
      ...this.#makeStatus("up", "", ""),
      handle,
      mtu,
      preferredMtu,
      quietSeconds,
      ...congestionOf(session),
    });
  }

  /** The session of the link should be replaced: it is old, its path has become narrower, or the peer asks for it. */
  handleStale(session: S, now: number): void {
    if (session !== this.#current) return;
    if (this.#schedule === undefined) session.askRenewal();
    else this.#schedule.handleRenewal(now);
  }

  /**
   * This end has another certificate or other roots now: the session that carries the link should be replaced by one that
   * was made with them. An originator makes the new session, an acceptor asks for it.
   */
  handleIdentity(now: number): void {
    if (this.#schedule === undefined) {
      this.#current?.askRenewal();
      return;
    }
    if (this.#current !== undefined) this.#schedule.handleRenewal(now);
    // The peer may accept this identity though it refused the former one.
    this.#schedule.handleRefusalsOutdated(now);
  }

  /** Sessions that were refused may be accepted from now on: an originator without a session tries at once. */
  handleRefusalsOutdated(now: number): void {
    this.#schedule?.handleRefusalsOutdated(now);
  }

  /** This end may have no sessions: all end, and none is made until `resume`. */
  suspend(why: Verdict, now: number): void {
    this.#suspension = why;
    this.#closeAll(why);
    this.#schedule?.suspend(now);
    this.#setStatus("refused", why, now);
  }

  resume(now: number): void {
    this.#suspension = undefined;
    this.#schedule?.resume(now);
    this.#since = now;
    this.#tell(this.#makeStatus("connecting", "", ""));
  }

  /** Largest UDP payload that an attempt should be made for. */
  payloadCap(now: number): number {
    return now < this.#narrowUntil ? this.#narrowPayload : Infinity;
  }

  /** Payloads larger than this one did not get through, or the peer does not take them. */
  narrow(payload: number, now: number): void {
    this.#narrowPayload = Math.min(payload, this.payloadCap(now));
    this.#narrowUntil = now + NARROW_FOR_MS;
  }

  /** A session has ended, or (undefined) an attempt that had none yet. */
  handleClosed(session: S | undefined, number: number | undefined, why: Verdict, now: number): void {
    const drained = this.#draining.findIndex((drain) => drain.session === session);
    if (drained >= 0) this.#draining.splice(drained, 1);
    if (session !== undefined) this.#offered.delete(session);
    if (number !== undefined && this.#attempts.delete(number)) {
      this.#schedule?.handleEnded(number, why.reason.isPermanent, now);
      this.#tellOutcome(number, why, now);
    }
    if (session === undefined || session !== this.#current) return;
    this.#current = undefined;
    this.#raise.handleDown();
    this.#schedule?.handleDown(now);
    this.#toldAttempt = session.order!.attempt;
    this.#setStatus("down", why, now);
  }

  /** An accepted session ended before it was up: an acceptor has no attempts, but should say what goes wrong. */
  handleOfferFailed(why: Verdict, now: number): void {
    if (this.#current === undefined && why.reason.isRefusal) this.#setStatus("refused", why, now);
  }

  /** The session's queue may have become congested, or relieved, or the session may prefer another size of packets. */
  handleCondition(session: S): void {
    const { preferredMtu } = session;
    if (session !== this.#current || this.#status.state !== "up") return;
    const status = { ...this.#status, ...congestionOf(session), preferredMtu };
    const isSame = status.congestedClasses === this.#status.congestedClasses;
    if (isSame && preferredMtu === this.#status.preferredMtu) return;
    this.#tell(status);
  }

  handleTimeout(now: number): void {
    while (this.#draining.length > 0 && this.#draining[0]!.until <= now) {
      this.#draining.shift()!.session.close(verdict(reasons.superseded));
    }
    const schedule = this.#schedule;
    if (schedule === undefined) return;
    if (this.#raise.takeDue(now)) {
      this.#narrowUntil = -Infinity;
      schedule.handleRenewal(now);
    }
    for (let number = schedule.pollExpired(now); number !== undefined; number = schedule.pollExpired(now)) {
      const session = this.#attempts.get(number);
      this.#attempts.delete(number);
      const why =
        session?.wasHeard === true
          ? verdict(reasons.tooSlow)
          : verdict(reasons.noAnswer, `nothing answers at ${this.#wish.endpoint}`);
      session?.close(why);
      this.#tellOutcome(number, why, now);
    }
    const caller = schedule.pollCall(now);
    if (caller !== undefined) this.#attempts.get(caller)?.callAgain();
    const number = schedule.pollStart(now);
    if (number === undefined) {
      if (schedule.isWaiting && this.#status.state === "connecting") this.#tellWaiting();
      return;
    }
    this.#attempts.set(number, undefined);
    this.#events.push({ kind: "attempt", number, endpoint: this.#wish.endpoint });
  }

  pollEvent(): LinkEvent | undefined {
    return this.#events.shift();
  }

  nextTimeout(): number {
    const draining = this.#draining[0]?.until ?? Infinity;
    return this.#schedule === undefined
      ? draining
      : Math.min(this.#schedule.nextTimeout(), this.#raise.nextTimeout, draining);
  }

  /** A newer session carries the link. The peer may learn that later, so the older session still takes packets if it is of the same instance. */
  #retire(session: S, newer: S, now: number): void {
    if (session.order!.instance.id !== newer.order!.instance.id) {
      session.close(verdict(reasons.superseded));
      return;
    }
    if (this.#draining.length === DRAINING_MAX) this.#draining.shift()!.session.close(verdict(reasons.superseded));
    const drainMs = this.#schedule === undefined ? ACCEPTOR_DRAIN_MS : DRAIN_MS;
    this.#draining.push({ session, until: now + drainMs });
  }

  /** The link is up: ends the other attempts, except those that may be up at the acceptor already. */
  #closeRivals(now: number): void {
    for (const [number, session] of this.#attempts) {
      if (session?.isConfirming === true) continue;
      this.#attempts.delete(number);
      this.#schedule?.handleEnded(number, false, now);
      session?.close(verdict(reasons.superseded));
    }
  }

  #closeAll(why: Verdict): void {
    for (const session of this.#attempts.values()) session?.close(why);
    for (const session of this.#offered) session.close(why);
    for (const { session } of this.#draining) session.close(why);
    this.#current?.close(why);
    this.#attempts.clear();
    this.#offered.clear();
    this.#draining.length = 0;
    this.#current = undefined;
    this.#raise.handleDown();
  }

  #tellOutcome(number: number, why: Verdict, now: number): void {
    if (this.#current !== undefined || number < this.#toldAttempt) return;
    if (why.reason === reasons.superseded) return;
    this.#toldAttempt = number;
    this.#setStatus(why.reason.isRefusal ? "refused" : "down", why, now);
  }

  #tellWaiting(): void {
    const text = "waits for its turn: as many attempts of this cluster are under way as may be at a time";
    if (this.#status.text !== text) this.#tell(this.#makeStatus("connecting", "", text));
  }

  #setStatus(state: "connecting" | "down" | "refused", why: Verdict, now: number): void {
    const { code, text } = this.#status;
    const isNews = this.#status.state !== state || code !== why.reason.name;
    if (!isNews && text === why.text) return;
    if (isNews) this.#since = now;
    this.#tell(this.#makeStatus(state, state === "connecting" ? "" : why.reason.name, why.text));
  }

  #makeStatus(state: LinkStatus["state"], code: Reason["name"], text: string): LinkStatus {
    const { peer, tag } = this;
    return { peer, tag, state, handle: 0, mtu: 0, preferredMtu: 0, code, text, isCongested: false };
  }

  #tell(status: LinkStatus): void {
    this.#status = status;
    this.#events.push({ kind: "status", status });
  }
}

function congestionOf({ congestedClasses }: LinkSession): Pick<LinkStatus, "isCongested" | "congestedClasses"> {
  const isCongested = congestedClasses !== 0;
  return { isCongested, congestedClasses: isCongested ? congestedClasses : undefined };
}
