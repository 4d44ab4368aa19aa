import { TAKEN_STEP } from "../limits.ts";

/** How much a workload has taken of one half of a stream. */
export interface Taken {
  /** Bytes of workloads alone, from 0 on. */
  readonly offset: number;
  /** Whether the end of the half is taken, too. */
  readonly isEnd: boolean;
}

/** How much of a half this end has sent. */
export interface Sent {
  readonly bytes: number;
  readonly hasEnded: boolean;
}

/**
 * The state of a stream whose ends tell each other what their workloads have taken: the last news in each direction.
 *
 *     this workload takes ──▶ told ──STREAM_TAKEN──▶ peer      only the newest, and only when worth a message
 *     peer ──STREAM_TAKEN──▶ heard                             offsets never fall, nor exceed the bytes sent
 */
export class TakenBytes {
  #told: Taken = { offset: 0, isEnd: false };
  #heard: Taken = { offset: 0, isEnd: false };

  get isEndTold(): boolean {
    return this.#told.isEnd;
  }

  get isEndHeard(): boolean {
    return this.#heard.isEnd;
  }

  /** Whether the peer is to be told now: when the end, all received bytes, or enough bytes are taken. */
  isDue({ offset, isEnd }: Taken, received: number): boolean {
    if (isEnd) return !this.#told.isEnd;
    const news = offset - this.#told.offset;
    return news >= TAKEN_STEP || (news > 0 && offset === received);
  }

  /** The peer is being told of these. */
  handleTold(taken: Taken): void {
    this.#told = taken;
  }

  /** The peer has told that its workload has taken these. False: the news are impossible, and nothing has changed. */
  handleHeard(taken: Taken, sent: Sent): boolean {
    const { offset, isEnd } = taken;
    const before = this.#heard;
    const isNews = offset > before.offset || (isEnd && !before.isEnd && offset === before.offset);
    const isPossible = isEnd ? sent.hasEnded && offset === sent.bytes : offset <= sent.bytes;
    if (!isNews || !isPossible) return false;
    this.#heard = taken;
    return true;
  }
}
