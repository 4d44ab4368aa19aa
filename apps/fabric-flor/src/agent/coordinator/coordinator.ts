/**
 * This node as a coordinator of a partition: reads what nodes report, and gives them leases and permits, in the answers to their letters. It rests while the node does
 * not have the role. docs/protocol/fabric-routes.md says what it does. Pure.
 */
import {
  type AnnounceBody,
  bodyOf,
  type BookEvent,
  copyIdOf,
  type Fact,
  type FactBook,
  judgeFact,
  type Judgement,
  readFact,
} from "@florenetes/facts";
import { type Acknowledgement, type Answer, Outcome, readRoutesLetter } from "@florenetes/feed";
import {
  type Directory,
  directoryOf,
  isCoordinator,
  Phones,
  Plan,
  Reports,
  RouteGraph,
  scopeOfVersion,
  slotOfWant,
} from "@florenetes/routes";
import type { AgentNews, AgentOrder } from "../agent-orders.ts";
import type { AgentRoom } from "../agent-room.ts";
import type { ReceivedLetter } from "../mail/agent-mail.ts";
import { isForged } from "../misuse/forged.ts";
import type { Misuse } from "../misuse/misuse.ts";
import type { Moment } from "../moment.ts";
import { announcedBy } from "../records/announced.ts";
import { isPhone } from "../records/is-phone.ts";
import { organizationBudget, organizationOfNode } from "../records/organization-budget.ts";
import { standingOf } from "../records/standing.ts";
import { callersOf } from "./call-asks.ts";
import { groundsOf } from "./compose-grounds.ts";
import { BUSY, Guests } from "./guests.ts";
import { FIGURES_MS, GRAPH_MS, LOOK_MS, SHARE_SECRET_SIZE, START_MS } from "./limits.ts";
import type { KeptRow } from "../kept-row.ts";
import { REPORT_LIFE_MS } from "../limits.ts";
import { changedRows, endedRows, leasesRow, readRows } from "./kept-work.ts";
import { announcementAt, labelAt, papersAt } from "./host-records.ts";
import { LeaseOffice } from "./lease-office.ts";
import { plannedLeased } from "./lease-slot.ts";
import { PermitsOffice } from "./permits-office.ts";
import { RouteSigner, type SignerOptions } from "./route-signer.ts";
import { shareOf, tellsRest, tellsShares, termsOf } from "./share-grounds.ts";
import { Shares } from "./shares.ts";
import { shelfOf, type ShownWork, type Work } from "./work.ts";

export interface CoordinatorOptions extends SignerOptions {
  /** The partition that it coordinates; undefined: none, as its config names none. */
  readonly partition: string | undefined;
  readonly development: boolean;
  /** Undefined while there is no root. */
  readonly book: () => FactBook | undefined;
  /** Judges records as those that somebody has handed in. */
  readonly hand: (records: readonly Uint8Array[], at: Moment) => readonly Judgement[];
  /** Leases and permits of a life before, as rows. */
  readonly kept: readonly (KeptRow & { readonly text: string })[];
  /** Answers a letter that waits. */
  readonly answer: (number: number, answer: Answer, at: Moment) => void;
  /** Bytes that relays have carried for an organization in the calendar month (UTC). */
  readonly carriedBy: (organization: string, at: Moment) => number;
  /** Secure ones. */
  readonly randomBytes: (size: number) => Uint8Array;
  /** Counts what nodes cost without use. */
  readonly misuse: Misuse;
}

/** Kinds of the papers that a node hands in with its letters: about itself, and no other one. */
const PAPERS: ReadonlySet<string> = new Set(["node", "role", "announce"]);
/** Kinds of records by which the graph may be another one. */
const GROUNDS: ReadonlySet<string> = new Set(["node", "role", "policy", "root"]);
/** Verifications of one of them: that of its signature. */
const REPORT_COST = 1;
const NO_BODY = new Uint8Array(0);

export class Coordinator implements AgentRoom {
  /** Reports by what came of them: `taken`, `older`, `full`, or the reason against them. */
  readonly reported: Map<string, number> = new Map();
  readonly #options: CoordinatorOptions;
  readonly #signer: RouteSigner;
  #work: Work | undefined;
  /** Rows of a life before, until the work begins. */
  #kept: CoordinatorOptions["kept"];
  readonly #rows: KeptRow[] = [];
  readonly #news: AgentNews[] = [];
  /** Hosts that have announced themselves since the last turn. */
  readonly #announced = new Set<string>();
  #lookAt = Number.NEGATIVE_INFINITY;

  constructor(options: CoordinatorOptions) {
    this.#options = options;
    this.#signer = new RouteSigner(options);
    this.#kept = options.kept;
  }

  get partition(): string | undefined {
    return this.#options.partition;
  }

