import type { QuicConnection } from "@florenetes/quic";
import { Code } from "../codes.ts";
import { CONTROL_STREAM } from "./control-stream.ts";
import type { TransportLimits } from "../limits.ts";
import type { OpeningStreams } from "./opening-streams.ts";
import type { StreamRelay } from "./stream-relay.ts";

const none: readonly number[] = [];

/** The connection that the streams are on, as reading needs it. */
export interface ReadConnection {
  readonly state: string;
  readonly relays: ReadonlyMap<number, StreamRelay>;
  /** Undefined at an originator, whose peer opens no streams. */
  readonly opening: OpeningStreams | undefined;
  /** Looks again in the next turn: more than one turn's share waits to be read. */
  readAgain(): void;
}

/**
 * Decides which streams of one connection are read in a turn.
 *
 * QUIC's list of the streams with unread bytes grows with those whose workloads do not read, and each of them costs every time
 * that it is made. So with many of them it is made now and then only, as few as let it take a small share of the time; between
 * two lists those that were read at the last ones are tried. Those whose workloads do not read, or whose targets do not
 * answer yet, are only asked, a few at a time, whether the peer has reset them; and of those that have just begun a few are begun
 * in a turn, so that other connections are not kept waiting.
 */
export class Readers {
  readonly #quic: QuicConnection;
  readonly #limits: Pick<TransportLimits, "stuckPerTurn" | "opensPerTurn" | "listPauseMs">;
  /** Whether there may be something to read that has not been looked at. */
  #isDue = false;
  /** Whether there may be something to read of a stream that was not tried. */
  #isListDue = false;
  /** Whether all streams that the last list had are begun. */
  areAllBegun = true;
  /** When the next list may be asked for, at the earliest. */
  #listAt = 0;
  /** Streams that were read at the last lists, latest first, behind the control stream. */
  #recent: number[] = [CONTROL_STREAM];
  /** Streams that were read at the lists before the last one. */
  #former: number[] = [CONTROL_STREAM];
  #turn = 0;
  /** The array that `take` gave last, and which of the two it was. */
  #taken: readonly number[] = none;
  #takenFrom: "nothing" | "list" | "recent" = "nothing";

  constructor(quic: QuicConnection, limits: Pick<TransportLimits, "stuckPerTurn" | "opensPerTurn" | "listPauseMs">) {
    this.#quic = quic;
    this.#limits = limits;
  }

  /** A packet came in, or something was left unread. */
  handleUnread(): void {
    this.#isDue = true;
  }

  /** The streams to look at if anything has happened since the last turn: all that can be read, or those tried between two lists. */
  take(now: number): readonly number[] {
    const mayList = now >= this.#listAt;
    const isDue = this.#isDue || (this.#isListDue && mayList);
    this.#takenFrom = !isDue ? "nothing" : mayList ? "list" : "recent";
    if (!isDue) return none;
    this.#isDue = false;
    this.#isListDue = !mayList;
    this.#taken = mayList ? this.#quic.readableStreams() : this.#recent;
    return this.#taken;
  }

  /** Reads all that `take` gave last but the control stream; streams without a relay have just begun, if the peer may open any. */
  serve(connection: ReadConnection, now: number): void {
    if (this.#takenFrom === "recent") this.#tryRecent(connection);
    else if (this.#takenFrom === "list") this.#readAll(this.#taken, connection, now);
  }

  /** When `take` has something to give though nothing happens. */
  nextTimeout(): number {
    return this.#isListDue ? this.#listAt : Infinity;
  }

  #readAll(streams: readonly number[], connection: ReadConnection, now: number): void {
    const { stuckPerTurn, opensPerTurn, listPauseMs } = this.#limits;
    const { opening } = connection;
    const stride = Math.ceil(streams.length / stuckPerTurn);
    let stuck = 0;
    let opens = 0;
    this.#turn++;
    [this.#recent, this.#former] = [this.#former, this.#recent];
    this.#recent.length = 1;
    for (let i = 0; i < streams.length && connection.state === "open"; i++) {
      const id = streams[i]!;
      if (id === CONTROL_STREAM) continue;
      const isAsked = (i + this.#turn) % stride === 0;
      const relay = connection.relays.get(id);
      if (relay?.isPaused === true) {
        stuck++;
        if (isAsked) relay.checkReceiving();
      } else if (relay !== undefined) {
        relay.pull();
        if (this.#recent.length < stuckPerTurn) this.#recent.push(id);
      } else if (opening === undefined) {
        // A stream that has ended here: the peer shall send nothing more on it.
        this.#quic.streamStop(id, Code.done);
      } else if (opening.isDialling(id)) {
        stuck++;
        if (isAsked) opening.handleReadable(id, now);
      } else if (opens++ < opensPerTurn) {
        opening.handleReadable(id, now);
      }
    }
    this.areAllBegun = opens <= opensPerTurn;
    if (!this.areAllBegun) connection.readAgain();
    const isLong = stuck > stuckPerTurn;
    this.#listAt = isLong ? now + stuck * listPauseMs : 0;
    if (isLong) this.#keepFormer(connection);
  }

  /** Keeps streams of the list before: one that had nothing to read at this list may have something again before the next. */
  #keepFormer({ relays }: ReadConnection): void {
    for (let i = 1; i < this.#former.length && this.#recent.length < this.#limits.stuckPerTurn; i++) {
      const id = this.#former[i]!;
      if (relays.has(id) && !this.#recent.includes(id)) this.#recent.push(id);
    }
  }

  #tryRecent(connection: ReadConnection): void {
    for (let i = 1; i < this.#recent.length && connection.state === "open"; i++) {
      const relay = connection.relays.get(this.#recent[i]!);
      if (relay !== undefined && !relay.isPaused) relay.pull();
    }
  }
}
