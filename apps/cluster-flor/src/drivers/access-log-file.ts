import { close, constants, open, write } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "@florenetes/process-kit";
import type { AccessLog, AccessRecord } from "../transport/access-records.ts";
import type { AccessLogStatus } from "../admin/cluster-status.ts";
import { RecordLosses } from "./record-losses.ts";
import { ACCESS_BACKLOG_SIZE_MAX, ACCESS_CLOSE_MS_MAX } from "./limits.ts";

/** The system calls, each of which may take any time. */
export interface AccessFiles {
  open(path: string, flags: number, mode: number, done: (error: Error | null, fd: number) => void): void;
  write(fd: number, bytes: Uint8Array, done: (error: Error | null, written: number) => void): void;
  close(fd: number, done: () => void): void;
}

const systemFiles: AccessFiles = {
  open,
  write: (fd, bytes, done) => write(fd, bytes, 0, bytes.length, null, done),
  close,
};

/**
 * Appends access records to a file, as lines of JSON. Callers never wait: a bounded number of lines is kept while a disk is
 * slow; beyond that, or when the disk is full, lines are lost and counted. Only one write runs at a time.
 *
 *     write ──▶ [waiting] ──▶ one write at a time ──▶ file      reopened between two of them
 */
export class AccessLogFile implements AccessLog {
  readonly #path: string;
  readonly #losses: RecordLosses;
  readonly #files: AccessFiles;
  #waiting: string[] = [];
  #waitingSize = 0;
  #fd: number | undefined;
  #isBusy = false;
  /** Whether the next write has to open the file again first. */
  #isStale = true;
  /** Whether the last line in the file is incomplete. */
  #isBroken = false;
  #written = 0;

  constructor(path: string, log: Pick<Logger, "info" | "warn">, files: AccessFiles = systemFiles) {
    this.#path = path;
    this.#losses = new RecordLosses({
      log,
      to: { file: path },
      begun: { code: "ACCESS_LOG_LOST", text: "access records are lost" },
      over: { code: "ACCESS_LOG_WRITTEN", text: "access records are written again" },
    });
    this.#files = files;
    this.reopen();
  }

  write(record: AccessRecord): void {
    const end = Date.now();
    const times = { time: new Date(end).toISOString(), start: new Date(end - record.ms).toISOString() };
    const line = `${JSON.stringify({ ...times, ...record })}\n`;
    if (this.#waitingSize + line.length > ACCESS_BACKLOG_SIZE_MAX) {
      this.#losses.add(1, "records come faster than the disk takes them");
      return;
    }
    this.#waiting.push(line);
    this.#waitingSize += line.length;
    this.#turn();
  }

  /** Opens the file anew, as it may have been moved away: later records are in the new one. */
  reopen(): void {
    this.#isStale = true;
    this.#turn();
  }

  status(): AccessLogStatus {
    const { count: lost, problem } = this.#losses;
    return { file: this.#path, records: this.#written, lost, problem };
  }

  /** Writes the waiting records, within the time that a process that ends may take. */
  async [Symbol.asyncDispose](): Promise<void> {
    const until = performance.now() + ACCESS_CLOSE_MS_MAX;
    while ((this.#isBusy || this.#waiting.length > 0) && performance.now() < until) await sleep(5);
  }

  #turn(): void {
    if (this.#isBusy) return;
    if (this.#isStale) this.#open();
    else if (this.#waiting.length > 0) this.#send();
  }

  #open(): void {
    this.#isBusy = true;
    this.#isStale = false;
    const former = this.#fd;
    this.#fd = undefined;
    if (former !== undefined) this.#files.close(former, () => {});
    const { O_APPEND, O_CREAT, O_NONBLOCK, O_WRONLY } = constants;
    this.#files.open(this.#path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, 0o640, (error, fd) => {
      this.#isBusy = false;
      this.#isBroken = false;
      if (error === null) this.#fd = fd;
      else this.#losses.add(0, error.message);
      this.#turn();
    });
  }

  #send(): void {
    const lines = this.#waiting;
    this.#waiting = [];
    this.#waitingSize = 0;
    const fd = this.#fd;
    if (fd === undefined) {
      this.#losses.add(lines.length, "the file could not be opened");
      return;
    }
    this.#isBusy = true;
    const bytes = Buffer.from((this.#isBroken ? "\n" : "") + lines.join(""));
    this.#files.write(fd, bytes, (error, written) => {
      this.#isBusy = false;
      this.#handleWritten(lines, error, bytes, error === null ? written : 0);
      this.#turn();
    });
  }

  #handleWritten(lines: readonly string[], error: Error | null, bytes: Uint8Array, written: number): void {
    if (written === bytes.length) {
      this.#isBroken = false;
      this.#written += lines.length;
      this.#losses.handleWell();
      return;
    }
    const whole = lines.length === 0 ? 0 : bytes.subarray(0, written).filter((byte) => byte === NEW_LINE).length;
    const kept = Math.max(0, whole - Number(this.#isBroken && written > 0));
    if (written > 0) this.#isBroken = bytes[written - 1] !== NEW_LINE;
    this.#written += kept;
    this.#losses.add(lines.length - kept, error?.message ?? "the disk is full");
  }
}

const NEW_LINE = 10;
