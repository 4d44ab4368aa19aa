import type { FigureName } from "./figures.ts";
import { meshOf, openMesh } from "./mesh.ts";
import type { OtherCheckout } from "./other-checkout.ts";
import { USUAL_PLACE } from "./place.ts";
import type { Plan } from "./plan.ts";
import { measureSystem, type SystemResult } from "./system-result.ts";
import { comparedCells, markdownTable, problemLines } from "./tables.ts";

/** The results of both meshes, round by round. */
export interface Beside {
  readonly here: readonly SystemResult[];
  readonly beside: readonly SystemResult[];
}

/** Measures the mesh of this checkout and that of another one in turns, `plan.repeats` times. Needs root. */
export async function measureBeside(other: OtherCheckout, plan: Plan, onStep: (text: string) => void): Promise<Beside> {
  const here = { name: "here", open: openMesh, results: [] as SystemResult[] };
  const where = `in ${other.name}`;
  const beside = { name: where, open: await meshOf(other.root, other.name), results: [] as SystemResult[] };
  for (let round = 0; round < plan.repeats; round++) {
    // Each mesh goes first in every other round.
    for (const { name, open, results } of round % 2 === 0 ? [here, beside] : [beside, here]) {
      onStep(`round ${round + 1} of ${plan.repeats}, ${name}`);
      results.push(await measureSystem(name, open, USUAL_PLACE, { ...plan, repeats: 1 }));
    }
  }
  return { here: here.results, beside: beside.results };
}

/** The figures that both meshes have, as a Markdown table with an explanation below. @param other The other commit's name. */
export function renderBeside({ here, beside }: Beside, other: string): string {
  const all = [...here, ...beside];
  const names = new Set(all.flatMap(({ figures }) => Object.keys(figures) as FigureName[]));
  const rows = [...names].flatMap((name) => {
    const pairs = here.map((result, round) => [result, beside[round]].flatMap((one) => one?.figures[name]?.[0] ?? []));
    const rounds = pairs.filter(({ length }) => length === 2);
    if (rounds.length === 0) return [];
    const [ours, theirs] = [0, 1].map((side) => rounds.map((round) => round[side]!));
    return [[name, ...comparedCells(ours!, theirs!), String(rounds.length)]];
  });
  const table = markdownTable(["what", "here", `in ${other}`, "ratio", "rounds"], rows);
  const meaning =
    "Medians, and in parentheses what half of the rounds lie between. The two meshes took turns, round by round; the ratio is that of " +
    "each round to the one beside it.";
  return `${table}\n${meaning}\n${all.map(({ key, problems }) => problemLines(key, problems)).join("")}`;
}
