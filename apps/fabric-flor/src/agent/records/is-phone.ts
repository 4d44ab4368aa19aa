import type { FactBook } from "@florenetes/facts";
import { directoryOf, isMobile } from "@florenetes/routes";

/** Whether a node has the role of phones, by records in force. */
export function isPhone(book: FactBook, name: string, wall: number): boolean {
  const directory = directoryOf(book, wall);
  const standing = directory.node(name);
  return standing !== undefined && isMobile(directory, name, standing);
}
