/**
 * Leaders of services, in both parts of an agent: as a host it asks coordinators for grants and has the vertex serve by them, and as a coordinator it grants them by the
 * log of its partition. Pure: it says what is to be sent, posted and read.
 */
import { bodyOf, type BookEvent, type FactBook, type Judgement, KINDS, type Signer } from "@florenetes/facts";
import {
  type Answer,
  type Done,
  Outcome,
  readLeaderAnswer,
  readLeaderLetter,
  writeLeaderAnswer,
  writeLeaderLetter,
} from "@florenetes/feed";
import type { AgentRoom } from "../agent-room.ts";
import type { AgentNews, AgentOrder } from "../agent-orders.ts";
import type { AgentLife, View } from "../door/view.ts";
import type { AgentMail, ReceivedLetter } from "../mail/agent-mail.ts";
import type { Moment } from "../moment.ts";
import { ServiceNames } from "../plan/service-names.ts";
import { clusterPolicy } from "../records/cluster-policy.ts";
import { standingOf } from "../records/standing.ts";
import { type DeskGround, LeaderDesk } from "./leader-desk.ts";
import { LeaderHost } from "./leader-host.ts";
import { coordinatorsOf, isCoordinator, LeaderLog } from "./leader-log.ts";
import type { LeaderOrder, LeaderResult } from "./leader-orders.ts";
import { type LeaderSlot, neededOf } from "./leader-slot.ts";

export const LEADER_KIND = "leader";
/** A letter that was not answered goes another way after so long. */
export const LEADER_ANSWER_MS = 1_500;

export interface LeadersOptions {
  readonly cluster: string;
  readonly node: string;
  readonly key: Signer & { readonly key: string };
  readonly book: () => FactBook | undefined;
  readonly mail: Pick<AgentMail, "send" | "answer" | "hasWay" | "reads">;
  /** The life under which orders are posted at the door. */
  readonly life: () => AgentLife;
  /** Judges records, and holds those that hold. */
  readonly hand: (records: readonly Uint8Array[], at: Moment) => readonly Judgement[];
  /** The partition whose store this node can read and append to; undefined: none. */
  readonly partition: string | undefined;
}

/** A service that this node serves only with a grant. */
export interface LedService extends LeaderSlot {
  /** Its name in the vertex's config. */
  readonly name: string;
}

/** A post that the door did not take is tried again after so long. */
const POST_AGAIN_MS = 1_000;

export class Leaders implements AgentRoom {
  readonly host: LeaderHost = new LeaderHost();
  readonly log: LeaderLog | undefined;
  readonly desk: LeaderDesk | undefined;
  readonly #options: LeadersOptions;
  readonly #news: AgentNews[] = [];
  readonly #orders: LeaderOrder[] = [];
  #services: readonly LedService[] = [];
  #names: readonly string[] = [];
  #isStale = true;
  /** The clock that goes on while the machine is suspended, when it was told last. */
  #boot: { readonly boot: number; readonly now: number } | undefined;
  #instance = "";
  /** Grants that the vertex has, as far as known here. */
  #posted = "[]";
  #isPosting = false;
  #postsAt = Number.NEGATIVE_INFINITY;
  #wall = 0;
  #isStoreAway = false;

  constructor(options: LeadersOptions, at: Moment) {
    this.#options = options;
    const { partition, node } = options;
    if (partition === undefined) return;
    const needed = (): number => this.#needed(partition);
    this.log = new LeaderLog({ ...options, partition, needed });
    const groundOf = (slot: LeaderSlot, host: string): DeskGround => this.#groundOf(slot, host, partition);
    const isAged = (issued: number): boolean => this.#wall - issued > KINDS.leader.life / 2;
    this.desk = new LeaderDesk({ node, table: this.log.table, groundOf, needed, isAged }, at.now);
  }

  /** The services that this node serves only with grants. */
  get services(): readonly LedService[] {
    return this.#services;
  }

  /** Milliseconds that a grant has left; 0: there is none in force. */
  leftOf(service: LeaderSlot, now: number): number {
    const boot = this.#bootAt(now);
    return boot === undefined ? 0 : Math.max(0, this.host.until(service, boot) - boot);
  }

  handleBootClock(boot: number, { now }: Moment): void {
    this.#boot = { boot, now };
  }

