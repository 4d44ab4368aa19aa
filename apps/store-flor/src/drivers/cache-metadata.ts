import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "@florenetes/process-kit";
import { RepositoryReader, type SessionSources, type TargetFile } from "@florenetes/releases";
import type { ProcessTime } from "@florenetes/scheduling";
import { openFile, type SuppliedFile } from "./file-supply.ts";
import { REFRESH_AGAIN_MS, REFRESH_MS } from "./limits.ts";
import { storeError } from "./store-error.ts";

export interface CacheMetadataOptions {
  readonly state: string;
  readonly firstRoot: Uint8Array;
  readonly sources: Pick<SessionSources, "refresh">;
  readonly time: ProcessTime;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/**
 * Verified metadata, asked for anew at most each minute, and only when somebody reads it. Copies of it are served: the one from before as well, so that
 * whoever has begun to read that one comes to its end.
 */
export class CacheMetadata {
  readonly #options: CacheMetadataOptions;
  readonly #reader: RepositoryReader;
  readonly #copies: string;
  #folders: readonly string[] = [];
  #count = 0;
  #nextAt = Number.NEGATIVE_INFINITY;
  #refreshing: Promise<void> | undefined;
  /** Refreshes that have come to their end. */
  refreshes = 0;
  /** Why the last refresh has failed; undefined: it has not. */
  fault: string | undefined;

  constructor(options: CacheMetadataOptions) {
    this.#options = options;
    const { state, firstRoot, time } = options;
    const now = (): number => time.wallClock().getTime();
    this.#reader = new RepositoryReader({ folder: join(state, "trusted"), firstRoot, now });
    this.#copies = join(state, "copies");
    rmSync(this.#copies, { recursive: true, force: true });
  }

  /** Opens a file of the metadata. @throws OperatorError ERR_STORE_FETCH, ERR_STORE_DISK */
  async open(path: string): Promise<SuppliedFile | undefined> {
    await this.refresh();
    for (const folder of this.#folders) {
      const file = await openFile(folder, path);
      if (file !== undefined) return file;
    }
    if (this.#folders.length > 0) return undefined;
    throw storeError("ERR_STORE_FETCH", `there is no metadata yet (${this.fault ?? "unknown"})`);
  }

  /** The metadata of a target, asked for anew where it says nothing of it; undefined: there is no such target. */
  async target(name: string, sha256: string): Promise<TargetFile | undefined> {
    const find = async (): Promise<TargetFile | undefined> => {
      const target = await this.#reader.target(name).catch(() => undefined);
      return target?.sha256 === sha256 ? target : undefined;
    };
    const known = await find();
    if (known !== undefined) return known;
    await this.refresh();
    return find();
  }

  /** Brings the metadata up to date, unless that was done a moment ago. All who want it wait for one refresh. */
  async refresh(): Promise<void> {
    if (this.#options.time.now() < this.#nextAt) return;
    await (this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = undefined)));
  }

  async #refresh(): Promise<void> {
    const { sources, time, log, signal } = this.#options;
    let pause = REFRESH_AGAIN_MS;
    try {
      // Caches that took metadata from each other would go round in what was true once.
      await sources.refresh(this.#reader, signal, undefined, "store");
      pause = REFRESH_MS;
      if (this.fault !== undefined) log.info({ code: "METADATA_CURRENT" }, "the repository's metadata is had again");
      this.fault = undefined;
      this.refreshes++;
    } catch (error) {
      if (signal.aborted) return;
      const reason = (error as { readonly code?: string }).code ?? "UNKNOWN";
      if (this.fault !== reason) log.warn({ code: "METADATA_STALE", reason, err: error }, "no newer metadata is had");
      this.fault = reason;
    } finally {
      this.#nextAt = time.now() + pause;
    }
    if (this.fault === undefined || this.#folders.length === 0) await this.#copy();
  }

  /** Copies what is trusted now, beside the copy from before. */
  async #copy(): Promise<void> {
    const folder = join(this.#copies, String(this.#count++));
    try {
      mkdirSync(join(folder, "metadata"), { recursive: true, mode: 0o700 });
      await this.#reader.copyMetadata(join(folder, "metadata"));
    } catch (error) {
      // Without metadata there is nothing to copy; with a disk that takes nothing, the copy from before is served.
      rmSync(folder, { recursive: true, force: true });
      this.fault ??= (error as { readonly code?: string }).code ?? "UNKNOWN";
      return;
    }
    const [former, ...old] = this.#folders;
    for (const each of old) rmSync(each, { recursive: true, force: true });
    this.#folders = former === undefined ? [folder] : [folder, former];
  }
}
