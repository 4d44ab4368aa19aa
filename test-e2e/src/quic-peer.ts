import { randomBytes } from "node:crypto";
import { type Socket, createSocket } from "node:dgram";
import { once } from "node:events";
import type { QuicConfig, QuicConnection, QuicEvent } from "@florenetes/quic";
import { quicheEngine } from "@florenetes/quic/portable";

type Close = QuicEvent & { readonly kind: "closed" };
type Credentials = QuicConfig["credentials"];

const ID_SIZE = 8;
const TICK_MS = 5;

interface UdpAddress {
  readonly host: string;
  readonly port: number;
}

/** A connection, and where its packets go. */
interface Call {
  readonly connection: QuicConnection;
  readonly peer: UdpAddress;
}

/** The CONNECTION_CLOSE that the peer sends as soon as a handshake is complete. */
interface LastWords {
  readonly code: number;
  readonly reason: string;
}

/**
 * A neighbour that is no link-flor: it completes QUIC handshakes with any certificate that a test gives it, and notes how its
 * connections end. It does not speak the link protocol; it may have last words.
 */
export class QuicPeer implements AsyncDisposable {
  /** The ends of its connections, in order. */
  readonly closes: Close[] = [];
  readonly #config: QuicConfig;
  readonly #lastWords: LastWords | undefined;
  readonly #socket: Socket;
  readonly #calls = new Map<string, Call>();
  readonly #timer: NodeJS.Timeout;
  readonly #out = new Uint8Array(1_452);

  private constructor(credentials: Credentials, socket: Socket, isServer: boolean, lastWords?: LastWords) {
    this.#config = {
      credentials,
      applicationProtocol: "florenetes-link/1",
      idleTimeoutMs: 10_000,
      receivePayloadMax: 1_452,
      sendPayloadMax: 1_452,
      datagrams: { receiveQueueMax: 16, sendQueueMax: 16 },
      streams: { connectionWindow: 16_384, streamWindow: 16_384, streamWindowMax: 16_384, bidirectionalMax: 1 },
      congestionControl: "bbr",
    };
    this.#lastWords = lastWords;
    this.#socket = socket;
    socket.on("message", (datagram, { address, port }) => {
      const header = quicheEngine.parseHeader(datagram, ID_SIZE);
      if (header === undefined) return;
      const key = hex(header.destinationId);
      let call = this.#calls.get(key);
      if (call === undefined && isServer && header.type === "initial") {
        const id = randomBytes(ID_SIZE);
        const connection = quicheEngine.accept(this.#config, id, undefined, datagram, performance.now());
        call = { connection, peer: { host: address, port } };
        this.#calls.set(key, call).set(hex(id), call);
      } else {
        call?.connection.handleDatagram(datagram, performance.now());
      }
      this.#turn();
    });
    this.#timer = setInterval(() => this.#turn(), TICK_MS);
  }

  /** Opens a peer that waits for calls. */
  static async listen(
    at: { readonly host: string; readonly port: number },
    credentials: Credentials,
    lastWords?: LastWords,
  ): Promise<QuicPeer> {
    return new QuicPeer(credentials, await bind(at.host, at.port), true, lastWords);
  }

  /** Opens a peer that calls, with its own connection coming and going. */
  static async dial(to: UdpAddress, credentials: Credentials): Promise<QuicPeer> {
    const peer = new QuicPeer(credentials, await bind("127.0.0.1", 0), false);
    const id = randomBytes(ID_SIZE);
    peer.#calls.set(hex(id), { connection: quicheEngine.connect(peer.#config, id, performance.now()), peer: to });
    peer.#turn();
    return peer;
  }

  #turn(): void {
    const now = performance.now();
    for (const { connection, peer } of new Set(this.#calls.values())) {
      if (connection.nextTimeout(now) <= now) connection.handleTimeout(now);
      for (
        let size = connection.pollTransmit(this.#out, now);
        size > 0;
        size = connection.pollTransmit(this.#out, now)
      ) {
        this.#socket.send(this.#out.slice(0, size), peer.port, peer.host);
      }
      for (let event = connection.pollEvent(); event !== undefined; event = connection.pollEvent()) {
        if (event.kind === "closed") this.closes.push(event);
        const words = this.#lastWords;
        if (event.kind === "established" && words !== undefined) connection.close(words.code, words.reason);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#socket.close();
    await once(this.#socket, "close");
  }
}

async function bind(host: string, port: number): Promise<Socket> {
  const socket = createSocket("udp4").bind(port, host);
  await once(socket, "listening");
  return socket;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
