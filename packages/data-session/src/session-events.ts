import type { TrafficClass } from "@florenetes/forwarding";
import type { NodePressure, RouteUpdate, StreamKind } from "./frames.ts";
import { EVENT_BYTES_MAX, EVENTS_MAX } from "./limits.ts";
import type { SessionLimits } from "./session-limits.ts";

/** Events for the owner of a session. Texts of the peer are as `foreignText` shows them. */
export type SessionEvent =
  /**
   * For a vertex: judge the process at the other end of the socket, and call `accept` or `close`. An empty principal is
   * that of the socket.
   */
  | { readonly kind: "authenticate"; readonly principal: string }
  /** The session is ready: streams can be opened from now on. */
  | {
      readonly kind: "ready";
      /** The principal that the workload stands for. */
      readonly principal: string;
      readonly peerName: string;
      readonly peerLimits: SessionLimits;
      /** For a workload: the services to which it may open streams; undefined: the vertex does not tell. */
      readonly services?: readonly string[];
    }
  /** The peer opens a stream or flow: `answer` or `reset` it. The stream may have bytes already. */
  | {
      readonly kind: "opened";
      readonly stream: number;
      readonly streamKind: StreamKind;
      readonly trafficClass: TrafficClass;
      readonly service: string;
      readonly principal: string;
    }
  /** The far end of our stream is there. */
  | { readonly kind: "answered"; readonly stream: number }
  /** The stream has bytes to `read`, after it had none. Read until nothing is left: the event comes only once. */
  | { readonly kind: "readable"; readonly stream: number }
  /** The stream has room again after a `write` that did not take all bytes. */
  | { readonly kind: "writable"; readonly stream: number }
  /** The peer's half has ended, and all of it was read. */
  | { readonly kind: "ended"; readonly stream: number }
  /** The far workload has taken our bytes up to `offset` and, with `isEnd`, the end. */
  | { readonly kind: "acknowledged"; readonly stream: number; readonly offset: number; readonly isEnd: boolean }
  /** Both halves have ended, and all bytes were taken: the last event of a stream, unless `reset` or `untaken` is. */
  | { readonly kind: "finished"; readonly stream: number }
  | { readonly kind: "reset"; readonly stream: number; readonly code: number; readonly text: string }
  /** The peer has gone away, or ended the session, without having looked at our stream: another try elsewhere does nothing twice. */
  | { readonly kind: "untaken"; readonly stream: number }
  /** The bytes are the session's own, in a block that datagrams which come together share: whoever keeps few of many copies them. */
  | { readonly kind: "datagram"; readonly stream: number; readonly bytes: Uint8Array }
  | { readonly kind: "pong"; readonly roundTripMs: number }
  | ({ readonly kind: "route" } & RouteUpdate)
  | ({ readonly kind: "pressure" } & NodePressure)
  /** The peer refuses new streams; those that it took go on. */
  | { readonly kind: "goAway"; readonly code: number; readonly text: string }
  /** The last event of the session. All its streams are over. */
  | { readonly kind: "closed"; readonly by: "own" | "peer" | "lost"; readonly code: number; readonly text: string };

/**
 * Events that wait to be polled. While there are many, the session handles nothing from its peer, so that their number
 * is bounded.
 */
export class EventQueue {
  readonly #waiting: SessionEvent[] = [];
  #bytes = 0;
  /** How many of `#waiting` have been polled. */
  #polled = 0;

  get isFull(): boolean {
    return this.#waiting.length - this.#polled >= EVENTS_MAX || this.#bytes >= EVENT_BYTES_MAX;
  }

  push(event: SessionEvent): void {
    this.#waiting.push(event);
    if (event.kind === "datagram") this.#bytes += event.bytes.length;
  }

  shift(): SessionEvent | undefined {
    const event = this.#waiting[this.#polled];
    if (event === undefined) return undefined;
    this.#polled++;
    if (event.kind === "datagram") this.#bytes -= event.bytes.length;
    if (this.#polled === this.#waiting.length || this.#polled === EVENTS_MAX) {
      this.#waiting.splice(0, this.#polled);
      this.#polled = 0;
    }
    return event;
  }
}
