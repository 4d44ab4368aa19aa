import { EXIT_CODES, OperatorError } from "@florenetes/operator-text";
import { FLOR_ERRORS } from "../error-codes.ts";
import { blobError, withOperatorErrors } from "./store-error.ts";
import { openCollection, type StoreOptions, type StoreWorld } from "./store-world.ts";
import { findObjects } from "./stored-objects.ts";

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
    const found = await findObjects(place, word, options, signal);
    if (found.length > 1) {
      const message = `${found.length} objects of ${collection} have this name: give the id of the one`;
      throw new OperatorError("ERR_FLOR_USAGE", message, { advice: FLOR_ERRORS.ERR_FLOR_USAGE.advice });
    }
    const { name } = found[0]!;
    if (!(await place.client.remove(name, signal)))
      throw blobError({ code: "ERR_STORAGE_MISSING", message: `${name} has gone meanwhile` });
    world.output.out(`removed ${name}`);
  });
  return EXIT_CODES.ok;
}
