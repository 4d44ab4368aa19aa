import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { type Logger } from "@florenetes/process-kit";
import { SessionSources, type SourceFault } from "@florenetes/releases";
import type { ProcessTime } from "@florenetes/scheduling";
import type { CacheMode } from "../config/store-config.ts";
import type { RepositoryPath } from "../serving/repository-path.ts";
import { CacheMetadata } from "./cache-metadata.ts";
import { CacheTargets } from "./cache-targets.ts";
import type { Asking, FileSupply, SuppliedFile } from "./file-supply.ts";
import { ROOT_FILE_SIZE_MAX } from "./limits.ts";
import { RoleWatch } from "./role-watch.ts";
import { storeError } from "./store-error.ts";

export interface CacheSupplyOptions {
  readonly config: CacheMode;
  readonly cluster: string;
  readonly node: string;
  readonly time: ProcessTime;
  readonly log: Logger;
}

/** A cache of files that stores and other caches have: fetched when somebody asks, and kept. */
export class CacheSupply implements FileSupply, AsyncDisposable {
  readonly sources: SessionSources;
  readonly metadata: CacheMetadata;
  readonly targets: CacheTargets;
  readonly role: RoleWatch | undefined;
  /** Faults of sources, by their service and their kind. */
  readonly faults: Map<string, Map<SourceFault, number>> = new Map();
  /** Octets that have come, by the service that gave them. */
  readonly octets: Map<string, number> = new Map();
  readonly #ending = new AbortController();

  /** @throws OperatorError ERR_STORE_ROOT; the system's error where the folder of `state` cannot be used */
  constructor({ config, cluster, node, time, log }: CacheSupplyOptions) {
    const { state, sessions, repositoryRoot, budget, agent } = config;
    const own = `update-cache.${node}`;
    const { signal } = this.#ending;
    this.sources = new SessionSources({
      sessions,
      name: "store-flor",
      time,
      own,
      headersOf: (service) => (service.startsWith("update-cache.") ? CACHED_ONLY : {}),
      onFault: (service, fault, error) => this.#handleFault(service, fault, error, log),
      onOctets: (service, octets) => void this.octets.set(service, (this.octets.get(service) ?? 0) + octets),
    });
    const CACHED_ONLY = { via: `1.1 ${own}`, "cache-control": "only-if-cached" };
    const firstRoot = readFirstRoot(repositoryRoot);
    const common = { state, sources: this.sources, time, log, signal };
    this.metadata = new CacheMetadata({ ...common, firstRoot });
    this.targets = new CacheTargets({ ...common, budget, own, metadata: this.metadata });
    if (agent !== undefined) this.role = new RoleWatch({ agent, cluster, node, time, log });
  }

  async start(): Promise<void> {
    await this.role?.start();
  }

  async open(path: RepositoryPath, asking: Asking): Promise<SuppliedFile | undefined> {
    if (this.role !== undefined && !this.role.isInForce)
      throw storeError("ERR_STORE_ROLE", "this node is no cache at present");
    return path.kind === "metadata" ? this.metadata.open(path.path) : this.targets.open(path, asking);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort(new Error("store-flor stops"));
    this.role?.[Symbol.dispose]();
    await this.sources[Symbol.asyncDispose]();
  }

  #handleFault(service: string, fault: SourceFault, error: Error, log: Logger): void {
    const counts = this.faults.get(service) ?? new Map<SourceFault, number>();
    this.faults.set(service, counts);
    counts.set(fault, (counts.get(fault) ?? 0) + 1);
    // The pause after each fault grows, so that lines are rare.
    log.info({ code: "SOURCE_FAULT", service, fault, err: error }, "another source is asked");
  }
}

/** The first root of a repository. @throws OperatorError ERR_STORE_ROOT */
export function readFirstRoot(file: string): Uint8Array {
  try {
    const descriptor = openSync(file, "r");
    try {
      if (!fstatSync(descriptor).isFile()) throw new Error("it is no file");
      const octets = Buffer.alloc(ROOT_FILE_SIZE_MAX + 1);
      const length = readSync(descriptor, octets);
      if (length > ROOT_FILE_SIZE_MAX) throw new Error("it is too large for one");
      return octets.subarray(0, length);
    } finally {
      closeSync(descriptor);
    }
  } catch (cause) {
    throw storeError("ERR_STORE_ROOT", `${file} cannot be read: ${(cause as Error).message}`, cause);
  }
}
