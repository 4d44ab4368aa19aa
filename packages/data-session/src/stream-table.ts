import { SessionCode, Violation } from "./codes.ts";
import { Role } from "./frames.ts";
import type { SessionStream } from "./session-stream.ts";

/** The streams of a session by their ids. The ids of a workload are odd, those of a vertex even; each end counts its own up, and uses none twice. */
export class StreamTable {
  readonly #streams = new Map<number, SessionStream>();
  readonly #ownParity: number;
  #nextOwn: number;
  #highestOfPeer = 0;
  #own = 0;
  /** The highest id of a peer's stream that was taken before we sent GOAWAY. */
  #lastTaken: number | undefined;

  constructor(role: Role) {
    this.#ownParity = role === Role.workload ? 1 : 0;
    this.#nextOwn = role === Role.workload ? 1 : 2;
  }

  get size(): number {
    return this.#streams.size;
  }

  get own(): number {
    return this.#own;
  }

  get ofPeer(): number {
    return this.#streams.size - this.#own;
  }

  takeOwnId(): number {
    const id = this.#nextOwn;
    this.#nextOwn += 2;
    return id;
  }

  get highestOwn(): number {
    return Math.max(0, this.#nextOwn - 2);
  }

  /** Notes that the peer has opened a stream. False: our GOAWAY came first, and tells the peer that the stream is not taken. */
  takePeerId(id: number): boolean {
    if (this.#isOwnId(id)) throw new Violation(SessionCode.streamId, `stream ${id} is for the other end to open`);
    if (id <= this.#highestOfPeer) throw new Violation(SessionCode.streamId, `stream ${id} was opened before`);
    this.#highestOfPeer = id;
    return this.#lastTaken === undefined;
  }

  /** Takes no new streams of the peer from now on. Returns the id of the last one that was taken. */
  goAway(): number {
    this.#lastTaken ??= this.#highestOfPeer;
    return this.#lastTaken;
  }

  add(stream: SessionStream): void {
    this.#streams.set(stream.id, stream);
    if (stream.isOwn) this.#own++;
  }

  delete(stream: SessionStream): void {
    if (this.#streams.delete(stream.id) && stream.isOwn) this.#own--;
  }

  clear(): void {
    for (const stream of this.#streams.values()) stream.discard();
    this.#streams.clear();
    this.#own = 0;
  }

  /** Our side's lookup of a stream; undefined when it is over, though the event that tells so may still wait. */
  get(id: number): SessionStream | undefined {
    const stream = this.#streams.get(id);
    return stream?.phase === "open" ? stream : undefined;
  }

  /** The lookup of a stream in a frame; undefined when it is over on our side, and the frame is late. */
  ofFrame(id: number): SessionStream | undefined {
    const isKnown = this.#isOwnId(id) ? id < this.#nextOwn : id <= this.#highestOfPeer;
    if (!isKnown) throw new Violation(SessionCode.streamId, `stream ${id} was never opened`);
    return this.get(id);
  }

  /** Our own streams above an id. */
  ownAbove(id: number): SessionStream[] {
    return [...this.#streams.values()].filter((stream) => stream.isOwn && stream.id > id);
  }

  #isOwnId(id: number): boolean {
    return id % 2 === this.#ownParity;
  }
}
