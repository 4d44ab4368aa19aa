import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TargetFile } from "@florenetes/releases";

/** Octets that no other seed has. */
export function octetsOf(length: number, seed = 0): Buffer {
  const octets = Buffer.alloc(length);
  for (let at = 0; at < length; at++) octets[at] = (at * 31 + (at >> 8) + seed) & 0xff;
  return octets;
}

/** The target that some octets are. */
export function targetOf(octets: Uint8Array, version = "0.1.0"): TargetFile {
  const sha256 = createHash("sha256").update(octets).digest("hex");
  const name = `florenetes-node_${version}_amd64.deb`;
  return { name, length: octets.length, sha256, path: `targets/${sha256}.${name}` };
}

/** Writes a folder as `flor release publish` fills it; its metadata is no more than a text. */
export function writeRepository(folder: string, files: readonly Uint8Array[]): readonly TargetFile[] {
  for (const below of ["metadata", "targets"]) mkdirSync(join(folder, below), { recursive: true });
  writeFileSync(join(folder, "metadata/timestamp.json"), "{}");
  return files.map((octets, at) => {
    const target = targetOf(octets, `0.1.${at}`);
    writeFileSync(join(folder, target.path), octets);
    return target;
  });
}
