import type { NativeStreamEvent } from "@florenetes/data-plane";
import { TrafficClass } from "@florenetes/labels";
import type { OwnService } from "../own/own-service.ts";
import type { OwnStream, OwnStreamUser, OwnWorkload } from "../own/own-stream.ts";

/** The orders about streams of this process that the data thread takes. */
export interface StreamOrders {
  writeStream(workload: number, bytes: Uint8Array): void;
  endStream(workload: number): void;
  takeStream(workload: number): void;
  resetStream(workload: number): void;
}

/** A stream, and who uses it. Each is over when both halves are. */
interface Entry {
  readonly user: OwnStreamUser;
  hasEnded: boolean;
  hasPeerEnded: boolean;
}

/** The streams of the data thread whose workload is this process. */
export class LaneStreams {
  readonly #orders: StreamOrders;
  readonly #services = new Map<number, OwnService>();
  readonly #streams = new Map<number, Entry>();

  constructor(orders: StreamOrders) {
    this.#orders = orders;
  }

  /** Streams to the service of this number are for this one from now on. */
  serve(number: number, service: OwnService): void {
    this.#services.set(number, service);
  }

  handleEvent(event: NativeStreamEvent): void {
    if (event.kind === "streamBegun") return this.#begin(event.workload, this.#services.get(event.service)!);
    const entry = this.#streams.get(event.workload);
    if (entry === undefined) return;
    switch (event.kind) {
      case "streamBytes":
        return entry.user.handleBytes(event.bytes);
      case "streamWritable":
        return entry.user.handleWritable();
      case "streamEnded":
        entry.hasPeerEnded = true;
        entry.user.handleEnd();
        return this.#forgetEnded(event.workload, entry);
      case "streamReset":
        this.#streams.delete(event.workload);
        return entry.user.handleReset(event.code, "");
    }
  }

  #begin(workload: number, service: OwnService): void {
    // The thread has answered already, and does not say who has asked.
    const caller = { peer: "", trafficClass: TrafficClass.reliable };
    service.dialStream(caller, {
      handleConnected: (take) => this.#take(workload, take),
      handleFailed: () => this.#orders.resetStream(workload),
    });
  }

  #take(workload: number, take: OwnWorkload): void {
    const orders = this.#orders;
    const stream: OwnStream = {
      write: (bytes) => orders.writeStream(workload, bytes),
      end: () => {
        orders.endStream(workload);
        entry.hasEnded = true;
        this.#forgetEnded(workload, entry);
      },
      take: () => orders.takeStream(workload),
      reset: () => orders.resetStream(workload),
    };
    const entry: Entry = { user: take(stream), hasEnded: false, hasPeerEnded: false };
    this.#streams.set(workload, entry);
  }

  #forgetEnded(workload: number, { hasEnded, hasPeerEnded }: Entry): void {
    if (hasEnded && hasPeerEnded) this.#streams.delete(workload);
  }
}
