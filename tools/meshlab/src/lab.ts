import { type ChildProcess, spawn } from "node:child_process";
import { rename } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { checkMesh, linkKey } from "@florenetes/mesh-file";
import type { Mesh, MeshDocument, MeshTunnel, RenderedMesh, RenderedNode } from "@florenetes/mesh-file";
import { isLinkVertex, type NodeProcess } from "./executables.ts";
import { endKeeper } from "./keeper.ts";
import { labError } from "./lab-error.ts";
import { renewPrincipal, revokePrincipal } from "./lab-identities.ts";
import type { OptionsBeside, SpawnOptions } from "./lab-options.ts";
import { LabProcess } from "./lab-process.ts";
import { describeDeath, LabProcesses } from "./lab-processes.ts";
import { commandOf, processesOf } from "./lab-vertices.ts";
import { END_MS_MAX, POLL_MS, READY_MS_MAX, UP_MS_MAX, UP_MS_PER_NODE, WHOLE_AGAIN_MS_MAX } from "./limits.ts";
import { requireLink, requireNode } from "./mesh-lookup.ts";
import { inNamespace, setWire, type Wire } from "./namespaces.ts";
import { collectOutput, type ExecOptions, type ExecResult } from "./output.ts";
import { extendNeighbourhood, nodeFolder, NO_NEIGHBOURS } from "./placement.ts";
import type { Neighbourhood, PlacedMesh } from "./placement.ts";
import { LAB_VARIABLE } from "./procfs.ts";
import type { ProcessMark } from "./procfs.ts";
import { countUp, findSilent, findWaiting } from "./readiness.ts";
import { RELAY_STDIO, Relays } from "./relay-process.ts";
import type { RelayProcess } from "./relay-process.ts";
import type { Impairment } from "./scenario-step.ts";
import { readClusterStatus, readNodeStatus, readStatuses } from "./status.ts";
import type { NodeStatus } from "./status.ts";
import { sweepLab } from "./sweep.ts";

/** A mesh of real processes. Disposing of it takes it down. */
export class Lab implements AsyncDisposable {
  /** The folder with all files of the lab. */
  readonly folder: string;
  readonly mode: "loopback" | "netns";
  readonly #placed: PlacedMesh;
  readonly #rendered: RenderedMesh;
  readonly #keeper: ProcessMark;
  readonly #options: OptionsBeside<Lab>;
  readonly #processes = new LabProcesses();
  readonly #spawned = new Set<ChildProcess>();
  readonly #relays = new Relays();
  readonly #documents: readonly MeshDocument[];
  #neighbour: Lab | undefined;
  #closing: Promise<void> | undefined;

  /** @param documents the meshes of the labs beside which this one is opened, and its own */
  constructor(
    folder: string,
    placed: PlacedMesh,
    rendered: RenderedMesh,
    documents: readonly MeshDocument[],
    keeper: ProcessMark,
    options: OptionsBeside<Lab>,
  ) {
    this.folder = folder;
    this.mode = options.mode ?? "loopback";
    this.#placed = placed;
    this.#rendered = rendered;
    this.#documents = documents;
    this.#keeper = keeper;
    this.#options = options;
    for (const node of placed.mesh.nodes) {
      for (const name of processesOf(placed.mesh, node)) {
        const shared = options.beside?.findLinkVertex(node.name, name);
        if (shared === undefined) this.#processes.addOwn(this.#makeProcess(node.name, name));
        else this.#processes.addShared(shared);
      }
    }
  }

  /** The mesh with its addresses and folders in the lab. */
  get mesh(): Mesh {
    return this.#placed.mesh;
  }

  /** Parts of the mesh that were rendered but serve nothing, such as a service that nobody may use. */
  get warnings(): readonly string[] {
    return checkMesh(this.mesh)
      .filter(({ severity, code }) => severity === "warning" || code === "ERR_MESH_NOT_ALLOWED")
      .map(({ message }) => message);
  }

  get nodeNames(): readonly string[] {
    return this.mesh.nodes.map(({ name }) => name);
  }

  get tunnels(): readonly MeshTunnel[] {
    return this.mesh.tunnels;
  }

  /** The processes of a node, link vertices first. */
  processNames(node: string): readonly NodeProcess[] {
    return this.#processes.namesOf(node);
  }

