import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { isSoak } from "@florenetes/simkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { completionFiles } from "../src/completion/completion-files.ts";
import { allCommands, type Command } from "../src/help/command.ts";
import type { HelpFile } from "../src/help/help-file.ts";
import { readCommands } from "../src/help/read-commands.ts";
import { manualFiles } from "../src/manual/manual-files.ts";
import { isInstalled } from "./programs.ts";

const checkout = join(import.meta.dirname, "../../..");
const OPTIONS = { date: "2026-11-27", version: "0.1.0" };

const programs = [
  ["link-flor", "apps/link-flor", 8],
  ["fabric-flor", "apps/fabric-flor", 8],
] as const;
/** Packages have the pages of all programs, and are made in each run: to ask each command of each program once more takes half a minute of CPU time. */
const otherPrograms = [
  ["cluster-flor", "apps/cluster-flor", 8],
  ["vpn-flor", "apps/vpn-flor", 8],
  ["control-flor", "apps/control-flor", 8],
  ["store-flor", "apps/store-flor", 8],
  ["update-flor", "apps/update-flor", 8],
  ["flor", "tools/flor", 1],
] as const;

describe.each([...programs, ...(isSoak ? otherPrograms : [])])("%s", (name, path, section) => {
  let program: Command;
  let page: HelpFile;
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "florenetes-help-"));
    program = readCommands(name, join(checkout, path, "dist/main.js"));
    const [first, ...others] = manualFiles(program, checkout, OPTIONS);
    expect(others).toEqual([]);
    page = first!;
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("has a page with each command and each option, with what it means", () => {
    expect(page.path).toBe(`usr/share/man/man${section}/${name}.${section}`);
    // Without marks and places where lines may break.
    const text = page.text
      .replaceAll(/\\f[BIR]|\\:/g, "")
      .replaceAll("\\-", "-")
      .replaceAll("\\(aq", "'")
      .replaceAll("\\(dq", '"')
      .replaceAll("\\(ga", "`");
    for (const command of allCommands(program)) {
      const heading = command === program ? "\n.SH OPTIONS\n" : `\n.SS ${command.path.join(" ")}\n`;
      const [, part = ""] = text.split(heading);
      const [own = ""] = part.split(/\n\.S[SH] /);
      expect(text).toContain(command.description);
      for (const { flags, description } of command.options.filter(({ flags }) => !flags.includes("--help"))) {
        expect(own).toContain(`.TP\n${flags.join(", ")}`);
        expect(own).toContain(description);
      }
    }
    for (const heading of ["NAME", "SYNOPSIS", "FILES", "EXIT STATUS", "SEE ALSO"])
      expect(text).toContain(`\n.SH ${heading}\n`);
    expect(text).toContain("/etc/florenetes/");
    expect(text).toContain("\n.TP\n70\na mistake of the program itself\n");
  });

  test.runIf(isInstalled("man", "man on the pages of the programs"))(
    "has a page that man takes without a warning",
    () => {
      const file = join(folder, basename(page.path));
      writeFileSync(file, page.text);
      // The width by which Debian's packages are judged.
      const env = { ...process.env, LC_ALL: "C.UTF-8", MANWIDTH: "80", MANROFFSEQ: "" };
      const { stderr, status } = spawnSync("man", ["--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", file], {
        env,
        encoding: "utf8",
      });
      expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    },
  );

  test("has scripts in which bash, zsh and fish find each command and each option", () => {
    for (const { path, text } of completionFiles(program)) {
      for (const command of allCommands(program)) {
        for (const flag of command.options.flatMap(({ flags }) => flags)) {
          const shown = path.endsWith(".fish") ? ` ${flag.replace(/^--/, "-l ").replace(/^-(\w)$/, "-s $1")} ` : flag;
          const line = path.endsWith(".fish") ? `"${command.path.join(" ")}"' ` : "";
          const lines =
            line === ""
              ? text
              : text
                  .split("\n")
                  .filter((each) => each.includes(line))
                  .join("\n");
          expect(lines).toContain(shown);
        }
        expect(text).toContain(command.path.at(-1));
      }
    }
  });

  test("has a script by which bash offers the commands and options of each command", () => {
    const [bash] = completionFiles(program);
    const file = join(folder, "completion");
    writeFileSync(file, bash!.text);
    const complete = `_${name.replaceAll("-", "_")}`;
    const script = `. "$1"; while read -ra COMP_WORDS; do COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 )); [[ \${COMP_WORDS[-1]} == . ]] && COMP_WORDS[-1]=; ${complete}; echo "\${COMPREPLY[@]}"; done`;
    const commands = allCommands(program).filter((command) => command.options.length > 0);
    const input = commands.flatMap(({ path }) => [`${path.join(" ")} -`, `${path.join(" ")} .`]).join("\n");
    const { stdout } = spawnSync("bash", ["--norc", "-c", script, "bash", file], {
      cwd: folder,
      input: `${input}\n`,
      encoding: "utf8",
    });
    const answers = stdout.split("\n");
    for (const [index, command] of commands.entries()) {
      expect(answers[2 * index]).toBe(command.options.flatMap(({ flags }) => flags).join(" "));
      if (command.commands.length === 0) continue;
      expect(answers[2 * index + 1]).toBe(command.commands.map(({ path }) => path.at(-1)).join(" "));
    }
  });
});

test("a program that is not built is told", () => {
  expect(() => readCommands("toy", join(checkout, "nowhere/main.js"))).toThrow(/`toy --help` has failed/);
});
