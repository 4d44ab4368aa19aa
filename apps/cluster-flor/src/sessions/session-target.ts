import { type NodePressure, type SessionLimits, StreamKind } from "@florenetes/data-session";
import type { WakeUpTimer } from "@florenetes/scheduling";
import { Code, codeText } from "../transport/codes.ts";
import type { OwnFlowWorkload } from "../transport/own/own-flow.ts";
import type { OwnCaller, OwnDialled, OwnService } from "../transport/own/own-service.ts";
import type { OwnWorkload } from "../transport/own/own-stream.ts";
import type { LocalNetwork, LocalSocket } from "../transport/streams/local-network.ts";
import { BridgedFlow } from "./bridged-flow.ts";
import { BridgedStream } from "./bridged-stream.ts";
import { type Asked, SessionCall } from "./session-call.ts";
import { IDLE_MS } from "./limits.ts";
import { transportCode } from "./session-end.ts";
import { VertexSession, type VertexSessionHost, type VertexSessionOwner, deafOwner } from "./vertex-session.ts";

export interface SessionTargetHost extends VertexSessionHost {
  readonly local: LocalNetwork;
  /** The pressure of this vertex; undefined: not worth telling. */
  readonly pressure: NodePressure | undefined;
  /** The workload of a service has ended its session, or takes no more streams over it. */
  readonly onTargetGone: (service: string) => void;
}

export interface SessionTargetOptions {
  /** The service whose target the workload is. */
  readonly service: string;
  /** The workload's socket. */
  readonly path: string;
  /** How long connecting to the socket may take. */
  readonly dialMs: number;
}

/** The refusal of a stream. */
interface Refused {
  readonly code: number;
  readonly text: string;
  readonly isUntaken: boolean;
}

const opensElsewhere = "this session is for streams that come in: open yours at a socket of `sessions`";

/**
 * A workload that serves over a data session: the target of a service. The session begins when a peer opens a
 * stream, and ends when it had no streams for a while. Its streams name their callers, who share it (`SessionCall`).
 *
 *     no session ──a stream──▶ dialling ──connected──▶ greeting ──ready──▶ open ──idle, gone away, lost──▶ no session
 */
export class SessionTarget implements OwnService {
  readonly #host: SessionTargetHost;
  readonly #options: SessionTargetOptions;
  readonly #timer: WakeUpTimer;
  /** Streams and flows that wait for a session. */
  readonly #waiting = new Set<Asked>();
  /** All sessions: the present one, and those that go on until their last stream is over. */
  readonly #calls = new Set<SessionCall>();
  #current: SessionCall | undefined;
  #isDialling = false;
  #usedAt = 0;
  #total = 0;

  constructor(host: SessionTargetHost, options: SessionTargetOptions) {
    this.#host = host;
    this.#options = options;
    this.#timer = host.time.wakeUps.timer(() => this.#handleTimer());
  }

  /** The number of sessions so far. */
  get total(): number {
    return this.#total;
  }

  get isOpen(): boolean {
    return this.#current?.isReady === true;
  }

