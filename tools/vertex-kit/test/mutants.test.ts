/** The kit finds mistakes: each of these link vertices has one, and fails at the requirements that it breaks. The one without a mistake keeps all. */
import { fileURLToPath } from "node:url";
import { isSoak } from "@florenetes/simkit";
import { describe, expect, test } from "vitest";
import type { Outcome } from "../src/outcome.ts";
import { isFaketimeInstalled } from "../src/bench/set-clock.ts";
import { LinkBench } from "../src/link-vertex/link-bench.ts";
import { LINK_VERTEX_CHECKS } from "../src/link-vertex/plan.ts";
import { runChecks } from "../src/run.ts";

const UDP = "udp://127.0.0.1:{port}";
const fake = fileURLToPath(new URL("../../../test-e2e/src/fake-link-vertex/fake_link_vertex.py", import.meta.url));
const mutant = fileURLToPath(new URL("mutants/mutant.py", import.meta.url));

if (!isFaketimeInstalled) process.stderr.write("left out: the mistake of LV-32 (not installed: libfaketime)\n");

/** For each mistake, the requirements that it breaks. */
const MISTAKES: Readonly<Record<string, readonly string[]>> = {
  answers_late_requests: ["PA-18"],
  reuses_handles: ["FI-8"],
  ignores_detach: ["PA-26"],
  keeps_links_for_ever: ["PA-32"],
  merges_packets: ["FI-5"],
  sets_flags: ["FI-2"],
  dies_of_what_is_no_message: ["PA-2"],
  never_tells_again: ["PA-40"],
  hears_anybody: ["FI-19"],
  judges_before_it_reads: ["PA-43"],
  waits_for_more: ["FI-9"],
  beats_too_rarely: ["PA-13"],
  cuts_names: ["PA-23"],
  speaks_any_version: ["PA-8"],
  believes_any_acknowledgement: ["PA-42"],
  leaves_its_socket_behind: ["FI-18"],
  sends_everything_to_the_first_link: ["LV-29"],
  turns_elsewhere: ["FI-23"],
  ...(isFaketimeInstalled ? { keeps_time_by_the_wall_clock: ["LV-32"] } : {}),
};

/** The rate of a serial line, in bits per second. */
const SLOW = 92_160;

async function judge(
  numbers: readonly string[],
  command: readonly string[],
  triesAgain: boolean,
  rate?: number,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const subject = {
    command: ["python3", "-B", ...command],
    unchecked: undefined,
    settings: {},
    hasCredentials: true,
    rate,
    forms: { listen: UDP, endpoint: UDP },
  };
  const checks = LINK_VERTEX_CHECKS.filter(({ requirement }) => numbers.includes(requirement));
  const open = (): Promise<LinkBench> => LinkBench.open(subject);
  await runChecks(open, checks, { benches: 1, triesAgain, onOutcome: (outcome) => outcomes.push(outcome) });
  return outcomes;
}

/** Each mistake has a process and a bench of its own for a dozen seconds: these are of all kinds of requirements, and only a soak has all. */
const TRIED_EACH_TIME: ReadonlySet<string> = new Set([
  "answers_late_requests",
  "merges_packets",
  "sets_flags",
  "hears_anybody",
  "cuts_names",
  "leaves_its_socket_behind",
  "sends_everything_to_the_first_link",
]);
const tried = Object.entries(MISTAKES).filter(([mistake]) => isSoak || TRIED_EACH_TIME.has(mistake));

describe.concurrent("a link vertex with a mistake", () => {
  test.each(tried)("that %s fails at %s", async (mistake, numbers) => {
    const failed = (await judge(numbers, [mutant, mistake], false)).filter(({ verdict }) => verdict === "failed");
    expect([...new Set(failed.map(({ requirement }) => requirement))]).toEqual(numbers);
    for (const { seen } of failed) expect(seen).not.toBe("");
  });

  test.each(["waits_for_more", ...(isSoak ? ["reuses_handles", "merges_packets"] : [])])(
    "that %s is found over a slow medium, too",
    async (mistake) => {
      const numbers = MISTAKES[mistake]!;
      const outcomes = await judge(numbers, [mutant, mistake], false, SLOW);
      expect(outcomes.map(({ requirement, verdict }) => [requirement, verdict])).toEqual([[numbers[0], "failed"]]);
    },
  );
});

test("the link vertex without a mistake keeps all of it", async () => {
  const outcomes = await judge(Object.values(MISTAKES).flat(), [fake], true);
  expect(outcomes.filter(({ verdict }) => verdict !== "passed")).toEqual([]);
  expect(outcomes.length).toBeGreaterThanOrEqual(Object.keys(MISTAKES).length);
});
