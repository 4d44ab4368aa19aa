import { meshOf, openMesh } from "./mesh.ts";
import { compare, type FigureName } from "./figures.ts";
import type { OtherCheckout } from "./other-checkout.ts";
import { USUAL_PLACE } from "./place.ts";
import type { Plan } from "./plan.ts";
import { measureSystem, type SystemResult } from "./system-result.ts";
import { markdownTable, problemLines, rangeText } from "./tables.ts";

/** Every figure of both meshes, and what could not be measured. */
interface Round {
  readonly here: SystemResult;
  readonly beside: SystemResult;
}

/** Measures the mesh of this checkout and that of another one in turns, `plan.repeats` times. Needs root. */
export async function measureBeside(
  other: OtherCheckout,
  plan: Plan,
  onStep: (text: string) => void,
): Promise<Round[]> {
  const openOther = await meshOf(other.root, other.name);
  const measure = (name: string, open: typeof openMesh, round: number): Promise<SystemResult> => {
    onStep(`round ${round + 1} of ${plan.repeats}, ${name}`);
    return measureSystem(name, open, USUAL_PLACE, { ...plan, repeats: 1 });
  };
  const rounds: Round[] = [];
  for (let round = 0; round < plan.repeats; round++) {
    const early = round % 2 === 0 ? await measure("here", openMesh, round) : undefined;
    const beside = await measure(`in ${other.name}`, openOther, round);
    // Each goes first in every other round.
    rounds.push({ here: early ?? (await measure("here", openMesh, round)), beside });
  }
  return rounds;
}

/** The figures that both have, as a table in Markdown, with what they mean below it. @param other The other commit's name. */
export function renderBeside(rounds: readonly Round[], other: string): string {
  const all = rounds.flatMap(({ here, beside }) => [here, beside]);
  const names = new Set(all.flatMap(({ figures }) => Object.keys(figures) as FigureName[]));
  const rows = [...names].flatMap((name) => {
    const both = rounds.filter(
      ({ here, beside }) => here.figures[name] !== undefined && beside.figures[name] !== undefined,
    );
    const [ours, theirs] = (["here", "beside"] as const).map((side) =>
      both.map((round) => round[side].figures[name]![0]!),
    );
    const { here, beside, ratio } = compare(ours, theirs);
    return ratio === undefined
      ? []
      : [[name, rangeText(here), rangeText(beside), rangeText(ratio), String(both.length)]];
  });
  const table = markdownTable(["what", "here", `in ${other}`, "ratio", "rounds"], rows);
  const meaning =
    "Medians, and in parentheses what half of the rounds lie between. The two meshes took turns, round by round; the ratio is that of " +
    "each round to the one beside it.";
  return `${table}\n${meaning}\n${all.map(({ key, problems }) => problemLines(key, problems)).join("")}`;
}
