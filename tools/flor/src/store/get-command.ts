import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { lstat, open, rename, rm } from "node:fs/promises";
import { sizeOf } from "@florenetes/blobs";
import { EXIT_CODES, OperatorError } from "@florenetes/operator-text";
import { FLOR_ERRORS } from "../error-codes.ts";
import { opened } from "./age-file.ts";
import { readIdentities } from "./identity-file.ts";
import { Progress } from "./progress.ts";
import { storeError, withOperatorErrors } from "./store-error.ts";
import { openCollection, type StoreOptions, type StoreWorld } from "./store-world.ts";
import { findObject, tellWrong } from "./stored-objects.ts";

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
    else await writeFile(out, wanted);
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

/** A file has all, or is not there: octets of an object that is not whole have no place of their own. */
async function writeFile(file: string, octets: AsyncIterable<Uint8Array>): Promise<void> {
  await requirePlace(file);
  const part = `${file}.part-${randomBytes(4).toString("hex")}`;
  try {
    const handle = await open(part, "wx", 0o600);
    try {
      for await (const piece of octets) await handle.writeFile(piece);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined);
    throw writingError(error, file);
  }
}

/** A file takes the place of a file, and of nothing else: a device or a link, which is for others too, stays. */
async function requirePlace(file: string): Promise<void> {
  const stats = await lstat(file).catch(() => undefined);
  if (stats === undefined || stats.isFile()) return;
  const message = "it is there, and is no regular file: name another one, or leave --out away for standard output";
  throw storeError("ERR_FLOR_STORE_FILE", message, file);
}

/** The operator's error where the system does not take octets; any other error as it is. */
function writingError(error: unknown, file: string | undefined): unknown {
  if ((error as NodeJS.ErrnoException).syscall === undefined) return error;
  const message = `${file === undefined ? "standard output" : "it"} cannot be written: ${(error as Error).message}`;
  return storeError("ERR_FLOR_STORE_FILE", message, file, error);
}
