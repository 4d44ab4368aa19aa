/** Indents what stands in lists as the generator reads it. Pure. */

const MARKER = /^ {0,3}(?:[-*+]|\d{1,9}[.)]) +(?=\S)/;
const FENCE = /^ {0,3}(```+|~~~+)/;
/** The generator takes four spaces for each list around a line, however wide the list's own marks are. */
const STEP = "    ";

/**
 * Changes Markdown whose lists are indented by the width of their marks, as GitHub reads it: it is indented by four spaces then, and a list
 * that follows a paragraph at once has an empty line before it. Lines out of lists stay as they are.
 */
export function withWideIndents(markdown: string): string {
  /** Columns at which the text of each open list begins. */
  const lists: number[] = [];
  let fence: string | undefined;
  let isAfterText = false;
  /** Whether the line above is in an item's first paragraph: the next item may follow it at once. */
  let isInFirst = false;
  const lines = markdown.split("\n").map((line) => {
    if (line.trim() === "") {
      isAfterText = isInFirst = false;
      return fence === undefined ? "" : line;
    }
    const indent = line.length - line.trimStart().length;
    const own = line.slice(Math.min(indent, lists.at(-1) ?? 0));
    if (fence !== undefined) {
      if (own.trim() === fence) fence = undefined;
      return `${STEP.repeat(lists.length)}${own}`;
    }
    const begins = MARKER.test(line.trimStart()) || FENCE.test(line.trimStart());
    // A paragraph may go on without its indent.
    if (isAfterText && !begins && indent < (lists.at(-1) ?? 0)) return line;
    while (lists.length > 0 && indent < lists.at(-1)!) lists.pop();
    const column = lists.at(-1) ?? 0;
    const rest = line.slice(column);
    const depth = lists.length;
    fence = FENCE.exec(rest)?.[1];
    const marker = fence === undefined ? MARKER.exec(rest) : null;
    if (marker !== null) lists.push(column + marker[0].length);
    const before = marker !== null && isAfterText && !isInFirst ? "\n" : "";
    isInFirst ||= marker !== null;
    isAfterText = fence === undefined;
    if (marker === null) return depth === 0 ? line : `${STEP.repeat(depth)}${rest}`;
    return `${before}${STEP.repeat(depth)}${rest.trimStart()}`;
  });
  return lines.join("\n");
}
