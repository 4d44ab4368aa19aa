/** The data sessions of cluster vertices for agents, without vertices: what one agent opens over a link is brought to the other one. */
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import {
  DataSession,
  Role,
  type SessionEvent,
  SessionTurns,
  type SessionWire,
  StreamKind,
} from "@florenetes/data-session";
import { TrafficClass } from "@florenetes/forwarding";
import { nodeTime } from "@florenetes/scheduling";

/** An end of a session in the role of a vertex. */
class VertexSession {
  readonly session: DataSession;
  readonly socket: Socket;
  readonly #turns: SessionTurns;
  isReady = false;

  constructor(socket: Socket, onEvent: (event: SessionEvent) => void) {
    this.socket = socket;
    const options = { role: Role.vertex, name: "vertex", isReaderFar: true, takesControl: true };
    this.session = new DataSession(options, nodeTime.now());
    const handle = (event: SessionEvent): void => {
      if (event.kind === "authenticate") this.session.accept("service/fabric");
      if (event.kind === "ready") this.isReady = true;
      onEvent(event);
      this.plan();
    };
    const turns = new SessionTurns({ session: this.session, wire: wireOf(socket), time: nodeTime, onEvent: handle });
    this.#turns = turns;
    socket.on("data", (bytes: Buffer) => turns.handleBytes(bytes));
    socket.on("drain", () => turns.handleDrain());
    socket.on("end", () => turns.handleEnd());
    socket.on("close", () => turns.handleGone());
    socket.on("error", () => undefined);
  }

  plan(): void {
    this.#turns.plan();
  }
}

/** Brings streams of one agent to another: over each link, to the socket at which that agent listens. */
export class FakeVertex implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Streams that were brought. */
  brought = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  /**
   * @param path The socket at which the agent opens streams
   * @param caller The principal of that agent
   * @param listens The sockets of other agents, by the names of the links to them
   */
  static async open(path: string, caller: string, listens: Readonly<Record<string, string>>): Promise<FakeVertex> {
    const server = createServer({ allowHalfOpen: true });
    const vertex = new FakeVertex(server);
    server.on("connection", (socket) => vertex.#take(socket, caller, listens));
    server.listen(path);
    await once(server, "listening");
    return vertex;
  }

  /** Breaks all sessions, as a vertex that is killed does. */
  breakAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.breakAll();
    this.#server.close();
    await once(this.#server, "close");
  }

  #take(socket: Socket, caller: string, listens: Readonly<Record<string, string>>): void {
    this.#keep(socket);
    const pairs = new Map<number, Pair>();
    const near = new VertexSession(socket, (event) => {
      if (event.kind === "opened") {
        const path = listens[event.service];
        if (path === undefined) return near.session.reset(event.stream, 0x80, "nobody is there");
        pairs.set(event.stream, this.#bring(path, caller, near, event.stream));
      } else if ("stream" in event) {
        const pair = pairs.get(event.stream);
        if (event.kind === "readable" || event.kind === "writable") pair?.pump();
        if (event.kind === "reset") pair?.endFar(event.code, event.text);
      }
      return undefined;
    });
  }

  #bring(path: string, caller: string, near: VertexSession, id: number): Pair {
    const socket = connect({ path, allowHalfOpen: true });
    this.#keep(socket);
    const far = new VertexSession(socket, (event) => {
      if (event.kind === "ready") {
        const opened = { service: "fabric", trafficClass: TrafficClass.control, kind: StreamKind.bytes };
        pair.farId = far.session.open({ ...opened, principal: caller });
        this.brought++;
      } else if (event.kind === "answered") {
        near.session.answer(id);
        near.plan();
        pair.pump();
      } else if (event.kind === "readable" || event.kind === "writable") pair.pump();
      else if (event.kind === "reset") {
        near.session.reset(id, event.code, event.text);
        near.plan();
        far.session.goAway(0, "");
      }
    });
    const pair = new Pair(near, id, far);
    socket.once("close", () => {
      near.session.reset(id, 0x81, "the agent is gone");
      near.plan();
    });
    return pair;
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("close", () => this.#sockets.delete(socket));
  }
}

/** A stream of one agent's, and the one at the other agent's that it is joined with. */
class Pair {
  readonly #near: VertexSession;
  readonly #nearId: number;
  readonly #far: VertexSession;
  farId: number | undefined;
  /** Octets that were read, and that the other side does not take yet. */
  readonly #left = new Map<VertexSession, Uint8Array>();

  constructor(near: VertexSession, nearId: number, far: VertexSession) {
    this.#near = near;
    this.#nearId = nearId;
    this.#far = far;
  }

  pump(): void {
    if (this.farId === undefined) return;
    this.#copy(this.#near, this.#nearId, this.#far, this.farId);
    this.#copy(this.#far, this.farId, this.#near, this.#nearId);
  }

  endFar(code: number, text: string): void {
    if (this.farId !== undefined) this.#far.session.reset(this.farId, code, text);
    this.#far.session.goAway(0, "");
    this.#far.plan();
  }

  #copy(from: VertexSession, stream: number, to: VertexSession, far: number): void {
    for (;;) {
      const left = this.#left.get(from) ?? new Uint8Array(0);
      const bytes = left.length > 0 ? left : from.session.read(stream, 8_192).slice();
      if (bytes.length === 0) break;
      const taken = to.session.write(far, bytes);
      this.#left.set(from, bytes.subarray(taken));
      if (taken < bytes.length) break;
    }
    from.plan();
    to.plan();
  }
}

function wireOf(socket: Socket): SessionWire {
  return {
    write(bytes) {
      socket.write(bytes);
      return socket.writableLength === 0;
    },
    get isFull() {
      return socket.writableNeedDrain || !socket.writable;
    },
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),
  };
}
