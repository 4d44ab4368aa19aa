/** Reads the answer of `/metrics` strictly: by the grammar of Prometheus' text format 0.0.4. */
import { readFileSync } from "node:fs";
import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import type { Lab, ProcessName } from "@florenetes/meshlab";

export interface MetricFamily {
  readonly help: string;
  readonly type: string;
  readonly samples: { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

/** Asks a process of the lab, as `curl --unix-socket` does. */
export async function readMetrics(
  lab: Lab,
  node: string,
  name: ProcessName,
): Promise<ReadonlyMap<string, MetricFamily>> {
  const socketPath = /^admin: "?([^"\n]+)"?$/m.exec(readFileSync(lab.configFile(node, name), "utf8"))![1]!;
  const response = await new Promise<IncomingMessage>((done, fail) => {
    request({ socketPath, path: "/metrics", agent: false }, done).once("error", fail).end();
  });
  return parseMetrics(await text(response));
}

const METRIC = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const LABEL = String.raw`[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"`;
const HELP_LINE = new RegExp(String.raw`^# HELP (${METRIC}) ((?:[^\\\n]|\\[\\n])+)$`);
const TYPE_LINE = new RegExp(`^# TYPE (${METRIC}) (counter|gauge)$`);
const SAMPLE_LINE = new RegExp(String.raw`^(${METRIC})(?:\{(${LABEL}(?:,${LABEL})*)\})? (\S+)$`);
const NUMBER = /^(?:[+-]?Inf|NaN|[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/;

/** Throws the mistake, and its line: each metric has HELP, TYPE and its samples in one piece, and no sample twice. */
export function parseMetrics(answer: string): ReadonlyMap<string, MetricFamily> {
  if (!answer.endsWith("\n")) throw new Error("the last line does not end");
  const families = new Map<string, MetricFamily>();
  let current = "";
  let help: RegExpExecArray | null = null;
  const seen = new Set<string>();
  for (const line of answer.slice(0, -1).split("\n")) {
    const wrong = (what: string): Error => new Error(`${what}: ${line}`);
    if (line === "") continue;
    if (line.startsWith("# HELP")) {
      help = HELP_LINE.exec(line);
      if (help === null) throw wrong("no help");
    } else if (line.startsWith("# TYPE")) {
      const [, name, type] = TYPE_LINE.exec(line) ?? [];
      if (name === undefined || name !== help?.[1] || families.has(name)) throw wrong("no type of the metric before");
      families.set(name, { help: help[2]!, type: type!, samples: [] });
      current = name;
    } else {
      const [, name, labels = "", value = ""] = SAMPLE_LINE.exec(line) ?? [];
      if (name === undefined || !NUMBER.test(value)) throw wrong("no sample");
      if (name !== current) throw wrong("a sample of another metric");
      const pairs = labels === "" ? [] : labels.match(new RegExp(LABEL, "g"))!.map(readLabel);
      const key = `${name} ${JSON.stringify(pairs.map((pair) => pair.join("=")).toSorted())}`;
      if (seen.has(key) || new Set(pairs.map(([label]) => label)).size < pairs.length) throw wrong("twice");
      seen.add(key);
      families.get(name)!.samples.push({ labels: Object.fromEntries(pairs), value: Number(value) });
    }
  }
  return families;
}

function readLabel(pair: string): [string, string] {
  const at = pair.indexOf("=");
  const value = pair.slice(at + 2, -1).replaceAll(/\\(.)/g, (_, letter: string) => (letter === "n" ? "\n" : letter));
  return [pair.slice(0, at), value];
}

/** The metrics of a process as docs/operate/metrics.md lists them: type and labels by name. */
export function documentedMetrics(
  page: string,
  process: ProcessName,
): ReadonlyMap<string, { readonly type: string; readonly labels: readonly string[] }> {
  const sections = page
    .split(/^## /m)
    .filter((section) => new RegExp(`^Of (both processes|${process})\n`).test(section));
  const rows = sections.flatMap((section) => [...section.matchAll(/^\| `(\w+)` \| (\w+) \| (.+?) \| .+ \|$/gm)]);
  return new Map(rows.map(([, name, type, labels]) => [name!, { type: type!, labels: labels!.match(/\w+/g)! }]));
}
