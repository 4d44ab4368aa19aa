import type { QuicConnection } from "@florenetes/quic";
import type { ConnectionRole } from "./connection-role.ts";
import { controlStream } from "./control-stream.ts";
import type { EndConnection } from "./end-connection.ts";
import type { TransportLimits } from "./limits.ts";

const none: readonly number[] = [];

/**
 * Which streams of one connection are read in a turn.
 *
 * QUIC's list of the streams with unread bytes grows with those whose workloads do not read, and each of them costs every time
 * that it is made. So with many of them it is made now and then only, as few as let it take a small share of the time; between
 * two lists those that were read at the last ones are tried. Those whose workloads do not read are only asked, a few at a time,
 * whether the peer has reset them.
 */
export class Readers {
  readonly #quic: QuicConnection;
  readonly #limits: Pick<TransportLimits, "stuckPerTurn" | "listPauseMs">;
  /** Whether there may be something to read that has not been looked at. */
  #isDue = false;
  /** Whether there may be something to read of a stream that was not tried. */
  #isListDue = false;
  /** There is no list before. */
  #listAt = 0;
  /** Streams that were read at the last lists, latest first, behind the control stream. */
  #recent: number[] = [controlStream];
  /** The same before the last list. */
  #former: number[] = [controlStream];
  #turn = 0;

  constructor(quic: QuicConnection, limits: Pick<TransportLimits, "stuckPerTurn" | "listPauseMs">) {
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
    if (!this.#isDue && !(this.#isListDue && mayList)) return none;
    this.#isDue = false;
    this.#isListDue = !mayList;
    return mayList ? this.#quic.readableStreams() : this.#recent;
  }

  /** Reads all of these, as `take` gave them, but the control stream; those without a relay are the role's. */
  serve(streams: readonly number[], connection: EndConnection, role: ConnectionRole, now: number): void {
    if (streams === none) return;
    if (streams === this.#recent) return this.#tryRecent(connection);
    const { stuckPerTurn, listPauseMs } = this.#limits;
    const stride = Math.ceil(streams.length / stuckPerTurn);
    let stuck = 0;
    this.#turn++;
    [this.#recent, this.#former] = [this.#former, this.#recent];
    this.#recent.length = 1;
    for (let i = 0; i < streams.length && connection.state === "open"; i++) {
      const id = streams[i]!;
      if (id === controlStream) continue;
      const relay = connection.relays.get(id);
      if (relay === undefined) {
        role.handleReadable(connection, id);
      } else if (!relay.isPaused) {
        relay.pull();
        if (this.#recent.length < stuckPerTurn) this.#recent.push(id);
      } else {
        stuck++;
        if ((i + this.#turn) % stride === 0) relay.checkReceiving();
      }
    }
    const isLong = stuck > stuckPerTurn;
    this.#listAt = isLong ? now + stuck * listPauseMs : 0;
    if (isLong) this.#keepFormer(connection);
  }

  /** When `take` has something to give though nothing happens. */
  nextTimeout(): number {
    return this.#isListDue ? this.#listAt : Infinity;
  }

  /** One that had nothing to read at this list may have something again before the next. */
  #keepFormer({ relays }: EndConnection): void {
    for (let i = 1; i < this.#former.length && this.#recent.length < this.#limits.stuckPerTurn; i++) {
      const id = this.#former[i]!;
      if (relays.has(id) && !this.#recent.includes(id)) this.#recent.push(id);
    }
  }

  #tryRecent(connection: EndConnection): void {
    for (let i = 1; i < this.#recent.length && connection.state === "open"; i++) {
      const relay = connection.relays.get(this.#recent[i]!);
      if (relay !== undefined && !relay.isPaused) relay.pull();
    }
  }
}
