import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TargetFile } from "@florenetes/releases";
import { makeRoot, makeSnapshot, makeTargets, makeTimestamp } from "@florenetes/releases/authoring";
import { makeKey, signed, type TestKey } from "@florenetes/releases/testing";

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

/** A repository whose metadata is signed; each publication makes the next version of it. */
export class SignedRepository {
  readonly folder: string;
  readonly #signer: TestKey = makeKey();
  readonly #online: TestKey = makeKey();
  #version = 0;

  constructor(folder: string) {
    this.folder = folder;
    for (const below of ["metadata", "targets"]) mkdirSync(join(folder, below), { recursive: true });
    const operators = [this.#signer.key];
    const root = makeRoot(this.#term(1), { operators, threshold: 1, online: this.#online.key });
    this.#write("1.root.json", signed(root, [this.#signer]));
  }

  publish(targets: readonly TargetFile[]): void {
    const version = ++this.#version;
    const targetsOctets = signed(makeTargets(this.#term(version), targets), [this.#signer]);
    const snapshot = signed(makeSnapshot(this.#term(version), { version, octets: targetsOctets }), [this.#online]);
    const timestamp = makeTimestamp(this.#term(version), { version, octets: snapshot });
    this.#write(`${version}.targets.json`, targetsOctets);
    this.#write(`${version}.snapshot.json`, snapshot);
    this.#write("timestamp.json", signed(timestamp, [this.#online]));
  }

  #term(version: number): { readonly version: number; readonly expires: number } {
    return { version, expires: Date.now() + 86_400_000 };
  }

  #write(name: string, octets: Uint8Array): void {
    writeFileSync(join(this.folder, "metadata", name), octets);
  }
}
