/** Manifests: an object that lists all others of a collection, sealed as they are, and named by the SHA-256 of its sealed octets. */
import { createHash } from "node:crypto";
import { contentHash, type HeldEntry, sizeOf } from "@florenetes/blobs";
import type { StoreClient } from "@florenetes/blobs/client";
import { opened } from "@florenetes/blobs/sealing";
import { z } from "zod";
import { MANIFEST_SIZE_MAX } from "./limits.ts";
import { blobError, storeError } from "./store-error.ts";

const PREFIX = "manifests/";

/** An object in a manifest. */
export interface ManifestLine {
  readonly name: string;
  /** Octets, sealed. */
  readonly size: number;
  /** `contentHash` of its shards. */
  readonly content: string;
}

const lineForm: z.ZodType<ManifestLine> = z.object({
  name: z.string().max(255),
  size: z.int().min(0),
  content: z.string().length(64),
});

/** The name of the manifest whose sealed octets have this hash. */
export function manifestName(hash: string): string {
  return PREFIX + hash;
}

/** A line for each object, but for manifests. */
export async function manifestLines(entries: AsyncIterable<HeldEntry>): Promise<readonly ManifestLine[]> {
  const lines: ManifestLine[] = [];
  for await (const entry of entries) if (!entry.name.startsWith(PREFIX)) lines.push(lineOf(entry));
  return lines;
}

/** Reads the manifest that a record names, and opens it. @throws OperatorError ERR_STORAGE_MISSING, ERR_FLOR_STORE_MANIFEST, ERR_STORAGE_SEALED */
export async function readManifest(
  client: StoreClient,
  hash: string,
  identities: readonly string[],
  signal: AbortSignal,
): Promise<readonly ManifestLine[]> {
  const entry = await client.find(manifestName(hash), signal);
  if (entry === undefined)
    throw blobError({ code: "ERR_STORAGE_MISSING", message: `the record's manifest ${hash} is not there` });
  if (sizeOf(entry) > MANIFEST_SIZE_MAX) throw falseManifest(hash);
  const digest = createHash("sha256");
  const octets: Uint8Array[] = [];
  for await (const part of client.read(entry, { signal })) {
    digest.update(part);
    octets.push(part);
  }
  // Whoever may write could have given the name to something else: the record's hash alone says what is right.
  if (digest.digest("hex") !== hash) throw falseManifest(hash);
  const parts: Uint8Array[] = [];
  for await (const part of opened(piecesOf(octets), identities)) parts.push(part);
  return Buffer.concat(parts)
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => readLine(line, hash));
}

/** Objects of a manifest that are not there as it says. */
export function missingOf(lines: readonly ManifestLine[], entries: readonly HeldEntry[]): readonly string[] {
  const there = new Map(entries.map((entry) => [entry.name, lineOf(entry).content]));
  return lines.filter(({ name, content }) => there.get(name) !== content).map(({ name }) => name);
}

function lineOf({ name, shards }: HeldEntry): ManifestLine {
  return { name, size: sizeOf({ shards }), content: contentHash({ isGone: false, shards }) };
}

function readLine(line: string, hash: string): ManifestLine {
  try {
    return lineForm.parse(JSON.parse(line));
  } catch {
    throw falseManifest(hash);
  }
}

async function* piecesOf(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

function falseManifest(hash: string): Error {
  return storeError(
    "ERR_FLOR_STORE_MANIFEST",
    `the object of the name ${manifestName(hash)} is not the record's manifest`,
  );
}
