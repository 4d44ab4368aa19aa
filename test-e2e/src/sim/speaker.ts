import assert from "node:assert";
import type { Life, Scheduler } from "@florenetes/simkit";
import { isPattern, patternAt, PIECE_SIZE_MAX } from "./byte-pattern.ts";
import type { MemorySocket, Workload } from "./memory-socket.ts";
import type { Part, Talk } from "./talk.ts";

/** The size of the number by which a client says first which conversation it is. */
export const HEAD_SIZE = 4;
/** The largest writes of speakers: each conversation has one of these sizes. */
const pieceSizes = [100, 1_460, 16_000, PIECE_SIZE_MAX];

/** A conversation, as its speakers know it. */
export interface SpokenConversation {
  readonly id: number;
  readonly talk: Talk;
  readonly scheduler: Scheduler;
  readonly client: Speaker;
  readonly service: Speaker | undefined;
  /** Whether there is a reason for a reset of the conversation. */
  readonly mayBeReset: boolean;
  /** The name of the conversation, for people. */
  toString(): string;
}

/** An end of a conversation. It plays its part, and checks each byte, the end and a reset that it hears. */
export class Speaker implements Workload {
  /** The state of the other half, by what this end heard last. */
  state: "open" | "ended" | "reset" = "open";
  /** The time at which this end had heard all that the other one says. */
  endedAt = Infinity;
  isReading = true;
  /** Whether this end has reset the connection. */
  hasReset = false;
  hasFinished = false;
  readonly #conversation: SpokenConversation;
  readonly #life: Life;
  readonly #side: "client" | "service";
  readonly #otherSide: "client" | "service";
  readonly #part: Part;
  #socket: MemorySocket | undefined;
  #hasBegun = false;
  #sent = 0;
  #received = 0;
  #hasPaused = false;

  constructor(conversation: SpokenConversation, side: "client" | "service", life: Life) {
    this.#conversation = conversation;
    this.#life = life;
    this.#side = side;
    this.#otherSide = side === "client" ? "service" : "client";
    this.#part = conversation.talk[side];
  }

  /** Whether the process that has this end's socket was killed. */
  get isLost(): boolean {
    return this.#life.isOver;
  }

  start(socket: MemorySocket): void {
    this.#socket = socket;
    this.#act();
    socket.wake();
  }

  next(): Uint8Array | "end" | undefined {
    if (this.#side === "client" && !this.#hasBegun) {
      this.#hasBegun = true;
      const head = new Uint8Array(HEAD_SIZE);
      new DataView(head.buffer).setUint32(0, this.#conversation.id);
      return head;
    }
    const left = this.#part.bytes - this.#sent;
    if (left > 0) {
      const { id } = this.#conversation;
      const piece = patternAt(
        streamOf(id, this.#side),
        this.#sent,
        Math.min(left, pieceSizes[id % pieceSizes.length]!),
      );
      this.#sent += piece.length;
      return piece;
    }
    if (this.#part.endsLast && this.state === "open") return undefined;
    this.hasFinished = true;
    return "end";
  }

  handleData(bytes: Uint8Array): void {
    if (this.hasReset) return;
    this.#check(this.state === "open", "hears something after the end");
    const { id, talk } = this.#conversation;
    const isRight = isPattern(bytes, streamOf(id, this.#otherSide), this.#received);
    this.#check(isRight, `hears other bytes than it should from ${this.#received} on`);
    this.#received += bytes.length;
    this.#check(this.#received <= talk[this.#otherSide].bytes, "hears more than was said");
    this.#act();
  }

  handleEnd(): void {
    const { [this.#otherSide]: other, talk } = this.#conversation;
    this.#check(this.state === "open", "is told the end twice");
    this.#check(other?.hasFinished === true, "is told an end that was not");
    this.#check(this.#received === talk[this.#otherSide].bytes, `is told the end after ${this.#received} bytes`);
    this.state = "ended";
    this.endedAt = this.#conversation.scheduler.now;
    this.#socket!.wake();
  }

  handleReset(): void {
    this.#check(this.#conversation.mayBeReset, "is reset without a reason");
    this.state = "reset";
  }

  /** Acts by its part, after what this end has heard. */
  #act(): void {
    const { pausesAt, pauseMs, resetsAt } = this.#part;
    if (!this.hasReset && this.#received >= resetsAt) {
      this.hasReset = true;
      this.isReading = false;
      this.state = "reset";
      this.#socket!.resetByWorkload();
    } else if (!this.#hasPaused && this.#received >= pausesAt) {
      this.#hasPaused = true;
      this.isReading = false;
      this.#conversation.scheduler.after(pauseMs, () => {
        this.isReading = true;
        this.#socket!.wake();
      });
    }
  }

  #check(isRight: boolean, what: string): void {
    assert(isRight, `the ${this.#side} of ${this.#conversation.toString()} ${what}`);
  }
}

/** The stream of one direction of a conversation: each direction has bytes of its own. */
function streamOf(conversation: number, side: "client" | "service"): number {
  return 2 * conversation + (side === "client" ? 0 : 1);
}
