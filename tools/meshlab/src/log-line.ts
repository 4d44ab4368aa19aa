/** A line of a JSON log in a form for people; any other line unchanged. */
export function shortenLogLine(line: string): string {
  if (!line.startsWith("{")) return line;
  try {
    const { time, level, code, msg, ...rest } = JSON.parse(line) as Record<string, unknown>;
    const details = Object.entries(rest).filter(
      ([key]) => !["pid", "hostname", "name", "cluster", "vertex"].includes(key),
    );
    const words = details.map(([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`);
    const start = [String(time).slice(11, 23), ...[level, code, msg].filter((part) => typeof part === "string")];
    return [...start, ...words].join(" ");
  } catch {
    return line;
  }
}
