/** Nodes as records have them: whether it is one, and which records it is offered. */
import { bodyOf, type FactBook, floorOf, slotOf } from "@florenetes/facts";
import { ORGANIZATIONS_MAX } from "../limits.ts";

/**
 * A node as records have it. `node`: its record is in force, until then; `void`: it was taken back, and is let in nowhere; `unknown`: there
 * is no record of it.
 */
export type NodeStanding =
  | { readonly kind: "node"; readonly until: number; readonly key: string }
  | { readonly kind: "void" }
  | { readonly kind: "unknown" };

export function standingOf(book: FactBook | undefined, node: string, now: number): NodeStanding {
  const fact = book?.inForce("node", "cluster", node, now);
  const body = fact === undefined ? undefined : bodyOf(fact, "node");
  if (fact !== undefined && body !== undefined) return { kind: "node", until: fact.expires, key: body.key };
  const held = book?.in(slotOf({ kind: "node", scope: "cluster", subject: node })) ?? [];
  return floorOf(held) > 0 ? { kind: "void" } : { kind: "unknown" };
}

/**
 * The sections that a neighbour is offered. Links are written by hand: so the agent at the other end of one is shown this node's own papers
 * before it has a record, or two nodes could never make each other known. All else is for nodes, and an organization's for those who have a role there.
 */
export function sectionsFor(book: FactBook | undefined, peer: string, now: number): readonly string[] {
  const { kind } = standingOf(book, peer, now);
  if (kind === "void" || book === undefined) return ["entry"];
  if (kind === "unknown") return ["entry", "papers"];
  return ["entry", "papers", "public", ...organizationsOf(book, peer, now)];
}

/** The scopes of the organizations in which a node has a role in force, in their order: `org/` and a name each. */
export function organizationsOf(book: FactBook, node: string, now: number): readonly string[] {
  const organizations = book.sectionsOf(node, now).filter((section) => section.startsWith("org/"));
  return organizations.toSorted().slice(0, ORGANIZATIONS_MAX);
}
