import { SessionDoor } from "@florenetes/blobs/wire";
import type { RoomsStatus } from "../../admin/store-status.ts";
import type { StorageMode } from "../../config/storage-section.ts";
import type { StoreConfig } from "../../config/store-config.ts";
import type { Service, ServiceOptions } from "../service.ts";
import { Collections } from "./collections.ts";
import { HolderServer } from "./holder-server.ts";

/** A holder of collections, and those who ask it. */
export class HolderService implements Service {
  readonly #door: SessionDoor;
  readonly #collections: Collections;
  readonly #server: HolderServer;

  constructor({ config, time, log }: ServiceOptions, serves: StorageMode) {
    const { cluster, node, listen, limits } = config;
    this.#door = new SessionDoor({ sessions: serves.sessions, name: "store-flor" });
    this.#collections = new Collections({ config: serves, cluster, node, door: this.#door, time, log });
    this.#server = new HolderServer({ path: listen!, desk: this.#collections, limits, time, log });
  }

  async start(): Promise<void> {
    await this.#collections.start();
    await this.#server.callers.start();
  }

  handleConfig({ limits, serves }: StoreConfig): void {
    this.#server.callers.handleLimits(limits);
    if (serves.mode === "storage") this.#collections.handleConfig(serves);
  }

  status(): Pick<RoomsStatus, "serving" | "store" | "cache" | "storage" | "gateway"> {
    const { callers, slow, octets, answers } = this.#server;
    const { connections, readers, refused, turnedAway } = callers;
    return {
      serving: { connections, readers, refused, turnedAway, slow, octets, answers: Object.fromEntries(answers) },
      store: null,
      cache: null,
      gateway: null,
      storage: { ...this.#collections.status(), received: this.#server.received },
    };
  }

  statusLine(): string {
    return `${this.#server.callers.connections} connections`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
    await this.#door[Symbol.asyncDispose]();
    await this.#collections[Symbol.asyncDispose]();
  }
}
