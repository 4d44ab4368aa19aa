import type { CacheStatus } from "../admin/store-status.ts";
import type { StorePlan } from "../config/config-changes.ts";
import type { CacheMode, StoreMode } from "../config/store-config.ts";
import { CacheSupply } from "./cache-supply.ts";
import { FolderSupply } from "./folder-supply.ts";
import type { OwnStatus, Service, ServiceOptions } from "./service.ts";
import { StoreServer } from "./store-server.ts";

/** A store or a cache, and those who read from it. */
export class Store implements Service {
  readonly #node: string;
  readonly #serves: StoreMode | CacheMode;
  readonly #supply: FolderSupply | CacheSupply;
  readonly #server: StoreServer;

  /** @throws OperatorError `ERR_STORE_…`; the system's error where the folder of a cache cannot be used */
  constructor({ config, time, log }: ServiceOptions, serves: StoreMode | CacheMode) {
    const { cluster, node, listen, limits } = config;
    this.#node = node;
    this.#serves = serves;
    this.#supply =
      serves.mode === "update-store"
        ? new FolderSupply(serves.folder)
        : new CacheSupply({ config: serves, cluster, node, time, log });
    this.#server = new StoreServer({ path: listen!, supply: this.#supply, limits, time, log });
  }

  async start(): Promise<void> {
    if (this.#supply instanceof CacheSupply) await this.#supply.start();
    await this.#server.start();
  }

  handleConfig({ next: { limits, serves } }: StorePlan): void {
    this.#server.handleLimits(limits);
    if (this.#supply instanceof CacheSupply && serves?.mode === "update-cache")
      this.#supply.targets.handleBudget(serves.budget);
  }

  status(): OwnStatus {
    const { connections, readers, refused, turnedAway, slow, octets, answers } = this.#server;
    const serves = this.#serves;
    return {
      node: this.#node,
      serving: { connections, readers, refused, turnedAway, slow, octets, answers: Object.fromEntries(answers) },
      store:
        this.#supply instanceof FolderSupply && serves.mode === "update-store"
          ? { folder: serves.folder, fault: this.#supply.fault ?? null }
          : null,
      cache: this.#supply instanceof CacheSupply ? cacheStatus(this.#supply) : null,
      storage: null,
      gateway: null,
      keep: null,
    };
  }

  statusLine(): string {
    return `${this.#server.connections} connections`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
    if (this.#supply instanceof CacheSupply) await this.#supply[Symbol.asyncDispose]();
  }
}

function cacheStatus({ role, metadata, targets, sources, faults, octets }: CacheSupply): CacheStatus {
  const { shelf, fetching, counts, fault } = targets;
  return {
    role: { isInForce: role?.isInForce ?? true, fault: role?.fault ?? null },
    metadata: { refreshes: metadata.refreshes, fault: metadata.fault ?? null },
    packages: {
      octets: shelf.octets,
      budget: shelf.budget,
      kept: shelf.size,
      fetching,
      ...counts,
      fault: fault ?? null,
    },
    sources: sources.status().map((source) => ({
      ...source,
      octets: octets.get(source.name) ?? 0,
      faults: Object.fromEntries(faults.get(source.name) ?? []),
    })),
  };
}
