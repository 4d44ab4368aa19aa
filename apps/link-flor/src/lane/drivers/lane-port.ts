import type { NativeLane, NativeLaneEvent, NativePortFigures } from "@florenetes/data-plane";
import { type FlorioCounters, type FlorioHandlers, newFlorioCounters } from "@florenetes/florio";
import type { PortalPort, PortHeartbeats } from "../../cluster-sockets.ts";

type PortEvent = Extract<
  NativeLaneEvent,
  { readonly kind: "message" | "portConnected" | "portDisconnected" | "portWritable" | "portVersion" }
>;

const none = new Uint8Array();

/** A FlorIO port of the data thread, as this thread uses it: for messages. Packets of links that are up pass through the thread alone. */
export class LanePort implements PortalPort, PortHeartbeats {
  readonly #native: NativeLane;
  readonly #cluster: number;
  readonly #handlers: FlorioHandlers;
  readonly #readFigures: () => NativePortFigures | undefined;
  readonly #onLost: () => void;
  #figures: NativePortFigures = {
    isConnected: false,
    isWritable: false,
    waitingFor: "",
    counters: newFlorioCounters(),
  };
  #isConnected = false;
  #known: Uint8Array | undefined;

  constructor(
    native: NativeLane,
    cluster: number,
    handlers: FlorioHandlers,
    readFigures: () => NativePortFigures | undefined,
    onLost: () => void,
  ) {
    this.#native = native;
    this.#cluster = cluster;
    this.#handlers = handlers;
    this.#readFigures = readFigures;
    this.#onLost = onLost;
  }

  get waitingFor(): string {
    return this.#read().waitingFor;
  }

  get counters(): FlorioCounters {
    return this.#read().counters;
  }

  get heartbeats(): PortHeartbeats {
    return this;
  }

  get heardAt(): number | undefined {
    return this.#read().heardAt;
  }

  repeat(message: Uint8Array, intervalMs: number): void {
    if (this.#isConnected) this.#native.repeatMessage(this.#cluster, message, intervalMs);
  }

  setKnown(message: Uint8Array | undefined): void {
    if (message === this.#known) return;
    this.#known = message;
    this.#native.setKnownMessage(this.#cluster, message ?? none);
  }

  sendControl(message: Uint8Array): boolean {
    if (!this.#isConnected) return false;
    const isTaken = this.#native.sendMessage(this.#cluster, message);
    if (!isTaken) this.#onLost();
    return isTaken;
  }

  sendPacket(handle: number, packet: Uint8Array, start: number, end: number): boolean {
    const isTaken = this.#native.sendPacket(this.#cluster, handle, packet.subarray(start, end));
    if (!isTaken) this.#onLost();
    return isTaken;
  }

  /** The thread sends at the end of its turn. */
  flush(): void {}

  close(): void {
    this.#native.closePort(this.#cluster);
  }

  handleEvent(event: PortEvent): void {
    switch (event.kind) {
      case "message":
        this.#handlers.onControl(event.bytes);
        break;
      case "portConnected":
        this.#isConnected = true;
        this.#handlers.onConnected();
        break;
      case "portDisconnected":
        this.#isConnected = false;
        this.#handlers.onDisconnected();
        break;
      case "portWritable":
        this.#handlers.onWritable();
        break;
      case "portVersion":
        this.#handlers.onForeignVersion?.(event.version);
        break;
    }
  }

  #read(): NativePortFigures {
    return (this.#figures = this.#readFigures() ?? this.#figures);
  }
}