  /** The config file of a node's process. A link vertex that serves several labs has its config file in the first lab. */
  configFile(node: string, name: NodeProcess): string {
    const { beside } = this.#options;
    const isShared = beside?.findLinkVertex(node, name) !== undefined;
    return isShared ? beside.configFile(node, name) : `${this.#folderOf(node)}/${name}.yaml`;
  }

  /** The folder of an identity on a node, such as `vertex`, `user/alice`, `service/web`. */
  identityFolder(node: string, principal: string): string {
    return `${this.#folderOf(node)}/identity/${principal}`;
  }

  /** The folder of the cluster's CA. */
  get caFolder(): string {
    return `${this.folder}/ca`;
  }

  /**
   * Starts all processes and waits until every link is up at both ends and every tunnel listens.
   *
   * @throws OperatorError `ERR_LAB_PROCESS_DIED` with the last lines of the log, `ERR_LAB_NOT_UP` with the parts that are missing and why
   */
  async up(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    this.#requireOpen();
    await this.#relays.start(this.#placed.relays, (node, argv) => this.spawn(node, argv, { stdio: RELAY_STDIO }));
    const stopped = this.#processes.all.filter(({ pid }) => pid === undefined);
    this.#options.onProgress?.(`starting ${stopped.length} processes`);
    for (const process of stopped) process.start();
    await this.waitUntilUp(options);
  }

  /** Waits like `up`, for instance after a fault. Processes that were killed on purpose are waited for, too. */
  async waitUntilUp(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    const timeoutMs = options.timeoutMs ?? UP_MS_MAX + UP_MS_PER_NODE * this.mesh.nodes.length;
    const deadline = performance.now() + timeoutMs;
    let shown = -1;
    const statuses = new Map<string, NodeStatus>();
    // An answer costs a process that has just started 5 ms: only nodes whose parts are missing are asked.
    let asked = this.#rendered.nodes;
    for (;;) {
      this.#requireOpen();
      for (const [node, status] of await readStatuses(asked, readClusterStatus)) statuses.set(node, status);
      await this.#processes.requireAlive();
      const up = countUp(this.mesh, statuses);
      if (up !== shown) this.#options.onProgress?.(`${up} of ${this.mesh.links.length} links are up`);
      shown = up;
      const stopped = this.#processes.all.filter(({ pid }) => pid === undefined);
      const waiting = findWaiting(this.mesh, statuses);
      const missing = new Set([...stopped.map(({ node }) => node), ...waiting.flatMap(({ nodes }) => nodes)]);
      if (missing.size === 0 && asked.length === statuses.size) return;
      if (missing.size > 0 && performance.now() > deadline) {
        const reasons = [
          ...stopped.map(({ node, name }) => `${name} of ${node} does not run`),
          ...findWaiting(this.mesh, await this.statuses()).map(({ text }) => text),
        ];
        const message = `the mesh is not up after ${Math.round(timeoutMs / 1000)} s: ${reasons.join("; ")}`;
        const advice = `See the logs in ${this.folder} while the lab is there.`;
        if (reasons.length > 0) throw labError("ERR_LAB_NOT_UP", message, advice);
      }
      // A part that was up may be down again when the last one comes up.
      asked = this.#rendered.nodes.filter(({ name }) => missing.size === 0 || missing.has(name));
      if (missing.size > 0) await sleep(POLL_MS);
    }
  }

  /**
   * Waits until all processes answer on their admin sockets, and then until the mesh is up, for which there is less time.
   *
   * @throws OperatorError as `waitUntilUp`; `ERR_LAB_TIMEOUT` when a process does not answer
   */
  async waitUntilWhole(timeoutMs: number = WHOLE_AGAIN_MS_MAX): Promise<void> {
    await this.untilReady();
    await this.waitUntilUp({ timeoutMs });
  }

