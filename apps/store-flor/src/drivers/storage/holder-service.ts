import { type HttpDoor, openTunnelDoor } from "@florenetes/blobs/wire";
import type { StorePlan } from "../../config/config-changes.ts";
import type { StorageMode } from "../../config/storage-section.ts";
import type { OwnStatus, Service, ServiceOptions } from "../service.ts";
import { Collections } from "./collections.ts";
import { type HolderDesk, HolderServer } from "./holder-server.ts";

/** A holder of collections, and those who ask it. */
export class HolderService implements Service {
  readonly #node: string;
  readonly #door: HttpDoor;
  readonly #collections: Collections;
  readonly #server: HolderServer;

  constructor({ config, time, log }: ServiceOptions, serves: StorageMode) {
    const { cluster, node, listen, limits } = config;
    this.#node = node;
    this.#door = openTunnelDoor(serves.tunnels);
    this.#collections = new Collections({ config: serves, cluster, node, door: this.#door, time, log });
    this.#server = new HolderServer({ path: listen!, desk: this.#collections, limits, time, log });
  }

  /** Whoever answers questions here, for a program of this process that asks. */
  get desk(): HolderDesk {
    return this.#collections;
  }

  async start(): Promise<void> {
    await this.#collections.start();
    await this.#server.callers.start();
  }

  handleConfig({ next: { limits, serves } }: StorePlan): void {
    this.#server.callers.handleLimits(limits);
    if (serves?.mode === "storage") this.#collections.handleConfig(serves);
  }

  status(): OwnStatus {
    const { callers, slow, octets, answers } = this.#server;
    const { connections, readers, refused, turnedAway } = callers;
    return {
      node: this.#node,
      serving: { connections, readers, refused, turnedAway, slow, octets, answers: Object.fromEntries(answers) },
      store: null,
      cache: null,
      gateway: null,
      keep: null,
      storage: { ...this.#collections.status(), received: this.#server.received },
    };
  }

  statusLine(): string {
    return `${this.#server.callers.connections} connections`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
    this.#door[Symbol.dispose]();
    await this.#collections[Symbol.asyncDispose]();
  }
}
