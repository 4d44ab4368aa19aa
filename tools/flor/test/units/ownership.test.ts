import { spawnSync } from "node:child_process";
import {
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DEPTH_MAX, ENTRIES_MAX } from "../../src/units/limits.ts";
import { giveSocketToGroup, giveTree, makeFolderIn, strangersIn } from "../../src/units/ownership.ts";

const FORMER = 61_001;
const NEW = { uid: 61_002, gid: 61_003 };
const OTHER = 61_004;
const former = new Set([FORMER]);

let base = "";
let tree = "";
let precious = "";

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "florenetes-owners-"));
  tree = join(base, "tree");
  precious = join(base, "precious");
  mkdirSync(tree);
  writeFileSync(precious, "precious");
  chownSync(precious, FORMER, FORMER);
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

function file(path: string, uid = FORMER): string {
  writeFileSync(path, "");
  chownSync(path, uid, uid);
  return path;
}

function folder(path: string, uid = FORMER): string {
  mkdirSync(path);
  chownSync(path, uid, uid);
  return path;
}

const ownerOf = (path: string): string => `${lstatSync(path).uid}:${lstatSync(path).gid}`;
const given = `${NEW.uid}:${NEW.gid}`;

describe.skipIf(process.getuid!() !== 0)("a tree is given to another user", () => {
  test("with all that is the former one's, and nothing of anybody else's", () => {
    chownSync(tree, FORMER, FORMER);
    const inner = folder(join(tree, "inner"));
    const [one, two, others] = [file(join(inner, "one")), file(join(tree, "two")), file(join(tree, "others"), OTHER)];
    const noText = Buffer.concat([Buffer.from(`${tree}/`), Buffer.of(0xff, 0xe4)]);
    writeFileSync(noText, "");
    chownSync(noText, FORMER, FORMER);
    expect(giveTree(tree, former, NEW)).toEqual({ moved: 5, left: [] });
    expect(lstatSync(noText).uid).toBe(NEW.uid);
    expect([tree, inner, one, two].map(ownerOf)).toEqual([given, given, given, given]);
    expect(ownerOf(others)).toBe(`${OTHER}:${OTHER}`);
    expect(giveTree(tree, former, NEW)).toEqual({ moved: 0, left: [] });
    expect(strangersIn(tree, NEW.uid)).toEqual([others]);
  });

  test("and each file keeps its group where none is named", () => {
    const one = file(join(tree, "one"));
    chownSync(one, FORMER, OTHER);
    giveTree(tree, former, { uid: NEW.uid, gid: undefined });
    expect(ownerOf(one)).toBe(`${NEW.uid}:${OTHER}`);
  });

  test("and neither symbolic links, nor what they lead to, nor files with another name elsewhere, nor devices", () => {
    symlinkSync(precious, join(tree, "symlink"));
    const outside = folder(join(base, "outside"));
    const inOutside = file(join(outside, "file"));
    symlinkSync(outside, join(tree, "folder"));
    symlinkSync("loop", join(tree, "loop"));
    const [hard, linked] = [join(tree, "hard"), file(join(base, "linked"))];
    linkSync(linked, hard);
    const device = join(tree, "null");
    expect(spawnSync("mknod", [device, "c", "1", "3"]).status).toBe(0);
    chownSync(device, FORMER, FORMER);
    const { moved, left } = giveTree(tree, former, NEW);
    expect(moved).toBe(0);
    expect(left.map(({ path, reason }) => `${path}: ${reason}`).toSorted()).toEqual([
      `${hard}: it has another name elsewhere`,
      `${device}: it is a device`,
    ]);
    expect([precious, outside, inOutside, linked, device].map(ownerOf)).toEqual(Array(5).fill(`${FORMER}:${FORMER}`));
    expect(strangersIn(tree, 0).toSorted()).toEqual([hard, device]);
  });

  test("and a tree that is itself a link, a file, or not there is none", () => {
    chownSync(tree, FORMER, FORMER);
    symlinkSync(tree, join(base, "link"));
    for (const path of [join(base, "link"), precious, join(base, "none"), join(precious, "below")]) {
      expect(giveTree(path, former, NEW)).toEqual({ moved: 0, left: [] });
    }
    expect([tree, precious].map(ownerOf)).toEqual([`${FORMER}:${FORMER}`, `${FORMER}:${FORMER}`]);
  });

  test("and a run that was interrupted goes on: a folder follows what is in it", () => {
    chownSync(tree, FORMER, FORMER);
    const inner = folder(join(tree, "inner"));
    const files = [1, 2, 3].map((each) => file(join(inner, String(each))));
    // The state is that after a run that has come as far as the second file.
    chownSync(files[0]!, NEW.uid, NEW.gid);
    expect(giveTree(tree, former, NEW)).toEqual({ moved: 4, left: [] });
    expect([tree, inner, ...files].map(ownerOf)).toEqual(Array(5).fill(given));
  });

  test("within bounds: what is too deep or too much is told", () => {
    let deep = tree;
    for (let depth = 0; depth <= DEPTH_MAX; depth++) deep = folder(join(deep, "d"));
    expect(giveTree(tree, former, NEW).left.map(({ reason }) => reason)).toEqual(["it is too deep in other folders"]);
    rmSync(join(tree, "d"), { recursive: true });
    for (let each = 0; each < ENTRIES_MAX; each++) writeFileSync(join(tree, String(each)), "");
    expect(giveTree(tree, former, NEW).left.map(({ reason }) => reason)).toEqual(["there are too many files"]);
  });

  test("while somebody puts links in the places of folders and files, and nothing outside is touched", async () => {
    const outside = folder(join(base, "outside"));
    const inOutside = file(join(outside, "file"));
    const turns = new Int32Array(new SharedArrayBuffer(8));
    const racer = new Worker(
      `const { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync, chownSync } = require("node:fs");
      const { workerData: { turns, tree, outside, precious, uid } } = require("node:worker_threads");
      while (Atomics.load(turns, 1) === 0) {
        for (const [name, target] of [["folder", outside], ["file", precious]]) {
          const at = tree + "/" + name;
          rmSync(at, { recursive: true, force: true });
          if (name === "folder") { mkdirSync(at); writeFileSync(at + "/file", ""); chownSync(at + "/file", uid, uid); }
          else writeFileSync(at, "");
          chownSync(at, uid, uid);
          symlinkSync(target, at + ".link");
          rmSync(at, { recursive: true, force: true });
          renameSync(at + ".link", at);
        }
        Atomics.add(turns, 0, 1);
      }`,
      { eval: true, workerData: { turns, tree, outside, precious, uid: FORMER } },
    );
    let moved = 0;
    for (let round = 0; (moved < 10 || Atomics.load(turns, 0) < 20) && round < 100_000; round++) {
      moved += giveTree(tree, former, NEW).moved;
    }
    Atomics.store(turns, 1, 1);
    await racer.terminate();
    expect(moved).toBeGreaterThan(0);
    expect([precious, outside, inOutside].map(ownerOf)).toEqual(Array(3).fill(`${FORMER}:${FORMER}`));
  });

  test("a socket is given to a group, and nothing else in its place is", () => {
    const path = join(tree, "socket");
    const script = `import socket,sys; socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).bind(sys.argv[1])`;
    expect(spawnSync("python3", ["-c", script, path]).status).toBe(0);
    giveSocketToGroup(path, OTHER, NEW.gid);
    expect(ownerOf(path)).toBe("0:0");
    giveSocketToGroup(path, 0, NEW.gid);
    expect(ownerOf(path)).toBe(`0:${NEW.gid}`);
    rmSync(path);
    symlinkSync(precious, path);
    giveSocketToGroup(path, FORMER, NEW.gid);
    giveSocketToGroup(precious, FORMER, NEW.gid);
    giveSocketToGroup(join(tree, "none"), FORMER, NEW.gid);
    expect(ownerOf(precious)).toBe(`${FORMER}:${FORMER}`);
    expect(readdirSync(tree)).toEqual(["socket"]);
  });
});

