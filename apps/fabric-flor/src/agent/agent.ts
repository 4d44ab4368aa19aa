/**
 * The control agent of a node: holds records, keeps the overlay of its cluster vertex as they say, and passes them on to other agents. It
 * performs no I/O: its owner tells it what happens, with the time, and does what `pollOrder` says.
 */
import {
  type AnnounceBody,
  type FactBook,
  type FileChanges,
  type Judgement,
  type Mark,
  readFact,
  type RegistryEvent,
  type RowChange,
  type Signer,
} from "@florenetes/facts";
import type { FeedCursors } from "@florenetes/feed";
import type { SignerRule } from "../config/schema.ts";
import type { AgentNews, AgentNewsCode, AgentOrder } from "./agent-orders.ts";
import { Announcer } from "./announce.ts";
import { newsOfBook } from "./book-news.ts";
import { type DoorResult, DoorSync } from "./door/door-sync.ts";
import type { AgentLife, View } from "./door/view.ts";
import { Feeds } from "./feeds/feeds.ts";
import { AgentLog, type AgentLogOptions } from "./log/agent-log.ts";
import { AgentMail } from "./mail/agent-mail.ts";
import { Papers } from "./mail/papers.ts";
import type { Moment } from "./moment.ts";
import { type HandedIn, JoinMail } from "./joins/join-mail.ts";
import { type Admitter, Joins } from "./joins/joins.ts";
import { type KeptPapers, KnownPapers } from "./plan/host-papers.ts";
import { hostsOf, planOverlay, type PlanOptions } from "./plan/plan-overlay.ts";
import { recordsInUse, UsedServices } from "./plan/used-services.ts";
import { routeTo, type Way } from "./plan/ways.ts";
import type { ProgramRule } from "./programs/program-orders.ts";
import { judgeHandedIn } from "./records/handed-in.ts";
import { HeldRecords, type HeldRecordsOptions, type KeptRecords } from "./records/held-records.ts";
import { RunningTime } from "./records/running-time.ts";
import { sectionsFor, standingOf } from "./records/standing.ts";
import { Renewals } from "./renewals/renewals.ts";
import { NodeWatch } from "./watch/node-watch.ts";

export interface AgentOptions extends HeldRecordsOptions {
  /** The node's key, which its `node` record names: 32 octets in lower-case hex, and who signs by it. */
  readonly key: Signer & { readonly key: string };
  readonly life: AgentLife;
  /** The id of the node's database, 32 lower-case hex digits. */
  readonly databaseId: string;
  readonly ways: ReadonlyMap<string, Way>;
  /** The endpoints that the node announces beside that it calls by itself; default: none. */
  readonly endpoints?: AnnounceBody["endpoints"];
  /** Default: the node keeps no copy of the log, and signs no checkpoints. */
  readonly log?: Omit<AgentLogOptions, "cluster">;
  /** Secure ones. */
  readonly randomBytes: (size: number) => Uint8Array;
  /** The id of a program's key by which this agent renews records; default: none. */
  readonly renewer?: string | undefined;
  /** A program's key by which this agent lets in nodes with tokens; default: none. */
  readonly admitter?: Admitter | undefined;
}

/** The state that an agent has kept over a restart. */
export interface KeptState extends KeptRecords {
  readonly cursors: ReadonlyMap<string, FeedCursors>;
  readonly papers: Readonly<Record<string, KeptPapers>>;
}

/** A wall clock that goes back by more was ahead: records have ended that have not. */
const CLOCK_BACK_MS = 10_000;
/** Records that come one by one would ask for a plan each: plans for them are made so far apart. */
const PLAN_MS = 50;
/** Kinds of records by which it is decided which sections one node gets, and whose signatures count. */
const STANDING_KINDS: ReadonlySet<string> = new Set(["node", "role"]);
/** Kinds of records that may change the standing of every node. */
const GROUND_KINDS: ReadonlySet<string> = new Set(["policy", "root", "seeds"]);

