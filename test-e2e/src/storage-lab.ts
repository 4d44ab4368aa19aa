/*
 *   b    c    d
 *    \   |   /       b to f: holders of collections, each with a store-flor. a: user/alice with her gateway for restic, and `flor store`.
 *     ───a───        Holders reach each other over a. The agents are played: each tells its node's programs what the test says.
 *      /   \
 *     e     f
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CollectionTerms } from "@florenetes/blobs";
import { type CheckReport, openStoreClient, type StoreClient } from "@florenetes/blobs/client";
import { type HttpDoor, openTunnelDoor } from "@florenetes/blobs/wire";
import type { MeshFileInput } from "@florenetes/mesh-file";
import { type Lab, openLab } from "@florenetes/meshlab";
import { type AdminServer, openAdminServer, requestAdmin } from "@florenetes/process-kit";
import { nodeTime } from "@florenetes/scheduling";
import { expect, vi } from "vitest";
import { type Answer, florCommand, runToEnd } from "./executables.ts";
import { freePort } from "./free-port.ts";
import { OwnProcess } from "./own-process.ts";
import { PATIENCE } from "./patience.ts";

const HOLDERS = ["b", "c", "d", "e", "f"] as const;
type StorageHolder = (typeof HOLDERS)[number];

const CLUSTER = "storage";
/** How long a command of restic may take. */
const COMMAND_MS = 300_000;

/** The status of a holder, as far as tests look. */
interface HolderStatus {
  readonly storage: {
    readonly collections: readonly {
      readonly name: string;
      readonly held: {
        readonly state: string;
        readonly counters: Readonly<Record<string, number>>;
        readonly refused: Readonly<Record<string, number>>;
        readonly holders: readonly { readonly node: string; readonly isLiving: boolean; readonly isFull: boolean }[];
      } | null;
    }[];
  };
}

/** Members of a collection of the organization `acme` that are other than the `DEFAULTS`. */
type Changes = Partial<CollectionTerms> & Pick<CollectionTerms, "name">;

export class StorageLab implements AsyncDisposable {
  readonly lab: Lab;
  readonly folder: string;
  readonly #gatewayPort: number;
  readonly #agents: AdminServer[] = [];
  /** Each agent tells these collections, by its node and their name. */
  readonly #told = new Map<string, Map<string, CollectionTerms>>();
  readonly #processes = new Map<string, OwnProcess>();
  #held = new AsyncDisposableStack();

  private constructor(lab: Lab, folder: string, gatewayPort: number) {
    this.lab = lab;
    this.folder = folder;
    this.#gatewayPort = gatewayPort;
  }

