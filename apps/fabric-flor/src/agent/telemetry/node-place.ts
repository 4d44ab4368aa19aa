/** A node's place in the sums of observers, by signed records alone: nothing that it says of itself moves it. Pure. */
import type { FactBook } from "@florenetes/facts";
import { directoryOf, isMobile } from "@florenetes/routes";
import type { NodePlace } from "@florenetes/telemetry";

/** Undefined: the node has no record in force, or is of another partition. Roles are those in this partition, in whatever scope. */
export function placeOf(book: FactBook, node: string, partition: string, wall: number): NodePlace | undefined {
  const directory = directoryOf(book, wall);
  const standing = directory.node(node);
  if (standing?.partition !== partition) return undefined;
  const roles = new Set<string>();
  for (const { scope, subject } of book.rolesOf(node)) {
    const [, role = "", of] = subject.split("/");
    if (of === partition && book.inForce("role", scope, subject, wall) !== undefined) roles.add(role);
  }
  const { organization } = standing;
  return { organization, roles: [...roles].toSorted(), isPhone: isMobile(directory, node, standing) };
}
