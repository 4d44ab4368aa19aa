import {
  DataSession,
  type NodePressure,
  Role,
  type RouteUpdate,
  SessionCode,
  type SessionEvent,
  type SessionLimits,
  type SessionOptions,
  SessionTurns,
} from "@florenetes/data-session";
import type { ProcessTime } from "@florenetes/scheduling";
import { Code } from "../transport/codes.ts";
import type { LocalSocket } from "../transport/streams/local-network.ts";
import type { MemoryBudget } from "../transport/streams/memory-budget.ts";
import { STREAM_WINDOW, WAITING_MAX } from "./limits.ts";
import { type EndHost, type SessionEnd, resetFor } from "./session-end.ts";
import { SessionReading } from "./session-reading.ts";
import { SessionSocket } from "./session-socket.ts";

export interface VertexSessionHost {
  readonly time: ProcessTime;
  readonly budget: MemoryBudget;
  /** The name of this vertex, for people at the other end. */
  readonly vertex: string;
}

/** The rights of the workload: see `SessionOptions`. */
export type VertexSessionRules = Partial<SessionLimits> & Pick<SessionOptions, "takesControl">;

export interface SessionClosed {
  readonly by: "own" | "peer" | "lost";
  readonly code: number;
  readonly text: string;
}

/** The owner of a session, which gets its events. */
export interface VertexSessionOwner {
  /**
   * The workload has named the principal that it wants to stand for; empty: that of the socket. The owner answers by
   * `accept` or `close`.
   */
  handleAuthenticate(principal: string): void;
  /** The session is open: the vertex may open streams, as far as the workload accepts them. */
  handleReady(peerLimits: SessionLimits): void;
  /** The workload opens a stream or flow: `join` or reset it. */
  handleOpened(event: Extract<SessionEvent, { kind: "opened" }>): void;
  /** The far end of a stream that this vertex has opened is there. */
  handleAnswered(stream: number): void;
  /** A stream that this vertex has opened, and that was not joined yet, is over. `isUntaken`: the workload has not looked at it. */
  handleRefused(stream: number, code: number, text: string, isUntaken: boolean): void;
  /** The workload refuses new streams. */
  handleGoAway(): void;
  /** A turn of the session is over: streams may have begun and ended. */
  handleTurn(): void;
  /** A joined stream is over, whoever has ended it. */
  handleOver(stream: number): void;
  /** The session is over: no more events of its streams follow. */
  handleClosed(closed: SessionClosed): void;
  /** The socket of the session is gone, too. */
  handleGone(): void;
}

/** An owner that ignores all events. */
export const deafOwner: VertexSessionOwner = {
  handleAuthenticate: () => {},
  handleReady: () => {},
  handleOpened: () => {},
  handleAnswered: () => {},
  handleRefused: () => {},
  handleGoAway: () => {},
  handleTurn: () => {},
  handleOver: () => {},
  handleClosed: () => {},
  handleGone: () => {},
};

/**
 * This vertex's end of one data session, on a socket, with the streams that are joined to those of the transport. The
 * class does not know which end has connected.
 */
export class VertexSession implements EndHost {
  readonly session: DataSession;
  readonly #host: VertexSessionHost;
  readonly #owner: VertexSessionOwner;
  readonly #turns: SessionTurns;
  readonly #reading: SessionReading;
  readonly #ends = new Map<number, SessionEnd>();
  readonly #waiting = new Set<SessionEnd>();
  /** Bytes that are charged to the budget. */
  #charged = 0;
  #peerName = "";
  /** The reason with which the session closes when its last stream is over. */
  #leaving: { readonly code: number; readonly text: string } | undefined;