export class Agent {
  readonly records: HeldRecords;
  readonly feeds: Feeds;
  readonly door: DoorSync;
  readonly services: UsedServices;
  readonly watch: NodeWatch;
  readonly log: AgentLog;
  readonly renewals: Renewals;
  readonly joins: Joins;
  readonly joinMail: JoinMail;
  readonly mail: AgentMail;
  readonly papers: Papers;
  /** Judged records, by what came of them: `taken`, or the reason against them. */
  readonly judged: Map<string, number> = new Map();
  /** Handshakes with hosts that came to nothing, by their reasons. */
  readonly failedProofs: Map<string, number> = new Map();
  /** Services for which an overlay has no room. */
  leftOut: readonly string[] = [];
  readonly #options: AgentOptions;
  readonly #rules: Readonly<Record<SignerRule, ProgramRule>>;
  readonly #hosts: KnownPapers;
  readonly #announcer: Announcer;
  readonly #news: AgentNews[] = [];
  #ways: ReadonlyMap<string, Way>;
  /** The time of the present call. */
  #at: Moment;
  /** Something that a plan rests on has changed. */
  #isStale = true;
  /** No plan is made before, in monotonic milliseconds. */
  #plansAt = Number.NEGATIVE_INFINITY;
  /** When the announcement is to be looked at next, in milliseconds since 1970; -Infinity: something that it rests on has changed. */
  #announcesAt = Number.NEGATIVE_INFINITY;
  /** The earliest end of what was planned, in milliseconds since 1970. */
  #planEnds: number = Number.POSITIVE_INFINITY;
  /** The state that was kept last, as text. */
  #keptMarks: string;
  #keptPapers: string;
  readonly #running: RunningTime;
  /** The state that is to be kept may have changed. */
  #isKeepDue = false;

