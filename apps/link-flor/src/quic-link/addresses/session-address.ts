import { RateLimit } from "@florenetes/scheduling";
import { isSameAddress, type UdpAddress } from "./link-address.ts";
import { PATH_MESSAGES_BURST, PATH_MESSAGES_PER_SECOND } from "../limits.ts";
import {
  isPathMessage,
  isProven,
  NONCE_LENGTH,
  type PathMessage,
  PathMessageKind,
  type Prove,
  readPathMessage,
  writePathMessage,
} from "./path-message.ts";
import { PeerAddress } from "./peer-address.ts";

const nothing = new Uint8Array(0);

/** The part of a connection that is about its datagrams: see `QuicConnection`. */
export interface DatagramConnection {
  /** @param from the sender, which a connection of this thread does not need. */
  handleDatagram(datagram: Uint8Array, now: number, from: UdpAddress): void;
  readonly newestPacket: number;
  readonly isClosed: boolean;
  ignoredDatagrams(): number;
  ping(): void;
}

export interface SessionAddressOptions {
  readonly connection: DatagramConnection;
  /** The peer's address. An acceptor stays where it is; an originator is where its Retry reached it, and may move. */
  readonly address: UdpAddress;
  readonly isOriginator: boolean;
  readonly ownId: Uint8Array;
  /** The connection ID of an originator, which an acceptor puts into its probes. */
  readonly peerId?: Uint8Array;
  /** An originator sends one datagram, and no more before something has come from its peer's address. */
  readonly isSparing?: boolean | undefined;
  readonly prove: Prove;
  readonly randomBytes: (length: number) => Uint8Array;
}

/**
 * Stands between the datagrams of one session and its connection, which knows no addresses. An acceptor follows an originator that
 * moves, by probes that the originator answers; an originator takes datagrams from one address of its acceptor only.
 */
export class SessionAddress {
  /** The address that the datagram polled last goes to. */
  transmitTo: UdpAddress;
  readonly #options: SessionAddressOptions;
  #connection: DatagramConnection;
  readonly #peer: PeerAddress;
  /** Limits how many messages have their proofs checked. */
  readonly #messages: RateLimit;
  /** The probe key, once the peer's address may change or be asked for. */
  #key: Uint8Array | undefined;
  readonly #answers: PathMessage[] = [];
  /** The datagram that an originator has sent last, until its peer has answered something. */
  #unanswered: Uint8Array | undefined;
  #isHeard = false;
  #hasCalled = false;
  /** Something has come from the acceptor's address that names the session, be it a Retry. */
  #isAnswered = false;
  #copy: { readonly to: UdpAddress; readonly bytes: Uint8Array } | undefined;
  /** Datagrams that were neither for the connection nor messages of the peer. */
  #ignored = 0;
  /** Datagrams that the connection had ignored when the session ended. */
  #ignoredByConnection: number | undefined;
  /** Datagrams that were tried as a stateless reset of this session, and may have been for another one. */
  #resetsTried = 0;

  constructor(options: SessionAddressOptions, now: number) {
    this.#options = options;
    this.#connection = options.connection;
    this.transmitTo = options.address;
    this.#peer = new PeerAddress(options.address, () => options.randomBytes(NONCE_LENGTH), now);
    this.#messages = new RateLimit(PATH_MESSAGES_BURST, PATH_MESSAGES_PER_SECOND, now);
  }

  get peerAddress(): UdpAddress {
    return this.#peer.address;
  }

  /** Datagrams for the session that its keys did not open (forged, changed), duplicates, and those from elsewhere than its acceptor. */
  get datagramsIgnored(): number {
    return this.#ignored + (this.#ignoredByConnection ?? this.#countIgnored());
  }

  /** Whether an originator that spares its peer has called, and waits for an answer. */
  get isHeldBack(): boolean {
    return this.#options.isSparing === true && this.#hasCalled && !this.#isAnswered;
  }

  /** The peer has answered something, and need not be called again. */
  handleHeard(): void {
    this.#isHeard = true;
    this.#unanswered = undefined;
  }

