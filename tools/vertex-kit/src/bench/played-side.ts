import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { decodeMessage, encodeMessage, type PortalBody, type PortalMessage } from "@florenetes/portal-api";
import { demand, Unmet } from "../judgement.ts";
import { HEARD_MAX, PATIENCE_MS, POLL_MS } from "../limits.ts";
import { coreWaitMs } from "./core-wait.ts";
import { FlorioSocket } from "./florio-socket.ts";
import { controlFrame, dataFrame, type Header, type HeardFrame, type Offence, readFrame } from "./frames.ts";
import type { VertexProcess } from "./vertex-process.ts";

const BEAT_MS = 100;
const REPEAT_MS = 100;
/** The most times by which a check prolongs its listening on a busy machine. */
const STRETCH_MAX = 8;

/** The socket of a played side, and that of the vertex. */
export interface SocketPaths {
  readonly bind: string;
  readonly connect: string;
}

export type BodyOf<Kind extends PortalBody["kind"]> = PortalBody & { readonly kind: Kind };

/** A message of the vertex, and the time at which it came. */
export interface Heard extends PortalMessage {
  readonly at: number;
  /** The number of the message's frame among all frames that this side has heard, DATA and CONTROL. */
  readonly frame: number;
}

/** A message whose kind is known. */
export type HeardBody<Kind extends PortalBody["kind"]> = Heard & { readonly body: BodyOf<Kind> };

/** A packet of the vertex, the handle that it came under, and the number of its frame. */
export interface HeardPacket {
  readonly handle: number;
  readonly packet: Uint8Array;
  readonly frame: number;
}

/** Fields of a message that a check may set to wrong values. */
export interface Envelope {
  readonly instance?: string;
  readonly attachment?: number;
  readonly requestId?: number;
  /** The header of the message's frame. */
  readonly frame?: Header;
}

/**
 * A played partner of a vertex that is judged: sends what a check tells it to send, and keeps all that it hears. A subclass plays the link
 * vertex or the cluster vertex.
 */
export abstract class PlayedSide {
  readonly name: string;
  readonly vertex: VertexProcess;
  /** Whether this side plays the link vertex or the cluster vertex. */
  protected abstract readonly isLinkVertex: boolean;
  readonly #paths: SocketPaths;
  #socket: FlorioSocket | undefined;
  #beating: NodeJS.Timeout | undefined;
  #startedAt = 0;
  #instance = "";
  /** Counts on through all lives, so that a late answer to an earlier life is not taken for another answer. */
  #lastRequestId = 0;
  #frames = 0;
  /** The present attachment of this side; 0: none. */
  attachment = 0;
  /** The time at which the socket was connected last. */
  connectedAt = 0;
  isBeating = true;
  heard: Heard[] = [];
  packets: HeardPacket[] = [];
  /** All faults of frames and messages in the whole run, with the requirements that they break. */
  readonly offences: Offence[] = [];
  /** Errors by which sends have found the vertex gone. */
  readonly losses: string[] = [];
  /** While set, takes packets in the place of `packets`. */
  onPacket: ((packet: Uint8Array) => void) | undefined;

  constructor(name: string, vertex: VertexProcess, paths: SocketPaths) {
    this.name = name;
    this.vertex = vertex;
    this.#paths = paths;
  }

  /** Sends a heartbeat. */
  abstract beat(envelope?: Envelope): void;

  /** Handles a message that has come and is kept. */
  protected abstract handleMessage(message: Heard): void;

  /** How long a check waits for something that has to come. */
  protected get patienceMs(): number {
    return PATIENCE_MS;
  }

  /** Whether the socket is connected to the vertex's present life. The end of an earlier life is noticed only by a look at the socket. */
  get isConnected(): boolean {
    return this.#socket?.isConnected === true && this.connectedAt >= this.vertex.startedAt;
  }

  get instance(): string {
    return this.#instance;
  }

  get startedAt(): number {
    return this.#startedAt;
  }

  /** Why the socket is not connected to the vertex. */
  get waitingFor(): string {
    return this.#socket === undefined ? "no socket" : this.#socket.waitingFor;
  }

  nextRequestId(): number {
    return ++this.#lastRequestId;
  }

  /** Begins another life, like a process that is started again: as another instance, which knows nothing. The socket stays. */
  begin(): void {
    this.#instance = randomBytes(8).toString("hex");
    this.#startedAt = Math.max(Date.now(), this.#startedAt + 1);
    this.attachment = 0;
    this.isBeating = true;
    this.forget();
    this.onPacket = undefined;
    this.openSocket();
  }

  /** Forgets all messages and packets. States are kept. */
  forget(): void {
    this.heard = [];
    this.packets = [];
  }

