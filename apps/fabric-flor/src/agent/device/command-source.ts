import type { DeviceProfile } from "@florenetes/facts";
import { RateLimit } from "@florenetes/scheduling";
import { UNKNOWN_DEVICE } from "./device-facts.ts";
import { readDeviceLine } from "./device-line.ts";
import {
  END_MS,
  FLOOD_LINES_MAX,
  FLOOD_MAX,
  LINES_PER_SECOND,
  RESTART_MS_MAX,
  RESTART_MS_MIN,
  SILENCE_MS,
  STEADY_MS,
} from "./limits.ts";
import { LineReader } from "./line-reader.ts";

/** An order to whoever runs the command: start it; have it end; kill whatever is left of it. */
export type SourceOrder = "start" | "terminate" | "kill";

const SECOND_MS = 1_000;
const SILENT = `has printed no good line for ${SILENCE_MS / 60_000} minutes`;

/**
 * A command that prints what the device is like, one JSON object a line. It is started again whenever it ends, and whatever it does costs a bounded number of bytes and
 * lines. Pure: it is told what happens, with monotonic milliseconds, and says what is to be done.
 */
export class CommandSource {
  /** Lines that came: `taken`; `bad`, which say nothing; `skipped`, as newer ones came before they could be read. */
  readonly lines: { taken: number; bad: number; skipped: number } = { taken: 0, bad: 0, skipped: 0 };
  /** How often the command was started. */
  starts = 0;
  /** Why nothing is known of the device, in words that follow "the source"; undefined: it is known, or the command has just been started for the first time. */
  fault: string | undefined;
  #phase: "rests" | "runs" | "ends" = "rests";
  /** When the phase ends by itself, and why, while the command runs. */
  #phaseEndsAt: number;
  #phaseEndsAs = SILENT;
  #startedAt = Number.NEGATIVE_INFINITY;
  #heardAt = Number.NEGATIVE_INFINITY;
  /** Ends in a row of commands that were not steady. */
  #failures = 0;
  #told: DeviceProfile | undefined;
  #reader = new LineReader();
  #errors = new LineReader();
  readonly #rate = new RateLimit(LINES_PER_SECOND, LINES_PER_SECOND);
  /** The newest line that came when no more could be read. */
  #waiting: Uint8Array | undefined;
  #second = { since: Number.NEGATIVE_INFINITY, bytes: 0, lines: 0 };
  readonly #orders: SourceOrder[] = [];

  /** @param now The command is to be started at once */
  constructor(now: number) {
    this.#phaseEndsAt = now;
  }

  get facts(): DeviceProfile {
    return this.#told ?? UNKNOWN_DEVICE;
  }

  /** Takes bytes of the command's standard output. */
  handleOutput(bytes: Uint8Array, now: number): void {
    this.#read(bytes, this.#reader, now, (line, isWhole) => this.#handleLine(line, isWhole, now));
  }

  /**
   * Takes bytes of its standard error.
   *
   * @param tell Gets each line that ends in them, or its beginning, valid in the call alone
   */
  handleErrors(bytes: Uint8Array, now: number, tell: (line: Uint8Array) => void): void {
    this.#read(bytes, this.#errors, now, tell);
  }

  /** The command has closed its standard output: it has nothing more to say, and a moment to end. */
  handleClosed(now: number): void {
    if (this.#phase !== "runs") return;
    this.#told = undefined;
    this.#waiting = undefined;
    this.#phaseEndsAs = "has closed its output";
    this.#phaseEndsAt = Math.min(this.#phaseEndsAt, now + END_MS);
  }

  /**
   * The command has ended, or could not be started.
   *
   * @param how Words that follow "the source"
   */
  handleEnded(how: string, now: number): void {
    if (this.#phase === "rests") return;
    if (this.#phase === "runs") this.fault = how;
    const isSteady = this.#heardAt >= this.#startedAt && now - this.#startedAt >= STEADY_MS;
    this.#failures = isSteady ? 0 : this.#failures;
    this.#rest(now + Math.min(RESTART_MS_MAX, RESTART_MS_MIN * 2 ** this.#failures));
    this.#failures++;
  }

  handleTimeout(now: number): void {
    if (this.#waiting !== undefined && now >= this.#rate.nextAt()) {
      const line = this.#waiting;
      this.#waiting = undefined;
      this.#handleLine(line, true, now);
    }
    if (now < this.#phaseEndsAt) return;
    if (this.#phase === "rests") this.#start(now);
    else if (this.#phase === "ends") {
      this.#orders.push("kill");
      this.#phaseEndsAt = Number.POSITIVE_INFINITY;
    } else this.#end(this.#phaseEndsAs, now);
  }

  /** When `handleTimeout` is due, in monotonic milliseconds. */
  nextTimeout(): number {
    const reads = this.#waiting === undefined ? Number.POSITIVE_INFINITY : this.#rate.nextAt();
    return Math.min(this.#phaseEndsAt, reads);
  }

  pollOrder(): SourceOrder | undefined {
    return this.#orders.shift();
  }

  #start(now: number): void {
    this.starts++;
    this.#phase = "runs";
    this.#startedAt = now;
    this.#phaseEndsAt = now + SILENCE_MS;
    this.#phaseEndsAs = SILENT;
    this.#orders.push("start");
  }

  #end(fault: string, now: number): void {
    this.#rest(now + END_MS);
    this.#phase = "ends";
    this.fault = fault;
    this.#orders.push("terminate");
  }

  #rest(until: number): void {
    this.#phase = "rests";
    this.#phaseEndsAt = until;
    this.#told = undefined;
    this.#waiting = undefined;
    this.#reader = new LineReader();
    this.#errors = new LineReader();
  }

  /** Reads lines, and ends a command that prints too much. */
  #read(bytes: Uint8Array, reader: LineReader, now: number, take: (line: Uint8Array, isWhole: boolean) => void): void {
    if (this.#phase !== "runs") return;
    if (now - this.#second.since >= SECOND_MS) this.#second = { since: now, bytes: 0, lines: 0 };
    const second = this.#second;
    second.bytes += bytes.length;
    if (second.bytes > FLOOD_MAX) {
      this.#end(`has printed more than ${FLOOD_MAX} bytes in a second`, now);
      return;
    }
    reader.read(bytes, (line, isWhole) => {
      second.lines++;
      if (second.lines <= FLOOD_LINES_MAX) take(line, isWhole);
    });
    if (second.lines > FLOOD_LINES_MAX) this.#end(`has printed more than ${FLOOD_LINES_MAX} lines in a second`, now);
    else if (reader.unfinished > FLOOD_MAX) this.#end(`has printed ${FLOOD_MAX} bytes without a line`, now);
  }

  #handleLine(line: Uint8Array, isWhole: boolean, now: number): void {
    if (!this.#rate.take(now)) {
      // The newest one is what is true now.
      if (this.#waiting !== undefined || !isWhole) this.lines.skipped++;
      if (isWhole) this.#waiting = line.slice();
      return;
    }
    if (this.#waiting !== undefined) this.lines.skipped++;
    this.#waiting = undefined;
    const facts = isWhole ? readDeviceLine(line) : undefined;
    if (facts === undefined) {
      this.lines.bad++;
      return;
    }
    this.lines.taken++;
    this.#told = facts;
    this.fault = undefined;
    this.#heardAt = now;
    this.#phaseEndsAt = now + SILENCE_MS;
  }
}
