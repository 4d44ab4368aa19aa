/**
 * The control agent of a node: holds records, keeps the overlay of its cluster vertex as they say, and passes them on to other agents. It
 * performs no I/O: its owner tells it what happens, with the time, and does what `pollOrder` says.
 */
import {
  type AnnounceBody,
  type DeviceProfile,
  type FactBook,
  type FileChanges,
  type Judgement,
  type Mark,
  type ProfileBody,
  type RowChange,
  type Signer,
} from "@florenetes/facts";
import type { FeedCursors } from "@florenetes/feed";
import { COORDINATOR_ROLE } from "@florenetes/routes";
import type { SignerRule } from "../config/schema.ts";
import type { AgentRoom } from "./agent-room.ts";
import type { AgentNews, AgentNewsCode, AgentOrder } from "./agent-orders.ts";
import { Announcer } from "./announce.ts";
import { newsOfBook } from "./book-news.ts";
import { Coordinator, type CoordinatorOptions } from "./coordinator/coordinator.ts";
import { type DoorResult, DoorSync } from "./door/door-sync.ts";
import type { AgentLife } from "./door/view.ts";
import { Feeds } from "./feeds/feeds.ts";
import { LEADER_ANSWER_MS, LEADER_KIND, Leaders } from "./leaders/leaders.ts";
import type { LeaderResult } from "./leaders/leader-orders.ts";
import { AgentLog, type AgentLogOptions } from "./log/agent-log.ts";
import { AgentMail } from "./mail/agent-mail.ts";
import { Papers } from "./mail/papers.ts";
import { ProgramLetters } from "./mail/program-letters.ts";
import { isForged } from "./misuse/forged.ts";
import { RECORD_COST } from "./misuse/limits.ts";
import { Misuse } from "./misuse/misuse.ts";
import type { Moment } from "./moment.ts";
import { AgentLinks, type AgentLinksOptions } from "./links/agent-links.ts";
import { type HandedIn, JoinMail } from "./joins/join-mail.ts";
import { type Admitter, Joins } from "./joins/joins.ts";
import { PHONE_BEACON_MS } from "./limits.ts";
import type { KeptPapers } from "./plan/host-papers.ts";
import { Planner } from "./plan/planner.ts";
import type { Way } from "./plan/ways.ts";
import type { ProgramRule } from "./programs/program-orders.ts";
import { judgeHandedIn } from "./records/handed-in.ts";
import { RecentNews, writeNodeReport } from "./orders/node-report.ts";
import { Orders, type OrdersOptions } from "./orders/orders.ts";
import type { WorkFault } from "./orders/order-work.ts";
import { OwnEndpoints, type OwnAddress } from "./own-endpoints.ts";
import type { KeptRoutes } from "./routes/kept-routes.ts";
import { ROUTES_ANSWER_MS, ROUTES_KIND } from "./routes/route-post.ts";
import { FormerRoutes } from "./routes/former-routes.ts";
import { Routes, type RoutesOptions } from "./routes/routes.ts";
import { HeldRecords, type HeldRecordsOptions, type KeptRecords } from "./records/held-records.ts";
import { contractsBy, type Contracts } from "./releases/compat.ts";
import { ReleaseWatch } from "./releases/release-watch.ts";
import type { FetchResult, SeenSoftware } from "./releases/release-orders.ts";
import { Releases } from "./releases/releases.ts";
import { Stages } from "./releases/stages.ts";
import { readRecord } from "./records/read-record.ts";
import { RunningTime } from "./records/running-time.ts";
import { sectionsFor, standingOf } from "./records/standing.ts";
import { Renewals } from "./renewals/renewals.ts";
import { Telemetry, type TelemetryOptions } from "./telemetry/telemetry.ts";
import { Usage, type UsageOptions } from "./usage/usage.ts";
import { NodeWatch } from "./watch/node-watch.ts";

