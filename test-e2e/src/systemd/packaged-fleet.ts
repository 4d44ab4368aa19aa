import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { STAGE_MAX } from "@florenetes/releases";
import { expect, vi } from "vitest";
import { florCommand, runToEnd } from "../executables.ts";
import { PATIENCE_OF_PROCESSES } from "../patience.ts";
import { SystemdMachine } from "./machine.ts";

const checkout = fileURLToPath(new URL("../../../", import.meta.url));
const CLUSTER = "example";
const NODES = ["a", "r1", "r2", "b", "s"] as const;
/** The first address of each wire is that of the node behind the relay. */
const WIRES = [
  ["a", "r1", 1],
  ["a", "r2", 2],
  ["b", "r1", 3],
  ["b", "r2", 4],
  ["s", "r1", 5],
  ["s", "r2", 6],
] as const;
const OPERATORS = ["alice", "bob", "carol"];
const SIGNERS = OPERATORS.slice(0, 2);
const AGENT = `/run/florenetes-fabric-${CLUSTER}/admin.sock`;
const STATE = `/var/lib/florenetes/fabric-${CLUSTER}`;
const ETC = `/etc/florenetes/${CLUSTER}`;
/** The folder that the store of the machine `s` hands on. */
const STORED = "/srv/releases";
/** The machine has its own environment, and not that of the tests. */
const FLOR = ["env", "--ignore-environment", "PATH=/usr/bin:/bin", "flor"];
const UNITS = ["link-flor.service", `cluster-flor@${CLUSTER}.service`, `fabric-flor@${CLUSTER}.service`] as const;

const MESH = (fingerprint: string): string => `
cluster: ${CLUSTER}
nodes:
  a: {}
  b: {}
  s: {}
  r1: { address: 10.82.1.2 }
  r2: { address: 10.82.2.2 }
links:
${WIRES.map(([node, relay, net]) => `  - { between: [${node}, ${relay}], originator: ${node}, address: 10.82.${net}.2 }`).join("\n")}
services:
  steady: { node: b, target: "tcp://127.0.0.1:8080", allow: [user/alice] }
  update-store:
    node: s
    target: "unix:/run/florenetes-store-${CLUSTER}/cluster/store.sock"
    proxy-protocol: v2
    allow: [${NODES.map((node) => `service/fabric.${node}`).join(", ")}]
tunnels:
  - { node: a, listen: "tcp://127.0.0.1:18080", as: user/alice, service: steady, connect-wait: 1min, path: auto }
fabric:
  root: ${fingerprint}
  root-file: root.fact
  relays:
    r1: { classes: [control, dns, interactive, reliable, bulk, droppable], rate: 1 Gbit/s }
    r2: { classes: [control, dns, interactive, reliable, bulk, droppable], rate: 1 Gbit/s }
  coordinators: { r1: {}, r2: {} }
  updates: { channel: stable, repository-root: releases-root.json }
`;
const STORE = `cluster: ${CLUSTER}
node: s
admin: /run/florenetes-store-${CLUSTER}/admin.sock
listen: /run/florenetes-store-${CLUSTER}/cluster/store.sock
update-store: { folder: ${STORED} }
`;
const UPDATE = (node: string, fingerprint: string): string => `cluster: ${CLUSTER}
node: ${node}
channel: stable
spool: ${STATE}/updates
root: ${fingerprint}
repository-root: ${ETC}/releases-root.json
whole-within: 5min
`;

/** The file in which update-flor tells how it went. */
export interface UpdateStatus {
  readonly installed: { readonly version: string } | null;
  readonly failed: readonly string[];
  readonly last: { readonly version: string; readonly outcome: string; readonly code?: string | null } | null;
}

/** A coordinator's answer about the software of the nodes that it hears. */
export interface ToldSoftware {
  readonly versions: readonly object[];
  /** Nodes that went back or refuse. */
  readonly nodes: readonly object[];
}

/**
 * Five machines with packages and agents: two ends, two relays that coordinate, and a store. People sign releases of a repository, and the machines take
 * them by themselves.
 */
export class PackagedFleet implements AsyncDisposable {
  readonly machines = new Map<string, SystemdMachine>();
  /** Each machine sees this folder at the same place. */
  readonly #folder = mkdtempSync(join(checkout, ".toolchain/fleet-"));
  /** Files of the records by which the machines find each other. */
  readonly #records: string[] = [];

  /**
   * @param base a Debian system with our packages
   * @param packages the folder of these packages, which are the first release of the channel
   */
  static async start(base: string, packages: string): Promise<PackagedFleet> {
    const fleet = new PackagedFleet();
    try {
      await fleet.#makeConfigs(packages);
      await fleet.#boot(base);
      await fleet.#letIn();
      await fleet.#handIn();
      return fleet;
    } catch (error) {
      await fleet[Symbol.asyncDispose]();
      throw error;
    }
  }

