/** A repository of packages, as `flor release` publishes it, with keys of a test's own. */
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TargetFile } from "@florenetes/releases";
import { makeRoot, makeSnapshot, makeTargets, makeTimestamp } from "@florenetes/releases/authoring";
import { makeKey, signed } from "@florenetes/releases/testing";

export interface UpdateRepository {
  readonly folder: string;
  readonly firstRoot: string;
  readonly targets: readonly TargetFile[];
}

/** Writes a repository of packages of random octets. */
export function writeUpdateRepository(folder: string, sizes: readonly number[]): UpdateRepository {
  for (const below of ["metadata", "targets"]) mkdirSync(join(folder, below), { recursive: true });
  const write = (path: string, octets: Uint8Array): void => writeFileSync(join(folder, path), octets);
  const operators = [makeKey(), makeKey()];
  const online = makeKey();
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
