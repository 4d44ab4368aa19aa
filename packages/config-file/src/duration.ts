const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `1500` (milliseconds), `"1500ms"`, `"1.5s"`, `"2min"`, `"12h"` or `"7d"`; undefined for anything else. */
export function parseDuration(value: number | string): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  const match = /^(\d{1,9}(?:\.\d{1,3})?)\s?(ms|s|min|h|d)$/.exec(value);
  return match === null ? undefined : Number(match[1]) * UNITS[match[2]!]!;
}
