import { type Logger, requestAdmin } from "@florenetes/process-kit";
import { isOperatorError } from "@florenetes/operator-text";
import type { ProcessTime } from "@florenetes/scheduling";
import type { z } from "zod";
import { type DatedReport, dateReports } from "../fabric/dated-reports.ts";
import type { FabricView } from "../fabric/fabric-view.ts";
import { compareTexts } from "../fabric/compare-texts.ts";
import { Mirror } from "../fabric/mirror.ts";
import { type ToldBudget, toldBudgets } from "../fabric/told-budgets.ts";
import { NO_HOLDERS, type ToldHolder, toldHolders } from "../fabric/told-holders.ts";
import { type ToldNodeOrders, toldOrders } from "../fabric/told-orders.ts";
import { NO_RELEASES, type ToldReleases, toldReleases } from "../fabric/told-releases.ts";
import { fleetKey, type ToldFleets, toldFleets } from "../fabric/told-fleet.ts";
import { toldRecords } from "../fabric/told-records.ts";
import { toldDigests, toldReports, type ToldRoutes, toldRoutes, toldStatus } from "../fabric/told.ts";
import type { KnownUsage } from "../fabric/usage-book.ts";
import { isUnknownRoute, unknownRoute } from "./unknown-route.ts";
import {
  AGENT_OCTETS_MAX,
  AGENT_PAGE_SIZE_MAX,
  AGENT_PAGES_MAX,
  LOOK_MS,
  PAUSE_PER_LOOK,
  ROUTES_LOOK_MS,
} from "./limits.ts";

export interface AgentReaderOptions {
  readonly cluster: string;
  /** Path of the agent's admin socket. */
  readonly path: string;
  readonly time: ProcessTime;
  readonly log: Logger;
  /** Tells what is known of usage, which somebody else asks for. */
  readonly usage: () => KnownUsage;
  readonly handleView: (view: FabricView) => void;
  /** Is called after each look at which the agent has not answered. */
  readonly handleSilence: () => void;
}

interface RoutesLook {
  readonly at: number;
  readonly leases: ToldRoutes["routes"];
  readonly reports: ReadonlyMap<string, DatedReport>;
  readonly budgets: ReadonlyMap<string, ToldBudget>;
  readonly releases: ToldReleases;
  readonly orders: readonly ToldNodeOrders[];
  readonly holders: readonly ToldHolder[];
  readonly fleet: ToldFleets["fleet"];
}

/** An agent that has not been upgraded yet counts nothing of budgets. */
const countedBudgets = toldBudgets.or(unknownRoute.transform(() => ({ budgets: [], next: null })));
/** Nor does it know releases. */
const countedReleases = toldReleases.or(unknownRoute.transform(() => NO_RELEASES));
/** Nor orders. */
const knownOrders = toldOrders.or(unknownRoute.transform(() => ({ orders: [], next: null })));

/** Nor what challenges have shown. */
const knownHolders = toldHolders.or(unknownRoute.transform(() => ({ holders: NO_HOLDERS })));
/** … nor observers of telemetry. */
const countedFleets = toldFleets.or(unknownRoute.transform(() => ({ fleet: [], next: null })));

/** Asks the node's agent again and again, and makes a view of what it tells. */
export class AgentReader implements Disposable {
  readonly #options: AgentReaderOptions;
  readonly #mirror: Mirror = new Mirror();
  /** Octets of the answers of which records, leases and reports are kept, by their questions. */
  readonly #octets = new Map<string, number>();
  #routes: RoutesLook | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;
  #looks = 0;
  #fault: string | undefined;

  constructor(options: AgentReaderOptions) {
    this.#options = options;
  }

  /** How often the agent has answered. */
  get looks(): number {
    return this.#looks;
  }

