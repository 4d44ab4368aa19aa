import type { NativeStreamEvent } from "@florenetes/data-plane";
import { Code } from "../../codes.ts";
import type { OwnStream, OwnStreamUser, StreamOpener } from "../../own/own-stream.ts";

/** The data thread's orders for a stream. */
export interface LaneStreamOrders {
  writeStream(workload: number, bytes: Uint8Array): void;
  endStream(workload: number): void;
  takeStream(workload: number): void;
  acknowledgeStream(workload: number, offset: number, isEnd: boolean): void;
  resetStream(workload: number, code: number, text: string): void;
}

export interface LaneStreamOptions {
  readonly orders: LaneStreamOrders;
  /** The number of the stream in the thread. */
  readonly number: number;
  /** Whether the far end tells what its workload has taken; undefined until it has answered. */
  readonly tellsTaken: boolean | undefined;
  /** Called when both halves have ended, and the peer knows all that was taken. */
  readonly onEnded: () => void;
}

/** A stream of the data thread whose workload is this process. */
export class LaneStream {
  readonly #user: OwnStreamUser & Partial<StreamOpener>;
  readonly #onEnded: () => void;
  #tellsTaken: boolean | undefined;
  #hasEnded = false;
  #hasPeerEnded = false;
  #isEndAcknowledged = false;
  #isFarEndTaken = false;

  /** @param workload Called within this call. */
  constructor(
    { orders, number, tellsTaken, onEnded }: LaneStreamOptions,
    workload: (stream: OwnStream) => OwnStreamUser & Partial<StreamOpener>,
  ) {
    this.#onEnded = onEnded;
    this.#tellsTaken = tellsTaken;
    const isTelling = (): boolean | undefined => this.#tellsTaken;
    this.#user = workload({
      get tellsTaken() {
        return isTelling();
      },
      write: (bytes) => orders.writeStream(number, bytes),
      end: () => {
        orders.endStream(number);
        this.#hasEnded = true;
        this.#leaveIfDone();
      },
      take: () => orders.takeStream(number),
      acknowledge: (offset, isEnd) => {
        if (this.#tellsTaken === false) return;
        orders.acknowledgeStream(number, offset, isEnd);
        this.#isEndAcknowledged ||= isEnd;
        this.#leaveIfDone();
      },
      reset: (code = Code.workloadReset) => orders.resetStream(number, code, ""),
    });
  }

  handleEvent(event: NativeStreamEvent): void {
    switch (event.kind) {
      case "streamAnswered":
        this.#tellsTaken = event.tellsTaken;
        return this.#user.handleAnswered?.();
      case "streamBytes":
        // A copy: a view would keep the whole batch of events in memory.
        return this.#user.handleBytes(event.bytes.slice());
      case "streamWritable":
        return this.#user.handleWritable();
      case "streamTaken":
        this.#isFarEndTaken = event.isEnd;
        this.#user.handleTaken(event.offset, event.isEnd);
        return this.#leaveIfDone();
      case "streamEnded":
        this.#hasPeerEnded = true;
        this.#user.handleEnd();
        this.#leaveIfDone();
    }
  }

  #leaveIfDone(): void {
    const isTold = this.#tellsTaken !== true || (this.#isEndAcknowledged && this.#isFarEndTaken);
    if (this.#hasEnded && this.#hasPeerEnded && isTold) this.#onEnded();
  }

  handleReset(code: number, text: string): void {
    this.#user.handleReset(code, text);
  }
}
