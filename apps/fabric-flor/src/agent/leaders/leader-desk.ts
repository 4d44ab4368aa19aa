/**
 * The coordinator's side of grants: takes asks of hosts, has the store read after each of them, and grants a service to the host that leads it by the log. A leader that is not
 * heard of any more is followed by another host, by one entry. Pure: it says when the store is to be read or appended to, and is told what came of it.
 */
import type { GrantAnswer } from "./leader-host.ts";
import { keyOfSlot, type LeaderSlot } from "./leader-slot.ts";
import type { LeaderTable, LeaderVote } from "./leader-table.ts";
import { ASKERS_MAX, ASKS_WAITING_MAX, HANDOVER_MS, LEADERS_MAX, SILENT_MS } from "./limits.ts";

export interface HostAsk {
  /** By which it is answered. */
  readonly number: number;
  /** The node that asks, as it has proven. */
  readonly host: string;
  readonly services: readonly LeaderSlot[];
}

/** The hosts of a service by its record, the preferred ones first; or why this coordinator grants it to nobody, or not to this host. */
export type DeskGround = readonly string[] | string;

export interface LeaderDeskOptions {
  /** This coordinator. */
  readonly node: string;
  readonly table: LeaderTable;
  readonly groundOf: (slot: LeaderSlot, host: string) => DeskGround;
  /** How many coordinators have to name a leader. */
  readonly needed: () => number;
  /** Whether a record that was issued then is to be made anew, so that there always is one. */
  readonly isAged: (issued: number) => boolean;
}

export type DeskOrder =
  | { readonly kind: "look" }
  | { readonly kind: "name"; readonly slot: LeaderSlot; readonly host: string; readonly epoch: number };

/** Monotonic milliseconds. */
export class LeaderDesk {
  readonly #options: LeaderDeskOptions;
  readonly #startedAt: number;
  /** No first leader is named before; undefined: the store was not read yet. */
  #namesFrom: number | undefined;
  /** Asks that came after the present reading of the store began. */
  #waiting: HostAsk[] = [];
  #looking: readonly HostAsk[] | undefined;
  #naming: string | undefined;
  #wanted: Extract<DeskOrder, { readonly kind: "name" }> | undefined;
  readonly #answers: { readonly number: number; readonly answers: readonly GrantAnswer[] }[] = [];
  /** When hosts have asked last, by slots; and when somebody has first asked for it. */
  readonly #asked = new Map<string, { readonly since: number; readonly hosts: Map<string, number> }>();
  granted = 0;
  refused = 0;

  constructor(options: LeaderDeskOptions, now: number) {
    this.#options = options;
    this.#startedAt = now;
  }

  handleAsk(ask: HostAsk): void {
    if (this.#waiting.length >= ASKS_WAITING_MAX) this.#answer(ask, () => ({ outcome: "busy", leader: "" }));
    else this.#waiting.push(ask);
  }

  /** The store was read after `look`: all its entries are in the table; false: it could not be, or is not sure to have all. */
  handleLooked(isCurrent: boolean, now: number): void {
    const asks = this.#looking ?? [];
    this.#looking = undefined;
    // A store without an entry may be one that was lost: whoever was granted a service by it has the grant for a while.
    if (isCurrent) this.#namesFrom ??= this.#options.table.isEmpty ? this.#startedAt + HANDOVER_MS : this.#startedAt;
    for (const ask of asks) {
      for (const slot of ask.services) this.#note(slot, ask.host, now);
      this.#answer(ask, (slot) => {
        const leader = this.#options.table.leaderOf(keyOfSlot(slot))?.host ?? "";
        return { outcome: isCurrent ? this.#judge(slot, ask.host, now) : "no-store", leader };
      });
    }
  }

  /** An append has ended, whatever came of it: the next reading shows. */
  handleNamed(): void {
    this.#naming = undefined;
  }

  pollOrder(): DeskOrder | undefined {
    const wanted = this.#wanted;
    this.#wanted = undefined;
    if (wanted !== undefined) return wanted;
    if (this.#looking !== undefined || this.#naming !== undefined || this.#waiting.length === 0) return undefined;
    this.#looking = this.#waiting;
    this.#waiting = [];
    return { kind: "look" };
  }

  pollAnswer(): { readonly number: number; readonly answers: readonly GrantAnswer[] } | undefined {
    return this.#answers.shift();
  }

  #answer({ number, services }: HostAsk, answerOf: (slot: LeaderSlot) => GrantAnswer): void {
    const answers = services.map(answerOf);
    for (const { outcome } of answers) {
      if (outcome === "granted") this.granted++;
      else this.refused++;
    }
    this.#answers.push({ number, answers });
  }