  handleBook(event: BookEvent): void {
    if (event.kind === "row-refused" || GROUND.has(event.fact.kind)) this.#isStale = true;
  }

  handleView({ grants, instance }: View): void {
    const names = grants.map(({ service }) => service);
    if (names.join(" ") !== this.#names.join(" ")) this.#isStale = true;
    this.#names = names;
    // A vertex that was started again has none.
    if (instance !== this.#instance) this.#posted = "[]";
    this.#instance = instance;
  }

  handleLetter({ number, node, key, body }: ReceivedLetter, at: Moment): Answer | "later" {
    const services = readLeaderLetter(body);
    if (this.desk === undefined) return { outcome: Outcome.unknownKind, body: NO_BODY };
    if (services === undefined) return { outcome: Outcome.malformed, body: NO_BODY };
    const standing = standingOf(this.#options.book(), node, at.wall);
    if (standing.kind !== "node" || standing.key !== key) return { outcome: Outcome.unknownSender, body: NO_BODY };
    this.desk.handleAsk({ number, host: node, services });
    return "later";
  }

  handleDone({ number, answer }: Done, { now }: Moment): void {
    const boot = this.#bootAt(now);
    const answers = answer?.outcome === Outcome.answered ? readLeaderAnswer(answer.body) : undefined;
    if (boot !== undefined) this.host.handleAnswer(number, answers, boot);
  }

  /** The owner has carried out an order. */
  handleResult(result: LeaderResult, at: Moment): void {
    if (result.kind === "looked") this.#handleRead(result.read, at);
    else if (result.kind === "appended") this.desk?.handleNamed();
    else this.#handlePosted(result.isTaken, at);
  }

  #handleRead(read: Extract<LeaderResult, { readonly kind: "looked" }>["read"], at: Moment): void {
    const { log, desk } = this;
    if (log === undefined || desk === undefined) return;
    const led = read === undefined ? [] : log.handleEntries(read.entries, read.head, at.now, at.wall);
    if (led.length > 0) this.#options.hand(led, at);
    const isCurrent = read !== undefined && !log.isBroken && read.head.index === log.head.index;
    desk.handleLooked(isCurrent, at.now);
    if (isCurrent === this.#isStoreAway) this.#tellStore(!isCurrent);
  }

  #handlePosted(isTaken: boolean, { now }: Moment): void {
    this.#isPosting = false;
    if (isTaken) return;
    this.#posted = "?";
    this.#postsAt = now + POST_AGAIN_MS;
  }

  advance(at: Moment): void {
    this.#wall = at.wall;
    if (this.#isStale) this.#follow(at);
    this.#ask(at);
    this.#coordinate(at);
    this.#post(at.now);
  }

  nextTimeout({ now }: Moment): number {
    const boot = this.#bootAt(now);
    if (boot === undefined || this.#services.length === 0) return Number.POSITIVE_INFINITY;
    return Math.max(
      now,
      Math.min(now + this.host.nextTimeout() - boot, this.#posted === "?" ? this.#postsAt : Infinity),
    );
  }

  pollNews(): AgentNews | undefined {
    return this.#news.shift();
  }

  pollOrder(): AgentOrder | undefined {
    const order = this.#orders.shift();
    return order === undefined ? undefined : { kind: "leaders", order };
  }

  #follow({ wall }: Moment): void {
    this.#isStale = false;
    const { book: bookOf, node } = this.#options;
    const book = bookOf();
    const own = book?.inForce("node", "cluster", node, wall);
    const partition = own === undefined ? undefined : bodyOf(own, "node")?.partition;
    if (book === undefined || partition === undefined) {
      this.#services = [];
      return this.host.follow({ services: [], coordinators: [], needed: 1 });
    }
    const names = new ServiceNames(book, node, wall);
    this.#services = this.#names.map((name) => ({ name, ...names.find(name) }));
    const coordinators = coordinatorsOf(book, partition, wall);
    this.host.follow({ services: this.#services, coordinators, needed: this.#needed(partition) });
  }

  #ask(at: Moment): void {
    const boot = this.#bootAt(at.now);
    if (boot === undefined) return;
    const { mail } = this.#options;
    for (let ask = this.host.pollAsk(boot); ask !== undefined; ask = this.host.pollAsk(boot)) {
      if (!mail.hasWay(LEADER_KIND, at, ask.to)) continue;
      const number = mail.send(LEADER_KIND, writeLeaderLetter(ask.services), at, { to: ask.to });
      if (number !== undefined) this.host.handleSent(number, ask, boot);
    }
  }

  #coordinate(at: Moment): void {
    const { log, desk } = this;
    if (log === undefined || desk === undefined) return;
    for (let order = desk.pollOrder(); order !== undefined; order = desk.pollOrder()) {
      if (order.kind === "look") this.#orders.push({ kind: "look", behind: log.head });
      else {
        const { slot, host, epoch } = order;
        this.#orders.push({ kind: "append", behind: log.head, record: log.write(slot, host, epoch, at.wall) });
        const about = { service: slot.service, host, epoch };
        this.#news.push({
          level: "info",
          code: "LEADER_NAMED",
          about,
          text: "this coordinator names a host that leads a service",
        });
      }
    }
    for (let told = desk.pollAnswer(); told !== undefined; told = desk.pollAnswer())
      this.#options.mail.answer(told.number, { outcome: Outcome.answered, body: writeLeaderAnswer(told.answers) }, at);
  }

  /** Has the vertex serve by the grants that there are. What has ended ends there by itself. */
  #post(now: number): void {
    const boot = this.#bootAt(now);
    if (boot === undefined || this.#isPosting || (this.#posted === "?" && now < this.#postsAt)) return;
    const grants = this.#services.flatMap((service) => {
      const until = this.host.until(service, boot);
      return until > 0 ? [{ service: service.name, until }] : [];
    });
    const text = JSON.stringify(grants);
    if (text === this.#posted || (grants.length === 0 && this.#posted !== "?")) return;
    this.#posted = text;
    this.#isPosting = true;
    this.#orders.push({ kind: "grant", order: { life: this.#options.life(), grants } });
  }

  /** The clock at a time, or somewhat before: while the machine was suspended since it was told, less has passed here. So a grant never ends late. */
  #bootAt(now: number): number | undefined {
    return this.#boot && this.#boot.boot + (now - this.#boot.now);
  }

