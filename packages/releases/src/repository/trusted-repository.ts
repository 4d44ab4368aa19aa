/** The files of a repository that a reader trusts: tuf-js judges each file, in the order of the specification's section 5. */
import { LengthOrHashMismatchError, UnsignedMetadataError } from "@tufjs/models/dist/error.js";
import { BadVersionError, EqualVersionError, ExpiredMetadataError } from "tuf-js/dist/error.js";
// The workflow's own reader (`Updater`) writes its files in place, forgets what was trusted where one is damaged, and takes no clock.
import { TrustedMetadataStore } from "tuf-js/dist/store.js";
import type { OperatorError } from "@florenetes/operator-text";
import { checkForm, type Role, SIZES_MAX } from "./metadata-form.ts";
import { repositoryError } from "./repository-errors.ts";
import { type TargetFile, targetPathOf } from "./repository-source.ts";

/** Versions of all files of a repository, and whose keys sign the two that change each day. */
export interface Versions {
  readonly root: number;
  readonly timestamp: number;
  readonly snapshot: number;
  readonly targets: number;
  /** Key ids and thresholds of the roles `timestamp` and `snapshot`. */
  readonly online: string;
}

/** A file that is to be read, with the most octets that it may have. */
export interface NamedFile {
  readonly path: string;
  readonly sizeMax: number;
}

export class TrustedRepository {
  readonly #store: TrustedMetadataStore;
  readonly #firstRoot: number;

  /**
   * @param now In milliseconds since 1970: what ends before is out of date
   * @throws OperatorError ERR_RELEASE_… when the first root is none
   */
  constructor(firstRoot: Uint8Array, now: number) {
    const path = "the first root";
    checkForm("root", firstRoot, path);
    this.#store = judged("root", path, () => new TrustedMetadataStore(Buffer.from(firstRoot)));
    // The library takes the time at which it is made; a test of clocks holds this line to it.
    Reflect.set(this.#store, "referenceTime", new Date(now));
    this.#firstRoot = this.rootVersion;
  }

  get firstRootVersion(): number {
    return this.#firstRoot;
  }

  get rootVersion(): number {
    return this.#store.root.signed.version;
  }

  /** Key ids and thresholds of the roles whose keys are online: when they change, what these keys have signed before does not bind any more. */
  get online(): string {
    const { timestamp, snapshot } = this.#store.root.signed.roles;
    return [timestamp, snapshot].map((role) => `${role!.threshold} of ${role!.keyIDs.toSorted().join(" ")}`).join(", ");
  }

  get nextRoot(): NamedFile {
    return named("root", this.rootVersion + 1);
  }

  addRoot(octets: Uint8Array): void {
    const { path } = this.nextRoot;
    checkForm("root", octets, path);
    judged("root", path, () => this.#store.updateRoot(Buffer.from(octets)));
  }

  /** Takes a timestamp. False: its version is the one that is there, which stays. */
  addTimestamp(octets: Uint8Array): boolean {
    checkForm("timestamp", octets, TIMESTAMP.path);
    return judged("timestamp", TIMESTAMP.path, () => {
      try {
        this.#store.updateTimestamp(Buffer.from(octets));
        return true;
      } catch (error) {
        if (error instanceof EqualVersionError) return false;
        throw error;
      }
    });
  }

  /** Whether there is a timestamp, though it may have ended. */
  get hasTimestamp(): boolean {
    return this.#store.timestamp !== undefined;
  }

  /** The snapshot that the timestamp names. */
  get snapshot(): NamedFile {
    const { version, length } = this.#store.timestamp!.signed.snapshotMeta;
    return named("snapshot", version, length);
  }

  /** @param isOwn Whether the reader itself has kept the file: it was verified once, and binds later ones even where it is not the one of the timestamp */
  addSnapshot(octets: Uint8Array, isOwn: boolean): void {
    const { path } = this.snapshot;
    checkForm("snapshot", octets, path);
    const before = this.#store.snapshot;
    // A snapshot that is older than the one before is refused before it is taken, one that the timestamp does not name after.
    const versionCode = (): VersionCode =>
      this.#store.snapshot === before ? "ERR_RELEASE_ROLLED_BACK" : "ERR_RELEASE_MIXED";
    judged("snapshot", path, () => this.#store.updateSnapshot(Buffer.from(octets), isOwn), versionCode);
  }

  /** The targets that the snapshot names. */
  get targets(): NamedFile {
    const file = this.#store.snapshot!.signed.meta["targets.json"];
    if (file === undefined) throw repositoryError("ERR_RELEASE_FORM", `${this.snapshot.path} names no targets`);
    return named("targets", file.version, file.length);
  }

  addTargets(octets: Uint8Array): void {
    const { path } = this.targets;
    checkForm("targets", octets, path);
    const judge = (): void => this.#store.updateDelegatedTargets(Buffer.from(octets), "targets", "root");
    judged("targets", path, judge, () => "ERR_RELEASE_MIXED");
  }

  /** Versions of all files, once all are there. */
  get versions(): Versions {
    const { root, timestamp, snapshot, targets } = this.#store;
    return {
      root: root.signed.version,
      timestamp: timestamp!.signed.version,
      snapshot: snapshot!.signed.version,
      targets: targets!.signed.version,
      online: this.online,
    };
  }

  /** When the first of all files ends, in milliseconds since 1970. */
  get expires(): number {
    const { root, timestamp, snapshot, targets } = this.#store;
    return Math.min(...[root, timestamp!, snapshot!, targets!].map(({ signed }) => new Date(signed.expires).getTime()));
  }

  /** Says what the targets have of a name; undefined: nothing. */
  target(name: string): TargetFile | undefined {
    const { targets } = this.#store.targets!.signed;
    if (!Object.hasOwn(targets, name)) return undefined;
    const { length, hashes } = targets[name]!;
    const sha256 = hashes["sha256"]!;
    return { name, length, sha256, path: targetPathOf({ name, sha256 }) };
  }
}

export const TIMESTAMP: NamedFile = { path: "metadata/timestamp.json", sizeMax: SIZES_MAX.timestamp };

function named(role: Role, version: number, length: number = SIZES_MAX[role]): NamedFile {
  return { path: `metadata/${version}.${role}.json`, sizeMax: Math.min(length, SIZES_MAX[role]) };
}

type VersionCode = "ERR_RELEASE_ROLLED_BACK" | "ERR_RELEASE_MIXED";

/** Has tuf-js judge a file; what it throws becomes an error of ours. */
function judged<Result>(
  role: Role,
  path: string,
  judge: () => Result,
  versionCode: () => VersionCode = () => "ERR_RELEASE_ROLLED_BACK",
): Result {
  try {
    return judge();
  } catch (error) {
    throw errorOf(error, role, path, versionCode);
  }
}

function errorOf(error: unknown, role: Role, path: string, versionCode: () => VersionCode): OperatorError {
  const { message } = error as Error;
  if (error instanceof ExpiredMetadataError)
    return repositoryError("ERR_RELEASE_EXPIRED", `${path}: ${message}`, error);
  if (error instanceof UnsignedMetadataError)
    return repositoryError("ERR_RELEASE_SIGNATURES", `${path}: ${message}`, error);
  if (error instanceof LengthOrHashMismatchError)
    return repositoryError("ERR_RELEASE_MIXED", `${path}: ${message}`, error);
  if (error instanceof BadVersionError) return repositoryError(versionCode(), `${path}: ${message}`, error);
  return repositoryError("ERR_RELEASE_FORM", `${path} is no ${role} of this repository: ${message}`, error);
}
