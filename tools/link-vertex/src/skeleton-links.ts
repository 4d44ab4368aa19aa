/**
 * The link protocol of a skeleton: packets in plain UDP datagrams. Nothing is secret, and no end proves its identity.
 *
 *     originator                                                  acceptor
 *         │ HELLO: names and certificates, MTU bytes or more ───▶   │ wanted? who is it?
 *         │ ◀──── ACCEPT: certificates, MTU bytes or more; or END   │
 *      up │ ALIVE, at once and every 200 ms ────────────────────▶   │ up
 *         │ ◀─────────── ALIVE every 200 ms; PACKET both ways ──▶   │ dead after 3 s of silence
 *
 * Each datagram begins with its type and the number of its session, which the originator draws for each attempt. That number is also the
 * handle of the link in FlorIO. END has a code, and ends an attempt or a session. HELLO and ACCEPT come again while a link is up, so that
 * the other end knows a renewed certificate before the former one ends.
 */
import { randomInt } from "node:crypto";
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import {
  type LinkKey,
  type LinkProtocol,
  type Links,
  type LinkWish,
  PacketQueue,
  type Peer,
  type Refusal,
  Retries,
  type Vertex,
} from "./florenetes/florenetes.js";
import { isSameChain, readAccept, readHello, Refused, writeGreeting } from "./greetings.ts";

const HELLO = 1;
const ACCEPT = 2;
const ALIVE = 3;
const PACKET = 4;
const END = 5;
const HEADER_SIZE = 5;
const MTU = 1_420;
const TURN_MS = 20;
const ALIVE_MS = 200;
const HELLO_MS = 2_000;
const DEAD_MS = 3_000;
const LOOK_MS = 500;
const QUEUE_SIZE_MAX = 1 << 20;
const QUEUE_WAIT_MS_MAX = 250;
/** Bytes of all links that the socket may hold before the system takes them. */
const UNSENT_MAX = 1 << 18;
const BUFFER_SIZE = 4 << 20;
/** Delete this constant and all that reads it, once the protocol proves identities and encrypts packets. */
const ON_THIS_MACHINE_ALONE = true;

interface Address {
  readonly host: string;
  readonly port: number;
}

/** A session of a link, or an attempt at one. */
interface Session {
  readonly number: number;
  readonly address: Address;
  /** The certificates that the peer has shown, in DER; empty: it has shown none yet. */
  chain: readonly Uint8Array[];
  peer: Peer | undefined;
  isUp: boolean;
  mtu: number;
  deadAt: number;
  helloAt: number;
  aliveAt: number;
  lookAt: number;
  readonly queue: PacketQueue;
}

/** This vertex's end of a link. */
interface End {
  wish: LinkWish;
  readonly retries: Retries;
  session: Session | undefined;
}

export const SKELETON: LinkProtocol = {
  name: "skeleton",
  mtu: MTU,
  async open(vertex: Vertex): Promise<Links> {
    const { host, port } = readEndpoint(vertex.listen);
    const type = isIPv6(host) ? "udp6" : "udp4";
    const socket = createSocket({ type, recvBufferSize: BUFFER_SIZE });
    socket.bind({ address: host, port, exclusive: true });
    await once(socket, "listening");
    return new SkeletonLinks(vertex, socket);
  },
};

class SkeletonLinks implements Links {
  readonly #vertex: Vertex;
  readonly #socket: Socket;
  readonly #turns: NodeJS.Timeout;
  /** Ends of links, by peer and tag. */
  readonly #ends = new Map<string, End>();
  /** Ends of links, by the numbers of their sessions. */
  readonly #sessions = new Map<number, End>();
  #attempts = 0;
  /** Number of datagrams that the socket has not sent yet. `#onSent` is called when all are sent. */
  #unsent = 0;
  #onSent = (): void => {};

