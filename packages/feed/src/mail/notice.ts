/** Notices: the answer to a letter will not come. Pure but for the randomness that it is given. */
import type { Mail } from "../messages.ts";
import { KEY_SIZE, SEAL_SIZE } from "./limits.ts";

/**
 * A notice for whoever has brought a letter.
 *
 * @param tokens Random octets: a notice finds its way by what nodes remember
 */
export function noticeOf(
  { id, end }: Pick<Mail, "id" | "end">,
  tokens: Uint8Array,
  randomBytes: (size: number) => Uint8Array,
): Mail {
  const key = Buffer.from(randomBytes(KEY_SIZE)).toString("hex");
  return { kind: "mail", id, end, reader: "", key, tokens, sealed: randomBytes(SEAL_SIZE) };
}

/** Whether what has come in the place of an answer is a notice. */
export function isNotice({ sealed }: Pick<Mail, "sealed">): boolean {
  return sealed.length === SEAL_SIZE;
}