  constructor(options: AgentOptions, kept: KeptState, at: Moment) {
    this.#options = options;
    this.#ways = options.ways;
    this.#at = at;
    this.records = new HeldRecords(options, kept, at.wall);
    this.services = new UsedServices({
      node: options.node,
      book: () => this.book,
      canReach: (host, service) => this.#canReach(host, service),
      marks: kept.marks,
    });
    this.door = new DoorSync(options.life);
    const book = (): FactBook | undefined => this.book;
    this.mail = new AgentMail({ ...options, book });
    this.papers = new Papers({
      ...options,
      records: this.records,
      mail: this.mail,
      isNeighbour: (name) => this.feeds.linkTo(name) !== undefined,
      hasLog: () => this.log.hasStore,
      hand: (records, { wall }) => this.#hand(records, wall),
    });
    this.feeds = new Feeds({
      node: options.node,
      databaseId: options.databaseId,
      records: this.records,
      sectionsFor: (peer) => sectionsFor(this.book, peer, this.#at.wall),
      post: this.mail.office,
      cursors: kept.cursors,
      onJudged: (judgement) => this.#count(judgement),
    });
    const { node } = options;
    this.watch = new NodeWatch({ node, book, clocks: () => this.feeds.clocks() });
    this.log = new AgentLog({ cluster: options.cluster, ...(options.log ?? { store: undefined, keyIds: [] }) }, at);
    this.renewals = new Renewals(options.renewer);
    this.joins = new Joins(options.cluster, options.admitter);
    const { mail, joins, renewals } = this;
    this.#rules = { renew: renewals, tokens: joins };
    this.joinMail = new JoinMail({ mail, joins, book, take: (record, { wall }) => this.#takeNode(record, wall) });
    this.#hosts = new KnownPapers(kept.papers);
    this.#announcer = new Announcer(options);
    this.#keptMarks = JSON.stringify([...kept.marks]);
    this.#keptPapers = JSON.stringify(kept.papers);
    this.#running = new RunningTime(kept.ran, at.now);
    this.#advance(at);
  }

  get node(): string {
    return this.#options.node;
  }

  /** Undefined while there is no root. */
  get book(): FactBook | undefined {
    return this.records.book;
  }

  /** Why this node may not announce itself: it has no record, or one that names another key, or was taken back; undefined: it may. */
  get nodeFault(): "no-record" | "other-key" | "void" | undefined {
    const standing = standingOf(this.book, this.node, this.#at.wall);
    if (standing.kind !== "node") return standing.kind === "void" ? "void" : "no-record";
    return standing.key === this.#options.key.key ? undefined : "other-key";
  }

  /** Takes a clock that nobody sets, and that goes on while the machine sleeps, in milliseconds. */
  handleBootClock(boot: number, at: Moment): void {
    const step = this.watch.handleBootClock(boot, at);
    if (step !== 0) this.feeds.handleClockStep(step);
    if (step < -CLOCK_BACK_MS) this.feeds.handleForgotten(at);
  }

  /** Takes the hand-written ways as they are now. */
  handleWays(ways: ReadonlyMap<string, Way>, at: Moment): void {
    this.#ways = ways;
    this.#planAtOnce();
    this.#advance(at);
  }

  /** Judges the octets of records that somebody has handed in: each after those that it may rest on, whatever their order. */
  handleRecords(all: readonly Uint8Array[], at: Moment): readonly Judgement[] {
    const judgements = this.#hand(all, at.wall);
    for (const judgement of judgements) if (judgement.isAccepted) this.papers.handleHandedIn(judgement.fact, at);
    this.#plansAt = Number.NEGATIVE_INFINITY;
    this.#advance(at);
    return judgements;
  }

  /**
   * Judges the record of a log's entry, and returns the reason where it is refused. Whoever reads many of them calls `handleTimeout` behind them: what follows from
   * all is done once.
   */
  handleEntry(octets: Uint8Array, index: number, at: Moment): string | undefined {
    const { book } = this;
    if (book === undefined) return "no-root";
    const judgement = this.records.offer(octets, at.wall);
    if (judgement.isAccepted) this.#count(judgement);
    const fact = readFact(octets, this.#options.cluster);
    const known = typeof fact === "string" ? undefined : fact;
    const reason = this.log.handleEntry(known, judgement, index, book, at.wall);
    if (reason !== undefined)
      this.#tell("warn", "LOG_ENTRY_REFUSED", { index, reason }, "an entry of the log has a record that does not hold");
    return reason;
  }

  /** Takes the posts of signers, or that they could not be read. */
  handlePosts(posts: ReadonlyMap<string, Uint8Array> | undefined, at: Moment): void {
    const { book } = this;
    const checkpoint = book === undefined ? undefined : this.log.handlePosts(posts, book, at);
    if (checkpoint !== undefined) this.#count(this.records.offer(checkpoint, at.wall));
    this.#advance(at);
  }

  /** Takes records that the program's key has signed by a rule, and what kept it from signing others. */
  handleSigned(rule: SignerRule, records: readonly Uint8Array[], fault: string | undefined, at: Moment): void {
    this.#takeWhole(rule, this.#rules[rule].handleSigned(records, fault, at), at);
  }

  /** Takes the posts of programs with a rule. */
  handleProgramPosts(rule: SignerRule, posts: ReadonlyMap<string, Uint8Array>, at: Moment): void {
    if (this.book !== undefined) this.#takeWhole(rule, this.#rules[rule].handlePosts(posts, this.book, at), at);
  }

  /** The last post of a rule did not come to the board. */
  handleNotPosted(rule: SignerRule): void {
    this.#rules[rule].handleNotPosted();
  }

  /** Judges a join that somebody has handed in. */
  handleJoin(octets: Uint8Array, at: Moment): HandedIn {
    const own = this.joins.handleJoin(octets, this.book, at);
    const answer = this.joinMail.isSentOn(octets, own, at) ? this.joinMail.send(octets, at) : own;
    this.#advance(at);
    return answer;
  }

  /** Takes the result of a request at the door. */
  handleDoor(result: DoorResult, at: Moment): void {
    const { away: wasAway, refused: wasRefused } = this.door;
    this.door.handleResult(result, at.now);
    const { away, refused } = this.door;
    if (away !== undefined && wasAway === undefined) this.#tell("warn", "DOOR_AWAY", { reason: away.code }, away.text);
    if (away === undefined && wasAway !== undefined) this.#tell("info", "DOOR_BACK", {}, "the door answers again");
    if (refused !== undefined && refused.code !== wasRefused?.code)
      this.#tell("warn", "OVERLAY_REFUSED", { reason: refused.code }, refused.text);
    if (result.kind === "view") {
      this.#planAtOnce();
      this.feeds.handleLinks(result.view.links, at);
    }
    // A door answers at least every few seconds, and a clock may have been put back meanwhile.
    this.#announcesAt = Number.NEGATIVE_INFINITY;
    this.#advance(at);
  }

  /** Another agent has opened a stream, which has that number from now on; undefined: it may not. */
  handleAccepted(caller: string, at: Moment): number | undefined {
    this.#at = at;
    const stream = this.feeds.handleAccepted(caller, at);
    this.#advance(at);
    return stream;
  }

  handleBytes(stream: number, bytes: Uint8Array, at: Moment): void {
    this.feeds.handleBytes(stream, bytes, at);
    this.#advance(at);
  }

  /** A stream is over, or could not be opened; `fault`: why, for people. */
  handleClosed(stream: number, fault: string | undefined, at: Moment): void {
    this.feeds.handleClosed(stream, fault, at);
    this.#advance(at);
  }

  handleTimeout(at: Moment): void {
    this.#at = at;
    if (at.wall >= this.records.nextTimeout()) this.records.handleTimeout(at.wall);
    if (at.wall >= this.#planEnds) this.#planAtOnce();
    this.feeds.handleTimeout(at);
    this.watch.handleTimeout(at);
    this.#advance(at);
  }

  /** When `handleTimeout` is due, in monotonic milliseconds; Infinity: never. */
  nextTimeout({ now, wall }: Moment): number {
    const ends = Math.min(this.records.nextTimeout(), this.#planEnds, this.#announcesAt);
    const plans = this.#isStale && this.door.view !== undefined ? this.#plansAt : Number.POSITIVE_INFINITY;
    const own = Math.min(this.feeds.nextTimeout(), this.watch.nextTimeout(), this.log.nextTimeout(), plans);
    const joins = Math.min(this.joins.nextTimeout(), this.joinMail.nextTimeout());
    const mail = Math.min(this.mail.nextTimeout(), this.papers.nextTimeout());
    const programs = Math.min(mail, this.renewals.nextTimeout({ now, wall }), joins);
    const running = this.#running.nextTimeout(this.book);
    return Math.min(running, programs, own, this.door.nextTimeout(now), now + Math.max(0, ends - wall));
  }

  /** Whether nothing is to be read of a stream at present. */
  isPaused(stream: number): boolean {
    return this.feeds.isPaused(stream);
  }

  /** Octets to be sent on a stream; undefined: none at present. */
  pollTransmit(stream: number, at: Moment): Uint8Array | undefined {
    this.#at = at;
    return this.feeds.pollTransmit(stream, at.now);
  }

  /** The next order to the owner. Rows are stored first: neighbours are told of those that are on disk. */
  pollOrder(): AgentOrder | undefined {
    const news =
      this.#news.shift() ??
      this.watch.pollNews() ??
      this.log.news.poll() ??
      this.papers.pollNews() ??
      this.joins.pollNews();
    if (news !== undefined) return { kind: "tell", news };
    const stored = this.#pollStore() ?? this.#pollKeep();
    if (stored !== undefined) return stored;
    this.#isKeepDue = false;
    for (let order = this.feeds.pollOrder(); order !== undefined; order = this.feeds.pollOrder()) {
      if (order.kind !== "told") return order;
      const { what, peer, text } = order;
      return {
        kind: "tell",
        news: { level: "warn", code: what === "muted" ? "FEED_MUTED" : "FEED_FAILED", about: { peer }, text },
      };
    }
    const request = this.door.pollRequest(this.#at.now);
    if (request !== undefined) return { kind: "ask", request };
    const order = this.log.pollOrder();
    if (order !== undefined) return { kind: "log", order };
    const renewal = this.renewals.pollOrder();
    if (renewal !== undefined) return { kind: "program", rule: "renew", order: renewal };
    const join = this.joins.pollOrder();
    return join === undefined ? undefined : { kind: "program", rule: "tokens", order: join };
  }

  /** Judges records as those that somebody has handed in. */
  #hand(all: readonly Uint8Array[], wall: number): readonly Judgement[] {
    const judgements = judgeHandedIn(all, this.records, this.#options.cluster, wall);
    for (const judgement of judgements) this.#count(judgement);
    return judgements;
  }

  /** Takes records that a quorum of programs has signed by a rule. */
  #takeWhole(rule: SignerRule, records: readonly Uint8Array[], at: Moment): void {
    for (const octets of records) {
      if (rule === "tokens") this.#takeNode(octets, at.wall);
      else this.#count(this.records.offer(octets, at.wall));
    }
    this.#advance(at);
  }

  /** Takes the record of a node that programs have let in. */
  #takeNode(octets: Uint8Array, wall: number): void {
    const judgement = this.records.offer(octets, wall);
    this.#count(judgement);
    if (judgement.isAccepted)
      this.#tell("info", "NODE_JOINED", { node: judgement.fact.subject }, "programs have let in a node with a token");
  }

  #advance(at: Moment): void {
    this.#at = at;
    this.#running.count(this.book, at);
    this.mail.advance(at);
    const changed = new Set<string>();
    let haveAllChanged = this.#takeEvents(changed);
    if (at.wall >= this.#announcesAt) {
      this.#announce(at);
      haveAllChanged = this.#takeEvents(changed) || haveAllChanged;
    }
    this.log.advance(this.book, at);
    this.renewals.advance(this.book, this.log.hasStore, at);
    this.joins.advance(this.book, this.log, at);
    this.joinMail.advance(at);
    const { view } = this.door;
    if (this.#isStale && view !== undefined && at.now >= this.#plansAt) this.#plan(view, at);
    if (haveAllChanged || changed.size > 0) {
      this.feeds.handleStandings(at, haveAllChanged ? undefined : changed);
      this.watch.handleStandings();
    }
    this.papers.advance(haveAllChanged ? undefined : changed, at);
  }

  /**
   * Takes note of what the book tells.
   *
   * @param changed Gets the names of nodes whose standing may have changed
   * @returns Whether that of all nodes may have
   */
  #takeEvents(changed: Set<string>): boolean {
    let haveAllChanged = false;
    for (let event = this.records.pollEvent(); event !== undefined; event = this.records.pollEvent()) {
      this.#isStale = true;
      if (event.kind === "taken" || event.kind === "again" || event.kind === "root") this.watch.handleHeld(event.fact);
      this.log.handleEvent(event);
      this.renewals.handleEvent(event);
      this.joins.handleEvent(event);
      const news = newsOfBook(event);
      if (news !== undefined) this.#news.push(news);
      if (event.kind === "row-refused") continue;
      const { kind, subject } = event.fact;
      const isGround = GROUND_KINDS.has(kind);
      haveAllChanged ||= isGround;
      if (STANDING_KINDS.has(kind)) changed.add(subject.split("/")[0]!);
      if (isGround || (subject === this.node && kind !== "announce")) this.#announcesAt = Number.NEGATIVE_INFINITY;
    }
    return haveAllChanged;
  }

  #planAtOnce(): void {
    this.#isStale = true;
    this.#plansAt = Number.NEGATIVE_INFINITY;
  }

  /** Announces this node, where that is due, and says when it is due next. */
  #announce({ wall }: Moment): void {
    const { view } = this.door;
    this.#announcesAt = Number.POSITIVE_INFINITY;
    if (view === undefined || this.book === undefined || this.nodeFault !== undefined) return;
    const held = this.book.inForce("announce", "cluster", this.node, wall)?.epoch ?? 0;
    const octets = this.#announcer.poll(view, held, wall);
    if (octets !== undefined) this.#count(this.records.offer(octets, wall));
    const next = this.#announcer.nextTimeout(view, wall);
    // An announcer that is due, and has nothing, has used up its epochs.
    if (next > wall) this.#announcesAt = next;
  }

  #plan(view: View, { now, wall }: Moment): void {
    this.#isStale = false;
    this.#plansAt = now + PLAN_MS;
    this.#isKeepDue = true;
    this.services.follow(view, wall);
    for (let event = this.services.pollEvent(); event !== undefined; event = this.services.pollEvent())
      this.#tellOfUse(event);
    const { wanted } = this.services;
    const hosts = wanted.flatMap(({ state }) => recordsInUse(state).flatMap(hostsOf));
    this.#hosts.follow(new Set([...hosts, ...view.links.map(({ peer }) => peer)]), this.book, wall);
    const { overlay, leftOut } = planOverlay({ ...this.#planOptions(view, wall), wanted });
    this.leftOut = leftOut;
    const ends = [...overlay.paths, ...overlay.leads].map(({ until }) => until);
    this.#planEnds = Math.min(this.services.nextTimeout(wall), ...ends);
    // Without a root nothing is known, and what an earlier life has set stays.
    if (this.book !== undefined) this.door.want(overlay);
  }

  #planOptions(view: View, now: number): Omit<PlanOptions, "wanted"> {
    return {
      node: this.node,
      view,
      ways: this.#ways,
      papers: (node) => this.#hosts.of(node, this.book, now),
      standing: (node) => standingOf(this.book, node, now),
      now,
    };
  }

  #canReach(host: string, service: string): boolean {
    const { view } = this.door;
    if (view === undefined || standingOf(this.book, host, this.#at.wall).kind !== "node") return false;
    return routeTo(host, service, this.#planOptions(view, this.#at.wall))?.isUp === true;
  }

  #pollStore(): AgentOrder | undefined {
    const rows: RowChange[] = [];
    for (let row = this.records.pollChange(); row !== undefined; row = this.records.pollChange()) rows.push(row);
    const marks = this.#changedMarks();
    const ran = this.#running.pollKept(this.book);
    const areCursorsDue = this.#at.now >= this.feeds.cursorsDueAt;
    if (rows.length === 0 && marks === undefined && ran === undefined && !areCursorsDue) return undefined;
    const cursors = this.feeds.takeCursors();
    if (rows.some((row) => row.kind === "put")) this.feeds.handleNews();
    const rootVersion = this.book?.authority.version;
    const changes: FileChanges = {
      rows,
      cursors,
      ...(marks !== undefined && { marks }),
      ...(ran !== undefined && { ran }),
      ...(rootVersion !== undefined && { rootVersion }),
    };
    return { kind: "store", changes };
  }

  #changedMarks(): ReadonlyMap<string, Mark> | undefined {
    if (!this.#isKeepDue) return undefined;
    const marks = this.services.marks();
    const text = JSON.stringify([...marks]);
    if (text === this.#keptMarks) return undefined;
    this.#keptMarks = text;
    return marks;
  }

  #pollKeep(): AgentOrder | undefined {
    if (!this.#isKeepDue) return undefined;
    const papers = this.#hosts.kept();
    const text = JSON.stringify(papers);
    if (text === this.#keptPapers) return undefined;
    this.#keptPapers = text;
    return { kind: "keep", papers };
  }

  #count(judgement: Judgement): void {
    const word = judgement.isAccepted ? "taken" : judgement.reason;
    this.judged.set(word, (this.judged.get(word) ?? 0) + 1);
  }

  #tellOfUse(event: RegistryEvent): void {
    const service = event.service.split(" ").at(-1)!;
    if (event.kind === "refused") {
      const { reason, host, record } = event;
      this.failedProofs.set(reason, (this.failedProofs.get(reason) ?? 0) + 1);
      const text = "a host of the record is not proven: streams go where they went";
      this.#tell("warn", "HOST_NOT_PROVEN", { service, host, reason, epoch: record.epoch }, text);
    } else if (event.kind === "state" && event.state === "active") {
      const text = "the record is in use: a handshake has proven a host of it";
      this.#tell("info", "SERVICE_ACTIVE", { service, epoch: event.record.epoch }, text);
    }
  }

  #tell(level: AgentNews["level"], code: AgentNewsCode, about: AgentNews["about"], text: string): void {
    this.#news.push({ level, code, about, text });
  }
}