  #note(slot: LeaderSlot, host: string, now: number): void {
    const key = keyOfSlot(slot);
    let asked = this.#asked.get(key);
    if (asked === undefined) {
      if (typeof this.#options.groundOf(slot, host) === "string" || this.#asked.size >= LEADERS_MAX) return;
      this.#asked.set(key, (asked = { since: now, hosts: new Map() }));
    }
    for (const [known, at] of asked.hosts) if (now - at > HANDOVER_MS) asked.hosts.delete(known);
    if (asked.hosts.has(host) || asked.hosts.size < ASKERS_MAX) asked.hosts.set(host, now);
  }

  /** `granted`, or why not. */
  #judge(slot: LeaderSlot, host: string, now: number): string {
    const { table } = this.#options;
    const hosts = this.#options.groundOf(slot, host);
    if (typeof hosts === "string") return hosts;
    const key = keyOfSlot(slot);
    if (table.isDisputed(key)) return "disputed";
    const leader = table.leaderOf(key);
    if (leader === undefined || !hosts.includes(leader.host) || this.#isSilent(key, leader.host, leader.since, now))
      this.#want(slot, hosts, now);
    if (leader === undefined) return "no-leader";
    if (leader.host !== host) return "other-leader";
    if (!hosts.includes(host)) return "not-host";
    if (!leader.isFirst && now < leader.since + HANDOVER_MS) return "wait";
    if (this.#options.isAged(leader.issued)) this.#name(slot, [host], host);
    return "granted";
  }

  #isSilent(key: string, host: string, since: number, now: number): boolean {
    const heard = this.#asked.get(key)?.hosts.get(host) ?? Number.NEGATIVE_INFINITY;
    return now - Math.max(heard, since, this.#startedAt) > SILENT_MS;
  }

  /** Names a leader: the host of the record that comes first, of those that ask. */
  #want(slot: LeaderSlot, hosts: readonly string[], now: number): void {
    const { table } = this.#options;
    const key = keyOfSlot(slot);
    const asked = this.#asked.get(key);
    if (this.#naming !== undefined || asked === undefined) return;
    const leader = table.leaderOf(key);
    const isHeard = (host: string): boolean => now - (asked.hosts.get(host) ?? Number.NEGATIVE_INFINITY) <= SILENT_MS;
    const others = hosts.filter((host) => host !== leader?.host && isHeard(host));
    const [best] = others;
    if (best === undefined) return;
    if (leader === undefined && now < (this.#namesFrom ?? Number.POSITIVE_INFINITY)) return;
    // At the beginning the hosts that come first have time to ask.
    if (leader === undefined && best !== hosts[0] && now - asked.since <= SILENT_MS) return;
    this.#name(slot, others, best);
  }

  /** @param others The hosts for which this coordinator would vote, where another one has begun to */
  #name(slot: LeaderSlot, others: readonly string[], best: string): void {
    const key = keyOfSlot(slot);
    const { table, needed } = this.#options;
    const open = needed() > 1 ? table.openVote(key) : undefined;
    const next = this.#naming === undefined ? this.#voteFor(key, open, others, best) : undefined;
    if (next === undefined) return;
    this.#naming = key;
    this.#wanted = { kind: "name", slot, ...next };
  }

  /** Joins the vote of another coordinator where its host would do, and begins a new one where that is another's, or was voted on already without an end. */
  #voteFor(
    key: string,
    open: LeaderVote | undefined,
    others: readonly string[],
    best: string,
  ): { readonly host: string; readonly epoch: number } | undefined {
    const { table, node } = this.#options;
    const epoch = table.nextEpoch(key);
    if (open === undefined) return { host: best, epoch };
    const hasVoted = table.hasVoted(key, open.epoch, node);
    if (others.includes(open.host)) return hasVoted ? undefined : { host: open.host, epoch: open.epoch };
    return { host: best, epoch };
  }
}
