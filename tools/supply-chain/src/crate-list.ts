/** Makes the list of embedded crates, from the binary, the lock that comes with it, and cargo's metadata. */
import { z } from "zod";
import { type Embedded, cratesInBinary, cratesInLock } from "./embedded-crates.ts";

const metadataSchema = z.object({
  packages: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      version: z.string(),
      license: z.string().nullable(),
      targets: z.array(z.object({ kind: z.array(z.string()) })),
    }),
  ),
  resolve: z.object({
    root: z.string(),
    nodes: z.array(
      z.object({
        id: z.string(),
        deps: z.array(z.object({ pkg: z.string(), dep_kinds: z.array(z.object({ kind: z.string().nullable() })) })),
      }),
    ),
  }),
});
type Metadata = z.output<typeof metadataSchema>;

/** Licences of crates that have only a file of licences. `BUNDLED` has parts that are not crates. */
const LICENSES: Readonly<Record<string, string>> = { ring: "ISC AND MIT AND OpenSSL" };
const BUNDLED = [{ name: "boringssl", by: "boring-sys", license: "ISC AND OpenSSL AND MIT" }];

/** @param metadata JSON of `cargo metadata --filter-platform …` for the package's Cargo.toml */
export function makeList(
  npmPackage: { readonly name: string; readonly version: string },
  binary: Uint8Array,
  lock: string,
  metadata: string,
): Embedded {
  const { crates: seen, rust } = cratesInBinary(binary);
  if (rust === undefined) throw new Error("the binary does not say which Rust it is of");
  const found = metadataSchema.parse(JSON.parse(metadata));
  const checksums = new Map(cratesInLock(lock).map(({ name, version, sha256 }) => [`${name}-${version}`, sha256]));
  const crates = [...compiledIn(found)].flatMap((id) => {
    const { name, version, license } = found.packages.find((each) => each.id === id)!;
    const key = `${name}-${version}`;
    const sha256 = checksums.get(key);
    // Only the package itself comes from no registry.
    if (sha256 === undefined) return [];
    const expression = (license ?? LICENSES[name] ?? "").replaceAll("/", " OR ");
    return [{ name, version, license: expression, sha256, isSeen: seen.includes(key) }];
  });
  const sorted = crates.toSorted((a, b) => (`${a.name} ${a.version}` < `${b.name} ${b.version}` ? -1 : 1));
  return { package: npmPackage.name, version: npmPackage.version, rust, bundled: BUNDLED, crates: sorted };
}

/** The crates that are compiled into the package: neither crates that only build it, nor macros. */
function compiledIn({ packages, resolve }: Metadata): ReadonlySet<string> {
  const macros = new Set(
    packages.filter(({ targets }) => targets.some(({ kind }) => kind.includes("proc-macro"))).map(({ id }) => id),
  );
  const found = new Set([resolve.root]);
  for (const id of found) {
    for (const { pkg, dep_kinds: kinds } of resolve.nodes.find((node) => node.id === id)?.deps ?? []) {
      if (!macros.has(pkg) && kinds.some(({ kind }) => kind === null)) found.add(pkg);
    }
  }
  return found;
}
