/** A part of a whole, as a bar. */
import { type Markup, markup } from "./markup.ts";
import type { Bar } from "./picture.ts";

const WIDTH = 120;
const HEIGHT = 12;
/** Room around it, so that its frame is not cut off. */
const MARGIN = 1;

/** The bar is full where as much is used as there may be, and where it is more. */
export function barOf({ text, used, most }: Bar): Markup {
  const [width, height] = [WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN];
  const part = used >= most ? width : Math.round((used / most) * width);
  const place = (className: string, wide: number): Markup =>
    markup`<rect class="${className}" x="${MARGIN}" y="${MARGIN}" width="${wide}" height="${height}"/>`;
  const drawn = [place("whole", width), place("used", part)];
  return markup`<svg class="bar" aria-hidden="true" viewBox="0 0 ${WIDTH} ${HEIGHT}">${drawn}</svg> ${text}`;
}