  /** @throws OperatorError `ERR_LAB_TIMEOUT` when a process does not answer in time */
  async untilReady(timeoutMs: number = READY_MS_MAX): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const statuses = await this.statuses();
      await this.#processes.requireAlive();
      const silent = findSilent(this.mesh, statuses, this.#options.linkVertex === undefined);
      if (silent.length === 0) return;
      if (performance.now() > deadline)
        throw labError("ERR_LAB_TIMEOUT", `no answer from ${silent.join(", ")}`, "Was it started, or thawed?");
      await sleep(POLL_MS);
    }
  }

  async status(node: string): Promise<NodeStatus> {
    return readNodeStatus(this.#requireNode(node).sockets);
  }

  async statuses(): Promise<ReadonlyMap<string, NodeStatus>> {
    return readStatuses(this.#rendered.nodes);
  }

  /** The network namespace of a node; undefined on loopback. */
  namespaceOf(node: string): string | undefined {
    this.#requireNode(node);
    return this.#placed.namespaces.get(node);
  }

  /** The words with which `spawn` runs a command in a node. */
  commandIn(node: string, argv: readonly string[]): readonly string[] {
    const namespace = this.namespaceOf(node);
    return namespace === undefined ? argv : [...inNamespace(namespace), ...argv];
  }

  /** Starts a command in a node. A command that still runs is ended when the lab is taken down. */
  spawn(node: string, argv: readonly string[], options: SpawnOptions = {}): ChildProcess {
    this.#requireOpen();
    const [command = "", ...args] = this.commandIn(node, argv);
    const env = { ...this.#environment(node), ...options.environment };
    const child = spawn(command, args, { detached: true, env, stdio: options.stdio ?? ["pipe", "pipe", "pipe"] });
    this.#spawned.add(child);
    child.once("exit", () => this.#spawned.delete(child));
    child.once("error", () => this.#spawned.delete(child));
    return child;
  }

  /**
   * Runs a command in a node to its end, whatever its exit code.
   *
   * @throws OperatorError `ERR_LAB_COMMAND` when the command cannot be started, `ERR_LAB_TIMEOUT` when it took too long and was killed
   */
  async exec(node: string, argv: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
    return collectOutput(this.spawn(node, argv, options), argv, options);
  }

  /** Sends a signal; resolves when the process is gone, if the signal ends it. Default: SIGKILL. */
  async kill(node: string, name: NodeProcess, signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    await this.#process(node, name).signal(signal);
  }

  /** Starts a process that does not run. */
  start(node: string, name: NodeProcess): void {
    this.#requireOpen();
    this.#process(node, name).start();
  }

  /** Ends a process politely and starts it again. */
  async restart(node: string, name: NodeProcess): Promise<void> {
    await this.#process(node, name).stop(END_MS_MAX);
    this.start(node, name);
  }

  /** The wire of a link. @throws OperatorError `ERR_LAB_MODE` on loopback, which has no wires */
  wire(a: string, b: string, tag = "0"): Wire {
    this.#requireOpen();
    const wire = this.#placed.wires.get(linkKey(requireLink(this.mesh, a, b, tag)));
    if (wire !== undefined) return wire;
    const advice = "Use a lab in namespaces: --netns.";
    throw labError("ERR_LAB_MODE", "links on loopback have no wire that could be cut", advice);
  }

  /** Cuts the wire of a link. @throws OperatorError `ERR_LAB_MODE` on loopback, which has no wires */
  async linkDown(a: string, b: string, tag = "0"): Promise<void> {
    await setWire(this.wire(a, b, tag), "down");
  }

  async linkUp(a: string, b: string, tag = "0"): Promise<void> {
    await setWire(this.wire(a, b, tag), "up");
  }

  /** Acts as if a node's machine were gone: its wires go down and its processes freeze. */
  async lose(node: string): Promise<void> {
    await this.#setMachine(node, "down", "SIGSTOP");
  }

  async recover(node: string): Promise<void> {
    await this.#setMachine(node, "up", "SIGCONT");
  }

  /** Makes the originator of a link appear at another port from now on. @throws OperatorError `ERR_LAB_RELAY` */
  async rebind(a: string, b: string, tag = "0"): Promise<void> {
    await this.#relay(a, b, tag).tell({ rebind: true });
  }

  /** Impairs a link from now on: delay, loss, duplicates, order, rate. @throws OperatorError `ERR_LAB_RELAY` */
  async impair(a: string, b: string, impairment: Impairment, tag = "0"): Promise<void> {
    await this.#relay(a, b, tag).tell({ impair: impairment });
  }

  /** Revokes a principal such as `user/alice`. The CA's new list is put into every identity folder, and is in force within a second. */
  revoke(principal: string): void {
    this.#requireOpen();
    revokePrincipal(this.caFolder, this.#rendered, principal);
  }

  /** Gives a principal another certificate and key, and makes its processes use them. @throws OperatorError `ERR_LAB_UNKNOWN` */
  async renew(principal: string): Promise<void> {
    this.#requireOpen();
    const holders = renewPrincipal(this.caFolder, this.#rendered, principal);
    const running = holders.flatMap(({ node, has }) => this.#processes.running(node, has));
    await Promise.all(running.map((process) => process.signal("SIGHUP")));
  }

  /** The log of a process. */
  async logs(node: string, name: NodeProcess): Promise<string> {
    return this.#process(node, name).log();
  }

  pids(): ReturnType<LabProcesses["pids"]> {
    return this.#processes.pids();
  }

  /** The nodes and places of this lab, and of those beside it, for a lab that is opened beside this one. */
  get neighbourhood(): Neighbourhood {
    return extendNeighbourhood(this.#options.beside?.neighbourhood ?? NO_NEIGHBOURS, this.#placed);
  }

  /** The meshes of the labs beside which this one was opened, and its own. */
  get documents(): readonly MeshDocument[] {
    return this.#documents;
  }

  /** A link vertex of a node, in this lab or in one beside which it was opened. */
  findLinkVertex(node: string, name: NodeProcess): LabProcess | undefined {
    if (!isLinkVertex(name)) return undefined;
    return this.#processes.find(node, name) ?? this.#options.beside?.findLinkVertex(node, name);
  }

  /** @throws OperatorError `ERR_LAB_STATE` when it is too late to open another lab beside it */
  requireNoNeighbour(): void {
    this.#requireOpen();
    if (this.#neighbour !== undefined)
      throw labError("ERR_LAB_STATE", "there is a lab beside this one", "Open the next one beside that.");
    if (this.#processes.all.some(({ name, pid }) => isLinkVertex(name) && pid !== undefined))
      throw labError("ERR_LAB_STATE", "a link vertex runs, which reads its config at start", "Open all labs first.");
  }

  /** Gives the link vertices that this lab shares the config that names its cluster, too. */
  async shareLinkVertices(): Promise<void> {
    if (this.#options.beside !== undefined) this.#options.beside.#neighbour = this;
    for (const { node, name } of this.#processes.shared)
      await rename(`${this.#folderOf(node)}/${name}.yaml`, this.configFile(node, name));
  }

  /** Takes everything down and removes it. A lab that was opened beside this one goes first. Safe to repeat. */
  async down(): Promise<void> {
    this.#closing ??= this.#takeDown();
    await this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down();
  }

  async #takeDown(): Promise<void> {
    await this.#neighbour?.down();
    for (const child of this.#spawned) child.kill("SIGTERM");
    await this.#processes.stopOwn();
    await sweepLab(this.folder);
    this.#placed.ports[Symbol.dispose]();
    endKeeper(this.#keeper);
  }

  #makeProcess(node: string, name: NodeProcess): LabProcess {
    const command = commandOf(name, this.#options);
    const argv = this.commandIn(node, [...command, "run", "--config", this.configFile(node, name)]);
    const process = new LabProcess(node, name, argv, this.#environment(node), `${this.#folderOf(node)}/${name}.log`);
    process.onDeath = () => void describeDeath(process).then((text) => this.#options.onDeath?.(text));
    return process;
  }

  #environment(node: string): NodeJS.ProcessEnv {
    return { ...process.env, ...this.#options.environment, [LAB_VARIABLE]: this.folder, FLORENETES_NODE: node };
  }

  #relay(a: string, b: string, tag: string): RelayProcess {
    this.#requireOpen();
    return this.#relays.find(requireLink(this.mesh, a, b, tag));
  }

  async #setMachine(node: string, state: "up" | "down", signal: NodeJS.Signals): Promise<void> {
    this.#requireNode(node);
    const links = this.mesh.links.filter(({ between }) => between.includes(node));
    await Promise.all(links.map(({ between: [a, b], tag }) => setWire(this.wire(a, b, tag), state)));
    await Promise.all(this.processNames(node).map((name) => this.kill(node, name, signal)));
  }

  #requireOpen(): void {
    if (this.#closing !== undefined) throw labError("ERR_LAB_CLOSED", "the lab is down", "Open a new one.");
  }

  #requireNode(node: string): RenderedNode {
    return requireNode(this.#rendered, node);
  }

  #process(node: string, name: NodeProcess): LabProcess {
    this.#requireNode(node);
    return this.#processes.require(node, name);
  }

  #folderOf(node: string): string {
    return nodeFolder(this.folder, this.mesh, node);
  }
}
