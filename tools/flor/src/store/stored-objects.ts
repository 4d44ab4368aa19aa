/** The objects that `flor store put` has put, among all of a collection. */
import { type HeldEntry, isObjectName } from "@florenetes/blobs";
import { idOf, isObjectId, nameOf, OBJECTS_PREFIX, type ObjectNote, openNote } from "@florenetes/blobs/sealing";
import { OperatorError } from "@florenetes/operator-text";
import type { Output } from "../output.ts";
import { readIdentities } from "./identity-file.ts";
import { FOUND_TOLD_MAX } from "./limits.ts";
import { blobError } from "./store-error.ts";
import type { OpenCollection, StoreOptions } from "./store-world.ts";

export interface StoredObject {
  readonly id: string;
  readonly entry: HeldEntry;
  /** Undefined: no identity opens it. */
  readonly note: ObjectNote | undefined;
}

/** The object of an entry that `flor store put` has put, with its note where an identity opens it; undefined: another program has put it. */
export async function objectOf(
  entry: HeldEntry,
  identities: readonly string[] | undefined,
): Promise<StoredObject | undefined> {
  const id = idOf(entry.name);
  if (id === undefined) return undefined;
  const note =
    identities === undefined || entry.note === undefined ? undefined : await openNote(entry.note, identities);
  return { id, entry, note };
}

/**
 * The object that a word names: the one with this id or entry, or, with an identity, the one of this name.
 *
 * @throws OperatorError ERR_STORAGE_MISSING where there is none, ERR_FLOR_USAGE where several have the name: anybody seals for public keys, so a holder may
 *   have made one of them up
 */
export async function findObject(
  { name: collection, client }: OpenCollection,
  word: string,
  { identity }: StoreOptions,
  signal: AbortSignal,
): Promise<HeldEntry> {
  const isId = isObjectId(word);
  const name = isId ? nameOf(word) : word;
  const isEntry = isId || (word.includes("/") && isObjectName(word));
  const direct = isEntry ? await client.find(name, signal) : undefined;
  if (direct !== undefined) return direct;
  const identities = identity === undefined ? undefined : await readIdentities(identity);
  if (identities !== undefined) {
    const named: StoredObject[] = [];
    for await (const entry of client.list(OBJECTS_PREFIX, signal)) {
      const object = await objectOf(entry, identities);
      if (object?.note?.name === word) named.push(object);
    }
    if (named.length > 1) throw severalError(collection, word, named);
    if (named.length === 1) return named[0]!.entry;
  }
  const hint = identity === undefined && !isEntry ? ": names are found with --identity alone" : "";
  throw blobError({ code: "ERR_STORAGE_MISSING", message: `${collection} has no object "${word}"${hint}` });
}

function severalError(collection: string, word: string, objects: readonly StoredObject[]): OperatorError {
  const ids = objects.slice(0, FOUND_TOLD_MAX).map(({ id }) => id);
  const more = objects.length > ids.length ? ` and ${objects.length - ids.length} more` : "";
  const message = `${objects.length} objects of ${collection} have the name "${word}": ${ids.join(", ")}${more}`;
  return new OperatorError("ERR_FLOR_USAGE", message, {
    advice:
      "Give the id of the one that you want. Names, times and writers are what holders say: a holder may invent objects.",
  });
}

/** Tells of holders that gave wrong octets meanwhile. */
export function tellWrong({ client }: OpenCollection, output: Output): void {
  for (const { node, wrong } of client.status())
    if (wrong > 0)
      output.err(`warning: ${node} gave other octets of ${wrong} shards than their names say; others gave them right`);
}
