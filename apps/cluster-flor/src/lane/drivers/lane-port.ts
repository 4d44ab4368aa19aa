import type { NativeCluster, NativePortEvent, NativePortFigures } from "@florenetes/data-plane";
import { type FlorioCounters, type FlorioHandlers, type FlorioPort, newFlorioCounters } from "@florenetes/florio";

/** A FlorIO port of the data thread, as this thread uses it: for messages, and for packets of connections that are not up yet. */
export class LanePort implements FlorioPort {
  isConnected = false;
  /** The thread knows who holds back. */
  readonly isWritable = true;
  readonly #native: NativeCluster;
  readonly #number: number;
  readonly #handlers: FlorioHandlers;
  readonly #readFigures: () => NativePortFigures | undefined;
  #figures: Pick<NativePortFigures, "waitingFor" | "counters"> = { waitingFor: "", counters: newFlorioCounters() };

  constructor(
    native: NativeCluster,
    number: number,
    handlers: FlorioHandlers,
    readFigures: () => NativePortFigures | undefined,
  ) {
    this.#native = native;
    this.#number = number;
    this.#handlers = handlers;
    this.#readFigures = readFigures;
  }

  get waitingFor(): string {
    return this.#read().waitingFor;
  }

  get counters(): FlorioCounters {
    return this.#read().counters;
  }

  sendControl(message: Uint8Array): boolean {
    if (this.isConnected) this.#native.sendMessage(this.#number, message);
    return this.isConnected;
  }

  sendPacket(handle: number, packet: Uint8Array, start: number, end: number): boolean {
    this.#native.sendPacket(this.#number, handle, packet.subarray(start, end));
    return true;
  }

  /** Frames do not come to this thread. */
  sendFrame(): boolean {
    return false;
  }

  /** The thread sends at the end of its turn. */
  flush(): void {}

  close(): void {
    this.#native.closePort(this.#number);
  }

  handleEvent(event: NativePortEvent): void {
    switch (event.kind) {
      case "message":
        return this.#handlers.onControl(event.bytes);
      case "portConnected":
        this.isConnected = true;
        return this.#handlers.onConnected();
      case "portDisconnected":
        this.isConnected = false;
        return this.#handlers.onDisconnected();
      case "portWritable":
        return this.#handlers.onWritable();
      case "portVersion":
        return this.#handlers.onForeignVersion?.(event.version);
    }
  }

  #read(): Pick<NativePortFigures, "waitingFor" | "counters"> {
    return (this.#figures = this.#readFigures() ?? this.#figures);
  }
}
