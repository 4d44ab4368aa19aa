/** How what storage says is said to restic. Pure. */
import { type BlobErrorCode, type HeldEntry, sizeOf } from "@florenetes/blobs";

/** The statuses of storage's errors: restic takes a 404 for "there is none", and tries again after all others. */
export const STATUS_OF: Readonly<Record<BlobErrorCode, number>> = {
  ERR_STORAGE_BUSY: 503,
  // No 404: restic would say that there is no repository, and offer to make one.
  ERR_STORAGE_COLLECTION: 503,
  ERR_STORAGE_DAMAGED: 500,
  ERR_STORAGE_DISK: 507,
  ERR_STORAGE_ENDED: 403,
  ERR_STORAGE_EPOCH: 503,
  ERR_STORAGE_EXISTS: 409,
  ERR_STORAGE_FORM: 502,
  ERR_STORAGE_HASH: 400,
  ERR_STORAGE_LATE: 408,
  ERR_STORAGE_MAJORITY: 503,
  // The object has its name still: restic must not take it for one that was never there.
  ERR_STORAGE_MISSING: 500,
  ERR_STORAGE_QUOTA: 507,
  ERR_STORAGE_RETAINED: 403,
  ERR_STORAGE_RIGHT: 403,
  ERR_STORAGE_TURN: 503,
  ERR_STORAGE_UNREACHABLE: 503,
};

const LIST_V1 = "application/vnd.x.restic.rest.v1";
const LIST_V2 = "application/vnd.x.restic.rest.v2";

/** The list of a folder, in the newest form that the program reads: names with sizes, or names alone. Of each entry no more than that stays in memory. */
export class ResticList {
  readonly #prefix: string;
  readonly #hasSizes: boolean;
  readonly #files: string[] = [];

  constructor(prefix: string, accept: string | undefined) {
    this.#prefix = prefix;
    this.#hasSizes = accept?.includes(LIST_V2) === true;
  }

  add(entry: HeldEntry): void {
    const name = entry.name.slice(this.#prefix.length);
    this.#files.push(JSON.stringify(this.#hasSizes ? { name, size: sizeOf(entry) } : name));
  }

  get type(): string {
    return this.#hasSizes ? LIST_V2 : LIST_V1;
  }

  get text(): string {
    return `[${this.#files.join(",")}]`;
  }
}
