import type { QuicConnection } from "@florenetes/quic";
import {
  FULL_PROBE_WAIT_MS,
  LINK_MTU,
  PACKET_OVERHEAD,
  PAYLOAD_LADDER,
  PREFERENCE_PIECES_MAX,
  PROBES_OF_LARGE_SIZE,
} from "../limits.ts";
import {
  MtuProbe,
  packetSizeIn,
  ProbeKind,
  probeKindOf,
  spreadOfAnswer,
  turnIntoAnswer,
  writeProbe,
} from "./mtu-probe.ts";
import { PIECE_HEADER_LENGTH, WHOLE_HEADER_LENGTH } from "../packets/pieces.ts";
import type { SessionOutput } from "../packets/session-output.ts";
import { PayloadCheck } from "./payload-check.ts";
import { SizePreference } from "./size-preference.ts";

/** The terms on which a session has come up, as far as its probes need to know. */
export interface UpTerms {
  /** How long an acceptor's own answer to a full probe took to arrive, as READY has told. */
  readonly ownSpreadMs: number | undefined;
  readonly quietMs: number;
}

/** The path of a session's packets once it is up, as its probes use it. */
export interface ProbedPath {
  /** Packets of the mesh so far. */
  readonly packetsSent: number;
  /** QUIC packets so far. */
  counts(): { readonly packetsSent: number; readonly packetsLost: number };
  /** Sends the probe `packet[start, …)`, with `PIECE_HEADER_LENGTH` bytes before it. */
  sendProbe(packet: Uint8Array, start: number, now: number): void;
  /** Frees memory that a burst needed. */
  trim(): void;
}

function ladderFrom(payloadMax: number): readonly number[] {
  return [payloadMax, ...PAYLOAD_LADDER.filter((payload) => payload < payloadMax)];
}

/**
 * Finds out what the path of one session carries, by probes and by the packets that get lost. At an originator that is not up yet:
 *
 *     base ── answer: the UDP payload is proven ──▶ full ── answer, or none in time ──▶ proven
 *       └──── no size was answered ──▶ failed
 *
 * A base probe fills one UDP payload; a full probe has the largest packet's size and goes in pieces. A full probe may be lost, so the
 * base probe decides: without an answer to the full one, the link begins with the size that goes whole. Once the link is up, both ends
 * send full probes at times, which tell how fast the medium is, and base probes when packets were lost, to check the payload.
 */
export class SessionProbes {
  readonly #connection: QuicConnection;
  readonly #output: SessionOutput;
  #path: ProbedPath;
  readonly #key: Uint8Array;
  /** The search for the largest UDP payload, at an originator. */
  #base: MtuProbe | undefined;
  #payload = 0;
  #narrowerPayload = 0;
  #fullUntil = Infinity;
  /** How long a packet of the largest size that we sent took to arrive; undefined: it was not answered. */
  #ownSpread: number | undefined;
  /** How long the peer's answer, of the same size, took to arrive; undefined: it did not come. */
  #peerSpread: number | undefined;
  #isProven = false;
  #preference: SizePreference | undefined;
  #check: PayloadCheck | undefined;
  #packetsSent = 0;

  constructor(connection: QuicConnection, output: SessionOutput, key: Uint8Array) {
    this.#connection = connection;
    this.#output = output;
    this.#path = output;
    this.#key = key;
  }

  /**
   * An originator begins. A payload above the ladder is tried alone: a connection that was made for larger packets than it
   * sends overestimates round trips (docs/develop/quic.md), so smaller payloads need another attempt.
   */
  start(payloadMax: number, now: number): void {
    const [standard] = PAYLOAD_LADDER;
    if (payloadMax <= standard!) {
      this.#base = new MtuProbe(ladderFrom(payloadMax), now);
      return;
    }
    const peerMax = this.#connection.datagramSizeMax() + PACKET_OVERHEAD;
    this.#base = new MtuProbe(peerMax < payloadMax ? [] : [payloadMax], now, PROBES_OF_LARGE_SIZE);
    this.#narrowerPayload = peerMax < payloadMax ? Math.max(peerMax, standard!) : standard!;
  }

  /** No UDP payload gets through. */
  get hasFailed(): boolean {
    return this.#base?.hasFailed === true;
  }

  /** After a failure: the UDP payload that another attempt should be made for; 0: none, since nothing smaller may do. */
  get narrowerPayload(): number {
    return this.#narrowerPayload;
  }

  /** The UDP payload that an originator has proven; 0: it is not proven yet, or the answer to the full probe may still come. */
  get proven(): number {
    return this.#isProven ? this.#payload : 0;
  }

  /** How long the peer's answer to a full probe took to arrive, in milliseconds; undefined: it did not come. The peer is told. */
  get peerSpread(): number | undefined {
    return this.#peerSpread;
  }

  /** 0 unless up. */
  get preferredMtu(): number {
    return this.#preference?.size ?? 0;
  }

  /** The session is up, with this UDP payload. */
  handleUp(payload: number, { ownSpreadMs, quietMs }: UpTerms, now: number): void {
    this.#preference = new SizePreference(packetSizeIn(payload), { piecesMax: PREFERENCE_PIECES_MAX, quietMs }, now);
    this.#check = new PayloadCheck();
    this.#payload = payload;
    const spread = ownSpreadMs ?? this.#ownSpread;
    if (spread !== undefined) this.#preference.handleTrain(LINK_MTU, spread, now);
  }

