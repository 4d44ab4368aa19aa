/**
 * Writes the tables of documents that are made of code. Each stands between two comments, `<!-- table: NAME -->` and `<!-- end -->`.
 *
 *   node --conditions=@florenetes/source scripts/tables.ts            writes them
 *   node --conditions=@florenetes/source scripts/tables.ts --check    writes nothing, and fails where one is not as the code has it
 */
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CLUSTER_METRICS } from "../apps/cluster-flor/src/admin/cluster-metrics.ts";
import { LINK_METRICS } from "../apps/link-flor/src/admin/link-metrics.ts";

interface MetricForm {
  readonly name: string;
  readonly kind: string;
  readonly help: string;
  readonly labels: readonly string[];
}

const root = dirname(import.meta.dirname);
const linkRows = LINK_METRICS.map(metricRow);
const clusterRows = CLUSTER_METRICS.map(metricRow);

/** The lines of each table, by the name that a page has for it. */
const TABLES: ReadonlyMap<string, readonly string[]> = new Map([
  ["metrics of both processes", metricTable(linkRows.filter((row) => clusterRows.includes(row)))],
  ["metrics of link-flor", metricTable(linkRows.filter((row) => !clusterRows.includes(row)))],
  ["metrics of cluster-flor", metricTable(clusterRows.filter((row) => !linkRows.includes(row)))],
]);
const TABLE = /^<!-- table: (.+) -->\n[^]*?^<!-- end -->$/gm;

const isCheck = process.argv.includes("--check");
const placed = new Set<string>();
let stale = 0;
for (const page of globSync("docs/*/*.md", { cwd: root })) {
  const text = readFileSync(join(root, page), "utf8");
  const made = text.replaceAll(TABLE, (_, name: string) => {
    const lines = TABLES.get(name);
    if (lines === undefined) throw new Error(`${page}: no code makes the table "${name}"`);
    placed.add(name);
    return [`<!-- table: ${name} -->`, "", ...lines, "", "<!-- end -->"].join("\n");
  });
  if (made === text) continue;
  stale++;
  if (isCheck) console.log(`${page}: a table is not as the code has it: npm run tables`);
  else writeFileSync(join(root, page), made);
}
for (const name of TABLES.keys()) if (!placed.has(name)) throw new Error(`no page has the table "${name}"`);
if (isCheck && stale > 0) process.exitCode = 1;

function metricTable(rows: readonly string[]): string[] {
  return ["| metric | type | labels | meaning |", "| --- | --- | --- | --- |", ...rows];
}

function metricRow({ name, kind, help, labels }: MetricForm): string {
  return `| \`florenetes_${name}\` | ${kind} | ${labels.map((label) => `\`${label}\``).join(", ")} | ${help} |`;
}
