/**
 * Leased routes, as an origin and a relay have them: reports to coordinators, leases that are checked, ranked and held, permits that are carried out, and what of both
 * goes into the overlay. Pure.
 */
import {
  bodyOf,
  type DeviceProfile,
  type Endpoint,
  type FactBook,
  type InstalledBody,
  type Judgement,
  type ReportBody,
  type Signer,
} from "@florenetes/facts";
import type { Done } from "@florenetes/feed";
import type { AgentNews, AgentOrder } from "../agent-orders.ts";
import type { AgentRoom } from "../agent-room.ts";
import type { DoorEvent, View } from "../door/view.ts";
import {
  REPORT_AGAIN_MS,
  REPORT_MS,
  REST_LOOK_MS,
  REST_REPORT_LIFE_MS,
  REST_REPORT_MS,
  VERSIONS_REPORTED,
} from "../limits.ts";
import type { AgentMail } from "../mail/agent-mail.ts";
import type { Moment } from "../moment.ts";
import type { OverlayPart } from "../plan/plan-overlay.ts";
import type { Planner } from "../plan/planner.ts";
import { keyOf, type NamedService } from "../plan/service-names.ts";
import { standingOf } from "../records/standing.ts";
import { Asking, type KnownCoordinator } from "./asking.ts";
import { type HostUse, hostUses } from "./host-uses.ts";
import { type KeptRoutes, textOf } from "./kept-routes.ts";
import { LeaseDesk } from "./lease-desk.ts";
import { providerOf } from "./link-provider.ts";
import { OwnFacts, type OwnFactsOptions } from "./own-facts.ts";
import { PhoneRest } from "./phone-rest.ts";
import { PermitsDesk } from "./permits-desk.ts";
import { essenceOf, offerOf, reportOf } from "./report.ts";
import { RouteGrounds, type RouteGroundsOptions } from "./route-grounds.ts";
import { RoutePost, type Shown } from "./route-post.ts";
import { countSwitches, type RouteSwitches } from "./route-switches.ts";
import { ShownPapers } from "./shown-papers.ts";
import { StandingNews } from "./standing-news.ts";
import { type AskedUses, askedText, ToldReport } from "./told-report.ts";

export interface RoutesOptions extends OwnFactsOptions, Pick<RouteGroundsOptions, "isOrdered"> {
  readonly cluster: string;
  readonly node: string;
  readonly development: boolean;
  readonly key: Signer & { readonly key: string };
  readonly book: () => FactBook | undefined;
  readonly mail: AgentMail;
  readonly planner: Planner;
  /** Has the door read the view anew: figures come with it alone. */
  readonly askView: () => void;
  /** Judges records as those that somebody has handed in. */
  readonly hand: (records: readonly Uint8Array[], at: Moment) => readonly Judgement[];
  /** A coordinator asks this node to call these nodes. */
  readonly onAsks: (nodes: readonly string[], at: Moment) => void;
  /** Whether observers are to have reports, too. */
  readonly isObserved: () => boolean;
  /** The endpoints that the node's operator has written; default: none. */
  readonly endpoints?: readonly Endpoint[];
}

/** A link vertex tells figures of a link a second after it has come up, at the latest. */
const FIGURES_MS = 1_500;

export class Routes implements AgentRoom, OverlayPart {
  readonly leases: LeaseDesk;
  readonly permits: PermitsDesk;
  readonly post: RoutePost;
  readonly own: OwnFacts;
  readonly rest: PhoneRest;
  readonly asking: Asking;
  /** Leases and permits that came, by their outcomes: `taken` or the reason against them. */
  readonly outcomes: Map<string, number> = new Map();
  /** Reports that were made. */
  reports = 0;
  /** Reports of a change that waited, as the last one was made 5 s ago or less. */
  heldReports = 0;
  /** Connections of leased paths that have gone over to another route, by the reason. */
  readonly switches: Map<string, RouteSwitches> = new Map();
  readonly #options: RoutesOptions;
  readonly #grounds: RouteGrounds;
  readonly #news: AgentNews[] = [];
  #at: Moment;
  #view: View | undefined;
  #uses: readonly HostUse[] = [];
  #report: ToldReport | undefined;
  #essence = "";
  /** The versions in the newest report, as text. */
  #versionsTold = "";
  #isReportHeld = false;
  #epoch = 0;
  #reportedAt = Number.NEGATIVE_INFINITY;
  #reportsAt = Number.NEGATIVE_INFINITY;
  /** When the view was read, in monotonic milliseconds. */
  #viewedAt = Number.NEGATIVE_INFINITY;
  /** The view is asked for, so that a report has new figures. */
  #isViewAsked = false;
  /** Something that uses, leases and reports rest on has changed. */
  #isStale = true;
  #plans = 0;
  /** When a lease or permits end next, in milliseconds since 1970. */
  #endsAt: number = Number.POSITIVE_INFINITY;
  readonly #papers: ShownPapers;
  #papersNow: readonly Shown[] = [];
  /** Records that each coordinator is to have at present. */
  readonly #shownNow = new Map<string, readonly Shown[]>();
  /** The state that is kept over a restart may have changed. */
  #isKeepDue = false;
  #keptText: string;
  readonly #standings = new StandingNews();

