/** The judge of joins: whether a node may come in by a token. The first reason wins, and signatures are verified only where a token is in force. Pure. */
import { bodyOf, type Fact } from "../fact.ts";
import { keyIdOf } from "../keys.ts";
import { FUTURE_MS } from "../limits.ts";
import type { HeldFacts } from "../rights.ts";
import { floorOf, inForce, slotOf } from "../slots.ts";
import { isJoinSigned, type Join, readJoin } from "./join.ts";
import type { JoinReason } from "./join-reasons.ts";

export interface JoinGrounds {
  readonly cluster: string;
  /** The records that this node holds. */
  readonly held: HeldFacts & {
    /** All records of a node's roles: void and ended ones too. */
    rolesOf(node: string): readonly Fact[];
  };
  /** Milliseconds since 1970. */
  readonly now: number;
  /** The nodes that a token has let in so far: keys by names. */
  readonly admittedBy: (token: Fact) => ReadonlyMap<string, string>;
  /** Whether a service in force names a node as a host. */
  readonly isHost: (node: string) => boolean;
  /** Whether this node has let in another key under a name, by whatever token. */
  readonly isGivenToOther: (node: string, key: string) => boolean;
}

export type JoinJudgement =
  | { readonly outcome: "refused"; readonly reason: Exclude<JoinReason, "quota">; readonly join?: Join }
  /** The node has this record already: the same key again is told so. */
  | { readonly outcome: "joined"; readonly join: Join; readonly record: Fact }
  /** The node may come in by this token. */
  | { readonly outcome: "admissible"; readonly join: Join; readonly token: Fact };

/** Judges the octets of a join. */
export function judgeJoin(octets: Uint8Array, grounds: JoinGrounds): JoinJudgement {
  const join = readJoin(octets);
  return join === undefined ? { outcome: "refused", reason: "form" } : judgeAgain(join, grounds, isJoinSigned);
}

/** Judges a join that was read before. @param isSigned Default: its signatures were found right */
export function judgeAgain(
  join: Join,
  grounds: JoinGrounds,
  isSigned: (join: Join) => boolean = () => true,
): JoinJudgement {
  const refused = (reason: Exclude<JoinReason, "quota">): JoinJudgement => ({ outcome: "refused", reason, join });
  const token = tokenFor(join, grounds);
  if (typeof token === "string") return refused(token);
  if (!isSigned(join)) return refused("signature");
  const { held, now, admittedBy, isGivenToOther } = grounds;
  const nodes = held.in(slotOf({ kind: "node", scope: "cluster", subject: join.node }));
  const record = inForce(nodes, now);
  if (record !== undefined && bodyOf(record, "node")?.key === join.key) return { outcome: "joined", join, record };
  // Names whose record was taken back or has ended are for people to give again.
  if (nodes.length > 0 || isMeant(join, grounds) || isGivenToOther(join.node, join.key)) return refused("name");
  const admitted = admittedBy(token);
  if (admitted.get(join.node) === join.key) return { outcome: "admissible", join, token };
  if (admitted.has(join.node)) return refused("name");
  return admitted.size < bodyOf(token, "token")!.count ? { outcome: "admissible", join, token } : refused("used-up");
}

/** Whether people mean another node by the name already, whose record is not held: it would get the roles and the streams of that, or be taken for a seed. */
function isMeant({ node, key }: Join, { held, now, isHost }: JoinGrounds): boolean {
  if (held.rolesOf(node).length > 0 || isHost(node)) return true;
  const seeds = inForce(held.in(slotOf({ kind: "seeds", scope: "cluster", subject: "seeds" })), now);
  const all = seeds === undefined ? [] : (bodyOf(seeds, "seeds")?.seeds ?? []);
  return all.some((seed) => seed.node === node && seed.key !== key);
}

/** The token that a join names, or why it opens nothing. */
function tokenFor({ cluster, time, token }: Join, grounds: JoinGrounds): Fact | Exclude<JoinReason, "quota"> {
  if (cluster !== grounds.cluster) return "cluster";
  if (Math.abs(time - grounds.now) > FUTURE_MS) return "time";
  const facts = grounds.held.in(slotOf({ kind: "token", scope: "cluster", subject: keyIdOf(token) }));
  const found = inForce(facts, grounds.now);
  if (found !== undefined) return found;
  if (facts.length === 0) return "unknown-token";
  return facts.some(({ epoch }) => epoch > floorOf(facts)) ? "ended-token" : "void-token";
}
