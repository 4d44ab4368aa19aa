/** The services that something on this node wants: the names by which they are wanted, their records, and proofs of their hosts. */
import {
  bodyOf,
  type Fact,
  type FactBook,
  floorOf,
  type Mark,
  Registry,
  type RegistryEvent,
  serviceSlot,
  type ServiceState,
  type Verdict,
} from "@florenetes/facts";
import type { View, ViewAuto } from "../door/view.ts";
import { FullHosts } from "./full-hosts.ts";
import { keyOf, type NamedService, ServiceNames } from "./service-names.ts";

/** A service that is wanted here, under its own name or under an alias. */
export interface WantedService {
  /** The name by which it is wanted. */
  readonly name: string;
  /** `cluster`, or `org/` and the name of the organization whose service it is. */
  readonly scope: string;
  /** The name that it proves. */
  readonly service: string;
  /** All that was said of it has been taken back, or this node's role in its organization has ended. */
  readonly isVoid: boolean;
  readonly state: ServiceState;
  /** The one host that serves it, where its record says that it has a leader, and one is named. */
  readonly leader: string | undefined;
  /** The host that failed last; undefined where none has failed since the service was proven, or its record is in no use any more. */
  readonly failure: Failure | undefined;
  /** No host of it that this node knows a way to is used or tried, and that for a while. */
  readonly isOutOfReach: boolean;
}

/** A path whose host was not proven, and what the vertex said of it. */
export interface Failure extends Pick<ViewAuto, "next" | "state" | "text"> {
  /** The id of the record that names the host. */
  readonly record: string;
}

export interface UsedServicesOptions {
  readonly node: string;
  /** Undefined while there is no root. */
  readonly book: () => FactBook | undefined;
  /** Whether there is a way to a service at a host at present. */
  readonly canReach: (host: string, service: NamedService) => boolean;
  /** The word by which a host says that the service takes nothing more there, as `FullHosts` takes it; undefined: it does not say so. */
  readonly fullWordOf: (host: string, service: NamedService) => string | undefined;
  /** Marks of the last life, by the ids of records. */
  readonly marks: ReadonlyMap<string, Mark>;
}

/** A host that is not proven after so long is left alone for a while, and another one is tried. */
const PROOF_MS = 5_000;
/** A standby that cannot be proven is judged again after so long, if it is still named: by then it counts as one that may be tried. */
const STANDBY_MS = 10_000;
/** A host all of whose routes have failed for so long is left alone, too: connections have looked for an answer over each of them before. */
const SILENT_MS = 1_200;
/** Leases to the hosts of a service that is newly wanted need a moment to come. Without any of them for so long, hosts are out of reach. */
const REACH_MS = 10_000;

/** A path that is to be proven, or has fallen silent, and since when: milliseconds since 1970. */
interface Attempt {
  readonly path: string;
  readonly since: number;
}

export class UsedServices {
  readonly #options: UsedServicesOptions;
  readonly #registry: Registry;
  readonly #attempts = new Map<string, Attempt>();
  /** The paths to standbys that are to be proven, by the names of services, and since when. */
  readonly #standbys = new Map<string, Attempt>();
  /** The paths to standbys that could not be proven, by the names of services, and since when. */
  readonly #unfit = new Map<string, Attempt>();
  /** The paths in use of which all routes have failed, by the names of services, and since when. */
  readonly #silent = new Map<string, Attempt>();
  /** The hosts that failed last, by the names of services: a host is left alone for a while then, and the reason must not be forgotten meanwhile. */
  readonly #failures = new Map<string, Failure>();
  /** Services without a host that could be used or tried, by their names, and since when, in milliseconds since 1970. */
  readonly #unreached = new Map<string, number>();
  readonly #full = new FullHosts();
  /** Services by their slots. */
  readonly #slots = new Map<string, NamedService>();
  #wanted: readonly WantedService[] = [];
  /** The time of the present call, in milliseconds since 1970. */
  #now = 0;

