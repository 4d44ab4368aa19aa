import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { isOperatorError } from "@florenetes/operator-text";
import type { Logger } from "@florenetes/process-kit";
import { isRepositoryPath, type SessionSources, type TargetFile } from "@florenetes/releases";
import type { ProcessTime } from "@florenetes/scheduling";
import { mayWait } from "../cache/may-wait.ts";
import { Shelf } from "../cache/shelf.ts";
import type { RepositoryPath } from "../serving/repository-path.ts";
import type { CacheMetadata } from "./cache-metadata.ts";
import { type Asking, openFile, type SuppliedFile } from "./file-supply.ts";
import { FAULT_TOLD_MS, FETCHES_MAX } from "./limits.ts";
import { storeError } from "./store-error.ts";

export interface CacheTargetsOptions {
  readonly state: string;
  /** Octets. */
  readonly budget: number;
  /** The service of this cache. */
  readonly own: string;
  readonly metadata: Pick<CacheMetadata, "target">;
  readonly sources: Pick<SessionSources, "download">;
  readonly time: ProcessTime;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** A package that comes. */
interface Fetch {
  readonly done: Promise<void>;
  /** The source that it is read from; undefined: none yet. */
  source: string | undefined;
}

/** Outcomes of questions for packages. */
export interface CacheCounts {
  /** Packages that were there. */
  hits: number;
  /** Packages that were not, and were fetched for it. */
  misses: number;
  /** Readers who waited for what another one's wish had fetch. */
  shared: number;
  /** Packages that went for others. */
  evictions: number;
  /** Packages that the disk had changed. */
  damaged: number;
  /** Fetches that came to nothing. */
  failures: number;
}

type TargetPath = Extract<RepositoryPath, { readonly kind: "target" }>;

/**
 * The packages that a cache has. One that it has not is fetched whole and verified before an octet of it is served: readers leave whoever gave them wrong octets
 * alone for long, so that a cache which handed on what it had not seen yet would be taken for the liar behind it.
 */
export class CacheTargets {
  readonly #options: CacheTargetsOptions;
  readonly #shelf: Shelf;
  /** Targets that were looked at in this life of the process. */
  readonly #verified = new Set<string>();
  readonly #verifying = new Map<string, Promise<void>>();
  readonly #fetches = new Map<string, Fetch>();
  readonly counts: CacheCounts = { hits: 0, misses: 0, shared: 0, evictions: 0, damaged: 0, failures: 0 };
  /** The system's reason for which nothing can be written; undefined: it can. */
  fault: string | undefined;
  #toldAt = Number.NEGATIVE_INFINITY;

  /** @throws the system's error where the folder cannot be made or read */
  constructor(options: CacheTargetsOptions) {
    this.#options = options;
    this.#shelf = new Shelf(options.budget);
    for (const folder of [KEPT, FETCHING]) {
      mkdirSync(join(options.state, folder, "targets"), { recursive: true, mode: 0o700 });
    }
    this.#findKept();
  }

  get shelf(): Pick<Shelf, "octets" | "size" | "budget"> {
    return this.#shelf;
  }

  /** Packages that are being fetched. */
  get fetching(): number {
    return this.#fetches.size;
  }

  handleBudget(octets: number): void {
    this.#evict(this.#shelf.handleBudget(octets));
  }

