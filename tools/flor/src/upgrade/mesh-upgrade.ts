import { createReadStream } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import {
  hasLinkFlor,
  leadsCut,
  type LeadWays,
  type Mesh,
  type NodeSockets,
  nodeSockets,
  orderUpgrade,
  otherEnd,
  type UpgradeStep,
  waysOfLeads,
} from "@florenetes/mesh-file";
import { foreignText } from "@florenetes/operator-text";
import { ANSWER_SIZE_MAX, TEXT_LENGTH_MAX } from "../mesh-status/limits.ts";
import { commandNode, forNodes, nodeCommand, type NodeCommandResult, runNodeCommand } from "../node-commands.ts";
import type { Output } from "../output.ts";
import { isAiling, linksDown, whyAstray, whyNotThere, whyWorse } from "./judge-node.ts";
import { ANSWER_MS_MAX, COPIES_AT_ONCE, COPY_MS_MAX, LOG_LINES_SHOWN } from "./limits.ts";
import {
  checkScript,
  CLEAN_SCRIPT,
  folderScript,
  logScript,
  PHASE_SCRIPT,
  placeOf,
  type Release,
  stateScript,
} from "./node-scripts.ts";
import { type NodeState, readPhase, readState, type UpgradeState } from "./node-state.ts";
import type { PackageFile, Packages } from "./package-folder.ts";
import { stoppedError, upgradeError } from "./upgrade-error.ts";
import { type Releases, upgradeNode, type UpgradedNode } from "./upgrade-node.ts";

/** Time between two looks at a node. */
const POLL_MS = 1_000;
const PROGRAMS: readonly string[] = ["link-flor", "cluster-flor"];
const DISOBEDIENT = { problem: "it does not run what it is told" } as const;

/** Upgrades the nodes of meshes. */
export class MeshUpgrade {
  readonly #meshes: readonly Mesh[];
  readonly #via: string;
  readonly #releases: Releases;
  readonly #wholeWithinMs: number;
  readonly #output: Output;
  readonly #leads: readonly LeadWays[];
  /** The states of all nodes before anything was changed. */
  readonly #before = new Map<string, NodeState>();

  constructor(meshes: readonly Mesh[], via: string, releases: Releases, wholeWithinMs: number, output: Output) {
    this.#meshes = meshes;
    this.#via = via;
    this.#releases = releases;
    this.#wholeWithinMs = wholeWithinMs;
    this.#output = output;
    this.#leads = meshes.flatMap(waysOfLeads);
  }

