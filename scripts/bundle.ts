/**
 * Bundles programs: each becomes a few files beside each other, which hold its sources and the packages that it imports. A process that
 * loads two files instead of six hundred, and that finds them compiled, is ready a third of a second earlier, which its neighbours wait for
 * after an outage.
 *
 *   node scripts/bundle.ts      makes dist/ of each program that is deployed
 */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { type OutputChunk, type OutputOptions, type Plugin, rolldown } from "rolldown";
import { commitOf } from "./commit.mjs";
import { rehearse } from "./compiled/rehearsal.ts";
import { writeSkeletons } from "./skeletons.ts";

/** Programs that `npm run build` bundles. */
const DEPLOYED = {
  "link-flor": "apps/link-flor",
  "cluster-flor": "apps/cluster-flor",
  "fabric-flor": "apps/fabric-flor",
  "vpn-flor": "apps/vpn-flor",
  "control-flor": "apps/control-flor",
  "store-flor": "apps/store-flor",
  "update-flor": "apps/update-flor",
  flor: "tools/flor",
};
/** How `src/main.ts` of a program, which prepares the process, loads all the rest. */
const REST = /await import\("(\.\/[\w/-]+\.ts)"\);/;
const RUN_COMPILED = "scripts/compiled/run-compiled.ts";
/** Characters of the digest in a program's name. */
const DIGEST_LENGTH = 16;
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
/** Goes into the sources in the place of a name: programs tell it beside their version. */
const DEFINED = { FLORENETES_COMMIT: String(JSON.stringify(commitOf(root))) };

/**
 * Bundles a program to `main.js` in the folder, with source maps and the licences of the packages in it: `main.js` is `src/main.ts`
 * alone; a file beside it has all that this imports, and can be compiled before it is run; threads have files of their own.
 *
 * @param program its folder, from the root of the repository
 */
export async function bundleProgram(program: string, folder: string): Promise<void> {
  const main = join(program, "src/main.ts");
  const [, rest] = REST.exec(readFileSync(join(root, main), "utf8"))!;
  const threads = new Set<string>();
  const compiled = await bundle(join(program, "src", rest!), folder, COMPILED, [placesSeenFrom(folder, threads)]);
  const name = `program-${digestOf(compiled)}.cjs`;
  const loaded = await Promise.all([
    bundle(main, folder, MODULE, [placesSeenFrom(folder), runs(name, relative(dirname(main), RUN_COMPILED))]),
    ...[...threads].map((thread) => bundle(thread, folder, MODULE, [placesSeenFrom(folder)])),
  ]);
  const files = [...filesOf(loaded.flat())];
  for (const [file, content] of filesOf(compiled)) files.push([file.replace("program.cjs", name), content]);
  replaceFiles(folder, new Map([...files, licensesOf([...loaded.flat(), ...compiled])]));
}

/**
 * Bundles a module for programs outside of the repository, which put the native add-on beside it.
 *
 * @param module its file, from the root of the repository
 */
export async function bundleModule(module: string, folder: string): Promise<void> {
  const output = await bundle(module, folder, { ...MODULE, sourcemap: false }, [placesSeenFrom(folder), addOnBeside]);
  replaceFiles(folder, new Map([...filesOf(output), licensesOf(output)]));
}

const MODULE: OutputOptions = { entryFileNames: "[name].js", chunkFileNames: "[name]-[hash].js", sourcemap: true };
/**
 * A file for `run-compiled.ts`: one function. Where its code is compiled already, V8 only has to read the text, which is faster without
 * comments, and with one octet for each character. Lines stay as they are, for stacks.
 */
const COMPILED: OutputOptions = {
  format: "cjs",
  entryFileNames: "program.cjs",
  codeSplitting: false,
  // A script that `node:vm` runs has no `import`.
  dynamicImportInCjs: false,
  banner: '(function (require, __filename, __dirname) { "use strict";',
  footer: "})",
  comments: false,
  minify: { compress: false, mangle: false, codegen: { removeWhitespace: false, asciiOnly: true } },
  // Without a line that names the map, which is found by the file's name: the digest of the file is in both.
  sourcemap: "hidden",
};

type Output = Awaited<ReturnType<Awaited<ReturnType<typeof rolldown>>["generate"]>>["output"][number];

async function bundle(module: string, folder: string, options: OutputOptions, plugins: Plugin[]): Promise<Output[]> {
  const bundle = await rolldown({
    input: join(root, module),
    platform: "node",
    // ES modules leave out what nobody imports.
    resolve: { conditionNames: ["@florenetes/source", "node", "default"], mainFields: ["module", "main"] },
    transform: { define: DEFINED },
    plugins,
  });
  const { output } = await bundle.generate({ dir: folder, ...options });
  return output;
}

function filesOf(output: readonly Output[]): (readonly [name: string, content: string | Uint8Array])[] {
  return output.map((file) => [file.fileName, file.type === "chunk" ? file.code : file.source]);
}

function chunksOf(output: readonly Output[]): OutputChunk[] {
  return output.filter((file) => file.type === "chunk");
}

function digestOf(output: readonly Output[]): string {
  const [{ code }] = chunksOf(output) as [OutputChunk];
  if (Buffer.byteLength(code) !== code.length) throw new Error("the bundle has characters that are not ASCII");
  return createHash("sha256").update(code).digest("hex").slice(0, DIGEST_LENGTH);
}

/** `src/main.ts` runs the bundle of all the rest. The path from there goes into the map, where it has to be the same in each checkout. */
function runs(name: string, from: string): Plugin {
  const run = `import { runCompiled } from ${JSON.stringify(from)}; runCompiled(new URL("./${name}", import.meta.url));`;
  return {
    name: "runs the compiled program",
    transform: {
      filter: { id: /\/src\/main\.ts$/ },
      handler: (code) => ({ code: code.replace(REST, run), map: null }),
    },
  };
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

/**
 * Modules that find a file by their own place (package.json, add-ons) find it from the bundle, wherever the checkout stands.
 *
 * @param threads gets the sources of threads, from the root of the repository
 */
function placesSeenFrom(folder: string, threads = new Set<string>()): Plugin {
  return {
    name: "places seen from the bundle",
    transform: {
      filter: { id: /^[^\0]*\.[jt]s$/, code: "import.meta.url" },
      handler(code, id) {
        const withThreads = code.replaceAll(THREAD, (_, name: string) => {
          threads.add(relative(root, join(dirname(id), `${name}.ts`)));
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

/** The file with names, licences and their texts. */
function licensesOf(output: readonly Output[]): [name: string, content: string] {
  const packages = new Set(chunksOf(output).flatMap(({ moduleIds }) => moduleIds.flatMap(packageFolder)));
  const parts = [...packages].map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as PackageJson;
    const texts = readdirSync(folder).filter((file) => LICENSE_FILE.test(file));
    return [`${name} ${version}: ${license}`, ...texts.map((file) => readFileSync(join(folder, file), "utf8"))];
  });
  const texts = parts.map((texts) => texts.join("\n\n")).toSorted();
  return ["licenses.txt", texts.join(`\n${"-".repeat(80)}\n`)];
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
  const dist = (name: keyof typeof DEPLOYED): string => join(root, DEPLOYED[name], "dist");
  const names = Object.keys(DEPLOYED) as (keyof typeof DEPLOYED)[];
  await Promise.all(names.map((name) => bundleProgram(DEPLOYED[name], dist(name))));
  await rehearse(dist);
  await writeSkeletons(join(root, "tools/flor/dist/link-vertex"), bundleModule);
}
