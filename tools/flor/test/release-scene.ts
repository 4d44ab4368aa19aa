/** A repository of releases in a folder of its own, of a cluster with three operators: alice, bob and carol, two of whom sign. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RepositoryReader } from "@florenetes/releases";
import { afterAll, beforeAll, beforeEach, expect } from "vitest";
import { flor, type Run } from "./run-flor.ts";

export interface ReleaseScene {
  /** The repository of the test that runs. */
  readonly repo: string;
  /** A place in the scene's folder; `first` and `second` have packages of 0.1.0 and 0.1.1. */
  readonly at: (...names: readonly string[]) => string;
  readonly release: (...args: readonly string[]) => Promise<Run>;
  /** Runs `flor release`, which must succeed. */
  readonly done: (...args: readonly string[]) => Promise<Run>;
  /** Runs `flor release`, which must fail with the code, and say the hint. */
  readonly expectRefused: (code: string, hint: string, ...args: readonly string[]) => Promise<void>;
  /** A folder with packages as `npm run package` makes them. */
  readonly packages: (folder: string, version: string, ...names: readonly string[]) => string;
  /** The keys of operators, as `--keys` takes them. */
  readonly keysOf: (...names: readonly string[]) => string;
  readonly sign: (...names: readonly string[]) => Promise<string>;
  /** Publishes the packages of `first`. */
  readonly publishFirst: (...more: readonly string[]) => Promise<void>;
  /** A node that begins with the first root. */
  readonly reader: (now?: number) => RepositoryReader;
}

/** Begins with a new repository before each test of the file that calls this, and removes all behind the last one. */
export function openReleaseScene(): ReleaseScene {
  const base = mkdtempSync(join(tmpdir(), "florenetes-flor-release-"));
  let repo = "";
  const at = (...names: readonly string[]): string => join(base, ...names);
  const release = (...args: readonly string[]): Promise<Run> => flor("release", ...args);
  const keysOf = (...names: readonly string[]): string => names.map((name) => at("fabric", name, "update")).join(",");

  async function done(...args: readonly string[]): Promise<Run> {
    const run = await release(...args);
    expect(run, run.err).toMatchObject({ code: 0 });
    return run;
  }

  async function expectRefused(code: string, hint: string, ...args: readonly string[]): Promise<void> {
    const run = await release(...args);
    expect(run.err).toContain(`[${code}]`);
    expect(run.err).toContain(hint);
    expect(run.code).toBe(2);
  }

  function packages(folder: string, version: string, ...names: readonly string[]): string {
    mkdirSync(at(folder), { recursive: true });
    for (const name of names)
      writeFileSync(at(folder, `florenetes-${name}_${version}_amd64.deb`), `!<arch>\ndebian-binary ${name} ${version}`);
    writeFileSync(at(folder, "notes.txt"), "no package");
    return at(folder);
  }

  async function sign(...names: readonly string[]): Promise<string> {
    let out = "";
    for (const name of names) out += `${(await done("sign", repo, "--key", at("fabric", name))).out}\n`;
    return out;
  }

  async function publishFirst(...more: readonly string[]): Promise<void> {
    await done("add", repo, "--packages", at("first"), "--channel", "stable", ...more);
    await sign("alice", "bob");
    await done("publish", repo);
  }

  function reader(now = Date.now()): RepositoryReader {
    const firstRoot = readFileSync(join(repo, "published/metadata/1.root.json"));
    return new RepositoryReader({ folder: mkdtempSync(at("reader-")), firstRoot, now: () => now });
  }

  beforeAll(async () => {
    const run = await flor(
      "fabric",
      "init",
      "--cluster",
      "demo",
      "--operators",
      "alice,bob,carol",
      "--out",
      at("made"),
    );
    expect(run.code, run.err).toBe(0);
    packages("first", "0.1.0", "node", "store");
    packages("second", "0.1.1", "node", "store");
  });
  beforeEach(async () => {
    // Keys remember what they have signed: each test has its own.
    rmSync(at("fabric"), { recursive: true, force: true });
    cpSync(at("made"), at("fabric"), { recursive: true });
    repo = join(mkdtempSync(at("test-")), "repository");
    await done("init", repo, "--cluster", "demo", "--keys", keysOf("alice", "bob", "carol"), "--threshold", "2");
  });
  afterAll(() => rmSync(base, { recursive: true, force: true }));

  return {
    get repo() {
      return repo;
    },
    at,
    release,
    done,
    expectRefused,
    packages,
    keysOf,
    sign,
    publishFirst,
    reader,
  };
}
