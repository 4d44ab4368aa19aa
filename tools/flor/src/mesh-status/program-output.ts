import { foreignText } from "@florenetes/operator-text";
import { TEXT_LENGTH_MAX } from "./limits.ts";

/** The reason why there is no answer. */
export interface Silence {
  readonly silence: string;
}

/** Reads the lines that a program of a node has printed, among which a line of JSON is its answer. Any output becomes an answer, or a reason why there is none. */
export function readProgramOutput<Answer>(
  lines: readonly string[],
  read: (answer: unknown) => Answer,
): Answer | Silence {
  const json = lines.find((line) => line.startsWith("{"));
  if (json === undefined) {
    const said = lines.find((line) => line.trim() !== "") ?? "it says nothing";
    return { silence: foreignText(said.trim(), TEXT_LENGTH_MAX) };
  }
  try {
    return read(JSON.parse(json) as unknown);
  } catch {
    return { silence: "it answers what is no JSON" };
  }
}
