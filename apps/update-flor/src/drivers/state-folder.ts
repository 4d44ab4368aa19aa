import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { putFile, syncFolder } from "@florenetes/process-kit";
import { z } from "zod";
import { type Journal, readJournal } from "../journal/journal.ts";
import { FIRST_STATUS, readStatus, type UpdateStatus } from "../journal/update-status.ts";
import { STATE_SIZE_MAX } from "../limits.ts";
import { updateError } from "../update-errors.ts";
import type { TakenOrders } from "../verify/people-order.ts";
import type { SeenRecord, SeenRelease } from "../verify/record-verdict.ts";

const seenRecord = z.strictObject({ epoch: z.int(), issued: z.int(), generation: z.int(), id: z.string() });
/** A later version may keep more: it stays, also while this one writes. */
const seenForm = z.looseObject({
  fabric: z.string(),
  root: seenRecord,
  channel: z.string().optional(),
  release: z.strictObject({ people: seenRecord, programs: seenRecord.optional() }).optional(),
  orders: z.record(z.string(), z.int()).optional(),
});
/** The newest records that the machine has seen of a fabric, and of the channel that it follows. */
export interface Seen {
  /** The fingerprint of the fabric's first root. */
  readonly fabric: string;
  readonly root: SeenRecord;
  readonly channel?: string | undefined;
  readonly release?: SeenRelease | undefined;
  /** Orders of people that were taken. */
  readonly orders?: TakenOrders | undefined;
}

/** Folders of packages in the state. */
const FOLDERS = ["kept", "incoming", "former"] as const;
type Folder = (typeof FOLDERS)[number];

/** update-flor's own folder. Files are replaced whole, and are on the disk when a method returns. */
export class StateFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Makes the folder and those in it. */
  prepare(): void {
    for (const folder of FOLDERS) mkdirSync(this.folder(folder), { recursive: true, mode: 0o755 });
  }

  folder(name: Folder | "repository" | "runner"): string {
    return join(this.path, name);
  }

  /** The path of a file that a journal names. */
  placeOf({ file }: { readonly file: string }): string {
    return join(this.path, file);
  }

  status(): UpdateStatus {
    return this.#read("status.json", readStatus) ?? FIRST_STATUS;
  }

  putStatus(status: UpdateStatus): void {
    this.#put("status.json", status, readStatus, 0o644);
  }

  journal(): Journal | undefined {
    return this.#read("journal.json", readJournal);
  }

  putJournal(journal: Journal): void {
    this.#put("journal.json", journal, readJournal, 0o600);
  }

  /** The journal goes before the program that would go on with it, and before the packages that it names. */
  removeJournal(): void {
    rmSync(join(this.path, "journal.json"), { force: true });
    syncFolder(this.path);
  }

  /** Undefined: nothing of this fabric was seen. */
  seen(fabric: string): Seen | undefined {
    const seen = this.#read("seen.json", (text) => seenForm.safeParse(jsonOf(text)).data);
    return seen?.fabric === fabric ? seen : undefined;
  }

  putSeen(seen: Seen): void {
    putDurably(join(this.path, "seen.json"), `${JSON.stringify(seen)}\n`, 0o600);
  }

  /** Writes nothing that it could not read: such a file would stop all that comes later. */
  #put<Value>(name: string, value: Value, read: (text: string) => Value | undefined, mode: number): void {
    const text = `${JSON.stringify(value)}\n`;
    if (read(text) === undefined)
      throw updateError("ERR_UPDATE_STATE", `what was to be written to ${name} is not in its form`);
    putDurably(join(this.path, name), text, mode);
  }

  #read<Value>(name: string, read: (text: string) => Value | undefined): Value | undefined {
    const path = join(this.path, name);
    let text: string;
    try {
      text = readFileSync(path, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw updateError("ERR_UPDATE_STATE", `${path} cannot be read: ${(error as Error).message}`, error);
    }
    const value = text.length > STATE_SIZE_MAX ? undefined : read(text);
    if (value === undefined) throw updateError("ERR_UPDATE_STATE", `${path} is not in its form`);
    return value;
  }
}

/** Puts a text in the place of a file: whole, and on the disk with its name, or not at all. */
export function putDurably(path: string, content: string, mode: number): void {
  putFile(path, content, mode);
  syncFolder(dirname(path));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
