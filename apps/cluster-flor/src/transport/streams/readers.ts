import type { QuicConnection } from "@florenetes/quic";
import { Code } from "../codes.ts";
import { CONTROL_STREAM } from "./control-stream.ts";
import type { TransportLimits } from "../limits.ts";
import type { OpeningStreams } from "./opening-streams.ts";
import type { StreamRelay } from "./stream-relay.ts";

const none: readonly number[] = [];

/** The connection of the streams, as its readers see it. */
export interface ReadConnection {
  readonly state: string;
  readonly relays: ReadonlyMap<number, StreamRelay>;
  /** Undefined at an originator, whose peer opens no streams. */
  readonly opening: OpeningStreams | undefined;
  /** Requests another look in the next turn: more than a turn's share waits to be read. */
  readAgain(): void;
}

/**
 * Decides which streams of one connection are read in a turn.
 * QUIC's list of streams with unread bytes includes those whose workloads do not read, and costs time for each of them whenever
 * it is made. So with many of them the list is made only now and then, so rarely that it takes a small share of the time; between
 * two lists, the streams that were read at the last ones are tried. Streams whose workloads do not read, or whose targets do not
 * answer yet, are only checked for a reset, a few at a time; and only a few new streams begin in a turn, so that other
 * connections do not wait.
 */
export class Readers {
  readonly #quic: QuicConnection;
  readonly #limits: Pick<TransportLimits, "stuckPerTurn" | "opensPerTurn" | "listPauseMs">;
  /** Whether streams may have become readable since the last look. */
  #isDue = false;
  /** Whether a stream that was not tried may be readable. */
  #isListDue = false;
  /** Whether all streams of the last list have begun. */
  areAllBegun = true;
  /** The earliest time for the next list. */
  #listAt = 0;
  /** Streams that were read at the last lists, latest first, after the control stream. */
  #recent: number[] = [CONTROL_STREAM];
  /** Streams that were read at the lists before the last one. */
  #former: number[] = [CONTROL_STREAM];
  #turn = 0;
  /** The array that `take` returned last, and which of the two it was. */
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

  /**
   * Returns the streams to look at, if anything has happened since the last turn: all readable ones, or those that are
   * tried between two lists.
   */
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

  /** Reads all streams of the last `take` but the control stream; streams without a relay are new, if the peer may open any. */
  serve(connection: ReadConnection, now: number): void {
    if (this.#takenFrom === "recent") this.#tryRecent(connection);
    else if (this.#takenFrom === "list") this.#readAll(this.#taken, connection, now);
  }

  /** When `take` returns streams though nothing has happened. */
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
        // The stream has ended here: the peer is told to send nothing more on it.
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

  /** Keeps streams of the list before: a stream that had nothing to read at this list may have something before the next. */
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
