import { closest, distance } from "fastest-levenshtein";

/** The candidate that `word` is probably a misspelling of, or undefined when none is near enough. */
export function nearMatch(word: string, candidates: readonly string[]): string | undefined {
  if (candidates.length === 0 || word.length > 64) return undefined;
  const folded = word.toLowerCase();
  const best = closest(
    folded,
    candidates.map((candidate) => candidate.toLowerCase()),
  );
  const match = candidates.find((candidate) => candidate.toLowerCase() === best);
  if (match === undefined) return undefined;
  // Two letters (which swapped neighbours cost too), or a third of a long word, but never all of a short one.
  const allowed = Math.min(Math.max(2, Math.floor(match.length / 3)), Math.ceil(match.length / 2) - 1, word.length - 1);
  return distance(folded, best) <= allowed ? match : undefined;
}

/** `Did you mean "label"?`, or else the list of what there is (`Known: a, b.`), or else the fallback. */
export function suggest(word: string, candidates: readonly string[], none: string): string {
  const match = nearMatch(word, candidates);
  if (match !== undefined) return `Did you mean "${match}"?`;
  if (candidates.length === 0) return none;
  const shown = candidates.slice(0, 12).join(", ");
  return `Known here: ${shown}${candidates.length > 12 ? ", ..." : ""}.`;
}
