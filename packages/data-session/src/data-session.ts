import assert from "node:assert";
import { foreignText } from "@florenetes/operator-text";
import { SessionCode, Violation } from "./codes.ts";
import { FrameReader } from "./frame-reader.ts";
import { cutText } from "./frame-writer.ts";
import {
  AUTH_PEER_CREDENTIALS,
  type Frame,
  type FrameOf,
  type NodePressure,
  Role,
  type RouteUpdate,
} from "./frames.ts";
import { Handshake } from "./handshake.ts";
import {
  FRAMES_PER_TURN,
  HANDSHAKE_MS,
  PING_MS,
  REASON_SIZE_MAX,
  REASONS_MAX,
  SERVICES_MAX,
  SERVICES_SIZE_MAX,
  SILENCE_MS,
  TEXT_SHOWN_MAX,
  TRANSMIT_SIZE_MIN,
  VERSION,
} from "./limits.ts";
import { Pings } from "./pings.ts";
import { EventQueue, type SessionEvent } from "./session-events.ts";
import { checkLimits, DEFAULT_LIMITS, type SessionLimits } from "./session-limits.ts";
import { SessionNews } from "./session-news.ts";
import { type DatagramRun, type OpenOptions, Streams } from "./streams.ts";

export interface SessionOptions {
  readonly role: Role;
  /** For people at the other end. */
  readonly name: string;
  /** For a workload: the principal that it wants to stand for. Empty: that of the socket. */
  readonly principal?: string;
  /** Limits for the peer that differ from `DEFAULT_LIMITS`. */
  readonly limits?: Partial<SessionLimits>;
  /** True: `read` means that the far workload itself has the bytes. Else the owner calls `acknowledge` when it has. */
  readonly isReaderFar: boolean;
  /** True: the peer may open streams of the class `control`, which are for control agents. */
  readonly takesControl?: boolean | undefined;
}

/**
 * An end of a session (docs/protocol/data-session.md), over any byte stream. No I/O; times are in milliseconds of one monotonic
 * clock.
 * The driver's duty after any call: drain `pollEvent`; write the bytes of `pollTransmit`, for as long as the socket accepts them;
 * arm one timer for `nextTimeout`. Bytes that `handleBytes` has not taken are passed again in the next turn, before anything more
 * is read from the socket: this slows down a peer that sends faster than its frames are handled.
 */
export class DataSession {
  readonly #role: Role;
  readonly #limits: SessionLimits;
  readonly #reader = new FrameReader();
  readonly #events = new EventQueue();
  readonly #news = new SessionNews();
  readonly #handshake: Handshake;
  readonly #streams: Streams;
  readonly #pings: Pings;
  readonly #begin: number;
  #hasPeerGoneAway = false;
  #isGoingAway = false;
  #isClosed = false;

  constructor(options: SessionOptions, now: number) {
    const { role, name, principal = "", limits, isReaderFar, takesControl = false } = options;
    this.#role = role;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
    checkLimits(this.#limits);
    this.#handshake = new Handshake(role);
    const rules = { limits: this.#limits, isReaderFar, takesControl };
    this.#streams = new Streams(role, rules, this.#events, now);
    this.#pings = new Pings(now);
    this.#begin = now;
    this.#news.addHandshake({
      kind: "hello",
      lowestVersion: VERSION,
      highestVersion: VERSION,
      role,
      name: cutText(name),
    });
    if (role === Role.vertex) return;
    this.#news.addHandshake({ kind: "auth", method: AUTH_PEER_CREDENTIALS, principal });
    this.#news.addHandshake({ kind: "sessionReady", principal, limits: this.#limits });
  }

  // ── The byte stream ─────────────────────────────────────────────────────────────────────────────────────────────────

