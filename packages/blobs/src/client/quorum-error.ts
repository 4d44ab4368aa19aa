/** The error where too few holders have done something. Pure. */
import { foreignText } from "@florenetes/operator-text";
import { HolderError } from "../holder-error.ts";

const TEXT_LENGTH_MAX = 200;

/** Codes of holders that have said nothing about what they were asked. */
export const NO_ANSWERS: ReadonlySet<HolderError["code"]> = new Set([
  "ERR_STORAGE_BUSY",
  "ERR_STORAGE_FORM",
  "ERR_STORAGE_UNREACHABLE",
]);

/** How many holders have done something, and how many would have been enough. */
export interface Quorum {
  /** Such as `took the shard`. */
  readonly done: string;
  readonly good: number;
  readonly enough: number;
  readonly asked: number;
  readonly refusals: ReadonlyMap<string, HolderError>;
}

/**
 * The error of too few holders. Where so many say the same that this alone stands in the way, it has their code, and their entry and time; else
 * ERR_STORAGE_MAJORITY with what each has said.
 */
export function quorumError({ done, good, enough, asked, refusals }: Quorum): HolderError {
  const said = [...refusals.values()];
  const counts = new Map<HolderError["code"], HolderError[]>();
  for (const error of said) counts.set(error.code, [...(counts.get(error.code) ?? []), error]);
  for (const [code, errors] of counts) {
    if (asked - errors.length >= enough || NO_ANSWERS.has(code)) continue;
    const [{ refusal }] = errors as [HolderError];
    const until = errors.map((error) => error.refusal.until ?? 0).toSorted((a, b) => a - b);
    const last = until[Math.floor((until.length - 1) / 2)];
    return new HolderError({ ...refusal, ...(refusal.until !== undefined && last !== undefined && { until: last }) });
  }
  const each = [...refusals].map(
    ([node, { code, message }]) => `${node}: ${foreignText(message, TEXT_LENGTH_MAX)} (${code})`,
  );
  const told = each.length === 0 ? "" : `: ${each.join("; ")}`;
  const message = `${good} of ${asked} holders ${done}, and it takes ${enough}${told}`;
  return new HolderError({ code: "ERR_STORAGE_MAJORITY", message });
}
