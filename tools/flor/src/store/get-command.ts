import { once } from "node:events";
import { sizeOf } from "@florenetes/blobs";
import { opened } from "@florenetes/blobs/sealing";
import { EXIT_CODES, OperatorError } from "@florenetes/operator-text";
import { FLOR_ERRORS } from "../error-codes.ts";
import { readIdentities } from "./identity-file.ts";
import { Progress } from "./progress.ts";
import { withOperatorErrors } from "./store-error.ts";
import { openCollection, type StoreOptions, type StoreWorld } from "./store-world.ts";
import { findObject, tellWrong } from "./stored-objects.ts";
import { writeWhole, writingError } from "./whole-file.ts";

export interface GetCommandOptions extends StoreOptions {
  readonly out?: string;
  readonly sealed?: true;
}

/** Gets an object, opened with an identity or (`--sealed`) as it is. */
export async function getObject(
  collection: string,
  word: string,
  options: GetCommandOptions,
  world: StoreWorld,
): Promise<number> {
  const { identity, sealed, out } = options;
  if (identity === undefined && sealed !== true) {
    const message = "an object is opened with --identity, or left as it is with --sealed";
    throw new OperatorError("ERR_FLOR_USAGE", message, { advice: FLOR_ERRORS.ERR_FLOR_USAGE.advice });
  }
  const identities = identity === undefined ? [] : await readIdentities(identity);
  await using place = await openCollection(world, collection, options);
  const { signal } = new AbortController();
  await withOperatorErrors(async () => {
    const entry = await findObject(place, word, options, signal);
    using progress = new Progress(world.progress, "get", sizeOf(entry));
    const octets = progress.through(place.client.read(entry, { signal }));
    const wanted = sealed === true ? octets : opened(octets, identities);
    if (out === undefined) await writeTo(world.stdout, wanted);
    else await writeWhole(out, wanted);
  });
  tellWrong(place, world.output);
  return EXIT_CODES.ok;
}

async function writeTo(stdout: NodeJS.WritableStream, octets: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const piece of octets) if (!stdout.write(piece)) await once(stdout, "drain");
  } catch (error) {
    throw writingError(error, undefined);
  }
}
