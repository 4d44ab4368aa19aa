/**
 * The folder in which the authors of a repository work:
 *
 *     repository.json    whose repository it is, and the names of those who sign
 *     repository-key/    the online key, which signs snapshot and timestamp
 *     published/         what store-flor serves: metadata/ and targets/
 *     staged/            what waits for signatures: root.json, targets.json, CHANNEL.fact
 *     records/           the record of each channel that was published last: CHANNEL.fact
 */
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { openKeyFolder, type PublicKey } from "@florenetes/facts/authoring";
import { readTextFile, replaceFile } from "@florenetes/identity/authority";
import {
  readRoot,
  readTargets,
  readTerm,
  type RootMetadata,
  type TargetsMetadata,
  type Term,
  writeMetadata,
} from "@florenetes/releases/authoring";
import { z } from "zod";
import { readRecordFile, type RecordFile } from "../fabric/record-files.ts";
import { FILE_SIZE_MAX, VERSIONS_KEPT } from "./limits.ts";
import { releaseError } from "./release-error.ts";

const DESCRIPTION = "repository.json";
const RECORD_END = ".fact";

const descriptionForm = z.object({
  version: z.literal(1),
  cluster: z.string(),
  operators: z.array(z.object({ name: z.string(), key: z.string() })),
});

export interface Description {
  readonly cluster: string;
  readonly operators: readonly PublicKey[];
}

/** Snapshot or timestamp as it was published last. */
export interface OnlineFile extends Term {
  readonly octets: Buffer;
}

export class RepositoryFolder {
  readonly folder: string;
  readonly description: Description;

  private constructor(folder: string, description: Description) {
    this.folder = folder;
    this.description = description;
  }

  /** Throws ERR_FLOR_RELEASE_REPOSITORY. */
  static open(folder: string): RepositoryFolder {
    const file = join(folder, DESCRIPTION);
    if (!existsSync(file)) throw releaseError("ERR_FLOR_RELEASE_REPOSITORY", `it has no ${DESCRIPTION}`, folder);
    const description = descriptionForm.safeParse(parse(readTextFile(file, FILE_SIZE_MAX).text));
    if (description.success) return new RepositoryFolder(folder, description.data);
    throw releaseError("ERR_FLOR_RELEASE_REPOSITORY", `${DESCRIPTION} describes no repository`, file);
  }

  /** Makes the folders of a new repository, in one that has its online key already. */
  static create(folder: string, description: Description): RepositoryFolder {
    for (const name of ["published/metadata", "published/targets", "staged", "records"])
      mkdirSync(join(folder, name), { recursive: true });
    const repository = new RepositoryFolder(folder, description);
    repository.describe(description);
    return repository;
  }

  describe(description: Description): void {
    const text = `${JSON.stringify({ version: 1, ...description }, undefined, 2)}\n`;
    replaceFile(join(this.folder, DESCRIPTION), text, 0o644);
  }

  get published(): string {
    return join(this.folder, "published");
  }

  /** The online key, as a folder of it. */
  get keyFolder(): string {
    return join(this.folder, "repository-key");
  }

  /** Signs with the online key. */
  signOnline(octets: Uint8Array): { readonly key: string; readonly signature: Uint8Array } {
    const opened = openKeyFolder(this.keyFolder);
    return { key: opened.publicKey.key, signature: opened.signDocument(octets) };
  }

  /** The name of a signer, by the raw public key. */
  nameOf(key: string): string {
    return this.description.operators.find((operator) => operator.key === key)?.name ?? `key ${key.slice(0, 16)}`;
  }

  stagedRoot(): RootMetadata | undefined {
    return this.#read("staged/root.json", readRoot);
  }

  stagedTargets(): TargetsMetadata | undefined {
    return this.#read("staged/targets.json", readTargets);
  }

  /** The record of a channel that waits for signatures. */
  stagedRecord(channel: string): RecordFile | undefined {
    return this.#readRecord("staged", channel);
  }

  /** The record of a channel that was published last. */
  publishedRecord(channel: string): RecordFile | undefined {
    return this.#readRecord("records", channel);
  }

  stagedRecords(): readonly RecordFile[] {
    return this.#channels("staged").map((channel) => this.stagedRecord(channel)!);
  }

  publishedRecords(): readonly RecordFile[] {
    return this.#channels("records").map((channel) => this.publishedRecord(channel)!);
  }

