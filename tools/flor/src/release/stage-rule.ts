import { parseDuration } from "@florenetes/config-file";
import type { StageRule } from "@florenetes/facts";
import { InvalidArgumentError } from "commander";

const FORM = "steps=100,1000,10000,whole=9500,back=100,hold=1h is needed.";

/** Reads `steps=100,1000,10000,whole=9500,back=100,hold=1h`. */
export function parseRule(text: string): StageRule {
  const { steps, whole, back, hold } =
    /^steps=(?<steps>\d+(?:,\d+)*),whole=(?<whole>\d+),back=(?<back>\d+),hold=(?<hold>\w+)$/.exec(text)?.groups ?? {};
  const holdMs = hold === undefined ? undefined : parseDuration(hold);
  if (holdMs === undefined) throw new InvalidArgumentError(FORM);
  return {
    steps: steps!.split(",").map(Number),
    whole: Number(whole),
    back: Number(back),
    hold: Math.round(holdMs / 1_000),
  };
}
