/**
 * The Rust crates that are compiled into the QUIC engine's binary. npm knows nothing of them. The binary itself tells most of them: it holds
 * the path of each crate that may panic. The others are known by the Cargo.lock that the package brings.
 */
import { z } from "zod";

export interface EmbeddedCrate {
  readonly name: string;
  readonly version: string;
  /** The licence, as an expression of SPDX. */
  readonly license: string;
  /** SHA-256 of the crate's file, hexadecimal. */
  readonly sha256: string;
  /** Whether the binary holds paths of the crate. */
  readonly isSeen: boolean;
}

/** The list of all that is compiled into a binary. */
export interface Embedded {
  /** The npm package that holds the binary. */
  readonly package: string;
  readonly version: string;
  /** Version of Rust's own library. */
  readonly rust: string;
  /** Libraries in C that a crate brings. */
  readonly bundled: readonly { readonly name: string; readonly by: string; readonly license: string }[];
  readonly crates: readonly EmbeddedCrate[];
}

export const embeddedSchema: z.ZodType<Embedded> = z.strictObject({
  package: z.string(),
  version: z.string(),
  rust: z.string(),
  bundled: z.array(z.strictObject({ name: z.string(), by: z.string(), license: z.string() })),
  crates: z.array(
    z.strictObject({
      name: z.string(),
      version: z.string(),
      license: z.string().min(1),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
      isSeen: z.boolean(),
    }),
  ),
});

export interface LockedCrate {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
}

/** Crates whose paths are in a binary, as `name-version`, sorted; and the version of Rust's own library. */
export function cratesInBinary(binary: Uint8Array): { readonly crates: string[]; readonly rust: string | undefined } {
  const text = Buffer.from(binary).toString("latin1");
  const crates = [...text.matchAll(/\/registry\/src\/[\w.-]+\/([\w.+-]+)\//g)].map(([, crate]) => crate!);
  return { crates: [...new Set(crates)].toSorted(), rust: /\/rustc-(\d+\.\d+\.\d+)-src\//.exec(text)?.[1] };
}

/** The crates of a registry that a Cargo.lock names. */
export function cratesInLock(lock: string): LockedCrate[] {
  return lock.split("[[package]]").flatMap((block) => {
    const field = (name: string): string | undefined => new RegExp(`^${name} = "([^"]+)"$`, "m").exec(block)?.[1];
    const [name, version, sha256] = [field("name"), field("version"), field("checksum")];
    return name === undefined || version === undefined || sha256 === undefined ? [] : [{ name, version, sha256 }];
  });
}

/** The faults of the list, found by the binary and by the lock that came with it. */
export function findListFaults(embedded: Embedded, binary: Uint8Array, lock: string): string[] {
  const faults: string[] = [];
  const { crates: seen, rust } = cratesInBinary(binary);
  if (seen.length === 0) faults.push("the binary holds no path of any crate: its list has to be found in another way");
  if (rust !== embedded.rust)
    faults.push(`the binary holds Rust ${rust ?? "of no version"}, the list ${embedded.rust}`);
  const listed = new Map(embedded.crates.map((crate) => [`${crate.name}-${crate.version}`, crate]));
  for (const crate of seen) {
    if (listed.get(crate)?.isSeen !== true) faults.push(`${crate} is in the binary, and the list does not say so`);
  }
  const locked = new Map(cratesInLock(lock).map((crate) => [`${crate.name}-${crate.version}`, crate.sha256]));
  for (const [crate, { isSeen, sha256 }] of listed) {
    if (isSeen && !seen.includes(crate)) faults.push(`${crate} is not in the binary, and the list says so`);
    if (locked.get(crate) !== sha256)
      faults.push(`${crate} is not in the lock that comes with the binary, or is another`);
  }
  return faults;
}