export interface AgentOptions extends HeldRecordsOptions {
  /** The node's key, which its `node` record names: 32 octets in lower-case hex, and who signs by it. */
  readonly key: Signer & { readonly key: string };
  readonly life: AgentLife;
  /** The software of this node. */
  readonly software: ProfileBody["software"];
  /** The id of the node's database, 32 lower-case hex digits. */
  readonly databaseId: string;
  readonly ways: ReadonlyMap<string, Way>;
  /** The endpoints that the node announces beside that it calls by itself; default: none. */
  readonly endpoints?: AnnounceBody["endpoints"];
  /** Points of cost that the owner asks for all that the node carries for others; default: 0. */
  readonly price?: number;
  /** Whether each byte that the node carries is paid for, whatever a source says of the device; default: not. */
  readonly metered?: boolean;
  /** The partition that this node coordinates while it has the role; default: none. */
  readonly coordinator?: { readonly partition: string } | undefined;
  /** The partition whose store of leaders this node can read and append to; default: none. */
  readonly leaders?: { readonly partition: string } | undefined;
  /** Default: the node keeps no copy of the log, and signs no checkpoints. */
  readonly log?: Omit<AgentLogOptions, "cluster">;
  /** Secure ones. */
  readonly randomBytes: (size: number) => Uint8Array;
  /** The id of a program's key by which this agent renews records; default: none. */
  readonly renewer?: string | undefined;
  /** The id of a program's key by which this agent raises the stages of releases; default: none. */
  readonly stager?: string | undefined;
  /** The channel of releases that the node follows; default: none. */
  readonly updates?: { readonly channel: string } | undefined;
  /** A program's key by which this agent lets in nodes with tokens; default: none. */
  readonly admitter?: Admitter | undefined;
}

/** The state that an agent has kept over a restart. */
export interface KeptState extends KeptRecords {
  readonly cursors: ReadonlyMap<string, FeedCursors>;
  readonly papers: Readonly<Record<string, KeptPapers>>;
  readonly routes: KeptRoutes;
  /** Leases and permits that it has given as a coordinator. */
  readonly leases: CoordinatorOptions["kept"];
  /** Usage: the state of the node's meter, and records that it holds. */
  readonly usage: UsageOptions["kept"];
  /** Marks of the orders that the node has taken, as text; undefined: none yet. */
  readonly orders: OrdersOptions["kept"];
  /** Outcomes of orders that it holds as a control node. */
  readonly outcomes: OrdersOptions["keptOutcomes"];
  /** Endpoints by which links were up. */
  readonly links: AgentLinksOptions["kept"];
}

/** A wall clock that goes back by more was ahead: records have ended that have not. */
const CLOCK_BACK_MS = 10_000;
/** Kinds of records by which it is decided which sections one node gets, and whose signatures count. */
const STANDING_KINDS: ReadonlySet<string> = new Set(["node", "role"]);
/** Kinds of records that may change the standing of every node. */
const GROUND_KINDS: ReadonlySet<string> = new Set(["policy", "root", "seeds"]);

export class Agent {
  readonly records: HeldRecords;
  readonly feeds: Feeds;
  readonly door: DoorSync;
  readonly planner: Planner;
  readonly watch: NodeWatch;
  readonly log: AgentLog;
  readonly renewals: Renewals;
  readonly joins: Joins;
  readonly joinMail: JoinMail;
  readonly mail: AgentMail;
  readonly papers: Papers;
  readonly letters: ProgramLetters;
  readonly links: AgentLinks;
  readonly routes: Routes;
  readonly coordinator: Coordinator;
  readonly leaders: Leaders;
  readonly usage: Usage;
  readonly telemetry: Telemetry;
  readonly releases: Releases;
  readonly stages: Stages;
  readonly orders: Orders;
  readonly misuse: Misuse = new Misuse();
  /** Judged records, by what came of them: `taken`, or the reason against them. */
  readonly judged: Map<string, number> = new Map();
  readonly #options: AgentOptions;
  readonly #rules: Readonly<Record<SignerRule, ProgramRule>>;
  /** Rooms that join as any other does, in the order in which they act. */
  readonly #rooms: readonly AgentRoom[];
  readonly #announcer: Announcer;
  readonly #endpoints = new OwnEndpoints();
  #addresses: readonly OwnAddress[] = [];
  readonly #news: AgentNews[] = [];
  readonly #recent = new RecentNews();
  /** The time of the present call. */
  #at: Moment;
  /** When the announcement is to be looked at next, in milliseconds since 1970; -Infinity: something that it rests on has changed. */
  #announcesAt = Number.NEGATIVE_INFINITY;
  /** The state that was kept last, as text. */
  #keptMarks: string;
  #keptPapers: string;
  readonly #running: RunningTime;
  /** The state that is to be kept may have changed. */
  #isKeepDue = false;

