import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { type AgentStatus, CapturedCoordinator, keyOfNode, labelsOf } from "@florenetes/hostile";
import type { FabricLab, Lab } from "@florenetes/meshlab";
import { Random } from "@florenetes/simkit";
import { now, STEADY_WORD } from "@florenetes/workloads";
import { ownProgram } from "../../drivers/own-program.ts";
import { ROUTES_MS_MAX } from "../../limits.ts";
import type { Workload } from "../../workload.ts";
import type { Captivity, Decoy } from "../captivity.ts";
import { type LeasedService, leaseLies, type Lie, permitLies } from "../lies.ts";
import { CAPTURED, decoysOf, ELSEWHERE, HONEST, HOSTS, hostsOf, RELAYS, SPARE_HOST, USERS } from "../terrain.ts";

/** The time between two answers to one node, and for how long its words about them are waited for. */
const TURN_MS = 1_500;
const SAID_MS_MAX = 5_000;
const POLL_MS = 100;
/** How often memory is looked through. */
const LOOKS = 2;

/** The attacker in the place of a coordinator's agent: it gives users and relays lies, turn after turn, and takes down what came of them. */
export class Captor implements AsyncDisposable {
  readonly #lab: Lab;
  readonly #fabric: FabricLab;
  readonly #coordinator: CapturedCoordinator;
  readonly #random: Random;
  readonly #uses: readonly LeasedService[];
  /** How often each lie got each word. */
  readonly #words = new Map<Lie["what"], Map<string, number>>();
  readonly #odd: string[] = [];
  readonly #decoy: Decoy;
  #isOver = false;

