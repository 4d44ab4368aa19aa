import {
  Conduct,
  type Cursor,
  type FeedCursors,
  type FeedReader,
  type ReaderEvent,
  type VerificationTurns,
} from "@florenetes/feed";
import { NOT_IN_HEAP, type Timed } from "@florenetes/scheduling";
import type { Moment } from "../moment.ts";

/** A stream that ends is opened again after a pause, which doubles up to the longest … */
const PAUSE_MS = 200;
const PAUSE_MS_MAX = 30_000;
/** … and begins anew once a stream has gone on for so long. */
const STEADY_MS = 10_000;
/** A stream whose cursors wait for something is opened anew, once that may have come: so long after the last time. */
const AGAIN_MS = 5_000;
/** … or may have come without a word, as a clock that is set right. */
const HELD_MS = 60_000;
/** Both pauses double while cursors go on waiting: records that can never be taken are read again each hour, or each minute while something comes that they may wait for. */
const HELD_MS_MAX = 3_600_000;

/** A stream that this node has opened, and reads. */
export interface Reading {
  readonly stream: number;
  readonly link: string;
  readonly reader: FeedReader;
  readonly beganAt: number;
  /** How often beacons that say the same are taken, as this node has said on the stream, in milliseconds. */
  readonly beaconMs: number;
}

type Greeting = Pick<Extract<ReaderEvent, { kind: "hello" }>, "databaseId" | "time" | "seen" | "sections">;

/** A neighbour, at the other end of one or more links. */
export class Neighbour implements Timed {
  readonly peer: string;
  deadline: number = Number.POSITIVE_INFINITY;
  heapIndex: number = NOT_IN_HEAP;
  /** How it behaves, over all streams with it. */
  readonly conduct: Conduct;
  reading: Reading | undefined;
  /** Whether the neighbour's HELLO has come on the present stream. */
  isGreeted = false;
  /** Why the last stream ended; undefined: it has not, or all is well again. */
  fault: string | undefined;
  /** Wall clock of the neighbour less ours, when it greeted; undefined: never. */
  clockAheadMs: number | undefined;
  /** The address at which the neighbour sees this node, as it said in the present stream or the last one; "": it does not know. */
  seenAs = "";
  /** Why it was muted last. */
  muteReason = "";
  /** Records that it has brought, by what came of them. */
  taken = 0;
  refused = 0;
  #databaseId: string | undefined;
  readonly #cursors = new Map<string, number>();
  #opensAt = Number.NEGATIVE_INFINITY;
  #closedAt = Number.NEGATIVE_INFINITY;
  #pauseMs = PAUSE_MS;
  #haveStandingsChanged = false;
  /** How often beacons that say the same are to be taken; undefined: as the stream says. */
  #wantedBeaconMs: number | undefined;
  /** How many times the usual pause is before the next stream is opened for cursors that wait. */
  #heldPauses = 1;

  constructor(peer: string, kept: FeedCursors | undefined, turns: VerificationTurns, now: number) {
    this.peer = peer;
    this.conduct = new Conduct(turns, now);
    this.#databaseId = kept?.databaseId;
    for (const { section, sequence } of kept?.cursors ?? []) if (sequence > 0) this.#cursors.set(section, sequence);
  }

  /** How far this neighbour was read. */
  get cursors(): FeedCursors | undefined {
    if (this.#databaseId === undefined) return undefined;
    const cursors = [...this.#cursors].map(([section, sequence]): Cursor => ({ section, sequence }));
    return { databaseId: this.#databaseId, cursors };
  }

  /** When a stream may be opened, in monotonic milliseconds. */
  get opensAt(): number {
    return Math.max(this.#opensAt, this.conduct.mutedUntil);
  }

  handleOpened(reading: Reading): void {
    this.reading = reading;
    this.isGreeted = false;
    this.#haveStandingsChanged = false;
    this.#wantedBeaconMs = undefined;
  }

  /** @param sections Those that it offers: cursors of others are forgotten. */
  handleHello({ databaseId, time, seen, sections }: Greeting, { wall }: Moment): void {
    this.isGreeted = true;
    this.fault = undefined;
    this.clockAheadMs = time - wall;
    this.seenAs = seen;
    if (databaseId !== this.#databaseId) this.#cursors.clear();
    this.#databaseId = databaseId;
    for (const section of this.#cursors.keys()) if (!sections.includes(section)) this.#cursors.delete(section);
  }

  /** Has the next stream read all sections from their beginnings. */
  forgetCursors(): void {
    this.#cursors.clear();
  }

  handleCursor(section: string, sequence: number): void {
    this.#cursors.set(section, sequence);
  }

  handleClosed(fault: string | undefined, now: number): void {
    if (this.reading === undefined) return;
    this.#heldPauses = this.reading.reader.isHeld ? Math.min(2 * this.#heldPauses, HELD_MS_MAX / HELD_MS) : 1;
    if (now - this.reading.beganAt >= STEADY_MS) this.#pauseMs = PAUSE_MS;
    this.reading = undefined;
    this.isGreeted = false;
    this.fault = fault ?? this.fault;
    this.#closedAt = now;
    this.#opensAt = now + this.#pauseMs;
    this.#pauseMs = Math.min(PAUSE_MS_MAX, 2 * this.#pauseMs);
  }

  /** Its agent has opened a stream here: one to it may come up, too. */
  handleHeard(now: number): void {
    if (this.reading === undefined) this.#opensAt = Math.min(this.#opensAt, Math.max(now, this.#closedAt + PAUSE_MS));
  }

  /** Something has come that cursors may have waited for, or that this node takes beacons more often or less for. */
  handleStandings(beaconMs: number): void {
    this.#haveStandingsChanged = true;
    this.#wantedBeaconMs = beaconMs;
  }

  /** The clock was set here: records that had come too early may be in order. */
  handleClockStep(stepMs: number): void {
    if (this.clockAheadMs !== undefined) this.clockAheadMs -= stepMs;
    this.#heldPauses = 1;
    this.#haveStandingsChanged = true;
  }

  /** When the stream is to be opened anew, as its cursors have waited for something that may have come; Infinity: never. */
  get againAt(): number {
    const { reading } = this;
    if (reading === undefined) return Number.POSITIVE_INFINITY;
    if (reading.beaconMs !== (this.#wantedBeaconMs ?? reading.beaconMs)) return reading.beganAt + AGAIN_MS;
    if (!reading.reader.isHeld) return Number.POSITIVE_INFINITY;
    const pause = this.#heldPauses * (this.#haveStandingsChanged ? AGAIN_MS : HELD_MS);
    return reading.beganAt + Math.min(pause, this.#haveStandingsChanged ? HELD_MS : HELD_MS_MAX);
  }
}
