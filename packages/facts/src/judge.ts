/**
 * The judge of one record: form, place, rights, signatures. The first reason wins, and signatures are verified last, so that a record that
 * would be refused anyway costs no verification. Nothing is remembered of a record that is refused: a forged copy does not stand in the way of
 * the true one.
 */
import { Authority } from "./authority.ts";
import { findEndpointFault } from "./endpoints.ts";
import { bodyOf, type Fact, readFact } from "./fact.ts";
import { kindRuleOf, UNKNOWN_LIFE_MS } from "./kinds.ts";
import { FUTURE_MS } from "./limits.ts";
import type { Reason } from "./reasons.ts";
import { findRightsFault, type Grounds, isByPrograms, isQuicOnly, mayBeAuto, quorumFor } from "./rights.ts";
import { findSignatureFault } from "./signatures.ts";
import { floorOf, isEquivocation, newestOf, rivalsOf, slotOf } from "./slots.ts";

export interface JudgeOptions extends Grounds {
  /** The node's config says `development: true`: roots with `mode: development` are taken. */
  readonly development: boolean;
}

export interface Accepted {
  readonly isAccepted: true;
  /** To be used where `isKnown`, and only carried otherwise. */
  readonly fact: Fact;
  /** Ids of other payloads of the same slot and epoch, which are held: an EQUIVOCATION, to be told. */
  readonly equivocal: readonly string[];
  /** A root descriptor that the recovery keys have signed, and not the root's: it holds once the node has run for `RECOVERY_MS` with it. */
  readonly waits?: true;
}

export interface Refused {
  readonly isAccepted: false;
  readonly reason: Reason;
}

export type Judgement = Accepted | Refused;

/**
 * Judges the octets of a record by an authority and the records that are held. A root descriptor that is accepted is the next version of
 * `authority`: `authority.next` makes its successor.
 */
export function judge(octets: Uint8Array, options: JudgeOptions): Judgement {
  const fact = readFact(octets, options.authority.cluster);
  return typeof fact === "string" ? refused(fact) : judgeFact(fact, options);
}

/** Judges a record that `readFact` has read, of the cluster of `authority`, as `judge` does. */
export function judgeFact(fact: Fact, options: JudgeOptions): Judgement {
  if (fact.kind === "root") return judgeRoot(fact, options);
  const reason = findFault(fact, options);
  if (reason !== undefined) return refused(reason);
  const others = rivalsIn(options.held.in(slotOf(fact)), fact, options);
  const equivocal = others.filter((other) => isEquivocation(fact, other)).map(({ id }) => id);
  return { isAccepted: true, fact, equivocal };
}

/** A node knows this of the root that it is to trust, before it has one. */
export interface RootPin {
  readonly cluster: string;
  /** The id of the root descriptor, in lower-case hex, as those who run the cluster have told it. */
  readonly fingerprint: string;
  readonly development: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Judges the root descriptor that a node begins with: the pinned one, which has to be signed by its own quorum. */
export function trustRoot(octets: Uint8Array, pin: RootPin): Judgement {
  const fact = readFact(octets, pin.cluster);
  if (typeof fact === "string") return refused(fact);
  if (fact.kind !== "root") return refused("authority");
  const reason =
    findTimeFault(fact, pin.now) ??
    (fact.id === pin.fingerprint ? undefined : "fingerprint") ??
    findRootRightsFault(fact, pin.development) ??
    findRootSignatureFault(fact, Authority.of(fact));
  return reason === undefined ? { isAccepted: true, fact, equivocal: [] } : refused(reason);
}

function findFault(fact: Fact, options: JudgeOptions): Reason | undefined {
  const { authority, development, now } = options;
  if (now >= fact.expires) return "expired";
  const rules = { isQuicOnly: isQuicOnly(options), mayLoopBack: authority.isDevelopment };
  const reason = findTimeFault(fact, now) ?? findEndpointFault(fact, rules) ?? findPlaceFault(fact, options);
  if (reason !== undefined) return reason;
  if (authority.isDevelopment && !development) return "development";
  const rightsFault = findRightsFault(fact, options);
  if (rightsFault !== undefined) return rightsFault;
  const quorum = quorumFor(fact, options);
  return quorum === undefined ? "authority" : findSignatureFault(fact.envelope, quorum, () => mayBeAuto(fact, options));
}

/** A root that has ended is taken all the same: it may be on the way to the one of today. */
function judgeRoot(fact: Fact, options: JudgeOptions): Judgement {
  const { authority } = options;
  const reason = findRootPlaceFault(fact, options) ?? findRootRightsFault(fact, options.development);
  if (reason !== undefined) return refused(reason);
  const regular = findRootSignatureFault(fact, authority);
  const waits = regular !== undefined && isByRecovery(fact, authority);
  const fault = (waits ? undefined : regular) ?? findRootSignatureFault(fact, Authority.of(fact));
  if (fault !== undefined) return refused(fault);
  return { isAccepted: true, fact, equivocal: [], ...(waits && { waits }) };
}

function findRootPlaceFault(fact: Fact, { authority, now }: JudgeOptions): Reason | undefined {
  const reason = findTimeFault(fact, now);
  if (reason !== undefined) return reason;
  if (fact.id === authority.root.id) return "duplicate";
  if (fact.epoch <= authority.version) return "older";
  return fact.epoch > authority.version + 1 ? "gap" : undefined;
}

function isByRecovery({ envelope }: Fact, { recovery }: Authority): boolean {
  return recovery !== undefined && findSignatureFault(envelope, recovery, () => false) === undefined;
}

function findTimeFault(fact: Fact, now: number): "future" | "lifetime" | undefined {
  if (fact.issued > now + FUTURE_MS) return "future";
  const longest = kindRuleOf(fact.kind)?.life ?? UNKNOWN_LIFE_MS;
  const life = fact.expires - fact.issued;
  return life > longest || (fact.void === true && life < longest) ? "lifetime" : undefined;
}

function findPlaceFault(fact: Fact, options: JudgeOptions): "duplicate" | "older" | "voided" | undefined {
  const all = options.held.in(slotOf(fact));
  if (all.some(({ id }) => id === fact.id)) return "duplicate";
  const facts = rivalsIn(all, fact, options);
  if (fact.epoch < (newestOf(facts)?.epoch ?? 0)) return "older";
  return fact.void !== true && fact.epoch <= floorOf(facts) ? "voided" : undefined;
}

/** Renewals by programs do not stand in the way of a record that people have signed: so it does not matter which of them came first. */
function rivalsIn(all: readonly Fact[], fact: Fact, options: JudgeOptions): readonly Fact[] {
  const rivals = rivalsOf(fact, all);
  if (rivals.length === 0 || isByPrograms(fact, options)) return rivals;
  return rivals.filter((rival) => !isByPrograms(rival, options));
}

function findRootRightsFault(fact: Fact, development: boolean): Reason | undefined {
  if (bodyOf(fact, "root")!.mode === "development" && !development) return "development";
  if (fact.authority !== "root") return "authority";
  if (fact.scope !== "cluster") return "scope";
  if (fact.issuer !== undefined) return "issuer";
  return fact.subject === "root" ? undefined : "subject";
}

/** Keys of the root count for as long as their descriptor lists them, and none of them is a program's. */
function findRootSignatureFault(fact: Fact, authority: Authority): Reason | undefined {
  return findSignatureFault(fact.envelope, authority.quorum("root", fact.issued)!, () => false);
}

function refused(reason: Reason): Refused {
  return { isAccepted: false, reason };
}
