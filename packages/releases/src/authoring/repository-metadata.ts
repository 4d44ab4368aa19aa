/** Metadata of a repository as its authors make it: a root and targets that people sign, snapshot and timestamp that an online key signs. */
import { createHash } from "node:crypto";
import {
  Key,
  MetadataKind,
  Metadata,
  MetaFile,
  Root,
  Signature,
  Snapshot,
  TargetFile as Target,
  Targets,
  Timestamp,
} from "@tufjs/models";
import { checkForm, tufKeyIdOf } from "../repository/metadata-form.ts";
import { repositoryError } from "../repository/repository-errors.ts";
import type { TargetFile } from "../repository/repository-source.ts";

export type RootMetadata = Metadata<Root>;
export type TargetsMetadata = Metadata<Targets>;
type AnyMetadata = RootMetadata | TargetsMetadata | Metadata<Snapshot> | Metadata<Timestamp>;

/** The version of a file, and when it ends: in milliseconds since 1970. */
export interface Term {
  readonly version: number;
  readonly expires: number;
}

export interface RootKeys {
  /** Raw public keys in lower-case hex, which sign root and targets. */
  readonly operators: readonly string[];
  readonly threshold: number;
  /** Signs snapshot and timestamp. */
  readonly online: string;
}

/** A root without signatures. */
export function makeRoot({ version, expires }: Term, { operators, threshold, online }: RootKeys): RootMetadata {
  const byPeople = { keyids: operators.map(tufKeyIdOf), threshold };
  const byProgram = { keyids: [tufKeyIdOf(online)], threshold: 1 };
  const signed = Root.fromJSON({
    spec_version: SPECIFICATION,
    version,
    expires: formatTime(expires),
    consistent_snapshot: true,
    keys: Object.fromEntries([...operators, online].map((key) => [tufKeyIdOf(key), keyOf(key).toJSON()])),
    roles: { root: byPeople, targets: byPeople, snapshot: byProgram, timestamp: byProgram },
  });
  return new Metadata(signed);
}

/** Targets without signatures. */
export function makeTargets(
  { version, expires }: Term,
  targets: Iterable<Pick<TargetFile, "name" | "length" | "sha256">>,
): TargetsMetadata {
  const made = [...targets].map(({ name, length, sha256 }) => {
    return [name, new Target({ path: name, length, hashes: { sha256 } })] as const;
  });
  return new Metadata(
    new Targets({
      version,
      specVersion: SPECIFICATION,
      expires: formatTime(expires),
      targets: Object.fromEntries(made),
    }),
  );
}

/** A file as another one names it. */
export interface WrittenFile {
  readonly version: number;
  readonly octets: Uint8Array;
}

export function makeSnapshot({ version, expires }: Term, targets: WrittenFile): Metadata<Snapshot> {
  const meta = { "targets.json": metaFileOf(targets) };
  return new Metadata(new Snapshot({ version, specVersion: SPECIFICATION, expires: formatTime(expires), meta }));
}

export function makeTimestamp({ version, expires }: Term, snapshot: WrittenFile): Metadata<Timestamp> {
  const snapshotMeta = metaFileOf(snapshot);
  return new Metadata(
    new Timestamp({ version, specVersion: SPECIFICATION, expires: formatTime(expires), snapshotMeta }),
  );
}

/** The octets that signers of a file sign: its canonical JSON, which begins with `{`. */
export function signedOctetsOf(metadata: AnyMetadata): Buffer {
  let octets: Buffer = Buffer.of();
  new Metadata(metadata.signed).sign((signed) => {
    octets = signed;
    return new Signature({ keyID: "", sig: "" });
  });
  return octets;
}

/**
 * Adds a signature that was made with a key, whose public half is given in hex.
 *
 * @throws OperatorError ERR_RELEASE_SIGNATURES when it is not this key's on this file
 */
export function attachSignature(metadata: AnyMetadata, key: string, signature: Uint8Array): void {
  const keyID = tufKeyIdOf(key);
  const attached = new Signature({ keyID, sig: Buffer.from(signature).toString("hex") });
  if (!isSignedBy({ signed: metadata.signed, signatures: { [keyID]: attached } }, key))
    throw repositoryError("ERR_RELEASE_SIGNATURES", "the signature is not this key's on this file");
  metadata.signatures[keyID] = attached;
}

/** The signers of a file among those whom a root names for its role, as raw public keys, and how many it takes. */
export function signersOf(
  metadata: RootMetadata | TargetsMetadata,
  { signed: root }: RootMetadata,
): { readonly signers: readonly string[]; readonly listed: readonly string[]; readonly threshold: number } {
  const { keyIDs, threshold } = root.roles[metadata.signed.type]!;
  const listed = keyIDs.map((id) => root.keys[id]!.keyVal["public"]!);
  return { signers: listed.filter((key) => isSignedBy(metadata, key)), listed, threshold };
}

export function writeMetadata(metadata: AnyMetadata): Buffer<ArrayBuffer> {
  return Buffer.from(`${JSON.stringify(metadata.toJSON(), undefined, 1)}\n`);
}

/** @throws OperatorError ERR_RELEASE_FORM, ERR_RELEASE_TOO_LONG, ERR_RELEASE_KEY_TWICE */
export function readRoot(octets: Uint8Array, file: string): RootMetadata {
  checkForm("root", octets, file);
  return Metadata.fromJSON(MetadataKind.Root, parse(octets));
}

/** @throws as `readRoot` */
export function readTargets(octets: Uint8Array, file: string): TargetsMetadata {
  checkForm("targets", octets, file);
  return Metadata.fromJSON(MetadataKind.Targets, parse(octets));
}

/** Version and end of any file of a repository. @throws as `readRoot` */
export function readTerm(role: "timestamp" | "snapshot", octets: Uint8Array, file: string): Term {
  checkForm(role, octets, file);
  const { version, expires } = (parse(octets) as { signed: { version: number; expires: string } }).signed;
  return { version, expires: new Date(expires).getTime() };
}

const SPECIFICATION = "1.0.31";

function keyOf(key: string): Key {
  return new Key({ keyID: tufKeyIdOf(key), keyType: "ed25519", scheme: "ed25519", keyVal: { public: key } });
}

function isSignedBy(metadata: Pick<AnyMetadata, "signed" | "signatures">, key: string): boolean {
  try {
    keyOf(key).verifySignature(metadata);
    return true;
  } catch {
    return false;
  }
}

function metaFileOf({ version, octets }: WrittenFile): MetaFile {
  const sha256 = createHash("sha256").update(octets).digest("hex");
  return new MetaFile({ version, length: octets.length, hashes: { sha256 } });
}

/** Without parts of a second, which other readers refuse. */
function formatTime(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}

function parse(octets: Uint8Array): Parameters<typeof Metadata.fromJSON>[1] {
  return JSON.parse(Buffer.from(octets).toString("utf8")) as Parameters<typeof Metadata.fromJSON>[1];
}