  dialStream(caller: OwnCaller, dialled: OwnDialled<OwnWorkload>): () => void {
    return this.#ask({
      caller,
      kind: StreamKind.bytes,
      connect: (session, id) => {
        dialled.handleConnected((stream) => {
          const end = new BridgedStream(session, id, stream);
          session.join(id, end);
          return end;
        });
      },
      fail: (code, text) => dialled.handleFailed(code, text),
      cancel: () => {},
      isSecond: false,
    });
  }

  dialFlow(caller: OwnCaller, dialled: OwnDialled<OwnFlowWorkload>): () => void {
    return this.#ask({
      caller,
      kind: StreamKind.datagrams,
      connect: (session, id) => {
        dialled.handleConnected((flow) => {
          const end = new BridgedFlow(session, id, flow, undefined);
          session.join(id, end);
          return end;
        });
      },
      fail: (code, text) => dialled.handleFailed(code, text),
      cancel: () => {},
      isSecond: false,
    });
  }

  tellPressure(pressure: NodePressure): void {
    if (this.isOpen) this.#current?.session.tellPressure(pressure);
  }

  /** The workload is the target of no service any more: its session ends with its last stream. */
  leave(): void {
    if (this.#current !== undefined) this.#leave(this.#current);
  }

  /** Ends the workload's sessions now. */
  close(): void {
    this.#timer.close();
    for (const { session } of this.#calls) session.leave();
  }

  #ask(asked: Asked): () => void {
    this.#usedAt = this.#host.time.now();
    this.#open(asked);
    return () => {
      this.#waiting.delete(asked);
      asked.cancel();
    };
  }

  #open(asked: Asked): void {
    const call = this.#current;
    if (call?.isReady !== true) {
      this.#waiting.add(asked);
      if (call === undefined) this.#dial();
      return;
    }
    call.ask(asked);
  }

  #dial(): void {
    if (this.#isDialling) return;
    this.#isDialling = true;
    const { path, dialMs } = this.#options;
    this.#host.local.dial({ kind: "unix", path }, dialMs, {
      handleConnected: (socket) => {
        this.#isDialling = false;
        this.#begin(socket);
      },
      handleFailed: (code, text) => {
        this.#isDialling = false;
        this.#failWaiting(code, text);
      },
    });
  }

  #begin(socket: LocalSocket): void {
    const owner: VertexSessionOwner = {
      ...deafOwner,
      // The vertex has connected to the workload's socket, whose path is that of the service: so the workload stands
      // for the service.
      handleAuthenticate: () => call.session.accept(`service/${this.#options.service}`),
      handleReady: (peerLimits) => this.#handleReady(call, peerLimits),
      handleOpened: ({ stream }) => call.session.session.reset(stream, Code.unsupported, opensElsewhere),
      handleAnswered: (stream) => call.handleAnswered(stream),
      handleRefused: (stream, code, text, isUntaken) => this.#handleRefused(call, stream, { code, text, isUntaken }),
      handleGoAway: () => {
        this.#leave(call);
        this.#host.onTargetGone(this.#options.service);
      },
      handleOver: (stream) => call.handleOver(stream),
      handleTurn: () => call.openWaiting(),
      handleClosed: ({ code, text }) => this.#handleClosed(call, code, text),
    };
    const session = new VertexSession(this.#host, socket, {}, owner);
    const call = new SessionCall(session, this.#options.service);
    this.#calls.add(call);
    this.#current = call;
    this.#total++;
  }

  #handleReady(call: SessionCall, peerLimits: SessionLimits): void {
    call.handleReady(peerLimits);
    const { pressure, time } = this.#host;
    if (pressure !== undefined) call.session.tellPressure(pressure);
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const asked of waiting) this.#open(asked);
    this.#timer.set(time.now() + IDLE_MS);
  }

  #handleRefused(call: SessionCall, stream: number, { code, text, isUntaken }: Refused): void {
    const asked = call.handleRefused(stream);
    if (asked === undefined) return;
    // The workload has not looked at the stream: it may be tried once more, on another session.
    if (isUntaken && !asked.isSecond) {
      asked.isSecond = true;
      this.#open(asked);
    } else asked.fail(transportCode(code, asked.kind === StreamKind.datagrams), text);
  }

  /**
   * The session takes no new streams: the next stream gets another session. Present streams are answered, or told as
   * untaken, and go on.
   */
  #leave(call: SessionCall): void {
    if (call === this.#current) this.#current = undefined;
    call.session.goAway(Code.done, "");
    for (const asked of call.takeWaiting()) this.#open(asked);
  }

  #handleClosed(call: SessionCall, code: number, text: string): void {
    this.#calls.delete(call);
    const why = `the workload at ${this.#options.path} ended its data session: ${codeText(code, text)}`;
    call.fail(Code.targetDown, why);
    if (call !== this.#current) return;
    this.#current = undefined;
    this.#failWaiting(Code.targetDown, why);
    this.#host.onTargetGone(this.#options.service);
  }

  #failWaiting(code: number, text: string): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const { fail } of waiting) fail(code, text);
  }

  #handleTimer(): void {
    const call = this.#current;
    if (call?.isReady !== true) return;
    const now = this.#host.time.now();
    if (call.session.streamCount > 0) this.#usedAt = now;
    if (now >= this.#usedAt + IDLE_MS) this.#leave(call);
    else this.#timer.set(this.#usedAt + IDLE_MS);
  }
}
