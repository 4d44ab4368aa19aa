import { EventEmitter, once } from "node:events";
import { type Socket, connect } from "node:net";
import { TrafficClass, type TrafficClassName } from "@florenetes/forwarding";
import { nodeTime } from "@florenetes/scheduling";
import { SessionCode } from "../codes.ts";
import { DataSession } from "../data-session.ts";
import { type NodePressure, Role, type RouteUpdate, StreamKind } from "../frames.ts";
import type { SessionEvent } from "../session-events.ts";
import type { SessionLimits } from "../session-limits.ts";
import { SessionTurns } from "../session-turns.ts";
import { SocketWire } from "./socket-wire.ts";
import { SessionError, StreamError, goneAway } from "./stream-errors.ts";
import { WorkloadFlow } from "./workload-flow.ts";
import { type Opened, type StreamSession, WorkloadStream } from "./workload-stream.ts";

/** The number of services whose routes are remembered: those that were told last. */
const ROUTES_MAX = 1_024;
/** The code that resets a stream or flow without a handler (docs/protocol/transport.md: UNKNOWN_SERVICE). */
const UNKNOWN_SERVICE = 0x05;

export interface WorkloadSessionOptions {
  /** For people at the other end. */
  readonly name?: string;
  /** The principal that the workload wants to stand for, as `user/alice`; default: that of the socket. */
  readonly principal?: string;
  /** Limits of this end that differ from `DEFAULT_LIMITS`. */
  readonly limits?: Partial<SessionLimits>;
  /** Gets the streams that the other end opens: `answer` each, or `reset` it. Without it they are reset. */
  readonly onStream?: (stream: WorkloadStream) => void;
  /** Gets the flows that the other end opens. */
  readonly onFlow?: (flow: WorkloadFlow) => void;
  /** True: the other end may open streams of the class `control`, as to a control agent. */
  readonly takesControl?: boolean;
}

export interface OpenStreamOptions {
  /** `control` is taken at the socket for the node's control agent alone. */
  readonly class?: TrafficClassName;
  /** Ends the wait for a place among the open streams. (For the stream itself there is `addAbortSignal` of node:stream.) */
  readonly signal?: AbortSignal;
}

interface SessionNews {
  /** The state of the route to a service. */
  route: [RouteUpdate];
  /** The pressure of the other end's node, and the action that it asks for. */
  pressure: [NodePressure];
  /** The other end refuses new streams; those that it has taken go on. */
  goAway: [code: number, text: string];
  /** The session is over; the last event. */
  close: [SessionError];
}

type WorkloadEnd = WorkloadStream | WorkloadFlow;

/**
 * A workload's end of a data session (docs/protocol/data-session.md) on a Unix socket: `connectSession` makes one.
 *
 *     await using session = await connectSession("/run/chat/mesh.sock", { name: "chat" });
 *     const stream = await session.open("web", { class: "interactive" });
 *     stream.end("hello");
 *     for await (const piece of stream) …
 */
export class WorkloadSession extends EventEmitter<SessionNews> implements StreamSession, AsyncDisposable {
  readonly session: DataSession;
  /** The principal that this workload stands for, as the vertex says. */
  principal = "";
  /** The name of the vertex, for people. */
  vertex = "";
  /** The services to which streams may be opened, as they were when the session began; undefined: the vertex does not tell. */
  services: readonly string[] | undefined;
  readonly #options: WorkloadSessionOptions;
  readonly #turns: SessionTurns;
  readonly #streams = new Map<number, WorkloadEnd>();
  readonly #routes = new Map<string, RouteUpdate>();
  /** Callers that wait for a place. Each call opens the caller's stream, or fails it; false: there is no place. */
  readonly #waiting: (() => boolean)[] = [];
  readonly #pongs: ((roundTripMs: number) => void)[] = [];
  readonly #settled: Promise<void>;
  #settle!: (error?: SessionError) => void;
  #pressure: NodePressure | undefined;
  #isGoingAway = false;
  #error: SessionError | undefined;

