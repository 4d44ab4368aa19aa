/** Repositories of tests: with keys of theirs, and sources that lie as a test has them. */
import { createHash } from "node:crypto";
import type { OperatorError } from "@florenetes/operator-text";
import type { ReadOptions, RepositorySource, TargetFile } from "../src/index.ts";
import { makeRoot, makeSnapshot, makeTargets, makeTimestamp } from "../src/authoring/index.ts";
import { makeKey, signed, type TestKey } from "../src/testing/signed-metadata.ts";

export const DAY_MS = 86_400_000;
export const NOW: number = Date.UTC(2027, 0, 1);
export const NODE_PACKAGE = "florenetes-node_0.1.0_amd64.deb";

export const sha256 = (octets: Uint8Array): string => createHash("sha256").update(octets).digest("hex");

/** The state of a repository; each publication makes the next version of what it names. */
export class MadeRepository {
  readonly files = new Map<string, Buffer>();
  operators: readonly TestKey[] = [makeKey(), makeKey(), makeKey()];
  online: TestKey = makeKey();
  /** Signs snapshots in the place of `online`. */
  snapshotKey: TestKey | undefined;
  threshold = 2;
  versions = { root: 0, targets: 0, snapshot: 0, timestamp: 0 };
  targets: readonly Omit<TargetFile, "path">[] = [];
  /** When what is made from now on ends. */
  expires: number = NOW + 7 * DAY_MS;

  constructor() {
    this.publishRoot(this.operators);
    this.publishTargets([[NODE_PACKAGE, Buffer.from("the first package")]]);
  }

  get firstRoot(): Buffer {
    return this.files.get("metadata/1.root.json")!;
  }

  get #signsSnapshots(): TestKey {
    return this.snapshotKey ?? this.online;
  }

  /** The next root, of the keys that the repository has now, signed by those that are given. */
  publishRoot(signers: readonly TestKey[]): void {
    const version = ++this.versions.root;
    const { operators, threshold, online } = this;
    const listed = { operators: operators.map(({ key }) => key), threshold, online: online.key };
    const term = { version, expires: NOW + 400 * DAY_MS };
    const root = makeRoot(term, listed);
    const { keys, roles } = makeRoot(term, { ...listed, online: this.#signsSnapshots.key }).signed;
    Object.assign(root.signed.keys, keys);
    Object.assign(root.signed.roles, { snapshot: roles["snapshot"] });
    this.files.set(`metadata/${version}.root.json`, signed(root, signers));
  }

  /** All targets anew, and what follows from them. */
  publishTargets(packages: readonly (readonly [string, Buffer])[]): void {
    this.targets = packages.map(([name, octets]) => ({ name, length: octets.length, sha256: sha256(octets) }));
    for (const [name, octets] of packages) this.files.set(`targets/${sha256(octets)}.${name}`, octets);
    const version = ++this.versions.targets;
    const made = makeTargets({ version, expires: NOW + 90 * DAY_MS }, this.targets);
    this.files.set(`metadata/${version}.targets.json`, signed(made, this.operators.slice(0, this.threshold)));
    this.publishSnapshot();
  }

  publishSnapshot(): void {
    const { targets } = this.versions;
    const version = ++this.versions.snapshot;
    const octets = this.files.get(`metadata/${targets}.targets.json`)!;
    const snapshot = makeSnapshot({ version, expires: this.expires }, { version: targets, octets });
    this.files.set(`metadata/${version}.snapshot.json`, signed(snapshot, [this.#signsSnapshots]));
    this.publishTimestamp();
  }

  publishTimestamp(): void {
    const { snapshot } = this.versions;
    const octets = this.files.get(`metadata/${snapshot}.snapshot.json`)!;
    const made = makeTimestamp(
      { version: ++this.versions.timestamp, expires: this.expires },
      { version: snapshot, octets },
    );
    this.files.set("metadata/timestamp.json", signed(made, [this.online]));
  }

  /** The files as they are now, whatever is published later. */
  source(changes: Readonly<Record<string, Buffer | undefined>> = {}): PlayedSource {
    const files = new Map<string, Buffer | undefined>([...this.files, ...Object.entries(changes)]);
    return new PlayedSource((path) => files.get(path));
  }
}

type Piece = Uint8Array | "stall";

/** A source whose files a test makes. */
export class PlayedSource implements RepositorySource {
  /** Paths that were asked for, with offsets. */
  readonly asked: string[] = [];
  readonly #file: (path: string) => Buffer | undefined;
  /** Pieces in the place of a file's octets. */
  pieces: (path: string, octets: Buffer) => Iterable<Piece> = (_, octets) => [octets];

  constructor(file: (path: string) => Buffer | undefined) {
    this.#file = file;
  }

  read(path: string, { offset }: ReadOptions): Promise<AsyncIterable<Uint8Array> | undefined> {
    this.asked.push(offset === 0 ? path : `${path} from ${offset}`);
    const octets = this.#file(path);
    return Promise.resolve(octets === undefined ? undefined : play(this.pieces(path, octets.subarray(offset))));
  }
}

async function* play(pieces: Iterable<Piece>): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) {
    if (piece === "stall") await new Promise<never>(() => undefined);
    else yield piece;
  }
}

/** The code with which something fails; undefined when it does not. */
export async function codeOf(action: Promise<unknown>): Promise<string | undefined> {
  try {
    await action;
    return undefined;
  } catch (error) {
    return (error as OperatorError).code ?? String(error);
  }
}
