import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Plugin, rolldown } from "rolldown";

/** Folders of bundles: the number behind it is the process that made the folder. */
const PREFIX = "florenetes-bundles-";
const PROGRAMS = ["apps/link-flor", "apps/cluster-flor", "tools/flor", "tools/meshlab"];
/** Carry add-ons, and find them beside their own files. */
const WITH_ADD_ON = /^(@matrixai\/quic|unix-dgram)$/;

/** Modules that find a file by their own place (package.json, threads, add-ons) find it from the bundle, too. */
const placesOfSources: Plugin = {
  name: "places of sources",
  transform: {
    filter: { code: "import.meta.url" },
    handler: (code, id) => code.replaceAll("import.meta.url", JSON.stringify(pathToFileURL(id).href)),
  },
  resolveId: {
    filter: { id: WITH_ADD_ON },
    async handler(source, importer) {
      const { id } = (await this.resolve(source, importer, { skipSelf: true }))!;
      return { id, external: "absolute" };
    },
  },
};

/**
 * Bundles the sources of the programs that tests start as processes, before the first test. A program is some nine hundred modules, and a
 * process that loads four files instead has started for half of the CPU time. Tests start such processes more than a thousand times.
 */
export async function setup(): Promise<(() => void) | undefined> {
  // Each of several projects asks.
  if (process.env["FLORENETES_BUNDLES"] !== undefined) return undefined;
  removeLeftovers();
  const folder = mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
  // Some tests run programs as another user.
  chmodSync(folder, 0o755);
  await Promise.all(PROGRAMS.map((program) => writeBundle(program, folder)));
  process.env["FLORENETES_BUNDLES"] = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}

/** A run that was killed could not remove its own. */
function removeLeftovers(): void {
  for (const name of readdirSync(tmpdir()).filter((name) => name.startsWith(PREFIX))) {
    const pid = name.slice(PREFIX.length).replace(/-.*$/, "");
    if (!existsSync(`/proc/${pid}`)) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

async function writeBundle(program: string, folder: string): Promise<void> {
  const bundle = await rolldown({
    input: fileURLToPath(new URL(`${program}/src/main.ts`, import.meta.url)),
    platform: "node",
    resolve: { conditionNames: ["@florenetes/source", "node", "import", "default"] },
    plugins: [placesOfSources],
  });
  const dir = join(folder, program.replace(/^.*\//, ""));
  await bundle.write({ dir, entryFileNames: "[name].mjs", chunkFileNames: "[name]-[hash].mjs" });
}
