/** A repository of packages, as `flor release` publishes it, with keys of a test's own. */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TargetFile } from "@florenetes/releases";
import {
  attachSignature,
  makeRoot,
  makeSnapshot,
  makeTargets,
  makeTimestamp,
  signedOctetsOf,
  writeMetadata,
} from "@florenetes/releases/authoring";

interface Signer {
  readonly key: string;
  readonly privateKey: KeyObject;
}

export interface UpdateRepository {
  readonly folder: string;
  readonly firstRoot: string;
  readonly targets: readonly TargetFile[];
}

/** Writes a repository of packages of random octets. */
export function writeUpdateRepository(folder: string, sizes: readonly number[]): UpdateRepository {
  for (const below of ["metadata", "targets"]) mkdirSync(join(folder, below), { recursive: true });
  const write = (path: string, octets: Uint8Array): void => writeFileSync(join(folder, path), octets);
  const operators = [makeSigner(), makeSigner()];
  const online = makeSigner();
  const term = { version: 1, expires: Date.now() + 86_400_000 };
  const root = makeRoot(term, { operators: operators.map(({ key }) => key), threshold: 2, online: online.key });
  write("metadata/1.root.json", signed(root, operators));
  const targets = sizes.map((size, at) => {
    const octets = randomBytes(size);
    const sha256 = createHash("sha256").update(octets).digest("hex");
    const name = `florenetes-node_0.1.${at}_amd64.deb`;
    const path = `targets/${sha256}.${name}`;
    write(path, octets);
    return { name, length: size, sha256, path };
  });
  const targetsOctets = signed(makeTargets(term, targets), operators);
  write("metadata/1.targets.json", targetsOctets);
  const snapshot = signed(makeSnapshot(term, { version: 1, octets: targetsOctets }), [online]);
  write("metadata/1.snapshot.json", snapshot);
  write("metadata/timestamp.json", signed(makeTimestamp(term, { version: 1, octets: snapshot }), [online]));
  return { folder, firstRoot: join(folder, "metadata/1.root.json"), targets };
}

function makeSigner(): Signer {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  return { key: Buffer.from(publicKey.export({ format: "jwk" }).x!, "base64url").toString("hex"), privateKey };
}

function signed(metadata: Parameters<typeof signedOctetsOf>[0], signers: readonly Signer[]): Buffer {
  for (const { key, privateKey } of signers)
    attachSignature(metadata, key, sign(null, signedOctetsOf(metadata), privateKey));
  return writeMetadata(metadata);
}
