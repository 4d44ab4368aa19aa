import { type HeldEntry, sizeOf } from "@florenetes/blobs";
import { EXIT_CODES, visibleJson } from "@florenetes/operator-text";
import { formatBytes, formatTable } from "@florenetes/process-kit";
import { readIdentities } from "./identity-file.ts";
import { withOperatorErrors } from "./store-error.ts";
import { openCollection, type StoreOptions, type StoreWorld } from "./store-world.ts";
import { objectOf, type StoredObject } from "./stored-objects.ts";

/** Lists the objects of a collection: with an identity by their names, else by what holders know of them. */
export async function listObjects(collection: string, options: StoreOptions, world: StoreWorld): Promise<number> {
  const identities = options.identity === undefined ? undefined : await readIdentities(options.identity);
  await using place = await openCollection(world, collection, options);
  const { signal } = new AbortController();
  const objects: ListedObject[] = [];
  const sums = new Map<string, Others>();
  await withOperatorErrors(async () => {
    for await (const entry of place.client.list("", signal)) {
      const object = await objectOf(entry, identities);
      if (object === undefined) addOther(sums, entry);
      else objects.push(listed(object));
    }
  });
  const others = [...sums.values()];
  if (options.json === true)
    world.output.out(visibleJson(JSON.stringify({ objects: objects.map(jsonOf), others }, undefined, 2)));
  else for (const line of linesOf(collection, objects, others)) world.output.out(line);
  return EXIT_CODES.ok;
}

function* linesOf(collection: string, objects: readonly ListedObject[], others: readonly Others[]): Generator<string> {
  if (objects.length === 0) yield `${collection} has no object of flor store put`;
  else {
    const rows = objects
      .toSorted((a, b) => a.written - b.written)
      .map(({ id, written, by, sealed, note }) => [
        note?.name ?? "?",
        formatBytes(note?.size ?? sealed),
        timeOf(written),
        by,
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

function addOther(sums: Map<string, Others>, entry: HeldEntry): void {
  const prefix = entry.name.split("/", 1)[0]!;
  const { count, octets } = sums.get(prefix) ?? { count: 0, octets: 0 };
  sums.set(prefix, { prefix, count: count + 1, octets: octets + sizeOf(entry) });
}

/** An object without its shards, of which one may have thousands. */
interface ListedObject extends Pick<StoredObject, "id" | "note">, Pick<HeldEntry, "written" | "by"> {
  /** Octets as they are kept. */
  readonly sealed: number;
}

function listed({ id, entry, note }: StoredObject): ListedObject {
  return { id, note, written: entry.written, by: entry.by, sealed: sizeOf(entry) };
}

function jsonOf({ id, written, by, sealed, note }: ListedObject): object {
  const told = note === undefined ? {} : { name: note.name, size: note.size, put: note.time };
  return { id, ...told, sealed, written: timeOf(written), by };
}

/** RFC 3339; a holder may tell any number. */
function timeOf(written: number): string {
  const time = new Date(written);
  return Number.isNaN(time.getTime()) ? "?" : time.toISOString();
}
