import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { ChildProcess } from "node:child_process";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Bodies, type Fact, type Kind, readFact, slotOf, writeRecordText } from "@florenetes/facts";
import {
  addSignatures,
  createKeyFolder,
  makeSigningKey,
  proposeRecord,
  proposeRoot,
  proposeVoid,
  type PublicKey,
  type RootProposal,
  type SigningKey,
} from "@florenetes/facts/authoring";
import type { PrincipalKind } from "@florenetes/identity";
import { openCa } from "@florenetes/identity/authority";
import { isOperatorError } from "@florenetes/operator-text";
import { requestAdmin } from "@florenetes/process-kit";
import { parse, stringify } from "yaml";
import { endChild } from "./child-process.ts";
import { programArguments, type VertexCommand } from "./executables.ts";
import type { FabricPlan } from "./fabric-plan.ts";
import { linkBounds, placesOf } from "./fabric-seeds.ts";
import type { Lab } from "./lab.ts";
import { labError } from "./lab-error.ts";
import { type LabRoute, readLeads, readRoutes } from "./lab-routes.ts";
import { POLL_MS, READY_MS_MAX } from "./limits.ts";

interface Agent {
  readonly folder: string;
  readonly key: SigningKey;
  child: ChildProcess | undefined;
}

const OPERATORS = ["alice", "bob", "carol"] as const;
const ORGANIZATION = "lab";
/** The folder of a program's key, beside the config of its agent. */
const PROGRAM = "program";
/** The file with all that nodes without a root get. */
const FIRST = "first.fact";
const FIRST_LABEL = 700_000;

/**
 * Control agents beside the vertices of a lab that was opened and not started: three operators, of whom two have to sign, a root, and records
 * of all nodes. Whatever operators do by `flor fabric` is done here by the same library.
 */
export class FabricLab implements AsyncDisposable {
  readonly #lab: Lab;
  readonly #program: VertexCommand;
  /** Each operator has one, in their order. */
  readonly #controlKeys: readonly SigningKey[];
  readonly #storageKeys: readonly SigningKey[] = OPERATORS.map((name) => makeSigningKey(`${name}-storage`));
  readonly #programKeys: readonly (PublicKey & { readonly auto: true })[];
  readonly #root: Buffer;
  readonly #agents: ReadonlyMap<string, Agent>;
  readonly #newest = new Map<string, Fact>();
  readonly #plan: FabricPlan;
  #rootKeys: readonly SigningKey[];
  #newestRoot: Buffer;