  /** Asks all nodes, and says in which order those are upgraded that do not have the release. Changes nothing. */
  async plan(): Promise<readonly UpgradeStep[]> {
    const nodes = [...new Set(this.#meshes.flatMap((mesh) => mesh.nodes.map(({ name }) => name)))];
    const states = await forNodes(nodes, (node) => this.#ask(node));
    const silent = nodes.flatMap((node, index) => {
      const state = states[index]!;
      if ("problem" in state) return [`${node}: ${state.problem}`];
      this.#before.set(node, state);
      return [];
    });
    if (silent.length > 0) throw upgradeError("ERR_FLOR_UPGRADE_UNREACHABLE", silent.join("; "));
    const busy = nodes.filter((node) => this.#before.get(node)!.isUnderWay);
    const told = busy.map((node) => `${node}: another upgrade is under way there; it ends by itself`);
    if (told.length > 0) throw upgradeError("ERR_FLOR_UPGRADE_UNPREPARED", told.join("; "));
    const { wished } = this.#releases;
    const ailing = nodes.filter((node) => isAiling(this.#before.get(node)!, this.#hasLinkFlor(node)));
    const steps = orderUpgrade(this.#meshes, new Set(ailing), this.#linksDown());
    const left = steps.filter(({ node }) => whyNotThere(this.#before.get(node)!, wished) !== undefined);
    for (const { node } of left) this.#checkPackages(node, this.#before.get(node)!);
    const { version } = wished.get("florenetes-node")!;
    this.#output.out(`${left.length} of ${nodes.length} nodes get ${version}`);
    const width = Math.max(0, ...left.map(({ node }) => node.length));
    for (const [index, step] of left.entries()) {
      const why = `${reasonOf(step)}; it ${whyNotThere(this.#before.get(step.node)!, wished)!}`;
      this.#output.out(`  ${String(index + 1).padStart(3)}. ${step.node.padEnd(width)}  ${why}`);
      if (ailing.includes(step.node)) this.#output.out("       does not answer fully already, and so comes first");
    }
    return left;
  }

  /** Has all packages on all nodes, so that nothing is missing later. */
  async prepare(steps: readonly UpgradeStep[]): Promise<void> {
    const problems = await forNodes(steps, ({ node }) => this.#bring(node), COPIES_AT_ONCE);
    const told = steps.flatMap(({ node }, index) =>
      problems[index] === undefined ? [] : [`${node}: ${problems[index]}`],
    );
    if (told.length > 0) throw upgradeError("ERR_FLOR_UPGRADE_UNPREPARED", told.join("; "));
  }

  /** Upgrades node after node. @throws OperatorError `ERR_FLOR_UPGRADE_STOPPED` */
  async carryOut(steps: readonly UpgradeStep[]): Promise<void> {
    for (const [index, step] of steps.entries()) {
      const failure = (await this.#whyNotNow(step)) ?? (await this.#upgrade(step));
      if (failure === undefined) {
        this.#output.out(this.#line(index, step, "whole"));
        continue;
      }
      this.#output.err(this.#line(index, step, failure));
      for (const [later, left] of steps.slice(index + 1).entries())
        this.#output.err(this.#line(index + 1 + later, left, "not begun"));
      throw stoppedError(`${index} of ${steps.length} nodes are upgraded: ${step.node} ${failure}`);
    }
    this.#output.out(`all ${steps.length} nodes are upgraded`);
  }

  /** Waits until a node is as it was, and until no lead needs it in the place of one that is down. Returns why it is not in time. */
  async #whyNotNow({ node, crossing }: UpgradeStep): Promise<string | undefined> {
    const others = new Set([node, ...crossing.flatMap(({ relays }) => [...relays])]);
    const deadline = performance.now() + this.#wholeWithinMs;
    for (;;) {
      const down: string[] = [];
      let why: string | undefined;
      for (const other of others) {
        const state = await this.#ask(other, []);
        if ("problem" in state) why ??= `is not begun: ${other} does not answer: ${state.problem}`;
        else {
          down.push(...linksDown(other, state));
          const worse = other === node ? whyWorse(this.#before.get(node)!, state) : undefined;
          if (worse !== undefined) why ??= `is not begun: it is not as it was, and ${worse}`;
        }
      }
      const [cut] = leadsCut(this.#leads, node, new Set(down));
      if (cut !== undefined) why ??= `is not begun: the other way from ${cut.node} to ${cut.service} is down`;
      if (why === undefined || performance.now() > deadline) return why;
      await sleep(POLL_MS);
    }
  }

  async #upgrade({ node, crossing }: UpgradeStep): Promise<string | undefined> {
    const others = new Set([...this.#neighbours(node), ...crossing.map((lead) => lead.node)]);
    const own: UpgradedNode = {
      ask: () => this.#ask(node),
      askPhase: () => this.#askPhase(node),
      run: (script) => this.#run(node, script),
      whyOthersWorse: () => this.#whyOthersWorse([...others]),
    };
    const times = { wholeWithinMs: this.#wholeWithinMs, now: () => performance.now(), pause: () => sleep(POLL_MS) };
    const failure = await upgradeNode(own, this.#before.get(node)!, this.#releases, times);
    if (failure === undefined) await this.#run(node, CLEAN_SCRIPT);
    else {
      const log = await this.#run(node, logScript(LOG_LINES_SHOWN));
      const lines = "problem" in log ? [] : log.stdout.split("\n");
      for (const line of lines) if (line !== "") this.#output.err(`       ${foreignText(line, TEXT_LENGTH_MAX)}`);
    }
    return failure;
  }

  async #whyOthersWorse(others: readonly string[]): Promise<string | undefined> {
    const reasons = await forNodes(others, async (other) => {
      const state = await this.#ask(other, []);
      return "problem" in state ? `does not answer: ${state.problem}` : whyWorse(this.#before.get(other)!, state);
    });
    const at = reasons.findIndex((reason) => reason !== undefined);
    return at < 0 ? undefined : `has left ${others[at]!} worse, which ${reasons[at]!}`;
  }

  #neighbours(node: string): readonly string[] {
    const links = this.#meshes.flatMap((mesh) => mesh.links);
    return links.flatMap((link) => (link.between.includes(node) ? [otherEnd(link, node)] : []));
  }

  /** Checks that a node has only packages of which there are others to be had, and a way back from these. */
  #checkPackages(node: string, { isRoot, packages }: NodeState): void {
    if (!isRoot) throw upgradeError("ERR_FLOR_UPGRADE_UNPREPARED", `${node}: the command does not run as root there`);
    if (!packages.has("florenetes-node"))
      throw upgradeError("ERR_FLOR_UPGRADE_UNPREPARED", `${node}: it has no package florenetes-node`);
    const { wished, former } = this.#releases;
    for (const [name, { version }] of packages) {
      if (!wished.has(name))
        throw upgradeError(
          "ERR_FLOR_UPGRADE_UNPREPARED",
          `${node} has ${name}, and the folder of the new packages has not`,
        );
      const back = former.get(name)?.version;
      if (back === undefined || (back !== version && wished.get(name)!.version !== version)) {
        const there = back === undefined ? "does not have it" : `has ${back}`;
        throw upgradeError(
          "ERR_FLOR_UPGRADE_NO_WAY_BACK",
          `${node} has ${name} ${version}, and the folder of the former packages ${there}`,
        );
      }
    }
  }

  /** Copies the packages of both releases to a node, and has them checked there. Returns why it cannot. */
  async #bring(node: string): Promise<string | undefined> {
    const files = this.#filesOf(node);
    const there = await this.#run(node, folderScript([...files.keys()]));
    if ("problem" in there) return there.problem;
    const digests = new Set(there.stdout.split("\n"));
    for (const [place, file] of files) {
      if (digests.has(`${file.digest}  ${place}`)) continue;
      const input = createReadStream(file.path);
      const options = { input, timeoutMs: COPY_MS_MAX, outputMax: ANSWER_SIZE_MAX };
      const copied = await runNodeCommand(this.#command(node, ["dd", `of=${place}`, "bs=1M", "status=none"]), options);
      if ("problem" in copied) return `${file.fileName} cannot be copied: ${copied.problem}`;
    }
    const checked = await this.#run(node, checkScript(files));
    return "problem" in checked ? checked.problem : undefined;
  }

  /** The files of packages that change at a node, by their places there. */
  #filesOf(node: string): ReadonlyMap<string, PackageFile> {
    const { wished, former } = this.#releases;
    const { packages } = this.#before.get(node)!;
    const changed = [...packages].filter(([name, { version, isInstalled }]) => {
      return !isInstalled || [wished, former].some((release) => release.get(name)!.version !== version);
    });
    // A node whose units have only to be restarted has all put in place once more.
    const names = (changed.length > 0 ? changed : [...packages]).map(([name]) => name);
    const filesIn = (release: Release, from: Packages): [string, PackageFile][] =>
      names.map((name) => from.get(name)!).map((file) => [placeOf(release, file), file]);
    return new Map([...filesIn("wished", wished), ...filesIn("former", former)]);
  }

  async #askPhase(node: string): Promise<UpgradeState | { readonly problem: string }> {
    const result = await this.#run(node, PHASE_SCRIPT);
    return "problem" in result ? result : (readPhase(result.stdout) ?? DISOBEDIENT);
  }

  /** @param programs those that are to tell which version is installed, as `whyNotThere` asks for */
  async #ask(node: string, programs = PROGRAMS): Promise<NodeState | { readonly problem: string }> {
    const result = await this.#run(node, stateScript(this.#socketsOf(node), programs));
    if ("problem" in result) return result;
    const state = readState(result.stdout);
    if (state === undefined) return DISOBEDIENT;
    const astray = whyAstray(node, state);
    return astray === undefined ? state : { problem: astray };
  }

  #socketsOf(node: string): ReadonlyMap<string, NodeSockets> {
    return new Map(
      this.#meshes.flatMap((mesh) => {
        const own = mesh.nodes.find(({ name }) => name === node);
        return own === undefined ? [] : [[mesh.cluster, nodeSockets(mesh, own)] as const];
      }),
    );
  }

  #hasLinkFlor(node: string): boolean {
    return this.#meshes.some((mesh) => mesh.nodes.some((each) => each.name === node && hasLinkFlor(mesh, each)));
  }

  #linksDown(): ReadonlySet<string> {
    return new Set([...this.#before].flatMap(([node, state]) => linksDown(node, state)));
  }

  #run(node: string, script: string): Promise<NodeCommandResult> {
    const options = { input: script, timeoutMs: ANSWER_MS_MAX, outputMax: ANSWER_SIZE_MAX };
    return runNodeCommand(this.#command(node, ["sh"]), options);
  }

  #command(node: string, words: readonly string[]): readonly string[] {
    return nodeCommand(this.#via, commandNode(node, this.#meshes), words);
  }

  #line(index: number, { node }: UpgradeStep, what: string): string {
    return `  ${String(index + 1).padStart(3)}. ${node}  ${what}`;
  }
}

/** Why a node has its place in the order. */
function reasonOf({ role, crossing }: UpgradeStep): string {
  const [first, ...more] = crossing.map(({ node, service }) => `${node} to ${service}`);
  const leads = `from ${first}${more.length === 0 ? "" : ` and ${more.length} more`}`;
  if (role === "end") return "nothing of others crosses it";
  return role === "relay" ? `another way is there ${leads}` : `the ONLY WAY ${leads}: these wait while it restarts`;
}
