/**
 * The rule of names: one for clusters, principals, nodes, links, services and tags. A name may stand in a SPIFFE ID, in a file name
 * and in a message to a terminal without an escape, and no two of them differ by case alone.
 */
import { NAME_LENGTH_MAX } from "./limits.ts";

/** The rule in words, for errors: "a name is …". */
export const NAME_FORM: string = `1 to ${NAME_LENGTH_MAX} of a-z, 0-9, "-", "." and "_", with a letter or digit at both ends and no ".."`;

const namePattern = /^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/;

/** Whether a text is a name: see `NAME_FORM`. */
export function isName(text: string): boolean {
  return text.length <= NAME_LENGTH_MAX && namePattern.test(text) && !text.includes("..");
}
