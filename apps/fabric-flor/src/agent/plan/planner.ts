/** Plans the overlay: follows what is wanted here and the papers of hosts, and joins what other rooms add. Pure. */
import { type FactBook, type Mark, type RegistryEvent } from "@florenetes/facts";
import type { AgentNews } from "../agent-orders.ts";
import type { Overlay } from "../door/overlay.ts";
import type { View } from "../door/view.ts";
import type { Moment } from "../moment.ts";
import { standingOf } from "../records/standing.ts";
import { type KeptPapers, KnownPapers } from "./host-papers.ts";
import { canReach, type OverlayPart, planOverlay, type PlanOptions } from "./plan-overlay.ts";
import type { NamedService } from "./service-names.ts";
import { hostsOf, recordsInUse, UsedServices } from "./used-services.ts";
import type { Way } from "./ways.ts";

export interface PlannerOptions {
  readonly node: string;
  /** Undefined while there is no root. */
  readonly book: () => FactBook | undefined;
  /** Undefined before the first one. */
  readonly view: () => View | undefined;
  readonly ways: ReadonlyMap<string, Way>;
  /** Marks and papers that were kept over a restart. */
  readonly marks: ReadonlyMap<string, Mark>;
  readonly papers: Readonly<Record<string, KeptPapers>>;
}

/** Records that come one by one would ask for a plan each: plans for them are made so far apart. */
const PLAN_MS = 50;

export class Planner {
  readonly services: UsedServices;
  /** Plans that were made: what is wanted may be another after each. */
  plans = 0;
  /** Services for which an overlay has no room. */
  leftOut: readonly string[] = [];
  /** Handshakes with hosts that came to nothing, by their reasons. */
  readonly failedProofs: Map<string, number> = new Map();
  readonly #options: PlannerOptions;
  readonly #hosts: KnownPapers;
  readonly #parts: OverlayPart[] = [];
  readonly #news: AgentNews[] = [];
  #ways: ReadonlyMap<string, Way>;
  /** Something that a plan rests on has changed. */
  #isStale = true;
  /** No plan is made before, in monotonic milliseconds. */
  #plansAt = Number.NEGATIVE_INFINITY;
  /** The earliest end of what was planned, in milliseconds since 1970. */
  #planEnds: number = Number.POSITIVE_INFINITY;
  /** Milliseconds since 1970 at the present call. */
  #wall = 0;

  constructor(options: PlannerOptions) {
    this.#options = options;
    this.#ways = options.ways;
    const { node, book, marks, papers } = options;
    this.services = new UsedServices({
      node,
      book,
      canReach: (host, service) => this.#canReach(host, service),
      fullWordOf: (host, service) => this.#fullWordOf(host, service),
      marks,
    });
    this.#hosts = new KnownPapers(papers);
  }

  /** Nodes that serve what is wanted here, as records have it. */
  get hosts(): readonly string[] {
    return this.services.wanted.flatMap(({ state }) => recordsInUse(state).flatMap(hostsOf));
  }

  /** Joins a room that adds to the overlay. */
  join(part: OverlayPart): void {
    this.#parts.push(part);
  }

  handleWays(ways: ReadonlyMap<string, Way>): void {
    this.#ways = ways;
    this.planAtOnce();
  }

  /** Something that a plan rests on has changed. */
  handleStale(): void {
    this.#isStale = true;
  }

  planAtOnce(): void {
    this.#isStale = true;
    this.#plansAt = Number.NEGATIVE_INFINITY;
  }

  handleTimeout({ wall }: Moment): void {
    if (wall >= this.#planEnds) this.planAtOnce();
  }

  /** When `handleTimeout` and `poll` are due, in monotonic milliseconds; Infinity: never. */
  nextTimeout({ now, wall }: Moment): number {
    const isDue = this.#isStale && this.#options.view() !== undefined;
    return Math.min(isDue ? this.#plansAt : Number.POSITIVE_INFINITY, now + Math.max(0, this.#planEnds - wall));
  }

  /** The overlay that is wanted, where it was planned anew. Without a root nothing is known, and what an earlier life has set stays. */
  poll({ now, wall }: Moment): { readonly overlay: Overlay | undefined } | undefined {
    const view = this.#options.view();
    if (!this.#isStale || view === undefined || now < this.#plansAt) return undefined;
    this.#wall = wall;
    this.#isStale = false;
    this.#plansAt = now + PLAN_MS;
    this.plans++;
    this.services.follow(view, wall);
    for (let event = this.services.pollEvent(); event !== undefined; event = this.services.pollEvent())
      this.#tellOfUse(event);
    const { wanted } = this.services;
    const book = this.#options.book();
    this.#hosts.follow(new Set([...this.hosts, ...view.links.map(({ peer }) => peer)]), book, wall);
    const { overlay, leftOut } = planOverlay({ ...this.#planOptions(view, wall), wanted });
    this.leftOut = leftOut;
    const { paths, leads, links = [], transit = [] } = overlay;
    const ends = [...paths, ...leads, ...links, ...transit].map(({ until }) => until);
    this.#planEnds = Math.min(this.services.nextTimeout(wall), ...ends);
    return { overlay: book === undefined ? undefined : overlay };
  }

  /** Something that people want to know. */
  pollNews(): AgentNews | undefined {
    return this.#news.shift();
  }

  /** The papers that are to be kept over a restart. */
  keptPapers(): Readonly<Record<string, KeptPapers>> {
    return this.#hosts.kept();
  }

  #tellOfUse(event: RegistryEvent): void {
    const service = event.service.split(" ").at(-1)!;
    if (event.kind === "refused") {
      const { reason, host, record } = event;
      this.failedProofs.set(reason, (this.failedProofs.get(reason) ?? 0) + 1);
      const text = "a host of the record is not proven: streams go where they went";
      const about = { service, host, reason, epoch: record.epoch };
      this.#news.push({ level: "warn", code: "HOST_NOT_PROVEN", about, text });
    } else if (event.kind === "state" && event.state === "active") {
      const text = "the record is in use: a handshake has proven a host of it";
      this.#news.push({ level: "info", code: "SERVICE_ACTIVE", about: { service, epoch: event.record.epoch }, text });
    }
  }

  #planOptions(view: View, now: number): Omit<PlanOptions, "wanted"> {
    const book = this.#options.book();
    return {
      node: this.#options.node,
      view,
      ways: this.#ways,
      papers: (node) => this.#hosts.of(node, book, now),
      standing: (node) => standingOf(book, node, now),
      parts: this.#parts,
      now,
    };
  }

  #canReach(host: string, service: NamedService): boolean {
    const view = this.#options.view();
    if (view === undefined || standingOf(this.#options.book(), host, this.#wall).kind !== "node") return false;
    return canReach(service, host, this.#planOptions(view, this.#wall));
  }

  /** The id of the announcement by which a host says that its service takes nothing more; "" of this node itself; undefined: it takes more. */
  #fullWordOf(host: string, { service }: NamedService): string | undefined {
    const { node, view, book } = this.#options;
    if (host === node)
      return view()?.services.some(({ name, target }) => name === service && target === "down") ? "" : undefined;
    if (this.#hosts.of(host, book(), this.#wall)?.full.has(service) !== true) return undefined;
    return book()?.inForce("announce", "cluster", host, this.#wall)?.id;
  }
}
