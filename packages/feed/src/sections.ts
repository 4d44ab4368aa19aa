import { isName } from "@florenetes/operator-text";

/** Whether a text names a section: `entry`, `public`, `org/acme`, or another one or two names with a slash between them. */
export function isSection(text: string): boolean {
  const names = text.split("/");
  return names.length <= 2 && names.every((name) => isName(name));
}