  /** Sends once more what an originator has sent last, if its peer has answered nothing yet. */
  callAgain(): void {
    if (this.#unanswered !== undefined) this.#copy = { to: this.#options.address, bytes: this.#unanswered };
  }

  /** READY was said. From now on the acceptor may be up, and may probe the address of its originator. */
  handleReady(probeKey: Uint8Array): void {
    this.#key = probeKey;
  }

  /** Another thread has the connection from now on, and counts what it ignores; `connection` stands for it here. */
  handOver(connection: DatagramConnection): void {
    this.#connection = connection;
  }

  /** The newest datagram, of `size` bytes, came to a connection that another thread has. */
  handleNewest(from: UdpAddress, size: number, now: number): void {
    if (this.#key !== undefined) this.#peer.handleNewest(from, size, now);
  }

  /** The address that another thread may send copies of packets to, and how many more bytes. */
  takeCopies(): { readonly to: UdpAddress; readonly bytes: number } | undefined {
    return this.#key === undefined ? undefined : this.#peer.takeAllRoom();
  }

  /** Takes one UDP payload; it is decrypted in place. */
  handleDatagram(datagram: Uint8Array, from: UdpAddress, now: number): void {
    const { isOriginator, address } = this.#options;
    const connection = this.#connection;
    this.#isAnswered ||= isSameAddress(from, address);
    if (isPathMessage(datagram)) this.#handleMessage(datagram, from, now);
    else if (isOriginator && !isSameAddress(from, address)) this.#ignored++;
    else if (isOriginator || this.#key === undefined || !this.#peer.isOfInterest(from)) {
      connection.handleDatagram(datagram, now, from);
    } else {
      const newest = connection.newestPacket;
      connection.handleDatagram(datagram, now, from);
      if (connection.newestPacket > newest) this.#peer.handleNewest(from, datagram.length, now);
    }
  }

  /** Tries a datagram as a stateless reset. True: it was one, and the connection has ended. The bytes are left as they are. */
  handleReset(datagram: Uint8Array, from: UdpAddress, now: number): boolean {
    this.#resetsTried++;
    this.handleDatagram(Uint8Array.from(datagram), from, now);
    return this.#connection.isClosed;
  }

  /** The session is over: its peer's address no longer changes, and what the connection ignores from now on is not counted. */
  handleEnd(): void {
    this.#ignoredByConnection = this.#countIgnored();
    this.#key = undefined;
    this.handleHeard();
  }

  handleTimeout(now: number): void {
    this.#peer.handleTimeout(now);
  }

  /** Writes what is to be sent beside the connection's own packets, if there is anything; returns its length, or 0. */
  pollBesides(out: Uint8Array): number {
    const copy = this.#copy;
    if (copy !== undefined) {
      this.#copy = undefined;
      this.transmitTo = copy.to;
      out.set(copy.bytes);
      return copy.bytes.length;
    }
    const key = this.#key;
    const message = key === undefined ? undefined : (this.#pollAnswer() ?? this.#pollProbe());
    if (key !== undefined && message !== undefined) return writePathMessage(message, key, this.#options.prove, out);
    this.transmitTo = this.#peer.address;
    return 0;
  }

  /**
   * A packet of the connection is to leave. If the peer may have moved, a copy goes to the candidate address.
   *
   * @returns The length of what leaves: whoever was called once and has not answered is not told of the end either
   */
  handleSent(packet: Uint8Array, length: number): number {
    if (length === 0 || this.isHeldBack) return 0;
    this.#hasCalled = true;
    if (this.#options.isOriginator && !this.#isHeard) this.#unanswered = Uint8Array.from(packet.subarray(0, length));
    const to = this.#peer.takeRoom(length);
    if (to !== undefined) this.#copy = { to, bytes: Uint8Array.from(packet.subarray(0, length)) };
    return length;
  }

  nextTimeout(): number {
    return this.#peer.nextTimeout();
  }

  #countIgnored(): number {
    return Math.max(0, this.#connection.ignoredDatagrams() - this.#resetsTried);
  }

  #pollAnswer(): PathMessage | undefined {
    const answer = this.#answers.shift();
    if (answer !== undefined) this.transmitTo = this.#peer.address;
    return answer;
  }

  #pollProbe(): PathMessage | undefined {
    const probe = this.#peer.pollProbe();
    if (probe === undefined) return undefined;
    this.transmitTo = probe.to;
    const { ownId, peerId = nothing } = this.#options;
    return { kind: PathMessageKind.probe, receiverId: peerId, senderId: ownId, nonce: probe.nonce };
  }

  #handleMessage(datagram: Uint8Array, from: UdpAddress, now: number): void {
    const message = this.#key === undefined ? undefined : readPathMessage(datagram);
    if (message === undefined || !this.#mayBeOurs(message, from, now)) this.#ignored++;
    else if (!isProven(datagram, this.#key!, this.#options.prove)) this.#ignored++;
    else if (message.kind === PathMessageKind.probe) this.#answers.push(answerTo(message));
    // The ping soon shows that packets to the former address were lost: a full congestion window would wait for its timer.
    else if (this.#peer.handleAnswer(message.nonce, from, now)) this.#connection.ping();
  }

  /** Whether a message may be for this end. To be asked before any cryptography. */
  #mayBeOurs({ kind, nonce }: PathMessage, from: UdpAddress, now: number): boolean {
    const { isOriginator, address } = this.#options;
    const mayBe = isOriginator
      ? kind === PathMessageKind.probe && isSameAddress(from, address)
      : kind === PathMessageKind.answer && this.#peer.isAwaited(nonce, from);
    return mayBe && this.#messages.take(now);
  }
}

function answerTo({ receiverId, senderId, nonce }: PathMessage): PathMessage {
  return {
    kind: PathMessageKind.answer,
    receiverId: senderId.slice(),
    senderId: receiverId.slice(),
    nonce: nonce.slice(),
  };
}
