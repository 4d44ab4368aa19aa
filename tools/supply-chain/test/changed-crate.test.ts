/*
 *   The scripts that make the changed crate, in a repository of their own beside a cargo that has one crate to give.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const own = join(import.meta.dirname, "../../..");
const VERSION = "0.11.19";
const PUBLISHED = {
  "src/lib.rs": "mod one;\nmod two;\n// the end\n",
  "src/one.rs": "1\n",
  "Cargo.toml": "[package]\n",
};
const CHANGE = `Say three

For whoever counts on.

--- a/src/lib.rs
+++ b/src/lib.rs
@@ -1 +1 @@
-mod one;
+mod first;
@@ -2,0 +3,2 @@
+mod three;
+
--- a/src/one.rs
+++ b/src/one.rs
@@ -1 +1 @@
-1
+one
`;

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "changed-crate-"));
  for (const script of ["quinn-proto.mjs", "rust.mjs", "changed-crate"]) {
    cpSync(join(own, "scripts", script), join(root, "scripts", script), { recursive: true });
  }
  write("native/quinn-proto/src/three.rs", "3\n");
  write("native/quinn-proto/changes/0001-say-three.patch", CHANGE);
  publish(PUBLISHED);
  symlinkSync(spawnSync("which", ["git"], { encoding: "utf8" }).stdout.trim(), join(root, "bin/git"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe("the changed crate", () => {
  test("is the published one with our files and changes, without what cargo has made for itself", () => {
    expect(make()).toEqual({ code: 0, said: "" });
    expect(made("src/lib.rs")).toBe("mod first;\nmod two;\nmod three;\n\n// the end\n");
    expect(made("src/one.rs")).toBe("one\n");
    expect(made("src/three.rs")).toBe("3\n");
    expect(made("Cargo.toml")).toBe("[package]\n");
    expect(readdirSync(join(root, "native/made"))).toEqual(["quinn-proto"]);
    expect(existsSync(join(root, "native/made/quinn-proto/Cargo.lock"))).toBe(false);
  });

  test("is made anew when crate or changes are others, or somebody has edited it, and else without asking cargo", () => {
    make();
    const asked = questions();
    expect(make().code).toBe(0);
    expect(questions()).toBe(asked);

    write("native/made/quinn-proto/src/one.rs", "an edit\n");
    expect(make().code).toBe(0);
    expect(made("src/one.rs")).toBe("one\n");

    write("native/quinn-proto/changes/0001-say-three.patch", CHANGE.replace("+one", "+uno"));
    expect(make().code).toBe(0);
    expect(made("src/one.rs")).toBe("uno\n");

    publish({ ...PUBLISHED, "Cargo.toml": "[package]\n# newer\n" });
    expect(make().code).toBe(0);
    expect(made("Cargo.toml")).toBe("[package]\n# newer\n");
  });

  test("is what the checksum says, whatever cargo has unpacked", () => {
    write(`cargo/registry/src/index/quinn-proto-${VERSION}/src/one.rs`, "an edit\n");
    expect(make().code).toBe(0);
    expect(made("src/one.rs")).toBe("one\n");
  });

  test("is whole while many make it at the same time, at first and when something has changed", async () => {
    for (const word of ["one", "uno"]) {
      write("native/quinn-proto/changes/0001-say-three.patch", CHANGE.replace("+one", `+${word}`));
      const runs = Array.from({ length: 8 }, () => spawn(process.execPath, [script()], { env: environment() }));
      const codes = await Promise.all(runs.map(async (run) => ((await once(run, "close")) as [number])[0]));
      expect(codes).toEqual(codes.map(() => 0));
      expect(made("src/one.rs")).toBe(`${word}\n`);
      expect(made("src/three.rs")).toBe("3\n");
      expect(readdirSync(join(root, "native/made"))).toEqual(["quinn-proto"]);
    }
  });

  test("goes into a git repository and back, which gives the same files and changes", () => {
    expect(run("unfold", join(root, "unfolded")).said).toBe("");
    const before = ["src/three.rs", "changes/0001-say-three.patch"].map(ours);
    const git = spawnSync("git", ["-C", join(root, "unfolded"), "log", "--format=%s"], { encoding: "utf8" });
    expect(git.stdout.split("\n")).toEqual(["Say three", "Our files", "The crate as it was published", ""]);
    expect(run("fold", join(root, "unfolded")).said).toBe("");
    expect(["src/three.rs", "changes/0001-say-three.patch"].map(ours)).toEqual(before);
  });
});

describe("what is wrong is said in a sentence, with what to do", () => {
  test("an archive with another checksum", () => {
    write(`cargo/registry/cache/index/quinn-proto-${VERSION}.crate`, "something else");
    expectFault(
      /^\S+quinn-proto-0.11.19.crate is not what native\/quinn-proto\/Cargo.lock pins: delete it, and build again$/,
    );
  });

  test("cargo finds that the lock is wrong, or cannot reach the registry", () => {
    cargo("echo 'error: checksum for `quinn-proto v0.11.19` changed between lock files' >&2; exit 101");
    expectFault(
      /^cargo cannot bring quinn-proto 0.11.19 \(checksum for .* changed .*\): take .* \(git checkout native\/quinn-proto\)$/,
    );
    cargo("echo 'error: failed to download from somewhere' >&2; exit 101");
    expectFault(/^cargo cannot bring .* \(failed to download .*\): build again where its registry can be reached$/);
  });

  test("cargo has no archive, or there is no cargo that serves", () => {
    rmSync(join(root, "cargo/registry/cache"), { recursive: true });
    expectFault(/^cargo has quinn-proto 0.11.19 at \S+, and no archive of it: let its config replace no source$/);
    rmSync(join(root, "bin/cargo"));
    expectFault(/^it needs cargo 1.88 or newer \(.*apt install cargo-web/);
  });

  const wrong = {
    "a line that is another one": [CHANGE.replace("\n-1\n", "\n-2\n"), "src/one.rs, line 1, is another one"],
    "a line that is not there": [
      CHANGE.replace("@@ -2,0 +3,2", "@@ -20,0 +21,2"),
      "src/lib.rs, line 20, is another one",
    ],
    "a file that is not there": [CHANGE.replaceAll("src/one.rs", "src/none.rs"), "there is no file src/none.rs"],
    "lines that are missing": [CHANGE.replace("+mod three;\n", ""), "src/lib.rs, line 2, is cut off"],
    "a line of context": [`${CHANGE} 2\n`, '" 2" is no part of a change'],
    "the crate's text behind a line number": [
      CHANGE.replace("+1 @@", "+1 @@ mod x {"),
      '"@@ -1 +1 @@ mod x {" is no part of a change',
    ],
    "no change": ["Say nothing\n", "it changes nothing"],
  };
  test.each(Object.entries(wrong))("a change with %s", (_, [change, reason]) => {
    write("native/quinn-proto/changes/0001-say-three.patch", change!);
    const fault = make();
    expect(fault.code).toBe(1);
    expect(fault.said).toContain(
      `florenetes: native/quinn-proto/changes/0001-say-three.patch does not apply (${reason}): take native/quinn-proto as`,
    );
    expect(existsSync(join(root, "native/made"))).toBe(false);
  });

  test("git that is not there, for a repository of the changes", () => {
    rmSync(join(root, "bin/git"));
    expect(run("unfold", join(root, "unfolded"))).toEqual({
      code: 1,
      said: "florenetes: git cannot be run: install it\n",
    });
    // The crate itself is made without git.
    expect(make().code).toBe(0);
  });
});

function expectFault(sentence: RegExp): void {
  const { code, said } = make();
  expect(code).toBe(1);
  expect(said.replace(/^florenetes: /, "").trimEnd()).toMatch(sentence);
}

/** Gives cargo another crate, and pins it. */
function publish(files: Record<string, string>): void {
  const folder = `cargo/registry/src/index/quinn-proto-${VERSION}`;
  for (const [path, text] of Object.entries({ ...files, "Cargo.lock": "cargo's own\n" }))
    write(`${folder}/${path}`, text);
  const archive = join(root, `cargo/registry/cache/index/quinn-proto-${VERSION}.crate`);
  mkdirSync(dirname(archive), { recursive: true });
  const names = Object.keys(files).map((path) => `quinn-proto-${VERSION}/${path}`);
  spawnSync("tar", ["-czf", archive, "-C", dirname(join(root, folder)), ...names, `quinn-proto-${VERSION}/Cargo.lock`]);
  const checksum = createHash("sha256").update(readFileSync(archive)).digest("hex");
  write(
    "native/quinn-proto/Cargo.lock",
    `[[package]]\nname = "quinn-proto"\nversion = "${VERSION}"\nsource = "registry"\nchecksum = "${checksum}"\n`,
  );
  const packages = [{ name: "quinn-proto", manifest_path: join(root, folder, "Cargo.toml") }];
  cargo(`echo asked >> ${root}/questions; echo '${JSON.stringify({ packages })}'`);
}

/** Replaces `cargo metadata` by these commands. */
function cargo(commands: string): void {
  write("bin/cargo", `#!/bin/sh\nif [ "$1" = --version ]; then echo "cargo 1.88.0"; exit; fi\n${commands}\n`);
  chmodSync(join(root, "bin/cargo"), 0o755);
}

function questions(): number {
  return readFileSync(join(root, "questions"), "utf8").length;
}

function make(): { code: number | null; said: string } {
  return run();
}

function run(...args: string[]): { code: number | null; said: string } {
  const { status, stderr } = spawnSync(process.execPath, [script(), ...args], { env: environment(), encoding: "utf8" });
  return { code: status, said: stderr };
}

function script(): string {
  return join(root, "scripts/quinn-proto.mjs");
}

/** An environment with no cargo but ours, wherever the machine has one. */
function environment(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: join(root, "bin") };
}

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function made(path: string): string {
  return readFileSync(join(root, "native/made/quinn-proto", path), "utf8");
}

function ours(path: string): string {
  return readFileSync(join(root, "native/quinn-proto", path), "utf8");
}
