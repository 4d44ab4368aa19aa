import { once } from "node:events";
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { spawnSync } from "node:child_process";
import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Identities } from "../quic-link/identities.ts";
import { LinkProcess } from "./link-process.ts";

/** A bundle that `scripts/bundle.ts` has made, as it makes the program that is deployed. */
const folder = join(process.env["FLORENETES_BUNDLES"]!, "link-flor");
const program = only(folder, ".cjs");
/** The version of the manifest, with the commit of the sources. */
const version = expect.stringMatching(/^0\.1\.0 \([0-9a-f]{8}(, changed)?\)\n$/) as unknown;

let link: LinkProcess | undefined;
const copies: string[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  await link?.dispose();
  link = undefined;
  for (const copy of copies.splice(0)) rmSync(copy, { recursive: true });
});

test("the thread that reads large revocation lists is a file of it, and is asked for by that name", async () => {
  expect(readFileSync(program, "utf8")).toContain('new URL("./list-thread.js", ');
  const text = Buffer.from("no list\n");
  const task = { text, cluster: "demo", roots: [], intermediates: [], at: new Date(0), isKept: false };
  const thread = new Worker(join(folder, "list-thread.js"), { workerData: task });
  expect(await once(thread, "message")).toMatchObject([{ lists: [], refused: [{ code: expect.any(String) }] }]);
});

test("the engine that was not chosen is not loaded", async () => {
  link = await LinkProcess.start([{ cluster: "demo", identity: new Identities().issue("a") }]);
  const { name } = link.log.find(({ code }) => code === "QUIC_ENGINE")!;
  const files = readFileSync(`/proc/${link.child.pid}/maps`, "utf8");
  expect(files.includes("@matrixai/quic"), "quiche's binding").toBe(name === "portable");
});

test("a start loads nothing that only an answer with metrics needs", async () => {
  const tell = "process.on('exit',()=>console.error(process.moduleLoadList.join()))";
  vi.stubEnv("NODE_OPTIONS", `--import="data:text/javascript,${tell}"`);
  link = await LinkProcess.start([{ cluster: "demo", identity: new Identities().issue("a") }]);
  await link.stop("SIGTERM");
  const loaded = link.stderr.match(/(?<=NativeModule )[\w/]+/g);
  expect(loaded).toContain("http");
  for (const name of ["https", "zlib"]) expect(loaded).not.toContain(name);
});

describe("code that V8 has made of the program before", () => {
  test("is beside it, and is taken wherever both are put", () => {
    expect(runs(copyOf(folder))).toEqual({ status: 0, stdout: version, stderr: "is taken" });
  });

  test("is not needed", () => {
    const copy = copyOf(folder);
    rmSync(only(copy, ".code"));
    expect(runs(copy)).toEqual({ status: 0, stdout: version, stderr: "is missing" });
  });

  test("is taken from a run in a mesh, where there is one", () => {
    const copy = copyOf(folder);
    const file = only(copy, ".code");
    writeFileSync(file.replace(/code$/, "mesh-code"), readFileSync(file));
    writeFileSync(file, "no code");
    expect(runs(copy)).toEqual({ status: 0, stdout: version, stderr: "is taken" });
  });

  test.each([
    ["is of another program", () => readFileSync(only(join(dirname(folder), "cluster-flor"), ".code"))],
    ["is cut off", (code: Buffer) => code.subarray(0, code.length / 2)],
    ["is none", (code: Buffer) => Buffer.alloc(code.length, "code")],
    ["is empty", () => Buffer.alloc(0)],
  ])("is not taken when it %s", (_, made) => {
    const copy = copyOf(folder);
    const file = only(copy, ".code");
    writeFileSync(file, made(readFileSync(file)));
    expect(runs(copy)).toEqual({ status: 0, stdout: version, stderr: "is refused" });
  });

  test("is not taken by a V8 under other flags", () => {
    expect(runs(folder, "--expose-gc")).toEqual({ status: 0, stdout: version, stderr: "is refused" });
  });

  test("belongs to no other program of the same length: both have the digest of the program in their names", () => {
    const digest = createHash("sha256").update(readFileSync(program)).digest("hex").slice(0, 16);
    expect(basename(program)).toBe(`program-${digest}.cjs`);
    expect(basename(only(folder, ".cjs.code"))).toBe(`program-${digest}.cjs.code`);
  });
});

test("a mistake of the program is shown with the places of its sources", () => {
  const source = "packages/process-kit/src/process/run-program.ts";
  const lines = readFileSync(new URL(`../../../../${source}`, import.meta.url), "utf8").split("\n");
  const line = lines.findIndex((text) => text.includes("process.umask(process.umask()")) + 1;
  const breaks = "data:text/javascript,process.umask=()=>{throw new Error('a mistake')}";
  const { status, stderr } = spawnSync(process.execPath, ["--import", breaks, join(folder, "main.js"), "check"], {
    encoding: "utf8",
  });
  expect(stderr).toMatch(
    new RegExp(`^internal error: Error: a mistake\\n[^]* at runProgram \\(file:.*/${source}:${line}:`),
  );
  expect(status).toBe(70);
});

test("every package in it has its licence beside it", () => {
  const parts = readFileSync(join(folder, "licenses.txt"), "utf8").split(/\n-{80}\n/);
  for (const part of parts) expect(part).toMatch(/^\S+ \d[\w.-]*: \S[^\n]*\n\n[^]{400}/);
  const names = parts.map((part) => part.slice(0, part.indexOf(" ")));
  expect(names).toEqual(expect.arrayContaining(["pino", "prom-client", "yaml", "zod"]));
});

/** The only file in a folder with such an end. */
function only(folder: string, end: string): string {
  const files = readdirSync(folder).filter((name) => name.endsWith(end));
  expect(files).toHaveLength(1);
  return join(folder, files[0]!);
}

/** A copy of the bundle with the code that each build makes, which is removed after the test: it finds all other files from there, too. */
function copyOf(folder: string): string {
  const copy = mkdtempSync(`${folder}-copy-`);
  copies.push(copy);
  cpSync(folder, copy, { recursive: true, filter: (file) => !file.endsWith(".mesh-code") });
  return copy;
}

/** Runs the bundle in a folder, which tells what has become of the code beside it. */
function runs(folder: string, ...flags: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const tell = `
    import vm from "node:vm";
    import { syncBuiltinESMExports } from "node:module";
    vm.Script = class extends vm.Script {
      constructor(...given) {
        super(...given);
        const words = { undefined: "is missing", false: "is taken", true: "is refused" };
        process.stderr.write(words[this.cachedDataRejected]);
      }
    };
    syncBuiltinESMExports();`;
  const args = ["--import", `data:text/javascript,${encodeURIComponent(tell)}`, join(folder, "main.js"), "--version"];
  const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, ...args], { encoding: "utf8" });
  return { status, stdout, stderr };
}
