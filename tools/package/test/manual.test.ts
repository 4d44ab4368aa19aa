import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tableBelow, titleOf } from "../src/manual/documents.ts";
import { manualPage, type PageContext } from "../src/manual/page.ts";
import { systemdFiles } from "../src/manual/systemd-files.ts";
import { isInstalled } from "./programs.ts";
import { toy } from "./toy.ts";

const CONTEXT: PageContext = {
  section: 8,
  date: "2026-11-27",
  version: "0.1.0",
  files: [["/etc/toy/CLUSTER/toy.yaml", "the config"]],
  exitCodes: [["0", "done"]],
  pages: ["ball(1)", "doll(8)"],
  documents: [["/usr/share/toys/play.md", "How to play"]],
};
let folder: string;
let page: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "florenetes-manual-"));
  page = join(folder, "toy.8");
  writeFileSync(page, manualPage(toy(), CONTEXT));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a page of the manual", () => {
  test("is the roff that it has to be", () => {
    expect(readFileSync(page, "utf8")).toBe(readFileSync(join(import.meta.dirname, "golden/toy.8"), "utf8"));
  });

  test.runIf(isInstalled("man", "man on a page"))(
    "is shown without a warning, with all characters as they were",
    () => {
      const env = { ...process.env, LC_ALL: "C.UTF-8", MANWIDTH: "100" };
      const { stdout, stderr, status } = spawnSync("man", ["--warnings", "-E", "UTF-8", "-l", page], {
        env,
        encoding: "utf8",
      });
      expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
      for (const line of [
        String.raw`toy - plays: it's a \small\ one, with a description that is broken`,
        ".profile is read first",
        "-w, --watch [seconds]",
        "$ toy run -c toy.yaml    'quoted'",
        ".TH is no request here",
        'how much is told; one of them (choices: "low", "high", default: "low")',
      ]) {
        expect(stdout).toContain(line);
      }
    },
  );

  test.runIf(isInstalled("lexgrog", "lexgrog on a page"))("has a name that whatis finds", () => {
    expect(spawnSync("lexgrog", [page], { encoding: "utf8" }).stdout).toContain("toy - plays");
  });
});

describe("what a page takes from files", () => {
  test("is the config, the state and the sockets of a unit", () => {
    const unit = `[Service]
ExecStart=/opt/bin/toy run --config /etc/toy/%i/toy.yaml
StateDirectory=toy-%i
ReadWritePaths=-/etc/toy/%i
ReadWritePaths=-/run/toy-%i
`;
    expect(systemdFiles(unit).map(([path]) => path)).toEqual([
      "/etc/toy/CLUSTER/toy.yaml",
      "/var/lib/toy-CLUSTER",
      "/run/toy-CLUSTER",
    ]);
    expect(systemdFiles("[Service]\n")).toEqual([]);
  });

  test("is a table and the title of a document, without links and marks", () => {
    const text =
      "# The `toys`\n\n## Codes\n\n| code | meaning |\n| --- | --- |\n| 1, 2 | of `run`: [broken](b.md) |\n\n| 3 | no |\n";
    expect(titleOf(text)).toBe("The toys");
    expect(tableBelow("Codes", text)).toEqual([["1, 2", "of run: broken"]]);
    expect(() => tableBelow("Others", text)).toThrow('no heading "Others"');
  });
});
