import { FairTurns } from "@florenetes/scheduling";
import { TRAFFIC_CLASS_NAMES, TrafficClass } from "@florenetes/forwarding";
import { DATA_SIZE } from "./limits.ts";
import { LinkedQueue } from "./linked-queue.ts";
import type { SessionStream } from "./session-stream.ts";

/** The cost of a byte by its class's number: the lower the cost, the larger the class's share of the session. */
const CLASS_COSTS: readonly number[] = [4, 1, 1, 1, 16, 16];

/**
 * Decides whose bytes are sent next: classes by weight, droppable ones when no other class has anything; within a class
 * its streams in turn, each with equally many bytes. Only streams with something that may be sent are here, so that a
 * stream without credit holds up none.
 */
export class TransmitOrder {
  readonly #classes: readonly LinkedQueue<SessionStream>[] = TRAFFIC_CLASS_NAMES.map(() => new LinkedQueue());
  readonly #turns = new FairTurns(TRAFFIC_CLASS_NAMES.length);

  /** To be called when the stream may have something new to send. */
  wake(stream: SessionStream): void {
    if (!stream.hasToSend || stream.turnPlace.isQueued) return;
    stream.allowance = Math.min(stream.allowance, 0) + DATA_SIZE;
    this.#classes[stream.trafficClass]!.push(stream.turnPlace);
    if (stream.trafficClass !== TrafficClass.droppable) this.#turns.wake(stream.trafficClass);
  }

  /** Returns the next stream, if there is one. Each turn that is passed on pays off a part of what a stream has sent too much. */
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

  /** The next stream has sent a frame of so many bytes. */
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