  /** Takes bytes of the peer, and returns how many: all of them, unless this turn's limit of frames or events is reached. */
  handleBytes(bytes: Uint8Array, now: number): number {
    if (this.#isClosed) return bytes.length;
    this.#pings.handleHeard(now);
    this.#streams.transmitter.handleTime(now);
    this.#reader.feed(bytes);
    try {
      for (let frames = 0; frames < FRAMES_PER_TURN && !this.#events.isFull; frames++) {
        const frame = this.#reader.next();
        if (frame === undefined) break;
        if (frame !== "skipped") this.#handleFrame(frame, now);
        if (this.#isClosed) return bytes.length;
      }
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      this.close(error.code, error.message);
      return bytes.length;
    }
    return this.#reader.taken;
  }

  /** The byte stream has ended, in either direction, or has failed. */
  handleEnd(): void {
    if (this.#isClosed) return;
    this.#end();
    const text = "the connection ended without a last GOAWAY";
    this.#events.push({ kind: "closed", by: "lost", code: SessionCode.connectionLost, text });
  }

  /** Fills `out` (`TRANSMIT_SIZE_MIN` bytes or more) with whole frames; returns how many bytes, 0 when there is nothing to send. */
  pollTransmit(out: Uint8Array): number {
    assert(out.length >= TRANSMIT_SIZE_MIN, "the largest frame fits");
    const at = this.#news.write(out, 0);
    return this.#handshake.isComplete && !this.#isClosed ? this.#streams.transmitter.write(out, at) : at;
  }

  /** Takes the beginning of an incomplete frame, for another reader. Undefined: bytes are being skipped, or the session is over. */
  takeRest(): Uint8Array | undefined {
    return this.#isClosed ? undefined : this.#reader.takeRest();
  }

  pollEvent(): SessionEvent | undefined {
    return this.#events.shift();
  }

  /** When `handleTimeout` is due; Infinity when never. */
  nextTimeout(): number {
    if (this.#isClosed) return Number.POSITIVE_INFINITY;
    if (!this.#handshake.isComplete) {
      return this.#handshake.isJudging ? Number.POSITIVE_INFINITY : this.#begin + HANDSHAKE_MS;
    }
    const sign = this.#pings.lastHeard + (this.#pings.isAsking ? SILENCE_MS : PING_MS);
    return Math.min(sign, this.#streams.transmitter.nextTimeout());
  }

  handleTimeout(now: number): void {
    if (now < this.nextTimeout()) return;
    this.#streams.transmitter.handleTime(now);
    if (now < this.nextTimeout()) return;
    if (!this.#handshake.isComplete) this.close(SessionCode.silent, "SESSION_READY did not come in time");
    else if (now >= this.#pings.lastHeard + SILENCE_MS)
      this.close(SessionCode.silent, "nothing was heard for too long");
    else this.ping(now);
  }

  /** Whether the session is over. `pollTransmit` may still have the frame that tells the peer so. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  // ── The session ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * For a vertex, after `authenticate`: the workload stands for this principal.
   *
   * @param services Names of the services to which it may open streams; undefined, or too many for the frame: they are not told
   */
  accept(principal: string, services?: readonly string[]): void {
    if (this.#isClosed || !this.#handshake.isJudging) return;
    this.#handshake.principal = principal;
    const told = services !== undefined && doFit(services) ? { services } : {};
    this.#news.addHandshake({ kind: "sessionReady", principal, limits: this.#limits, ...told });
    this.#beginIfReady();
  }

  /**
   * Sends a PING; the event `pong` tells when the answer comes. False: too many are unanswered, or the session is not
   * ready or over.
   */
  ping(now: number): boolean {
    if (this.#isClosed || !this.#handshake.isComplete) return false;
    const number = this.#pings.ask(now);
    if (number === undefined) return false;
    this.#news.addPing(number);
    return true;
  }

  /**
   * For a vertex: tells the workload about the route to a service. False: the route was not noted, since those of too
   * many services wait, or there is no ready workload.
   */
  tellRoute(route: RouteUpdate): boolean {
    if (this.#isClosed || this.#role !== Role.vertex || !this.#handshake.isComplete) return false;
    return this.#news.setRoute(route);
  }

  /** Tells the peer this node's pressure. Long reasons are cut, and reasons beyond 8 left out. */
  tellPressure(pressure: NodePressure): void {
    if (this.#isClosed || !this.#handshake.isComplete) return;
    const reasons = pressure.reasons.slice(0, REASONS_MAX).map((reason) => cutText(reason, REASON_SIZE_MAX));
    this.#news.setPressure({ ...pressure, reasons });
  }

  /**
   * Refuses new streams from now on; open ones go on. The driver closes when `streamCount` is 0, or it has waited for
   * long enough.
   */
  goAway(code: number, text: string): void {
    if (this.#isClosed || this.#isGoingAway || !this.#handshake.isComplete) return;
    this.#isGoingAway = true;
    this.#news.setGoAway(this.#goAwayFrame(code, text, false));
  }

  /** Ends the session with all its streams. */
  close(code: number, text: string): void {
    if (this.#isClosed) return;
    this.#end(this.#goAwayFrame(code, text, true));
    this.#events.push({ kind: "closed", by: "own", code, text });
  }

  // ── Streams and flows, by their ids. Calls for a stream that is over do nothing: its event may still wait. ──────────

  /** The number of open streams and flows. */
  get streamCount(): number {
    return this.#streams.table.size;
  }

  /** Bytes that wait to be sent: of all streams, and datagrams of all flows. */
  get bytesWaiting(): number {
    return this.#streams.tallies.waiting.bytes;
  }

  /** Bytes of datagrams of a flow that wait to be sent. */
  datagramBytesWaiting(stream: number): number {
    return this.#streams.table.get(stream)?.datagrams.bytesWaiting ?? 0;
  }

  /** Received bytes that were not read. */
  get bytesUnread(): number {
    return this.#streams.tallies.unread.bytes;
  }

  /**
   * Opens a stream, and returns its id; bytes may be written at once. Undefined: the peer accepts no more at present,
   * or none of this kind, or no new ones at all.
   */
  open(options: OpenOptions): number | undefined {
    const isPossible = this.#handshake.isComplete && !this.#isClosed && !this.#hasPeerGoneAway && !this.#isGoingAway;
    return isPossible ? this.#streams.open(options) : undefined;
  }

  /** Accepts a stream that the peer has opened: its far end is there. Nothing is sent on the stream before. */
  answer(stream: number): void {
    this.#streams.answer(stream);
  }

  /** Takes as many bytes as there is credit and room for; after less than all, `writable` tells when to go on. */
  write(stream: number, bytes: Uint8Array): number {
    return this.#streams.write(stream, bytes);
  }

  /** Ends our half, after all written bytes. */
  finish(stream: number): void {
    this.#streams.finish(stream);
  }

  /** Takes at most so many bytes, in one piece; more may follow unless the piece is empty. Reading gives the peer credit. */
  read(stream: number, max: number): Uint8Array {
    return this.#streams.read(stream, max);
  }

  /**
   * Takes as many bytes as there are and `out` has room for, and returns how many: cheaper than `read` for callers that
   * copy the bytes anyway.
   */
  readInto(stream: number, out: Uint8Array): number {
    return this.#streams.readInto(stream, out);
  }

  /** The far workload has taken the bytes up to `offset` and, with `isEnd`, the end. */
  acknowledge(stream: number, offset: number, isEnd: boolean): void {
    this.#streams.acknowledge(stream, offset, isEnd);
  }

  /** Resets both halves of a stream, or a flow. Codes are those of docs/protocol/transport.md. */
  reset(stream: number, code: number, text: string): void {
    this.#streams.reset(stream, code, text);
  }

  /**
   * Sends a datagram on a flow. Returns how many datagrams were dropped: this one (the flow is over, or the datagram is
   * too large), or older ones that made room.
   */
  sendDatagram(stream: number, bytes: Uint8Array): number {
    return this.#streams.sendDatagram(stream, bytes);
  }

  /** Sends datagrams that come together on a flow, as `sendDatagram` does each: cheaper where there are many. */
  sendDatagrams(stream: number, run: DatagramRun): number {
    return this.#streams.sendDatagrams(stream, run);
  }

  // ── Frames ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  #handleFrame(frame: Frame, now: number): void {
    if (frame.kind === "goAway" && frame.isEnd) {
      this.#streams.handleUntaken(frame.lastStream);
      this.#end();
      this.#events.push({ kind: "closed", by: "peer", code: frame.code, text: shown(frame.text) });
    } else if (!this.#handshake.isComplete || isOfHandshake(frame)) {
      const principal = this.#handshake.handleFrame(frame);
      if (principal !== undefined) this.#events.push({ kind: "authenticate", principal });
      this.#beginIfReady();
    } else {
      this.#handleReadyFrame(frame, now);
    }
  }

  #beginIfReady(): void {
    const { isComplete, peerLimits, principal, peerName, services } = this.#handshake;
    if (!isComplete) return;
    this.#streams.peerLimits = peerLimits!;
    this.#streams.transmitter.frameLength = peerLimits!.frameLength;
    this.#reader.lengthMax = this.#limits.frameLength;
    const told = services === undefined ? {} : { services };
    this.#events.push({ kind: "ready", principal: principal!, peerName, peerLimits: peerLimits!, ...told });
  }

  #handleReadyFrame(frame: Frame, now: number): void {
    const streams = this.#streams;
    switch (frame.kind) {
      case "openStream":
        return streams.handleOpen(frame);
      case "openAnswer":
        return streams.handleAnswer(frame);
      case "data":
        return streams.handleData(frame);
      case "ack":
        return streams.handleAck(frame);
      case "streamCredit":
        return streams.handleCredit(frame);
      case "closeStream":
        return streams.handleClose(frame);
      case "resetStream":
        return streams.handleReset(frame, now);
      case "datagram":
        return streams.handleDatagram(frame);
      case "goAway":
        return this.#handleGoAway(frame);
      case "ping":
        if (this.#news.addPong(frame.number)) return;
        throw new Violation(SessionCode.flooding, "more PINGs are unanswered than one may have");
      case "pong":
        return this.#events.push({ kind: "pong", roundTripMs: this.#pings.handleAnswer(frame.number, now) });
      case "nodePressure":
        return this.#events.push({ ...frame, kind: "pressure", reasons: frame.reasons.map(shown) });
      case "routeUpdate":
        if (this.#role === Role.vertex)
          throw new Violation(SessionCode.outOfTurn, "ROUTE_UPDATE comes from a workload");
        return this.#events.push({ ...frame, kind: "route" });
      default:
        return;
    }
  }

  #handleGoAway({ lastStream, code, text }: FrameOf<"goAway">): void {
    if (this.#hasPeerGoneAway) throw new Violation(SessionCode.outOfTurn, "a second GOAWAY");
    this.#hasPeerGoneAway = true;
    this.#events.push({ kind: "goAway", code, text: shown(text) });
    this.#streams.handleGoAway(lastStream);
  }

  #goAwayFrame(code: number, text: string, isEnd: boolean): FrameOf<"goAway"> {
    const lastStream = this.#streams.table.goAway();
    return { kind: "goAway", lastStream, code, text: cutText(text), isEnd };
  }

  /** @param last A last frame for the peer. */
  #end(last?: FrameOf<"goAway">): void {
    this.#isClosed = true;
    this.#news.close(last);
    this.#streams.transmitter.clear();
  }
}

function isOfHandshake({ kind }: Frame): boolean {
  return kind === "hello" || kind === "auth" || kind === "sessionReady";
}

function shown(text: string): string {
  return foreignText(text, TEXT_SHOWN_MAX);
}

/** Whether a SESSION_READY has room for names, which are ASCII. */
function doFit(services: readonly string[]): boolean {
  const size = services.reduce((sum, { length }) => sum + 1 + length, 0);
  return services.length <= SERVICES_MAX && size <= SERVICES_SIZE_MAX;
}
