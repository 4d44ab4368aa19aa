/** Keeps the audit in a file of the state folder: a line for the audit's id, and one for each entry, as JSON. */
import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
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
 * A disk that is full, or gone, loses entries of reads, which are counted, and is said; whoever would change something is refused. A file that somebody has removed is made anew
 * with all that the process remembers.
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
  /** Whether the file is to be made anew: there is none, or it is none of this audit. */
  #isGone: boolean;
  /** Whether the last line is incomplete. */
  #isBroken: boolean;
  #retryAt = 0;
  #lost = 0;
  #fault: string | null = null;

  constructor(state: string, log: Logger, now: () => number) {
    this.#path = join(state, "audit.jsonl");
    this.#log = log;
    this.#now = now;
    const { id, kept, isBroken } = this.#read();
    this.id = id ?? randomBytes(8).toString("hex");
    this.kept = kept;
    this.#isBroken = isBroken;
    this.#isGone = id === undefined;
    this.#lines = kept.length;
  }

  get status(): Pick<AuditStatus, "lost" | "fault"> {
    return { lost: this.#lost, fault: this.#fault };
  }

  readonly append: AuditStore["append"] = (entry, isLasting, remembered) => {
    // A disk that does not take one line is not asked for each of a thousand a second.
    if (this.#fault !== null && !isLasting && this.#now() < this.#retryAt) return this.#lose();
    try {
      this.#open(remembered);
      const octets = Buffer.from(`${this.#isBroken ? "\n" : ""}${JSON.stringify(entry)}\n`);
      this.#isBroken = true;
      if (writeSync(this.#file!, octets) !== octets.length)
        throw Object.assign(new Error("the disk is full"), { code: "ENOSPC" });
      this.#isBroken = false;
      this.#lines++;
      if (isLasting) fdatasyncSync(this.#file!);
    } catch (err) {
      return this.#fail(err);
    }
    if (this.#fault !== null) this.#log.info({ code: "AUDIT_WRITTEN", lost: this.#lost }, "the audit is written again");
    this.#fault = null;
    return true;
  };

  [Symbol.dispose](): void {
    this.#close();
  }

  /** Opens the file, as far as it is not open. One that has gone, or has far more than is remembered, is made anew. @throws the system's error */
  #open(remembered: () => Iterable<AuditEntry>): void {
    const isOther = this.#file !== undefined && !isAt(this.#path, this.#file);
    if (isOther || this.#isGone || this.#lines >= 2 * AUDIT_ENTRIES_MAX) {
      this.#close();
      const entries = [...remembered()];
      putFile(this.#path, [{ audit: this.id }, ...entries].map((line) => `${JSON.stringify(line)}\n`).join(""));
      this.#isGone = false;
      this.#isBroken = false;
      this.#lines = entries.length;
    }
    const { O_APPEND, O_WRONLY, O_NOFOLLOW } = constants;
    this.#file ??= openSync(this.#path, O_WRONLY | O_APPEND | O_NOFOLLOW);
  }

  #close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #lose(): false {
    this.#lost++;
    return false;
  }

  #fail(err: unknown): false {
    const { code: fault } = err as NodeJS.ErrnoException;
    // A mistake of the program is none of the disk's.
    if (fault === undefined) throw err;
    // Nothing was open: the file that was there has gone.
    if (this.#file === undefined) this.#isGone = true;
    if (fault !== this.#fault)
      this.#log.error({ code: "AUDIT_LOST", reason: fault, file: this.#path, err }, "the audit cannot be written");
    this.#fault = fault;
    this.#retryAt = this.#now() + AUDIT_RETRY_MS;
    return this.#lose();
  }

  /** All that is in the file. What is damaged is said: lines are passed over, and a file that is none is left beside the next one. */
  #read(): { readonly id: string | undefined; readonly kept: readonly AuditEntry[]; readonly isBroken: boolean } {
    try {
      if (statSync(this.#path).size > AUDIT_FILE_SIZE_MAX) throw new RangeError("the file is too large");
      const text = readFileSync(this.#path, "utf8");
      const [first = "", ...lines] = text.split("\n");
      const { audit: id } = idForm.parse(JSON.parse(first));
      const entries = lines.filter((line) => line !== "").map(readLine);
      const kept = entries.filter((entry) => entry !== undefined);
      if (kept.length < entries.length)
        this.#log.warn(
          { code: "AUDIT_DAMAGED", file: this.#path, lines: entries.length - kept.length },
          "lines of the audit cannot be read",
        );
      return { id, kept, isBroken: !text.endsWith("\n") };
    } catch (err) {
      if ((err as NodeJS.ErrnoException).code !== "ENOENT") this.#moveAway(err);
      return { id: undefined, kept: [], isBroken: false };
    }
  }

  #moveAway(err: unknown): void {
    this.#log.warn({ code: "AUDIT_DAMAGED", file: this.#path, err }, "the audit cannot be read, and begins anew");
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

function readLine(line: string): AuditEntry | undefined {
  try {
    return entryForm.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
