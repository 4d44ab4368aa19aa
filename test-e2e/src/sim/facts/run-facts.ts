/** Runs the fabric of a seed: records spread, then trouble in rounds, and at the end all honest agents agree. */
import { SimMesh } from "@florenetes/fabric-flor/test/agent/simulated-nodes.ts";
import { Random } from "@florenetes/simkit";
import { FactsChecks } from "./facts-checks.ts";
import { type FactsPlan, ORGANIZATIONS, planFacts } from "./facts-plan.ts";
import { shareVerifications } from "./shared-verifications.ts";
import { CapturedAgent, SimAgent } from "./sim-agent.ts";
import { idOf, seededKey, SimAuthority } from "./sim-authority.ts";

const STARTS_AT = Date.parse("2026-11-25T12:00:00.000Z");
const BORN_MS = 600_000;
const SERVICES = 6;
const SPREAD_RECORDS = 5;
const PAPERS = 10;
const ROUNDS = 6;
const ROUND_MS = [5_000, 20_000] as const;
/** Honest agents agree so long after all trouble is over. */
const HEALED_MS = 60_000;
const UNDER_WAY_MS = 1_000;
const LOOK_MS = 10;
/** Agents that are looked at after each round; at the end all are. */
const SAMPLE = 60;

export interface FactsReport {
  /** Milliseconds from a record at one agent until an honest agent has it: one number for each pair. */
  readonly spreadMs: readonly number[];
  readonly virtualMs: number;
  readonly restarts: number;
  readonly partitions: number;
  /** Records that neighbours have brought, and that were refused. */
  readonly refused: number;
  readonly muted: number;
}

/**
 * Runs the fabric of a seed.
 *
 * @throws Error that says how to run it again; its cause is the mistake
 */
export function runFacts(seed: number, nodes: number): FactsReport {
  const stopSharing = shareVerifications();
  try {
    return new FactsRun(seed, nodes).run();
  } catch (cause) {
    const { message } = cause as Error;
    const replay = `npm run sim -- --facts --seed ${seed} --nodes ${nodes}`;
    throw new Error(`seed ${seed} failed: ${message}; to see it again: ${replay}`, { cause });
  } finally {
    stopSharing();
  }
}

class FactsRun {
  readonly #random: Random;
  readonly #plan: FactsPlan;
  readonly #authority = new SimAuthority(STARTS_AT - BORN_MS);
  readonly #checks: FactsChecks;
  readonly #mesh: SimMesh;
  readonly #agents: readonly SimAgent[];
  readonly #honest: readonly SimAgent[];
  /** Services that are void, for good. */
  readonly #voids = new Set<string>();
  readonly #spreadMs: number[] = [];
  /** Records of nodes and roles, by what they are about, and the root by whose keys they are signed. */
  readonly #papers = new Map<string, Buffer>();
  #papersVersion = 1;
  #restarts = 0;
  #partitions = 0;

  constructor(seed: number, nodes: number) {
    this.#random = new Random(seed ^ 0xfac75);
    this.#plan = planFacts(seed, nodes);
    this.#checks = new FactsChecks(this.#plan, this.#authority);
    const { hostile, links, delayMs } = this.#plan;
    const services = serviceNames();
    this.#mesh = new SimMesh({
      cluster: this.#authority,
      startsAt: STARTS_AT,
      links,
      delayMs,
      keyOf: seededKey,
      stepsMax: 200_000_000,
      makeNode: (mesh, name) =>
        hostile.has(name)
          ? new CapturedAgent(mesh, name, new Random(this.#random.below(2 ** 32)), this.#authority, services)
          : new SimAgent(mesh, name),
    });
    this.#agents = [...this.#mesh.nodes.values()] as SimAgent[];
    this.#honest = this.#agents.filter(({ name }) => !hostile.has(name));
  }