  openSocket(): void {
    this.#socket ??= new FlorioSocket(this.#paths.bind, this.#paths.connect, {
      onFrame: (frame) => this.#handleFrame(frame),
      onConnected: () => {
        this.connectedAt = performance.now();
        this.beat();
      },
      onGone: (errno) => void this.losses.push(errno),
      onDoubt: () => {
        if (this.isBeating) this.beat();
      },
    });
    this.#beating ??= setInterval(() => {
      if (this.isBeating) this.beat();
    }, BEAT_MS);
  }

  /** @param leavesFile leaves the socket's file, as a killed process does */
  closeSocket(leavesFile = false): void {
    clearInterval(this.#beating);
    this.#beating = undefined;
    this.#socket?.close(leavesFile);
    this.#socket = undefined;
  }

  /** Sends bytes as one frame. @returns "" when they were sent, else the reason */
  sendFrame(frame: Uint8Array): string {
    return this.#socket?.send(frame) ?? "no socket";
  }

  sendPackets(handle: number, ...packets: readonly Uint8Array[]): string {
    return this.sendFrame(dataFrame(handle, packets));
  }

  /** Sends a message once. @returns its request_id */
  send(body: PortalBody, { frame, ...envelope }: Envelope = {}): number {
    const message = { instance: this.#instance, attachment: this.attachment, requestId: 0, ...envelope, body };
    this.sendFrame(controlFrame(encodeMessage(message), frame));
    return message.requestId;
  }

  /** Sends a request again and again until it is answered. */
  async ask(body: PortalBody, envelope: Envelope = {}, withinMs?: number): Promise<Heard> {
    const requestId = envelope.requestId ?? this.nextRequestId();
    let sentAt = -Infinity;
    return this.until(
      `an answer to ${body.kind}`,
      () => {
        const answer = this.heard.find((message) => message.requestId === requestId && isAnswer(message));
        if (answer === undefined && performance.now() - sentAt >= REPEAT_MS) {
          this.send(body, { ...envelope, requestId });
          sentAt = performance.now();
        }
        return answer;
      },
      withinMs,
    );
  }

  /** Waits until `find` finds something. @throws Unmet when it does not in time */
  async until<Found>(
    what: string,
    find: () => Found | undefined | false,
    withinMs: number = this.patienceMs,
  ): Promise<Found> {
    const start = performance.now();
    for (;;) {
      const found = find();
      if (found !== undefined && found !== false) return found;
      const end = this.vertex.unwantedEnd;
      if (end !== undefined)
        throw new Unmet(
          `${this.name}: the process ended (${end.signal ?? `code ${end.code}`}): ${this.vertex.lastLines}`,
        );
      if (performance.now() - start > withinMs) break;
      await sleep(POLL_MS);
    }
    const why = this.isConnected ? this.detachedNote : `; its socket: ${this.waitingFor}`;
    throw new Unmet(`${this.name}: there was not ${what} within ${withinMs / 1000} s${why}`);
  }

  /** The messages of a kind that were heard. */
  all<Kind extends PortalBody["kind"]>(kind: Kind): HeardBody<Kind>[] {
    return this.heard.filter((message) => message.body.kind === kind) as HeardBody<Kind>[];
  }

  /** Waits for the next heartbeat. */
  async heartbeat(): Promise<HeardBody<"heartbeat">> {
    const known = new Set(this.heard);
    return this.until("a heartbeat", () => this.all("heartbeat").find((message) => !known.has(message)));
  }

  /**
   * Lets time pass in which the vertex could do what it must not. Time in which its process waited for a core does not count, so that a busy
   * machine hides nothing.
   *
   * @throws Unmet when `find` finds something meanwhile
   */
  async never(what: string, forMs: number, find: () => unknown): Promise<void> {
    const start = performance.now();
    const latest = start + STRETCH_MAX * forMs;
    let waited = coreWaitMs(this.vertex.pid);
    for (let end = start + forMs; ;) {
      demand(find() === undefined || find() === false, `${this.name}: there was ${what}`);
      if (performance.now() >= end) {
        const wait = coreWaitMs(this.vertex.pid);
        const more = wait - waited;
        waited = wait;
        if (more < POLL_MS || performance.now() >= latest) return;
        end = Math.min(performance.now() + more, latest);
      }
      await sleep(POLL_MS);
    }
  }

  /** A note for people that the attachment ended during a wait; "": it did not. */
  protected get detachedNote(): string {
    return "";
  }

  protected offend(requirement: string, seen: string): void {
    this.offences.push({ requirement, seen: `${this.name}: ${seen}` });
  }

  #handleFrame(bytes: Uint8Array): void {
    const frame: HeardFrame = readFrame(bytes, this.isLinkVertex);
    this.#frames++;
    for (const offence of frame.offences) this.offend(offence.requirement, offence.seen);
    for (const packet of frame.packets) {
      if (this.onPacket !== undefined) this.onPacket(packet);
      else if (this.packets.push({ handle: frame.handle, packet, frame: this.#frames }) > HEARD_MAX)
        this.packets.shift();
    }
    if (frame.message !== undefined) this.#keepMessage(frame.message);
  }

  #keepMessage(bytes: Uint8Array): void {
    const message = decodeMessage(bytes);
    if (message === undefined) {
      this.offend("PA-1", `a message that cannot be read, of ${bytes.length} bytes`);
      return;
    }
    const heard = { ...message, at: performance.now(), frame: this.#frames };
    if (this.heard.push(heard) > HEARD_MAX) this.heard.shift();
    this.handleMessage(heard);
  }
}

/** Both partners count their requests by themselves, so a request of the vertex may have the number of an answer. */
const REQUESTS: ReadonlySet<PortalBody["kind"]> = new Set([
  "attach",
  "detach",
  "open-link",
  "close-link",
  "judge",
  "sign",
  "unknown",
]);

function isAnswer({ body }: PortalMessage): boolean {
  return !REQUESTS.has(body.kind);
}
