import type { Server, Socket } from "node:net";
import {
  connectSession,
  openSession,
  type WorkloadSession,
  type WorkloadStream,
} from "@florenetes/data-session/workload";
import { listenForVertex } from "@florenetes/process-kit";

/** The agent's side of its streams. */
export interface FeedStreamsOptions {
  /** The path of the cluster vertex's socket of data sessions for agents, as it is now. */
  readonly sessions: () => string;
  /** Another agent has opened a stream: its number; undefined: it may not. */
  readonly onAccepted: (caller: string) => number | undefined;
  readonly onBytes: (stream: number, bytes: Uint8Array) => void;
  /** A stream is over, or could not be opened; `fault`: why, for people. */
  readonly onClosed: (stream: number, fault: string) => void;
  readonly isPaused: (stream: number) => boolean;
  /** The next octets to be sent on a stream. */
  readonly pollTransmit: (stream: number) => Uint8Array | undefined;
  /** Octets were taken without an order to: the times by which something is due may be others. */
  readonly onFlushed: () => void;
}

/** A code of docs/protocol/transport.md. */
const NOT_ALLOWED = 0x04;
const NAME = "fabric-flor";

/** The streams of an agent, over data sessions with its cluster vertex. */
export class FeedStreams implements AsyncDisposable {
  readonly #options: FeedStreamsOptions;
  readonly #streams = new Map<number, WorkloadStream>();
  /** Streams that are being opened. */
  readonly #opening = new Set<number>();
  readonly #sockets = new Set<Socket>();
  /** The session over which streams are opened. */
  #session: Promise<WorkloadSession> | undefined;
  #server: Server | undefined;

  constructor(options: FeedStreamsOptions) {
    this.#options = options;
  }

  /** Takes streams of other agents at this socket from now on. @throws OperatorError `ERR_SOCKET_…` */
  async listen(path: string): Promise<void> {
    this.#server = await listenForVertex(path, (socket) => this.#takeSession(socket));
  }

  /** Opens a stream over a link, to the agent at its other end. */
  open(stream: number, link: string): void {
    this.#opening.add(stream);
    this.#openOver(stream, link).catch((error: Error) => this.#handleClosed(stream, error.message));
  }

  /** Writes what there is, as long as the stream takes it, and reads or stands still as the agent wants. */
  flush(stream: number): void {
    const end = this.#streams.get(stream);
    if (end === undefined) return;
    const { isPaused, pollTransmit } = this.#options;
    while (!end.destroyed && !end.writableNeedDrain) {
      const octets = pollTransmit(stream);
      if (octets === undefined) break;
      end.write(octets);
    }
    if (isPaused(stream)) end.pause();
    else end.resume();
  }

  /** Gives a stream up, with a code of docs/protocol/transport.md. */
  reset(stream: number, code: number, text: string): void {
    this.#opening.delete(stream);
    const end = this.#streams.get(stream);
    this.#streams.delete(stream);
    end?.reset(code, text);
  }

  /** The socket of sessions is another one: what was opened over the former ends. */
  async moveSession(): Promise<void> {
    const former = this.#session;
    this.#session = undefined;
    await former?.then((session) => session.close()).catch(() => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server?.close();
    await this.moveSession();
    for (const socket of this.#sockets) socket.destroy();
  }

  async #openOver(stream: number, link: string): Promise<void> {
    const session = await (this.#session ??= this.#connect());
    if (!this.#opening.has(stream)) return;
    const end = await session.open(link, { class: "control" });
    if (this.#opening.delete(stream)) this.#join(stream, end);
    else end.reset();
  }

  #connect(): Promise<WorkloadSession> {
    const connecting = connectSession(this.#options.sessions(), { name: NAME });
    const forget = (): void => {
      if (this.#session === connecting) this.#session = undefined;
    };
    connecting.then((session) => (session.closed ? forget() : void session.once("close", forget)), forget);
    return connecting;
  }

  #takeSession(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    const onStream = (end: WorkloadStream): void => {
      const stream = this.#options.onAccepted(end.caller);
      if (stream === undefined) return end.reset(NOT_ALLOWED, "this node has no link to that agent's");
      end.answer();
      this.#join(stream, end);
    };
    // Whoever does not speak as a cluster vertex loses the connection, and its streams are told of that.
    openSession(socket, { name: NAME, onStream, takesControl: true }).catch(() => socket.destroy());
  }

  #join(stream: number, end: WorkloadStream): void {
    const { onBytes } = this.#options;
    this.#streams.set(stream, end);
    end.on("data", (bytes: Buffer) => {
      onBytes(stream, bytes);
      this.flush(stream);
    });
    end.on("drain", () => {
      this.flush(stream);
      this.#options.onFlushed();
    });
    // An agent that has nothing more to say has ended the stream.
    end.once("end", () => end.destroy());
    let fault = "the other agent has ended it";
    end.once("error", (error) => (fault = error.message));
    end.once("close", () => this.#handleClosed(stream, fault));
    this.flush(stream);
    this.#options.onFlushed();
  }

  #handleClosed(stream: number, fault: string): void {
    const wasOpen = this.#streams.delete(stream);
    if (this.#opening.delete(stream) || wasOpen) this.#options.onClosed(stream, fault);
  }
}
