/**
 * The permits that a coordinator has given to relays, for each of them and each scope: the whole of the pairs that its leases need there. Leases wait here until their
 * relays have acknowledged. Pure.
 */
import type { PermitsBody } from "@florenetes/facts";
import type { Acknowledgement } from "@florenetes/feed";
import { type LeaseIssue, pairKey, type PermitsTerms, type Plan } from "@florenetes/routes";
import type { AgentNews } from "../agent-orders.ts";
import type { Moment } from "../moment.ts";
import { LIFE_MS, LOST_MS, PAIRS_MS, PERMITS_MS, SEND_AGAIN_MS, SENDS_MAX, SENT_MAX } from "./limits.ts";
import type { RouteSigner, SignedRecord } from "./route-signer.ts";

export interface PermitsOfficeOptions {
  readonly plan: Plan;
  readonly signer: RouteSigner;
  readonly tell: (news: AgentNews) => void;
  /** A relay as it tells of itself; a member is missing while it has not. */
  readonly termsOf: (relay: string) => Partial<PermitsTerms>;
  /** Has permits go to a relay, in the place of those before them of the same scope. */
  readonly give: (relay: string, scope: string, permits: SignedRecord) => void;
}

/** Permits as they are kept over a restart: the newest record, its body as text, and pairs that the relay has left out; undefined: it has not taken them. */
export interface KeptPermits {
  readonly record: SignedRecord;
  readonly text: string;
  readonly left: readonly string[] | undefined;
  readonly takenUntil: number;
}

/** Permits of a relay as people are told of them. */
export interface ShownPermits {
  readonly scope: string;
  readonly epoch: number;
  /** Milliseconds since 1970. */
  readonly expires: number;
  /** `taken`, the reason against them, or `waits` for the relay's word. */
  readonly outcome: string;
  /** Pairs that the relay has left out. */
  readonly left: number;
}

/** Permits of one relay in one scope. */
interface Permits {
  /** The last ones that were sent, the newest last. */
  sent: readonly SignedRecord[];
  /** The body of the newest, as text. */
  text: string;
  /** The last word of the relay on the newest: pairs that it has left out, or that it refuses. */
  word: ReadonlySet<string> | "refused" | undefined;
  /** The reason of the relay that has refused permits last. */
  reason: string;
  /** The record and the outcome of which the relay has spoken last. */
  spokenOf: string;
  /** When the relay has spoken last, or was given them again: monotonic. */
  spokenAt: number;
  /** When the newest permits that it has taken end, in milliseconds since 1970. */
  takenUntil: number;
  /** Leases that wait for its word. */
  readonly waiting: Set<LeaseIssue>;
}

interface Relay {
  readonly scopes: Map<string, Permits>;
  /** The terms that it has told last. */
  terms: PermitsTerms;
  /** Monotonic milliseconds: when it was given permits last, and when it is looked what it has to have. */
  sentAt: number;
  lookAt: number;
}

export class PermitsOffice {
  /** Permits that were sent, and how many of them were taken and refused. */
  sent = 0;
  taken = 0;
  refused = 0;
  readonly #options: PermitsOfficeOptions;
  readonly #relays = new Map<string, Relay>();
  /** Permits that are others than those that were kept last: relays and scopes. */
  readonly #changed = new Map<string, readonly [relay: string, scope: string]>();

  constructor(options: PermitsOfficeOptions) {
    this.#options = options;
  }

  /** Relays that hold permits of this coordinator, as far as it knows. */
  get relays(): number {
    return this.#relays.size;
  }

