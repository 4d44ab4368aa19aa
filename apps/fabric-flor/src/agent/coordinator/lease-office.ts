/**
 * The leases of a coordinator: what nodes ask for in their reports, and what they were given. Each is composed, waits for the permits of its relays, is given to its
 * origin, and is composed anew: docs/protocol/fabric-routes.md says when. Pure.
 */
import type { ReportBody } from "@florenetes/facts";
import type { Acknowledgement } from "@florenetes/feed";
import { isSafer, LeaseIssue, type Plan, type PlannedRoute, primaryFirst, slotOfWant } from "@florenetes/routes";
import type { AgentNews } from "../agent-orders.ts";
import type { Misuse } from "../misuse/misuse.ts";
import type { Moment } from "../moment.ts";
import type { Quota } from "../records/organization-budget.ts";
import { AvoidedRelays } from "./avoided-relays.ts";
import type { ComposeGrounds } from "./compose-grounds.ts";
import { AGAIN_MS, CHANGE_MS, COMPOSED_A_TURN, LIFE_MS, LOOK_MS, SAFER_MS, SENT_MAX, TOGETHER_MS } from "./limits.ts";
import { LeaseBudgets, type LeaseBudgetsOptions } from "./lease-budgets.ts";
import { LeaseComposer } from "./lease-composer.ts";
import {
  isDueBy,
  type Issuing,
  isOther,
  isTooEarly,
  type Leased,
  lookSoon,
  mayBeSafer,
  missedAt,
  newLeased,
  NO_DOUBTS,
  plannedLeased,
  plannedOf,
  scopesAt,
  shownOf,
  type ShownLease,
  type Slot,
} from "./lease-slot.ts";
import type { PermitsOffice } from "./permits-office.ts";
import { RouteChurn } from "./route-churn.ts";
import type { RouteSigner, SignedRecord } from "./route-signer.ts";
import { SlotTable } from "./slot-table.ts";

export interface LeaseOfficeOptions extends LeaseBudgetsOptions {
  /** The name of this coordinator. */
  readonly node: string;
  /** Nodes that know of leases of a life before have reported by then: monotonic. */
  readonly settledAt: number;
  readonly plan: Plan;
  readonly permits: PermitsOffice;
  readonly signer: RouteSigner;
  readonly misuse: Misuse;
  readonly tell: (news: AgentNews) => void;
  /** Has a lease go to its origin, in the place of those before it of the same slot, and the papers of its host with it. */
  readonly give: (origin: string, slot: string, lease: SignedRecord, host: string) => void;
}

export class LeaseOffice {
  /** Leases that were composed, given, and what origins have said of them. */
  composed = 0;
  given = 0;
  taken = 0;
  refused = 0;
  readonly #options: LeaseOfficeOptions;
  readonly #slots = new SlotTable();
  /** The slot, and the id in the plan, of each record that was given. */
  readonly #ids = new Map<string, { readonly slot: Slot; readonly id: string }>();
  readonly #issuing = new Set<Slot>();
  /** Slots that are to be looked at. */
  readonly #due = new Set<Slot>();
  readonly #avoided: AvoidedRelays;
  readonly #composer: LeaseComposer;
  readonly budgets: LeaseBudgets;
  readonly churn: RouteChurn;
  /** Slots whose leases are others than those that were kept last, by their names. */
  readonly #changed = new Set<string>();
  #count = 0;

