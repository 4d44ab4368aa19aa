/**
 * Sections: which records a neighbour is offered. What everybody needs in order to judge is in `entry`; what nodes need in order to find each
 * other and services is in `public`; the records of an organization are for those who have a role in it. All else are papers, and a node offers
 * only its own: so each node shows itself, and nobody has a list of all. A node with a public role shows itself by its papers, too: a neighbour
 * that is not known here gets nothing that is public, and knows whose link it has by nothing else.
 *
 * Voids of an organization go to its section alone: nodes without a role there do not learn them, and use none of its records.
 */
import type { FactMembers } from "../fact.ts";
import { readRoleSubject } from "../kinds.ts";

/** Sections of which a neighbour may ask for records. */
export type Section = "entry" | "public" | "papers" | `org/${string}`;

/** The place of a record: a section, or `kept`: held, and offered to nobody. */
export type RowSection = Section | "kept";

/** Roles whose holders all nodes may know. */
const PUBLIC_ROLES: ReadonlySet<string> = new Set([
  "entry",
  "relay",
  "control-plane",
  "route-coordinator",
  "storage",
  "observer",
]);
/** Kinds that everybody may have. */
const ENTRY_KINDS: ReadonlySet<string> = new Set(["root", "policy", "seeds", "checkpoint", "release"]);

/** Whom a record is compared with. */
export interface SectionView {
  /** The name of this node, whose papers it shows itself. */
  readonly node: string;
  /** Whether a role that all nodes may know is in force for a node. */
  readonly isPublic: (node: string) => boolean;
}

/** The section of a record in the book of a node. */
export function sectionOf(fact: Omit<FactMembers, "body">, { node, isPublic }: SectionView): RowSection {
  if (fact.scope !== "cluster") return fact.scope as Section;
  // An announcement that its own node takes back fences nothing: it stands where the announcement stood.
  if (ENTRY_KINDS.has(fact.kind) || (fact.void === true && fact.kind !== "announce")) return "entry";
  const about = nodeOf(fact);
  if (about === node) return "papers";
  return about === undefined || isPublic(about) ? "public" : "kept";
}

/** Whether a role is one of those whose holders all nodes may know: it is in the scope of the cluster. */
export function isPublicRole({ scope, subject }: Pick<FactMembers, "scope" | "subject">): boolean {
  return scope === "cluster" && PUBLIC_ROLES.has(readRoleSubject(subject)?.role ?? "");
}

/** The node that a `node`, `role` or `announce` record is about; undefined for all other kinds. */
export function nodeOf({ kind, subject }: Pick<FactMembers, "kind" | "subject">): string | undefined {
  if (kind === "node" || kind === "announce") return subject;
  return kind === "role" ? readRoleSubject(subject)?.node : undefined;
}
