const UNITS: Readonly<Record<string, number>> = { "kbit/s": 1e3, "Mbit/s": 1e6, "Gbit/s": 1e9 };

/** Bits per second of `"64 kbit/s"`, `"50 Mbit/s"` or `"2.5 Gbit/s"`; undefined for anything else. */
export function parseRate(text: string): number | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)\s?([kMG]bit\/s)$/.exec(text);
  return match === null ? undefined : Math.round(Number(match[1]) * UNITS[match[2]!]!);
}
