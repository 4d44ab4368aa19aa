/**
 * Which coordinator this node asks for each of its leases. All coordinators have its reports, and one of them leases: the first in rank for this node that is not silent. So coordinators
 * share origins, and a coordinator that comes or goes moves no origins of others. A lease moves make-before-break: the coordinator that has given it is asked until the lease of the next one is in use. Pure.
 */
import { SILENT_MS } from "@florenetes/routes";
import { drawnBy, rankFor } from "@florenetes/scheduling";
import {
  ASKED_LEAST_MS,
  MOVE_JITTER_MS,
  NEW_MS,
  PASSED_MS,
  SETTLE_MS,
  SHORT_MS,
  SILENCE_KEPT_MS,
  SILENCES_KEPT,
  SILENT_JITTER_MS,
  STEADY_MS,
} from "./limits.ts";

/** A coordinator of this node's partition. */
export interface KnownCoordinator {
  readonly node: string;
  /** When it was heard last, in monotonic milliseconds; undefined: not of late. */
  readonly heardAt: number | undefined;
  /** Since when a letter to it is not answered, in monotonic milliseconds; undefined: none waits for longer than it may. */
  readonly unansweredSince: number | undefined;
}

/** A lease that is wanted, and what there is of it. */
export interface AskedSlot {
  /** Scope, service and host. */
  readonly key: string;
  /** The coordinator by whose lease packets go; undefined: no lease is good. */
  readonly holder: string | undefined;
  /** The ids of the leases that are held, by their coordinators. */
  readonly leases: ReadonlyMap<string, string>;
  /** Coordinators whose leases are live, and whose routes were not found to be bad. */
  readonly working: ReadonlySet<string>;
  /** Coordinators whose leases have led nowhere of late, or lose much. */
  readonly failing: ReadonlySet<string>;
}

const NEVER = Number.POSITIVE_INFINITY;

interface Slot {
  holder: string | undefined;
  holderSince: number;
  /** Since when there is no lease that works: monotonic; undefined: a lease works. */
  shortSince: number | undefined;
  /** Coordinators that are passed by, as their leases did not work while another's did, and until when: monotonic. */
  readonly passed: Map<string, number>;
  /** Coordinators whose leases were in use before that of the holder, and until when they are asked all the same: monotonic. */
  readonly left: Map<string, number>;
  /** Since when each coordinator is asked: monotonic. */
  readonly askedSince: Map<string, number>;
  /** Coordinators that are asked no more, or gave no lease since they are asked again, with the lease that each had given by then. */
  readonly letGo: Map<string, string | undefined>;
  asked: ReadonlySet<string>;
  /** The coordinator whose lease is to be used from now on. */
  next: string | undefined;
}

interface Ranked {
  /** All coordinators that are known, the first in rank in front. */
  readonly ranked: readonly string[];
  /** Coordinators that are heard, in the same order. */
  readonly heard: readonly string[];
  /** Coordinators that are not silent: some may not have been heard yet. */
  readonly present: ReadonlySet<string>;
}

export class Asking {
  /** How many times a lease has gone from one coordinator to another: the next one is before the former one in rank, or the former one fell silent. */
  moves = 0;
  readonly #node: string;
  readonly #slots = new Map<string, Slot>();
  /** Since when coordinators have been heard without a silence: monotonic. */
  readonly #heardSince = new Map<string, number>();
  /** Coordinators that were silent within the last hour, and since when this node has noticed it: monotonic, in the order of these times. */
  readonly #wereSilent = new Map<string, number>();
  readonly #startedAt: number;
  /** The names of the coordinators as they were last, and their order. */
  #ranked: { readonly text: string; readonly names: readonly string[] } | undefined;
  /** Parts of times that were drawn for these names, as each is a hash. */
  readonly #parts = new Map<string, number>();
  #dueAt = NEVER;

