/**
 * A visit at the link vertex of a neighbour: a stream to the address behind its door (docs/protocol/link-protocol.md, *Visits*). Whoever visits
 * shows a certificate of its own, which may have ended.
 */
import { randomBytes } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { Duplex } from "node:stream";
import { type Credentials, judgePeer, Revocations } from "@florenetes/identity";
import { foreignText } from "@florenetes/operator-text";
import type { PeerRefusal, QuicConfig, QuicConnection, QuicEngine, QuicEvent } from "@florenetes/quic";
import { nativeEngine } from "@florenetes/quic/native";
import { monotonicNow } from "@florenetes/scheduling";

const STREAM_ID = 0;
/** The message that asks for the door: no body, and its type. */
const VISIT = Uint8Array.of(0, 0, 6);
const PROTOCOL = "florenetes-link/1";
const ID_LENGTH = 8;
const PAYLOAD = 1_200;
const WINDOW = 16_384;
const REASON_LENGTH_MAX = 200;
/** Ends a connection without a fault. */
const CLOSED_CODE = 0;
const nothing: Uint8Array = new Uint8Array(0);

interface Place {
  readonly host: string;
  readonly port: number;
}

/**
 * Begins a visit. What goes wrong with it is an `error` of the stream, which is closed then.
 *
 * @param visitor The identity that asks the issuer
 */
export async function visit({ host, port }: Place, visitor: Credentials): Promise<Duplex> {
  const engine = nativeEngine();
  if (engine === undefined) throw new Error("a visit needs the native engine, which is not built here");
  const { address, family } = await lookup(host);
  const socket = createSocket(family === 6 ? "udp6" : "udp4");
  try {
    // Without a callback, a failure is an event: a callback is called for both.
    socket.connect(port, address);
    await once(socket, "connect");
    return new VisitStream(engine, visitor, socket);
  } catch (error) {
    // A socket that is left open would keep the process from its end.
    socket.close();
    throw error;
  }
}

class VisitStream extends Duplex {
  readonly #connection: QuicConnection;
  readonly #socket: Socket;
  readonly #out = new Uint8Array(PAYLOAD);
  readonly #in = new Uint8Array(WINDOW);
  #timer: NodeJS.Timeout | undefined;
  #unsent: Uint8Array = VISIT;
  #onTaken: (() => void) | undefined;
  #onSaid: (() => void) | undefined;
  #isReadEnded = false;

  constructor(engine: QuicEngine, visitor: Credentials, socket: Socket) {
    super();
    this.#socket = socket;
    this.#connection = engine.connect(configOf(visitor), randomBytes(ID_LENGTH), monotonicNow());
    this.#connection.onDue = () => setImmediate(() => this.#turn());
    socket.on("error", (error) => this.destroy(error));
    socket.on("message", (datagram) => {
      this.#connection.handleDatagram(datagram, monotonicNow());
      this.#turn();
    });
    this.#turn();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#unsent = Buffer.concat([this.#unsent, chunk]);
    this.#onTaken = done;
    this.#turn();
  }

  override _final(done: () => void): void {
    this.#onSaid = done;
    this.#turn();
  }

  override _read(): void {
    this.#turn();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#timer);
    if (!this.#connection.isClosed) this.#connection.close(CLOSED_CODE, "");
    this.#transmit();
    // Datagrams that were sent leave before the socket closes.
    this.#socket.close(() => done(error));
  }

  #turn(): void {
    if (this.destroyed) return;
    const now = monotonicNow();
    if (this.#connection.nextTimeout(now) <= now) this.#connection.handleTimeout(now);
    for (let event = this.#connection.pollEvent(); event !== undefined; event = this.#connection.pollEvent()) {
      if (event.kind !== "closed") continue;
      this.destroy(endOf(event));
      return;
    }
    if (this.#connection.isEstablished) this.#pass();
    // Whoever reads may have had enough.
    if (this.destroyed) return;
    this.#transmit();
    clearTimeout(this.#timer);
    const next = this.#connection.nextTimeout(now);
    if (next !== Infinity) this.#timer = setTimeout(() => this.#turn(), Math.max(1, next - now));
  }

  #pass(): void {
    if (this.#unsent.length > 0) {
      const taken = this.#connection.streamSend(STREAM_ID, this.#unsent, false);
      if (taken > 0) this.#unsent = this.#unsent.subarray(taken);
    }
    if (this.#unsent.length === 0) this.#handleTaken();
    while (!this.#isReadEnded) {
      const length = this.#connection.streamReceive(STREAM_ID, this.#in);
      if (length > 0) this.push(Buffer.from(this.#in.subarray(0, length)));
      this.#isReadEnded = length >= 0 && this.#connection.streamEnded;
      if (this.#isReadEnded) this.push(null);
      if (length <= 0) break;
    }
  }

  #handleTaken(): void {
    const [onTaken, onSaid] = [this.#onTaken, this.#onSaid];
    this.#onTaken = undefined;
    this.#onSaid = undefined;
    onTaken?.();
    if (onSaid === undefined) return;
    this.#connection.streamSend(STREAM_ID, nothing, true);
    onSaid();
  }

  #transmit(): void {
    for (;;) {
      const length = this.#connection.pollTransmit(this.#out, monotonicNow());
      if (length === 0) return;
      this.#socket.send(this.#out.slice(0, length));
    }
  }
}

function configOf(visitor: Credentials): QuicConfig {
  return {
    credentials: visitor,
    judgePeer: (chain) => judgeNeighbour(chain, visitor),
    applicationProtocol: PROTOCOL,
    idleTimeoutMs: 0,
    receivePayloadMax: PAYLOAD,
    sendPayloadMax: PAYLOAD,
    datagrams: { receiveQueueMax: 1, sendQueueMax: 1 },
    streams: { connectionWindow: WINDOW, streamWindow: WINDOW, streamWindowMax: WINDOW, bidirectionalMax: 1 },
    congestionControl: "cubic",
  };
}

/** Any vertex of the cluster may have a door: its certificate is good, and it carries what it cannot read. */
function judgeNeighbour(chain: readonly Uint8Array[], visitor: Credentials): PeerRefusal | undefined {
  const judged = judgePeer(
    chain,
    { trustBundlePem: visitor.trustBundlePem, cluster: visitor.principal.cluster, kinds: ["vertex"] },
    // Lists say nothing here: the neighbour learns who visits, and cannot read what the visitor says.
    { revocations: new Revocations({ isRequired: false, graceMs: Infinity }), expiryGraceMs: 0 },
    { wall: new Date(), monotonic: 0 },
  );
  return "why" in judged ? { code: CLOSED_CODE, reason: judged.text } : undefined;
}

function endOf({ cause, code, reason }: Extract<QuicEvent, { kind: "closed" }>): Error {
  const why = foreignText(reason, REASON_LENGTH_MAX);
  const who = cause === "peer" ? "the neighbour ends the visit" : "the visit has ended";
  return new Error(`${who}: ${why === "" ? cause : why} (code ${code})`);
}
