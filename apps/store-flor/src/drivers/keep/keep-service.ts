import { labelOf } from "@florenetes/blobs";
import { openStoreClient } from "@florenetes/blobs/client";
import { type HttpDoor, openTunnelDoor } from "@florenetes/blobs/wire";
import { checkStateDirectory } from "@florenetes/process-kit";
import type { KeepMode } from "../../config/keep-section.ts";
import { CollectionClients } from "../collection-clients.ts";
import { CollectionWatch } from "../collection-watch.ts";
import type { HolderDesk } from "../storage/holder-server.ts";
import type { OwnStatus, Service, ServiceOptions } from "../service.ts";
import { Keeper } from "./keeper.ts";
import { OwnHolderDoor } from "./own-holder-door.ts";

/** Keeps what the programs of this node have of the fabric, in a collection at several holders. Nobody asks it for anything. */
export class KeepService implements Service {
  readonly #node: string;
  readonly #collection: string;
  readonly #tunnels: HttpDoor;
  readonly #watch: CollectionWatch;
  readonly #clients: CollectionClients;
  readonly #keeper: Keeper;

  /**
   * @param desk the holder that runs in this process, which is asked as `service/storage.<node>`; undefined: none does
   * @throws OperatorError ERR_STATE_DIRECTORY
   */
  constructor({ config: { cluster, node }, time, log }: ServiceOptions, serves: KeepMode, desk?: HolderDesk) {
    const unfit = checkStateDirectory(serves.state);
    if (unfit !== undefined) throw unfit;
    const { tunnels, agent, collection } = serves;
    this.#node = node;
    this.#collection = labelOf(collection);
    this.#tunnels = openTunnelDoor(tunnels);
    const door = desk === undefined ? this.#tunnels : new OwnHolderDoor(node, desk, this.#tunnels);
    const watch = new CollectionWatch({ agent, cluster, node, log });
    this.#watch = watch;
    const clients = new CollectionClients({
      collections: [collection],
      terms: watch,
      open: (terms) => openStoreClient({ terms, door, time }),
    });
    this.#clients = clients;
    this.#keeper = new Keeper({
      config: serves,
      cluster,
      node,
      clientOf: (wanted) => clients.clientOf(wanted),
      termsOf: (wanted) => watch.termsOf(wanted),
      time,
      log,
    });
  }

  async start(): Promise<void> {
    await this.#watch.look();
    this.#keeper.start();
  }

  handleConfig(): void {
    // Nothing of this mode is taken without a restart.
  }

  status(): OwnStatus {
    const none = { connections: 0, readers: 0, refused: 0, turnedAway: 0, slow: 0, octets: 0, answers: {} };
    return {
      node: this.#node,
      serving: none,
      store: null,
      cache: null,
      storage: null,
      gateway: null,
      keep: { agentFault: this.#watch.fault ?? null, collections: this.#clients.status(), ...this.#keeper.status() },
    };
  }

  statusLine(): string {
    return `keeps in ${this.#collection}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#watch[Symbol.dispose]();
    await this.#keeper[Symbol.asyncDispose]();
    this.#clients[Symbol.dispose]();
    this.#tunnels[Symbol.dispose]();
  }
}