  /** Why the agent does not answer; undefined: it does, or was not asked yet. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /** Asks for the first time, and from then on by itself. Never rejects. */
  async start(): Promise<void> {
    const { time } = this.#options;
    const begunAt = time.now();
    const view = await this.#lookOrSay();
    if (this.#isOver) return;
    if (view !== undefined) this.#tell(view);
    this.#timer = setTimeout(() => void this.start(), pauseAfter(time.now() - begunAt));
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  /** Undefined: the agent does not answer, and the log says so when that begins. */
  async #lookOrSay(): Promise<FabricView | undefined> {
    const { log, handleSilence } = this.#options;
    try {
      const view = await this.#look();
      if (this.#isOver) return undefined;
      if (this.#fault !== undefined) log.info({ code: "AGENT_ANSWERS" }, "the agent answers again");
      this.#looks++;
      this.#fault = undefined;
      return view;
    } catch (error) {
      if (this.#isOver) return undefined;
      const reason = isOperatorError(error) ? error.code : "ERR_ADMIN_ANSWER";
      if (this.#fault !== reason) log.warn({ code: "AGENT_SILENT", reason, err: error }, "the agent does not answer");
      this.#fault = reason;
      handleSilence();
      return undefined;
    }
  }

  /** A mistake in what is made of a view is none of the agent's. */
  #tell(view: FabricView): void {
    const { log, handleView } = this.#options;
    try {
      handleView(view);
    } catch (error) {
      log.error({ code: "API_FAILED", err: error }, "a view of the fabric was not taken");
    }
  }

  async #look(): Promise<FabricView> {
    const { cluster, time } = this.#options;
    const [at, wall] = [time.now(), time.wallClock().getTime()];
    const digests = await this.#ask("/digests", toldDigests);
    if (digests.cluster !== cluster) throw new Error(`it is an agent of the cluster ${digests.cluster}`);
    const outdated = this.#mirror.outdated(digests);
    for (const kind of outdated) {
      const pages = await this.#pages(`/facts?kind=${kind}`, toldRecords);
      this.#mirror.handleKind(kind, digests.kinds[kind]?.hash, pages);
    }
    const status = await this.#ask("/status", toldStatus);
    const now = time.now();
    if (this.#routes === undefined || outdated.length > 0 || now - this.#routes.at >= ROUTES_LOOK_MS) {
      this.#routes = await this.#lookAtRoutes(now);
    }
    const { leases, reports, budgets, releases, orders, holders, fleet } = this.#routes;
    const took = time.now() - at;
    return {
      cluster,
      node: digests.node,
      kinds: digests.kinds,
      wall,
      at,
      periodMs: took + pauseAfter(took),
      isSilent: false,
      records: this.#mirror.snapshot(),
      status,
      leases,
      reports,
      budgets,
      releases,
      orders,
      holders,
      usage: this.#options.usage(),
      fleet,
    };
  }

  async #lookAtRoutes(at: number): Promise<RoutesLook> {
    const leases = (await this.#pages("/routes", toldRoutes)).flatMap(({ routes }) => routes);
    const reports = (await this.#pages("/reports", toldReports)).flatMap(({ reports: some }) => some);
    const counted = (await this.#pages("/budgets", countedBudgets)).flatMap(({ budgets }) => budgets);
    const budgets = new Map(counted.map((budget) => [budget.organization, budget]));
    const told = await this.#ask("/releases", countedReleases);
    // A view whose counts are the same is not made anew for them.
    const former = this.#routes?.releases;
    const releases = JSON.stringify(told) === JSON.stringify(former) ? former! : told;
    const ordered = (await this.#pages("/orders", knownOrders)).flatMap(({ orders: some }) => some);
    const formerOrders = this.#routes?.orders;
    const orders = JSON.stringify(ordered) === JSON.stringify(formerOrders) ? formerOrders! : ordered;
    const challenged = (await this.#ask("/holders", knownHolders)).holders;
    const formerHolders = this.#routes?.holders;
    const holders = JSON.stringify(challenged) === JSON.stringify(formerHolders) ? formerHolders! : challenged;
    const fleet = (await this.#pages("/fleet", countedFleets))
      .flatMap(({ fleet: some }) => some)
      .toSorted((a, b) => compareTexts(fleetKey(a), fleetKey(b)));
    const wall = this.#options.time.wallClock().getTime();
    return {
      at,
      leases,
      reports: dateReports(reports, wall, this.#routes?.reports ?? new Map()),
      budgets,
      releases,
      orders,
      holders,
      fleet,
    };
  }

  async #pages<Page extends { readonly next: string | null }>(route: string, form: z.ZodType<Page>): Promise<Page[]> {
    const pages: Page[] = [];
    const cursors = new Set<string>();
    const join = route.includes("?") ? "&" : "?";
    const others = this.#octetsBeside(route);
    let octets = 0;
    for (let after: string | null | undefined; after !== null;) {
      // A part of the pages would pass for all of them.
      if (pages.length >= AGENT_PAGES_MAX) throw new Error(`the pages of ${route} have no end`);
      const place: string = after === undefined ? "" : `${join}after=${encodeURIComponent(after)}`;
      const page = await this.#ask(`${route}${place}`, form, (size) => void (octets += size));
      if (others + octets > AGENT_OCTETS_MAX) throw new Error(`with ${route} it tells more than it may know`);
      if (page.next !== null && cursors.has(page.next)) throw new Error(`the pages of ${route} go round in a circle`);
      pages.push(page);
      after = page.next;
      if (after !== null) cursors.add(after);
    }
    this.#octets.set(route, octets);
    return pages;
  }

  #octetsBeside(route: string): number {
    let sum = 0;
    for (const [other, octets] of this.#octets) if (other !== route) sum += octets;
    return sum;
  }

  async #ask<Answer>(route: string, form: z.ZodType<Answer>, onSize?: (octets: number) => void): Promise<Answer> {
    const { path } = this.#options;
    const options = { sizeMax: AGENT_PAGE_SIZE_MAX, isAnswer: isUnknownRoute, ...(onSize && { onSize }) };
    return form.parse(await requestAdmin(path, route, options));
  }
}

/** The pause between two looks, in milliseconds. */
function pauseAfter(tookMs: number): number {
  return Math.max(LOOK_MS, PAUSE_PER_LOOK * tookMs);
}
