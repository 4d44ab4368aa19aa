/** A workload that speaks data sessions by hand, and is free to break their rules. */
import { once } from "node:events";
import { type Socket, connect } from "node:net";
import { expect } from "vitest";
import { PATIENCE, PATIENCE_MS } from "./patience.ts";

/** Types of frames (docs/protocol/data-session.md). */
export const FrameType = {
  hello: 1,
  auth: 2,
  ready: 3,
  open: 4,
  data: 5,
  ack: 6,
  ping: 7,
  credit: 10,
  close: 12,
  reset: 13,
  goAway: 14,
  datagram: 15,
} as const;

const HEADER_SIZE = 12;
const IS_END = 0x01;

/** @param stream The stream; 0 for frames of the session. */
export function frame(type: number, stream: number | bigint, ...body: Uint8Array[]): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(HEADER_SIZE), ...body]);
  bytes[0] = type;
  bytes.writeUInt16BE(bytes.length - HEADER_SIZE, 2);
  bytes.writeBigUInt64BE(BigInt(stream), 4);
  return bytes;
}

function text(words: string): Buffer {
  return Buffer.concat([Buffer.of(Buffer.byteLength(words)), Buffer.from(words)]);
}

export function number(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

/** HELLO, AUTH and SESSION_READY of a workload that takes 1,000 streams, and 65,535 bytes on each at the beginning. */
export function greeting(principal = ""): Buffer {
  const limit = (which: number, value: number): Buffer => Buffer.concat([Buffer.of(0, which), number(value)]);
  const limits = [limit(1, 1_000), limit(2, 65_535), limit(3, 65_535), limit(4, 65_507)];
  return Buffer.concat([
    hello(),
    auth(principal),
    frame(FrameType.ready, 0, text(principal), Buffer.of(limits.length), ...limits),
  ]);
}

export function hello(): Buffer {
  return frame(FrameType.hello, 0, Buffer.from("FDSN"), Buffer.of(1, 1, 1), text("by hand"));
}

export function auth(principal = ""): Buffer {
  return frame(FrameType.auth, 0, Buffer.of(1), text(principal));
}

/** @param kind 1: a stream; 2: a flow. */
export function open(stream: number | bigint, service: string, kind = 1, trafficClass = 0): Buffer {
  return frame(FrameType.open, stream, Buffer.of(kind, trafficClass), text(service), text(""));
}

export function data(stream: number | bigint, offset: number, bytes: Uint8Array): Buffer {
  return frame(FrameType.data, stream, number(offset), bytes);
}

export class RawSession implements Disposable {
  readonly socket: Socket;
  #heard = Buffer.alloc(0);
  #isOver = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("error", () => {});
    socket.on("close", () => (this.#isOver = true));
  }

  static async open(path: string): Promise<RawSession> {
    const session = new RawSession(connect({ path, allowHalfOpen: true }));
    await once(session.socket, "connect");
    return session;
  }

  /** Reads the socket from now on. */
  listen(): void {
    this.socket.on("data", (bytes: Buffer) => (this.#heard = Buffer.concat([this.#heard, bytes])));
  }

  /** Sends the greeting, and waits until streams may be opened. */
  async greet(): Promise<this> {
    this.listen();
    this.send(greeting());
    const isReady = (): boolean => this.frames.some(({ type }) => type === FrameType.ready);
    await expect.poll(isReady, PATIENCE).toBe(true);
    return this;
  }

  send(...frames: Uint8Array[]): void {
    for (const bytes of frames) this.socket.write(bytes);
  }

  /** The whole frames that have come so far. */
  get frames(): { readonly type: number; readonly flags: number; readonly body: Buffer }[] {
    const frames = [];
    for (let at = 0; at + HEADER_SIZE <= this.#heard.length;) {
      const end = at + HEADER_SIZE + this.#heard.readUInt16BE(at + 2);
      if (end > this.#heard.length) break;
      frames.push({
        type: this.#heard[at]!,
        flags: this.#heard[at + 1]!,
        body: this.#heard.subarray(at + HEADER_SIZE, end),
      });
      at = end;
    }
    return frames;
  }

  /** Waits until the vertex has ended the session; returns the code and the text of its last word. Undefined: it sent no last word. */
  async end(): Promise<{ readonly code: number; readonly text: string } | undefined> {
    if (!this.#isOver) {
      this.socket.resume();
      this.socket.once("end", () => this.socket.end());
      await once(this.socket, "close", { signal: AbortSignal.timeout(PATIENCE_MS) });
    }
    const last = this.frames.at(-1);
    if (last?.type !== FrameType.goAway || last.flags !== IS_END) return undefined;
    return { code: last.body.readUInt16BE(8), text: last.body.subarray(11).toString() };
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}