  node(name: string): SystemdMachine {
    return this.machines.get(name)!;
  }

  /** Adds a folder of packages to the repository as the release of the channel, has it signed and published, and brings it to the store. */
  async release(packages: string, stage: number, ...more: readonly string[]): Promise<void> {
    await this.#add(packages, stage, more);
    await this.#publish();
  }

  /** Has another stage of the present release signed and published. */
  async stage(stage: number): Promise<void> {
    const command = stage === 0 ? ["stop"] : ["stage", "--to", String(stage)];
    await this.#flor("release", command[0]!, this.#at("repo"), "--channel", "stable", ...command.slice(1));
    await this.#publish();
  }

  /** The version of the package florenetes-node at each machine. */
  async versions(): Promise<Record<string, string>> {
    const query = ["dpkg-query", "--showformat=${Version}", "--show", "florenetes-node"];
    const versions = [...this.machines].map(async ([name, machine]) => [name, await machine.do(...query)] as const);
    return Object.fromEntries(await Promise.all(versions));
  }

  /** The status of update-flor at each machine; undefined: it has told none. */
  async statuses(): Promise<Record<string, UpdateStatus | undefined>> {
    const statuses = [...this.machines].map(async ([name, machine]) => {
      const { code, stdout } = await machine.run("cat", "/var/lib/florenetes/update/status.json");
      return [name, code === 0 ? (JSON.parse(stdout) as UpdateStatus) : undefined] as const;
    });
    return Object.fromEntries(await Promise.all(statuses));
  }

  /** The software of the nodes, as they have told a coordinator. */
  async told(coordinator: string): Promise<ToldSoftware> {
    const asking = ["curl", "--silent", "--unix-socket", AGENT, "http://agent/releases"];
    const answer = JSON.parse(await this.node(coordinator).do(...asking)) as { readonly coordinator: ToldSoftware };
    return answer.coordinator;
  }

  /** Waits until the units of all machines are active, and all links up. */
  async untilWhole(): Promise<void> {
    await vi.waitFor(async () => {
      for (const [name, machine] of this.machines) {
        for (const unit of UNITS) expect(await machine.unit(unit), name).toMatchObject({ ActiveState: "active" });
        const all = name.startsWith("r") ? 3 : 2;
        expect(await machine.unit(UNITS[1]), name).toMatchObject({ StatusText: `${all} of ${all} links up` });
      }
    }, PATIENCE_OF_PROCESSES);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const machine of this.machines.values()) await machine[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  // ── Within ────────────────────────────────────────────────────────────────────────────────────────────────────────

  #at(...names: readonly string[]): string {
    return join(this.#folder, ...names);
  }

  async #flor(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await runToEnd([...florCommand(), ...args]);
    expect(code, `${args.join(" ")}: ${stderr}`).toBe(0);
    return stdout;
  }

