import type { Fact } from "@florenetes/facts";

/** The order in which records are judged and appended: roots by their versions, then records on which others rest, then all others. */
export function rankOf({ kind, epoch }: Pick<Fact, "kind" | "epoch">): number {
  if (kind === "root") return epoch - Number.MAX_SAFE_INTEGER;
  return ["policy", "node", "role"].includes(kind) ? 0 : 1;
}