  constructor(vertex: Vertex, socket: Socket) {
    this.#vertex = vertex;
    this.#socket = socket;
    // An error may mean a neighbour that cannot be reached. Its silence ends the link.
    socket.on("error", (error) => vertex.log("SOCKET_ERROR", error.message));
    socket.on("message", (datagram, from) => this.#handleDatagram(datagram, from));
    this.#turns = setInterval(() => this.#handleTurn(), TURN_MS);
  }

  // From the portal.

  open(wish: LinkWish): void {
    const known = this.#ends.get(nameOf(wish));
    if (known !== undefined) known.wish = wish;
    else this.#ends.set(nameOf(wish), { wish, retries: new Retries(), session: undefined });
  }

  close(key: LinkKey, code: string): void {
    const end = this.#ends.get(nameOf(key));
    this.#ends.delete(nameOf(key));
    if (end?.session === undefined) return;
    this.#sayEnd(end.session.number, end.session.address, code);
    this.#forget(end);
  }

  send(handle: number, packet: Uint8Array): void {
    const session = this.#sessions.get(handle)?.session;
    if (session === undefined || !session.isUp || packet.length > session.mtu) return;
    session.queue.add(packet, this.#vertex.now());
    this.#sendPackets(session);
  }

  handleCredentials(): void {
    for (const end of this.#ends.values()) {
      end.retries.nextAt = 0;
      if (end.session !== undefined) end.session.helloAt = 0;
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#turns);
    for (const { wish } of this.#ends.values()) this.close(wish, "STOPPING");
    // A datagram that the socket still holds when it is closed does not leave.
    await new Promise<void>((done) => {
      this.#onSent = done;
      if (this.#unsent === 0) done();
    });
    const closed = once(this.#socket, "close");
    this.#socket.close();
    await closed;
  }

  // From neighbours.

  #handleDatagram(datagram: Buffer, { address: host, port }: RemoteInfo): void {
    if (datagram.length < HEADER_SIZE) return;
    const number = datagram.readUInt32BE(1);
    const address = { host, port };
    try {
      this.#handle(datagram[0]!, number, address, datagram.subarray(HEADER_SIZE));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const end = this.#sessions.get(number);
      if (end?.session !== undefined && isSame(end.session.address, address)) this.#refuse(end, error);
      else this.#sayEnd(number, address, error.code);
    }
  }

  #handle(kind: number, number: number, from: Address, content: Buffer): void {
    if (kind === HELLO) return this.#handleHello(number, from, content);
    const end = this.#sessions.get(number);
    const session = end?.session;
    if (end === undefined || session === undefined || !isSame(session.address, from)) {
      if (kind === ALIVE || kind === PACKET) this.#sayEnd(number, from, "RESET");
      return;
    }
    if (kind === END) return this.#endSession(end, { code: readCode(content), text: "the other end has said so" });
    session.deadAt = this.#vertex.now() + DEAD_MS;
    const isOriginator = end.wish.role === "originator";
    if (kind === ACCEPT && isOriginator) {
      this.#takeChain(end, session, readAccept(content), content.length);
      if (!session.isUp) this.#comeUp(end, session);
    } else if (!isOriginator && !session.isUp && session.peer !== undefined) this.#comeUp(end, session);
    if (kind === PACKET && session.isUp && content.length > 0 && content.length <= session.mtu)
      this.#vertex.deliver(number, content);
  }

  #handleHello(number: number, from: Address, content: Buffer): void {
    const { vertex, tag, chain } = readHello(content, this.#vertex);
    const end = this.#ends.get(nameOf({ peer: vertex, tag }));
    if (end === undefined) throw new Refused({ code: "NOT_WANTED", text: "nobody has asked for this link here" });
    if (end.wish.role === "originator") throw new Refused({ code: "ROLE_CONFLICT", text: "both ends are originators" });
    if (number === 0 || (this.#sessions.get(number) ?? end) !== end)
      throw new Refused({ code: "PROTOCOL_ERROR", text: "the number of another session" });
    if (end.session?.number !== number) {
      // Anybody who can send datagrams can end a link in this way: nothing in a HELLO is proven.
      if (end.session !== undefined) this.#endSession(end, { code: "SUPERSEDED", text: "the originator begins anew" });
      this.#begin(end, number, from);
    }
    const session = end.session!;
    session.deadAt = this.#vertex.now() + DEAD_MS;
    this.#takeChain(end, session, chain, content.length);
    this.#greet(ACCEPT, session, undefined);
  }

  /** Judges the chain that the other end has shown. A protocol that is more than a skeleton demands a proof of the key first. */
  #takeChain({ wish }: End, session: Session, chain: readonly Uint8Array[], size: number): void {
    if (isSameChain(chain, session.chain)) return;
    const peer = this.#vertex.judge(chain, wish.peer);
    if ("code" in peer) throw new Refused(peer);
    session.chain = chain;
    session.peer = peer;
    if (!session.isUp) session.mtu = Math.min(MTU, size);
  }

  // Turns.

  #handleTurn(): void {
    const now = this.#vertex.now();
    for (const end of this.#ends.values()) {
      try {
        this.#handleEnd(end, now);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        this.#refuse(end, error);
      }
    }
  }

  #handleEnd(end: End, now: number): void {
    const { session, wish, retries } = end;
    const isOriginator = wish.role === "originator";
    if (session === undefined) {
      if (isOriginator && now >= retries.nextAt) this.#call(end);
      return;
    }
    if (now >= session.deadAt)
      throw new Refused({ code: session.isUp ? "SILENT" : "NO_ANSWER", text: "nothing was heard from the other end" });
    if (now >= session.lookAt) {
      session.lookAt = now + LOOK_MS;
      const unfit = session.peer?.findUnfitness();
      if (unfit !== undefined) throw new Refused(unfit);
    }
    if (isOriginator && now >= session.helloAt) {
      session.helloAt = now + (session.isUp ? HELLO_MS : ALIVE_MS);
      this.#greet(HELLO, session, wish);
    }
    if (!session.isUp) return;
    session.queue.rate = wish.rate;
    this.#sendPackets(session);
    if (now < session.aliveAt) return;
    session.aliveAt = now + ALIVE_MS;
    this.#send(ALIVE, session.number, session.address);
  }

  #sendPackets({ queue, number, address }: Session): void {
    while (!queue.isEmpty && this.#socket.getSendQueueSize() < UNSENT_MAX) {
      const [packet] = queue.take(1, this.#vertex.now());
      if (packet === undefined) return;
      this.#send(PACKET, number, address, packet);
    }
  }

  #call(end: End): void {
    this.#begin(end, randomInt(1, 2 ** 32), readEndpoint(end.wish.endpoint));
  }

  // Sessions.

  #begin(end: End, number: number, address: Address): void {
    const now = this.#vertex.now();
    const queue = new PacketQueue(QUEUE_SIZE_MAX, QUEUE_WAIT_MS_MAX);
    queue.rate = end.wish.rate;
    const times = { deadAt: now + DEAD_MS, helloAt: now, aliveAt: now, lookAt: now };
    end.session = { number, address, chain: [], peer: undefined, isUp: false, mtu: 0, ...times, queue };
    this.#sessions.set(number, end);
  }

  #comeUp(end: End, session: Session): void {
    session.isUp = true;
    session.aliveAt = 0;
    end.retries.handleUp();
    this.#vertex.setState(end.wish, { state: "up", handle: session.number, mtu: session.mtu });
    this.#handleEnd(end, this.#vertex.now());
  }