  /** Permits that have changed since the last call, to be kept over a restart; undefined: they are given no more. */
  pollKept(): { readonly relay: string; readonly scope: string; readonly permits: KeptPermits | undefined }[] {
    const kept = [...this.#changed.values()].map(([relay, scope]) => {
      const { sent, text, word, takenUntil } = this.#relays.get(relay)?.scopes.get(scope) ?? { sent: [] };
      const record = sent.at(-1);
      if (record === undefined) return { relay, scope, permits: undefined };
      const left = typeof word === "object" ? [...word] : undefined;
      return { relay, scope, permits: { record, text: text!, left, takenUntil: takenUntil! } };
    });
    this.#changed.clear();
    return kept;
  }

  /** Relays and scopes that were given permits. */
  *given(): Generator<readonly [relay: string, scope: string], void> {
    for (const [relay, { scopes }] of this.#relays) for (const scope of scopes.keys()) yield [relay, scope];
  }

  /** Takes permits that were given in a life before. */
  restore(relay: string, scope: string, { record, text, left, takenUntil }: KeptPermits, { now }: Moment): void {
    const known = this.#relayOf(relay);
    const permits = this.#permitsOf(known, scope);
    permits.sent = [record];
    permits.text = text;
    permits.word = left === undefined ? undefined : new Set(left);
    permits.takenUntil = takenUntil;
    known.lookAt = Math.min(known.lookAt, now + PAIRS_MS);
    if (text.includes('"share":')) known.terms = { ...known.terms, knowsShares: true };
  }

  /** Whether the permits of a relay in a scope, which were given in a life before, are those that are planned. */
  isPlanned(relay: string, scope: string): boolean {
    const { scopes, terms } = this.#relayOf(relay);
    // The relay has not told yet what it carries for leases whose share goes over to another one.
    return [0, Number.POSITIVE_INFINITY].some((rate) => {
      const body = this.#options.plan.permitsFor(relay, { ...terms, rate }).get(scope);
      return JSON.stringify(body) === scopes.get(scope)?.text;
    });
  }

  /**
   * A relay tells the epoch of the permits that it holds in a scope. Where it has lost the newest ones, it is given them again as they are.
   *
   * @param epoch 0: it holds none
   */
  handleHeld(relay: string, scope: string, epoch: number, { now, wall }: Moment): void {
    const known = this.#relays.get(relay);
    const permits = known?.scopes.get(scope);
    const last = permits?.sent.at(-1);
    if (permits === undefined || last === undefined || permits.word === "refused") return;
    // Its report may have been made before it took them.
    if (epoch >= last.epoch || wall >= last.expires || now < Math.max(known!.sentAt, permits.spokenAt) + LOST_MS)
      return;
    permits.spokenAt = now;
    this.#options.give(relay, scope, last);
  }

  /** A lease needs pairs of a relay, which are in the plan: it is told what the relay says of them. */
  ask(relay: string, scopes: ReadonlySet<string>, issue: LeaseIssue, { now }: Moment): void {
    const known = this.#relayOf(relay);
    for (const scope of scopes) this.#permitsOf(known, scope).waiting.add(issue);
    this.#lookSoon(known, now);
  }

  /**
   * Takes the word of a relay. Returns whether it is one on permits of this coordinator.
   *
   * @param relay The node that says it, as is proven
   */
  handleAcknowledged(relay: string, { id, outcome, left }: Acknowledgement, { now }: Moment): boolean {
    const known = this.#relays.get(relay);
    for (const [scope, permits] of known?.scopes ?? []) {
      const record = permits.sent.find((each) => each.id === id);
      if (record === undefined) continue;
      const isTaken = outcome === "taken";
      const word = isTaken ? new Set(left.map(([from, to]) => pairKey(from, to))) : ("refused" as const);
      if (isTaken) this.taken++;
      else {
        this.refused++;
        permits.reason = outcome;
      }
      // A relay may say the same as often as it likes: that is not kept anew.
      if (permits.spokenOf !== `${id} ${outcome}`) {
        this.#note(relay, scope);
        const about = { relay, scope, reason: outcome };
        const text = "a relay refuses permits";
        if (!isTaken) this.#options.tell({ level: "warn", code: "PERMITS_REFUSED", about, text });
      }
      permits.spokenOf = `${id} ${outcome}`;
      if (isTaken) permits.takenUntil = Math.max(permits.takenUntil, record.expires);
      if (record === permits.sent.at(-1)) permits.word = word;
      permits.spokenAt = now;
      this.#tell(relay, permits, record.epoch, word, now);
      if (permits.waiting.size > 0) this.#lookSoon(known!, now);
      return true;
    }
    return false;
  }

  /** The newest permits of a relay in each scope, and its word on them. */
  *shown(relay: string): Generator<ShownPermits, void> {
    for (const [scope, { sent, word, reason }] of this.#relays.get(relay)?.scopes ?? []) {
      const last = sent.at(-1);
      if (last === undefined) continue;
      const left = typeof word === "object" ? word.size : 0;
      const outcome = word === undefined ? "waits" : word === "refused" ? reason : "taken";
      yield { scope, epoch: last.epoch, expires: last.expires, outcome, left };
    }
  }

  /** Whether a relay has refused permits that are to take the place of some that end soon: what it permits is not renewed. */
  isFailing(relay: string, { wall }: Moment): boolean {
    return [...(this.#relays.get(relay)?.scopes.values() ?? [])].some(
      ({ word, takenUntil, sent }) => word === "refused" && sent.length > 0 && takenUntil < wall + LIFE_MS / 3,
    );
  }

  /** Sends permits that are due: where leases wait, where they are to be renewed, and where pairs are needed no more. */
  advance(at: Moment): void {
    for (const [name, relay] of this.#relays) {
      if (at.now < relay.lookAt) continue;
      relay.lookAt = at.now + PAIRS_MS;
      relay.terms = { ...relay.terms, ...this.#options.termsOf(name) };
      const bodies = this.#options.plan.permitsFor(name, relay.terms);
      for (const scope of new Set([...relay.scopes.keys(), ...bodies.keys()]))
        this.#look(name, relay, scope, bodies.get(scope) ?? { sets: [] }, at);
      if (relay.scopes.size === 0) this.#relays.delete(name);
    }
  }

  /** When `advance` is due, in monotonic milliseconds; Infinity: never. */
  nextTimeout(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { lookAt } of this.#relays.values()) next = Math.min(next, lookAt);
    return next;
  }

  #look(name: string, relay: Relay, scope: string, body: PermitsBody, { now, wall }: Moment): void {
    const permits = this.#permitsOf(relay, scope);
    const [text, last] = [JSON.stringify(body), permits.sent.at(-1)];
    const isEmpty = body.sets.length === 0;
    const hasEnded = last === undefined || wall >= last.expires;
    if (isEmpty && (hasEnded || (text === permits.text && typeof permits.word === "object"))) {
      relay.scopes.delete(scope);
      this.#note(name, scope);
      return;
    }
    const isNew = hasEnded || text !== permits.text || (!isEmpty && wall >= last.expires - LIFE_MS / 2);
    // A relay that is given others before it has spoken speaks of those that count no more.
    if (isNew && last !== undefined && permits.word === undefined && now < relay.sentAt + SEND_AGAIN_MS) {
      relay.lookAt = Math.min(relay.lookAt, relay.sentAt + SEND_AGAIN_MS);
      return;
    }
    if (isNew || permits.word === "refused") {
      const signed = this.#options.signer.sign("permits", scope, name, body, wall);
      permits.sent = [...permits.sent, signed].slice(-SENT_MAX);
      permits.text = text;
      permits.word = undefined;
      relay.sentAt = now;
      this.sent++;
      this.#note(name, scope);
      this.#options.give(name, scope, signed);
    }
    const newest = permits.sent.at(-1)!;
    const { epoch } = newest;
    // The permits were sent as often as any record is, and a lease needs them.
    const isLost = permits.word === undefined && permits.waiting.size > 0;
    if (isLost && now >= Math.max(relay.sentAt, permits.spokenAt) + SENDS_MAX * SEND_AGAIN_MS) {
      permits.spokenAt = now;
      this.#options.give(name, scope, newest);
    }
    for (const issue of permits.waiting) {
      if (issue.isOver) permits.waiting.delete(issue);
      else issue.handleSent(name, epoch);
    }
    // The relay has these permits already, and has spoken of them.
    if (permits.word !== undefined) this.#tell(name, permits, epoch, permits.word, now);
  }

  #tell(relay: string, permits: Permits, epoch: number, word: ReadonlySet<string> | "refused", now: number): void {
    for (const issue of permits.waiting) {
      if (word === "refused") issue.handleRefused(relay, epoch, now);
      else issue.handleAcknowledged(relay, epoch, word, now);
      if (issue.isOver || !issue.waitsFor.includes(relay)) permits.waiting.delete(issue);
    }
  }

  #lookSoon(relay: Relay, now: number): void {
    relay.lookAt = Math.min(relay.lookAt, Math.max(now, relay.sentAt + PERMITS_MS));
  }

  #note(relay: string, scope: string): void {
    this.#changed.set(`${relay} ${scope}`, [relay, scope]);
  }

  #relayOf(name: string): Relay {
    const known = this.#relays.get(name);
    if (known !== undefined) return known;
    const never = Number.NEGATIVE_INFINITY;
    const terms = { knowsShares: false, rate: Number.POSITIVE_INFINITY };
    const relay: Relay = { scopes: new Map(), terms, sentAt: never, lookAt: Number.POSITIVE_INFINITY };
    this.#relays.set(name, relay);
    return relay;
  }

  #permitsOf({ scopes }: Relay, scope: string): Permits {
    const known = scopes.get(scope);
    if (known !== undefined) return known;
    const never = Number.NEGATIVE_INFINITY;
    const permits: Permits = {
      sent: [],
      text: "",
      word: undefined,
      reason: "",
      spokenOf: "",
      spokenAt: never,
      takenUntil: 0,
      waiting: new Set(),
    };
    scopes.set(scope, permits);
    return permits;
  }
}
