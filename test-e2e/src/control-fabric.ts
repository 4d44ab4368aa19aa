/*
 *   b ───── a ───── c     alice's node a, and two replicas of the control API: each beside the agent of its node
 */
import { writeFileSync } from "node:fs";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { EtcdCluster } from "@florenetes/facts/testing";
import { FabricLab, type Lab, openLab } from "@florenetes/meshlab";
import { requestAdmin } from "@florenetes/process-kit";
import { expect, vi } from "vitest";
import { DocumentCheck } from "./document-check.ts";
import { freePort } from "./free-port.ts";
import { OwnProcess } from "./own-process.ts";
import { PATIENCE } from "./patience.ts";

/** The header of user/alice, as a cluster vertex writes it. */
const ALICE = Buffer.from("0d0a0d0a000d0a515549540a2100000de0000a757365722f616c696365", "hex");

/** Nodes with a replica each. */
export const REPLICAS = ["b", "c"] as const;
/** A node to which the API may move. */
export const SPARE = "e";
export type Replica = (typeof REPLICAS)[number] | typeof SPARE;

/** Further keys of a replica's config. */
type ReplicaKeys = (lab: Lab, node: Replica) => Record<string, unknown>;

export interface ControlFabricOptions {
  /** Further nodes with a replica, which no record names. */
  readonly spares?: readonly (typeof SPARE)[];
  readonly keys?: ReplicaKeys;
  /** Further keys of agents' configs, by their nodes. */
  readonly agents?: (lab: Lab) => Readonly<Record<string, Record<string, unknown>>>;
  /** Nodes that keep a copy of the log, each in a file of its own. */
  readonly logs?: readonly Replica[];
  /** Whether the nodes of all replicas keep one log instead, in an etcd of three members. */
  readonly etcd?: boolean;
}

/** An answer of the API. */
export interface ControlAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/** An event of the API's stream. */
interface FabricEvent {
  readonly replica: (typeof REPLICAS)[number];
  readonly id: string;
  readonly name: string;
  readonly collections: readonly string[];
}

export class ControlFabric implements AsyncDisposable {
  readonly lab: Lab;
  readonly fabric: FabricLab;
  /** The addresses of tunnels on a, by the principals that they are for. */
  readonly addresses: Readonly<Record<"alice" | "bob" | "mallory", string>>;
  readonly #replicas = new Map<Replica, OwnProcess>();
  readonly #keys: ReplicaKeys;
  #document: DocumentCheck | undefined;
  #etcd: EtcdCluster | undefined;

  private constructor(lab: Lab, fabric: FabricLab, addresses: ControlFabric["addresses"], keys: ReplicaKeys) {
    this.#keys = keys;
    this.lab = lab;
    this.fabric = fabric;
    this.addresses = addresses;
  }

  /** Alice sees all and may propose, bob sees the organization `lab`, and mallory is let in by the mesh alone. */
  static async open(options: ControlFabricOptions = {}): Promise<ControlFabric> {
    const { spares = [], keys = () => ({}), logs = [], etcd = false, agents = () => ({}) } = options;
    const replicas = [...REPLICAS, ...spares];
    const users = ["alice", "bob", "mallory"] as const;
    const ports = await Promise.all(users.map(() => freePort()));
    const lab = await openLab({
      cluster: "control",
      nodes: Object.fromEntries(["a", ...replicas].map((node) => [node, {}])),
      links: replicas.map((node) => ({ between: ["a", node] })),
      services: {},
      tunnels: [],
    });
    const cluster = etcd ? await EtcdCluster.start(join(lab.folder, "etcd"), { members: 3 }) : undefined;
    const stores = cluster
      ? replicas.map((node) => [node, cluster.store()] as const)
      : logs.map((node) => [node, "sqlite"] as const);
    const fabric = FabricLab.prepare(lab, {
      services: {
        "control-api": {
          allow: users.map((name) => `user/${name}`),
          targets: Object.fromEntries(replicas.map((node) => [node, `unix:${socketOf(lab, node)}`])),
          keys: { "proxy-protocol": "v2" },
        },
      },
      tunnels: users.map((name, at) => ({
        node: "a",
        listen: `tcp://127.0.0.1:${ports[at]}`,
        as: `user/${name}`,
        service: "control-api",
      })),
      agents: {
        ...Object.fromEntries(replicas.map((node) => [node, { coordinator: { partition: "default" } }])),
        ...agents(lab),
      },
      stores: Object.fromEntries(stores),
    });
    const addresses = Object.fromEntries(users.map((name, at) => [name, `http://127.0.0.1:${ports[at]}`]));
    const control = new ControlFabric(lab, fabric, addresses as unknown as ControlFabric["addresses"], keys);
    control.#etcd = cluster;
    // A host whose target is down as it begins takes nothing for ten seconds.
    for (const node of replicas) await control.start(node);
    control.#document = new DocumentCheck((await control.askAt(REPLICAS[0], "/v1/openapi.json")).body);
    await lab.up();
    await fabric.up();
    const roles = replicas.map((node) => fabric.signRole(node, "cluster", "route-coordinator"));
    await fabric.publish("a", [...roles, fabric.signService("control-api", REPLICAS)]);
    return control;
  }

