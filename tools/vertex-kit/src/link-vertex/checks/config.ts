import { globSync, lstatSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import type { LinkBench } from "../link-bench.ts";
import { ClusterSide } from "../cluster-side.ts";
import { configOf, type NodeFiles } from "../node-files.ts";
import type { VertexProcess } from "../../bench/vertex-process.ts";
import { check, type Check } from "../../check.ts";
import { demand } from "../../judgement.ts";
import { carries } from "./lives.ts";

const SETTLE_MS = 4_000;
const END_MS = 15_000;
const PATH_BYTES_MAX = 107;
/** Sockets that may be there: the cluster side's, and a vertex's own for its operator. */
const OWN_SOCKETS = /^cluster\/florio\.sock$|admin/;

function isBound(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true;
}

/** A side's config in styles that `flor mesh render` does not use. */
function styles(files: NodeFiles): Readonly<Record<string, string>> {
  const config = configOf(files);
  return {
    "in blocks": `# Written by hand.\n${stringify(config)}`,
    "in single quotes": stringify(config, { defaultStringType: "QUOTE_SINGLE", defaultKeyType: "PLAIN", indent: 4 }),
    "as JSON": JSON.stringify(config),
    "in folded lines": stringify(config, { defaultStringType: "BLOCK_FOLDED", defaultKeyType: "PLAIN" }),
  };
}

/** Starts a side's vertex with another config. */
async function withConfig(
  bench: LinkBench,
  side: ClusterSide,
  text: string,
  run: (vertex: VertexProcess) => Promise<unknown>,
  folder?: string,
): Promise<void> {
  const file = join(bench.files(side).folder, "other.yaml");
  writeFileSync(file, text);
  await side.vertex.stop();
  const vertex = bench.anotherVertex(side, file, folder);
  vertex.start();
  try {
    side.begin();
    await run(vertex);
  } finally {
    if ((await vertex.stop()) === undefined) await vertex.kill();
  }
}

export const CONFIG_CHECKS: readonly Check<LinkBench>[] = [
  check("LV-1", "the config file may be in any style of YAML", async (bench) => {
    for (const [style, text] of Object.entries(styles(bench.files(bench.a)))) {
      await withConfig(bench, bench.a, text, async () => {
        try {
          await bench.a.attach();
        } catch (error) {
          demand(false, `${style}: ${(error as Error).message}`);
        }
      });
    }
  }),
  check("LV-2", "each cluster has its own pair of sockets", async (bench) => {
    const { a } = bench;
    const files = bench.files(a);
    const second = await bench.secondCluster(a);
    const config = configOf(files);
    const text = stringify({ ...config, clusters: { ...config.clusters, ...configOf(second, "second").clusters } });
    await withConfig(bench, a, text, async () => {
      const paths = { bind: second.clusterSocket, connect: second.linkSocket };
      const side = new ClusterSide("a", "second", a.vertex, paths, second.identity);
      side.begin();
      try {
        await a.attach();
        await side.attach();
      } finally {
        side.closeSocket();
      }
    });
  }),
  check("LV-3", "relative paths start at the config file, and too long ones are refused", async (bench) => {
    const { a } = bench;
    const files = bench.files(a);
    const relative = { identity: "identity", linkSocket: "link/florio.sock", clusterSocket: "./cluster/florio.sock" };
    await withConfig(bench, a, stringify(configOf({ ...files, ...relative })), () => a.attach(), "/");
    const long = join(files.folder, "x".repeat(PATH_BYTES_MAX), "s.sock");
    mkdirSync(dirname(long));
    const text = stringify(configOf({ ...files, linkSocket: long }));
    await withConfig(bench, a, text, async (vertex) => {
      await vertex.untilEndedOr(SETTLE_MS);
      const bound = globSync("**/*", { cwd: files.folder }).filter((name) => isBound(join(files.folder, name)));
      demand(
        bound.every((name) => OWN_SOCKETS.test(name)),
        `it has bound ${bound.join(", ")}`,
      );
    });
  }),
  check("LV-4", "without a config that makes sense it ends, and says why", async (bench) => {
    const { folder } = bench.files(bench.a);
    const texts = {
      "a missing file": undefined,
      "no YAML": "clusters: [ {",
      "no clusters": "clusters: 7\n",
      "an empty file": "",
    };
    const judge = async ([what, text]: readonly [string, string | undefined]): Promise<void> => {
      const file = join(folder, `${what}.yaml`);
      if (text !== undefined) writeFileSync(file, text);
      const vertex = bench.anotherVertex(bench.a, file);
      vertex.start();
      await vertex.untilEndedOr(END_MS);
      const { isRunning } = vertex;
      await vertex.kill();
      demand(!isRunning, `${what}: it runs on`);
      demand(vertex.end?.code !== 0, `${what}: it ended with 0`);
      demand(vertex.output !== "", `${what}: it said nothing`);
    };
    await Promise.all(Object.entries(texts).map(judge));
  }),
  check("LV-30", "it starts with an empty state", async (bench) => {
    for (const side of bench.sides) {
      await side.vertex.stop();
      bench.emptyState(side);
    }
    await bench.restore();
    await carries(bench, await bench.link());
  }),
];
