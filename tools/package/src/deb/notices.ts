import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { PORTABLE_ARCH, PROGRAMS } from "../release.ts";
import type { Target } from "../target/target.ts";
import { type Notice, noticesOfBundle } from "./copyright.ts";
import { runTool } from "./tools.ts";

const LICENSE_FILE = /^(licen[cs]e|copying|notice|unlicense)/i;
/** The crate of native/ that becomes the data plane's add-on. */
const DATA_PLANE = "florenetes-node";

interface CargoMetadata {
  readonly packages: readonly {
    readonly id: string;
    readonly name: string;
    readonly version: string;
    readonly license: string | null;
    readonly source: string | null;
    readonly manifest_path: string;
  }[];
  readonly resolve: {
    readonly nodes: readonly {
      readonly id: string;
      readonly deps: readonly {
        readonly pkg: string;
        readonly dep_kinds: readonly { readonly kind: string | null }[];
      }[];
    }[];
  };
}

/**
 * Lists the parts that others wrote in each package, by the package's name.
 *
 * @param site the parts of the site of the documents
 * @throws OperatorError `ERR_PACKAGE_TOOL` when cargo does not know the crates
 */
export function thirdParties(
  checkout: string,
  { nodeLicense, nodeVersion, triple, build }: Target,
  site: readonly Notice[],
): ReadonlyMap<string, readonly Notice[]> {
  const bundled = (name: string): readonly Notice[] =>
    noticesOfBundle(readFileSync(join(checkout, PROGRAMS.get(name)!, "dist/licenses.txt"), "utf8"));
  const node = { heading: `Node.js ${nodeVersion}: MIT, and others`, texts: [readFileSync(nodeLicense, "utf8")] };
  return new Map([
    ["florenetes-runtime", [node]],
    ["florenetes-tools", [...bundled("flor"), ...site]],
    [
      "florenetes-node",
      [
        ...bundled("link-flor"),
        ...bundled("cluster-flor"),
        ...dataPlaneNotices(checkout, triple),
        ...(build.arch === PORTABLE_ARCH ? portableNotices(checkout) : []),
      ],
    ],
    ["florenetes-fabric", bundled("fabric-flor")],
    ["florenetes-vpn", bundled("vpn-flor")],
    ["florenetes-control", bundled("control-flor")],
    ["florenetes-store", bundled("store-flor")],
    ["florenetes-update", bundled("update-flor")],
  ]);
}

/** The crates that are compiled into the data plane. */
function dataPlaneNotices(checkout: string, triple: string): Notice[] {
  const argv = ["cargo", "metadata", "--format-version", "1", "--locked", "--offline"] as const;
  const target = ["--filter-platform", triple];
  const found = JSON.parse(runTool([...argv, ...target], { cwd: join(checkout, "native") })) as CargoMetadata;
  const packages = new Map(found.packages.map((each) => [each.id, each]));
  const nodes = new Map(found.resolve.nodes.map((each) => [each.id, each]));
  const reached = new Set<string>();
  const waiting = found.packages
    .filter(({ name, source }) => name === DATA_PLANE && source === null)
    .map(({ id }) => id);
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (reached.has(id)) continue;
    reached.add(id);
    const needed = nodes.get(id)!.deps.filter(({ dep_kinds: kinds }) => kinds.some(({ kind }) => kind === null));
    waiting.push(...needed.map(({ pkg }) => pkg));
  }
  return [...reached].flatMap((id) => {
    const { name, version, license, source, manifest_path: manifest } = packages.get(id)!;
    // Crates without a source are ours, but for quinn-proto, which we change: it is in its own folder with its licence.
    const folder = dirname(manifest);
    const files = readdirSync(folder).filter((file) => LICENSE_FILE.test(file));
    if (source === null && files.length === 0) return [];
    return [
      {
        heading: `${name} ${version}: ${license}`,
        texts: files.map((file) => readFileSync(join(folder, file), "utf8")),
      },
    ];
  });
}

/** The crates in the add-on of the portable engine, by the list that the supply chain keeps: it comes without their texts. */
function portableNotices(checkout: string): Notice[] {
  const file = join(checkout, "tools/supply-chain/embedded-crates.json");
  const { crates } = JSON.parse(readFileSync(file, "utf8")) as {
    readonly crates: readonly { readonly name: string; readonly version: string; readonly license: string }[];
  };
  return crates.map(({ name, version, license }) => ({
    heading: `${name} ${version}: ${license} (in the portable engine)`,
    texts: [],
  }));
}