  /** @param collections those of which all agents tell from the beginning, and that the gateway serves */
  static async open(collections: readonly Changes[]): Promise<StorageLab> {
    await using stack = new AsyncDisposableStack();
    const folder = mkdtempSync(join(tmpdir(), "storage-lab-"));
    stack.defer(() => rmSync(folder, { recursive: true, force: true }));
    for (const node of ["a", ...HOLDERS]) mkdirSync(join(folder, `from-${node}`));
    const lab = stack.use(await openLab(meshIn(folder)));
    const storage = new StorageLab(lab, folder, await freePort());
    stack.defer(() => storage.#endPrograms());
    for (const node of ["a", ...HOLDERS]) await storage.#playAgent(node);
    for (const changes of collections) storage.tell(changes);
    // A host whose target is down as it begins takes nothing for ten seconds.
    for (const node of HOLDERS) await storage.startHolder(node);
    await storage.#startGateway(collections.map(({ name }) => `org/acme/${name}`));
    await lab.up();
    storage.#held = stack.move();
    return storage;
  }

  /** Has the agents of nodes tell of a collection, from their next look on. */
  tell(changes: Changes, nodes: readonly string[] = ["a", ...HOLDERS]): void {
    for (const node of nodes) {
      const told = this.#told.get(node)!;
      told.set(changes.name, { ...DEFAULTS, ...told.get(changes.name), ...changes });
    }
  }

  /** Starts a holder, and waits until it serves. @param entry words that become the program which follows them */
  async startHolder(node: StorageHolder, entry: readonly string[] = []): Promise<void> {
    mkdirSync(this.stateOf(node), { recursive: true });
    const config = {
      listen: this.socketOf(node),
      storage: {
        state: this.stateOf(node),
        tunnels: this.#at(`from-${node}`),
        agent: this.#at(`agent-${node}.sock`),
        budget: "4 GB",
        "gone-after": "1 min",
      },
      limits: { readers: 64, "readers-of-one": 32 },
    };
    await this.#start(node, config, entry);
  }

  /** The folder of a holder. */
  stateOf(node: StorageHolder): string {
    return this.#at(`${node}-state`);
  }

  /** The socket to which cluster-flor brings those who ask a holder. */
  socketOf(node: StorageHolder): string {
    return this.#at(`${node}.sock`);
  }

  /** Files of a holder's shards. */
  shardsOf(node: StorageHolder, name: string): readonly string[] {
    const shards = join(this.stateOf(node), "org/acme", name, "shards");
    const files = readdirSync(shards, { recursive: true, withFileTypes: true });
    return files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
  }

  process(node: string): OwnProcess {
    return this.#processes.get(node)!;
  }

  /** A holder is gone for good, with its disk. */
  async lose(node: StorageHolder): Promise<void> {
    await this.process(node).endBy("SIGKILL");
    rmSync(this.stateOf(node), { recursive: true });
  }

  /** How a collection is at a holder; undefined: it is not open there. */
  async held(
    node: StorageHolder,
    name: string,
  ): Promise<NonNullable<HolderStatus["storage"]["collections"][number]["held"]> | undefined> {
    const { storage } = (await requestAdmin(this.#at(`${node}-admin.sock`), "/status")) as HolderStatus;
    return storage.collections.find((each) => each.name === `org/acme/${name}`)?.held ?? undefined;
  }

  /** Runs restic over the gateway. */
  restic(name: string, ...words: readonly string[]): Promise<Answer> {
    const environment = {
      RESTIC_REPOSITORY: `rest:http://127.0.0.1:${this.#gatewayPort}/org/acme/${name}/`,
      RESTIC_PASSWORD: "long enough",
      RESTIC_CACHE_DIR: this.#at("restic-cache"),
      GOMAXPROCS: "2",
    };
    const variables = Object.entries(environment).map(([key, value]) => `${key}=${value}`);
    return runToEnd(["env", ...variables, "restic", ...words], COMMAND_MS);
  }

  /** Runs a command of `flor store` at a. */
  store(command: string, ...words: readonly string[]): Promise<Answer> {
    const ways = ["--tunnels", this.#at("from-a"), "--agent", this.#at("agent-a.sock")];
    return runToEnd([...florCommand(), "store", command, ...words, ...ways], COMMAND_MS);
  }

  /** The terms of a collection that the agent of a tells now. */
  terms(name: string): CollectionTerms {
    return this.#told.get("a")!.get(name)!;
  }

  /** A client of a collection at a, by what its agent tells now. */
  client(name: string): StorageClient {
    return new StorageClient(this.#at("from-a"), this.terms(name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#held.disposeAsync();
  }

  async #endPrograms(): Promise<void> {
    await Promise.all([...this.#processes.values()].map((each) => each.endBy("SIGKILL")));
    await Promise.all(this.#agents.map((agent) => agent[Symbol.asyncDispose]()));
  }

  #at(name: string): string {
    return join(this.folder, name);
  }

  async #playAgent(node: string): Promise<void> {
    const told = new Map<string, CollectionTerms>();
    this.#told.set(node, told);
    const routes = { "/collections": () => ({ cluster: CLUSTER, node, collections: [...told.values()] }) };
    const path = this.#at(`agent-${node}.sock`);
    this.#agents.push(await openAdminServer({ path, routes, actions: {}, onError: () => undefined }));
  }

  async #startGateway(collections: readonly string[]): Promise<void> {
    const ways = { tunnels: this.#at("from-a"), agent: this.#at("agent-a.sock") };
    await this.#start("a", { "storage-gateway": { bind: `127.0.0.1:${this.#gatewayPort}`, ...ways, collections } });
  }

  async #start(node: string, config: Readonly<Record<string, unknown>>, entry: readonly string[] = []): Promise<void> {
    const file = this.#at(`${node}-store.yaml`);
    const places = { admin: this.#at(`${node}-admin.sock`), control: this.#at(`${node}-control.sock`) };
    writeFileSync(file, JSON.stringify({ cluster: CLUSTER, node, ...places, ...config }));
    const started = new OwnProcess(this.lab, node, "store-flor", file, entry);
    this.#processes.set(node, started);
    await vi.waitFor(() => expect(started.hasLogged("READY"), started.stdout + started.stderr).toBe(true), PATIENCE);
  }
}

/** A client of one collection, in the process of the test. */
export class StorageClient implements AsyncDisposable {
  readonly client: StoreClient;
  readonly #door: HttpDoor;

  constructor(tunnels: string, terms: CollectionTerms) {
    this.#door = openTunnelDoor(tunnels);
    this.client = openStoreClient({ terms, door: this.#door, time: nodeTime });
  }

  check(readData: boolean): Promise<CheckReport> {
    return this.client.check({ readData, signal: new AbortController().signal });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close();
    this.#door[Symbol.dispose]();
  }
}

const DEFAULTS: CollectionTerms = {
  scope: "org/acme",
  name: "",
  epoch: 1,
  recoveryEpoch: 1,
  copies: 3,
  holders: HOLDERS.map((node) => ({ node, domain: `at-${node}` })),
  readers: [],
  writers: ["user/alice"],
  retention: 0,
  unretained: ["locks"],
  budget: 4_000_000_000,
  recipients: [],
};

function meshIn(folder: string): MeshFileInput {
  const serviceOf = (node: StorageHolder): string => `storage.${node}`;
  const allow = ["user/alice", ...HOLDERS.map((node) => `service/${serviceOf(node)}`)];
  const tunnelsAt = (node: "a" | StorageHolder): NonNullable<MeshFileInput["tunnels"]> =>
    HOLDERS.filter((other) => other !== node).map((other) => ({
      node,
      listen: `unix:${join(folder, `from-${node}`, `${other}.sock`)}`,
      as: node === "a" ? "user/alice" : `service/${serviceOf(node)}`,
      service: serviceOf(other),
      path: node === "a" ? ["a", other] : [node, "a", other],
      class: "bulk",
      mode: "0666",
      "connect-wait": "10s",
    }));
  return {
    cluster: CLUSTER,
    nodes: Object.fromEntries(["a", ...HOLDERS].map((node) => [node, {}])),
    links: HOLDERS.map((node) => ({ between: ["a", node] })),
    services: Object.fromEntries(
      HOLDERS.map((node) => [
        serviceOf(node),
        { node, target: `unix:${join(folder, `${node}.sock`)}`, allow, "proxy-protocol": "v2" as const },
      ]),
    ),
    tunnels: ["a" as const, ...HOLDERS].flatMap(tunnelsAt),
  };
}
