/** Rights: whether the authority that a record names may sign it, by the root and by the records that are held. */
import type { Authority, CountedKey, Quorum } from "./authority.ts";
import type { NodeBody } from "./bodies.ts";
import { isSameObject } from "./canonical.ts";
import { bodyOf, type Fact } from "./fact.ts";
import { keyIdOf } from "./keys.ts";
import {
  ISSUERS_KINDS,
  kindRuleOf,
  NODE_AUTHORITIES,
  PEOPLES_KINDS,
  readRoleSubject,
  type RoleSubject,
  UNKNOWN_AUTHORITIES,
} from "./kinds.ts";
import type { QuorumName } from "./root-body.ts";
import { inForce, newestOf, slotOf } from "./slots.ts";

export type RightsFault = "authority" | "scope" | "issuer" | "subject" | "depth";

/** Records that this node has accepted before. */
export interface HeldFacts {
  /**
   * All records of a slot whose keys count today, in any order: those in force, and void ones also after their end, as their epoch stays the
   * slot's floor.
   */
  in(slot: string): readonly Fact[];
}

/** Against what a record's rights are judged. */
export interface Grounds {
  readonly authority: Authority;
  readonly held: HeldFacts;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Roles that a holder may pass on; all others need the control quorum. */
const DELEGABLE: ReadonlySet<string> = new Set(["service-host", "update-cache", "observer"]);
/** Roles by which a node's key signs for an authority. */
const ROLES_OF: Readonly<Record<string, string>> = { route: "route-coordinator", observer: "observer" };

/** The first reason against a record's rights, or undefined. Roots have rules of their own. */
export function findRightsFault(fact: Fact, grounds: Grounds): RightsFault | undefined {
  const rule = kindRuleOf(fact.kind);
  if (!mayAuthoritySign(fact, grounds)) return "authority";
  if (rule?.hasOrganizations === false && fact.scope !== "cluster") return "scope";
  if (!mayIssue(fact, grounds)) return "issuer";
  if (rule?.isSubject(fact.subject, fact.scope) === false || !isOwnSubject(fact, grounds)) return "subject";
  return fact.authority === "holder" && !isNarrower(fact, grounds) ? "depth" : undefined;
}

/** The keys by which a record whose rights are in order has to be signed; undefined when nobody can. */
export function quorumFor(fact: Fact, grounds: Grounds): Quorum | undefined {
  if (NODE_AUTHORITIES.has(fact.authority)) {
    const issuer = nodeInForce(fact.issuer, grounds);
    return issuer === undefined ? undefined : { threshold: 1, keys: keysByIds([issuer.key]) };
  }
  if (fact.authority === "log") {
    return majorityOf(logInForce(grounds)?.signers ?? []);
  }
  return grounds.authority.quorum(fact.authority as QuorumName, grounds.now);
}

/** More than half of a log's signers. */
export function majorityOf(signers: readonly { readonly key: string }[]): Quorum {
  return { threshold: Math.floor(signers.length / 2) + 1, keys: keysByIds(signers.map(({ key }) => key)) };
}

/** Whether the signatures of people are too few for a record, so that it rests on those of programs. Held copies have no wrong ones. */
export function isByPrograms(fact: Fact, { authority, now }: Pick<Grounds, "authority" | "now">): boolean {
  if (fact.authority !== "control" && fact.authority !== "update") return false;
  const quorum = authority.quorum(fact.authority, now);
  if (quorum === undefined || ![...quorum.keys.values()].some(({ isAuto }) => isAuto)) return false;
  const people = fact.envelope.signatures.filter(({ keyId }) => quorum.keys.get(keyId)?.isAuto === false);
  return people.length < quorum.threshold;
}

/**
 * The record of a slot that programs may renew: the newest that people have signed, or, where they have signed none, that of a node which programs
 * have let in. Undefined where that is void, or there is none, and of kinds that people alone sign.
 */
export function baseOf(facts: readonly Fact[], grounds: Pick<Grounds, "authority" | "now">): Fact | undefined {
  if (facts.some(({ kind }) => PEOPLES_KINDS.has(kind))) return undefined;
  const people = facts.filter((fact) => !isByPrograms(fact, grounds));
  const base = newestOf(people.length > 0 ? people : facts.filter(isLowestNode));
  return base?.void === true ? undefined : base;
}

/** Whether a record is that of a node of the lowest trust tier, which programs may let in. */
export function isLowestNode(fact: Fact): boolean {
  return bodyOf(fact, "node")?.["trust-tier"] === 0;
}

/**
 * Whether keys that are marked `auto` count for a record: for one that renews the newest that people have signed, and for records of a node of the lowest
 * trust tier that programs alone have let in.
 */
export function mayBeAuto(fact: Fact, grounds: Grounds): boolean {
  const facts = grounds.held.in(slotOf(fact));
  if (facts.length === 0) return isLowestNode(fact);
  const base = baseOf(facts, grounds);
  if (base === undefined || inForce(facts, grounds.now) === undefined) return false;
  return isByPrograms(base, grounds) ? saysTheSame(fact, base) : renews(fact, base);
}

/**
 * Whether a record says the same as another one, with a higher epoch, and no shorter: programs take back nothing that people have said, also not by its end. A
 * release may have a higher stage by the rule that people have written into it.
 */
export function renews(fact: Fact, base: Fact | undefined): boolean {
  return base !== undefined && saysTheSame(fact, base) && fact.expires >= base.expires;
}

function saysTheSame(fact: Fact, base: Fact): boolean {
  // Programs of the update quorum raise stages, and do nothing else.
  const isSame = fact.authority === "update" ? isNextStage(fact, base) : isSameObject(fact.body, base.body);
  return fact.void !== true && fact.epoch > base.epoch && isSame;
}

/** Whether a release says the same as another one, to the same end, but for a stage that is a later step of its rule. A release that was stopped has none. */
function isNextStage(fact: Fact, base: Fact): boolean {
  const [next, last] = [bodyOf(fact, "release"), bodyOf(base, "release")];
  if (next === undefined || last === undefined || last.stage === 0 || next.stage <= last.stage) return false;
  const isStep = last.rule?.steps.includes(next.stage) === true && fact.expires === base.expires;
  return isStep && isSameObject({ ...fact.body, stage: last.stage }, base.body);
}

function mayAuthoritySign(fact: Fact, grounds: Grounds): boolean {
  const { authority } = fact;
  const names: readonly string[] = kindRuleOf(fact.kind)?.authorities ?? UNKNOWN_AUTHORITIES;
  if (!names.includes(authority)) return false;
  if (fact.kind === "service" && authority !== serviceAuthority(fact, grounds)) return false;
  if (authority === "holder") return mayHolderSign(fact, grounds);
  if (authority === "log") return isByPolicyOf(fact, grounds);
  if (NODE_AUTHORITIES.has(authority)) return true;
  const hasEnded = grounds.now >= grounds.authority.root.expires;
  return !hasEnded && grounds.authority.quorum(authority as QuorumName, grounds.now) !== undefined;
}

/** Policies of the scope say who signs which service; where they say nothing, it is the control quorum. */
export function serviceAuthority({ scope, subject }: Fact, grounds: Grounds): string {
  const policy = policyInForce(scope, grounds);
  return policy?.services?.find(({ service }) => service === subject)?.authority ?? "control";
}

/** Only some roles may be passed on, and never in the place of a record that the control quorum has signed. */
function mayHolderSign(fact: Fact, { held }: Grounds): boolean {
  const role = readRoleSubject(fact.subject)?.role;
  return (
    role !== undefined && DELEGABLE.has(role) && held.in(slotOf(fact)).every(({ authority }) => authority === "holder")
  );
}

/** Checkpoints name the policy whose signers they count on. */
function isByPolicyOf(fact: Fact, grounds: Grounds): boolean {
  const policy = factInForce("policy", "cluster", "cluster", grounds);
  return (
    policy !== undefined &&
    bodyOf(policy, "policy")?.log !== undefined &&
    bodyOf(fact, "checkpoint")?.policy === policy.epoch
  );
}

/** A quorum's record names no issuer; a node's record names one whose `node` record, and role where it takes one, is in force. */
function mayIssue(fact: Fact, grounds: Grounds): boolean {
  const { authority, issuer } = fact;
  if (!NODE_AUTHORITIES.has(authority)) return issuer === undefined;
  const node = nodeInForce(issuer, grounds);
  if (issuer === undefined || node === undefined) return false;
  const subject = readRoleSubject(fact.subject);
  if (authority === "holder" && subject !== undefined) {
    return subject.node !== issuer && holding(fact, { ...subject, node: issuer }, grounds) !== undefined;
  }
  const role = ROLES_OF[authority];
  if (role === undefined) return true;
  const held = { node: issuer, role, partition: node.partition };
  return holding({ scope: "cluster" }, held, grounds) !== undefined || holding(fact, held, grounds) !== undefined;
}

function isOwnSubject(fact: Fact, grounds: Grounds): boolean {
  if (ISSUERS_KINDS.has(fact.kind)) return fact.subject.endsWith(`/${fact.issuer}`);
  if (fact.authority === "node") return fact.subject === fact.issuer;
  return fact.authority !== "log" || fact.subject === logInForce(grounds)?.name;
}

/** A role that is passed on goes no further, holds nothing that the holder's does not, and ends no later. To take it back needs no more. */
function isNarrower(fact: Fact, grounds: Grounds): boolean {
  const subject = readRoleSubject(fact.subject)!;
  const holders = holding(fact, { ...subject, node: fact.issuer! }, grounds)!;
  const wide = bodyOf(holders, "role")!;
  if (wide.depth !== 1) return false;
  const narrow = bodyOf(fact, "role");
  if (narrow === undefined) return true;
  const isWithin = (names: readonly string[], all: readonly string[]): boolean =>
    names.every((name) => all.includes(name));
  return (
    narrow.depth === 0 &&
    fact.expires <= holders.expires &&
    isWithin(narrow.actions, wide.actions) &&
    isWithin(narrow.services, wide.services)
  );
}

/** The role of a node that is in force in the scope of a record. */
function holding(
  { scope }: Pick<Fact, "scope">,
  { node, role, partition }: RoleSubject,
  grounds: Grounds,
): Fact | undefined {
  return factInForce("role", scope, `${node}/${role}/${partition}`, grounds);
}

function nodeInForce(name: string | undefined, grounds: Grounds): NodeBody | undefined {
  const fact = name === undefined ? undefined : factInForce("node", "cluster", name, grounds);
  return fact === undefined ? undefined : bodyOf(fact, "node");
}

function policyInForce(scope: string, grounds: Grounds): ReturnType<typeof bodyOf<"policy">> {
  const fact = factInForce("policy", scope, scope, grounds);
  return fact === undefined ? undefined : bodyOf(fact, "policy");
}

function logInForce(
  grounds: Grounds,
): { readonly name: string; readonly signers: readonly { key: string }[] } | undefined {
  return policyInForce("cluster", grounds)?.log;
}

function factInForce(kind: string, scope: string, subject: string, { held, now }: Grounds): Fact | undefined {
  return inForce(held.in(slotOf({ kind, scope, subject })), now);
}

/** Whether the carriers of the cluster are QUIC alone. */
export function isQuicOnly(grounds: Grounds): boolean {
  return policyInForce("cluster", grounds)?.carriers === "quic-only";
}

function keysByIds(keys: readonly string[]): Map<string, CountedKey> {
  return new Map(keys.map((key) => [keyIdOf(key), { key, isAuto: false }]));
}