  constructor(options: RoutesOptions, kept: KeptRoutes, at: Moment) {
    const { mail, node } = options;
    this.#options = options;
    this.own = new OwnFacts(options);
    this.#at = at;
    const heardAt = (coordinator: string, { now }: Moment): number | undefined =>
      coordinator === node ? now : mail.office.readers.heardAt(coordinator, now);
    this.#grounds = new RouteGrounds({ ...options, heardAt });
    this.leases = new LeaseDesk(this.#grounds, kept.leases);
    this.asking = new Asking(node, at.now);
    this.rest = new PhoneRest({ ...options, own: this.own, leases: this.leases });
    this.permits = new PermitsDesk(this.#grounds, kept.permits);
    this.#keptText = textOf(kept);
    this.#papers = new ShownPapers(options);
    this.post = new RoutePost({
      mail,
      coordinators: (known, { wall }) => this.#grounds.coordinators(known, wall),
      shown: (coordinator) => this.shownTo(coordinator),
      isObserved: options.isObserved,
      onAnswer: (coordinator, records, now) => this.#handleRecords(coordinator, records, now),
      onAsks: options.onAsks,
      writesAt: (coordinator, writtenAt, now) => this.rest.writesAt(coordinator, writtenAt, now),
    });
  }

  /** The device that the node runs on, as it is now. */
  handleDevice(device: DeviceProfile): void {
    if (this.own.handleDevice(device)) this.#isStale = true;
  }

  /** The node's word about its software, as it is now. */
  handleInstalled(installed: InstalledBody | undefined): void {
    if (this.own.handleInstalled(installed)) this.#isStale = true;
  }

  /** Told what came of a letter of the kind `routes` that this node has sent. */
  handleDone(done: Done, at: Moment): void {
    this.#at = at;
    this.post.handleDone(done, at);
  }

  handleBook(): void {
    this.#isStale = true;
  }

  handleView(view: View, at: Moment): void {
    this.#at = at;
    this.#isStale = true;
    this.#view = view;
    this.own.knowsShares = view.shares;
    this.#viewedAt = at.now;
    this.#isViewAsked = false;
    for (const { coordinator, ...acknowledgement } of this.permits.follow(view, at))
      this.post.acknowledge(coordinator, acknowledgement);
  }

  handleDoorEvents(events: readonly DoorEvent[]): void {
    countSwitches(this.switches, events);
  }

  advance(at: Moment): void {
    this.#at = at;
    const view = this.#view;
    if (view === undefined || this.#options.book() === undefined) return;
    const { plans, services } = this.#options.planner;
    if (this.#isStale || plans !== this.#plans || at.now >= this.#dueAt(at)) {
      this.#isStale = false;
      this.#plans = plans;
      const isVoid = (host: string): boolean => standingOf(this.#options.book(), host, at.wall).kind === "void";
      const isFull = (host: string, service: NamedService): boolean => services.isFull(host, service, at.wall);
      this.#uses = hostUses(this.#options.node, services.wanted, view, isVoid, isFull);
      const isOther = this.leases.follow({ view, viewedAt: this.#viewedAt }, this.#uses, services.wanted, at);
      if (isOther) this.#options.planner.planAtOnce();
      this.#isKeepDue ||= this.leases.runsOther;
      // Leases and permits that have ended are held, or not: the vertex has to know.
      if (at.wall >= this.#endsAt) this.#options.planner.planAtOnce();
      this.leases.expire(at);
      this.#ask(at);
      this.#tellStandings(at);
      this.rest.look(view, this.#uses, at);
      if (at.now >= this.#looksAt(at)) this.#askView();
      if (!this.post.isIdle) this.#makeReport(view, at);
      this.#show();
      this.#endsAt = Math.min(this.leases.nextTimeout(at), this.permits.nextTimeout(at));
    }
    this.post.advance(at);
    if (this.post.hasOthers) this.#isStale = true;
  }

  nextTimeout(at: Moment): number {
    if (this.#view === undefined || this.#options.book() === undefined) return Number.POSITIVE_INFINITY;
    const isStale = this.#isStale || this.#plans !== this.#options.planner.plans;
    return isStale ? at.now : Math.min(this.post.nextTimeout(at), this.#dueAt(at));
  }

  pollNews(): AgentNews | undefined {
    return this.#news.shift();
  }

  pollOrder(): AgentOrder | undefined {
    if (!this.#isKeepDue) return undefined;
    this.#isKeepDue = this.leases.runsOther = false;
    const routes = { leases: this.leases.octets(), permits: this.permits.octets(this.#at) };
    const text = textOf(routes);
    if (text === this.#keptText) return undefined;
    this.#keptText = text;
    return { kind: "keep-routes", routes };
  }

  // ── The part of the overlay ─────────────────────────────────────────────────────────────────────────────────────────

  readonly routesTo: NonNullable<OverlayPart["routesTo"]> = ({ scope, service }, host) =>
    this.leases.routesTo({ scope, service, host }, this.#at);

  readonly transit: NonNullable<OverlayPart["transit"]> = () => this.permits.transit(this.#at);

  // ── For the status ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** The hosts that leases are asked for. */
  get uses(): readonly HostUse[] {
    return this.#uses;
  }

  /** When something is due beside letters, in monotonic milliseconds. */
  #dueAt(at: Moment): number {
    if (this.post.isIdle) return Math.min(this.#looksAt(at), at.now + this.#endsAt - at.wall);
    const report = this.#isViewAsked ? Number.POSITIVE_INFINITY : this.#reportsAt;
    const own = Math.min(report, this.#papers.nextTimeout(), this.asking.dueAt);
    return Math.min(own, this.#looksAt(at), at.now + this.#endsAt - at.wall);
  }

  #handleRecords(coordinator: string, records: readonly Uint8Array[], at: Moment): void {
    // Most letters that wait are answered with nothing, and change nothing but how long what has ended is held.
    if (records.length === 0 && this.leases.areLive(at) && this.permits.areLive(at)) return;
    const kindOf = (octets: Uint8Array): string | undefined => this.#grounds.read(octets)?.kind;
    // Papers of hosts come first: leases rest on none of them, but plans do.
    const papers = records.filter((octets) => PAPER_KINDS.has(kindOf(octets) ?? ""));
    if (papers.length > 0) this.#options.hand(papers, at);
    for (const octets of records) {
      const fact = this.#grounds.read(octets);
      if (fact?.kind === "lease") {
        const outcome = this.leases.handleLease(octets, at);
        this.#count(outcome);
        this.post.acknowledge(coordinator, { id: fact.id, outcome, left: [] });
      } else if (fact?.kind === "permits") {
        const told = this.permits.handlePermits(octets, fact, at);
        this.#count(told?.outcome ?? "taken");
        if (told !== undefined) this.post.acknowledge(coordinator, told);
      }
    }
    this.#isKeepDue = true;
    this.#isStale = true;
    this.#options.planner.planAtOnce();
  }

  /** When the view is to be read for figures of a link that has come up, or of routes that are compared: no event tells them. */
  #looksAt(at: Moment): number {
    if (this.#isViewAsked) return Number.POSITIVE_INFINITY;
    const isUnmeasured =
      !this.post.isIdle && this.#view?.links.some(({ state, figures }) => state === "up" && figures === null) === true;
    const compares = Math.max(this.leases.comparesAt, this.#viewedAt + REPORT_AGAIN_MS);
    const rests = this.isResting(at) ? this.#viewedAt + REST_LOOK_MS : Number.POSITIVE_INFINITY;
    return Math.min(compares, rests, isUnmeasured ? this.#viewedAt + FIGURES_MS : Number.POSITIVE_INFINITY);
  }

  /** Whether this node rests, and its coordinators know of it. */
  isResting(at: Moment): boolean {
    return this.post.mayRest && this.rest.isResting(at);
  }

  #askView(): void {
    if (this.#isViewAsked) return;
    this.#isViewAsked = true;
    this.#options.askView();
  }

  /** Makes a report that is due: each minute, and a while after something has changed. */
  #makeReport(view: View, at: Moment): void {
    const { cluster, node, key, planner, endpoints = [] } = this.#options;
    const body = reportOf({
      view,
      offer: this.rest.shutGates(at).length > 0 ? undefined : offerOf(view),
      load: this.own.load,
      facts: this.own.reported,
      providerOf: (link) => providerOf(link, endpoints, () => this.#announced(link.peer, at)),
      uses: this.#uses,
      routes: this.leases.reported(planner.services.wanted, at),
      versions: this.#versions(view, at),
    });
    const asked = this.#asked();
    const essence = essenceOf(body, (lease) => this.leases.waysOf(lease)) + askedText(asked);
    const isSame = essence === this.#essence;
    const [everyMs, lifeMs] = this.isResting(at) ? [REST_REPORT_MS, REST_REPORT_LIFE_MS] : [REPORT_MS, undefined];
    const again = isSame && !this.#isOutdated(body) ? everyMs : REPORT_AGAIN_MS;
    this.#reportsAt = this.#reportedAt + again;
    const isOld = at.now >= this.#reportsAt && this.#viewedAt < at.now - REPORT_AGAIN_MS;
    if (isOld) this.#askView();
    if (!isSame && at.now < this.#reportsAt && !this.#isReportHeld) {
      this.#isReportHeld = true;
      this.heldReports++;
    }
    if (at.now < this.#reportsAt || this.#isViewAsked) return;
    this.#reportedAt = at.now;
    this.#reportsAt = at.now + everyMs;
    [this.#essence, this.#isReportHeld] = [essence, false];
    this.#epoch = Math.max(this.#epoch + 1, at.wall);
    this.reports++;
    const slot = { cluster, node, epoch: this.#epoch, issued: at.wall, key, ...(lifeMs !== undefined && { lifeMs }) };
    // A report in the place of one that nobody has yet is as urgent as that one.
    const wasTold = this.#report !== undefined && (this.#report.isPatient || this.post.isKnown(this.#report.id));
    this.#report = new ToldReport(body, slot, asked, isSame && wasTold);
    this.#versionsTold = JSON.stringify(body.versions);
  }

  /** Whether a report that waits for a letter says what the relay holds no more: its coordinators would take newer permits for lost. */
  #isOutdated({ versions }: Pick<ReportBody, "versions">): boolean {
    const report = this.#report;
    if (report === undefined || !report.isPatient || this.post.isKnown(report.id)) return false;
    return JSON.stringify(versions) !== this.#versionsTold;
  }

  #announced(peer: string, { wall }: Moment): readonly Endpoint[] {
    const fact = this.#options.book()!.inForce("announce", "cluster", peer, wall);
    return (fact === undefined ? undefined : bodyOf(fact, "announce")?.endpoints) ?? [];
  }

  /** Versions of the root, and of the permits of a node that carries something for others: a coordinator sees by these which of its permits were lost. */
  #versions(view: View, at: Moment): ReportBody["versions"] {
    const names = [...this.post.coordinators()].map(({ node }) => node);
    const permits = offerOf(view) === undefined ? [] : this.permits.versions(names, at);
    const root = { of: "root", version: this.#options.book()!.authority.version };
    return [root, ...permits].slice(0, VERSIONS_REPORTED);
  }

  /** Has each lease asked of one coordinator, and used where another one's is from now on. */
  #ask(at: Moment): void {
    const written = [...this.post.coordinators()];
    const slots = this.leases.asked(this.#uses, at);
    const holders = slots.flatMap(({ holder }) => (holder === undefined ? [] : [holder]));
    const names = new Set([...written.map(({ node }) => node), ...this.#grounds.coordinators(holders, at.wall)]);
    const coordinators = [...names].map((node): KnownCoordinator => {
      const unansweredSince = written.find((each) => each.node === node)?.unansweredSince;
      return { node, heardAt: this.#grounds.heardAt(node, at), unansweredSince };
    });
    this.asking.follow(slots, coordinators, at.now);
    if (this.leases.move(this.asking)) this.#options.planner.planAtOnce();
  }

  #asked(): AskedUses {
    const usesOf = (coordinator: string): readonly HostUse[] =>
      this.#uses.filter((use) => this.asking.asks(coordinator, keyOf(use)));
    return new Map(this.asking.coordinators.map((coordinator) => [coordinator, usesOf(coordinator)]));
  }

  /** The newest report, and the node's own records. */
  #show(): void {
    const book = this.#options.book();
    this.#shownNow.clear();
    if (this.#report === undefined || book === undefined) return;
    this.#papersNow = this.#papers.shown(book, this.own, this.#at, (id) => this.post.isKnown(id));
  }

  /** The newest report as a coordinator has it, and the node's own records; "": as those have it who are asked for no lease. */
  shownTo(coordinator: string): readonly Shown[] {
    if (this.#report === undefined) return [];
    const shown = this.#shownNow.get(coordinator) ?? [...this.#papersNow, this.#report.for(coordinator)];
    this.#shownNow.set(coordinator, shown);
    return shown;
  }

  #tellStandings(at: Moment): void {
    const news = this.#standings.follow(this.leases.inUse(at));
    this.#news.push(...news);
    this.#isKeepDue ||= news.length > 0;
  }

  #count(outcome: string): void {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
  }
}

const PAPER_KINDS: ReadonlySet<string> = new Set(["node", "role", "announce"]);
