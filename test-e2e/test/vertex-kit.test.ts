/*
 *   a ───── b       link-flor twice, between two played cluster vertices: the kit that judges link vertices finds nothing wrong with it,
 *                   but finds a link-flor that asks nobody for a name
 */
import { fileURLToPath } from "node:url";
import { nativeEngine } from "@florenetes/quic/native";
import { isSoak } from "@florenetes/simkit";
import {
  choose,
  isFaketimeInstalled,
  LINK_VERTEX_CHECKS,
  LinkBench,
  type Outcome,
  runChecks,
} from "@florenetes/vertex-kit";
import { expect, test } from "vitest";
import { executable } from "../src/executables.ts";

const UDP = "udp://127.0.0.1:{port}";
const BENCHES = 4;
/** A time for the whole kit: a machine with nothing else to do needs a minute. */
const MS_MAX = 600_000;
/** The engine that a node chooses by itself. */
const ENGINE = nativeEngine() === undefined ? "portable" : "native";
/** A silence that is long enough for links that a busy machine keeps waiting. */
const PATIENT = { "dead-after": "5s" };
const adapter = fileURLToPath(import.meta.resolve("@florenetes/vertex-kit/unchecked-link-flor"));

const linkTls = fileURLToPath(new URL("../../examples/link-vertex-python/link_tls.py", import.meta.url));
const EVERYTHING = ".";

/** Requirements that engines and sockets take part in. */
const OF_ENGINES = "FI-[5689] |FI-20|PA-19|PA-3[036]|PA-44|PA-54|LV-1[05]|LV-2[0245]";

/** The commands of link-flor over an engine: as it is, and as one that presents any identity and asks nobody for a name. */
function linkFlor(engine: string): { readonly command: readonly string[]; readonly unchecked: readonly string[] } {
  const [node = "", ...args] = executable("link-flor");
  const program = ["env", `FLORENETES_ENGINE=${engine}`, node];
  return { command: [...program, ...args], unchecked: [...program, "--import", adapter, ...args] };
}

async function judge(
  vertex: { readonly command: readonly string[]; readonly unchecked: readonly string[] },
  pattern: string,
  benches = BENCHES,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const subject = { ...vertex, settings: PATIENT, hasCredentials: true, forms: { listen: UDP, endpoint: UDP } };
  await runChecks(() => LinkBench.open(subject), choose(LINK_VERTEX_CHECKS, pattern), {
    benches,
    triesAgain: true,
    onOutcome: (outcome) => outcomes.push(outcome),
  });
  return outcomes;
}

test.each([[ENGINE, EVERYTHING], ...(isSoak && ENGINE === "native" ? [["portable", OF_ENGINES]] : [])])(
  "link-flor over the %s engine keeps what the documents ask of a link vertex",
  { timeout: MS_MAX },
  async (engine = "", pattern = "") => {
    const outcomes = await judge(linkFlor(engine), pattern);
    const others = outcomes.filter(({ verdict }) => verdict !== "passed");
    // link-flor asks no cluster vertex to judge peers; and only libfaketime sets the clock of one process.
    const notJudged = ["PA-46", "PA-47", "PA-48", ...(isFaketimeInstalled ? [] : ["LV-32"])];
    expect(new Set(others.map(({ requirement, verdict }) => `${requirement} ${verdict}`))).toEqual(
      new Set(pattern === EVERYTHING ? notJudged.map((number) => `${number} not judged`) : []),
    );
    expect(outcomes.length).toBeGreaterThan(10);
  },
);

test("one that has its partner judge keeps to what it says", { timeout: MS_MAX }, async () => {
  const outcomes = await judge(
    { command: ["python3", "-B", linkTls], unchecked: [] },
    "PA-46|PA-47|PA-48.*live on|PA-53",
    1,
  );
  const seen = outcomes.map((outcome) => `${outcome.requirement}: ${outcome.seen}`).join("; ");
  expect(
    outcomes.map(({ requirement, verdict }) => `${requirement} ${verdict}`),
    seen,
  ).toEqual(["PA-46 passed", "PA-47 passed", "PA-48 passed", "PA-53 passed", "PA-53 passed"]);
});

// The kit's own tests have other mistakes in each run.
test.runIf(isSoak)("one that asks nobody for a name or a kind does not pass", async () => {
  const { unchecked } = linkFlor("portable");
  const outcomes = await judge({ command: unchecked, unchecked }, "LV-9 |LV-10|LV-12");
  expect(outcomes.map(({ requirement, verdict }) => [requirement, verdict])).toEqual([
    ["LV-9", "failed"],
    ["LV-10", "passed"],
    ["LV-12", "failed"],
  ]);
});