  constructor(options: LeaseOfficeOptions) {
    this.#options = options;
    this.#avoided = new AvoidedRelays(options.tell);
    this.#composer = new LeaseComposer(options, this.#avoided);
    this.budgets = new LeaseBudgets(options, this.#slots);
    this.churn = new RouteChurn(options.misuse);
  }

  /** Names of all slots. */
  slots(): Iterable<string> {
    return this.#slots.names();
  }

  /** Leases that are asked for, and those of them that are given and have not ended. */
  get wanted(): number {
    return this.#slots.size;
  }

  live(wall: number): number {
    return [...this.#slots.all()].filter(({ leased }) => wall < (leased?.signed.expires ?? 0)).length;
  }

  /** Whether a lease waits to be composed. */
  get isBusy(): boolean {
    return this.#due.size > 0;
  }

  /** Takes the report of an origin: the leases that it wants from now on, and what it says of those that it has. Returns whether it has some of this coordinator of which nothing is known here. */
  handleReport(origin: string, { uses, routes }: ReportBody, at: Moment): boolean {
    const names = new Set<string>();
    for (const { service, scope, host, classes, rate } of uses) {
      const want = { origin, service, scope, host, classes, rate };
      const name = slotOfWant(want);
      names.add(name);
      const known = this.#slots.get(name);
      const slot = known ?? this.#open(name, want, at);
      const isOtherWant = slot.want.rate !== rate || slot.want.classes.join() !== classes.join();
      [slot.want, slot.askedAt] = [want, at.now];
      if (known !== undefined && !isOtherWant) continue;
      this.#due.add(slot);
      this.churn.handleAsked(slot, at);
    }
    for (const slot of this.#slots.ofOrigin(origin)) if (!names.has(slot.name)) this.#close(slot);
    let knowsAll = true;
    for (const { lease, coordinator, measured } of routes) {
      if (coordinator !== this.#options.node) continue;
      const own = this.#ids.get(lease);
      if (own?.slot.want.origin === origin) this.#learn(own.slot, own.id, lease, measured, at);
      else knowsAll = false;
    }
    return !knowsAll;
  }

  /** A node is none any more: it gets no leases. */
  handleGone(origin: string): void {
    for (const slot of this.#slots.ofOrigin(origin)) this.#close(slot);
  }

  /** Takes the word of an origin about a lease. Returns whether it is one of this coordinator for that origin. */
  handleAcknowledged(origin: string, { id, outcome }: Acknowledgement, at: Moment): boolean {
    const slot = this.#ids.get(id)?.slot;
    if (slot?.want.origin !== origin) return false;
    if (outcome === "taken") {
      this.taken++;
      const lease = slot.given.find(({ signed, isTaken }) => signed.id === id && !isTaken);
      if (lease !== undefined) {
        [lease.isTaken, lease.settlesAt] = [true, at.now + CHANGE_MS];
        this.#changed.add(slot.name);
      }
    } else {
      this.refused++;
      const { service, host } = slot.want;
      const about = { origin, service, host, reason: outcome };
      this.#options.tell({ level: "warn", code: "LEASE_REFUSED", about, text: "an origin refuses a lease" });
      // Its report may say soon why: another lease follows it then.
      if (slot.leased?.signed.id === id) slot.leased.renewAt = Math.min(slot.leased.renewAt, at.wall + CHANGE_MS);
    }
    return true;
  }

  /** All leases are to be looked at: the graph is another one. */
  lookAtAll(): void {
    for (const slot of this.#slots.all()) {
      slot.hasNews = true;
      this.#due.add(slot);
    }
  }

  /** An origin knows shares no more: packets that it sends without one need other permits than its leases have, which are renewed soon. */
  handleNoShares(origin: string, wall: number): void {
    for (const { leased } of this.#slots.ofOrigin(origin)) {
      if (leased?.share !== undefined) leased.renewAt = Math.min(leased.renewAt, wall);
    }
  }

  /** Leases to a host are to be looked at: it announces something else, such as other labels of its services. Returns their origins. */
  lookAtHost(host: string): ReadonlySet<string> {
    const slots = [...this.#slots.all()].filter(({ want }) => want.host === host);
    for (const slot of slots) this.#due.add(slot);
    return new Set(slots.map(({ want }) => want.origin));
  }

  /** Leases that are due by the time are to be looked at. */
  lookAtDue(at: Moment): void {
    const { now, wall } = at;
    const hasNews = this.#avoided.expire(now);
    for (const slot of this.#slots.all()) {
      const { leased } = slot;
      slot.hasNews ||= hasNews;
      if (leased !== undefined && now >= leased.settlesAt) {
        leased.settlesAt = Number.POSITIVE_INFINITY;
        this.#settle(slot, leased.id, wall);
      }
      // The origin has been silent for long. Pairs that it may still use are planned to their end.
      if (leased === undefined && now >= slot.askedAt + LIFE_MS) this.#forget(slot);
      else if (leased === undefined ? now >= slot.againAt : isDueBy(slot, leased, at)) this.#due.add(slot);
      if (leased !== undefined && wall >= leased.signed.expires) slot.leased = undefined;
    }
  }

  /** Composes some of the leases that are to be looked at, and goes on with those that wait for relays. */
  advance(grounds: ComposeGrounds, at: Moment): void {
    for (const slot of this.#issuing) {
      slot.issuing!.issue.handleTimeout(at.now);
      this.#drain(slot, grounds.holdMs, at);
    }
    let composed = 0;
    for (const slot of this.#due) {
      if (composed >= COMPOSED_A_TURN) break;
      this.#due.delete(slot);
      if (this.#look(slot, grounds, at)) composed++;
    }
  }

  /** When `advance` is due, in monotonic milliseconds; Infinity: never by itself. */
  nextTimeout(now: number): number {
    if (this.#due.size > 0) return now;
    let next = Number.POSITIVE_INFINITY;
    for (const { issuing } of this.#issuing) next = Math.min(next, issuing!.issue.nextTimeout(now));
    return next;
  }

  /** All leases that are asked for, in the order in which they were first. */
  *shown({ now }: Moment): Generator<ShownLease, void> {
    for (const slot of this.#slots.all()) yield shownOf(slot, now);
  }

  /** Relays that no new lease goes over: why, and until when (monotonic). */
  get avoided(): AvoidedRelays["all"] {
    return this.#avoided.all;
  }

  /** The leases of slots that have changed since the last call, to be kept over a restart; none: there are none any more. */
  pollKept(): (readonly [slot: string, leases: readonly Leased[]])[] {
    const { plan } = this.#options;
    const kept = [...this.#changed].map((name) => {
      const planned = plan.idsOf(name);
      return [name, this.#slots.get(name)?.given.filter(({ id }) => planned.has(id)) ?? []] as const;
    });
    this.#changed.clear();
    return kept;
  }

  /** Takes leases of one slot that were given in a life before, and are planned. */
  restore(name: string, leases: readonly Leased[], at: Moment): void {
    const { wall } = at;
    const slot = this.#open(name, leases.at(-1)!.want, at);
    slot.rank = this.budgets.nextRank();
    slot.given = leases;
    slot.leased = leases.findLast(({ signed }) => wall < signed.expires);
    // A lease that its origin has not acknowledged may have been lost on its way.
    if (slot.leased?.isTaken === false) slot.leased.renewAt = wall;
    for (const { signed, id } of leases) {
      this.#ids.set(signed.id, { slot, id });
      this.#count = Math.max(this.#count, Number(id));
    }
  }

  #open(name: string, want: Slot["want"], at: Moment): Slot {
    const slot = this.#slots.open(name, want, at.now, this.#options.organizationOf(want.origin, at));
    this.#due.add(slot);
    return slot;
  }

  #close(slot: Slot): void {
    this.#forget(slot);
    this.#options.plan.clear(slot.name);
  }

  #forget(slot: Slot): void {
    this.#slots.delete(slot);
    this.#due.delete(slot);
    this.#issuing.delete(slot);
    // Its relays would be given their permits again and again for it, and keep pairs that nobody was leased.
    slot.issuing?.issue.giveUp();
    if (slot.issuing?.issue.released.length === 0) this.#options.plan.remove(slot.name, slot.issuing.id);
    for (const { signed } of slot.given) this.#ids.delete(signed.id);
    this.#changed.add(slot.name);
  }

  /** The origin has a lease: those before it are used no more. */
  #learn(slot: Slot, id: string, record: string, measured: ReportBody["routes"][number]["measured"], at: Moment): void {
    const { leased } = slot;
    this.#settle(slot, id, at.wall);
    if (leased?.id === id && measured.length > 0) this.churn.learn(slot, record, measured, at);
  }

  /** Lets go of the pairs of leases before one that its origin has. Those of a lease that is being issued stay: it was composed later. */
  #settle(slot: Slot, id: string, wall: number): void {
    const { plan } = this.#options;
    const planned = plan.idsOf(slot.name).size;
    plan.settle(slot.name, id, wall);
    if (plan.idsOf(slot.name).size < planned) this.#changed.add(slot.name);
  }

  /** Looks at a slot. Returns whether something was composed. */
  #look(slot: Slot, grounds: ComposeGrounds, at: Moment): boolean {
    const { graph, labelOf } = grounds;
    const { leased, want } = slot;
    const { now, wall } = at;
    slot.missedAt = missedAt(slot, now);
    if (slot.missedAt !== Number.POSITIVE_INFINITY) return false;
    const label = labelOf(want.host, want.service);
    const isPaused = this.churn.isPaused(slot, at);
    const hears = !isPaused || label !== leased?.want.label;
    const asksOther = hears && leased !== undefined && isOther(slot.want, label, leased.want);
    if (asksOther && lookSoon(leased, now)) this.churn.heldBack++;
    if (isTooEarly(slot, graph, this.#options.settledAt, now)) slot.missedAt = now + LOOK_MS;
    if (slot.missedAt !== Number.POSITIVE_INFINITY) return false;
    const alive = leased?.routes.filter(({ route }) => graph.has(want.origin, route)) ?? [];
    const isDue = alive.length === 0 || wall >= leased!.renewAt || this.#composer.hasFallen(leased!, graph, at);
    const dead = (leased?.routes.length ?? 0) - alive.length;
    const hasDied = leased !== undefined && dead > leased.dead;
    if (leased !== undefined) leased.dead = dead;
    if (!isDue && !hasDied && now < leased!.lookAt) return false;
    if (leased !== undefined && wall >= leased.renewAt) this.#renewOthers(slot, wall);
    if (leased !== undefined) [leased.lookedAt, leased.lookAt] = [now, now + (dead > 0 ? CHANGE_MS : SAFER_MS)];
    const doubts = slot.doubts?.at(now) ?? NO_DOUBTS;
    if (!isDue && !asksOther && !mayBeSafer(slot, alive, dead, isPaused ? NO_DOUBTS : doubts)) return false;
    [slot.againAt, slot.hasNews] = [now + AGAIN_MS, false];
    const { plan } = this.#options;
    if (label === undefined || plan.isFull) return this.#fail(slot, label === undefined ? "no-service" : "full", now);
    const whole = { ...want, label, doubts };
    const allowed = this.budgets.allow(slot, grounds.coordinators, at);
    if (allowed.quota !== undefined) return this.#fail(slot, "quota", now, allowed.quota);
    const found = this.#composer.compose(slot, whole, grounds, allowed.rate, at);
    this.composed++;
    if (typeof found === "string") return this.#fail(slot, found, now);
    [slot.fault, slot.faults, slot.quota] = [undefined, 0, undefined];
    // A dead route stays where the others are all that there is: it may be back soon, and its origin passes it by.
    const doesFollow = isDue || asksOther || isSafer(found.routes, alive, doubts);
    if (!doesFollow) return true;
    if (asksOther) this.churn.handleComposed(slot, at);
    else if (!isDue) this.churn.handleFollows(slot, found.routes, alive, at);
    const id = String(++this.#count);
    const routes = isDue ? found.routes : primaryFirst(found.routes, alive, doubts);
    const lease = { want: whole, rate: found.rate, share: grounds.shareOf(want.origin), id, routes };
    plan.add(slot.name, plannedOf(lease, wall + LIFE_MS + grounds.holdMs));
    slot.issuing?.issue.giveUp();
    slot.issuing = { ...lease, issue: new LeaseIssue(routes, now) };
    this.#issuing.add(slot);
    this.#drain(slot, grounds.holdMs, at);
    return true;
  }

  /** Leases of one origin that are due soon are renewed with this one: they go in one letter, and one answers for all. */
  #renewOthers(slot: Slot, wall: number): void {
    for (const other of this.#slots.ofOrigin(slot.want.origin)) {
      if (other === slot || other.leased === undefined || other.leased.renewAt > wall + TOGETHER_MS) continue;
      other.leased.renewAt = Math.min(other.leased.renewAt, wall);
      this.#due.add(other);
    }
  }

  /** Has a lease that cannot be had tried again a while later, and less and less often. */
  #fail(slot: Slot, fault: NonNullable<Slot["fault"]>, now: number, quota?: Quota): boolean {
    [slot.fault, slot.quota] = [fault, quota];
    slot.againAt = now + AGAIN_MS * 2 ** Math.min(3, slot.faults++);
    slot.missedAt = slot.againAt;
    return true;
  }

  #drain(slot: Slot, holdMs: number, at: Moment): void {
    const { issuing } = slot;
    if (issuing === undefined) return;
    const { issue, id, routes } = issuing;
    for (let event = issue.pollEvent(); event !== undefined; event = issue.pollEvent()) {
      if (event.kind === "ask") this.#options.permits.ask(event.relay, scopesAt(routes, event.relay), issue, at);
      if (event.kind === "failed") {
        this.#options.plan.remove(slot.name, id);
        for (const blamed of event.avoid) this.#avoided.avoid(blamed, at.now);
        slot.againAt = at.now;
        this.#due.add(slot);
      }
      if (event.kind === "release") this.#release(slot, issuing, event.routes, holdMs, at);
    }
    if (!issue.isOver) return;
    if (slot.leased?.id === id) this.#options.plan.add(slot.name, plannedLeased(slot.leased, issue.released, holdMs));
    slot.issuing = undefined;
    this.#issuing.delete(slot);
  }

  #release(slot: Slot, issuing: Issuing, routes: readonly PlannedRoute[], holdMs: number, at: Moment): void {
    const { plan, signer, give } = this.#options;
    const { want, rate, share, id } = issuing;
    const { origin, service, host, scope, classes } = want;
    const body = { classes, rate, ...(share !== undefined && { share }), routes: routes.map(({ route }) => route) };
    const signed = signer.sign("lease", scope, `${origin}/${service}/${host}`, body, at.wall);
    // Relays that were silent are there soon.
    if (routes.length < issuing.routes.length) slot.hasNews = true;
    slot.leased = newLeased({ want, rate, share, id, signed, routes }, at);
    // Pairs of relays that may still answer stay in their permits.
    plan.add(slot.name, plannedLeased(slot.leased, issuing.routes, holdMs));
    for (const former of slot.given.slice(0, -(SENT_MAX - 1))) this.#ids.delete(former.signed.id);
    slot.given = [...slot.given, slot.leased].slice(-SENT_MAX);
    this.#ids.set(signed.id, { slot, id });
    this.#changed.add(slot.name);
    this.given++;
    give(origin, slot.name, signed, host);
  }
}