  constructor(options: UsedServicesOptions) {
    const { node, book, canReach, marks } = options;
    this.#options = options;
    this.#registry = new Registry({
      node,
      recordsOf: (slot) => book()?.in(slot) ?? [],
      canReach: (host, slot) => {
        const service = this.#slots.get(slot)!;
        return canReach(host, service) && this.#leads(host, service);
      },
      isFull: (host, slot) => this.isFull(host, this.#slots.get(slot)!, this.#now),
      marks,
    });
  }

  get wanted(): readonly WantedService[] {
    return this.#wanted;
  }

  /** Takes records, ways and the view as they are now: what is wanted, and what the vertex has found out about its hosts. */
  follow(view: View, now: number): void {
    const book = this.#options.book();
    if (book === undefined) return;
    this.#now = now;
    const names = new ServiceNames(book, this.#options.node, now);
    const named = view.auto.map((auto) => {
      const { scope, service } = names.find(auto.service);
      return { auto, scope, service, slot: serviceSlot(scope, service) };
    });
    this.#slots.clear();
    for (const { slot, scope, service } of named) this.#slots.set(slot, { scope, service });
    this.#registry.use(this.#slots.keys(), now);
    for (const { auto, slot } of named) {
      this.#watch(auto, slot, view, now);
      this.#prove(auto, slot, now);
      this.#judgeStandby(auto, slot, now);
    }
    this.#wanted = named.map(({ auto: { service: name }, scope, service, slot }) => {
      const state = this.#registry.stateOf(slot)!;
      const failure = this.#failures.get(name);
      const doesCount = recordsInUse(state).some(({ id }) => id === failure?.record);
      const isVoid = floorOf(book.in(slot)) > 0 || names.isOthers(name);
      const leader = this.#leaderOf({ scope, service });
      const isOutOfReach = this.#isOutOfReach(name, state, now);
      return { name, scope, service, isVoid, state, leader, failure: doesCount ? failure : undefined, isOutOfReach };
    });
    const wanted = new Set(view.auto.map(({ service }) => service));
    for (const map of [this.#attempts, this.#standbys, this.#unfit, this.#silent, this.#failures, this.#unreached]) {
      for (const name of map.keys()) if (!wanted.has(name)) map.delete(name);
    }
    this.#full.keep(new Set(this.#wanted.flatMap(keysOf)));
    book.use(this.#registry.marks().keys());
  }

  /** Whether a host has said lately that a service takes nothing more there. */
  isFull(host: string, service: NamedService, now: number): boolean {
    return this.#full.isFull(keyOf({ ...service, host }), this.#options.fullWordOf(host, service), now);
  }

  /** The records by which services are used, to be kept over a restart. */
  marks(): ReadonlyMap<string, Mark> {
    return this.#registry.marks();
  }

  /** When `follow` is due though nothing has changed, in milliseconds since 1970; Infinity: never. */
  nextTimeout(now: number): number {
    const proofs = [...this.#attempts.values(), ...this.#standbys.values()];
    const attempts = proofs.map(({ since }) => since + PROOF_MS);
    const unfit = [...this.#unfit.values()].map(({ since }) => since + STANDBY_MS);
    const silent = [...this.#silent.values()].map(({ since }) => since + SILENT_MS);
    const unreached = [...this.#unreached.values()].map((since) => since + REACH_MS);
    return Math.min(
      this.#registry.nextTimeout(now),
      this.#full.nextTimeout(now),
      ...[...attempts, ...unfit, ...silent, ...unreached].filter((at) => at > now),
    );
  }

  pollEvent(): RegistryEvent | undefined {
    return this.#registry.pollEvent();
  }

  #isOutOfReach(name: string, state: ServiceState, now: number): boolean {
    if (recordsInUse(state).length === 0 || state.path !== undefined || state.next !== undefined) {
      this.#unreached.delete(name);
      return false;
    }
    // A clock that was put back would have it begin in the future.
    const since = Math.min(this.#unreached.get(name) ?? now, now);
    this.#unreached.set(name, since);
    return now - since >= REACH_MS;
  }

  /** A service with a leader is used at that host alone, once a record names it. */
  #leads(host: string, service: NamedService): boolean {
    const leader = this.#leaderOf(service);
    return leader === undefined || leader === host;
  }

  #leaderOf({ scope, service }: NamedService): string | undefined {
    const book = this.#options.book();
    const record = book?.inForce("service", scope, service, this.#now);
    if (book === undefined || record === undefined || bodyOf(record, "service")?.mode !== "leader") return undefined;
    const leader = book.inForce("leader", scope, service, this.#now);
    return leader === undefined ? undefined : bodyOf(leader, "leader")?.host;
  }

  /** Streams go to the present host: a handshake has proven it, before a restart of this agent at the latest. One that is silent for a while has to prove itself again. */
  #watch({ service: name, path }: ViewAuto, slot: string, { routes }: View, now: number): void {
    const present = hostOfPath(name, path);
    const own = routes.filter((route) => route.path === path);
    const isSilent = own.length > 0 && own.every(({ failure }) => failure !== null);
    if (present === undefined || path === null || !isSilent) this.#silent.delete(name);
    if (present === undefined || path === null) return;
    if (isSilent) {
      const since = sinceWhen(this.#silent, name, path, now);
      if (now - since < SILENT_MS || this.#registry.stateOf(slot)?.path?.host !== present) return;
    }
    const verdict = isSilent ? "unproven" : "proven";
    for (const { id } of this.#recordsOf(slot)) this.#registry.handleProof(slot, id, present, verdict, now);
  }

  #prove(auto: ViewAuto, slot: string, now: number): void {
    const { service: name, next, state, text } = auto;
    const choice = this.#registry.stateOf(slot)?.next;
    if (choice === undefined || next !== pathName(name, choice.host)) {
      this.#attempts.delete(name);
      return;
    }
    const since = sinceWhen(this.#attempts, name, next, now);
    const verdict = verdictOf(state, now - since);
    if (verdict === undefined) return;
    this.#attempts.delete(name);
    if (verdict === "proven") this.#failures.delete(name);
    else this.#failures.set(name, { record: choice.record.id, next, state, text });
    this.#registry.handleProof(slot, choice.record.id, choice.host, verdict, now);
  }

  /** A standby that is needed and cannot be proven is left alone for a while, so that another one is named. */
  #judgeStandby(auto: ViewAuto, slot: string, now: number): void {
    const { service: name, standby = null, standbyState = "none" } = auto;
    const choice = this.#registry.stateOf(slot)?.standby;
    const isNamed = choice !== undefined && standby === pathName(name, choice.host);
    if (!isNamed || standbyState === "none" || standbyState === "proven") {
      this.#standbys.delete(name);
      this.#unfit.delete(name);
      return;
    }
    const { path, since } = this.#unfit.get(name) ?? {};
    if (path === standby && since! <= now && now < since! + STANDBY_MS) return;
    const verdict = verdictOf(standbyState, now - sinceWhen(this.#standbys, name, standby, now));
    if (verdict === undefined) return;
    this.#standbys.delete(name);
    this.#unfit.set(name, { path: standby, since: now });
    this.#registry.handleProof(slot, choice.record.id, choice.host, verdict, now);
  }

  #recordsOf(slot: string): readonly Fact[] {
    const state = this.#registry.stateOf(slot);
    return state === undefined ? [] : recordsInUse(state);
  }
}

/** The outcome of an attempt of that age; undefined: it may still come to something. */
function verdictOf(state: ViewAuto["state"], ageMs: number): Verdict | undefined {
  if (state === "proven") return "proven";
  if (state === "refused") return "wrong-identity";
  return state === "declined" || (state === "unproven" && ageMs >= PROOF_MS) ? "unproven" : undefined;
}

/** Notes the path of a service. Returns since when it is that one. */
function sinceWhen(noted: Map<string, Attempt>, service: string, path: string, now: number): number {
  const known = noted.get(service);
  // A clock that was put back would have it begin in the future.
  const since = known?.path === path ? Math.min(known.since, now) : now;
  noted.set(service, { path, since });
  return since;
}

/**
 * The name of the path to a host of a service: a path never changes its host. Names may have dots, and none has two in a row: so `web` at `x.b` and
 * `web.x` at `b` have two paths.
 */
export function pathName(service: string, host: string): string {
  return `auto.${service}${service.includes(".") ? ".." : "."}${host}`;
}

/** The host of a path of a service; undefined where it is none of it. */
export function hostOfPath(service: string, path: string | null): string | undefined {
  const beginning = pathName(service, "");
  const host = path?.startsWith(beginning) === true ? path.slice(beginning.length) : undefined;
  return host?.includes("..") === true ? undefined : host;
}

function keysOf({ scope, service, state }: WantedService): string[] {
  return recordsInUse(state)
    .flatMap(hostsOf)
    .map((host) => keyOf({ scope, service, host }));
}

/** The nodes that a service's record names as its hosts. */
export function hostsOf(record: Fact): readonly string[] {
  return (bodyOf(record, "service")?.hosts ?? []).map(({ node }) => node);
}

/** All records by which a service is used or is to be used. */
export function recordsInUse({ candidate, active, fallbacks }: ServiceState): readonly Fact[] {
  return [candidate, active, ...fallbacks].filter((fact) => fact !== undefined);
}
