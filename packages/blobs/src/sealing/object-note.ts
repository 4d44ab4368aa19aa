/** Notes at objects: their names, sizes and times, sealed for those who may read the objects. */
import { z } from "zod";
import { NOTE_MAX } from "../limits.ts";
import { opened, sealed } from "./age-file.ts";
import { sealingError } from "./errors.ts";
import { NOTED_NAME_SIZE_MAX } from "./limits.ts";

const noteForm = z.object({
  name: z.string().min(1).max(NOTED_NAME_SIZE_MAX),
  size: z.int().min(0),
  time: z.iso.datetime(),
});

/** A note, as whoever put the object wrote it. */
export interface ObjectNote {
  readonly name: string;
  /** Octets before they were sealed. */
  readonly size: number;
  /** When it was put, by the clock of whoever put it, as RFC 3339 has it. */
  readonly time: string;
}

/** Seals a note. @throws OperatorError ERR_STORAGE_RECIPIENTS where there are too many recipients for its length */
export async function sealNote(note: ObjectNote, recipients: readonly string[]): Promise<string> {
  const octets = await gather(sealed(only(Buffer.from(JSON.stringify(note))), recipients));
  const text = octets.toString("base64");
  if (text.length <= NOTE_MAX) return text;
  const message = "a note for so many recipients, or recipients of this kind, is longer than holders take";
  throw sealingError("ERR_STORAGE_RECIPIENTS", message);
}

/** Opens a note. Undefined: it is sealed for others, or is none of ours. */
export async function openNote(text: string, identities: readonly string[]): Promise<ObjectNote | undefined> {
  try {
    const octets = await gather(opened(only(Buffer.from(text, "base64")), identities));
    return noteForm.safeParse(JSON.parse(octets.toString("utf8"))).data;
  } catch {
    return undefined;
  }
}

/** Octets of all parts together. */
export async function gather(parts: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const part of parts) all.push(part);
  return Buffer.concat(all);
}

/** Octets in one piece. */
export async function* only(octets: Uint8Array): AsyncGenerator<Uint8Array> {
  yield octets;
}