  /**
   * @param node The name of this node
   * @param now Monotonic milliseconds: coordinators that were not heard by then may be heard soon
   */
  constructor(node: string, now: number) {
    [this.#node, this.#startedAt] = [node, now];
  }

  /** When `follow` is due though nothing has changed, in monotonic milliseconds. */
  get dueAt(): number {
    return this.#dueAt;
  }

  /** The coordinators that are asked for a lease, by their names. */
  get coordinators(): string[] {
    return [...new Set([...this.#slots.values()].flatMap(({ asked }) => [...asked]))].sort();
  }

  /** Whether a coordinator is asked for a lease. */
  asks(coordinator: string, key: string): boolean {
    return this.#slots.get(key)?.asked.has(coordinator) === true;
  }

  /** The coordinator whose lease for a host is to be used in the place of the one that is in use; undefined: the one in use stays. */
  nextOf(key: string): string | undefined {
    return this.#slots.get(key)?.next;
  }

  /**
   * Coordinators whose leases were let go of: a coordinator that is asked no more takes its pairs back from relays, and tells the origin nothing of that. Such a lease is good
   * no more, though its time is not over. A coordinator that was never asked leases of its own accord, and is not among them.
   */
  letGoOf(key: string): ReadonlySet<string> {
    return new Set(this.#slots.get(key)?.letGo.keys());
  }

  follow(slots: readonly AskedSlot[], coordinators: readonly KnownCoordinator[], now: number): void {
    this.#dueAt = NEVER;
    const ranked = this.#rank(coordinators.map(({ node }) => node));
    const there = coordinators.filter((each) => !this.#isSilent(each, now));
    const present = new Set(there.map(({ node }) => node));
    const reached = new Set(there.flatMap(({ node, heardAt }) => (heardAt === undefined ? [] : [node])));
    for (const node of this.#heardSince.keys()) {
      if (reached.has(node)) continue;
      this.#heardSince.delete(node);
      this.#wereSilent.delete(node);
      this.#wereSilent.set(node, now);
    }
    for (const [node, at] of this.#wereSilent)
      if (now >= at + SILENCE_KEPT_MS || this.#wereSilent.size > SILENCES_KEPT) this.#wereSilent.delete(node);
    for (const node of reached) this.#heardSince.set(node, this.#heardSince.get(node) ?? now);
    const heard = ranked.filter((node) => reached.has(node));
    const keys = new Set(slots.map(({ key }) => key));
    for (const key of this.#slots.keys()) if (!keys.has(key)) this.#slots.delete(key);
    for (const slot of slots) this.#followSlot(slot, { ranked, heard, present }, now);
  }

  #followSlot(slot: AskedSlot, coordinators: Ranked, now: number): void {
    const { ranked, heard } = coordinators;
    const { key, holder, failing } = slot;
    const known = this.#slots.get(key) ?? newSlot(slot, now);
    this.#slots.set(key, known);
    followLetGo(known, slot);
    const working = new Set([...slot.working].filter((node) => !known.letGo.has(node)));
    if (holder !== known.holder) {
      if (known.holder !== undefined) known.left.set(known.holder, now + SETTLE_MS);
      if (known.holder !== undefined && holder === known.next && holder !== undefined) this.moves++;
      [known.holder, known.holderSince] = [holder, now];
    }
    const isServed = holder !== undefined && working.has(holder);
    known.shortSince = isServed ? undefined : (known.shortSince ?? now);
    for (const table of [known.passed, known.left])
      for (const [node, until] of table) if (now >= until) table.delete(node);
    if (isServed) for (const node of failing) if (node !== holder) known.passed.set(node, now + PASSED_MS);
    const target = heard.find((node) => !known.passed.has(node)) ?? heard[0] ?? holder ?? ranked[0];
    const movesAt = holder === undefined || target === undefined ? now : this.#movesAt(known, target, coordinators);
    const isDue = target !== undefined && now >= movesAt;
    if (!isDue) this.#wake(movesAt, now);
    const asked = new Set([...(holder === undefined ? [] : [holder]), ...(isDue ? [target] : [])]);
    const others = heard.filter((node) => !asked.has(node));
    for (const node of others.slice(0, this.#moreOf(known, slot, others.length, now))) asked.add(node);
    // Relays get permits before a lease is given: whoever is asked has the time to give it, so that no permits stay of one that never was.
    const begun = [...known.askedSince].map(([node, since]) => [node, since + ASKED_LEAST_MS] as const);
    for (const [node, until] of [...known.left, ...begun]) {
      if (now >= until) continue;
      asked.add(node);
      this.#wake(until, now);
    }
    const before = known.asked;
    known.asked = new Set([...asked].filter((node) => ranked.includes(node)));
    for (const node of before) if (!known.asked.has(node)) known.letGo.set(node, slot.leases.get(node));
    for (const node of known.letGo.keys())
      if (!ranked.includes(node) && !slot.leases.has(node)) known.letGo.delete(node);
    for (const node of known.askedSince.keys()) if (!known.asked.has(node)) known.askedSince.delete(node);
    for (const node of known.asked) known.askedSince.set(node, known.askedSince.get(node) ?? now);
    known.next = isDue && target !== holder && working.has(target) ? target : undefined;
  }

  /** When a lease is to move from its holder to another coordinator. */
  #movesAt(known: Slot, target: string, { present }: Ranked): number {
    const { holder, holderSince } = known;
    if (holder === target || !present.has(holder!)) return Number.NEGATIVE_INFINITY;
    const since = Math.max(holderSince, this.#heardSince.get(target) ?? NEVER);
    const steadyMs = this.#wereSilent.has(target) ? STEADY_MS : NEW_MS;
    return since + steadyMs + this.#part(target, "moves", MOVE_JITTER_MS);
  }

  /** How many coordinators more are asked for a lease that is not to be had. */
  #moreOf({ shortSince }: Slot, { holder, failing }: AskedSlot, others: number, now: number): number {
    if (shortSince === undefined || others === 0) return 0;
    if (holder !== undefined && failing.has(holder)) return 1;
    const steps = Math.floor((now - shortSince) / SHORT_MS);
    if (steps < others) this.#wake(shortSince + (steps + 1) * SHORT_MS, now);
    return steps;
  }

  #isSilent({ node, heardAt, unansweredSince }: KnownCoordinator, now: number): boolean {
    const since = Math.min(heardAt ?? this.#startedAt, unansweredSince ?? NEVER);
    const silentAt = since + SILENT_MS + this.#part(node, "silent", SILENT_JITTER_MS);
    this.#wake(silentAt, now);
    return now >= silentAt;
  }

  #rank(names: readonly string[]): readonly string[] {
    const text = names.toSorted().join(" ");
    if (this.#ranked?.text === text) return this.#ranked.names;
    this.#parts.clear();
    this.#ranked = { text, names: rankFor(this.#node, names) };
    return this.#ranked.names;
  }

  /** A part of a time that is this node's own, so that origins do not come all at once. */
  #part(coordinator: string, why: string, most: number): number {
    const text = `${this.#node} ${coordinator} ${why}`;
    const part = this.#parts.get(text) ?? drawnBy(text);
    this.#parts.set(text, part);
    return most * part;
  }

  #wake(at: number, now: number): void {
    if (at > now) this.#dueAt = Math.min(this.#dueAt, at);
  }
}

/** A coordinator has a lease again once it has given another one since it is asked. */
function followLetGo({ letGo, asked }: Slot, { leases }: AskedSlot): void {
  for (const [node, former] of letGo) {
    const lease = leases.get(node);
    if (lease === former) continue;
    // A lease may have been on its way when its coordinator read that it is asked no more.
    if (asked.has(node) && lease !== undefined) letGo.delete(node);
    else letGo.set(node, lease);
  }
}

/** Leases from before a slot was known may have been let go of, all but the one that is in use. */
function newSlot({ holder, leases }: AskedSlot, now: number): Slot {
  const fresh = {
    shortSince: undefined,
    passed: new Map(),
    left: new Map(),
    askedSince: new Map(),
    letGo: new Map([...leases].filter(([node]) => node !== holder)),
    asked: new Set<string>(),
    next: undefined,
  };
  return { holder, holderSince: now, ...fresh };
}
