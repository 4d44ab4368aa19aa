/** Keeps the audit in a file of the state folder: a line for the audit's id, and one for each entry, as JSON. */
import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { type Logger, putFile } from "@florenetes/process-kit";
import { z } from "zod";
import type { AuditStatus } from "../admin/control-status.ts";
import type { AuditEntry, AuditStore } from "../api/audit.ts";
import { AUDIT_ENTRIES_MAX } from "../api/limits.ts";
import { AuditCopy, lineOf } from "./audit-copy.ts";
import { AUDIT_FILE_SIZE_MAX, AUDIT_RETRY_MS } from "./limits.ts";

const idForm = z.object({ audit: z.string().regex(/^[0-9a-f]{16}$/) });

const entryForm: z.ZodType<AuditEntry> = z.object({
  number: z.int().min(1),
  at: z.iso.datetime(),
  replica: z.string().nullable(),
  principal: z.string(),
  method: z.string(),
  path: z.string(),
  status: z.int().min(0).nullable(),
  code: z.string().nullable(),
});

/**
 * A disk that is full, or gone, loses entries of reads, which are counted, and is said; whoever would change something is refused. A file that somebody has removed, emptied or written into is made
 * anew with all that the process remembers. One that is there at the start and cannot be read is left as it is, and nothing is noted until the next start.
 */
export class AuditFile implements AuditStore, Disposable {
  readonly id: string;
  readonly kept: readonly AuditEntry[];
  readonly #path: string;
  readonly #log: Logger;
  /** Monotonic milliseconds. */
  readonly #now: () => number;
  #file: number | undefined;
  /** Lines of the file, the first one beside. */
  #lines: number;
  /** Octets of the file, as far as this process knows. */
  #size: number;
  /** Whether the file is to be made anew: there is none, it is damaged, or it is none of this audit. */
  #isGone: boolean;
  /** Whether the file is there, and nobody could read it. */
  readonly #isUnread: boolean;
  /** The file that takes the place of this one, which has far more lines than are remembered. */
  #next: AuditCopy | undefined;
  /** Whether the disk may have taken a part of a line. */
  #isCut = false;
  #retryAt = 0;
  #lost = 0;
  #fault: string | null = null;

  constructor(state: string, log: Logger, now: () => number) {
    this.#path = join(state, "audit.jsonl");
    this.#log = log;
    this.#now = now;
    const text = this.#read();
    this.#isUnread = this.#fault !== null;
    const { id, kept, isWhole } = this.#parse(text);
    this.id = id ?? randomBytes(8).toString("hex");
    this.kept = kept;
    this.#isGone = id === undefined || !isWhole;
    this.#lines = kept.length;
    this.#size = Buffer.byteLength(text);
  }

