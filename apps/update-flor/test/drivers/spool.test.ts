import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { hashOfPackage, Spool } from "../../src/drivers/spool.ts";

const NAME = `${"ab".repeat(32)}.florenetes-node_0.1.1_amd64.deb`;
const CONTENT = "package ".repeat(300_000);
const EXPECTED = { length: CONTENT.length, sha256: createHash("sha256").update(CONTENT).digest("hex") };
const SPOOL_ERROR = expect.objectContaining({ code: "ERR_UPDATE_SPOOL" }) as unknown;

describe("a spool", () => {
  let folder: string;
  let [spool, own] = ["", ""];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "florenetes-spool-"));
    [spool, own] = [join(folder, "updates"), join(folder, "own")];
    mkdirSync(join(spool, "packages"), { recursive: true });
    mkdirSync(own);
    writeFileSync(join(spool, "packages", NAME), CONTENT);
    writeFileSync(join(spool, "release.fact"), "a record");
    writeFileSync(join(folder, "secret"), "of root");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const using = <Result>(does: (opened: Spool) => Result): Result => {
    using opened = new Spool(spool);
    return does(opened);
  };
  const copy = (expected = EXPECTED): void => using((opened) => opened.copyPackage(NAME, join(own, "x.deb"), expected));

  test("gives files and packages, as far as they are what is expected", () => {
    expect(using((opened) => opened.read("release.fact", 8))).toBe("a record");
    copy();
    expect(readFileSync(join(own, "x.deb"), "utf8")).toBe(CONTENT);
    expect(hashOfPackage(join(own, "x.deb"), EXPECTED.length)).toBe(EXPECTED.sha256);
    expect(hashOfPackage(join(own, "x.deb"), EXPECTED.length + 1)).toBeUndefined();
    expect(hashOfPackage(join(own, "y.deb"), 1)).toBeUndefined();
  });

  test.for([
    ["is longer", `${CONTENT}!`],
    ["is shorter", CONTENT.slice(1)],
    ["is another one", CONTENT.replace("p", "P")],
    ["is empty", ""],
  ] as const)("leaves nothing of a package that %s", ([, content]) => {
    writeFileSync(join(spool, "packages", NAME), content);
    expect(() => copy()).toThrow(expect.objectContaining({ code: "ERR_UPDATE_HASH" }));
    expect(readdirSync(own)).toEqual([]);
  });

  test("follows no link, waits for no pipe, and reads nothing else than files", () => {
    const file = join(spool, "release.fact");
    const wrong: readonly (() => void)[] = [
      () => symlinkSync(join(folder, "secret"), file),
      () => symlinkSync(file, file),
      () => mkdirSync(file),
      () => void spawnSync("mkfifo", [file]),
      () => {},
    ];
    for (const make of wrong) {
      rmSync(file, { recursive: true, force: true });
      make();
      expect(() => using((opened) => opened.read("release.fact", 100))).toThrow(SPOOL_ERROR);
    }
    expect(() => using((opened) => opened.read("packages", 100))).toThrow(SPOOL_ERROR);
  });

  test("reads no more than it may", () => {
    expect(() => using((opened) => opened.read("release.fact", 7))).toThrow(SPOOL_ERROR);
  });

  test("is no link itself, nor is its folder of packages", () => {
    symlinkSync(spool, join(folder, "link"));
    expect(() => new Spool(join(folder, "link"))).toThrow(SPOOL_ERROR);
    rmSync(join(spool, "packages"), { recursive: true });
    mkdirSync(join(folder, "elsewhere"));
    writeFileSync(join(folder, "elsewhere", NAME), CONTENT);
    symlinkSync(join(folder, "elsewhere"), join(spool, "packages"));
    expect(() => copy()).toThrow(SPOOL_ERROR);
    expect(using((opened) => opened.has(NAME))).toBe(false);
  });

  test("stays the folder that was opened, whatever its name leads to meanwhile", () => {
    using opened = new Spool(spool);
    spawnSync("mv", [spool, join(folder, "moved")]);
    symlinkSync("/etc", spool);
    expect(opened.read("release.fact", 100)).toBe("a record");
  });

  test("loses its order, whatever that is, and nothing behind it", () => {
    const order = join(spool, "order.json");
    const target = join(folder, "secret");
    const orders: readonly (() => void)[] = [
      () => writeFileSync(order, "{}"),
      () => symlinkSync(target, order),
      () => mkdirSync(join(order, "inner"), { recursive: true }),
      () => void spawnSync("mkfifo", [order]),
    ];
    for (const make of orders) {
      make();
      using opened = new Spool(spool);
      expect(opened.lies("order.json")).toBe(true);
      opened.remove("order.json");
      expect(opened.lies("order.json")).toBe(false);
      // An order that is gone already is no mistake.
      opened.remove("order.json");
    }
    expect(existsSync(target)).toBe(true);
  });
});