  private constructor(lab: Lab, fabric: FabricLab, coordinator: CapturedCoordinator, plan: CaptorPlan) {
    this.#lab = lab;
    this.#fabric = fabric;
    this.#coordinator = coordinator;
    this.#random = new Random(plan.seed);
    this.#decoy = plan.decoy;
    const hosts = hostsOf(plan.workloads);
    this.#uses = plan.workloads.flatMap(({ ends, routes }) =>
      routes.flatMap(({ service }) => hosts.get(service)!.map((host) => ({ user: ends[0]!, service, host }))),
    );
  }

  /** Takes the place of the coordinator's agent, and begins to lie. */
  static async take(lab: Lab, fabric: FabricLab, plan: CaptorPlan): Promise<Captor> {
    const robbed = { lab, fabric, handleStolen: () => {} };
    const captor = new Captor(lab, fabric, await CapturedCoordinator.take(robbed, CAPTURED, RELAYS), plan);
    for (const node of [...USERS, ...RELAYS, HOSTS[0]]) void captor.#lieTo(node);
    return captor;
  }

  /** Waits until all routes that workloads use are ones that the honest coordinator has leased, too, and looks through the memory of the captured node. */
  async hear(): Promise<Captivity> {
    const misled = await this.#untilTrue();
    const origin = this.#lab.pids().find(({ node, process }) => node === USERS[0] && process === "cluster-flor")!;
    const captured = this.#lab.pids().filter(({ node }) => node === CAPTURED);
    const seen = new Set<string>();
    let atOrigin = 0;
    for (let look = 0; look < LOOKS; look++) {
      const found = await this.#look([origin, ...captured].map(({ pid }) => pid));
      if (found.includes(origin.pid)) atOrigin++;
      for (const { process, pid } of captured) if (found.includes(pid)) seen.add(process);
    }
    return {
      words: this.#words,
      odd: this.#odd,
      misled,
      decoy: this.#decoy,
      seen: [...seen],
      atOrigin,
      looks: LOOKS,
      passed: await this.#passed(),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.#coordinator[Symbol.asyncDispose]();
  }

  /** @returns those of these processes that have in their memory what users send */
  async #look(pids: readonly number[]): Promise<readonly number[]> {
    const { stdout } = await this.#lab.exec(CAPTURED, ownProgram("memory-look", STEADY_WORD.repeat(2), ...pids));
    return (JSON.parse(stdout) as { readonly found: readonly number[] }).found;
  }

  async #lieTo(node: string): Promise<void> {
    while (!this.#isOver) {
      const next = sleep(TURN_MS);
      while (!this.#coordinator.isWrittenBy(node) && !this.#isOver) await sleep(POLL_MS);
      if (this.#isOver) return;
      const lies = this.#liesFor(node);
      const records = lies.map(({ record }) => this.#coordinator.sign(record));
      const said = await this.#coordinator.give(node, records, SAID_MS_MAX).catch(() => []);
      for (const [at, word] of said.entries()) if (word !== undefined) this.#note(node, lies[at]!, word);
      await next;
    }
  }

  /** A lie about each service of a user, or one for a node that permits are for. */
  #liesFor(node: string): readonly Lie[] {
    const labels = (of: string): Readonly<Record<string, number>> => labelsOf(this.#lab, of);
    if (!USERS.some((user) => user === node)) return [this.#random.pick(permitLies(labels, node))];
    const key = keyOfNode({ fabric: this.#fabric }, ELSEWHERE);
    const uses = this.#uses.filter(({ user }) => user === node);
    return uses.map((use) => this.#random.pick(leaseLies(labels, use, key)));
  }

  #note(node: string, { what, words }: Lie, word: string): void {
    const counts = this.#words.get(what) ?? new Map<string, number>();
    this.#words.set(what, counts.set(word, (counts.get(word) ?? 0) + 1));
    if (!words.includes(word)) this.#odd.push(`${node} said "${word}" of a record ${what}`);
  }

  /** @returns the services that still use a route of the captured coordinator alone when the time is up */
  async #untilTrue(): Promise<readonly string[]> {
    for (const deadline = now() + ROUTES_MS_MAX; ; await sleep(TURN_MS)) {
      const isLast = now() > deadline;
      try {
        const misled = (await Promise.all(USERS.map((user) => this.#misled(user)))).flat();
        if (misled.length === 0 || isLast) return misled;
      } catch (error) {
        // An agent that a fault has struck may still be starting.
        if (isLast) throw error;
      }
    }
  }

  async #misled(user: string): Promise<readonly string[]> {
    const { leases } = ((await this.#fabric.status(user)) as AgentStatus).routes;
    const uses = (by: string): readonly string[] =>
      leases
        .filter(({ coordinator, routes }) => coordinator === by && routes.some(({ inUse }) => inUse.length > 0))
        .map(({ service, host }) => `${service} of ${host} for ${user}`);
    const honest = uses(HONEST);
    return uses(CAPTURED).filter((each) => !honest.includes(each));
  }

  /** Packets that came to the captured node for another one, and were not let through. */
  async #passed(): Promise<number> {
    const { clusterFlor } = await this.#lab.status(CAPTURED);
    const { forwarding } = clusterFlor!["drops"] as { readonly forwarding: Readonly<Record<string, number>> };
    return forwarding["transitDenied"] ?? 0;
  }
}

interface CaptorPlan {
  readonly seed: number;
  readonly workloads: readonly Workload[];
  readonly decoy: Decoy;
}

/** Listens on the host that no record names for services of the other one. Whoever comes is counted. */
export async function startDecoy(lab: Lab, workloads: readonly Workload[]): Promise<Decoy> {
  const ports = decoysOf(workloads).map(({ port }) => port);
  const child = lab.spawn(SPARE_HOST, ownProgram("decoy", "127.0.0.1", ...ports), {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout! });
  await once(lines, "line");
  const decoy = { connections: 0, bytes: 0 };
  lines.on("line", (line) => {
    const { bytes, isFirst } = JSON.parse(line) as { readonly bytes: number; readonly isFirst: boolean };
    if (isFirst) decoy.connections++;
    decoy.bytes += bytes;
  });
  return decoy;
}
