import type { Lab, ProcessName } from "@florenetes/meshlab";

/** What a process has logged under a code, in order, with the fields that are texts. What it wrote before its log began is none. */
export async function logEntries(
  lab: Lab,
  node: string,
  process: ProcessName,
  code: string,
): Promise<readonly Readonly<Record<string, string>>[]> {
  const lines = (await lab.logs(node, process)).split("\n").filter((line) => line.startsWith("{"));
  return lines.map((line) => JSON.parse(line) as Record<string, string>).filter((entry) => entry["code"] === code);
}