  /** Another session carried the link over the same path before this one, which is up. */
  handleFormer(former: SessionProbes): void {
    if (former.#preference !== undefined) this.#preference?.handleFormer(former.#preference);
  }

  /** The session is up, and another thread sends its packets from now on. */
  handOver(path: ProbedPath): void {
    this.#path = path;
  }

  /**
   * Whether a packet that came is a probe, which is then dealt with.
   *
   * @param spreadMs how long the packet's pieces took to arrive; undefined: it came whole
   */
  handlePacket(packet: Uint8Array, start: number, end: number, spreadMs: number | undefined, now: number): boolean {
    const length = end - start;
    const kind = probeKindOf(packet, start, length, this.#key);
    if (kind === ProbeKind.none) return false;
    if (kind === ProbeKind.probe) this.#answer(packet.subarray(start, end), spreadMs, now);
    else if (spreadMs === undefined) this.#handleBaseAnswer(length, now);
    else this.#handleFullAnswer(length, spreadOfAnswer(packet, start), spreadMs, now);
    return true;
  }

  /** Sends what is due. */
  poll(now: number): void {
    const train = this.#preference?.pollTrain(now) ?? 0;
    if (train > 0) this.#sendProbe(train, now);
    if (this.#check?.isDue(now) === true && this.#check.poll(this.#path.counts().packetsLost, now)) {
      this.#sendProbe(packetSizeIn(this.#payload), now);
    }
    if (this.#base === undefined || this.#isProven) return;
    if (now >= this.#fullUntil) this.#isProven = true;
    if (this.#payload === 0) this.#sendBase(this.#base, now);
  }

  /** Counts what got lost. Returns whether the link should have another session, since the UDP payload does not get through any more. */
  handleTimeout(now: number): boolean {
    this.#count(now);
    return this.#check?.hasFailed === true;
  }

  nextTimeout(): number {
    if (this.#preference !== undefined) {
      return Math.min(this.#preference.nextTimeout(), this.#check?.nextTimeout() ?? Infinity);
    }
    if (this.#base === undefined || this.#isProven) return Infinity;
    return Math.min(this.#base.nextTimeout(), this.#fullUntil);
  }

  #count(now: number): void {
    const preference = this.#preference;
    if (preference === undefined || !preference.isDue(now)) return;
    const { packetsSent } = this.#path;
    this.#path.trim();
    // Reading the counts costs as much as a packet or two: on an idle link they are not read.
    if (packetsSent === this.#packetsSent) {
      preference.handleIdle(now);
    } else {
      const counts = this.#path.counts();
      preference.handleCounts(counts.packetsSent, counts.packetsLost, now);
      this.#check?.handleLosses(counts.packetsLost, now);
    }
    this.#packetsSent = packetsSent;
  }

  #sendBase(base: MtuProbe, now: number): void {
    // While the engine still holds a probe, the payload must not become smaller than that.
    if (this.#connection.datagramSendQueueLength() > 0) return;
    const payload = base.pollProbe(now, this.#connection.stats().rttMs);
    if (payload > 0) this.#output.sendFullSize(writeProbe(packetSizeIn(payload), this.#key, 1));
  }

  /** Sends a probe that needs pieces, or is for a link that is up. */
  #sendProbe(size: number, now: number): void {
    const probe = writeProbe(size, this.#key, PIECE_HEADER_LENGTH);
    this.#path.sendProbe(probe, PIECE_HEADER_LENGTH, now);
  }

  /** Answers with the same size: so both directions are proven, and no traffic is amplified. */
  #answer(probe: Uint8Array, spreadMs: number | undefined, now: number): void {
    const answer = new Uint8Array(PIECE_HEADER_LENGTH + probe.length);
    answer.set(probe, PIECE_HEADER_LENGTH);
    turnIntoAnswer(answer, PIECE_HEADER_LENGTH, spreadMs ?? 0);
    // The answer to a probe that came whole must go back whole, as it does by itself once the link is up.
    const isUp = this.#preference !== undefined;
    if (isUp || spreadMs !== undefined) this.#path.sendProbe(answer, PIECE_HEADER_LENGTH, now);
    else this.#output.sendFullSize(answer.subarray(PIECE_HEADER_LENGTH - WHOLE_HEADER_LENGTH));
  }

  #handleBaseAnswer(length: number, now: number): void {
    if (length === packetSizeIn(this.#payload)) this.#check?.handleAnswer(now);
    if (this.#base === undefined || this.#payload > 0) return;
    this.#base.handleAnswer(length - packetSizeIn(0));
    if (this.#base.proven === 0) return;
    this.#payload = this.#base.proven;
    this.#output.handlePayload(this.#payload);
    this.#fullUntil = now + Math.max(FULL_PROBE_WAIT_MS, 3 * this.#connection.stats().rttMs);
    this.#sendProbe(LINK_MTU, now);
  }

  #handleFullAnswer(length: number, ownSpread: number, peerSpread: number, now: number): void {
    this.#preference?.handleTrain(length, ownSpread, now);
    if (this.#isProven || this.#payload === 0) return;
    this.#isProven = true;
    this.#ownSpread = ownSpread;
    this.#peerSpread = peerSpread;
  }
}
