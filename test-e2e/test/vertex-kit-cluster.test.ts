/*
 *   one ══ FlorIO ══ a ══ FlorIO ══ two       cluster-flor between two played link vertices: the kit that judges cluster vertices finds nothing
 *                                             wrong with it, but finds each planted mistake
 */
import { fileURLToPath } from "node:url";
import { nativeEngine } from "@florenetes/quic/native";
import { isSoak } from "@florenetes/simkit";
import { choose, CLUSTER_VERTEX_CHECKS, ClusterBench, type Outcome, runChecks } from "@florenetes/vertex-kit";
import { describe, expect, test } from "vitest";
import { executable } from "../src/executables.ts";

const MS_MAX = 600_000;
/** The engine that a node chooses by itself. */
const ENGINE = nativeEngine() === undefined ? "portable" : "native";
const mistaken = fileURLToPath(new URL("../src/mistaken-cluster-flor.mjs", import.meta.url));

/** Requirements that engines take part in: under another engine, the sockets and packets are in another thread. */
const OF_ENGINES = "FI-([4679]|13|16|21) |CV-5 |PC-2[27] ";

/** For each mistake, the requirement that it breaks. */
const MISTAKES: Readonly<Record<string, string>> = {
  asks_once: "PC-8",
  asks_for_all_at_once: "PC-9",
  acknowledges_gaps: "PC-14",
  rounds_generations: "PC-15",
  believes_late_messages: "PC-26",
  waits_for_the_silent: "PC-24",
  sends_any_size: "PC-22",
  hands_its_table_to_anybody: "PC-39",
  leaves_its_socket_behind: "FI-18",
};

/** Mistakes of three kinds; only a soak has all. */
const TRIED_EACH_TIME: ReadonlySet<string> = new Set([
  "acknowledges_gaps",
  "sends_any_size",
  "leaves_its_socket_behind",
]);

async function judge(
  environment: Readonly<Record<string, string>>,
  pattern: string,
  options: { readonly benches: number; readonly triesAgain: boolean },
  nodeOptions: readonly string[] = [],
): Promise<readonly Outcome[]> {
  const [node = "", ...args] = executable("cluster-flor");
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const command = ["env", ...variables, node, ...nodeOptions, ...args];
  const outcomes: Outcome[] = [];
  const open = (): Promise<ClusterBench> => ClusterBench.open({ command, settings: {} });
  await runChecks(open, choose(CLUSTER_VERTEX_CHECKS, pattern), {
    ...options,
    onOutcome: (outcome) => outcomes.push(outcome),
  });
  return outcomes;
}

test.each([[ENGINE, "."], ...(isSoak && ENGINE === "native" ? [["portable", OF_ENGINES]] : [])])(
  "cluster-flor over the %s engine keeps what the documents ask of a cluster vertex",
  { timeout: MS_MAX },
  async (engine = "", pattern = "") => {
    const outcomes = await judge({ FLORENETES_ENGINE: engine }, pattern, { benches: 2, triesAgain: true });
    expect(outcomes.filter(({ verdict }) => verdict !== "passed")).toEqual([]);
    expect(outcomes.length).toBeGreaterThan(10);
  },
);

describe.concurrent("a cluster vertex with a mistake", () => {
  test.each(Object.entries(MISTAKES).filter(([mistake]) => isSoak || TRIED_EACH_TIME.has(mistake)))(
    "that %s fails at %s",
    { timeout: MS_MAX },
    async (mistake, number) => {
      const environment = { FLORENETES_ENGINE: "portable", MISTAKE: mistake };
      const outcomes = await judge(environment, number, { benches: 1, triesAgain: false }, ["--import", mistaken]);
      const failed = outcomes.filter(({ verdict }) => verdict === "failed");
      expect(new Set(failed.map(({ requirement }) => requirement))).toEqual(new Set([number]));
    },
  );
});