  /** The caller waits for `ready`. */
  constructor(socket: Socket, options: WorkloadSessionOptions = {}) {
    super();
    this.#options = options;
    const { name = "", principal = "", limits = {}, takesControl } = options;
    const more = { name, principal, limits, isReaderFar: true, takesControl };
    this.session = new DataSession({ role: Role.workload, ...more }, nodeTime.now());
    this.#settled = new Promise((done, failed) => {
      this.#settle = (error) => (error === undefined ? done() : failed(error));
    });
    // A caller that does not wait for `ready` learns of the end by `close`.
    this.#settled.catch(() => {});
    const wire = new SocketWire(socket);
    const onEvent = (event: SessionEvent): void => this.#handleEvent(event);
    // A stream that was reset here keeps its place until its reset has been sent.
    const onTurn = (): void => this.#tellWaiting();
    this.#turns = new SessionTurns({ session: this.session, wire, time: nodeTime, onEvent, onTurn });
    wire.join(this.#turns);
  }

  /** Waits until streams can be opened. Rejects with a `SessionError`. */
  ready(): Promise<void> {
    return this.#settled;
  }

  /**
   * Opens a stream, after a wait for a place while the other end accepts no more. Bytes may be written at once. Rejects
   * with a `SessionError`, or with a `StreamError` (`isUntaken`) when the other end refuses new streams.
   */
  async open(service: string, options: OpenStreamOptions = {}): Promise<WorkloadStream> {
    return this.#open(service, StreamKind.bytes, options, (opened) => new WorkloadStream(this, opened));
  }

  /** Opens a flow of datagrams, as `open` does a stream. */
  async openFlow(service: string, options: OpenStreamOptions = {}): Promise<WorkloadFlow> {
    return this.#open(service, StreamKind.datagrams, options, (opened) => new WorkloadFlow(this, opened));
  }

  /** The routes to services, by the services' names, as far as the vertex has told them. */
  get routes(): ReadonlyMap<string, RouteUpdate> {
    return this.#routes;
  }

  /** The pressure of the vertex's node; undefined when it has told none. */
  get pressure(): NodePressure | undefined {
    return this.#pressure;
  }

  get closed(): boolean {
    return this.#error !== undefined;
  }

  /**
   * Sends a PING, and waits for the answer. Resolves with the round trip in milliseconds; rejects when the session is
   * over, or too many are unanswered.
   */
  async ping(): Promise<number> {
    if (!this.session.ping(nodeTime.now()))
      throw this.#error ?? new Error("too many signs of life are asked for at once");
    this.plan();
    return new Promise((done, failed) => {
      const lost = (error: SessionError): void => failed(error);
      this.once("close", lost);
      this.#pongs.push((roundTripMs) => {
        this.off("close", lost);
        done(roundTripMs);
      });
    });
  }

  /** Tells the vertex this workload's pressure. */
  tellPressure(pressure: NodePressure): void {
    this.session.tellPressure(pressure);
    this.plan();
  }

  /** Refuses and opens no new streams; `close` follows when the open ones have ended. */
  goAway(code: number = SessionCode.stopping, text: string = ""): void {
    this.#isGoingAway = true;
    this.session.goAway(code, text);
    this.#tellWaiting();
    this.plan();
  }

  /** Ends the session with all its streams, and waits until it is over. */
  async close(code: number = SessionCode.done, text: string = ""): Promise<void> {
    if (this.#error !== undefined) return;
    const closed = once(this, "close");
    this.session.close(code, text);
    this.plan();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  plan(): void {
    this.#turns.plan();
  }

  forget(id: number): void {
    if (this.#streams.delete(id)) this.#tellWaiting();
  }

  async #open<End extends WorkloadEnd>(
    service: string,
    kind: StreamKind,
    { class: name = "reliable", signal }: OpenStreamOptions,
    make: (opened: Opened) => End,
  ): Promise<End> {
    const trafficClass = TrafficClass[name];
    await this.#settled;
    signal?.throwIfAborted();
    return new Promise((done, failed) => {
      const settle = (): void => signal?.removeEventListener("abort", tryOpen);
      const tryOpen = (): boolean => {
        const error = this.#error ?? (this.#isGoingAway ? goneAway() : undefined);
        if (signal?.aborted === true || error !== undefined) failed(error ?? (signal!.reason as Error));
        else {
          const id = this.session.open({ service, trafficClass, kind, principal: "" });
          if (id === undefined) return false;
          const end = make({ id, service, trafficClass, caller: "", isOwn: true });
          this.#streams.set(id, end);
          this.plan();
          done(end);
        }
        settle();
        return true;
      };
      signal?.addEventListener("abort", tryOpen, { once: true });
      this.#waiting.push(tryOpen);
      this.#tellWaiting();
    });
  }

  /** Gives free places to waiting callers, in the order in which they came. */
  #tellWaiting(): void {
    while (this.#waiting[0]?.() === true) this.#waiting.shift();
  }

  #handleEvent(event: SessionEvent): void {
    switch (event.kind) {
      case "ready":
        this.principal = event.principal;
        this.vertex = event.peerName;
        this.services = event.services;
        return this.#settle();
      case "opened":
        return this.#handleOpened(event);
      case "pong":
        return this.#pongs.shift()?.(event.roundTripMs);
      case "route":
        return this.#handleRoute(event);
      case "pressure":
        this.#pressure = event;
        return void this.emit("pressure", event);
      case "goAway":
        this.#isGoingAway = true;
        this.#tellWaiting();
        return void this.emit("goAway", event.code, event.text);
      case "closed":
        return this.#handleClosed(new SessionError(event.by, event.code, event.text));
      case "authenticate":
        return;
      default:
        return this.#handleStreamEvent(event);
    }
  }

  #handleStreamEvent(event: Extract<SessionEvent, { stream: number }>): void {
    const end = this.#streams.get(event.stream);
    if (end instanceof WorkloadStream) handleStreamEvent(end, event);
    else if (end instanceof WorkloadFlow) handleFlowEvent(end, event);
  }

  #handleOpened({ stream: id, streamKind, ...opened }: Extract<SessionEvent, { kind: "opened" }>): void {
    const { onStream, onFlow } = this.#options;
    const isWanted = streamKind === StreamKind.bytes ? onStream !== undefined : onFlow !== undefined;
    if (!isWanted) return this.session.reset(id, UNKNOWN_SERVICE, "nobody serves it here");
    const { service, trafficClass, principal: caller } = opened;
    const facts = { id, service, trafficClass, caller, isOwn: false };
    const end = streamKind === StreamKind.bytes ? new WorkloadStream(this, facts) : new WorkloadFlow(this, facts);
    this.#streams.set(id, end);
    if (end instanceof WorkloadStream) onStream?.(end);
    else onFlow?.(end);
  }

  #handleRoute(route: RouteUpdate): void {
    this.#routes.delete(route.service);
    this.#routes.set(route.service, route);
    if (this.#routes.size > ROUTES_MAX) this.#routes.delete(this.#routes.keys().next().value!);
    this.emit("route", route);
  }

  #handleClosed(error: SessionError): void {
    this.#error = error;
    // A caller that closes a session normally knows that its streams end.
    const lost = error.by === "own" && error.code === SessionCode.done ? undefined : error;
    for (const end of this.#streams.values()) {
      if (end instanceof WorkloadStream) end.handleLost(lost);
      else end.handleOver(lost);
    }
    this.#tellWaiting();
    this.#settle(error);
    this.emit("close", error);
  }
}

