/**
 * Breaks a line into lines of at most `width` characters, at spaces where possible. Further lines begin with `indent`
 * spaces, and have room for at least one character. `width` may be infinite.
 */
export function wrapLine(line: string, width: number, indent: number): string[] {
  const room = Math.max(width, indent + 1);
  const lines: string[] = [];
  let rest = line;
  while (rest.length > room) {
    const head = rest.slice(0, room + 1);
    const space = head.lastIndexOf(" ");
    const end = head.slice(0, Math.max(space, 0)).trim() === "" ? room : space;
    lines.push(rest.slice(0, end).trimEnd());
    rest = " ".repeat(indent) + rest.slice(end).trimStart();
  }
  return rest.trim() === "" && lines.length > 0 ? lines : [...lines, rest];
}