  get status(): Pick<AuditStatus, "lost" | "fault"> {
    return { lost: this.#lost, fault: this.#fault };
  }

  readonly append: AuditStore["append"] = (entry, isLasting, remembered) => {
    // A disk that does not take one line is not asked for each of a thousand a second.
    const isPause = this.#fault !== null && !isLasting && this.#now() < this.#retryAt;
    if (this.#isUnread || isPause) return this.#lose(isLasting);
    try {
      this.#open(remembered);
      const line = lineOf(entry);
      const octets = Buffer.from(line);
      if (writeSync(this.#file!, octets) !== octets.length)
        throw Object.assign(new Error("the disk is full"), { code: "ENOSPC" });
      this.#size += octets.length;
      this.#lines++;
      if (isLasting) fdatasyncSync(this.#file!);
      this.#copy(line, remembered);
    } catch (err) {
      return this.#fail(err, isLasting);
    }
    if (this.#fault !== null) this.#log.info({ code: "AUDIT_WRITTEN", lost: this.#lost }, "the audit is written again");
    this.#fault = null;
    return true;
  };

  [Symbol.dispose](): void {
    this.#close();
  }

  /** Opens the file, as far as it is not open. One that is another than this process has written is made anew. @throws the system's error */
  #open(remembered: () => Iterable<AuditEntry>): void {
    if (this.#isGone || (this.#file !== undefined && !isAt(this.#path, this.#file))) this.#renew(remembered);
    const { O_APPEND, O_WRONLY, O_NOFOLLOW } = constants;
    this.#file ??= openSync(this.#path, O_WRONLY | O_APPEND | O_NOFOLLOW);
    const { size } = fstatSync(this.#file);
    // A line of which the disk has taken a part is cut off; all else that has changed the size is somebody's.
    if (this.#isCut && size > this.#size) ftruncateSync(this.#file, this.#size);
    else if (size !== this.#size) {
      this.#renew(remembered);
      this.#file = openSync(this.#path, O_WRONLY | O_APPEND | O_NOFOLLOW);
    }
    this.#isCut = false;
  }

  /** Writes the file anew, with all that is remembered. @throws the system's error */
  #renew(remembered: () => Iterable<AuditEntry>): void {
    this.#close();
    const entries = [...remembered()];
    const text = [this.#firstLine, ...entries.map(lineOf)].join("");
    putFile(this.#path, text);
    this.#isGone = false;
    this.#lines = entries.length;
    this.#size = Buffer.byteLength(text);
  }

  get #firstLine(): string {
    return `${JSON.stringify({ audit: this.id })}\n`;
  }

  /** Goes on with a file that has only what is remembered, once this one has twice as much. The entries are all in this one: a disk that does not take the other costs none. */
  #copy(line: string, remembered: () => Iterable<AuditEntry>): void {
    if (this.#lines < 2 * AUDIT_ENTRIES_MAX || this.#now() < this.#retryAt) return;
    try {
      if (this.#next === undefined) this.#next = new AuditCopy(this.#path, this.#firstLine, [...remembered()]);
      this.#next.handleLine(line);
      if (!this.#next.isReady) return;
      const { file, size, lines } = this.#next.finish();
      closeSync(this.#file!);
      [this.#file, this.#size, this.#lines, this.#next] = [file, size, lines, undefined];
    } catch (err) {
      this.#next?.[Symbol.dispose]();
      this.#next = undefined;
      this.#retryAt = this.#now() + AUDIT_RETRY_MS;
      this.#log.warn({ code: "AUDIT_LONG", file: this.#path, err }, "the file of the audit cannot be made shorter");
    }
  }

  #close(): void {
    this.#next?.[Symbol.dispose]();
    this.#next = undefined;
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  /** An order that is refused, as it cannot be noted, has an entry of its refusal: that is the one that counts. */
  #lose(isLasting: boolean): false {
    if (!isLasting) this.#lost++;
    return false;
  }

  #fail(err: unknown, isLasting: boolean): false {
    const { code: fault } = err as NodeJS.ErrnoException;
    // A mistake of the program is none of the disk's.
    if (fault === undefined) throw err;
    // Nothing was open: the file that was there has gone.
    if (this.#file === undefined) this.#isGone = true;
    this.#isCut = true;
    if (fault !== this.#fault)
      this.#log.error({ code: "AUDIT_LOST", reason: fault, file: this.#path, err }, "the audit cannot be written");
    this.#fault = fault;
    this.#retryAt = this.#now() + AUDIT_RETRY_MS;
    return this.#lose(isLasting);
  }

  /** The text of the file; empty: there is none, or it cannot be read for the moment, which is said. */
  #read(): string {
    try {
      if (statSync(this.#path).size <= AUDIT_FILE_SIZE_MAX) return readFileSync(this.#path, "utf8");
      this.#moveAway();
    } catch (err) {
      const { code: fault } = err as NodeJS.ErrnoException;
      if (fault === undefined) throw err;
      if (fault !== "ENOENT") {
        this.#fault = fault;
        this.#log.error({ code: "AUDIT_LOST", reason: fault, file: this.#path, err }, "the audit cannot be read");
      }
    }
    return "";
  }

  /** All that is in a text. What is damaged is said: lines are passed over, and a file that is none is left beside the next one. */
  #parse(text: string): {
    readonly id: string | undefined;
    readonly kept: readonly AuditEntry[];
    readonly isWhole: boolean;
  } {
    const [first = "", ...others] = text.split("\n");
    const id = read(idForm, first)?.audit;
    // Whoever has emptied the file while it was written has taken the first line alone, or half of one.
    const lines = (id === undefined ? [first, ...others] : others).filter((line) => line !== "");
    const kept = lines.map((line) => read(entryForm, line)).filter((entry) => entry !== undefined);
    const isWhole = kept.length === lines.length && (text === "" || text.endsWith("\n"));
    if (id === undefined && kept.length === 0 && text !== "") this.#moveAway();
    else if (!isWhole || (id === undefined && text !== ""))
      this.#log.warn(
        { code: "AUDIT_DAMAGED", file: this.#path, lines: lines.length - kept.length },
        "lines of the audit cannot be read",
      );
    return { id, kept, isWhole };
  }

  #moveAway(): void {
    this.#log.warn({ code: "AUDIT_DAMAGED", file: this.#path }, "the file is no audit, which begins anew");
    try {
      renameSync(this.#path, `${this.#path}.damaged`);
    } catch {
      // The next write says what is in its way.
    }
  }
}

function isAt(path: string, file: number): boolean {
  const at = statSync(path, { throwIfNoEntry: false });
  const { dev, ino } = fstatSync(file);
  return at?.dev === dev && at.ino === ino;
}

function read<Value>(form: z.ZodType<Value>, line: string): Value | undefined {
  try {
    return form.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
