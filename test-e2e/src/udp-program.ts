/** UDP sockets of the tests' own process, as clients and targets of datagrams. */
import { once } from "node:events";
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { expect } from "vitest";
import { PATIENCE_MS } from "./patience.ts";

const LOOPBACK = "127.0.0.1";
/** The milliseconds after which a client without an answer asks again. */
const ASK_AGAIN_MS = 500;

/** A socket on loopback, on any port. */
async function openUdp(): Promise<Socket> {
  const socket = createSocket("udp4");
  // The workload for which an answer was meant may have gone.
  socket.on("error", () => undefined);
  socket.bind(0, LOOPBACK);
  await once(socket, "listening");
  return socket;
}

/** A target that answers each datagram with a word and the same bytes. */
export async function openUdpEcho(word = ""): Promise<Socket> {
  const socket = await openUdp();
  socket.on("message", (bytes: Buffer, { port, address }: RemoteInfo) => {
    socket.send(Buffer.concat([Buffer.from(word), bytes]), port, address, () => undefined);
  });
  return socket;
}

/** A client of one tunnel, with a port of its own. */
export class UdpClient implements Disposable {
  readonly received: Buffer[] = [];
  readonly #socket: Socket;
  readonly #port: number;

  private constructor(socket: Socket, port: number) {
    this.#socket = socket;
    this.#port = port;
    socket.on("message", (bytes: Buffer) => this.received.push(bytes));
  }

  static async open(port: number): Promise<UdpClient> {
    return new UdpClient(await openUdp(), port);
  }

  send(bytes: Uint8Array | string): void {
    this.#socket.send(bytes, this.#port, LOOPBACK, () => undefined);
  }

  /** Sends words, again and again as datagrams may be lost, until an answer comes that ends with them; returns the answer. */
  async ask(words: Uint8Array | string): Promise<Buffer> {
    const bytes = Buffer.from(words);
    const answer = (): Buffer | undefined => this.received.find((each) => each.subarray(-bytes.length).equals(bytes));
    let askedAt = Number.NEGATIVE_INFINITY;
    const hasAnswer = (): boolean => {
      if (bytes.length === 0 ? this.received.length > 0 : answer() !== undefined) return true;
      if (performance.now() < askedAt + ASK_AGAIN_MS) return false;
      askedAt = performance.now();
      this.send(bytes);
      return false;
    };
    await expect.poll(hasAnswer, { timeout: PATIENCE_MS, interval: 5 }).toBe(true);
    return answer() ?? this.received[0]!;
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}

/** A port of loopback without a listener. */
export async function deafUdpPort(): Promise<number> {
  const socket = await openUdp();
  const { port } = socket.address();
  socket.close();
  await once(socket, "close");
  return port;
}

/** Whether this system tells a sender that such a port has no listener. It may have told too many others already: its rate has a limit. */
export async function tellsUnreachable(): Promise<boolean> {
  const socket = createSocket("udp4");
  let told = 0;
  socket.on("error", () => told++);
  socket.connect(await deafUdpPort(), LOOPBACK);
  await once(socket, "connect");
  for (let tries = 0; tries < 10; tries++) {
    socket.send("?", () => undefined);
    await new Promise((done) => setTimeout(done, 100));
    if (told > 0) break;
  }
  socket.close();
  return told > 0;
}
