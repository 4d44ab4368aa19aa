/** A service that this node uses: its records `candidate → active → fallback → ended`, and the hosts that were tried. */
import type { Fact } from "../fact.ts";
import { compareFacts, floorOf, inForce } from "../slots.ts";
import { rankHosts } from "./hosts.ts";
import { FALLBACKS_MAX } from "./limits.ts";

export type RecordState = "candidate" | "active" | "fallback" | "ended";

/**
 * Why a record is used no more: it has ended by itself, is void, does not count by today's keys, never was proven before a newer one came, or there
 * are as many fallbacks as there may be.
 */
export type EndReason = "expired" | "voided" | "keys" | "newer" | "crowded";

/** The outcome of a handshake with a host: whether it showed the principal and a key hash of the service. */
export type Verdict = "proven" | "unproven" | "wrong-identity";

/** A record, and the host of it that is used or tried. */
export interface Choice {
  readonly record: Fact;
  readonly host: string;
}

/** The hosts of a service, as this node sees them at present. */
export interface Ways {
  readonly canReach: (host: string) => boolean;
  /** Whether a host takes nothing more: it is used where no other one can be. */
  readonly isFull: (host: string) => boolean;
  /** The host in use: where all are full it stays so. */
  readonly present: string | undefined;
  /** The standby host: another one takes its place where it is none any more, or is not the best one for long. */
  readonly standby: string | undefined;
}

/** A step of a record from one state to the next; `reason` where it is used no more. */
export interface Step {
  readonly record: Fact;
  readonly state: RecordState;
  readonly reason?: EndReason;
}

/** How long a host that failed is not tried again. */
const RETRY_MS = 10_000;
/** People mend a wrong key: each further one doubles the time, up to this one. A host that was only about to start is tried again soon. */
const RETRY_MS_MAX = 60_000;
/** A better standby takes the place of the present one only when it could have been taken for so long without a pause: one that comes and goes moves nothing. */
const STEADY_MS = 60_000;

interface UsedRecord {
  readonly record: Fact;
  readonly hosts: readonly string[];
  readonly proven: Set<string>;
  readonly failed: Map<string, Failure>;
}

/** A host that is not tried for a while. */
interface Failure {
  /** When it may be tried again. */
  readonly until: number;
  /** How often it has shown a wrong key since it was proven. */
  readonly wrongKeys: number;
}

export class UsedService {
  readonly #user: string;
  readonly #steps: Step[] = [];
  #candidate: UsedRecord | undefined;
  #active: UsedRecord | undefined;
  /** Newest first. */
  #fallbacks: UsedRecord[] = [];
  /** A better standby than the present one, and since when it could have been taken, in milliseconds since 1970. */
  #better: { readonly host: string; readonly since: number } | undefined;

