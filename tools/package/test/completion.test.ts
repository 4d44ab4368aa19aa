import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { completionFiles } from "../src/completion/completion-files.ts";
import { isInstalled } from "./programs.ts";
import { toy } from "./toy.ts";

const BASH = "usr/share/bash-completion/completions/toy";
const ZSH = "usr/share/zsh/vendor-completions/_toy";
const FISH = "usr/share/fish/vendor_completions.d/toy.fish";
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "florenetes-completion-"));
  for (const { path, text } of completionFiles(toy())) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  mkdirSync(join(folder, "work/a folder"), { recursive: true });
  writeFileSync(join(folder, "work/a file"), "");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The words that bash offers for the last of the words, in a folder with one folder and one file. */
function offered(...words: readonly string[]): string[] {
  const script = `. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _toy; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const args = ["--norc", "-c", script, "bash", join(folder, BASH), "toy", ...words];
  const { stdout, stderr } = spawnSync("bash", args, { cwd: join(folder, "work"), encoding: "utf8" });
  expect(stderr).toBe("");
  return stdout.split("\n").filter((line) => line !== "");
}

describe("the scripts of completion", () => {
  test.each([
    [BASH, "toy.bash"],
    [ZSH, "toy.zsh"],
    [FISH, "toy.fish"],
  ])("%s is the text that it has to be", (path, golden) => {
    const expected = readFileSync(join(import.meta.dirname, "golden", golden), "utf8");
    expect(readFileSync(join(folder, path), "utf8")).toBe(expected);
  });

  for (const [shell, path] of [
    ["bash", BASH],
    ["zsh", ZSH],
    ["fish", FISH],
  ] as const) {
    test.runIf(isInstalled(shell, `${shell} -n on its script`))(`${shell} can read its script`, () => {
      const { stderr, status } = spawnSync(shell, ["-n", join(folder, path)], { encoding: "utf8" });
      expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
    });
  }

  test.each(["$(reboot)", "a b", "`x`", "x;y"])("refuse the choice %s, which shells would read", (choice) => {
    const text = `Usage: toy\n\nOptions:\n  --level <level>  how (choices: "low", "${choice}")\n`;
    expect(() => completionFiles(toy({ toy: text }))).toThrow("means something to shells");
  });
});

describe("bash", () => {
  test.each<[words: string[], offered: string[]]>([
    [[""], ["run", "box", "help"]],
    [["b"], ["box"]],
    [["--v"], ["--version"]],
    [["box", ""], ["open"]],
    [
      ["box", "open", ""],
      ["red", "green"],
    ],
    [
      ["box", "open", "red", ""],
      ["a file", "a folder"],
    ],
    [["box", "open", "red", "it", ""], []],
    [
      ["help", ""],
      ["run", "box"],
    ],
    [
      ["run", "--"],
      ["--config", "--out", "--days", "--level", "--tag", "--watch", "--help"],
    ],
    [
      ["run", ""],
      ["a file", "a folder"],
    ],
    [["run", "s1", "s2", "a fi"], ["a file"]],
    [
      ["run", "-c", ""],
      ["a file", "a folder"],
    ],
    [["run", "--out", ""], ["a folder"]],
    [["run", "--days", ""], []],
    [
      ["run", "--level", ""],
      ["low", "high"],
    ],
    [["run", "--level", "h"], ["high"]],
    // Bash takes words apart at "=".
    [
      ["run", "--level", "="],
      ["low", "high"],
    ],
    [["run", "--level", "=", "l"], ["low"]],
    // The value of an option is no command.
    [["box", "--by", "open", ""], ["open"]],
    [["run", "--tag", "a", "b", ""], []],
    [
      ["run", "--tag", "a", "--level", ""],
      ["low", "high"],
    ],
    [
      ["nothing", "of", ""],
      ["run", "box", "help"],
    ],
    [
      ["*", ""],
      ["run", "box", "help"],
    ],
  ])("offers for %j what can stand there", (words, expected) => {
    expect(offered(...words).toSorted()).toEqual(expected.toSorted());
  });

  test("starts no program", () => {
    const { stderr } = spawnSync(
      "bash",
      ["--norc", "-c", '. "$1"; PATH=/nowhere COMP_WORDS=(toy "") COMP_CWORD=1; _toy', "bash", join(folder, BASH)],
      { encoding: "utf8" },
    );
    expect(stderr).toBe("");
  });
});

describe.runIf(isInstalled("fish", "fish with its script"))("fish", () => {
  test.each<[line: string, offered: string[]]>([
    ["toy ", ["run", "box", "help"]],
    ["toy box ", ["open"]],
    ["toy box open ", ["red", "green"]],
    ["toy box open red it ", []],
    ["toy box --by open ", ["open"]],
    ["toy run --level ", ["low", "high"]],
    ["toy run --level=h", ["--level=high"]],
    ["toy run --days ", []],
    ["toy run -c ", ["a file", "a folder/"]],
  ])("offers for %j what can stand there", (line, expected) => {
    const script = "source $argv[1]; complete -C $argv[2]";
    const args = ["--no-config", "-c", script, join(folder, FISH), line];
    const { stdout } = spawnSync("fish", args, { cwd: join(folder, "work"), encoding: "utf8" });
    const words = stdout.split("\n").filter((each) => each !== "");
    // A description stands behind a tab.
    expect(words.map((each) => each.replace(/\t.*/, "")).toSorted()).toEqual(expected.toSorted());
  });
});
