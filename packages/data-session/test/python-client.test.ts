/** The client in Python was written from docs/protocol/data-session.md, and shares no line with this package: both are held to the page. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type Socket, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, onTestFinished, test, vi } from "vitest";
import { DataSession } from "../src/data-session.ts";
import { Role, StreamKind } from "../src/frames.ts";
import { TRANSMIT_SIZE_MIN } from "../src/limits.ts";
import type { SessionEvent } from "../src/session-events.ts";
import { VertexEnd } from "./vertex-socket.ts";

const run = promisify(execFile);

function program(name: string): string {
  return fileURLToPath(new URL(`../../../examples/data-session-python/${name}`, import.meta.url));
}

test("the client reads and writes the published vectors", async () => {
  const { stdout } = await run("python3", ["-B", program("check_vectors.py")]);
  expect(stdout).toMatch(/^\d+ frames and \d+ conversations are right\n$/);
});

/** A vertex that echoes over a socket, with a window so small that streams wait for credit. */
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

test("a workload in Python serves streams and flows of those whom it knows", async () => {
  const folder = await mkdtemp(join(tmpdir(), "flor-session-"));
  const path = join(folder, "echo.sock");
  const server = spawn("python3", ["-B", program("echo.py"), path, "user/alice"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(async () => {
    server.kill();
    await rm(folder, { recursive: true, force: true });
  });
  await once(server.stdout, "data");
  const socket = connect({ path, allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  const vertex = new VertexEnd(socket);
  const { session, turns, events } = vertex;
  const isTold = (kind: SessionEvent["kind"], stream?: number): Promise<boolean> =>
    vi.waitUntil(() =>
      events.some((event) => event.kind === kind && (!("stream" in event) || event.stream === stream)),
    );
  await isTold("ready");
  const open = (principal: string, kind: StreamKind): number =>
    session.open({ service: "web", kind, trafficClass: 0, principal })!;
  const [stream, flow, refused] = [
    open("user/alice", StreamKind.bytes),
    open("user/alice", StreamKind.datagrams),
    open("user/bob", StreamKind.bytes),
  ];
  const said = Buffer.alloc(300_000, "what is said");
  let written = 0;
  const heard: Uint8Array[] = [];
  const goOn = (): void => {
    written += session.write(stream, said.subarray(written));
    if (written === said.length) session.finish(stream);
    for (let piece = session.read(stream, 65_536); piece.length > 0; piece = session.read(stream, 65_536))
      heard.push(piece);
  };
  vertex.onEvent = goOn;
  goOn();
  session.sendDatagram(flow, Buffer.from("ping"));
  turns.plan();
  await isTold("finished", stream);
  await isTold("datagram", flow);
  await isTold("reset", refused);
  expect(Buffer.concat(heard).equals(said)).toBe(true);
  expect(events).toContainEqual({ kind: "reset", stream: refused, code: 0x04, text: "user/bob is not on the list" });
});