function handleStreamEvent(stream: WorkloadStream, event: Extract<SessionEvent, { stream: number }>): void {
  switch (event.kind) {
    case "answered":
      return stream.handleAnswered();
    case "readable":
      return stream.handleReadable();
    case "writable":
      return stream.handleWritable();
    case "ended":
      return stream.handleEnded();
    case "acknowledged":
      return stream.handleAcknowledged(event.offset, event.isEnd);
    case "finished":
      return stream.handleFinished();
    case "reset":
      return stream.handleLost(new StreamError(event.code, event.text));
    case "untaken":
      return stream.handleLost(goneAway());
    default:
      return;
  }
}

function handleFlowEvent(flow: WorkloadFlow, event: Extract<SessionEvent, { stream: number }>): void {
  switch (event.kind) {
    case "answered":
      return flow.handleAnswered();
    case "datagram":
      return flow.handleDatagram(event.bytes);
    case "reset":
      return flow.handleOver(event.code === SessionCode.done ? undefined : new StreamError(event.code, event.text));
    case "untaken":
      return flow.handleOver(goneAway());
    default:
      return;
  }
}

/**
 * Connects to the socket of a vertex, and waits until streams can be opened. Rejects with a system error, or with a
 * `SessionError`.
 */
export async function connectSession(path: string, options: WorkloadSessionOptions = {}): Promise<WorkloadSession> {
  const socket = connect({ path, allowHalfOpen: true });
  await once(socket, "connect");
  return openSession(socket, options);
}

/**
 * Speaks the workload's part on a connected Unix socket: for workloads that serve, and are called by their vertex (`target:
 * session+unix:…`). The server that has accepted the socket needs `allowHalfOpen: true`. Rejects with a `SessionError`.
 */
export async function openSession(socket: Socket, options: WorkloadSessionOptions = {}): Promise<WorkloadSession> {
  const session = new WorkloadSession(socket, options);
  await session.ready();
  return session;
}
