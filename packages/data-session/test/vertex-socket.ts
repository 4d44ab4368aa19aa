import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type Socket, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeTime } from "@florenetes/scheduling";
import { onTestFinished } from "vitest";
import { DataSession, type SessionOptions } from "../src/data-session.ts";
import { SocketWire } from "../src/drivers/socket-wire.ts";
import { Role } from "../src/frames.ts";
import type { SessionEvent } from "../src/session-events.ts";
import { SessionTurns } from "../src/session-turns.ts";

/** A vertex's end of a session on a socket, for tests: notes events, and does what a test asks for. */
export class VertexEnd {
  readonly events: SessionEvent[] = [];
  readonly session: DataSession;
  readonly turns: SessionTurns;
  readonly socket: Socket;
  readonly #services: readonly string[] | undefined;
  /** Called with each event, after the event is noted. */
  onEvent: (event: SessionEvent) => void = () => {};

  /** @param services What the workload is told that it may open streams to; undefined: nothing. */
  constructor(socket: Socket, options: Partial<SessionOptions> = {}, services?: readonly string[]) {
    this.socket = socket;
    this.#services = services;
    this.session = new DataSession(
      { role: Role.vertex, name: "node-a", isReaderFar: true, ...options },
      nodeTime.now(),
    );
    const wire = new SocketWire(socket);
    this.turns = new SessionTurns({
      session: this.session,
      wire,
      time: nodeTime,
      onEvent: (event) => this.#handle(event),
    });
    wire.join(this.turns);
  }

  #handle(event: SessionEvent): void {
    this.events.push(event);
    if (event.kind === "authenticate")
      this.session.accept(event.principal === "" ? "user/alice" : event.principal, this.#services);
    this.onEvent(event);
    this.turns.plan();
  }
}

/** Listens on a Unix socket in a folder of its own for as long as the test lasts. */
export async function listenForTest(onSocket: (socket: Socket) => void): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "flor-session-"));
  const path = join(folder, "mesh.sock");
  const sockets: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket);
    onSocket(socket);
  });
  onTestFinished(async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
    await rm(folder, { recursive: true, force: true });
  });
  server.listen(path);
  await once(server, "listening");
  return path;
}

/** Listens as a vertex for tests. `ends` has the vertex's end of each connection. */
export async function openVertex(options: Partial<SessionOptions> = {}): Promise<{ path: string; ends: VertexEnd[] }> {
  const ends: VertexEnd[] = [];
  const path = await listenForTest((socket) => ends.push(new VertexEnd(socket, options)));
  return { path, ends };
}

/** Returns a handler that echoes all bytes on streams and flows that are opened to this end. */
export function echoOf(end: VertexEnd): (event: SessionEvent) => void {
  const { session } = end;
  const waiting = new Map<number, Uint8Array>();
  const ended = new Set<number>();
  const copy = (stream: number): void => {
    let left = waiting.get(stream) ?? new Uint8Array(0);
    for (;;) {
      if (left.length === 0) left = session.read(stream, 8_192);
      if (left.length === 0) break;
      const taken = session.write(stream, left);
      left = left.subarray(taken);
      if (left.length > 0) break;
    }
    waiting.set(stream, left);
    if (left.length === 0 && ended.has(stream)) session.finish(stream);
  };
  return (event) => {
    if (event.kind === "opened") session.answer(event.stream);
    else if (event.kind === "datagram") session.sendDatagram(event.stream, event.bytes);
    else if (event.kind === "ended") {
      ended.add(event.stream);
      copy(event.stream);
    } else if (event.kind === "readable" || event.kind === "writable") copy(event.stream);
  };
}