  async #add(packages: string, stage: number, more: readonly string[]): Promise<void> {
    const options = ["--packages", packages, "--channel", "stable", "--stage", String(stage), ...more];
    await this.#flor("release", "add", this.#at("repo"), ...options);
  }

  async #makeConfigs(packages: string): Promise<void> {
    const [ca, nodes, fabric, repo, mesh] = ["ca", "nodes", "fabric", "repo", "mesh.yaml"].map((name) =>
      this.#at(name),
    ) as [string, string, string, string, string];
    const made = await this.#flor(
      "fabric",
      "init",
      "--cluster",
      CLUSTER,
      "--operators",
      OPERATORS.join(","),
      "--out",
      fabric,
    );
    const fingerprint = /sha256:[0-9a-f]{64}/.exec(made)![0];
    writeFileSync(mesh, MESH(fingerprint));
    await this.#flor("mesh", "render", mesh, "--out", nodes);
    await this.#flor("ca", "init", "--cluster", CLUSTER, "--out", ca);
    const issue = (kind: string, name: string, to: string): Promise<string> =>
      this.#flor("ca", "issue", kind, name, "--ca", ca, "--out", join(nodes, to));
    for (const node of NODES) {
      await issue("vertex", node, `${node}/identity/vertex`);
      await issue("service", `fabric.${node}`, `${node}/identity/service/fabric.${node}`);
    }
    await issue("user", "alice", "a/identity/user/alice");
    await issue("service", "steady", "b/identity/service/steady");
    await issue("service", "update-store", "s/identity/service/update-store");
    const keys = OPERATORS.map((name) => join(fabric, name, "update/key.pub")).join(",");
    await this.#flor("release", "init", repo, "--cluster", CLUSTER, "--keys", keys, "--threshold", "2");
    await this.#add(packages, STAGE_MAX, []);
    await this.#sign();
    await this.#flor("release", "publish", repo);
    for (const node of NODES) {
      const etc = this.#at("roots", node, "etc/florenetes");
      cpSync(join(nodes, node, "identity"), join(etc, CLUSTER), { recursive: true });
      for (const file of ["cluster-flor.yaml", "fabric-flor.yaml"])
        cpSync(join(nodes, node, file), join(etc, CLUSTER, file));
      cpSync(join(nodes, node, "link-flor.yaml"), join(etc, "link-flor.yaml"));
      cpSync(join(fabric, "root.fact"), join(etc, CLUSTER, "root.fact"));
      cpSync(join(repo, "published/metadata/1.root.json"), join(etc, CLUSTER, "releases-root.json"));
      writeFileSync(join(etc, "update-flor.yaml"), UPDATE(node, fingerprint));
    }
    writeFileSync(this.#at("roots/s/etc/florenetes", CLUSTER, "store-flor.yaml"), STORE);
    mkdirSync(this.#at("records"));
  }

  async #boot(base: string): Promise<void> {
    for (const node of NODES) this.machines.set(node, await SystemdMachine.boot(this.#at("roots", node), [], base));
    for (const machine of this.machines.values()) await machine.do("systemd-tmpfiles", "--create", "link-flor.conf");
    for (const [one, other, net] of WIRES)
      await this.node(one).wire(
        { name: one, address: `10.82.${net}.1/30` },
        { machine: this.node(other), name: other, address: `10.82.${net}.2/30` },
      );
    await this.#store();
    await this.node("s").run("systemctl", "enable", "--now", ...UNITS, `store-flor@${CLUSTER}.service`);
    for (const machine of this.machines.values())
      await machine.run("systemctl", "enable", "--now", ...UNITS, "update-flor@example.path");
    await this.untilWhole();
  }

  /** Signs the records by which the five find each other, their relays and their services. */
  async #letIn(): Promise<void> {
    for (const node of NODES) {
      const key = this.#at(`records/${node}.pub`);
      writeFileSync(key, await this.node(node).do("cat", `${STATE}/node-key.pub`));
      await this.#record(
        `node-${node}`,
        "node",
        node,
        "--key",
        key,
        "--organization",
        "acme",
        "--partition",
        "default",
      );
    }
    for (const relay of ["r1", "r2"]) {
      await this.#record(`relay-${relay}`, "role", `${relay}/relay/default`);
      await this.#record(`coordinator-${relay}`, "role", `${relay}/route-coordinator/default`);
    }
    await this.#record("steady", "service", "steady", "--host", "b");
    await this.#record("update-store", "service", "update-store", "--host", "s");
    // Each node gets all of them by hand, as no control node brings them their papers.
    for (const machine of this.machines.values())
      await machine.do(...FLOR, "fabric", "publish", ...this.#records, "--agent", AGENT);
  }

  async #record(name: string, kind: string, subject: string, ...more: readonly string[]): Promise<void> {
    const file = this.#at(`records/${name}.fact`);
    await this.#flor("fabric", "propose", kind, subject, ...more, "--cluster", CLUSTER, "--out", file);
    for (const signer of SIGNERS) await this.#flor("fabric", "sign", file, "--key", this.#at("fabric", signer));
    this.#records.push(file);
  }

  async #sign(): Promise<void> {
    for (const signer of SIGNERS)
      await this.#flor("release", "sign", this.#at("repo"), "--key", this.#at("fabric", signer));
  }

  async #publish(): Promise<void> {
    await this.#sign();
    await this.#flor("release", "publish", this.#at("repo"));
    await this.#store();
    await this.#handIn();
  }

  /** A coordinator takes the record, as it knows what the others speak. */
  async #handIn(): Promise<void> {
    await this.node("r1").do(...FLOR, "fabric", "publish", this.#at("repo/records/stable.fact"), "--agent", AGENT);
  }

  /** Targets come before the metadata that names them. */
  async #store(): Promise<void> {
    const from = this.#at("repo/published");
    await this.node("s").do(
      "sh",
      "-euc",
      `
      mkdir -p ${STORED}/targets ${STORED}/metadata
      cp -r ${from}/targets ${STORED}
      find ${from}/metadata -type f ! -name timestamp.json -exec cp {} ${STORED}/metadata ';'
      cp ${from}/metadata/timestamp.json ${STORED}/metadata/timestamp.new
      mv ${STORED}/metadata/timestamp.new ${STORED}/metadata/timestamp.json`,
    );
  }
}
