import { openStoreClient } from "@florenetes/blobs/client";
import { type HttpDoor, openTunnelDoor } from "@florenetes/blobs/wire";
import { isOperatorError } from "@florenetes/operator-text";
import type { ReloadRefusal } from "@florenetes/process-kit";
import type { StorePlan } from "../config/config-changes.ts";
import type { GatewayMode } from "../config/gateway-section.ts";
import { CollectionWatch } from "./collection-watch.ts";
import { CollectionClients } from "./collection-clients.ts";
import { GatewayServer } from "./gateway-server.ts";
import { type PasswordCheck, readPasswordFile } from "./password-file.ts";
import type { OwnStatus, Service, ServiceOptions } from "./service.ts";

/** restic's way to collections: it spreads and verifies shards as any client does, and holds none. */
export class Gateway implements Service {
  readonly #node: string;
  readonly #config: GatewayMode;
  readonly #door: HttpDoor;
  readonly #watch: CollectionWatch;
  readonly #clients: CollectionClients;
  readonly #server: GatewayServer;

  /** @throws OperatorError ERR_STORE_PASSWORD */
  constructor({ config: { cluster, node }, time, log }: ServiceOptions, serves: GatewayMode) {
    const { tunnels, agent, collections, bind } = serves;
    this.#node = node;
    this.#config = serves;
    const password = passwordOf(serves);
    const door = openTunnelDoor(tunnels);
    this.#door = door;
    this.#watch = new CollectionWatch({ agent, cluster, node, log });
    this.#clients = new CollectionClients({
      collections,
      terms: this.#watch,
      open: (terms) => openStoreClient({ terms, door, time }),
    });
    this.#server = new GatewayServer({ bind, clients: this.#clients, password, time, log });
  }

  /** @throws OperatorError ERR_STORE_BIND */
  async start(): Promise<void> {
    await this.#watch.look();
    await this.#server.start();
  }

  handleConfig({ next: { serves } }: StorePlan): void {
    if (serves?.mode === "storage-gateway") this.#clients.handleCollections(serves.collections);
  }

  /** Reads the password again. One that cannot be read leaves the former in force. */
  async reread(): Promise<readonly ReloadRefusal[]> {
    try {
      this.#server.handlePassword(passwordOf(this.#config));
      return [];
    } catch (error) {
      if (!isOperatorError(error)) throw error;
      return [{ code: error.code, text: error.message, file: this.#config.passwordFile! }];
    }
  }

  status(): OwnStatus {
    const { connections, files, refused, turnedAway, octets, posted, answers, faults, shards } = this.#server;
    return {
      node: this.#node,
      serving: {
        connections,
        readers: files,
        refused,
        turnedAway,
        slow: 0,
        octets,
        answers: Object.fromEntries(answers),
      },
      store: null,
      cache: null,
      storage: null,
      gateway: {
        agentFault: this.#watch.fault ?? null,
        files,
        posted,
        hits: shards.hits,
        misses: shards.misses,
        faults: Object.fromEntries(faults),
        collections: this.#clients.status(),
      },
      keep: null,
    };
  }

  statusLine(): string {
    return `${this.#server.connections} connections`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#watch[Symbol.dispose]();
    await this.#server[Symbol.asyncDispose]();
    this.#clients[Symbol.dispose]();
    this.#door[Symbol.dispose]();
  }
}

function passwordOf({ passwordFile }: GatewayMode): PasswordCheck | undefined {
  return passwordFile === undefined ? undefined : readPasswordFile(passwordFile);
}