  /**
   * @param user The name of this node
   * @param known The state of records before a restart, by their ids
   */
  constructor(user: string, records: readonly Fact[], known: ReadonlyMap<string, "active" | "fallback">) {
    this.#user = user;
    const were = (state: "active" | "fallback"): UsedRecord[] => {
      const facts = records.filter(({ id }) => known.get(id) === state).sort((a, b) => compareFacts(b, a));
      return facts.map((record) => this.#begin(record));
    };
    this.#active = were("active")[0];
    this.#fallbacks = were("fallback").slice(0, FALLBACKS_MAX);
  }

  get candidate(): Fact | undefined {
    return this.#candidate?.record;
  }

  get active(): Fact | undefined {
    return this.#active?.record;
  }

  /** Newest first. */
  get fallbacks(): readonly Fact[] {
    return this.#fallbacks.map(({ record }) => record);
  }

  /** Follows the records of the slot that count today. */
  update(records: readonly Fact[], now: number): void {
    const reasonOf = ({ record }: UsedRecord): EndReason | undefined => {
      if (record.epoch <= floorOf(records)) return "voided";
      if (now >= record.expires) return "expired";
      return records.some(({ id }) => id === record.id) ? undefined : "keys";
    };
    const lives = (used: UsedRecord): boolean => {
      const reason = reasonOf(used);
      if (reason !== undefined) this.#tell(used, "ended", reason);
      return reason === undefined;
    };
    const newest = inForce(records, now);
    const candidate = this.#candidate;
    // The book lets go of a candidate as soon as a newer one is there.
    if (candidate !== undefined && newest !== undefined && compareFacts(newest, candidate.record) > 0) {
      this.#tell(candidate, "ended", "newer");
      this.#candidate = undefined;
    } else if (candidate !== undefined && !lives(candidate)) this.#candidate = undefined;
    if (this.#active !== undefined && !lives(this.#active)) this.#active = undefined;
    this.#fallbacks = this.#fallbacks.filter(lives);
    if (this.#active === undefined) this.#promote(newest);
    if (newest === undefined || this.#candidate !== undefined || !this.#isNewer(newest)) return;
    this.#candidate = this.#begin(newest);
    this.#tell(this.#candidate, "candidate");
  }

  /** Takes the outcome of a handshake with a host of a record, which is returned; undefined where it is in no use, or has no such host. */
  handleProof(id: string, host: string, verdict: Verdict, now: number): Fact | undefined {
    const used = this.#all().find(({ record, hosts }) => record.id === id && hosts.includes(host));
    if (used === undefined) return undefined;
    if (verdict !== "proven") {
      used.proven.delete(host);
      const wrongKeys = (used.failed.get(host)?.wrongKeys ?? 0) + (verdict === "wrong-identity" ? 1 : 0);
      const retryMs = verdict === "unproven" ? RETRY_MS : Math.min(RETRY_MS * 2 ** (wrongKeys - 1), RETRY_MS_MAX);
      used.failed.set(host, { until: now + retryMs, wrongKeys });
      return used.record;
    }
    used.failed.delete(host);
    used.proven.add(host);
    if (used === this.#candidate) this.#activate(used);
    return used.record;
  }

  /** The record and host that carry new connections: a proven host that can be reached, of the active record if there is one, else of a fallback. */
  path(ways: Ways): Choice | undefined {
    for (const used of this.#inUse()) {
      const host = inOrder(used.hosts, ways).find((host) => used.proven.has(host) && ways.canReach(host));
      if (host !== undefined) return { record: used.record, host };
    }
    return undefined;
  }

  /** The record and host to be proven next: of a candidate, or a host that would be used rather than the present one. */
  next(ways: Ways, now: number): Choice | undefined {
    const path = this.path(ways);
    for (const used of this.#all()) {
      const isPath = path?.record === used.record;
      const hosts = inOrder(used.hosts, ways);
      const better = isPath ? hosts.slice(0, hosts.indexOf(path.host)) : hosts;
      const host = better.find(
        (host) => !used.proven.has(host) && isDue(used.failed.get(host)?.until, now) && ways.canReach(host),
      );
      if (host !== undefined) return { record: used.record, host };
      if (isPath) return undefined;
    }
    return undefined;
  }

  /**
   * The host that new connections take while the one in use is silent: another one of the same record that takes something and has not failed lately.
   * To be asked after each change, as the present one stays until another one has been better for a while, and where there is no other, though it has failed.
   */
  standby(ways: Ways, now: number): Choice | undefined {
    const path = this.path(ways);
    const used = this.#inUse().find(({ record }) => record === path?.record);
    const open = (used?.hosts ?? []).filter((host) => host !== path!.host && !ways.isFull(host) && ways.canReach(host));
    const hosts = open.filter((host) => isDue(used!.failed.get(host)?.until, now));
    const host = this.#steady(hosts, ways.standby, now) ?? open.find((host) => host === ways.standby);
    return used === undefined || host === undefined ? undefined : { record: used.record, host };
  }

  /** The present host where it is among these, until the first of them has been that for long; else the first. */
  #steady([best, ...others]: readonly string[], present: string | undefined, now: number): string | undefined {
    if (best === undefined || present === undefined || !others.includes(present)) {
      this.#better = undefined;
      return best;
    }
    // A clock that was put back would have it begin in the future.
    const since = this.#better?.host === best ? Math.min(this.#better.since, now) : now;
    this.#better = now < since + STEADY_MS ? { host: best, since } : undefined;
    return this.#better === undefined ? best : present;
  }

  /** When a record ends, a host may be tried again, or another one becomes the standby, in milliseconds since 1970. */
  nextTimeout(now: number): number {
    const times = this.#all().flatMap(({ record, failed }) => [
      record.expires,
      ...[...failed.values()].map(({ until }) => until),
    ]);
    if (this.#better !== undefined) times.push(this.#better.since + STEADY_MS);
    return Math.min(Number.POSITIVE_INFINITY, ...times.filter((time) => time > now));
  }

  pollStep(): Step | undefined {
    return this.#steps.shift();
  }

  #begin(record: Fact): UsedRecord {
    return { record, hosts: rankHosts(record, this.#user), proven: new Set(), failed: new Map() };
  }

  /** A fallback is the newest that counts when the keys of newer records have gone: it has been proven before. */
  #promote(newest: Fact | undefined): void {
    const used = this.#fallbacks.find(({ record }) => record.id === newest?.id);
    if (used === undefined) return;
    this.#fallbacks = this.#fallbacks.filter((other) => other !== used);
    this.#active = used;
    this.#tell(used, "active");
  }

  /** Newer than all that are in use. */
  #isNewer(record: Fact): boolean {
    return this.#inUse().every((used) => compareFacts(record, used.record) > 0);
  }

  #activate(used: UsedRecord): void {
    const before = this.#active;
    this.#candidate = undefined;
    this.#active = used;
    this.#tell(used, "active");
    if (before === undefined) return;
    this.#tell(before, "fallback");
    this.#fallbacks = [before, ...this.#fallbacks];
    for (const surplus of this.#fallbacks.splice(FALLBACKS_MAX)) this.#tell(surplus, "ended", "crowded");
  }

  #tell({ record }: UsedRecord, state: RecordState, reason?: EndReason): void {
    this.#steps.push({ record, state, ...(reason === undefined ? {} : { reason }) });
  }

  #inUse(): UsedRecord[] {
    return [this.#active, ...this.#fallbacks].filter((used) => used !== undefined);
  }

  #all(): UsedRecord[] {
    return [this.#candidate, ...this.#inUse()].filter((used) => used !== undefined);
  }
}

/** Hosts in the order in which they are used: full ones come last, that in use before the others. */
function inOrder(hosts: readonly string[], { isFull, present }: Ways): readonly string[] {
  const full = new Set(hosts.filter(isFull));
  if (full.size === 0) return hosts;
  const last = [...full].sort((a, b) => Number(b === present) - Number(a === present));
  return [...hosts.filter((host) => !full.has(host)), ...last];
}

/** Whether a host that has failed may be tried again. A clock that was put back would have that wait until the former time comes again. */
function isDue(at: number | undefined, now: number): boolean {
  return at === undefined || now >= at || at > now + RETRY_MS_MAX;
}
