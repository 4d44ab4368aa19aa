/**
 * A page of instructions that is run as it stands. In it
 *
 *     On `laptop` and `site`, as root:                      a block `sh` follows, which is run on each of these machines
 *     On `laptop`, as root; repeat it until it succeeds:    … and is run again for as long as it fails or prints something else than is shown
 *     On `laptop`, as root; repeat it until it fails:       … and is run again for as long as it succeeds
 *     It prints:                                            a block `text` follows: all that the block `sh` before it prints, where … stands for any text
 *                                                           of a line and, alone in a line, for any lines
 *     On `laptop`, the file `~/mesh.yaml`:                  a block follows, which becomes that file
 *     Unplug `relay` from the network.                      the wires of the machine are cut
 *     Plug `relay` in again.                                they are whole again
 *
 * Each stands as a line of its own. A block without a language is a drawing. Any other one without such a line before it is refused, so that no
 * command can be left out.
 */

export type Step =
  | {
      readonly kind: "run";
      readonly machines: readonly string[];
      readonly script: string;
      readonly until: "at once" | "it succeeds" | "it fails";
      /** All that it prints, if that is shown. */
      readonly prints?: string;
    }
  | { readonly kind: "write"; readonly machines: readonly string[]; readonly path: string; readonly text: string }
  | { readonly kind: "unplug" | "plug"; readonly machine: string };

export interface Section {
  readonly title: string;
  readonly steps: readonly Step[];
}

const TITLE = /^#+ (.*)$/;
const FENCE = /^```(\w*)$/;
const LIKE_FENCE = /^\s*(?:```|~~~)/;
const PLACE =
  /^On ((?:`[a-z]+`(?:, | and )?)+), (?:as root(?:; repeat it until (it succeeds|it fails))?|the file `([~/]\S+)`):$/;
/** Stands for what differs. */
const ANY = "…";
const PRINTS = "It prints:";
const WIRES = /^(Unplug|Plug) `([a-z]+)` (?:from the network|in again)\.$/;

/** @throws Error with the number of the line where a block stands whose place is not told */
export function readPage(text: string): Section[] {
  const lines = text.split("\n");
  const sections: { title: string; steps: Step[] }[] = [];
  let place = "";
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    const title = TITLE.exec(line)?.[1];
    const wires = WIRES.exec(line);
    if (title !== undefined) sections.push({ title, steps: [] });
    else if (wires !== null)
      sections.at(-1)!.steps.push({ kind: wires[1] === "Unplug" ? "unplug" : "plug", machine: wires[2]! });
    if (!LIKE_FENCE.test(line)) {
      if (line !== "") place = line;
      continue;
    }
    const language = FENCE.exec(line)?.[1];
    const end = lines.indexOf("```", at + 1);
    if (language === undefined || end === -1) throw new Error(`line ${at + 1}: no fence of a block as it is read here`);
    if (language !== "")
      addBlock(sections.at(-1)!.steps, language, place, `${lines.slice(at + 1, end).join("\n")}\n`, at + 1);
    place = "";
    at = end;
  }
  return sections.filter(({ steps }) => steps.length > 0);
}

function addBlock(steps: Step[], language: string, place: string, text: string, line: number): void {
  const [, names, until = "at once", path] = PLACE.exec(place) ?? [];
  const machines = [...(names ?? "").matchAll(/`([a-z]+)`/g)].map(([, name]) => name!);
  const before = steps.at(-1);
  if (path !== undefined) steps.push({ kind: "write", machines, path, text });
  else if (names !== undefined && language === "sh")
    steps.push({ kind: "run", machines, script: text, until: until as "at once" });
  else if (place === PRINTS && language === "text" && before?.kind === "run" && before.prints === undefined)
    steps.splice(-1, 1, { ...before, prints: text });
  else throw new Error(`line ${line}: no line before this block says where it belongs`);
}

/** Whether an output is what a page shows. */
export function isAsShown(output: string, shown: string): boolean {
  const lines = shown
    .trim()
    .split("\n")
    .map((line) => {
      if (line === ANY) return "(?:[^\n]*\n)*";
      return `${line.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll(ANY, ".*")} *\n`;
    });
  return new RegExp(`^${lines.join("")}$`).test(`${output.trim()}\n`);
}