  /** Starts a replica, and waits until it serves. */
  async start(node: Replica): Promise<void> {
    const file = join(folderOf(this.lab, node), "control-flor.yaml");
    writeFileSync(file, JSON.stringify({ ...configOf(this.lab, this.fabric, node), ...this.#keys(this.lab, node) }));
    const replica = new OwnProcess(this.lab, node, "control-flor", file);
    this.#replicas.set(node, replica);
    await vi.waitFor(() => expect(replica.hasLogged("READY"), replica.stdout).toBe(true), PATIENCE);
  }

  async kill(node: Replica): Promise<void> {
    await this.#replicas.get(node)!.endBy("SIGKILL");
  }

  /** The etcd that keeps the log, of a fabric that has one. */
  get etcd(): EtcdCluster {
    return this.#etcd!;
  }

  /** Answers of which the OpenAPI document says something else, and how many were held against it. */
  get document(): Pick<DocumentCheck, "differences" | "count"> {
    return this.#document!;
  }

  /** The status of a replica. */
  status(node: Replica): Promise<Record<string, unknown>> {
    return requestAdmin(join(folderOf(this.lab, node), "admin-control-flor.sock"), "/status") as never;
  }

  /** Asks over the mesh. Rejects when no replica answers within 5 s. */
  async ask(
    path: string,
    as: keyof ControlFabric["addresses"] = "alice",
    init: RequestInit = {},
  ): Promise<ControlAnswer> {
    const response = await fetch(`${this.addresses[as]}${path}`, { signal: AbortSignal.timeout(5_000), ...init });
    const text = await response.text();
    const type = response.headers.get("content-type") ?? "";
    this.#document?.check({ method: init.method ?? "GET", path, status: response.status, type, text });
    return { status: response.status, headers: response.headers, body: text === "" ? {} : (JSON.parse(text) as never) };
  }

  /** Opens a stream of events as alice, behind this event of another one, and returns its first event. Rejects when no replica answers within 5 s. */
  async nextEvent(lastId?: string): Promise<FabricEvent> {
    const headers = lastId === undefined ? {} : { "last-event-id": lastId };
    const { body } = await fetch(`${this.addresses.alice}/v1/events`, { headers, signal: AbortSignal.timeout(5_000) });
    const reader = body!.getReader();
    const { value } = await reader.read();
    await reader.cancel();
    const [, id = "", name = "", data = ""] = /^id: (.+)\nevent: (.+)\ndata: (.+)\n/.exec(
      new TextDecoder().decode(value),
    )!;
    const { collections, asOf } = JSON.parse(data) as {
      collections: string[];
      asOf: { replica: FabricEvent["replica"] };
    };
    return { replica: asOf.replica, id, name, collections };
  }

  /** Asks one replica as alice, at the socket to which its cluster vertex brings connections. */
  askAt(node: Replica, path: string, body?: string): Promise<ControlAnswer> {
    return new Promise((done, fail) => {
      const createConnection = (): Socket => {
        const socket = connect(socketOf(this.lab, node));
        socket.write(ALICE);
        return socket;
      };
      const headers = { host: "localhost", "content-type": "text/plain" };
      const method = body === undefined ? "GET" : "POST";
      const signal = AbortSignal.timeout(5_000);
      const asked = request({ path, method, headers, signal, createConnection }, async (response) => {
        const text = Buffer.concat(await response.toArray()).toString();
        const type = response.headers["content-type"] ?? "";
        this.#document?.check({ method, path, status: response.statusCode!, type, text });
        const isJson = type.includes("json");
        const told = new Headers({ etag: response.headers.etag ?? "" });
        done({ status: response.statusCode!, headers: told, body: isJson ? (JSON.parse(text) as never) : { text } });
      });
      asked.once("error", fail).end(body);
    });
  }

  /** Whether a replica has logged a code. */
  hasLogged(node: Replica, code: string): boolean {
    return this.#replicas.get(node)!.hasLogged(code);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#replicas.values()].map((replica) => replica.endBy("SIGKILL")));
    await this.fabric[Symbol.asyncDispose]();
    await this.#etcd?.close();
    await this.lab.down();
  }
}

/** The socket at which a replica takes connections. */
export function socketOf(lab: Lab, node: string): string {
  return join(folderOf(lab, node), "api.sock");
}

function folderOf(lab: Lab, node: string): string {
  return join(lab.configFile(node, "cluster-flor"), "..");
}

function configOf(lab: Lab, fabric: FabricLab, node: string): Record<string, unknown> {
  const folder = folderOf(lab, node);
  return {
    cluster: "control",
    admin: join(folder, "admin-control-flor.sock"),
    control: join(folder, "control-control-flor.sock"),
    agent: fabric.adminOf(node),
    state: join(folder, "control"),
    listen: socketOf(lab, node),
    service: "control-api",
    readers: [
      { principals: ["user/alice"], organizations: "all", propose: true },
      { principals: ["user/bob"], organizations: ["lab"] },
    ],
  };
}
