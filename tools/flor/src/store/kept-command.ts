import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { type HeldEntry, isPieceName, PIECE_SIZE_MAX, sizeOf } from "@florenetes/blobs";
import { type ObjectNote, opened, OBJECTS_PREFIX } from "@florenetes/blobs/sealing";
import { EXIT_CODES, isOperatorError, OperatorError } from "@florenetes/operator-text";
import { FLOR_ERRORS } from "../error-codes.ts";
import { readIdentities } from "./identity-file.ts";
import { storeError, withOperatorErrors } from "./store-error.ts";
import { openCollection, type StoreOptions, type StoreWorld } from "./store-world.ts";
import { objectOf, type StoredObject, tellWrong } from "./stored-objects.ts";
import { writeWhole } from "./whole-file.ts";

export interface KeptCommandOptions extends StoreOptions {
  readonly out: string;
}

const KINDS: readonly string[] = ["log", "usage", "audit"];

/** Gets all pieces of a kind that the fabric has kept of itself, each into a file of its name. Files that are there already stay: whoever was interrupted goes on. */
export async function getKept(
  collection: string,
  kind: string,
  options: KeptCommandOptions,
  world: StoreWorld,
): Promise<number> {
  const { identity, out } = options;
  if (identity === undefined || !KINDS.includes(kind)) {
    const message =
      identity === undefined ? "pieces are opened with --identity" : `"${kind}" is none of ${KINDS.join(", ")}`;
    throw new OperatorError("ERR_FLOR_USAGE", message, { advice: FLOR_ERRORS.ERR_FLOR_USAGE.advice });
  }
  const identities = await readIdentities(identity);
  await using place = await openCollection(world, collection, options);
  const { signal } = new AbortController();
  await makeFolder(out);
  const counts = { got: 0, known: 0, failed: 0, sealed: 0 };
  const found: (StoredObject & { readonly note: ObjectNote })[] = [];
  await withOperatorErrors(async () => {
    for await (const entry of place.client.list(OBJECTS_PREFIX, signal)) {
      const object = await objectOf(entry, identities);
      if (object?.note === undefined) counts.sealed += object === undefined ? 0 : 1;
      else if (isPieceOf(kind, object.note, entry)) found.push({ id: object.id, entry, note: object.note });
    }
  });
  const names = new Set<string>();
  for (const { id, entry, note } of found) {
    // Anybody seals for public keys: two objects may have one name.
    const name = names.has(note.name) ? `${note.name}.${id.slice(0, ID_LENGTH)}` : note.name;
    names.add(name);
    const file = join(out, name);
    if (await isThere(file, note)) {
      counts.known++;
      continue;
    }
    try {
      await withOperatorErrors(() => writeWhole(file, opened(place.client.read(entry, { signal }), identities)));
      counts.got++;
    } catch (error) {
      if (!isLost(error)) throw error;
      counts.failed++;
      world.output.err(`${name} (${id}) cannot be had: ${error.message} (${error.code})`);
    }
  }
  const known = counts.known === 0 ? "" : `; ${counts.known} were there`;
  const failed = counts.failed === 0 ? "" : `; ${counts.failed} cannot be had`;
  // Recipients of a record change, and what was sealed before stays as it is: nobody is to take a part for all.
  const sealed =
    counts.sealed === 0 ? "" : `; ${counts.sealed} objects, pieces or not, are sealed for other identities`;
  world.output.out(`${counts.got} pieces of the ${kind} are in ${out}${known}${failed}${sealed}`);
  tellWrong(place, world.output);
  return counts.failed === 0 ? EXIT_CODES.ok : EXIT_CODES.failed;
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw storeError("ERR_FLOR_STORE_FILE", `the folder cannot be made: ${(cause as Error).message}`, folder, cause);
  }
}

/** No program makes larger ones. */
function isPieceOf(kind: string, { name }: ObjectNote, entry: HeldEntry): boolean {
  return isPieceName(name) && name.startsWith(`${kind}.`) && sizeOf(entry) <= SEALED_SIZE_MAX;
}

/** A file is written whole or not at all: one of this size was got before. */
async function isThere(file: string, { size }: ObjectNote): Promise<boolean> {
  const stats = await stat(file).catch(() => undefined);
  return stats?.isFile() === true && stats.size === size;
}

/** Whether one piece is lost, and others may be had all the same. */
function isLost(error: unknown): error is OperatorError {
  return isOperatorError(error) && LOST.has(error.code);
}

const LOST: ReadonlySet<string> = new Set(["ERR_STORAGE_DAMAGED", "ERR_STORAGE_MISSING", "ERR_STORAGE_SEALED"]);
/** Octets of a sealed piece: characters beyond ASCII have several. */
const SEALED_SIZE_MAX = 4 * PIECE_SIZE_MAX;
/** Characters of an object's id that tell its file from another one of this name. */
const ID_LENGTH = 8;
