/** The metrics of all programs, as the page has them, judged by `promtool check metrics`: names, kinds, units and words. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isInstalled } from "./programs.ts";

const page = readFileSync(join(import.meta.dirname, "../../../docs/operate/metrics.md"), "utf8");
const ROW = /^\| `(florenetes_\w+)` \| (gauge|counter) \| (.*?) \| (.*) \|$/gm;

/** The text that a program would tell with one sample of each metric of a table. */
function toldBy(table: string): string {
  const lines = Array.from(table.matchAll(ROW), ([, name, kind, labels, help]) => {
    const pairs = Array.from(labels!.matchAll(/\w+/g), ([label]) => `${label}="x"`);
    return `# HELP ${name} ${help!.replaceAll("\\", "")}\n# TYPE ${name} ${kind}\n${name}{${pairs.join(",")}} 1\n`;
  });
  return lines.join("");
}

const TABLES = Array.from(page.matchAll(/<!-- table: metrics of (.*?) -->([^]*?)<!-- end -->/g), ([, who, table]) => [
  who!,
  toldBy(table!),
]);

describe("the metrics", () => {
  test("are those of all programs that tell any", () => {
    expect(TABLES.map(([who]) => who)).toEqual([
      "both processes",
      "link-flor",
      "cluster-flor",
      "fabric-flor",
      "vpn-flor",
      "control-flor",
      "store-flor",
    ]);
    for (const [who, text] of TABLES) expect(text!.split("\n").length, who).toBeGreaterThan(30);
  });

  test.runIf(isInstalled("promtool", "names of metrics by promtool")).each(TABLES)(
    "promtool finds no fault in those of %s",
    (_, text) => {
      const { status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], {
        input: text,
        encoding: "utf8",
      });
      expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: "" });
    },
  );

  test.runIf(isInstalled("promtool", "a name of a metric that is wrong"))("of a wrong name is found", () => {
    const text = "# HELP florenetes_bytes_sent x\n# TYPE florenetes_bytes_sent counter\nflorenetes_bytes_sent 1\n";
    expect(spawnSync("promtool", ["check", "metrics"], { input: text, encoding: "utf8" }).status).not.toBe(0);
  });
});