  #needed(partition: string): number {
    const book = this.#options.book();
    if (book === undefined) return 1;
    const rule = clusterPolicy(book, this.#wall)?.["leader-grants"] ?? "one";
    return neededOf(rule, coordinatorsOf(book, partition, this.#wall).length);
  }

  /** All hosts of a service have to be of one partition: coordinators of two would name a leader each. */
  #groundOf({ scope, service }: LeaderSlot, host: string, partition: string): DeskGround {
    const [book, wall] = [this.#options.book(), this.#wall];
    if (book === undefined || !isCoordinator(book, this.#options.node, partition, wall)) return "no-coordinator";
    const record = book.inForce("service", scope, service, wall);
    const body = record && bodyOf(record, "service");
    if (body?.mode !== "leader") return "no-service";
    if (!body.hosts.some(({ node }) => node === host)) return "not-host";
    const isHere = ({ node }: { readonly node: string }): boolean => {
      const fact = book.inForce("node", "cluster", node, wall);
      return fact === undefined || bodyOf(fact, "node")?.partition === partition;
    };
    if (!body.hosts.every(isHere)) return "other-partition";
    const order = body.hosts.toSorted(
      (a, b) => a.priority - b.priority || b.weight - a.weight || (a.node < b.node ? -1 : 1),
    );
    return order.map(({ node }) => node);
  }

  #tellStore(isAway: boolean): void {
    this.#isStoreAway = isAway;
    this.#news.push(isAway ? STORE_AWAY : STORE_BACK);
  }
}

/** Kinds of records by which it is decided who asks whom. */
const GROUND: ReadonlySet<string> = new Set(["root", "policy", "node", "role", "service"]);
const NO_BODY = new Uint8Array(0);
const STORE_AWAY: AgentNews = {
  level: "warn",
  code: "LEADER_STORE_AWAY",
  about: {},
  text: "the store of leaders cannot be read for certain: nobody is granted a service",
};
const STORE_BACK: AgentNews = {
  level: "info",
  code: "LEADER_STORE_BACK",
  about: {},
  text: "the store of leaders answers again",
};