describe.skipIf(process.getuid!() !== 0)("a folder in a folder of a user's", () => {
  const to = { ...NEW, mode: 0o2750 };
  const modeOf = (path: string): string => (lstatSync(path).mode & 0o7777).toString(8);

  test("is made, and made right again", () => {
    const path = join(tree, "door");
    expect(makeFolderIn(path, to)).toBe(true);
    expect([ownerOf(path), modeOf(path)]).toEqual([given, "2750"]);
    chownSync(path, NEW.uid, OTHER);
    expect(makeFolderIn(path, to)).toBe(true);
    expect([ownerOf(path), modeOf(path)]).toEqual([given, "2750"]);
  });

  test("is not made of what that user has put there: a link, a file, or another user's folder", () => {
    const outside = folder(join(base, "outside"), 0);
    const before = [ownerOf(outside), modeOf(outside)];
    symlinkSync(outside, join(tree, "link"));
    file(join(tree, "file"), NEW.uid);
    folder(join(tree, "others"), OTHER);
    for (const name of ["link", "file", "others"]) expect(makeFolderIn(join(tree, name), to), name).toBe(false);
    expect([ownerOf(outside), modeOf(outside)]).toEqual(before);
    expect(ownerOf(join(tree, "others"))).toBe(`${OTHER}:${OTHER}`);
  });
});
