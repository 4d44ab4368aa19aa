/** A figure with a line of its last values. */
import { type Markup, markup } from "./markup.ts";
import type { Trend } from "./picture.ts";

const HEIGHT = 20;
/** How far values stand apart. */
const STEP = 2;
/** Room above and below, so that a thick line is not cut off. */
const MARGIN = 1;

/** The line is as high as the largest value. It is broken where no value is known. */
export function trendOf({ text, values, label }: Trend): Markup {
  const most = Math.max(...values.map((value) => value ?? 0), Number.MIN_VALUE);
  const lines: string[][] = [];
  for (const [at, value] of values.entries()) {
    if (value === null) continue;
    const place = `${at * STEP},${Math.round(HEIGHT - MARGIN - (value / most) * (HEIGHT - 2 * MARGIN))}`;
    if (at > 0 && values[at - 1] !== null) lines.at(-1)!.push(place);
    else lines.push([place]);
  }
  const drawn = lines.map((places) => {
    // A line of one point would not be seen.
    const points = (places.length === 1 ? [places[0]!, places[0]!] : places).join(" ");
    return markup`<polyline points="${points}"/>`;
  });
  const box = `0 0 ${Math.max(values.length - 1, 1) * STEP} ${HEIGHT}`;
  const line = markup`<svg class="trend" role="img" aria-label="${label}" viewBox="${box}">${drawn}</svg>`;
  return markup`${line} ${text}`;
}
