/**
 * Bundles programs: each becomes a few files beside each other, which hold its sources and the packages that it imports. A process that
 * loads four files instead of six hundred is ready a quarter of a second earlier, which its neighbours wait for after an outage.
 *
 *   node scripts/bundle.ts      makes dist/ of each program that is deployed
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { type OutputChunk, type Plugin, rolldown } from "rolldown";
import { writeSkeletons } from "./skeletons.ts";

/** Programs that `npm run build` bundles. */
const DEPLOYED = ["apps/link-flor", "apps/cluster-flor", "apps/fabric-flor", "tools/flor"];
/** Carry add-ons, and find them beside their own files. */
const WITH_ADD_ON = /^(@matrixai\/quic|unix-dgram)$/;
/** How a source names the file of a thread beside it: `.ts` among the sources, `.js` where they are compiled. */
const THREAD = /new URL\(`\.\/([\w-]+)\$\{import\.meta\.url\.slice\(-3\)\}`, import\.meta\.url\)/g;
/** Stands for the bundle's own `import.meta.url` while those of the sources are replaced. */
const OWN_PLACE = "OWN_PLACE";
/** How packages/native names its add-on, and how a module does that has it beside itself. */
const ADD_ON = "../addon/build/Release/florenetes.node";
const OWN_ADD_ON = "./florenetes.node";
const SEEN_PLACE = /new URL\("[^"]*", import\.meta\.url\)\.href/g;
const LICENSE_FILE = /^(licen[cs]e|copying|notice)/i;

const root = dirname(import.meta.dirname);

/**
 * Bundles a program's `src/main.ts` to `main.js` in the folder, with source maps and the licences of the packages in it.
 *
 * @param program its folder, from the root of the repository
 */
export async function bundleProgram(program: string, folder: string): Promise<void> {
  replaceFiles(folder, await bundle(join(program, "src/main.ts"), folder));
}

/**
 * Bundles a module for programs outside of the repository, which put the native add-on beside it.
 *
 * @param module its file, from the root of the repository
 */
export async function bundleModule(module: string, folder: string): Promise<void> {
  replaceFiles(folder, await bundle(module, folder, { isAlone: true }));
}

/** @param isAlone the folder will be moved: its files look for none outside of it */
async function bundle(
  module: string,
  folder: string,
  { isAlone = false }: { readonly isAlone?: boolean } = {},
): Promise<ReadonlyMap<string, string | Uint8Array>> {
  const bundle = await rolldown({
    input: join(root, module),
    platform: "node",
    resolve: { conditionNames: ["@florenetes/source", "node", "default"] },
    plugins: [placesSeenFrom(folder), ...(isAlone ? [addOnBeside] : [])],
  });
  const { output } = await bundle.generate({
    dir: folder,
    entryFileNames: "[name].js",
    chunkFileNames: "[name]-[hash].js",
    sourcemap: !isAlone,
  });
  const files = new Map(output.map((file) => [file.fileName, file.type === "chunk" ? file.code : file.source]));
  files.set("licenses.txt", licensesOf(output.filter((file) => file.type === "chunk")));
  return files;
}

/** The native add-on is in the bundle's own folder. */
const addOnBeside: Plugin = {
  name: "add-on beside the bundle",
  transform: {
    filter: { id: /packages\/native\/src\/addon\.ts$/ },
    handler: (code) => ({
      code: code.replace(ADD_ON, OWN_ADD_ON).replaceAll(SEEN_PLACE, "import.meta.url"),
      map: null,
    }),
  },
};

/** Modules that find a file by their own place (package.json, add-ons) find it from the bundle, wherever the checkout stands. */
function placesSeenFrom(folder: string): Plugin {
  return {
    name: "places seen from the bundle",
    transform: {
      filter: { id: /^[^\0]*\.[jt]s$/, code: "import.meta.url" },
      handler(code, id) {
        const withThreads = code.replaceAll(THREAD, (_, name: string) => {
          this.emitFile({ type: "chunk", id: join(dirname(id), `${name}.ts`), fileName: `${name}.js` });
          return `new URL("./${name}.js", ${OWN_PLACE})`;
        });
        const place = `new URL(${JSON.stringify(relative(folder, id))}, ${OWN_PLACE}).href`;
        const placed = withThreads.replaceAll("import.meta.url", place).replaceAll(OWN_PLACE, "import.meta.url");
        // Nothing has moved to another line.
        return { code: placed, map: null };
      },
    },
    resolveId: {
      filter: { id: WITH_ADD_ON },
      async handler(source, importer) {
        const { id } = (await this.resolve(source, importer, { skipSelf: true }))!;
        return { id, external: "relative" };
      },
    },
  };
}

/** Names, licences and their texts. */
function licensesOf(chunks: readonly OutputChunk[]): string {
  const packages = new Set(chunks.flatMap(({ moduleIds }) => moduleIds).flatMap(packageFolder));
  const parts = [...packages].map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as PackageJson;
    const texts = readdirSync(folder).filter((file) => LICENSE_FILE.test(file));
    return [`${name} ${version}: ${license}`, ...texts.map((file) => readFileSync(join(folder, file), "utf8"))];
  });
  return parts
    .map((texts) => texts.join("\n\n"))
    .toSorted()
    .join(`\n${"-".repeat(80)}\n`);
}

interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

/** The folder of the package from npm that a module is in; none for our own. */
function packageFolder(module: string): string[] {
  return /^.*\/node_modules\/(@[^/]+\/)?[^/]+(?=\/)/.exec(module)?.slice(0, 1) ?? [];
}

/** Puts the files in the place of those that are there. Whoever starts meanwhile starts the old ones or the new ones. */
function replaceFiles(folder: string, files: ReadonlyMap<string, string | Uint8Array>): void {
  mkdirSync(folder, { recursive: true });
  // Files are written before those that load them.
  for (const [name, content] of [...files].toReversed()) {
    writeFileSync(join(folder, `${name}.new`), content);
    renameSync(join(folder, `${name}.new`), join(folder, name));
  }
  const others = readdirSync(folder).filter((name) => !files.has(name));
  for (const name of others) rmSync(join(folder, name), { recursive: true });
}

if (import.meta.main) {
  await Promise.all(DEPLOYED.map((program) => bundleProgram(program, join(root, program, "dist"))));
  await writeSkeletons(join(root, "tools/flor/dist/link-vertex"), bundleModule);
}
