import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type BesideRun, compare } from "../src/beside/beside.ts";
import { renderBeside } from "../src/beside/beside-table.ts";
import { openOtherCheckout } from "../src/other-checkout.ts";
import { emptyResult, type SystemResult } from "../src/plan.ts";

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
  const noise = { busyCores: 0, stolenCores: 0, loadAverage: 0 };
  const result = (key: string, ...p50s: number[]): SystemResult => ({
    ...emptyResult(key),
    roundTrip: p50s.map((p50Micros) => ({ p50Micros, p99Micros: 2 * p50Micros, noise }) as never),
  });
  const rounds: BesideRun["rounds"] = [
    { here: result("here", 100), beside: result("beside", 50) },
    { here: result("here", 1_000), beside: result("beside", 500) },
    { here: { ...result("here"), problems: ["no round trip"] }, beside: result("beside", 1) },
  ];

  it("are compared round by round, in what both have", () => {
    const [p50, p99, ...others] = compare(rounds);
    expect(p50).toMatchObject({ what: "round trip µs, p50", ratio: { median: 2, low: 2, high: 2, rounds: 2 } });
    expect(p99?.ratio.median).toBe(2);
    expect(others).toEqual([]);
  });

  it("are shown side by side, with what could not be measured", () => {
    const text = renderBeside({ beside: "abc1234", compared: compare(rounds), rounds });
    expect(text).toContain("| round trip µs, p50 | 1,000 (100–1,000) | 500 (50–500) | 2 (2–2), 2 |");
    expect(text).toContain("- not measured here: no round trip");
  });
});
