import { newFlorioCounters } from "./counters.ts";
import { FLORIO_ERRORS, FlorioError, type FlorioErrorCode } from "./errors.ts";
import type { FlorioCounters, FlorioHandlers, FlorioPort, PortHeartbeats } from "./port.ts";

const none = new Uint8Array();

/** A data thread with FlorIO ports, by their numbers. Calls answer false when the thread has too much to do already. */
interface PortThread {
  sendMessage(port: number, message: Uint8Array): boolean;
  sendPacket(port: number, handle: number, packet: Uint8Array): boolean;
  repeatMessage(port: number, message: Uint8Array, intervalMs: number): void;
  /** An empty message: all messages are passed on. */
  setKnownMessage(port: number, message: Uint8Array): void;
  /** Null when no known message came. */
  heardMillisecondsAgo(port: number): number | null;
  closePort(port: number): void;
}

/** Events of a port on the data thread. */
export type ThreadPortEvent =
  | { readonly kind: "message"; readonly bytes: Uint8Array }
  | { readonly kind: "portConnected" }
  | { readonly kind: "portDisconnected" }
  | { readonly kind: "portWritable" }
  | { readonly kind: "portVersion"; readonly version: number }
  | { readonly kind: "portFailed"; readonly code: string; readonly text: string };

export interface ThreadPortFigures {
  readonly waitingFor: string;
  readonly counters: FlorioCounters;
}

export interface ThreadPortOptions {
  readonly thread: PortThread;
  /** The number by which the thread knows the port. */
  readonly number: number;
  readonly handlers: FlorioHandlers;
  /** Undefined when the thread has not opened the port, or has closed it. */
  readonly figures: () => ThreadPortFigures | undefined;
  /** The port is closed: events of the thread that still come are of its past. */
  readonly onClosed?: () => void;
}

/**
 * A FlorIO port of a data thread, as the main thread uses it: for messages, and for packets of links that are not up
 * yet. Frames do not come to the main thread.
 */
export class ThreadPort implements FlorioPort, PortHeartbeats {
  isConnected = false;
  /** The thread itself holds sources back. */
  readonly isWritable = true;
  readonly #options: ThreadPortOptions;
  #figures: ThreadPortFigures | undefined;
  #known: Uint8Array | undefined;
  /** Messages and packets that the thread had no room for. */
  #messagesLost = 0;
  #packetsLost = 0;

  constructor(options: ThreadPortOptions) {
    this.#options = options;
  }

  get waitingFor(): string {
    return this.#readFigures()?.waitingFor ?? "";
  }

  get counters(): FlorioCounters {
    const counters = this.#readFigures()?.counters ?? newFlorioCounters();
    return {
      ...counters,
      controlDropped: counters.controlDropped + this.#messagesLost,
      packetsRefusedQueueFull: counters.packetsRefusedQueueFull + this.#packetsLost,
    };
  }

  get heartbeats(): PortHeartbeats {
    return this;
  }

  get heardMillisecondsAgo(): number | undefined {
    return this.#options.thread.heardMillisecondsAgo(this.#options.number) ?? undefined;
  }

  repeat(message: Uint8Array, intervalMs: number): void {
    if (this.isConnected) this.#options.thread.repeatMessage(this.#options.number, message, intervalMs);
  }

  setKnown(message: Uint8Array | undefined): void {
    if (message === this.#known) return;
    this.#known = message;
    this.#options.thread.setKnownMessage(this.#options.number, message ?? none);
  }

  sendControl(message: Uint8Array): boolean {
    if (!this.isConnected) return false;
    const isTaken = this.#options.thread.sendMessage(this.#options.number, message);
    if (!isTaken) this.#messagesLost++;
    return isTaken;
  }

  sendPacket(handle: number, packet: Uint8Array, start: number, end: number): boolean {
    const isTaken = this.#options.thread.sendPacket(this.#options.number, handle, packet.subarray(start, end));
    if (!isTaken) this.#packetsLost++;
    return isTaken;
  }

  sendFrame(): boolean {
    return false;
  }

  /** Nothing to do: the thread sends at the end of its turn. */
  flush(): void {}

  close(): void {
    this.#options.thread.closePort(this.#options.number);
    this.#options.onClosed?.();
  }

  handleEvent(event: ThreadPortEvent): void {
    const { handlers } = this.#options;
    switch (event.kind) {
      case "message":
        return handlers.onControl(event.bytes);
      case "portConnected":
        this.isConnected = true;
        return handlers.onConnected();
      case "portDisconnected":
        this.isConnected = false;
        return handlers.onDisconnected();
      case "portWritable":
        return handlers.onWritable();
      case "portVersion":
        return handlers.onForeignVersion?.(event.version);
      case "portFailed":
        return handlers.onOpenFailed?.(threadPortError(event.code, event.text));
    }
  }

  /** Reads the present figures, or the last ones of a closed port. */
  #readFigures(): ThreadPortFigures | undefined {
    return (this.#figures = this.#options.figures() ?? this.#figures);
  }
}

/** The error by which a thread says that it could not open a port. */
export function threadPortError(code: string, text: string): FlorioError {
  return new FlorioError(code in FLORIO_ERRORS ? (code as FlorioErrorCode) : "ERR_FLORIO_SOCKET", text);
}
