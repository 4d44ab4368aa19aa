import { type HeldEntry, sizeOf } from "@florenetes/blobs";
import { idOf } from "@florenetes/blobs/sealing";
import { EXIT_CODES, visibleJson } from "@florenetes/operator-text";
import { formatBytes, formatTable } from "@florenetes/process-kit";
import { readIdentities } from "./identity-file.ts";
import { withOperatorErrors } from "./store-error.ts";
import { openCollection, type StoreOptions, type StoreWorld } from "./store-world.ts";
import { objectsOf, type StoredObject } from "./stored-objects.ts";

/** Lists the objects of a collection: with an identity by their names, else by what holders know of them. */
export async function listObjects(collection: string, options: StoreOptions, world: StoreWorld): Promise<number> {
  const identities = options.identity === undefined ? undefined : await readIdentities(options.identity);
  await using place = await openCollection(world, collection, options);
  const { signal } = new AbortController();
  const entries = await withOperatorErrors(() => place.client.list("", signal));
  const objects = await objectsOf(entries, identities);
  const others = othersOf(entries);
  if (options.json === true)
    world.output.out(visibleJson(JSON.stringify({ objects: objects.map(jsonOf), others }, undefined, 2)));
  else for (const line of linesOf(collection, objects, others)) world.output.out(line);
  return EXIT_CODES.ok;
}

function* linesOf(collection: string, objects: readonly StoredObject[], others: readonly Others[]): Generator<string> {
  if (objects.length === 0) yield `${collection} has no object of flor store put`;
  else {
    const rows = objects
      .toSorted((a, b) => a.entry.written - b.entry.written)
      .map(({ id, entry, note }) => [
        note?.name ?? "?",
        formatBytes(note?.size ?? sizeOf(entry)),
        timeOf(entry),
        entry.by,
        id,
      ]);
    yield formatTable(`objects of ${collection}`, ["NAME", "SIZE", "WRITTEN", "BY", "ID"], rows);
  }
  for (const { prefix, count, octets } of others) yield `${prefix}: ${count} objects of others, ${formatBytes(octets)}`;
}

/** Objects that other programs have put, by the first part of their names. */
interface Others {
  readonly prefix: string;
  readonly count: number;
  readonly octets: number;
}

function othersOf(entries: readonly HeldEntry[]): readonly Others[] {
  const sums = new Map<string, Others>();
  for (const entry of entries) {
    if (idOf(entry.name) !== undefined) continue;
    const prefix = entry.name.split("/", 1)[0]!;
    const { count, octets } = sums.get(prefix) ?? { count: 0, octets: 0 };
    sums.set(prefix, { prefix, count: count + 1, octets: octets + sizeOf(entry) });
  }
  return [...sums.values()];
}

function jsonOf({ id, entry, note }: StoredObject): object {
  const sealed = sizeOf(entry);
  const told = note === undefined ? {} : { name: note.name, size: note.size, put: note.time };
  return { id, ...told, sealed, written: timeOf(entry), by: entry.by };
}

/** RFC 3339; a holder may tell any number. */
function timeOf({ written }: HeldEntry): string {
  const time = new Date(written);
  return Number.isNaN(time.getTime()) ? "?" : time.toISOString();
}
