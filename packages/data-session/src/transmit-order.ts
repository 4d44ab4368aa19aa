import { FairTurns } from "@florenetes/scheduling";
import { TRAFFIC_CLASS_NAMES, TrafficClass } from "@florenetes/forwarding";
import { DATA_SIZE } from "./limits.ts";
import { LinkedQueue } from "./linked-queue.ts";
import type { SessionStream } from "./session-stream.ts";

/** A byte of each class costs it so much, by its number: a class has the more of the session the less that is. */
const CLASS_COSTS: readonly number[] = [4, 1, 1, 1, 16, 16];

/**
 * Whose bytes are next: classes by weight, droppable ones when nobody else has anything; within a class its streams one after the other, each
 * with as many bytes as the others. A stream is here only while it has something that it may send, so that one without credit holds up none.
 */
export class TransmitOrder {
  readonly #classes: readonly LinkedQueue<SessionStream>[] = TRAFFIC_CLASS_NAMES.map(() => new LinkedQueue());
  readonly #turns = new FairTurns(TRAFFIC_CLASS_NAMES.length);

  /** The stream may have got something to send. */
  wake(stream: SessionStream): void {
    if (!stream.hasToSend || stream.turnPlace.isQueued) return;
    stream.allowance = Math.min(stream.allowance, 0) + DATA_SIZE;
    this.#classes[stream.trafficClass]!.push(stream.turnPlace);
    if (stream.trafficClass !== TrafficClass.droppable) this.#turns.wake(stream.trafficClass);
  }

  /** Says who is next; undefined: nobody. Each turn that is passed on pays off a part of what a stream has sent too much. */
  next(): SessionStream | undefined {
    const ofTurn = this.#turns.next();
    const queue = this.#classes[ofTurn === -1 ? TrafficClass.droppable : ofTurn]!;
    let stream = queue.first;
    while (stream !== undefined && stream.allowance <= 0) {
      this.#passOn(stream);
      stream = queue.first;
    }
    return stream;
  }

  /** The stream that was next has sent a frame of so many bytes. */
  handleSent(stream: SessionStream, size: number): void {
    const { trafficClass } = stream;
    if (trafficClass !== TrafficClass.droppable) {
      this.#turns.handleSent(trafficClass, size * CLASS_COSTS[trafficClass]!);
    }
    stream.allowance -= size;
    if (!stream.hasToSend) this.remove(stream);
    else if (stream.allowance <= 0) this.#passOn(stream);
  }

  /** The stream has nothing more to send. */
  remove(stream: SessionStream): void {
    const queue = this.#classes[stream.trafficClass]!;
    queue.remove(stream.turnPlace);
    if (queue.first === undefined) this.#turns.sleep(stream.trafficClass);
  }

  #passOn(stream: SessionStream): void {
    const queue = this.#classes[stream.trafficClass]!;
    queue.remove(stream.turnPlace);
    stream.allowance += DATA_SIZE;
    queue.push(stream.turnPlace);
  }
}
