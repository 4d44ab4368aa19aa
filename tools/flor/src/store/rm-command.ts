import { EXIT_CODES } from "@florenetes/operator-text";
import { blobError, withOperatorErrors } from "./store-error.ts";
import { openCollection, type StoreOptions, type StoreWorld } from "./store-world.ts";
import { findObject } from "./stored-objects.ts";

/** Removes one object. */
export async function removeObject(
  collection: string,
  word: string,
  options: StoreOptions,
  world: StoreWorld,
): Promise<number> {
  await using place = await openCollection(world, collection, options);
  const { signal } = new AbortController();
  await withOperatorErrors(async () => {
    const { name } = await findObject(place, word, options, signal);
    if (!(await place.client.remove(name, signal)))
      throw blobError({ code: "ERR_STORAGE_MISSING", message: `${name} has gone meanwhile` });
    world.output.out(`removed ${name}`);
  });
  return EXIT_CODES.ok;
}