  run(): FactsReport {
    this.#begin();
    for (let each = 0; each < SPREAD_RECORDS; each++) this.#measureSpread();
    for (let round = 0; round < ROUNDS; round++) this.#trouble(round);
    this.#renewPapers();
    const handedIn = this.#handInPapers();
    this.#mesh.runFor(HEALED_MS);
    this.#checkPapers(handedIn);
    for (const agent of this.#honest) this.#checks.check(agent);
    this.#checkEqual();
    const neighbours = this.#honest.flatMap(({ agent }) => [...agent.feeds.neighbours]);
    return {
      spreadMs: this.#spreadMs,
      virtualMs: this.#mesh.scheduler.now,
      restarts: this.#restarts,
      partitions: this.#partitions,
      refused: neighbours.reduce((sum, { refused }) => sum + refused, 0),
      muted: this.#honest.flatMap(({ news }) => news.filter(({ code }) => code === "FEED_MUTED")).length,
    };
  }

  get #wall(): number {
    return STARTS_AT + this.#mesh.scheduler.now;
  }

  #begin(): void {
    for (const agent of this.#agents) agent.clockAheadMs = this.#plan.clockAheadMs.get(agent.name)!;
    this.#mesh.start();
    for (const agent of this.#honest) agent.onRecord = (octets, peer) => this.#checks.checkSent(agent, octets, peer);
    for (const agent of this.#agents) this.#enroll(agent);
    for (const scope of ORGANIZATIONS) this.#publish("secret", scope);
    for (const name of serviceNames()) this.#publish(name);
    this.#mesh.runFor(30_000);
    this.#check();
    for (const agent of this.#agents) if (agent instanceof CapturedAgent) agent.lie();
  }

  /** An operator hands a node its papers, and those of its organizations. */
  #enroll(agent: SimAgent): void {
    const { relays, controls, members } = this.#plan;
    const { name } = agent;
    const papers = [this.#papersOf(name, () => this.#authority.node(name, this.#wall - BORN_MS))];
    if (relays.includes(name))
      papers.push(this.#papersOf(`${name} relay`, () => this.#authority.relay(name, this.#wall - BORN_MS)));
    if (controls.includes(name))
      papers.push(this.#papersOf(`${name} control`, () => this.#authority.controlNode(name, this.#wall - BORN_MS)));
    for (const [scope, names] of members) {
      if (!names.has(name)) continue;
      for (const member of names) {
        const role = (): Buffer => this.#authority.member(member, scope, this.#wall - BORN_MS);
        papers.push(this.#papersOf(`${member} ${scope}`, role));
      }
    }
    agent.take(...papers);
  }

  /** Signs all papers and voids anew after a new root: with the next one they would fall. */
  #renewPapers(): void {
    if (this.#papersVersion === this.#authority.version) return;
    this.#papersVersion = this.#authority.version;
    this.#papers.clear();
    for (const agent of this.#agents) this.#enroll(agent);
    for (const name of this.#voids) this.#runningHonest().take(this.#authority.void(name, this.#wall, true));
  }

  #papersOf(name: string, make: () => Buffer): Buffer {
    const papers = this.#papers.get(name) ?? make();
    this.#papers.set(name, papers);
    return papers;
  }

  /** Hands the next record of a service to an agent that may have it. */
  #publish(service: string, scope = "cluster"): { readonly id: string; readonly at: SimAgent } {
    const members = this.#plan.members.get(scope);
    const running = this.#honest.filter(({ name, isRunning }) => isRunning && members?.has(name) !== false);
    const at = this.#random.pick(running);
    const host = this.#random.pick(this.#plan.nodes);
    const octets = this.#authority.service(service, scope, [host], this.#wall, this.#random.below(2));
    at.take(octets);
    return { id: idOf(octets), at };
  }

  /** Hands papers of some nodes in at others, from where they go to a control node by mail. */
  #handInPapers(): readonly string[] {
    const { controls } = this.#plan;
    const running = this.#honest.filter(({ isRunning, name }) => isRunning && !controls.includes(name));
    return Array.from({ length: PAPERS }, () => {
      const octets = this.#authority.paper(this.#random.pick(this.#plan.nodes), this.#wall - BORN_MS);
      this.#random.pick(running).take(octets);
      return idOf(octets);
    });
  }

  /** A control node has each record, or had a newer one of its slot. */
  #checkPapers(handedIn: readonly string[]): void {
    const books = this.#plan.controls.map((name) => this.#mesh.node(name).agent.book);
    const slots = new Set(handedIn.map((id) => this.#authority.issued.get(id)!.slot));
    for (const slot of slots) {
      if (!books.some((book) => book !== undefined && book.in(slot).length > 0))
        throw new Error(`no control node has ${slot}, which was handed in a minute ago`);
    }
  }

  #measureSpread(): void {
    const { scheduler } = this.#mesh;
    const beganAt = scheduler.now;
    const { id } = this.#publish(this.#random.pick(serviceNames()));
    let missing = this.#honest;
    while (missing.length > 0 && scheduler.now - beganAt < HEALED_MS) {
      this.#mesh.runFor(LOOK_MS);
      const left = missing.filter(({ agent }) => agent.book?.has(id) !== true);
      for (let had = missing.length - left.length; had > 0; had--) this.#spreadMs.push(scheduler.now - beganAt);
      missing = left;
    }
    if (missing.length > 0) throw new Error(`${missing[0]!.name} has not heard of a record for a minute`);
    this.#mesh.runFor(1_000);
  }

  /** Some agents restart, perhaps the fabric falls in two, and the authority acts. All of it is over at the end. */
  #trouble(round: number): void {
    this.#renewPapers();
    const { nodes, links } = this.#plan;
    const down = this.#agents.filter(() => this.#random.chance(0.1));
    for (const agent of down) {
      agent.stop();
      if (this.#random.chance(0.3)) agent.loseState();
    }
    const far = new Set(this.#random.chance(0.5) ? nodes.filter(() => this.#random.chance(0.3)) : []);
    const cut = links.filter(([one, other]) => far.has(one) !== far.has(other));
    if (cut.length > 0) this.#partitions++;
    for (const [one, other] of cut) this.#mesh.setLink(one, other, "down");
    this.#act(round);
    this.#mesh.runFor(this.#random.between(...ROUND_MS));
    this.#check();
    for (const agent of down) {
      this.#restarts++;
      agent.start();
      agent.take(...this.#authority.roots);
      this.#enroll(agent);
    }
    for (const [one, other] of cut) this.#mesh.setLink(one, other, "up");
    this.#mesh.runFor(this.#random.between(...ROUND_MS));
    this.#check();
  }

  /** Takes a service back, or has a new root; then all other services get new records at once. */
  #act(round: number): void {
    const living = serviceNames().filter((name) => !this.#voids.has(name));
    if (round % 3 === 0 && living.length > 1) {
      const name = this.#random.pick(living);
      this.#voids.add(name);
      this.#runningHonest().take(this.#authority.void(name, this.#wall, false));
    } else if (round % 3 === 1) this.#runningHonest().take(this.#authority.rotate(this.#wall));
    for (const name of living) if (!this.#voids.has(name)) this.#publish(name);
  }

  /** Announcements are renewed all the time: one may be on its way. */
  #checkEqual(): void {
    const until = this.#mesh.scheduler.now + UNDER_WAY_MS;
    let difference = this.#checks.findDifference(this.#honest);
    while (difference !== undefined && this.#mesh.scheduler.now < until) {
      this.#mesh.runFor(LOOK_MS);
      difference = this.#checks.findDifference(this.#honest);
    }
    if (difference !== undefined) throw new Error(`a minute after all is healed, ${difference}`);
  }

  #runningHonest(): SimAgent {
    return this.#random.pick(this.#honest.filter(({ isRunning }) => isRunning));
  }

  #check(): void {
    const skipped = Math.max(1, Math.floor(this.#honest.length / SAMPLE));
    for (const [at, agent] of this.#honest.entries()) if (at % skipped === 0) this.#checks.check(agent);
  }
}

function serviceNames(): string[] {
  return Array.from({ length: SERVICES }, (_, at) => `s${at}`);
}
