/** The client in Python was written from docs/data-session.md, and shares no line with this package: each of the two holds the other to the page. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { DataSession } from "../src/data-session.ts";
import { Role } from "../src/frames.ts";
import { TRANSMIT_SIZE_MIN } from "../src/limits.ts";
import type { SessionEvent } from "../src/session-events.ts";

const run = promisify(execFile);

function program(name: string): string {
  return fileURLToPath(new URL(`../../../examples/data-session-python/${name}`, import.meta.url));
}

test("the client reads and writes the published vectors", async () => {
  const { stdout } = await run("python3", ["-B", program("check_vectors.py")]);
  expect(stdout).toMatch(/^\d+ frames and \d+ conversations are right\n$/);
});

/** A vertex that gives back what it gets, over a socket: with a window so small that streams wait for credit. */
class EchoVertex {
  readonly #session: DataSession;
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Buffer>();
  readonly #ended = new Set<number>();
  readonly #out = new Uint8Array(TRANSMIT_SIZE_MIN);

  constructor(socket: Socket) {
    const limits = { streams: 50, streamWindow: 1_000 };
    this.#session = new DataSession({ role: Role.vertex, name: "echo", limits, isReaderFar: true }, 0);
    this.#socket = socket;
    socket.on("data", (bytes) => {
      for (let at = 0; at < bytes.length;) {
        at += this.#session.handleBytes(bytes.subarray(at), 0);
        this.#turn();
      }
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#session.handleEnd());
    this.#turn();
  }

  #turn(): void {
    for (let event = this.#session.pollEvent(); event !== undefined; event = this.#session.pollEvent()) {
      this.#handle(event);
    }
    for (let size = -1; size !== 0;) {
      size = this.#session.pollTransmit(this.#out);
      if (size > 0) this.#socket.write(this.#out.slice(0, size));
      for (let event = this.#session.pollEvent(); event !== undefined; event = this.#session.pollEvent()) {
        this.#handle(event);
      }
    }
  }

  #handle(event: SessionEvent): void {
    const session = this.#session;
    if (event.kind === "authenticate") session.accept("user/alice");
    else if (event.kind === "opened") session.answer(event.stream);
    else if (event.kind === "datagram") session.sendDatagram(event.stream, event.bytes);
    else if (event.kind === "ended") this.#ended.add(event.stream);
    if (event.kind === "readable" || event.kind === "writable" || event.kind === "ended") this.#echo(event.stream);
  }

  #echo(stream: number): void {
    let waiting = this.#waiting.get(stream) ?? Buffer.alloc(0);
    for (let piece = this.#session.read(stream, 400); piece.length > 0; piece = this.#session.read(stream, 400)) {
      waiting = Buffer.concat([waiting, piece]);
    }
    waiting = waiting.subarray(this.#session.write(stream, waiting));
    this.#waiting.set(stream, waiting);
    if (waiting.length === 0 && this.#ended.has(stream)) this.#session.finish(stream);
  }
}

test("its 200 streams, of which 50 may be open at once, and its datagrams come back over one session", async () => {
  const folder = await mkdtemp(join(tmpdir(), "flor-session-"));
  const path = join(folder, "mesh.sock");
  const server = createServer((socket) => void new EchoVertex(socket));
  onTestFinished(async () => {
    server.close();
    await rm(folder, { recursive: true, force: true });
  });
  server.listen(path);
  await once(server, "listening");
  const { stdout } = await run("python3", ["-B", program("chat.py"), path, "echo", "200"]);
  expect(stdout).toMatch(/^user\/alice: 200 streams had back \d+ bytes, and 10 datagrams came back\n$/);
});
