import { writeFrame } from "./frame-writer.ts";
import type { Frame, FrameOf, NodePressure, RouteUpdate } from "./frames.ts";
import { CONTROL_FRAME_SIZE_MAX, PINGS_UNANSWERED_MAX, ROUTES_WAITING_MAX } from "./limits.ts";

/** Frames of the session itself that wait to be sent, ahead of all streams. Newer ones replace older ones about the same thing. */
export class SessionNews {
  /** HELLO, AUTH and SESSION_READY, each once. */
  #handshake: Frame[] = [];
  #goAway: FrameOf<"goAway"> | undefined;
  #pressure: NodePressure | undefined;
  readonly #routes = new Map<string, RouteUpdate>();
  #pings: number[] = [];
  #pongs: number[] = [];

  addHandshake(frame: FrameOf<"hello" | "auth" | "sessionReady">): void {
    this.#handshake.push(frame);
  }

  setGoAway(frame: FrameOf<"goAway">): void {
    this.#goAway = frame;
  }

  setPressure(pressure: NodePressure): void {
    this.#pressure = pressure;
  }

  /** False when routes of too many services wait. */
  setRoute(route: RouteUpdate): boolean {
    if (!this.#routes.has(route.service) && this.#routes.size >= ROUTES_WAITING_MAX) return false;
    this.#routes.set(route.service, route);
    return true;
  }

  addPing(number: number): void {
    this.#pings.push(number);
  }

  /** False when as many wait as the peer may have unanswered. */
  addPong(number: number): boolean {
    if (this.#pongs.length >= PINGS_UNANSWERED_MAX) return false;
    this.#pongs.push(number);
    return true;
  }

  /** The session is over: HELLO, if it was not sent yet, and this frame are the last ones. */
  close(last: FrameOf<"goAway"> | undefined): void {
    this.#handshake = last === undefined ? [] : this.#handshake.filter(({ kind }) => kind === "hello");
    this.#goAway = last;
    this.#pressure = undefined;
    this.#routes.clear();
    this.#pings = [];
    this.#pongs = [];
  }

  /** Fills `out` from `at` on; returns where it stopped. */
  write(out: Uint8Array, at: number): number {
    while (out.length - at >= CONTROL_FRAME_SIZE_MAX) {
      const frame = this.#shift();
      if (frame === undefined) return at;
      at = writeFrame(out, at, frame);
    }
    return at;
  }

  #shift(): Frame | undefined {
    const handshake = this.#handshake.shift();
    if (handshake !== undefined) return handshake;
    const pong = this.#pongs.shift();
    if (pong !== undefined) return { kind: "pong", number: pong };
    const ping = this.#pings.shift();
    if (ping !== undefined) return { kind: "ping", number: ping };
    const goAway = this.#goAway;
    this.#goAway = undefined;
    if (goAway !== undefined) return goAway;
    const pressure = this.#pressure;
    this.#pressure = undefined;
    if (pressure !== undefined) return { kind: "nodePressure", ...pressure };
    for (const [service, route] of this.#routes) {
      this.#routes.delete(service);
      return { kind: "routeUpdate", ...route };
    }
    return undefined;
  }
}
