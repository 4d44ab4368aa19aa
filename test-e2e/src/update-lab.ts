/*
 *            b        a: nodes that fetch, b and c: caches, s: the store. From a, b is near and c far; from c, its own cache is nearest.
 *          /   \
 *   a ───       ─── s
 *          \   /
 *            c
 */
import {
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { MeshFileInput } from "@florenetes/mesh-file";
import { type Lab, openLab } from "@florenetes/meshlab";
import { requestAdmin } from "@florenetes/process-kit";
import { RepositoryReader, SessionSources, type SourceFault, type TargetFile } from "@florenetes/releases";
import { nodeTime } from "@florenetes/scheduling";
import { expect, vi } from "vitest";
import { OwnProcess } from "./own-process.ts";
import { PATIENCE, PATIENCE_MS } from "./patience.ts";
import { type UpdateRepository, writeUpdateRepository } from "./update-repository.ts";

const CACHES = ["b", "c"] as const;
export type StoreNode = "s" | (typeof CACHES)[number];

/** Paths from each node that fetches to all sources. */
const PATHS: Readonly<Record<"a" | "b" | "c", Readonly<Record<string, readonly string[]>>>> = {
  a: { "update-cache.b": ["a", "b"], "update-cache.c": ["a", "c"], "update-store": ["a", "b", "s"] },
  b: { "update-cache.b": ["b"], "update-cache.c": ["b", "s", "c"], "update-store": ["b", "s"] },
  c: { "update-cache.b": ["c", "s", "b"], "update-cache.c": ["c"], "update-store": ["c", "s"] },
};

/** A distance that no load of the machine makes up for. */
export const FAR: { readonly delayMs: number } = { delayMs: 60 };

/** The status of a store or cache, as far as tests look. */
export interface StoreFlorStatus {
  readonly serving: { readonly octets: number; readonly answers: Readonly<Record<string, number>> };
  readonly cache: {
    readonly role: { readonly isInForce: boolean };
    readonly packages: Readonly<Record<"hits" | "misses" | "shared" | "evictions" | "damaged" | "octets", number>>;
    readonly sources: readonly { readonly name: string; readonly octets: number }[];
  } | null;
}

export class UpdateLab implements AsyncDisposable {
  readonly lab: Lab;
  readonly repository: UpdateRepository;
  readonly #folder: string;
  readonly #processes = new Map<StoreNode, OwnProcess>();

  private constructor(lab: Lab, folder: string, repository: UpdateRepository) {
    this.lab = lab;
    this.#folder = folder;
    this.repository = repository;
  }

  /** @param sizes octets of the packages of the repository */
  static async open(sizes: readonly number[]): Promise<UpdateLab> {
    const folder = mkdtempSync(join(tmpdir(), "update-lab-"));
    const repository = writeUpdateRepository(join(folder, "published"), sizes);
    const allow = ["user/alice", ...CACHES.map((node) => `service/update-cache.${node}`)];
    const serviceAt = (node: StoreNode): NonNullable<MeshFileInput["services"]>[string] => ({
      node,
      target: `unix:${join(folder, `${node}.sock`)}`,
      allow,
      "proxy-protocol": "v2",
    });
    const sessionsAt = (
      node: "a" | "b" | "c",
      as: string,
      name: string,
    ): NonNullable<MeshFileInput["sessions"]>[number] => ({
      node,
      listen: `unix:${join(folder, `${name}.sock`)}`,
      mode: "0666",
      as,
      services: Object.fromEntries(
        Object.entries(PATHS[node]).map(([service, path]) => [service, { path: [...path], "connect-wait": "10s" }]),
      ),
    });
    const mesh: MeshFileInput = {
      cluster: "updates",
      nodes: { a: {}, b: {}, c: {}, s: {} },
      links: [{ between: ["a", "b"] }, { between: ["a", "c"] }, { between: ["b", "s"] }, { between: ["c", "s"] }],
      services: {
        "update-store": serviceAt("s"),
        "update-cache.b": serviceAt("b"),
        "update-cache.c": serviceAt("c"),
      },
      sessions: [
        sessionsAt("a", "user/alice", "mesh-a"),
        sessionsAt("c", "user/alice", "mesh-c"),
        ...CACHES.map((node) => sessionsAt(node, `service/update-cache.${node}`, `cache-${node}`)),
      ],
      tunnels: [],
    };
    const lab = await openLab(mesh, { relays: true });
    const updates = new UpdateLab(lab, folder, repository);
    // A host whose target is down as it begins takes nothing for ten seconds.
    for (const node of ["s", ...CACHES] as const) await updates.start(node);
    await lab.up();
    await lab.impair("a", "c", FAR);
    await lab.impair("c", "s", FAR);
    return updates;
  }

  /** Starts a store or a cache, and waits until it serves. */
  async start(node: StoreNode, limits: Readonly<Record<string, unknown>> = {}, budget = "1 GB"): Promise<void> {
    const at = (name: string): string => join(this.#folder, `${node}-${name}`);
    const mode =
      node === "s"
        ? { "update-store": { folder: this.repository.folder } }
        : {
            "update-cache": {
              state: this.stateOf(node),
              sessions: join(this.#folder, `cache-${node}.sock`),
              "repository-root": this.repository.firstRoot,
              budget,
            },
          };
    mkdirSync(this.stateOf(node), { recursive: true });
    const listen = join(this.#folder, `${node}.sock`);
    const places = { admin: at("admin.sock"), control: at("control.sock"), listen };
    writeFileSync(at("store.yaml"), JSON.stringify({ cluster: "updates", node, ...places, ...mode, limits }));
    this.#processes.set(node, await startStoreFlor(this.lab, node, at("store.yaml")));
  }

  /** The folder of a cache. */
  stateOf(node: StoreNode): string {
    return join(this.#folder, `${node}-state`);
  }

  process(node: StoreNode): OwnProcess {
    return this.#processes.get(node)!;
  }

  /** Starts a cache anew that has nothing. */
  async startEmpty(node: "b" | "c", limits: Readonly<Record<string, unknown>> = {}): Promise<void> {
    await this.process(node).endBy("SIGKILL");
    rmSync(this.stateOf(node), { recursive: true, force: true });
    await this.start(node, limits);
  }

  async status(node: StoreNode): Promise<StoreFlorStatus> {
    return (await requestAdmin(join(this.#folder, `${node}-admin.sock`), "/status")) as StoreFlorStatus;
  }

  /** A node that fetches, at a or c. */
  client(at: "a" | "c" = "a"): UpdateClient {
    return new UpdateClient(this.repository, join(this.#folder, `mesh-${at}.sock`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#processes.values()].map((each) => each.endBy("SIGKILL")));
    await this.lab.down();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** A node that fetches packages, as an agent does it. */
export class UpdateClient implements AsyncDisposable {
  readonly faults: [string, SourceFault][] = [];
  /** Octets that have come, by the service. */
  readonly octets = new Map<string, number>();
  readonly sources: SessionSources;
  readonly #folder = mkdtempSync(join(tmpdir(), "update-client-"));
  readonly #reader: RepositoryReader;
  readonly #repository: UpdateRepository;

  constructor(repository: UpdateRepository, sessions: string) {
    this.#repository = repository;
    this.#reader = new RepositoryReader({
      folder: join(this.#folder, "trusted"),
      firstRoot: readFileSync(repository.firstRoot),
    });
    this.sources = new SessionSources({
      sessions,
      name: "test",
      time: nodeTime,
      onFault: (service, fault) => this.faults.push([service, fault]),
      onOctets: (service, octets) => void this.octets.set(service, this.octetsOf(service) + octets),
    });
  }

  octetsOf(service: string): number {
    return this.octets.get(service) ?? 0;
  }

  /** Octets that have come in all. */
  get octetsInAll(): number {
    return [...this.octets.values()].reduce((sum, each) => sum + each, 0);
  }

  /** Fetches the metadata, and then a package by it. Counts begin with the package. */
  async fetch(index: number, signal: AbortSignal = AbortSignal.timeout(2 * PATIENCE_MS)): Promise<void> {
    await this.sources.refresh(this.#reader, signal);
    const { name } = this.#repository.targets[index]!;
    const target = (await this.#reader.target(name)) as TargetFile;
    expect(target).toEqual(this.#repository.targets[index]);
    this.octets.clear();
    const file = join(this.#folder, name);
    await this.sources.download(target, file, { signal });
    expect(readFileSync(file).equals(readFileSync(join(this.#repository.folder, target.path)))).toBe(true);
    rmSync(file);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sources[Symbol.asyncDispose]();
    rmSync(dirname(join(this.#folder, "x")), { recursive: true, force: true });
  }
}

/** Starts store-flor on a node, and waits until it serves. */
export async function startStoreFlor(lab: Lab, node: string, configFile: string): Promise<OwnProcess> {
  const started = new OwnProcess(lab, node, "store-flor", configFile);
  await vi.waitFor(() => expect(started.hasLogged("READY"), started.stdout + started.stderr).toBe(true), PATIENCE);
  return started;
}

/** Changes one bit of the first package that a cache keeps. @param state the folder of the cache */
export function flipBit(state: string, at: number): void {
  const folder = join(state, "kept/targets");
  const [name] = readdirSync(folder);
  const file = openSync(join(folder, name!), "r+");
  const octet = Buffer.alloc(1);
  readSync(file, octet, 0, 1, at);
  octet[0]! ^= 1;
  writeSync(file, octet, 0, 1, at);
}
