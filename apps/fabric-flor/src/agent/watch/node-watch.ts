/** Watches what a node rests on: the ends of its records, and its clock. It says what is to be told, and when it wants to look again. Pure. */
import type { Fact, FactBook } from "@florenetes/facts";
import type { AgentNews } from "../agent-orders.ts";
import type { Moment } from "../moment.ts";
import { CLOCK_MS, type ClockFault, ClockWatch, type NeighbourClock } from "./clock-watch.ts";
import { type OwnRecord, RecordEnds } from "./record-ends.ts";

export interface NodeWatchOptions {
  readonly node: string;
  /** Undefined while there is no root. */
  readonly book: () => FactBook | undefined;
  /** The clocks of neighbours, as far as they have greeted. */
  readonly clocks: () => readonly NeighbourClock[];
}

/** The wall clock may be set at any time: so it is looked often enough. */
const LOOK_MS = 60_000;
/** Authorities of one node's key, whose word does not bind the clocks of others. */
const SINGLE: ReadonlySet<string> = new Set(["node", "route", "holder"]);

export class NodeWatch {
  readonly #options: NodeWatchOptions;
  readonly #ends: RecordEnds;
  readonly #clock = new ClockWatch();
  readonly #news: AgentNews[] = [];
  #looksAt = 0;
  #isClockWrong = false;

  constructor(options: NodeWatchOptions) {
    this.#options = options;
    this.#ends = new RecordEnds(options.node);
  }

  /** A record was taken, or is in force again. */
  handleHeld({ authority, issued }: Fact): void {
    if (!SINGLE.has(authority)) this.#clock.handleSigned(issued);
  }

  /** The records that the node rests on may be others now. */
  handleStandings(): void {
    this.#looksAt = 0;
  }

  /** The clock that nobody sets, in milliseconds. Returns by how much the wall clock was set since the last time. */
  handleBootClock(boot: number, { wall }: Moment): number {
    const step = this.#clock.handleClocks(wall, boot);
    if (Math.abs(step) <= CLOCK_MS) return step;
    this.handleStandings();
    const direction = step < 0 ? "back" : "ahead";
    const text = `the clock of this machine was put ${direction} while the process runs`;
    this.#news.push({ level: "warn", code: "CLOCK_SET", about: { byMs: Math.round(step) }, text });
    return step;
  }

  handleTimeout({ now, wall }: Moment): void {
    if (now < this.#looksAt) return;
    const book = this.#options.book();
    if (book !== undefined) {
      for (const { fact } of this.#ends.at(wall)) this.handleHeld(fact);
      this.#news.push(...this.#ends.look(book, wall));
    }
    this.#tellOfClock(wall);
    this.#looksAt = now + LOOK_MS;
  }

  nextTimeout(): number {
    return this.#looksAt;
  }

  /** Something that people want to know. */
  pollNews(): AgentNews | undefined {
    return this.#news.shift();
  }

  /** The records that the node rests on, the first end first. */
  ends(wall: number): readonly OwnRecord[] {
    return this.#ends.at(wall);
  }

  clockFault(wall: number): ClockFault | undefined {
    return this.#clock.faultAt(wall, this.#options.clocks());
  }

  #tellOfClock(wall: number): void {
    const fault = this.clockFault(wall);
    if ((fault !== undefined) === this.#isClockWrong) return;
    this.#isClockWrong = fault !== undefined;
    if (fault === undefined) {
      this.#news.push({
        level: "info",
        code: "CLOCK_RIGHT",
        about: {},
        text: "nothing says any more that the clock is wrong",
      });
      return;
    }
    const { cause, aheadMs } = fault;
    const about = { cause, aheadMs: Math.round(aheadMs) };
    this.#news.push({
      level: "warn",
      code: "CLOCK_WRONG",
      about,
      text: "the clock of this machine is wrong, or that of others is",
    });
  }
}