  #refuse(end: End, refusal: Refusal): void {
    if (end.session !== undefined) this.#sayEnd(end.session.number, end.session.address, refusal.code);
    this.#endSession(end, refusal);
  }

  #endSession(end: End, { code, text }: Refusal): void {
    const state = end.retries.handleFailure(code, end.session?.isUp === true, this.#vertex.now());
    this.#forget(end);
    this.#vertex.setState(end.wish, { state, code, text });
  }

  #forget(end: End): void {
    if (end.session !== undefined) this.#sessions.delete(end.session.number);
    end.session = undefined;
  }

  // To neighbours.

  /** Sends a greeting as large as the largest packet: a path that loses such packets never carries a link. */
  #greet(kind: number, { number, address }: Session, wish: LinkWish | undefined): void {
    this.#send(kind, number, address, writeGreeting(this.#vertex, wish, ++this.#attempts, MTU));
  }

  #sayEnd(number: number, address: Address, code: string): void {
    this.#send(END, number, address, Buffer.from(code));
  }

  #send(kind: number, number: number, { host, port }: Address, content: Uint8Array = Buffer.alloc(0)): void {
    const header = Buffer.alloc(HEADER_SIZE);
    header[0] = kind;
    header.writeUInt32BE(number, 1);
    this.#unsent++;
    // An error may mean a full socket, or a neighbour that cannot be reached. Silence ends the link then.
    this.#socket.send([header, content], port, host, () => {
      if (--this.#unsent === 0) this.#onSent();
    });
  }
}

function nameOf({ peer, tag }: LinkKey): string {
  return JSON.stringify([peer, tag]);
}

function isSame(a: Address, b: Address): boolean {
  return a.host === b.host && a.port === b.port;
}

/** Reads `udp://host:port`, with an IP address. @throws Refused */
function readEndpoint(text: string): Address {
  const match = /^udp:\/\/(?:\[([0-9a-f:]+)\]|([0-9.]+)):(\d{1,5})$/i.exec(text);
  if (match === null) throw new Refused({ code: "BAD_ENDPOINT", text: `${text} is not udp://address:port` });
  const host = match[1] ?? match[2]!;
  if (ON_THIS_MACHINE_ALONE && !/^(127\.[0-9.]+|::1)$/.test(host)) {
    const why = "a skeleton without encryption works on 127.0.0.0/8 and ::1 alone";
    throw new Refused({ code: "BAD_ENDPOINT", text: `${text}: ${why}` });
  }
  return { host, port: Number(match[3]) };
}

function readCode(content: Buffer): string {
  const code = content.subarray(0, 64).toString();
  return /^[A-Z_]+$/.test(code) ? code : "UNKNOWN_CODE";
}