  constructor(options: AgentOptions, kept: KeptState, at: Moment) {
    this.#options = options;
    this.#at = at;
    this.records = new HeldRecords(options, kept, at.wall);
    this.door = new DoorSync(options.life);
    const book = (): FactBook | undefined => this.book;
    this.planner = new Planner({ ...options, ...kept, book, view: () => this.door.view });
    const { misuse } = this;
    this.mail = new AgentMail({ ...options, book, misuse });
    this.papers = new Papers({
      ...options,
      records: this.records,
      mail: this.mail,
      isNeighbour: (name) => this.feeds.linkTo(name) !== undefined,
      hasLog: () => this.log.hasStore,
      isResting: (now) => this.routes.rest.isResting(now),
      hand: (records, { wall }) => this.#hand(records, wall),
    });
    this.feeds = new Feeds({
      node: options.node,
      databaseId: options.databaseId,
      records: this.records,
      sectionsFor: (peer) => (this.links.isCandidate(peer) ? ["entry"] : sectionsFor(this.book, peer, this.#at.wall)),
      post: this.mail.office,
      cursors: kept.cursors,
      onJudged: (judgement, peer) => this.#handleBrought(judgement, peer),
    });
    const { node } = options;
    this.watch = new NodeWatch({ node, book, clocks: () => this.feeds.clocks() });
    this.log = new AgentLog({ cluster: options.cluster, ...(options.log ?? { store: undefined, keyIds: [] }) }, at);
    this.renewals = new Renewals(options.renewer);
    this.joins = new Joins(options.cluster, options.admitter);
    const { mail, joins, renewals } = this;
    this.stages = new Stages({ keyId: options.stager, told: () => this.coordinator.work });
    this.#rules = { renew: renewals, tokens: joins, releases: this.stages };
    const take = (record: Uint8Array, { wall }: Moment): void => this.#takeNode(record, wall);
    this.joinMail = new JoinMail({ mail, joins, book, misuse, take });
    this.links = new AgentLinks({
      ...options,
      book,
      misuse,
      isNode: () => this.nodeFault === undefined,
      refused: () => this.door.refused,
      hosts: () => this.planner.hosts,
      onChange: () => this.planner.planAtOnce(),
      kept: kept.links,
    });
    this.planner.join({ links: (wall) => this.links.orders(wall) });
    this.routes = new Routes(
      {
        ...options,
        software: options.software,
        book,
        mail: this.mail,
        planner: this.planner,
        ...this.#aroundRoutes(),
      },
      kept.routes,
      at,
    );
    this.planner.join(new FormerRoutes(this.routes, () => this.#at));
    const hand = (all: readonly Uint8Array[], { wall }: Moment): readonly Judgement[] => this.#hand(all, wall);
    const answer: AgentMail["answer"] = (number, body, moment) => mail.answer(number, body, moment);
    const carriedBy = (organization: string, { wall }: Moment): number =>
      this.usage.shelf.bytesInMonth(organization, wall);
    const coordinated = options.coordinator?.partition;
    const own = { partition: coordinated, kept: kept.leases, carriedBy, misuse };
    this.coordinator = new Coordinator({ ...options, ...own, book, hand, answer });
    mail.register(ROUTES_KIND, {
      role: COORDINATOR_ROLE,
      answerMs: ROUTES_ANSWER_MS,
      onLetter: (letter, moment) => this.coordinator.handleLetter(letter, moment),
      onDone: (done, moment) => this.routes.handleDone(done, moment),
    });
    const life = (): AgentLife => this.door.life;
    const { partition } = options.leaders ?? { partition: undefined };
    this.leaders = new Leaders({ ...options, book, mail, partition, life, hand }, at);
    mail.register(LEADER_KIND, {
      role: COORDINATOR_ROLE,
      answerMs: LEADER_ANSWER_MS,
      onLetter: (letter, moment) => this.leaders.handleLetter(letter, moment),
      onDone: (done, moment) => this.leaders.handleDone(done, moment),
    });
    this.letters = new ProgramLetters({ node, mail, book });
    this.usage = new Usage({ ...options, ...this.#aroundUsage(), book, mail, hand, kept: kept.usage });
    this.telemetry = new Telemetry({ ...options, ...this.#aroundTelemetry(), book, mail, hand });
    this.releases = new Releases({ node, channel: options.updates?.channel, book, device: () => this.device });
    const watch = new ReleaseWatch({ living: ({ wall }) => this.livingContracts(wall) });
    this.orders = new Orders({ ...options, ...this.#aroundOrders(), book, mail, ...keptOrders(kept) });
    const early = [this.links, this.routes, this.coordinator, this.leaders, this.letters];
    this.#rooms = [this.releases, watch, ...early, this.usage, this.orders, misuse, this.telemetry];
    this.#announcer = new Announcer(options);
    [this.#keptMarks, this.#keptPapers] = [JSON.stringify([...kept.marks]), JSON.stringify(kept.papers)];
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
    this.leaders.handleBootClock(boot, at);
    const step = this.watch.handleBootClock(boot, at);
    if (step !== 0) {
      this.feeds.handleClockStep(step);
      // An end of the overlay that is a time by the former clock is another moment by the new one.
      this.planner.planAtOnce();
    }
    if (step < -CLOCK_BACK_MS) this.feeds.handleForgotten(at);
  }

  /** Takes the addresses of this machine as they are now. */
  handleAddresses(addresses: readonly OwnAddress[], at: Moment): void {
    if (JSON.stringify(addresses) === JSON.stringify(this.#addresses)) return;
    this.#addresses = addresses;
    const written = (this.#options.endpoints ?? []).flatMap(({ reach, segment }) =>
      reach === "local" ? [segment] : [],
    );
    const segments = [...written.filter((name) => name !== undefined), ...addresses.map(({ network }) => network)];
    this.links.handleSegments([...new Set(segments)], at);
    this.#announcesAt = Number.NEGATIVE_INFINITY;
  }

  /** The device that the node runs on, as its source has told it last. */
  get device(): DeviceProfile {
    return this.routes.own.profile.device;
  }

  /** Takes what the device is like now. */
  handleDevice(device: DeviceProfile, at: Moment): void {
    this.routes.handleDevice(device);
    this.releases.handleDevice();
    this.#advance(at);
  }

  /** Takes what software the machine has, and what update-flor says. */
  handleSoftware(seen: SeenSoftware, at: Moment): void {
    this.releases.handleSeen(seen);
    if (seen.update !== undefined) this.orders.handleUpdate(seen.update, at);
    this.#advance(at);
  }

  /** Takes what came of a fetch of a release. */
  handleFetched(result: FetchResult, at: Moment): void {
    this.releases.handleFetched(result, at);
    this.#advance(at);
  }

  /** The mark of an order is on the disk, or is not. */
  handleOrderKept(number: number, fault: WorkFault | undefined, at: Moment): void {
    this.orders.handleKept(number, fault, at);
    this.#advance(at);
  }

  /** An order lies where update-flor takes it, or could not be put there. */
  handleOrderHanded(fault: WorkFault | undefined, at: Moment): void {
    this.orders.handleHanded(fault, at);
    this.#advance(at);
  }

  /** Living nodes and the contracts that they speak: those that tell this node as their coordinator, and itself. */
  *livingContracts(wall: number): Generator<readonly [node: string, contracts: Contracts]> {
    const { work } = this.coordinator;
    yield [this.node, this.routes.own.profile.contracts];
    if (work !== undefined) yield* contractsBy(work.profiles.at(wall).filter(({ subject }) => subject !== this.node));
  }

  /** Takes the outcome of an order of the room of leaders. */
  handleLeaders(result: LeaderResult, at: Moment): void {
    this.leaders.handleResult(result, at);
    this.#advance(at);
  }

  /** Takes the hand-written ways as they are now. */
  handleWays(ways: ReadonlyMap<string, Way>, at: Moment): void {
    this.planner.handleWays(ways);
    this.#advance(at);
  }

  /** Judges the octets of records that somebody has handed in: each after those that it may rest on, whatever their order. */
  handleRecords(all: readonly Uint8Array[], at: Moment): readonly Judgement[] {
    const judgements = this.#hand(all, at.wall);
    for (const judgement of judgements) if (judgement.isAccepted) this.papers.handleHandedIn(judgement.fact, at);
    this.planner.planAtOnce();
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
    const known = readRecord(octets, this.#options.cluster);
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
      this.planner.planAtOnce();
      this.feeds.handleLinks(result.view.links, at);
      for (const room of this.#rooms) room.handleView?.(result.view, at);
    }
    const events = this.door.takeEvents();
    if (events.length > 0) for (const room of this.#rooms) room.handleDoorEvents?.(events, at);
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
    this.planner.handleTimeout(at);
    this.feeds.handleTimeout(at);
    this.watch.handleTimeout(at);
    this.#advance(at);
  }

  /** When `handleTimeout` is due, in monotonic milliseconds; Infinity: never. */
  nextTimeout({ now, wall }: Moment): number {
    const ends = Math.min(this.records.nextTimeout(), this.#announcesAt);
    const plans = Math.min(
      this.planner.nextTimeout({ now, wall }),
      ...this.#rooms.map((room) => room.nextTimeout({ now, wall })),
    );
    const own = Math.min(this.feeds.nextTimeout(), this.watch.nextTimeout(), this.log.nextTimeout(), plans);
    const joins = Math.min(this.joins.nextTimeout(), this.joinMail.nextTimeout());
    const mail = Math.min(this.mail.nextTimeout(), this.papers.nextTimeout());
    const programs = Math.min(mail, this.renewals.nextTimeout({ now, wall }), this.stages.nextTimeout(), joins);
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
    const news = this.#pollNews();
    if (news !== undefined) {
      this.#recent.take(news, this.#at.wall);
      return { kind: "tell", news };
    }
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
    const raised = this.stages.pollOrder();
    if (raised !== undefined) return { kind: "program", rule: "releases", order: raised };
    const join = this.joins.pollOrder();
    if (join !== undefined) return { kind: "program", rule: "tokens", order: join };
    return firstOf(this.#rooms, (room) => room.pollOrder?.());
  }

  #pollNews(): AgentNews | undefined {
    return (
      this.#news.shift() ??
      this.planner.pollNews() ??
      this.watch.pollNews() ??
      this.log.news.poll() ??
      this.papers.pollNews() ??
      this.joins.pollNews() ??
      this.stages.pollNews() ??
      firstOf(this.#rooms, (room) => room.pollNews?.())
    );
  }

  /** Other rooms, as orders reach them. */
  #aroundOrders(): Pick<OrdersOptions, "isNode" | "hasUpdater" | "refetch" | "rejoin" | "report"> {
    return {
      isNode: () => this.nodeFault === undefined,
      hasUpdater: this.#options.updates !== undefined,
      refetch: (at) => {
        this.feeds.handleForgotten(at);
        this.papers.handleRefetch(at);
        this.releases.handleRefetch();
      },
      rejoin: () => this.links.handleRejoin(),
      report: (at) => this.#report(at),
    };
  }

  /** How this node is, for people who cannot log in to it. */
  #report(at: Moment): string {
    const { view, away, refused } = this.door;
    const { own } = this.routes;
    const about = {
      node: this.node,
      at: at.wall,
      software: this.#options.software,
      fault: this.nodeFault ?? null,
      door: { away: away?.code ?? null, refused: refused?.code ?? null },
      load: own.load,
      device: this.device,
      nat: own.nat,
      release: this.releases.state ?? null,
      version: this.releases.version ?? null,
      mail: { unanswered: this.mail.isUnanswered, papersWaiting: this.papers.waiting, watched: this.papers.watched },
      root: this.book?.authority.version ?? null,
      judged: Object.fromEntries(this.judged),
      neighbours: [...this.feeds.neighbours].filter(({ isGreeted }) => isGreeted).length,
    };
    return writeNodeReport({ about, links: view?.links ?? [], news: this.#recent.all() });
  }

  /** Other rooms, as routes ask and tell them. */
  #aroundRoutes(): Pick<RoutesOptions, "askView" | "hand" | "onAsks" | "isObserved" | "isOrdered"> {
    return {
      askView: () => this.door.handleStale(),
      hand: (records, { wall }) => this.#hand(records, wall),
      onAsks: (nodes, moment) => this.links.handleAsks(nodes, moment),
      isObserved: () => this.telemetry.isObserved,
      isOrdered: (link) => this.links.hasOrdered(link),
    };
  }

  /** Routes, as telemetry asks them. */
  #aroundTelemetry(): Pick<TelemetryOptions, "shown" | "isResting"> {
    return {
      shown: () => this.routes.shownTo(""),
      isResting: (moment) => this.routes.isResting(moment),
    };
  }

  /** Other rooms, as usage asks them. */
  #aroundUsage(): Pick<UsageOptions, "coordinatorOf" | "askView" | "sharesOf"> {
    return {
      coordinatorOf: (permit) => this.routes.permits.coordinatorOf(permit),
      askView: () => this.door.handleStale(),
      sharesOf: (hour, wall) => this.coordinator.sharesOf(hour, wall),
    };
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
    this.stages.advance(this.book, this.log.hasStore, at);
    this.joins.advance(this.book, this.log, at);
    this.joinMail.advance(at);
    for (const room of this.#rooms) {
      room.advance(at);
      if (room === this.releases) this.routes.handleInstalled(this.releases.installed(at));
    }
    haveAllChanged = this.#takeEvents(changed) || haveAllChanged;
    this.#plan(at);
    if (haveAllChanged || changed.size > 0) {
      this.mail.office.readers.beaconMs = this.routes.rest.isPhone(at) ? PHONE_BEACON_MS : 0;
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
      this.planner.handleStale();
      if (event.kind === "taken" || event.kind === "again" || event.kind === "root") this.watch.handleHeld(event.fact);
      this.log.handleEvent(event);
      this.renewals.handleEvent(event);
      this.stages.handleEvent(event);
      this.joins.handleEvent(event);
      for (const room of this.#rooms) room.handleBook?.(event);
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

  /** The endpoints that the operator has written, and those that neighbours that are nodes have seen. */
  #ownEndpoints(): AnnounceBody["endpoints"] {
    const seen = [...this.feeds.neighbours].flatMap(({ peer, isGreeted, seenAs }) => {
      return isGreeted && standingOf(this.book, peer, this.#at.wall).kind === "node" ? [seenAs] : [];
    });
    const mayLoopBack = this.book?.authority.isDevelopment === true;
    return this.#endpoints.of({
      written: this.#options.endpoints ?? [],
      addresses: this.#addresses,
      seen,
      mayLoopBack,
    });
  }

  /** Announces this node, where that is due, and says when it is due next. */
  #announce(at: Moment): void {
    const { wall } = at;
    const { view } = this.door;
    this.#announcesAt = Number.POSITIVE_INFINITY;
    if (view === undefined || this.book === undefined || this.nodeFault !== undefined) return;
    const held = this.book.inForce("announce", "cluster", this.node, wall)?.epoch ?? 0;
    const endpoints = this.#ownEndpoints();
    if (view.bounds.linksMax > 0) this.#announcer.handleEndpoints(endpoints);
    const { cpu, memory, sockets } = this.routes.own.load;
    this.#announcer.handleCapabilities(this.links.capabilities(Math.max(cpu, memory, sockets), at));
    this.routes.own.nat = this.#endpoints.nat;
    const octets = this.#announcer.poll(view, held, wall);
    if (octets !== undefined) this.#count(this.records.offer(octets, wall));
    const next = this.#announcer.nextTimeout(view, wall);
    // An announcer that is due, and has nothing, has used up its epochs.
    if (next > wall) this.#announcesAt = next;
  }

  #plan(at: Moment): void {
    const plan = this.planner.poll(at);
    if (plan === undefined) return;
    this.#isKeepDue = true;
    if (plan.overlay !== undefined) this.door.want(plan.overlay);
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
    const marks = this.planner.services.marks();
    const text = JSON.stringify([...marks]);
    if (text === this.#keptMarks) return undefined;
    this.#keptMarks = text;
    return marks;
  }

  #pollKeep(): AgentOrder | undefined {
    if (!this.#isKeepDue) return undefined;
    const papers = this.planner.keptPapers();
    const text = JSON.stringify(papers);
    if (text === this.#keptPapers) return undefined;
    this.#keptPapers = text;
    return { kind: "keep", papers };
  }

  /** A neighbour has brought a record. Returns how many signatures it pays beside those that were verified: slowed ones do, for what no honest node offers. */
  #handleBrought(judgement: Judgement, peer: string): number {
    this.#count(judgement);
    if (!isForged(judgement)) return 0;
    const isNode = standingOf(this.book, peer, this.#at.wall).kind === "node";
    const by = { by: isNode ? "node" : "neighbour", name: peer } as const;
    this.misuse.count("authentication", by, this.#at);
    return this.misuse.isSlowed("authentication", by, this.#at) ? RECORD_COST : 0;
  }

  #count(judgement: Judgement): void {
    const word = judgement.isAccepted ? "taken" : judgement.reason;
    this.judged.set(word, (this.judged.get(word) ?? 0) + 1);
  }

  #tell(level: AgentNews["level"], code: AgentNewsCode, about: AgentNews["about"], text: string): void {
    this.#news.push({ level, code, about, text });
  }
}

function firstOf<Item, Found>(items: readonly Item[], find: (item: Item) => Found | undefined): Found | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function keptOrders({ orders, outcomes }: KeptState): Pick<OrdersOptions, "kept" | "keptOutcomes"> {
  return { kept: orders, keptOutcomes: outcomes };
}
