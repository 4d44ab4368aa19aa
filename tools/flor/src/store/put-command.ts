import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { idOf, newObjectName, NOTED_NAME_SIZE_MAX, sealed, sealNote } from "@florenetes/blobs/sealing";
import { EXIT_CODES, foreignText, formatFields, OperatorError } from "@florenetes/operator-text";
import { formatBytes } from "@florenetes/process-kit";
import { FLOR_ERRORS } from "../error-codes.ts";
import { Progress } from "./progress.ts";
import { storeError, withOperatorErrors } from "./store-error.ts";
import { openCollection, type StoreOptions, type StoreWorld } from "./store-world.ts";

const READ_SIZE = 1_048_576;
const TEXT_LENGTH_MAX = 300;

export interface PutCommandOptions extends StoreOptions {
  readonly name?: string;
}

/** Seals a file, or what comes at standard input (`-`), and puts it. */
export async function putObject(
  collection: string,
  file: string,
  options: PutCommandOptions,
  world: StoreWorld,
): Promise<number> {
  const name = noteName(file, options.name);
  await using opened = await openCollection(world, collection, options);
  const { terms, client } = opened;
  const source = file === "-" ? { octets: world.input, size: undefined } : await openFile(file);
  using progress = new Progress(world.progress, "put", source.size);
  const note = (): Promise<string> =>
    sealNote({ name, size: progress.octets, time: new Date().toISOString() }, terms.recipients);
  const octets = sealed(progress.through(source.octets), terms.recipients);
  const { signal } = new AbortController();
  const entry = await withOperatorErrors(() => client.put(newObjectName(), octets, { note, signal }));
  progress[Symbol.dispose]();
  const id = idOf(entry.name)!;
  const copies = Math.min(terms.copies, terms.holders.length);
  const { length } = entry.shards;
  if (options.json === true)
    world.output.out(JSON.stringify({ id, name, size: progress.octets, shards: length, copies }, undefined, 2));
  else
    world.output.out(
      formatFields([
        ["stored", `${foreignText(name, TEXT_LENGTH_MAX)}, ${formatBytes(progress.octets)}`],
        ["id", id],
        ["shards", `${length}, each at ${copies} of ${terms.holders.length} holders`],
      ]),
    );
  return EXIT_CODES.ok;
}

function noteName(file: string, named: string | undefined): string {
  const name = named ?? (file === "-" ? "" : basename(file));
  const size = Buffer.byteLength(name);
  if (size > 0 && size <= NOTED_NAME_SIZE_MAX) return name;
  const message =
    size === 0 ? "standard input has no name: --name" : `a name has at most ${NOTED_NAME_SIZE_MAX} octets`;
  throw new OperatorError("ERR_FLOR_USAGE", message, { advice: FLOR_ERRORS.ERR_FLOR_USAGE.advice });
}

async function openFile(file: string): Promise<{ octets: AsyncIterable<Uint8Array>; size: number }> {
  try {
    const { size } = await stat(file);
    return { octets: readFile(file), size };
  } catch (error) {
    throw unreadable(file, error);
  }
}

async function* readFile(file: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(file, { highWaterMark: READ_SIZE }) as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw unreadable(file, error);
  }
}

function unreadable(file: string, error: unknown): OperatorError {
  return storeError("ERR_FLOR_STORE_FILE", `it cannot be read: ${(error as Error).message}`, file, error);
}