  /** Opens a package, after its fetch where it is not here. @throws OperatorError `ERR_STORE_…` */
  async open(path: TargetPath, asking: Asking): Promise<SuppliedFile | undefined> {
    const target = await this.#options.metadata.target(path.name, path.sha256);
    if (target === undefined) return undefined;
    const opened = await this.#openKept(target);
    if (opened !== undefined) {
      this.counts.hits++;
      return opened;
    }
    const under = this.#fetches.get(target.path);
    if (asking.isCachedOnly && (under === undefined || !mayWait(this.#options.own, under.source, asking.cache)))
      return undefined;
    if (under === undefined) this.counts.misses++;
    else this.counts.shared++;
    await (under ?? this.#fetch(target)).done;
    return this.#openKept(target);
  }

  async #openKept(target: TargetFile): Promise<SuppliedFile | undefined> {
    const { path } = target;
    if (this.#fetches.has(path) || !this.#shelf.use(path)) return undefined;
    const release = (): void => this.#evict(this.#shelf.release(path));
    try {
      await (this.#verifying.get(path) ?? this.#verify(target));
      const file = this.#verified.has(path) ? await openFile(join(this.#options.state, KEPT), path) : undefined;
      if (file === undefined) {
        // A part of it, if there is one, stays for the next fetch.
        release();
        return undefined;
      }
      return {
        ...file,
        release: async () => {
          release();
          await file.release();
        },
      };
    } catch (error) {
      release();
      throw this.#diskError(error);
    }
  }

  /** Looks at a package that another life of the process has left: a disk may have changed it. */
  #verify(target: TargetFile): Promise<void> {
    if (this.#verified.has(target.path)) return Promise.resolve();
    const verifying = this.#hashKept(target).finally(() => this.#verifying.delete(target.path));
    this.#verifying.set(target.path, verifying);
    return verifying;
  }

  async #hashKept({ path, length, sha256 }: TargetFile): Promise<void> {
    const file = await openFile(join(this.#options.state, KEPT), path);
    if (file === undefined) return;
    try {
      const hash = createHash("sha256");
      if (file.size === length) {
        for await (const chunk of file.handle.createReadStream({ autoClose: false })) hash.update(chunk as Buffer);
      }
      if (file.size === length && hash.digest("hex") === sha256) this.#verified.add(path);
      else this.#handleDamage(path);
    } finally {
      await file.release();
    }
  }

  #handleDamage(path: string): void {
    this.counts.damaged++;
    this.#options.log.warn({ code: "PACKAGE_DAMAGED", path }, "the disk has changed a package, which is fetched again");
  }

  /** Fetches a package: once, for however many wait for it. */
  #fetch(target: TargetFile): Fetch {
    if (this.#fetches.size >= FETCHES_MAX) throw storeError("ERR_STORE_BUSY", "as many packages come as may at once");
    this.#shelf.forget(target.path);
    const room = this.#shelf.take(target.path, target.length);
    if (room === "too-large") {
      const message = `${target.name} has ${target.length} octets, more than the budget`;
      throw storeError("ERR_STORE_LARGE", message);
    }
    if (room === "in-use") throw storeError("ERR_STORE_BUSY", "all that would have to go for it is read");
    this.#evict(room.going);
    const fetch: Fetch = { source: undefined, done: this.#download(target, (source) => void (fetch.source = source)) };
    this.#fetches.set(target.path, fetch);
    // Each of those who wait is told by itself.
    fetch.done.catch(() => undefined);
    return fetch;
  }

  async #download(target: TargetFile, onSource: (source: string) => void): Promise<void> {
    const { state, sources, signal } = this.#options;
    const { path } = target;
    // All that is synchronous comes behind the entry of the fetch.
    await Promise.resolve();
    try {
      rmSync(join(state, KEPT, path), { force: true });
      const file = join(state, FETCHING, path);
      await sources.download(target, file, { signal, onSource });
      renameSync(file, join(state, KEPT, path));
      this.#verified.add(path);
      this.fault = undefined;
    } catch (error) {
      this.counts.failures++;
      throw this.#fetchError(target, error);
    } finally {
      this.#fetches.delete(path);
      this.#evict(this.#shelf.release(path));
    }
  }

  #fetchError(target: TargetFile, error: unknown): Error {
    if (this.#options.signal.aborted) return error as Error;
    const isDisk = !isOperatorError(error) || error.code === "ERR_RELEASE_FILE";
    if (isDisk) return this.#diskError(error);
    this.#tell({ code: "FETCH_FAILED", reason: error.code, target: target.name, err: error }, "a package is not had");
    return storeError("ERR_STORE_FETCH", `${target.name} is not had: ${error.message}`, error);
  }

  #diskError(error: unknown): Error {
    if (isOperatorError(error) && error.code.startsWith("ERR_STORE_")) return error;
    const { code, cause, message } = error as NodeJS.ErrnoException;
    this.fault = (cause as NodeJS.ErrnoException | undefined)?.code ?? code ?? message;
    this.#tell({ code: "DISK_FAILED", reason: this.fault, err: error }, "the disk of the cache takes or gives nothing");
    return storeError("ERR_STORE_DISK", `the disk of the cache does not serve (${this.fault})`, error);
  }

  #tell(event: { readonly code: string; readonly [field: string]: unknown }, message: string): void {
    const now = this.#options.time.now();
    if (now - this.#toldAt < FAULT_TOLD_MS) return;
    this.#toldAt = now;
    this.#options.log.warn(event, message);
  }

  #evict(paths: readonly string[]): void {
    for (const path of paths) {
      this.counts.evictions++;
      this.#drop(path);
    }
  }

  /** Takes a package, and a part of it, off the disk. */
  #drop(path: string): void {
    this.#shelf.forget(path);
    this.#verified.delete(path);
    for (const folder of [KEPT, FETCHING]) rmSync(join(this.#options.state, folder, path), { force: true });
  }

  /** Takes what another life of the process has left, with parts that can be gone on with. Anything else goes. */
  #findKept(): void {
    const { state } = this.#options;
    const found: { readonly path: string; readonly octets: number; readonly at: number }[] = [];
    for (const folder of [FETCHING, KEPT]) {
      for (const name of readdirSync(join(state, folder, "targets"))) {
        const path = `targets/${name}`;
        const stats = statSync(join(state, folder, path), { throwIfNoEntry: false });
        if (stats?.isFile() === true && isRepositoryPath(path))
          found.push({ path, octets: stats.size, at: stats.atimeMs });
        else rmSync(join(state, folder, path), { recursive: true, force: true });
      }
    }
    for (const { path, octets } of found.toSorted((a, b) => a.at - b.at)) {
      for (const gone of this.#shelf.handleFound(path, octets)) this.#drop(gone);
    }
  }
}

/** Whole packages. */
const KEPT = "kept";
/** Packages that come, and parts of such. */
const FETCHING = "fetching";
