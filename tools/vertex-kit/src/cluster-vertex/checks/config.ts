import { globSync, lstatSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import type { VertexProcess } from "../../bench/vertex-process.ts";
import { check, type Check } from "../../check.ts";
import { demand } from "../../judgement.ts";
import type { ClusterBench } from "../cluster-bench.ts";
import { LINKS } from "../node-config.ts";

const SETTLE_MS = 3_000;
const END_MS = 15_000;
const PATH_BYTES_MAX = 107;
/** Sockets that may exist: those of the kit, and those for operators. */
const OTHER_SOCKETS = /^link-(one|two)\/|^cluster\/two\.sock$|admin/;

function isBound(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true;
}

/** Starts the vertex with another config's text. */
async function withConfig(
  bench: ClusterBench,
  text: string,
  run: (vertex: VertexProcess) => Promise<unknown>,
  folder?: string,
): Promise<void> {
  const file = join(bench.files.folder, "other.yaml");
  writeFileSync(file, text);
  await bench.stop();
  const vertex = bench.anotherVertex(file, folder);
  bench.begin();
  vertex.start();
  try {
    await run(vertex);
  } finally {
    if ((await vertex.stop()) === undefined) await vertex.kill();
  }
}

export const CONFIG_CHECKS: readonly Check<ClusterBench>[] = [
  check("CV-1", "the config file may be in any style of YAML", async (bench) => {
    const { config } = bench;
    const styles = {
      "as JSON, with a comment": `# Written by hand.\n${JSON.stringify(config)}`,
      "in folded lines": stringify(config, { defaultStringType: "BLOCK_FOLDED", defaultKeyType: "PLAIN", indent: 4 }),
    };
    for (const [style, text] of Object.entries(styles)) {
      await withConfig(bench, text, async () => {
        try {
          for (const name of ["b", "c", "d"] as const) await bench.sideOf(name).untilWished(LINKS[name]);
        } catch (error) {
          demand(false, `${style}: ${(error as Error).message}`);
        }
      });
    }
  }),
  check("CV-2", "it speaks at each portal of the config by itself", async ({ one, two }) => {
    demand(one.wishes.size === 2 && two.wishes.size === 1, `${one.wishes.size} and ${two.wishes.size} wishes`);
    const { attachment } = one;
    two.detach();
    await two.untilWished(LINKS.d);
    demand(one.attachment === attachment, "the other portal has attached anew");
  }),
  check("CV-3", "relative paths start at the config file, and too long ones are refused", async (bench) => {
    const { config, files } = bench;
    const { one, two } = files.portals;
    const relative = { bind: "cluster/one.sock", connect: "./link-one/florio.sock" };
    const folders = { state: "state", trust: "trust", admin: "cluster/admin.sock" };
    const text = stringify({ ...config, ...folders, portals: { one: relative, two } });
    await withConfig(bench, text, () => bench.one.untilWished(LINKS.b), "/");
    const bind = join(files.folder, "x".repeat(PATH_BYTES_MAX), "s.sock");
    mkdirSync(dirname(bind), { recursive: true });
    const long = stringify({ ...config, portals: { one: { ...one, bind }, two } });
    await withConfig(bench, long, async (vertex) => {
      await vertex.untilEndedOr(SETTLE_MS);
      const bound = globSync("**/*", { cwd: files.folder }).filter((name) => isBound(join(files.folder, name)));
      const odd = bound.filter((name) => !OTHER_SOCKETS.test(name));
      demand(odd.length === 0, `it has bound ${odd.join(", ")}`);
    });
  }),
  check("CV-4", "without a config that makes sense it ends, and says why", async (bench) => {
    const broken = join(bench.files.folder, "broken.yaml");
    writeFileSync(broken, "cluster: [");
    for (const file of [broken, join(bench.files.folder, "missing.yaml")]) {
      const vertex = bench.anotherVertex(file);
      vertex.start();
      await vertex.untilEndedOr(END_MS);
      const { end, output } = vertex;
      await vertex.kill();
      demand(end !== undefined, `${file}: it goes on`);
      demand(end.code !== 0 && end.code !== null, `${file}: it ended with ${end.signal ?? end.code}`);
      demand(output.trim() !== "", `${file}: it said nothing`);
    }
  }),
];