  /** Undefined while this node coordinates nothing. */
  get work(): ShownWork | undefined {
    return this.#work;
  }

  /** Takes a letter of the kind `routes`, whose signature is by the key that it names. */
  handleLetter({ number, node, key, body, conduct }: ReceivedLetter, at: Moment): Answer | "parked" {
    const work = this.#work;
    const book = this.#options.book();
    if (work === undefined || book === undefined) return { outcome: Outcome.unknownKind, body: NO_BODY };
    const letter = readRoutesLetter(body);
    if (letter === undefined) return { outcome: Outcome.malformed, body: NO_BODY };
    // A node that is known may send so many letters, and whoever else says its name is not it.
    const isKnown = this.#isNode(book, node, key, at);
    if (isKnown && !work.guests.mayWrite(node, at)) return BUSY;
    // A report is held until it ends, and is not to hold the buffer that its letter was cut out of.
    const records = letter.records.map((octets) => new Uint8Array(octets));
    const facts = records.map((octets) => ({ octets, fact: readFact(octets, this.#options.cluster) }));
    const papers = facts.filter(({ fact }) => typeof fact !== "string" && isPaperOf(fact, node));
    const held = papers.filter(({ fact }) => !book.has((fact as Fact).id));
    conduct.chargeMail(2 * held.length, at.now);
    const papersOctets = held.map(({ octets }) => octets);
    const judgements = papersOctets.length === 0 ? [] : this.#options.hand(papersOctets, at);
    if (isKnown) for (const judgement of judgements) if (isForged(judgement)) this.#handleForged(node, at);
    if (!isKnown && (!this.#isNode(book, node, key, at) || !work.guests.mayWrite(node, at)))
      return { outcome: Outcome.unknownSender, body: NO_BODY };
    for (const { fact } of facts) {
      if (typeof fact === "string" || shelfOf(work, fact.kind) === undefined) continue;
      conduct.chargeMail(REPORT_COST, at.now);
      this.#count(this.#takeDelivered(work, book, node, fact, at));
    }
    for (const each of letter.acknowledged) this.#acknowledge(work, node, each, at);
    return work.guests.handleLetter(node, number, letter.wait, at);
  }

  /** Whose shares packets of an hour may have had. */
  sharesOf(hour: number, wall: number): ReturnType<Shares["toldOf"]> {
    return this.#work?.shares.toldOf(hour, wall) ?? [];
  }

  handleBook(event: BookEvent): void {
    if (event.kind === "row-refused") return;
    if (event.fact.kind === "announce") this.#announced.add(event.fact.subject);
    if (!GROUNDS.has(event.fact.kind)) return;
    this.#lookAt = Number.NEGATIVE_INFINITY;
    if (this.#work !== undefined) [this.#work.grounds, this.#work.graphAt] = [undefined, Number.NEGATIVE_INFINITY];
  }

  pollNews(): AgentNews | undefined {
    return this.#news.shift();
  }

  pollOrder(): AgentOrder | undefined {
    const work = this.#work;
    const changed = work === undefined ? [] : changedRows(this.#options.partition!, work);
    const rows = [...this.#rows.splice(0), ...changed];
    return rows.length === 0 ? undefined : { kind: "keep-leases", rows };
  }

  advance(at: Moment): void {
    const book = this.#options.book();
    if (at.now >= this.#lookAt) this.#look(book, at);
    const work = this.#work;
    const announced = [...this.#announced];
    this.#announced.clear();
    if (work === undefined || book === undefined) return;
    for (const host of announced) {
      const origins = work.leases.lookAtHost(host);
      const announcement = origins.size === 0 ? undefined : announcementAt(book, host, at.wall);
      if (announcement === undefined) continue;
      for (const origin of origins) work.guests.handleAnnounced(origin, host, announcement);
    }
    if (at.now >= work.lookAt) {
      work.lookAt = at.now + LOOK_MS;
      const hasFewer = [work.reports, work.profiles, work.installed].map((held) => held.expire(at.wall)).includes(true);
      if (hasFewer) work.graphAt = at.now;
      work.plan.expire(at.wall);
      work.guests.expire(at);
      work.leases.lookAtDue(at);
    }
    if (at.now < work.since + (work.hasFormer ? START_MS : 0)) return work.guests.advance(at);
    work.grounds ??= groundsOf(book, this.#options.partition!, at.wall);
    const graph = this.#graphOf(work, book, at);
    const labelOf = (host: string, service: string): number | undefined => labelAt(book, host, service, at.wall);
    const share = (origin: string): number | undefined => shareOf(work, book, origin, at.wall);
    work.leases.advance({ graph, ...work.grounds, labelOf, shareOf: share }, at);
    // Permits take the place of those before them: they wait until all that is due is composed.
    if (!work.leases.isBusy) work.permits.advance(at);
    work.guests.advance(at);
  }

  nextTimeout({ now }: Moment): number {
    const work = this.#work;
    if (work === undefined) return this.#lookAt;
    const start = work.since + (work.hasFormer ? START_MS : 0);
    const own = Math.min(this.#lookAt, work.lookAt, work.guests.nextTimeout());
    if (now < start) return Math.min(own, start);
    return Math.min(own, work.graphAt, work.leases.nextTimeout(now), work.permits.nextTimeout());
  }

  /** Begins, or ends, as records say whether this node has the role. */
  #look(book: FactBook | undefined, at: Moment): void {
    const { now, wall } = at;
    this.#lookAt = now + 10 * LOOK_MS;
    const { partition, node } = this.#options;
    const isOne =
      partition !== undefined &&
      book !== undefined &&
      isCoordinator(directoryOf(book, wall), node, partition, "cluster");
    if (!isOne) this.#end();
    else this.#work ??= this.#begin(at);
  }

  /** Leases fall with the role. */
  #end(): void {
    if (this.#work !== undefined) this.#rows.push(...endedRows(this.#options.partition!, this.#work));
    this.#work = undefined;
  }

  #begin(at: Moment): Work {
    const { now } = at;
    const plan = new Plan();
    const signer = this.#signer;
    const tell = (news: AgentNews): void => void this.#news.push(news);
    const guests: Guests = new Guests({
      answer: this.#options.answer,
      papersOf: (host, { wall }) => papersAt(this.#options.book(), host, wall),
      announcementOf: (host, { wall }) => announcementAt(this.#options.book(), host, wall),
      papersId: (papers) => papers.map(copyIdOf).join(" "),
      mayRest: (node) => tellsRest(work, node),
      node: this.#options.node,
    });
    const permits: PermitsOffice = new PermitsOffice({
      plan,
      signer,
      tell,
      termsOf: (relay) => termsOf(work, relay),
      give: (relay, scope, record) => guests.give(relay, `permits ${scope}`, record),
    });
    const leases = new LeaseOffice({
      node: this.#options.node,
      settledAt: now + START_MS,
      plan,
      permits,
      signer,
      misuse: this.#options.misuse,
      tell,
      organizationOf: (node, { wall }) => organizationOfNode(this.#options.book(), node, wall),
      budgetOf: (organization, { wall }) => organizationBudget(this.#options.book(), organization, wall),
      carriedBy: this.#options.carriedBy,
      give: (origin, slot, record, host) => guests.give(origin, slot, record, host),
    });
    const graph = { graph: undefined, graphAt: now, figuresAt: Number.POSITIVE_INFINITY };
    const fresh = { hasFormer: false, ...graph, lookAt: now, links: new Map<string, string>() };
    const work: Work = {
      since: now,
      plan,
      reports: new Reports(),
      profiles: new Reports(),
      installed: new Reports(),
      phones: new Phones(this.#options.development),
      shares: new Shares({ makeSecret: () => this.#options.randomBytes(SHARE_SECRET_SIZE), used: () => plan.shares }),
      permits,
      leases,
      guests,
      ...fresh,
      grounds: undefined,
    };
    this.#restore(work, at);
    return work;
  }

  /** Goes on with the leases and permits of a life before: those that origins may still use are planned, and nothing is given anew. */
  #restore(work: Work, at: Moment): void {
    const { plan, permits, leases } = work;
    const { cluster, partition, book } = this.#options;
    const { holdMs } = groundsOf(book()!, partition!, at.wall);
    const kept = readRows(this.#kept, partition!, cluster);
    this.#kept = [];
    for (const name of kept.refused) this.#rows.push({ name, text: undefined });
    if (kept.shares !== undefined) work.shares.restore(kept.shares);
    for (const [slot, all] of kept.leases.toSorted(([, one], [, other]) => Number(one[0]!.id) - Number(other[0]!.id))) {
      const used = all.filter(({ signed }) => at.wall < signed.expires + holdMs);
      if (used.length === 0 || plan.isFull || slot !== slotOfWant(used.at(-1)!.want)) {
        this.#rows.push(leasesRow(partition!, slot, []));
        continue;
      }
      for (const lease of used) {
        plan.add(slot, plannedLeased(lease, lease.routes, holdMs));
        this.#signer.handleEpoch(lease.signed.epoch);
      }
      leases.restore(slot, used, at);
    }
    for (const { relay, scope, permits: one } of kept.permits) {
      this.#signer.handleEpoch(one.record.epoch);
      permits.restore(relay, scope, one, at);
      // Pairs that no lease here needs may be those of leases that were not kept.
      if (!permits.isPlanned(relay, scope)) work.hasFormer = true;
    }
  }

  /** Whether this is the key of a node of the partition. */
  #isNode(book: FactBook, node: string, key: string, { wall }: Moment): boolean {
    const standing = standingOf(book, node, wall);
    if (standing.kind !== "node" || standing.key !== key) return false;
    return directoryOf(book, wall).node(node)?.partition === this.#options.partition;
  }

  /** Returns what came of a report, a profile, or a word about software. */
  #takeDelivered(work: Work, book: FactBook, node: string, fact: Fact, at: Moment): string {
    const { development } = this.#options;
    const judgement = judgeFact(fact, { authority: book.authority, held: book, now: at.wall, development });
    if (isForged(judgement) || (judgement.isAccepted && fact.subject !== node)) this.#handleForged(node, at);
    if (!judgement.isAccepted) return judgement.reason;
    if (fact.subject !== node) return "not-mine";
    // A phone at rest alone is told of so rarely: others that vanish are not to stay in the graph for longer.
    if (fact.kind === "report" && fact.expires - fact.issued > REPORT_LIFE_MS && !isPhone(book, node, at.wall))
      return "lifetime";
    const outcome = shelfOf(work, fact.kind)!.take(fact, at.wall);
    if (outcome !== "taken" || fact.kind === "installed") return outcome;
    if (fact.kind === "report") this.#handleReport(work, book, fact, at);
    else if (tellsShares(work, node) !== true) work.leases.handleNoShares(node, at.wall);
    const hasTurned = work.phones.look(node, { ...work, directory: directoryOf(book, at.wall) }, at.now);
    // All leases are looked at where a phone carries for others from now on, or no more, and not for each profile.
    if (hasTurned && work.grounds?.phoneTier !== undefined) work.graphAt = Math.min(work.graphAt, at.now + GRAPH_MS);
    return outcome;
  }

  #handleReport(work: Work, book: FactBook, fact: Fact, at: Moment): void {
    const { subject: node } = fact;
    const report = bodyOf(fact, "report")!;
    const links = JSON.stringify([report.links.map(({ label, peer, tag }) => [label, peer, tag]), report.offer]);
    const isOther = work.links.get(node) !== links;
    work.links.set(node, links);
    if (isOther) work.graphAt = Math.min(work.graphAt, at.now + GRAPH_MS);
    else work.figuresAt = Math.min(work.figuresAt, at.now + FIGURES_MS);
    const hasOthers = work.leases.handleReport(node, report, at);
    for (const { of, version } of report.versions) {
      const scope = scopeOfVersion(this.#options.node, of);
      if (scope !== undefined) work.permits.handleHeld(node, scope, version, at);
    }
    const announced = (name: string): AnnounceBody | undefined => announcedBy(book, name, at.wall);
    for (const host of callersOf(node, report, announced)) work.guests.askToCall(host, node, at);
    if (hasOthers && at.now < work.since + START_MS) work.hasFormer = true;
  }

  #acknowledge({ permits, leases, guests }: Work, node: string, said: Acknowledgement, at: Moment): void {
    guests.handleAcknowledged(node, said.id);
    if (!permits.handleAcknowledged(node, said, at)) leases.handleAcknowledged(node, said, at);
  }

  /**
   * The graph of what is told at present. Leases are looked at where something has come or gone; figures change with each report, and are of no use but to a lease that is
   * composed.
   */
  #graphOf(work: Work, book: FactBook, { now, wall }: Moment): RouteGraph {
    const hasOthers = now >= work.graphAt;
    if (work.graph !== undefined && !hasOthers && !(now >= work.figuresAt && work.leases.isBusy)) return work.graph;
    const directory: Directory = directoryOf(book, wall);
    const partitions = new Set([this.#options.partition!]);
    const reports = work.reports.at(wall);
    const profiles = work.profiles.at(wall);
    const phones = { tier: work.grounds?.phoneTier, wordOf: (node: string) => work.phones.wordOf(node, now) };
    work.graph = new RouteGraph(reports, { directory, partitions, profiles, phones });
    work.figuresAt = Number.POSITIVE_INFINITY;
    if (!hasOthers) return work.graph;
    work.graphAt = Number.POSITIVE_INFINITY;
    const names = new Set(reports.map(({ subject }) => subject));
    work.phones.keep(names);
    for (const node of work.links.keys()) {
      // The leases of a node whose agent is silent stay to their end. One that was taken back has none.
      if (directory.isVoid(node)) work.leases.handleGone(node);
      if (!names.has(node)) work.links.delete(node);
    }
    work.leases.lookAtAll();
    return work.graph;
  }

  /** A node has handed in what it has no right to. */
  #handleForged(node: string, at: Moment): void {
    this.#options.misuse.count("authentication", { by: "node", name: node }, at);
  }

  #count(word: string): void {
    this.reported.set(word, (this.reported.get(word) ?? 0) + 1);
  }
}

function isPaperOf({ kind, subject }: Fact, node: string): boolean {
  return PAPERS.has(kind) && subject.split("/")[0] === node;
}
