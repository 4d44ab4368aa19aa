import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { renderBeside } from "../src/beside.ts";
import { buildOtherCheckout } from "../src/other-checkout.ts";
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

  it("is built where it is, as it says itself, and has its commit's name", () => {
    commitBuild("echo now > built");
    expect(buildOtherCheckout(root)).toEqual({ root, name: git("rev-parse", "--short", "HEAD").trim() });
    expect(readFileSync(join(root, "built"), "utf8")).toBe("now\n");
  });

  it("that does not build, or is not there, is an error that says why", () => {
    commitBuild("echo it has no compiler >&2; exit 1");
    expect(() => buildOtherCheckout(root)).toThrow("it has no compiler");
    expect(() => buildOtherCheckout(join(root, "older"))).toThrow('there is no checkout in "');
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
