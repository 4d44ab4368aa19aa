import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";

const root = mkdtempSync(join(tmpdir(), "florenetes-apply-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const program = ["--conditions=@florenetes/source", fileURLToPath(new URL("./fixtures/program.ts", import.meta.url))];

let folder: string;
let file: string;
let child: ChildProcess;
beforeEach(() => {
  folder = mkdtempSync(join(root, "t"));
  file = join(folder, "demo.yaml");
});
afterEach(async () => {
  child.kill("SIGKILL");
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
});

function textOf(act: string): string {
  return `admin: ${join(folder, "admin.sock")}\nact: ${act}\n`;
}

/** Starts the program, and waits for its first output. */
async function start(act: string): Promise<void> {
  writeFileSync(file, textOf(act));
  child = spawn(process.execPath, [...program, "run", "--config", file], { stdio: ["ignore", "pipe", "ignore"] });
  await once(child.stdout!, "data");
}

function execute(input: string, ...parameters: string[]): { code: number | null; out: string; err: string } {
  const argv = [...program, ...parameters, "--config", file];
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: "utf8", input });
  return { code: status, out: stdout, err: stderr };
}

const next = (): string => `${textOf("serve")}# Another one.\n`;

describe("a config on stdin", () => {
  test("is taken, found to be well, confirmed, and only then written: with the owner, mode and link of the file", async () => {
    await start("serve");
    chmodSync(file, 0o640);
    const before = statSync(file);
    const link = join(folder, "link.yaml");
    symlinkSync(file, link);
    file = link;
    expect(execute(next(), "apply")).toMatchObject({
      code: 0,
      out: "whole, and to be confirmed within 2min\n",
      err: "",
    });
    expect(readFileSync(file, "utf8")).not.toBe(next());
    const other = execute("other", "confirm");
    expect(other).toMatchObject({ code: 2, err: expect.stringContaining("[ERR_CONFIG_OTHER_WAITING]") as unknown });
    expect(execute(next(), "confirm")).toEqual({ code: 0, out: "ok\n", err: "" });
    expect(readFileSync(file, "utf8")).toBe(next());
    const { mode, uid, gid } = statSync(file);
    expect({ mode, uid, gid }).toEqual({ mode: before.mode, uid: before.uid, gid: before.gid });
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readdirSync(folder).filter((name) => name.endsWith("draft"))).toEqual([]);
    expect(execute(next(), "confirm")).toMatchObject({ code: 2 });
    expect(execute("", "back")).toMatchObject({
      code: 2,
      err: expect.stringContaining("[ERR_CONFIG_NOT_WAITING]") as unknown,
    });
  });

  test("is given up at once when not all is well with it, and links whose other ends are not ready do not count", async () => {
    await start("ill");
    const short = ["--whole-within", "1s"];
    const { code, err } = execute(next(), "apply", ...short);
    expect(code).toBe(1);
    expect(err).toMatch(
      /NOT WHOLE: it does not beat[^]*\[ERR_CONFIG_NOT_WHOLE\]\n {4}The former config is in use again/,
    );
    expect(execute(next(), "confirm")).toMatchObject({ code: 2 });
    expect(execute(next(), "apply", "--not-yet", "b/0", "c/1")).toMatchObject({ code: 0, err: "" });
    expect(execute("", "back")).toMatchObject({ code: 0, out: "ok\n" });
  });

  test.each([
    ["", [], "ERR_CONFIG_INPUT"],
    ["x".repeat(1_048_577), [], "ERR_CONFIG_INPUT"],
    ["x", ["--confirm-within", "10s"], "ERR_USAGE"],
    ["x", ["--confirm-within", "soon"], "ERR_USAGE"],
  ])("is not taken when it cannot be: %#", async (input, more, code) => {
    await start("serve");
    expect(execute(input, "apply", ...more)).toMatchObject({
      code: 2,
      err: expect.stringContaining(`[${code}]`) as unknown,
    });
  });
});