  /** The root that readers come to; undefined: none was published. */
  publishedRoot(): RootMetadata | undefined {
    const version = this.#newest("root");
    return version === undefined ? undefined : this.#read(`published/metadata/${version}.root.json`, readRoot);
  }

  /** The targets that readers come to. */
  publishedTargets(): TargetsMetadata | undefined {
    const snapshot = this.publishedSnapshot();
    if (snapshot === undefined) return undefined;
    const { signed } = parse(snapshot.octets.toString("utf8")) as SnapshotJson;
    return this.#read(`published/metadata/${signed.meta["targets.json"].version}.targets.json`, readTargets);
  }

  publishedSnapshot(): OnlineFile | undefined {
    const timestamp = this.publishedTimestamp();
    if (timestamp === undefined) return undefined;
    const { signed } = parse(timestamp.octets.toString("utf8")) as TimestampJson;
    return this.#readOnline("snapshot", `published/metadata/${signed.meta["snapshot.json"].version}.snapshot.json`);
  }

  publishedTimestamp(): OnlineFile | undefined {
    return this.#readOnline("timestamp", "published/metadata/timestamp.json");
  }

  /** Octets of the root with a version, as they were published. */
  publishedRootOctets(version: number): Buffer | undefined {
    return this.#octets(`published/metadata/${version}.root.json`);
  }

  stage(name: "root" | "targets", metadata: RootMetadata | TargetsMetadata): void {
    this.#write(`staged/${name}.json`, writeMetadata(metadata).toString("utf8"));
  }

  stageRecord(channel: string, text: string): void {
    this.#write(`staged/${channel}${RECORD_END}`, text);
  }

  /** Notes that the staged record of a channel was published. */
  noteRecord(channel: string, text: string): void {
    this.#write(`records/${channel}${RECORD_END}`, text);
    this.unstage(`${channel}${RECORD_END}`);
  }

  unstage(name: string): void {
    rmSync(join(this.folder, "staged", name), { force: true });
  }

  publish(path: string, octets: Uint8Array): void {
    this.#write(`published/${path}`, Buffer.from(octets).toString("utf8"));
  }

  /** Takes away snapshots and targets that readers have left long ago. */
  removeOld(): void {
    for (const role of ["snapshot", "targets"] as const) {
      const newest = this.#newest(role) ?? 0;
      for (const version of this.#versions(role))
        if (version <= newest - VERSIONS_KEPT)
          rmSync(join(this.published, "metadata", `${version}.${role}.json`), { force: true });
    }
  }

  #versions(role: string): readonly number[] {
    return readdirSync(join(this.published, "metadata")).flatMap((name) => {
      const [, version] = new RegExp(`^([1-9]\\d*)\\.${role}\\.json$`).exec(name) ?? [];
      return version === undefined ? [] : [Number(version)];
    });
  }

  #newest(role: string): number | undefined {
    const versions = this.#versions(role);
    return versions.length === 0 ? undefined : Math.max(...versions);
  }

  #channels(folder: string): readonly string[] {
    const names = readdirSync(join(this.folder, folder)).filter((name) => name.endsWith(RECORD_END));
    return names.map((name) => name.slice(0, -RECORD_END.length)).toSorted();
  }

  #readRecord(folder: string, channel: string): RecordFile | undefined {
    const file = join(this.folder, folder, `${channel}${RECORD_END}`);
    return existsSync(file) ? readRecordFile(file) : undefined;
  }

  #readOnline(role: "snapshot" | "timestamp", path: string): OnlineFile | undefined {
    const octets = this.#octets(path);
    return octets === undefined ? undefined : { ...readTerm(role, octets, path), octets };
  }

  #read<Metadata>(path: string, read: (octets: Buffer, file: string) => Metadata): Metadata | undefined {
    const octets = this.#octets(path);
    return octets === undefined ? undefined : read(octets, join(this.folder, path));
  }

  #octets(path: string): Buffer | undefined {
    const file = join(this.folder, path);
    return existsSync(file) ? Buffer.from(readTextFile(file, FILE_SIZE_MAX).text) : undefined;
  }

  #write(path: string, text: string): void {
    replaceFile(join(this.folder, path), text, 0o644);
  }
}

interface SnapshotJson {
  readonly signed: { readonly meta: { readonly "targets.json": { readonly version: number } } };
}

interface TimestampJson {
  readonly signed: { readonly meta: { readonly "snapshot.json": { readonly version: number } } };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
