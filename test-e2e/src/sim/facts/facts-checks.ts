/** Promises of the design that hold at every honest agent of a simulated fabric, whatever others do. */
import { type FactBook, KINDS, type Kind, readFact, slotOf } from "@florenetes/facts";
import { BYTES_BURST, BYTES_PER_SECOND, MAILS_BURST, MAILS_PER_SECOND } from "@florenetes/feed";
import type { FactsPlan } from "./facts-plan.ts";
import type { SimAgent } from "./sim-agent.ts";
import type { SimAuthority } from "./sim-authority.ts";

/** A message more than the budget may be under way. */
const MESSAGE_MAX = 1_048_576;
/** Sections that all nodes have alike. */
const SHARED = ["entry", "public"] as const;

/** Records that an agent has held: they begin anew when the agent loses its database. */
interface Seen {
  readonly losses: number;
  /** The root by which `epochs` counted. */
  version: number;
  /** The epoch in force of each slot. */
  epochs: Map<string, number>;
  /** The highest void epoch of each slot. */
  readonly voids: Map<string, number>;
}

export class FactsChecks {
  readonly #plan: FactsPlan;
  readonly #authority: SimAuthority;
  readonly #seen = new Map<SimAgent, Seen>();
  /** Records that were read before, by their octets. */
  readonly #facts = new Map<string, ReturnType<typeof readFact>>();

  constructor(plan: FactsPlan, authority: SimAuthority) {
    this.#plan = plan;
    this.#authority = authority;
  }

  /** Checks all that one agent says. Throws an Error that names what is broken. */
  check(agent: SimAgent): void {
    const { book } = agent.agent;
    if (!agent.isRunning || book === undefined) return;
    const seen = this.#seenBy(agent, book);
    const epochs = new Map<string, number>();
    for (const kind of Object.keys(KINDS) as Kind[]) {
      if (kind === "root") continue;
      for (const fact of book.all(kind, agent.at.wall)) {
        const slot = slotOf(fact);
        if (fact.authority === "control") this.#checkQuorum(agent, fact.id, slot, book);
        if (fact.epoch <= (seen.voids.get(slot) ?? 0)) throw fault(agent, slot, "is in force, and was void");
        if (fact.epoch < (seen.epochs.get(slot) ?? 0)) throw fault(agent, slot, `went back to epoch ${fact.epoch}`);
        epochs.set(slot, fact.epoch);
      }
    }
    seen.epochs = epochs;
    for (const [id, { slot, epoch, isVoid }] of this.#authority.issued)
      if (isVoid && book.has(id)) seen.voids.set(slot, Math.max(epoch, seen.voids.get(slot) ?? 0));
    this.#checkRead(agent);
    this.#checkLetters(agent);
  }

  /** A record may be told to this neighbour: papers by their own node, an organization's to its members. */
  checkSent(sender: SimAgent, octets: Uint8Array, peer: string): void {
    const fact = this.#read(octets);
    if (typeof fact === "string") throw fault(sender, peer, `is sent octets that are no record: ${fact}`);
    const slot = slotOf(fact);
    const { scope, kind, subject } = fact;
    const members = this.#plan.members.get(scope);
    if (members?.has(peer) === false) throw fault(sender, slot, `is sent to ${peer}, which is no member`);
    const about = { node: subject, announce: subject, role: subject.split("/")[0]! }[kind];
    if (about === undefined || scope !== "cluster" || fact.void === true) return;
    if (about !== sender.name && !this.#plan.relays.includes(about)) throw fault(sender, slot, `is sent to ${peer}`);
  }

  /** Says of which records two honest agents differ; undefined: none do. */
  findDifference(agents: readonly SimAgent[]): string | undefined {
    const first = agents[0]!;
    for (const section of SHARED) {
      const all = this.#idsOf(first, section);
      for (const agent of agents) {
        const others = this.#idsOf(agent, section);
        const missing = [...all].filter((id) => !others.has(id));
        const added = [...others].filter((id) => !all.has(id));
        if (missing.length + added.length > 0) {
          const slots = [...missing, ...added].map((id) => this.#authority.issued.get(id)?.slot ?? "announce");
          return `${section}: ${agent.name} and ${first.name} differ in ${[...new Set(slots)].join(", ")}`;
        }
      }
    }
    return undefined;
  }

  /** Ids of the records of a section. A relay has its own records, which are public at all others, among its papers. */
  #idsOf({ name, agent }: SimAgent, section: (typeof SHARED)[number]): ReadonlySet<string> {
    const sections = section === "public" && this.#plan.relays.includes(name) ? ["public", "papers"] : [section];
    const rows = sections.flatMap((each) => agent.records.rows(each, 0, Number.MAX_SAFE_INTEGER));
    return new Set(rows.map(({ id }) => id));
  }

  #read(octets: Uint8Array): ReturnType<typeof readFact> {
    const text = Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString("latin1");
    const fact = this.#facts.get(text) ?? readFact(octets, "demo");
    this.#facts.set(text, fact);
    return fact;
  }

  #seenBy(agent: SimAgent, book: FactBook): Seen {
    const { version } = book.authority;
    let seen = this.#seen.get(agent);
    if (seen?.losses !== agent.losses) {
      seen = { losses: agent.losses, version, epochs: new Map(), voids: new Map() };
      this.#seen.set(agent, seen);
    }
    // Records fall with the keys that signed them, and older ones may stand below.
    if (seen.version !== version) seen.epochs = new Map();
    seen.version = version;
    return seen;
  }

  #checkQuorum(agent: SimAgent, id: string, slot: string, book: FactBook): void {
    const issued = this.#authority.issued.get(id);
    if (issued === undefined || !this.#authority.hasQuorum(issued, book.authority.version))
      throw fault(agent, slot, "is in force without a quorum of today");
  }

  #checkRead(agent: SimAgent): void {
    const seconds = (agent.mesh.scheduler.now - agent.startedAt) / 1_000;
    const most = BYTES_BURST + BYTES_PER_SECOND * seconds + MESSAGE_MAX;
    for (const [peer, octets] of agent.read)
      if (octets > most) throw fault(agent, peer, `was read ${octets} octets in ${seconds} s`);
  }

  /** An honest agent gives a neighbour no more letters than that takes, whatever others bring: who sends more is refused, with the letters of all. */
  #checkLetters(agent: SimAgent): void {
    const seconds = (agent.mesh.scheduler.now - agent.startedAt) / 1_000;
    const most = MAILS_BURST + MAILS_PER_SECOND * seconds;
    for (const [peer, letters] of agent.letters)
      if (letters > most) throw fault(agent, peer, `was given ${letters} letters in ${seconds} s`);
  }
}

function fault({ name }: SimAgent, what: string, text: string): Error {
  return new Error(`at ${name}: ${what} ${text}`);
}
