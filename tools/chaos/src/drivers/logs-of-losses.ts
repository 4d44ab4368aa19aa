import type { Lab } from "@florenetes/meshlab";
import { now } from "@florenetes/workloads";
import type { Chronicle } from "../chronicle.ts";
import { mayEnd, type Testimony } from "../verdict.ts";

/** Lines that are told of one cluster vertex about one loss. */
const LINES_MAX = 20;
/** A reason may be logged before the loss is noticed, and after it. */
const AROUND_MS = 2_000;

/** The lines that cluster vertices at the ends of a lost connection logged about that time, for each loss that the documents do not allow. */
export async function logsOfLosses(
  lab: Lab,
  { episodes }: Chronicle,
  testimonies: readonly Testimony[],
): Promise<readonly string[]> {
  const wallClock = Date.now() - now();
  const told: string[] = [];
  for (const { name, ends, observations } of testimonies) {
    for (const loss of observations.losses.filter((each) => !mayEnd(each, ends, episodes))) {
      const [from, to] = [wallClock + loss.from - AROUND_MS, wallClock + loss.to + AROUND_MS];
      for (const node of ends) {
        const lines = (await lab.logs(node, "cluster-flor")).split("\n").filter((line) => isBetween(line, from, to));
        told.push(...lines.slice(0, LINES_MAX).map((line) => `log of ${node}, as ${name} lost a connection: ${line}`));
      }
    }
  }
  return told;
}

function isBetween(line: string, from: number, to: number): boolean {
  const time = /"time":"([^"]+)"/.exec(line)?.[1];
  const at = time === undefined ? Number.NaN : Date.parse(time);
  return at >= from && at <= to;
}
