import { type IssuedIdentity, issueIdentity, makeAuthority } from "@florenetes/identity/authority";
import type { QuicConfig, QuicConnection, QuicCredentials } from "@florenetes/quic";
import { quicheEngine } from "@florenetes/quic/portable";

export const BATCH_MAX = 32;

/** Two identities of one CA. */
type Holders = readonly [client: IssuedIdentity, server: IssuedIdentity];

export function makeHolders(): Holders {
  const at = new Date();
  const authority = makeAuthority({ cluster: "bench" }, at);
  const issue = (name: string): IssuedIdentity => issueIdentity(authority, { kind: "vertex", name }, at);
  return [issue("a"), issue("b")];
}

/** Both ends of a QUIC connection in one process, without sockets. The handshake is over. */
export class EnginePair {
  readonly client: QuicConnection;
  readonly server: QuicConnection;
  readonly #slots: Uint8Array[];
  readonly #lengths: number[] = [];
  readonly #scratch = new Uint8Array(65_536);

  /** @param payload Bytes of a QUIC packet, both ways. */
  constructor(payload: number, [client, server]: Holders = makeHolders(), statelessResetToken?: Uint8Array) {
    this.#slots = Array.from({ length: BATCH_MAX }, () => new Uint8Array(payload));
    const configOf = (own: QuicCredentials): QuicConfig => {
      return { ...config(own, payload), ...(statelessResetToken && { statelessResetToken }) };
    };
    this.client = quicheEngine.connect(configOf(client), new Uint8Array(8), 0);
    const id = new Uint8Array(8).fill(1);
    const first = new Uint8Array(payload);
    const length = this.client.pollTransmit(first, performance.now());
    this.server = quicheEngine.accept(configOf(server), id, undefined, first.subarray(0, length), 0);
    this.settle();
  }

  /** Writes a batch of `from`'s datagrams, then hands it to `to`, as processes do. @returns datagrams in the batch */
  turn(from: QuicConnection, to: QuicConnection): number {
    let count = 0;
    while (count < BATCH_MAX) {
      const length = from.pollTransmit(this.#slots[count]!, performance.now());
      if (length === 0) break;
      this.#lengths[count++] = length;
    }
    while (from.pollEvent() !== undefined);
    from.nextTimeout(0);
    for (let i = 0; i < count; i++) to.handleDatagram(this.#slots[i]!.subarray(0, this.#lengths[i]), 0);
    return count;
  }

  /** Takes turns until neither end has anything more to send. */
  settle(): this {
    for (let i = 0; i < 10_000; i++) {
      if (this.turn(this.client, this.server) + this.turn(this.server, this.client) === 0) return this;
    }
    throw new Error("the two ends do not come to rest");
  }

  /** Reads all that has come on all streams of an end, and answers each stream. @returns bytes read */
  read(end: QuicConnection, answer?: (stream: number) => void): number {
    let received = 0;
    for (const stream of end.readableStreams()) {
      let length = this.#scratch.length;
      while (length === this.#scratch.length) {
        length = end.streamReceive(stream, this.#scratch);
        received += Math.max(0, length);
      }
      answer?.(stream);
    }
    return received;
  }
}

function config(own: QuicCredentials, payload: number): QuicConfig {
  return {
    credentials: own,
    applicationProtocol: "bench",
    idleTimeoutMs: 30_000,
    receivePayloadMax: payload,
    sendPayloadMax: payload,
    datagrams: { receiveQueueMax: 1000, sendQueueMax: 1000 },
    streams: { connectionWindow: 2 ** 50, streamWindow: 262_144, streamWindowMax: 262_144, bidirectionalMax: 100_000 },
    congestionControl: "bbr",
  };
}
