/**
 * The services that this node uses: which record of each is active, which one is to be proven next, and over which host. Records come from the book;
 * proofs are real handshakes, which the owner makes and tells. A newer record takes the place of an active one only when a host of it has proven
 * itself; whatever is void, or does not count by today's keys, is used no more at once.
 */
import type { Fact } from "../fact.ts";
import { slotOf } from "../slots.ts";
import { type Choice, type Step, UsedService, type Verdict, type Ways } from "./used-service.ts";

export interface RegistryOptions {
  /** The name of this node: the user's key for the choice of hosts. */
  readonly node: string;
  /** All records of a slot that count today, as `FactBook.in` has them. */
  readonly recordsOf: (slot: string) => readonly Fact[];
  /** Whether this node knows a way to a service at a host at present. */
  readonly canReach: (host: string, service: string) => boolean;
  /** Whether a host takes nothing more of a service at present: then others come first. */
  readonly isFull: (host: string, service: string) => boolean;
  /** The marks before a restart, by the ids of records. */
  readonly marks?: ReadonlyMap<string, "active" | "fallback">;
}

export type RegistryEvent =
  /** A record of a service has come to another state. */
  | ({ readonly kind: "state"; readonly service: string } & Step)
  /** A host did not answer, or showed another key: it is not tried for a while. */
  | ({ readonly kind: "refused"; readonly service: string; readonly reason: Exclude<Verdict, "proven"> } & Choice)
  /** The record and host in use, or those to be proven next, are others. */
  | ({ readonly kind: "paths"; readonly service: string } & Paths);

/** The way of new connections, the one that is to be proven, and the one for when nothing is heard of the first; any may be missing. */
export interface Paths {
  readonly path: Choice | undefined;
  readonly next: Choice | undefined;
  readonly standby: Choice | undefined;
}

/** The records of a service by their states. */
export interface ServiceState extends Paths {
  readonly candidate: Fact | undefined;
  readonly active: Fact | undefined;
  /** Newest first, at most 2. */
  readonly fallbacks: readonly Fact[];
}

interface Entry {
  readonly service: UsedService;
  paths: Paths;
}

/** Services are named by their slots, as `serviceSlot` writes them. */
export class Registry {
  readonly #options: RegistryOptions;
  readonly #services = new Map<string, Entry>();
  readonly #events: RegistryEvent[] = [];

  constructor(options: RegistryOptions) {
    this.#options = options;
  }

  /** Says which services this node uses from now on; others are forgotten. */
  use(services: Iterable<string>, now: number): void {
    const used = new Set(services);
    for (const name of this.#services.keys()) if (!used.has(name)) this.#services.delete(name);
    for (const name of used) {
      if (!this.#services.has(name)) this.#services.set(name, this.#begin(name));
      this.#look(name, now);
    }
  }

  /** A record of a slot was taken or has ended: looks at it again. Slots that are not in use are passed over. */
  handleRecords(service: string, now: number): void {
    this.#look(service, now);
  }

  /** Keys, or ways to hosts, have changed: looks at all services again. */
  refresh(now: number): void {
    for (const name of this.#services.keys()) this.#look(name, now);
  }

  /** Takes the outcome of a handshake with a host of a record. A record that is in no use any more is passed over. */
  handleProof(service: string, recordId: string, host: string, verdict: Verdict, now: number): void {
    const entry = this.#services.get(service);
    if (entry === undefined) return;
    // A record that the book has let go of meanwhile must not become active.
    this.#look(service, now);
    const record = entry.service.handleProof(recordId, host, verdict, now);
    if (record === undefined) return;
    if (verdict !== "proven") this.#events.push({ kind: "refused", service, record, host, reason: verdict });
    this.#look(service, now);
  }

  /** The state of a service; undefined when it is not in use. */
  stateOf(service: string): ServiceState | undefined {
    const entry = this.#services.get(service);
    if (entry === undefined) return undefined;
    const { candidate, active, fallbacks } = entry.service;
    return { candidate, active, fallbacks, ...entry.paths };
  }

  /** The records in use, by their ids: for `FactBook.use`, and to be kept over a restart. */
  marks(): Map<string, "active" | "fallback"> {
    const marks = new Map<string, "active" | "fallback">();
    for (const { service } of this.#services.values()) {
      if (service.active !== undefined) marks.set(service.active.id, "active");
      for (const { id } of service.fallbacks) marks.set(id, "fallback");
    }
    return marks;
  }

  /** When `handleTimeout` is due, in milliseconds since 1970; Infinity for never. */
  nextTimeout(now: number): number {
    const times = [...this.#services.values()].map(({ service }) => service.nextTimeout(now));
    return Math.min(Number.POSITIVE_INFINITY, ...times);
  }

  handleTimeout(now: number): void {
    this.refresh(now);
  }

  pollEvent(): RegistryEvent | undefined {
    return this.#events.shift();
  }

  #begin(name: string): Entry {
    const { node, recordsOf, marks = new Map() } = this.#options;
    const service = new UsedService(node, recordsOf(name), marks);
    return { service, paths: { path: undefined, next: undefined, standby: undefined } };
  }

  #look(name: string, now: number): void {
    const entry = this.#services.get(name);
    if (entry === undefined) return;
    const { service } = entry;
    service.update(this.#options.recordsOf(name), now);
    for (let step = service.pollStep(); step !== undefined; step = service.pollStep()) {
      this.#events.push({ kind: "state", service: name, ...step });
    }
    const { canReach, isFull } = this.#options;
    const ways: Ways = {
      canReach: (host) => canReach(host, name),
      isFull: (host) => isFull(host, name),
      present: entry.paths.path?.host,
      standby: entry.paths.standby?.host,
    };
    const paths = { path: service.path(ways), next: service.next(ways, now), standby: service.standby(ways, now) };
    const { path, next } = entry.paths;
    entry.paths = paths;
    if (isSame(paths.path, path) && isSame(paths.next, next)) return;
    this.#events.push({ kind: "paths", service: name, ...paths });
  }
}

/** The name of a service's slot, by which the registry knows it. */
export function serviceSlot(scope: string, name: string): string {
  return slotOf({ kind: "service", scope, subject: name });
}

function isSame(a: Choice | undefined, b: Choice | undefined): boolean {
  return a?.record.id === b?.record.id && a?.host === b?.host;
}
