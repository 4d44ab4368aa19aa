import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { renderBeside } from "../src/beside.ts";
import { openOtherCheckout } from "../src/other-checkout.ts";
import { resultOf } from "./results.ts";

describe("another checkout", () => {
  let root: string;
  const git = (...argv: string[]): string =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.net", ...argv], {
      cwd: root,
      encoding: "utf8",
    });
  const commitBuild = (build: string): void => {
    writeFileSync(join(root, "package.json"), JSON.stringify({ private: true, scripts: { build } }));
    git("add", "package.json");
    git("commit", "--quiet", "--message", build);
  };

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "flor-beside-"));
    git("init", "--quiet");
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it("of a commit is built as that commit says, and is gone afterwards", () => {
    commitBuild("echo then > built");
    commitBuild("echo now > built");
    let folder: string;
    {
      using other = openOtherCheckout(root, "HEAD~1");
      folder = other.root;
      expect(readFileSync(join(folder, "built"), "utf8")).toBe("then\n");
      expect(other.name).toBe(git("rev-parse", "--short", "HEAD~1").trim());
    }
    expect(existsSync(folder)).toBe(false);
    expect(git("worktree", "list").trim().split("\n")).toHaveLength(1);
  });

  it("in a folder is built where it is, and stays", () => {
    commitBuild("echo now > built");
    openOtherCheckout("/nowhere", root)[Symbol.dispose]();
    expect(readFileSync(join(root, "built"), "utf8")).toBe("now\n");
  });

  it("that does not build, or is not there, is an error that says why, and leaves nothing behind", () => {
    commitBuild("echo it has no compiler >&2; exit 1");
    expect(() => openOtherCheckout(root, "HEAD")).toThrow("it has no compiler");
    expect(() => openOtherCheckout(root, "of-tomorrow")).toThrow('"of-tomorrow" is neither a commit');
    expect(git("worktree", "list").trim().split("\n")).toHaveLength(1);
  });
});

describe("two meshes", () => {
  const here = [100, 1_000].map((micros) => resultOf("here", { "round trip, p50": [micros] }));
  const results = {
    here: [...here, { ...resultOf("here", {}), problems: ["no round trip"] }],
    beside: [50, 500, 1].map((micros) => resultOf("in abc", { "round trip, p50": [micros] })),
  };

  it("are compared round by round, in what both have", () => {
    const text = renderBeside(results, "abc");
    expect(text).toContain("| what | here | in abc | ratio | rounds |");
    expect(text).toContain("| round trip, p50 | 1,000 (100–1,000) | 500 (50.0–500) | 2.00 (2.00–2.00) | 2 |");
    expect(text.split("\n").filter((line) => line.startsWith("|"))).toHaveLength(3);
  });

  it("are shown with what could not be measured", () => {
    expect(renderBeside(results, "abc")).toContain("- here: not measured: no round trip");
  });
});
