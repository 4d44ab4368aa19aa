/** The leases of this node: which are held, which of them is used for a host, and the routes that follow. Pure. */
import type { Fact, LeasedRoute, ReportBody } from "@florenetes/facts";
import { type CheckedLease, checkLease, type Standing } from "@florenetes/routes";
import type { OverlayRoute } from "../door/overlay.ts";
import type { View } from "../door/view.ts";
import { LEASED_HOSTS_MAX } from "../limits.ts";
import type { Moment } from "../moment.ts";
import { pathName, type WantedService } from "../plan/used-services.ts";
import { keyOf } from "../plan/service-names.ts";
import type { Asking, AskedSlot } from "./asking.ts";
import type { HostUse } from "./host-uses.ts";
import { failingOf, isSame, type LeasedHost, lossyOf, newLeasedHost } from "./leased-host.ts";
import { micros, millionths } from "./report.ts";
import type { RouteGrounds } from "./route-grounds.ts";
import type { Measured } from "./route-rank.ts";
import { nameOf, SeenRoutes } from "./seen-routes.ts";

/** A coordinator whose lease did not work is passed by for so long, where another one has leased, too. */
const FAILING_MS = 60_000;

/** The lease that is used for a host. */
export interface LeaseInUse {
  readonly key: string;
  readonly lease: CheckedLease;
  readonly standing: Standing;
  /** Its routes by their places, as far as they can be used here. */
  readonly routes: ReadonlyMap<number, OverlayRoute>;
}

/** A lease as people are told of it. */
export interface HeldLease {
  readonly lease: CheckedLease;
  readonly standing: Standing;
  /** This node uses this lease for its host. */
  readonly isUsed: boolean;
  /** Its routes that can be used here, by their places. */
  readonly usable: ReadonlyMap<number, OverlayRoute>;
  /** Each route as the vertex shows it; undefined: the vertex does not have it. */
  readonly seen: readonly (View["routes"][number] | undefined)[];
}

export class LeaseDesk {
  /** Routes that would have been preferred, and waited, as the order of a lease changes once in a minute. */
  heldBack = 0;
  readonly #grounds: RouteGrounds;
  readonly #hosts = new Map<string, LeasedHost>();
  #asked: ReadonlySet<string> = new Set();
  /** Another lease runs than when this was set to false. */
  runsOther = false;
  /** Octets of leases from before a restart, until a view says which links there are. */
  #kept: readonly Uint8Array[];
  #view: View | undefined;
  #seen: SeenRoutes | undefined;

  constructor(grounds: RouteGrounds, kept: readonly Uint8Array[]) {
    this.#grounds = grounds;
    this.#kept = kept;
  }

