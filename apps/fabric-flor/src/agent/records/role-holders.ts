import { type FactBook, readRoleSubject } from "@florenetes/facts";

/** The nodes that records in force give a role for a partition, each with the scope of its record; a node may be there several times, and be void. */
export function* roleHolders(
  book: FactBook,
  role: string,
  partition: string,
  wall: number,
): Generator<{ readonly node: string; readonly scope: string }, void> {
  for (const { scope, subject } of book.all("role", wall)) {
    const held = readRoleSubject(subject)!;
    if (held.role === role && held.partition === partition) yield { node: held.node, scope };
  }
}
