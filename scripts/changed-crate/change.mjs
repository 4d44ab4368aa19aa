// Changes of files: unified diffs without context, behind a title and a reason. Without context a change has no line of the crate's text but those that it
// replaces. That is safe where the text is known to the last byte: lines are found by number, and those that are replaced are compared.

const HUNK = /^@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@$/;

/**
 * Changes files.
 *
 * @param files texts by path, which are replaced
 * @param change a title, a reason, and a diff
 * @returns undefined, or where the files are not those that the change was made for
 */
export function applyChange(files, change) {
  const lines = change.replace(/\n$/, "").split("\n");
  let next = lines.findIndex((line) => line.startsWith("--- a/"));
  if (next === -1) return "it changes nothing";
  while (next < lines.length) {
    const path = lines[next].slice("--- a/".length);
    if (!files.has(path) || lines[next + 1] !== `+++ b/${path}`) return `there is no file ${path}`;
    next += 2;
    const old = files.get(path).split("\n");
    const changed = [];
    let taken = 0;
    for (let hunk; (hunk = HUNK.exec(lines[next] ?? "")) !== null;) {
      const [removed, added] = [Number(hunk[2] ?? 1), Number(hunk[3] ?? 1)];
      // A hunk that removes nothing gives the number of the line before it.
      const start = Number(hunk[1]) - (removed === 0 ? 0 : 1);
      const before = lines.slice(next + 1, next + 1 + removed);
      const after = lines.slice(next + 1 + removed, next + 1 + removed + added);
      const isAsExpected = before.every((line, index) => line === `-${old[start + index]}`);
      if (start < taken || start > old.length || !isAsExpected) return `${path}, line ${hunk[1]}, is another one`;
      if (after.length < added || after.some((line) => !line.startsWith("+")))
        return `${path}, line ${hunk[1]}, is cut off`;
      changed.push(...old.slice(taken, start), ...after.map((line) => line.slice(1)));
      taken = start + removed;
      next += 1 + removed + added;
    }
    if (next < lines.length && !lines[next].startsWith("--- a/")) return `"${lines[next]}" is no part of a change`;
    files.set(path, [...changed, ...old.slice(taken)].join("\n"));
  }
  return undefined;
}