  /** Takes the last view and when it was read, and the hosts that are asked for: leases for others are let go of when they end. Returns whether another route than before is preferred. */
  follow(
    { view, viewedAt }: { readonly view: View; readonly viewedAt: number },
    uses: readonly HostUse[],
    wanted: readonly WantedService[],
    at: Moment,
  ): boolean {
    let isOther = false;
    if (view !== this.#view) [this.#view, this.#seen] = [view, new SeenRoutes(view)];
    this.#asked = new Set(uses.map(keyOf));
    for (const octets of this.#kept) this.#take(octets, this.#grounds.judgeKept(octets, at.wall), at, true);
    if (this.#grounds.book !== undefined && this.#kept.length > 0) {
      this.#kept = [];
      for (const host of this.#hosts.values())
        host.running = this.#runningOf(host, (route) => this.#seen?.pathWith(route));
    }
    for (const { scope, service, name } of wanted) {
      for (const [key, host] of this.#hosts) {
        const words = key.split(" ");
        if (words[0] !== scope || words[1] !== service) continue;
        const path = pathName(name, words[2]!);
        this.#watch(host, path, at);
        if (this.#compare(host, path, viewedAt)) isOther = true;
      }
    }
    return isOther;
  }

  /** Judges a lease that a coordinator has sent. Returns `taken`, or the reason against it. */
  handleLease(octets: Uint8Array, at: Moment): string {
    return this.#take(octets, this.#grounds.judgeOptions(at.wall), at, false);
  }

  /** The leases in use: one for each host that has a good one. */
  *inUse(at: Moment): Generator<LeaseInUse, void> {
    for (const [key, host] of this.#hosts) {
      const [first] = this.#ranked(host, at);
      if (first !== undefined) yield { key, ...first };
    }
  }

  /** The hosts that are asked for, and what there is of their leases. */
  asked(uses: readonly HostUse[], at: Moment): AskedSlot[] {
    return uses.map((use) => {
      const key = keyOf(use);
      const host = this.#hosts.get(key);
      if (host === undefined)
        return { key, holder: undefined, leases: new Map(), working: new Set(), failing: new Set() };
      const ranked = this.#ranked(host, at);
      const failing = new Set([...failingOf(host, at.now), ...lossyOf(host, at.now)]);
      const working = ranked.filter(({ lease, standing }) => standing === "live" && !failing.has(lease.coordinator));
      const names = ranked.map(({ lease }) => lease.coordinator);
      const holder = names.find((name) => name === host.running) ?? names[0];
      const leases = new Map(host.leases.all().map(({ coordinator, fact }) => [coordinator, fact.id]));
      return { key, holder, leases, working: new Set(working.map(({ lease }) => lease.coordinator)), failing };
    });
  }

  /** Has leases of other coordinators used where they are asked from now on, and passes by those that were let go of. Returns whether another one may be used for that. */
  move(asking: Asking): boolean {
    let isOther = false;
    for (const [key, host] of this.#hosts) {
      const [next, letGo] = [asking.nextOf(key), asking.letGoOf(key)];
      isOther ||= (next !== undefined && next !== host.next) || [...letGo].join() !== [...host.letGo].join();
      [host.next, host.letGo] = [next, letGo];
    }
    return isOther;
  }

  /** All leases that are held, those that stand by too, each with what is seen of its routes. */
  *held(wanted: readonly WantedService[], at: Moment): Generator<HeldLease, void> {
    const used = new Map([...this.inUse(at)].map((each) => [each.lease, each.routes]));
    for (const [key, { leases }] of this.#hosts) {
      const { service, host, name = service } = wantedBy(key, wanted);
      for (const lease of leases.all()) {
        if (lease.body === undefined) continue;
        const seen = lease.body.routes.map((route) => this.#seen?.on(pathName(name, host), route));
        const standing = this.#grounds.standingOf(lease.fact, at);
        yield { lease, standing, isUsed: used.has(lease), usable: this.#routesOf(lease, at.wall), seen };
      }
    }
  }

  /** The routes to a host of a service, the preferred one first; none: there is no lease that is good. */
  routesTo(use: Pick<HostUse, "scope" | "service" | "host">, at: Moment): readonly OverlayRoute[] {
    const key = keyOf(use);
    const found = [...this.inUse(at)].find((each) => each.key === key);
    const host = this.#hosts.get(key);
    if (found === undefined || host === undefined) return [];
    const named = [...found.routes.values()].map((route) => [nameOf(route), route] as const);
    return host.rank
      .order(named)
      .map((route) => (host.crowded.avoids(nameOf(route)) ? { ...route, avoid: BULK_CROWDS } : route));
  }

  /** When routes are to be compared again, in monotonic milliseconds; Infinity: with the next report. */
  get comparesAt(): number {
    const never = Number.POSITIVE_INFINITY;
    const hosts = [...this.#asked].map((key) => this.#hosts.get(key));
    return Math.min(never, ...hosts.flatMap((host) => (host ? [host.rank.looksAt, host.crowded.looksAt] : [])));
  }

  /** The part of a report: which route of which lease is in use, and what was measured of each. */
  reported(wanted: readonly WantedService[], at: Moment): ReportBody["routes"] {
    return [...this.inUse(at)].flatMap(({ key, lease, routes }) => {
      const { host, name } = wantedBy(key, wanted);
      if (name === undefined || lease.body === undefined) return [];
      const seen = lease.body.routes.map((route) => this.#seen?.on(pathName(name, host), route));
      const used = seen.findIndex((route) => (route?.inUse.length ?? 0) > 0);
      const { rank, crowded } = this.#hosts.get(key)!;
      const known = lease.body.routes.map((route, place) => {
        const name = nameOf(route);
        return crowded.isFilled(name, at.now) ? undefined : (seen[place]?.measured ?? rank.measured(name, at.now));
      });
      const measured = known.map((figures) => (figures === undefined ? NOT_TRIED : figuresOf(figures)));
      const tried = known.findLastIndex((figures) => figures !== undefined) + 1;
      const first = [...routes.keys()][0]!;
      const { coordinator, fact } = lease;
      return [{ lease: fact.id, coordinator, route: used === -1 ? first : used, measured: measured.slice(0, tried) }];
    });
  }

  /** The rate and the ways of a lease, and whose it is: another lease that is the same in them leads packets as this one does. */
  waysOf(id: string): string {
    for (const { leases } of this.#hosts.values()) {
      const found = leases.all().find(({ fact }) => fact.id === id);
      if (found === undefined) continue;
      const ways = found.body?.routes.map(({ link, labels, via }) => [link, labels, via]);
      return JSON.stringify([found.coordinator, found.body?.rate, ways]);
    }
    return "";
  }

  /** When a lease ends, may be held from then on, or another one is preferred again, in milliseconds since 1970; Infinity: never. */
  nextTimeout(at: Moment): number {
    const { now, wall } = at;
    const failing = [...this.#hosts.values()].flatMap((host) => [...host.failing.values()]);
    const tried = failing.filter((until) => until > now).map((until) => wall + until - now);
    const turns = this.#all().map(({ expires, issuer = "" }) =>
      wall < expires ? expires : this.#grounds.silentAt(issuer, at),
    );
    return Math.min(Number.POSITIVE_INFINITY, ...tried, ...turns);
  }

  /** Whether no lease that is held has ended. */
  areLive({ wall }: Moment): boolean {
    return this.#all().every(({ expires }) => wall < expires);
  }

  /** Lets go of leases that are good no more. While a coordinator answers and has not renewed one, it may still fall silent. */
  expire(at: Moment): void {
    for (const [key, { leases, octets }] of this.#hosts) {
      const standingOf = ({ fact }: CheckedLease): Standing => {
        const standing = this.#grounds.standingOf(fact, at);
        return standing === "answers" || standing === "unwatched" ? "held" : standing;
      };
      leases.expire({ standingOf }, at.wall);
      const left = new Set(leases.all().map(({ coordinator }) => coordinator));
      for (const coordinator of octets.keys()) if (!left.has(coordinator)) octets.delete(coordinator);
      if (leases.size === 0) this.#hosts.delete(key);
    }
  }

  /** How many leases are held. */
  get size(): number {
    return this.#all().length;
  }

  /** How many leased routes bulk is kept away from. */
  get withoutBulk(): number {
    return [...this.#hosts.values()].reduce((sum, { crowded }) => sum + crowded.size, 0);
  }

  /** The octets of all leases, to be kept over a restart: that which runs stands before others of its host, as it is the one to go on with. */
  octets(): readonly Uint8Array[] {
    const all = [...this.#hosts.values()].flatMap(({ octets, running }) => {
      const rest = [...octets].filter(([coordinator]) => coordinator !== running).map(([, each]) => each);
      const first = running === undefined ? undefined : octets.get(running);
      return first === undefined ? rest : [first, ...rest];
    });
    return [...this.#kept, ...all];
  }

  #all(): Pick<Fact, "expires" | "issuer">[] {
    return [...this.#hosts.values()].flatMap(({ leases }) => leases.all().map(({ fact }) => fact));
  }

  #take(octets: Uint8Array, judge: ReturnType<RouteGrounds["judgeOptions"]>, at: Moment, isKept: boolean): string {
    const view = this.#view;
    if (judge === undefined || view === undefined) return "no-root";
    const there = this.#grounds.linksOf(view);
    const links = new Map(there.flatMap(({ label, peer }) => (label === undefined ? [] : [[label, peer] as const])));
    const checked = checkLease(octets, { ...judge, node: this.#grounds.node, links });
    if (!checked.isAccepted) return checked.reason;
    const { fact, service, host, coordinator } = checked;
    const key = keyOf({ scope: fact.scope, service, host });
    const known = this.#hosts.get(key);
    if (known === undefined && (checked.body === undefined || !(isKept || this.#asked.has(key)))) return "not-asked";
    if (known === undefined && !this.#makeRoom()) return "full";
    const leased = known ?? newLeasedHost();
    const good = leased.running === coordinator ? this.#goodInUse(leased) : undefined;
    const outcome = leased.leases.take(checked);
    if (outcome !== "taken") return outcome;
    this.#hosts.set(key, leased);
    leased.octets.set(coordinator, octets);
    // Another lease has other routes: they are tried at once, but where those of another coordinator may work. One that is captured leases time and again.
    const works = (each: CheckedLease): boolean =>
      !((leased.failing.get(each.coordinator) ?? 0) > at.now) && !leased.letGo.has(each.coordinator);
    if (!leased.leases.all().some(works)) leased.failing.delete(coordinator);
    // Packets leave a good route for another coordinator's lease rather than for whatever this one has in its place.
    if (good !== undefined && !checked.body?.routes.some((route) => isSame(route, good)))
      leased.failing.set(coordinator, at.now + FAILING_MS);
    leased.running = this.#runningOf(leased, (route) => this.#seen?.pathWith(route));
    return outcome;
  }

  /** The route of the lease that runs which is in use, and has not failed. */
  #goodInUse({ leases, running }: LeasedHost): LeasedRoute | undefined {
    const body = leases.all().find(({ coordinator }) => coordinator === running)?.body;
    return body?.routes.find((route) => {
      const path = this.#seen?.pathWith(route);
      const row = path === undefined ? undefined : this.#seen?.on(path, route);
      return row !== undefined && row.failure === null && row.inUse.length > 0;
    });
  }

  /** Lets go of the leases for a host that is not asked for any more, where there is no room for another one. */
  #makeRoom(): boolean {
    if (this.#hosts.size < LEASED_HOSTS_MAX) return true;
    const spare = [...this.#hosts.keys()].find((key) => !this.#asked.has(key));
    return spare !== undefined && this.#hosts.delete(spare);
  }

  /** Looks which lease runs, and whether it works. */
  #watch(host: LeasedHost, path: string, at: Moment): void {
    for (const lease of host.leases.all()) {
      const seen = (lease.body?.routes ?? []).flatMap((route) => this.#seen?.on(path, route) ?? []);
      if (seen.length > 0 && seen.every(({ failure }) => failure !== null))
        host.failing.set(lease.coordinator, at.now + FAILING_MS);
      else if (seen.some(({ inUse, failure }) => inUse.length > 0 && failure === null))
        host.failing.delete(lease.coordinator);
    }
    const running = this.#runningOf(host, () => path);
    this.runsOther ||= running !== host.running;
    host.running = running;
  }

  /**
   * The coordinator whose lease the vertex goes by. Leases of several may have the route in use: it is the one that ran before, and else the one that has the route foremost, so
   * that no packet takes another route by that.
   */
  #runningOf(host: LeasedHost, pathOf: (route: LeasedRoute) => string | undefined): string | undefined {
    const { leases, next, running } = host;
    const isInUse = (route: LeasedRoute): boolean => {
      const path = pathOf(route);
      return path !== undefined && (this.#seen?.on(path, route)?.inUse.length ?? 0) > 0;
    };
    const places = leases.all().flatMap(({ coordinator, body }) => {
      const place = body?.routes.findIndex(isInUse) ?? -1;
      return place === -1 ? [] : [{ coordinator, place }];
    });
    for (const name of [next, running])
      if (name !== undefined && places.some(({ coordinator }) => coordinator === name)) return name;
    return places.toSorted((one, other) => one.place - other.place)[0]?.coordinator ?? next ?? running;
  }

  /** Compares the routes of the lease that runs. Returns whether others are preferred, or bulk is kept away from others. */
  #compare({ leases, running, rank, crowded }: LeasedHost, path: string, viewedAt: number): boolean {
    const body = leases.all().find(({ coordinator }) => coordinator === running)?.body;
    if (body === undefined) return false;
    const seen = body.routes.map((route) => this.#seen?.on(path, route));
    const isApart = crowded.look(
      seen.filter((route) => route !== undefined),
      body.rate,
      viewedAt,
    );
    const ranked = body.routes.map((route, place) => {
      const name = nameOf(route);
      return { name, why: route.why, seen: seen[place], isFilled: crowded.isFilled(name, viewedAt) };
    });
    const wasHeldBack = rank.isHeldBack;
    const isOther = rank.look(ranked, viewedAt);
    if (rank.isHeldBack && !wasHeldBack) this.heldBack++;
    return isOther || isApart;
  }

  /** The good leases for a host whose routes can be used here, the one that is to be used first. */
  #ranked(host: LeasedHost, at: Moment): Omit<LeaseInUse, "key">[] {
    const standings = new Map<CheckedLease, Standing>();
    const standingOf = (lease: CheckedLease): Standing => {
      const standing = standings.get(lease) ?? this.#grounds.standingOf(lease.fact, at);
      standings.set(lease, standing);
      return standing;
    };
    const running = host.next ?? host.running;
    const isBack = running !== undefined && this.#grounds.isBack(running, at);
    // A silent coordinator has read no report from which it is asked no more: its pairs are still there.
    const takenBack = new Set([...host.letGo].filter((name) => this.#grounds.isHeard(name, at)));
    const bad = { takenBack, failing: failingOf(host, at.now), lossy: lossyOf(host, at.now) };
    const choice = { standingOf, running, ...bad, isBack };
    return host.leases.ranked(choice).flatMap((lease) => {
      const routes = this.#routesOf(lease, at.wall);
      return routes.size === 0 ? [] : [{ lease, standing: standingOf(lease), routes }];
    });
  }

  /** Routes that can be used here: their first links are there, and no node of theirs was taken back. */
  #routesOf(lease: CheckedLease, now: number): ReadonlyMap<number, OverlayRoute> {
    const routes = new Map<number, OverlayRoute>();
    const until = this.#grounds.heldUntil(lease.fact, now);
    const share = this.#view?.shares === true ? lease.body?.share : undefined;
    const links = this.#view === undefined ? [] : this.#grounds.linksOf(this.#view);
    for (const [place, { link: label, labels, via }] of (lease.body?.routes ?? []).entries()) {
      const link = links.find((each) => each.label === label && each.peer === via[0]);
      if (link === undefined || via.some((node) => this.#grounds.isVoid(node, now))) continue;
      routes.set(place, { link: link.name, labels, via, ...(share !== undefined && { share }), until });
    }
    return routes;
  }
}

/** The service and the host of a key, and the name by which something here wants the service; undefined: nothing does. */
function wantedBy(
  key: string,
  wanted: readonly WantedService[],
): { readonly service: string; readonly host: string; readonly name: string | undefined } {
  const [scope, service = "", host = ""] = key.split(" ");
  const found = wanted.find((each) => each.scope === scope && each.service === service);
  return { service, host, name: found?.name };
}

const BULK_CROWDS: OverlayRoute["avoid"] = { why: "capacity_limited", classes: ["bulk"] };

/** Figures of a route as a report has them. */
const NOT_TRIED = [0, 0] as const;

function figuresOf({ roundTripMs, loss }: Measured): readonly [number, number] {
  return [loss === 1 ? 0 : Math.max(1, micros(roundTripMs)), millionths(loss)];
}