  private constructor(lab: Lab, plan: FabricPlan) {
    this.#lab = lab;
    this.#plan = plan;
    this.#program = plan.agentProgram ?? [process.execPath, ...programArguments("fabric-flor")];
    const { cluster } = lab.mesh;
    const keysOf = (what: string): SigningKey[] => OPERATORS.map((name) => makeSigningKey(`${name}-${what}`));
    const mode = plan.development === true ? "development" : "production";
    // A root for trials with programs has one operator who signs records, so that one program is enough, too.
    const isOneEnough = mode === "development" && plan.programs !== undefined;
    const [roots, controls] = [keysOf("root"), keysOf("control").slice(0, isOneEnough ? 1 : undefined)];
    this.#controlKeys = controls;
    this.#programKeys = (plan.programs ?? []).map((node) => {
      const folder = join(dirname(lab.configFile(node, "cluster-flor")), PROGRAM);
      return { ...createKeyFolder(folder, `program-${node}`).publicKey, auto: true };
    });
    const authorities = this.#authoritiesOf(roots);
    this.#root = addSignatures(proposeRoot({ cluster, authorities, mode, now: Date.now() }), roots.slice(0, 2));
    this.#rootKeys = roots;
    this.#newestRoot = this.#root;
    this.#agents = new Map(lab.nodeNames.map((node) => [node, this.#prepare(node, plan)]));
  }

  /** Writes what the agents need into the folders of a lab, and tells its cluster vertices of them. `up` has to follow. */
  static prepare(lab: Lab, plan: FabricPlan): FabricLab {
    const fabric = new FabricLab(lab, plan);
    const seeds = plan.seeds?.map((node) => ({ node, key: fabric.keyOf(node), endpoints: placesOf(lab, node) })) ?? [];
    if (seeds.length > 0) fabric.writeSeeds(seeds);
    return fabric;
  }

  /** The nodes' names. */
  get nodeNames(): readonly string[] {
    return [...this.#agents.keys()];
  }

  /** The root descriptor's fingerprint, as agents pin it. */
  get fingerprint(): string {
    return `sha256:${this.#factOf(this.#root).id}`;
  }

  /** Starts the agents of a lab that is up, and hands its own record to each of them but for candidates, who have none. */
  async up(candidates: readonly string[] = []): Promise<void> {
    for (const node of this.nodeNames) this.start(node);
    await this.untilReady();
    const members = this.nodeNames.filter((node) => !candidates.includes(node));
    await Promise.all(members.map((node) => this.publish(node, [this.signNode(node)])));
  }

  /** Waits until these agents answer; default: all. @throws OperatorError `ERR_LAB_TIMEOUT` */
  async untilReady(...nodes: readonly string[]): Promise<void> {
    const deadline = performance.now() + READY_MS_MAX;
    for (const node of nodes.length > 0 ? nodes : this.nodeNames) {
      while ((await this.#ask(node)) === undefined) {
        const message = `fabric-flor of ${node} does not answer`;
        if (performance.now() > deadline)
          throw labError("ERR_LAB_TIMEOUT", message, `Its log is ${this.logFile(node)}.`);
        await sleep(POLL_MS);
      }
    }
  }

  start(node: string): void {
    const agent = this.#agent(node);
    const log = openSync(this.logFile(node), "a", 0o640);
    const argv = [...this.#program, "run", "--config", this.configFile(node)];
    agent.child = this.#lab.spawn(node, argv, { stdio: ["ignore", log, log] });
    closeSync(log);
  }

  /** Ends the agent of a node. */
  async kill(node: string, signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    const { child } = this.#agent(node);
    if (child !== undefined) await endChild(child, `fabric-flor of ${node}`, signal);
  }

  /** The status of a node's agent. Rejects with an OperatorError while it does not answer. */
  status(node: string): Promise<unknown> {
    return requestAdmin(this.adminOf(node), "/status");
  }

  /** The routes of the paths that a node's agent has made, as its cluster vertex has them at present. */
  async routesOf(node: string): Promise<readonly LabRoute[]> {
    return readRoutes(await requestAdmin(this.doorOf(node), "/view"));
  }

  /** The services for whose workloads a node's cluster vertex has a path: before, it refuses them at once. */
  async leadsOf(node: string): Promise<readonly string[]> {
    return readLeads(await requestAdmin(this.doorOf(node), "/view"));
  }

  configFile(node: string): string {
    return join(this.#agent(node).folder, "fabric-flor.yaml");
  }

  /** The door of a node's cluster vertex. */
  doorOf(node: string): string {
    return join(this.#agent(node).folder, "fabric-door.sock");
  }

  /** The admin socket of a node's agent. */
  adminOf(node: string): string {
    return join(this.#agent(node).folder, "fabric-admin.sock");
  }

  /** The control socket of a node's agent, to which records are handed. */
  controlOf(node: string): string {
    return join(this.#agent(node).folder, "fabric-admin-control.sock");
  }

  logFile(node: string): string {
    return join(this.#agent(node).folder, "fabric-flor.log");
  }

  /** Makes a record that follows the last one of its slot, signed by so many operators; two are a quorum. */
  sign<K extends Kind>(kind: K, subject: string, body: Bodies[K], operators = 2, scope = "cluster"): Buffer {
    const { cluster } = this.#lab.mesh;
    const after = this.#newest.get(slotOf({ kind, scope, subject }));
    return this.#signed(proposeRecord({ cluster, kind, scope, subject, body, now: Date.now(), after }), operators);
  }

  /** Signs a record that somebody has proposed, as a quorum of operators does. */
  signProposal(proposal: Uint8Array): Buffer {
    return this.#signed(proposal, 2);
  }

  /** The file with the last record of a subject that a quorum has signed. */
  recordFile(subject: string): string {
    return join(this.#lab.folder, `${subject.replaceAll("/", ".")}.fact`);
  }

  /** Makes the record that has a service hosted by these nodes. */
  signService(service: string, hosts: readonly string[], operators = 2, scope = "cluster"): Buffer {
    const listed = hosts.map((node) => ({ node, priority: 0, weight: 1 }));
    const mode: Bodies["service"]["mode"] =
      this.#plan.services[service]?.leader === "fabric" ? "leader" : "active-active";
    const body = { aliases: [], mode, classes: [], hosts: listed };
    return this.sign("service", service, body, operators, scope);
  }

  /** Makes the record that gives a node a role: in the cluster, or in an organization (`org/acme`). */
  signRole(node: string, scope: string, role = "observer"): Buffer {
    return this.sign("role", `${node}/${role}/default`, { actions: [], services: [], depth: 0 }, 2, scope);
  }

  /** Hands records to the agent of a node, as text; returns its answer, also one that refuses them. */
  publish(node: string, records: readonly Uint8Array[]): Promise<unknown> {
    const body = records.map(writeRecordText).join("");
    return requestAdmin(this.controlOf(node), "/records", { method: "POST", body, isAnswer: () => true });
  }

  /** Makes so many versions of the root descriptor that follow the last one. Each has a new root key in the place of the oldest. */
  signRoots(versions: number): Buffer[] {
    const { cluster } = this.#lab.mesh;
    return Array.from({ length: versions }, () => {
      const after = this.#factOf(this.#newestRoot);
      this.#rootKeys = [...this.#rootKeys.slice(1), makeSigningKey(`root-${after.epoch + 1}`)];
      const authorities = this.#authoritiesOf(this.#rootKeys);
      const proposal = proposeRoot({ cluster, authorities, now: Date.now(), after });
      // The keys of both versions: two of three before, and after.
      this.#newestRoot = addSignatures(proposal, this.#rootKeys.slice(0, 2));
      return this.#newestRoot;
    });
  }

  /** Makes the record of a node, which lets it in: for the first time, or again. */
  signNode(node: string): Buffer {
    const { key } = this.#agent(node).key;
    const organization = this.#plan.organizations?.[node] ?? ORGANIZATION;
    return this.sign("node", node, { key, organization, partition: "default", "trust-tier": 0 });
  }

  /** Makes the policy of the cluster by which these nodes confirm the log, each by its own key. */
  signLogPolicy(signers: readonly string[]): Buffer {
    const listed = signers.map((node) => ({ node, key: this.#agent(node).key.key }));
    return this.sign("policy", "cluster", { log: { name: "main", signers: listed } });
  }

  /** Makes the record that takes back what the last one of its slot said. */
  signVoid(kind: Kind, subject: string, scope = "cluster"): Buffer {
    const { cluster } = this.#lab.mesh;
    const after = this.#newest.get(slotOf({ kind, scope, subject }));
    return this.#signed(proposeVoid({ cluster, kind, scope, subject, now: Date.now(), after }), 2);
  }

  /** Puts a second certificate of a principal (`vertex/c`), with another key, in the place of the first: the CA alone can do that. */
  issueAgain(node: string, principal: string): void {
    const [kind, name = ""] = principal.split("/");
    const folder = this.#lab.identityFolder(node, kind === "vertex" ? kind : principal);
    rmSync(folder, { recursive: true });
    openCa(this.#lab.caFolder).issueInto(folder, { kind: kind as PrincipalKind, name });
  }

  /** The key of a node, which its record and its seed name: 32 octets in lower-case hex. */
  keyOf(node: string): string {
    return this.#agent(node).key.key;
  }

  /** The file with the root descriptor and the record of the seeds, for nodes that have nothing else. */
  writeSeeds(seeds: Bodies["seeds"]["seeds"]): string {
    const file = join(this.#lab.folder, FIRST);
    writeFileSync(file, writeRecordText(this.#root) + writeRecordText(this.sign("seeds", "seeds", { seeds })));
    return file;
  }

  /** The process of a node's agent. */
  pidOf(node: string): number | undefined {
    return this.#agent(node).child?.pid;
  }

  /** Ends the agents. The lab is taken down by its own. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodeNames.map((node) => this.kill(node, "SIGTERM")));
  }

  async #ask(node: string): Promise<unknown> {
    try {
      return await this.status(node);
    } catch (error) {
      if (!isOperatorError(error)) throw error;
      return undefined;
    }
  }

  #authoritiesOf(roots: readonly SigningKey[]): RootProposal["authorities"] {
    const control = { keys: [...this.#controlKeys, ...this.#programKeys] };
    const update = this.#plan.updateKeys && { update: { keys: this.#plan.updateKeys } };
    return { root: { keys: roots }, control, storage: { keys: this.#storageKeys }, ...update };
  }

  #signed(proposal: Uint8Array, operators: number): Buffer {
    const keys = this.#factOf(proposal).authority === "storage" ? this.#storageKeys : this.#controlKeys;
    const octets = addSignatures(proposal, keys.slice(0, operators));
    if (operators < 2) return octets;
    const fact = this.#factOf(octets);
    this.#newest.set(slotOf(fact), fact);
    writeFileSync(this.recordFile(fact.subject), writeRecordText(octets));
    return octets;
  }

  #factOf(octets: Uint8Array): Fact {
    const fact = readFact(octets, this.#lab.mesh.cluster);
    if (typeof fact === "string") throw new Error(`a record of the lab is not in form: ${fact}`);
    return fact;
  }

  #agent(node: string): Agent {
    const agent = this.#agents.get(node);
    if (agent === undefined)
      throw labError("ERR_LAB_UNKNOWN", `there is no node ${node}`, "Name one of the mesh file.");
    return agent;
  }

  /** Writes the agent's config, key and identities of a node, and adds services and tunnels to the config of its cluster vertex. */
  #prepare(node: string, plan: FabricPlan): Agent {
    const { cluster } = this.#lab.mesh;
    const clusterFile = this.#lab.configFile(node, "cluster-flor");
    const folder = dirname(clusterFile);
    const state = join(folder, "fabric-state");
    const key = makeSigningKey(`node-${node}`);
    mkdirSync(state, { recursive: true, mode: 0o700 });
    writeFileSync(join(state, "node-key.pem"), key.privateKey.export({ type: "pkcs8", format: "pem" }), {
      mode: 0o600,
    });
    writeFileSync(join(folder, "root.fact"), writeRecordText(this.#root));
    const [door, sessions, listen] = ["fabric-door.sock", "fabric-sessions.sock", "fabric-agent.sock"].map((name) =>
      join(folder, name),
    );
    writeFileSync(
      join(folder, "fabric-flor.yaml"),
      stringify({
        cluster,
        node,
        state,
        admin: join(folder, "fabric-admin.sock"),
        door,
        sessions,
        listen,
        root: this.fingerprint,
        ...(plan.seeds === undefined
          ? { "root-file": join(folder, "root.fact") }
          : { "seeds-file": join(this.#lab.folder, FIRST), endpoints: placesOf(this.#lab, node) }),
        ...(plan.development === true && { development: true }),
        ...(plan.stores?.[node] !== undefined && { store: plan.stores[node] }),
        ...(plan.programs?.includes(node) === true && {
          signer: { key: join(folder, PROGRAM), rules: ["renew", "tokens"] },
        }),
        ...plan.agents?.[node],
      }),
    );
    const config = parse(readFileSync(clusterFile, "utf8")) as Record<string, unknown>;
    config["fabric"] = {
      door,
      sessions,
      identity: this.#issue(node, "service", `fabric.${node}`),
      agent: `session+unix:${listen}`,
      ...(plan.pins !== undefined && { pins: plan.pins }),
      ...(plan.seeds !== undefined && linkBounds(this.#lab, node)),
      ...plan.doors?.[node],
    };
    const services = { ...(config["services"] as object | undefined) } as Record<string, object>;
    for (const [index, [name, { allow, targets, leader, keys }]] of Object.entries(plan.services).entries()) {
      const target = targets[node];
      if (target === undefined) continue;
      const label = FIRST_LABEL + index;
      const identity = this.#issue(node, "service", name);
      services[name] = { label, identity, target, allow, ...(leader && { leader }), ...keys };
    }
    const patience = { ...(plan.connectWait !== undefined && { "connect-wait": plan.connectWait }) };
    const tunnels = plan.tunnels
      .filter((tunnel) => tunnel.node === node)
      .map(({ listen: at, as, service, class: trafficClass }) => {
        const [kind = "", name = ""] = as.split("/");
        const identity = this.#issue(node, kind as "user", name);
        const carried = { ...(trafficClass !== undefined && { class: trafficClass }), ...patience };
        return { listen: at, as: identity, service, path: "auto", ...carried };
      });
    if (plan.seeds !== undefined) config["links"] = {};
    const offered = plan.sessions?.[node];
    if (offered !== undefined) {
      const [kind = "", name = ""] = offered.as.split("/");
      const found = Object.fromEntries(offered.services.map((service) => [service, { path: "auto", ...patience }]));
      const socket = `unix:${join(folder, "sessions.sock")}`;
      config["sessions"] = [{ listen: socket, as: this.#issue(node, kind as "user", name), services: found }];
    }
    config["services"] = services;
    config["tunnels"] = [...((config["tunnels"] as object[] | undefined) ?? []), ...tunnels];
    writeFileSync(clusterFile, stringify(config));
    return { folder, key, child: undefined };
  }

  /** @returns the folder of the identity */
  #issue(node: string, kind: "user" | "service", name: string): string {
    const folder = this.#lab.identityFolder(node, `${kind}/${name}`);
    if (!existsSync(folder)) openCa(this.#lab.caFolder).issueInto(folder, { kind, name });
    return folder;
  }
}
