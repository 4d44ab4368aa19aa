import type { NativeStreamEvent } from "@florenetes/data-plane";
import { Code } from "../codes.ts";
import type { OwnStream, OwnStreamUser, StreamOpener } from "../own/own-stream.ts";

/** The orders about one of them that the data thread takes. */
export interface LaneStreamOrders {
  writeStream(workload: number, bytes: Uint8Array): void;
  endStream(workload: number): void;
  takeStream(workload: number): void;
  resetStream(workload: number, code: number, text: string): void;
}

export interface LaneStreamOptions {
  readonly orders: LaneStreamOrders;
  /** By which the thread knows it. */
  readonly number: number;
  /** Both halves have ended. */
  readonly onEnded: () => void;
}

/** A stream of the data thread whose workload is this process. */
export class LaneStream {
  readonly #user: OwnStreamUser & Partial<StreamOpener>;
  readonly #onEnded: () => void;
  #hasEnded = false;
  #hasPeerEnded = false;

  /** @param workload Is called within this call. */
  constructor(
    { orders, number, onEnded }: LaneStreamOptions,
    workload: (stream: OwnStream) => OwnStreamUser & Partial<StreamOpener>,
  ) {
    this.#onEnded = onEnded;
    this.#user = workload({
      write: (bytes) => orders.writeStream(number, bytes),
      end: () => {
        orders.endStream(number);
        this.#hasEnded = true;
        if (this.#hasPeerEnded) onEnded();
      },
      take: () => orders.takeStream(number),
      reset: (code = Code.workloadReset) => orders.resetStream(number, code, ""),
    });
  }

  handleEvent(event: NativeStreamEvent): void {
    switch (event.kind) {
      case "streamAnswered":
        return this.#user.handleAnswered?.();
      case "streamBytes":
        // A view would keep all that was told with it.
        return this.#user.handleBytes(event.bytes.slice());
      case "streamWritable":
        return this.#user.handleWritable();
      case "streamEnded":
        this.#hasPeerEnded = true;
        this.#user.handleEnd();
        if (this.#hasEnded) this.#onEnded();
    }
  }

  handleReset(code: number, text: string): void {
    this.#user.handleReset(code, text);
  }
}