  constructor(host: VertexSessionHost, socket: LocalSocket, rules: VertexSessionRules, owner: VertexSessionOwner) {
    this.#host = host;
    this.#owner = owner;
    const { time, vertex: name } = host;
    const { takesControl, ...limits } = rules;
    const own = { role: Role.vertex, name, limits: { streamWindow: STREAM_WINDOW, ...limits } };
    this.session = new DataSession({ ...own, isReaderFar: false, takesControl }, time.now());
    const wire = new SessionSocket(socket);
    this.#turns = new SessionTurns({
      session: this.session,
      wire,
      time,
      onEvent: (event) => this.#handleEvent(event),
      onTurn: () => this.#handleTurn(),
      onGone: () => {
        this.#reading.close();
        this.#owner.handleGone();
      },
    });
    wire.join(this.#turns);
    this.#reading = new SessionReading(this.session, this.#turns, wire);
  }

  /** The workload's own name for itself; "" until it has told one. */
  get peerName(): string {
    return this.#peerName;
  }

  get streamCount(): number {
    return this.session.streamCount;
  }

  get isClosed(): boolean {
    return this.session.isClosed;
  }

  get held(): number {
    return this.session.bytesWaiting + this.session.bytesUnread;
  }

  /** @param services What the workload is told that it may open streams to; undefined: nothing */
  accept(principal: string, services?: readonly string[]): void {
    this.session.accept(principal, services);
    this.plan();
  }

  /** Joins a stream or flow to its end in the transport. */
  join(stream: number, end: SessionEnd): void {
    this.#ends.set(stream, end);
    if (end.carried !== undefined) this.#reading.join(stream, end.carried);
  }

  /** Ends a stream or flow at both of its ends, by a code of the transport. */
  giveUp(stream: number, code: number, text: string): void {
    const end = this.#ends.get(stream);
    resetFor(this, stream, code, text);
    end?.handleLost(code);
  }

  tellRoute(route: RouteUpdate): void {
    this.session.tellRoute(route);
    this.plan();
  }

  tellPressure(pressure: NodePressure): void {
    this.session.tellPressure(pressure);
    this.plan();
  }

  /** Refuses new streams; the session closes when the open ones are over. */
  goAway(code: number, text: string): void {
    this.session.goAway(code, text);
    this.#leaving = { code, text };
    this.plan();
  }

  close(code: number, text: string): void {
    this.session.close(code, text);
    this.plan();
  }

  /** Ends the session now, and sends the last frame if the socket accepts it: the process is about to end. */
  leave(): void {
    this.session.close(SessionCode.stopping, "the vertex stops");
    this.#turns.flush();
  }

  // EndHost:

  get hasRoom(): boolean {
    return this.session.bytesWaiting < WAITING_MAX;
  }

  plan(): void {
    this.#turns.plan();
  }

  forget(id: number): void {
    const end = this.#ends.get(id);
    if (end === undefined) return;
    this.#waiting.delete(end);
    this.#ends.delete(id);
    this.#reading.part(id);
    this.#owner.handleOver(id);
  }

  waitForRoom(end: SessionEnd): void {
    this.#waiting.add(end);
  }

  #handleEvent(event: SessionEvent): void {
    switch (event.kind) {
      case "authenticate":
        return this.#owner.handleAuthenticate(event.principal);
      case "ready":
        this.#peerName = event.peerName;
        return this.#owner.handleReady(event.peerLimits);
      case "opened":
        return this.#owner.handleOpened(event);
      case "goAway":
        return this.#owner.handleGoAway();
      case "closed":
        return this.#handleClosed(event);
      case "pong":
      case "route":
      case "pressure":
        return;
      default:
        return this.#handleEndEvent(event);
    }
  }

  #handleEndEvent(event: Extract<SessionEvent, { stream: number }>): void {
    const { stream, kind } = event;
    const end = this.#ends.get(stream);
    if (kind === "finished" || kind === "reset" || kind === "untaken") this.forget(stream);
    if (end !== undefined) end.handleEvent(event);
    else if (kind === "answered") this.#owner.handleAnswered(stream);
    else if (kind === "reset") this.#owner.handleRefused(stream, event.code, event.text, false);
    else if (kind === "untaken") this.#owner.handleRefused(stream, Code.stopping, "", true);
  }

  #handleClosed({ by, code, text }: SessionClosed): void {
    const ends = [...this.#ends];
    this.#ends.clear();
    this.#waiting.clear();
    for (const [id, end] of ends) {
      end.handleLost(Code.workloadReset);
      this.#owner.handleOver(id);
    }
    this.#owner.handleClosed({ by, code, text });
  }

  #handleTurn(): void {
    const { held } = this;
    if (held !== this.#charged) this.#host.budget.change(held - this.#charged);
    this.#charged = held;
    this.#goOn();
    this.#reading.handleTurn();
    if (this.#leaving !== undefined && this.streamCount === 0 && !this.isClosed)
      this.close(this.#leaving.code, this.#leaving.text);
    this.#owner.handleTurn();
  }

  /** Resumes ends that have waited for the workload to read. */
  #goOn(): void {
    if (this.#waiting.size === 0 || this.session.bytesWaiting > WAITING_MAX / 2) return;
    for (const end of this.#waiting) {
      if (!this.hasRoom) return;
      this.#waiting.delete(end);
      end.handleRoom();
    }
  }
}
