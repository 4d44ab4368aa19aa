import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, expect, test } from "vitest";
import { admitToSocket, setSocketFile, UnixDatagramSocket } from "../src/index.ts";

const isRoot = process.getuid!() === 0;
const nobody = 65_534;

let folder = "";
let path = "";
let precious = "";
const sockets: UnixDatagramSocket[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "socket-file-"));
  path = join(folder, "socket");
  precious = join(folder, "precious");
  writeFileSync(precious, "precious", { mode: 0o600 });
});

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close();
  rmSync(folder, { recursive: true, force: true });
});

function bind(at: string): void {
  const socket = UnixDatagramSocket.open(
    "",
    () => {},
    () => {},
  ) as UnixDatagramSocket;
  sockets.push(socket);
  expect(socket.bind(at)).toBe(0);
}

const attributesOf = (at: string): unknown => {
  const { uid, gid, mode } = lstatSync(at);
  return { uid, gid, mode: mode & 0o777 };
};

test("mode and owner of a socket are set", () => {
  bind(path);
  const { uid, gid } = lstatSync(path);
  const owner = isRoot ? { uid: nobody, gid: nobody } : {};
  setSocketFile(path, 0o620, owner);
  expect(attributesOf(path)).toEqual({ uid, gid, ...owner, mode: 0o620 });
});

/** Whether a user, without any group, may connect to the socket. */
function mayConnect(uid: number): boolean {
  const script =
    "import os,socket,sys; os.setgroups([]); os.setgid(int(sys.argv[1])); os.setuid(int(sys.argv[1])); socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).connect(sys.argv[2])";
  const { status, stderr } = spawnSync("python3", ["-c", script, String(uid), path], { encoding: "utf8" });
  if (status !== 0) expect(stderr).toContain("PermissionError");
  return status === 0;
}

test.runIf(isRoot)("one more user is let in, in the place of the one before, and nobody else", () => {
  chmodSync(folder, 0o711);
  bind(path);
  setSocketFile(path, 0o660);
  expect(mayConnect(nobody)).toBe(false);
  admitToSocket(path, nobody);
  expect([mayConnect(nobody), mayConnect(nobody - 1)]).toEqual([true, false]);
  admitToSocket(path, nobody - 1);
  expect([mayConnect(nobody), mayConnect(nobody - 1)]).toEqual([false, true]);
});

test("nobody is let in to what is no socket, or not there", () => {
  expect(() => admitToSocket(path, nobody)).toThrow(expect.objectContaining({ code: "ENOENT" }));
  symlinkSync(precious, path);
  for (const each of [path, precious]) {
    expect(() => admitToSocket(each, nobody)).toThrow(expect.objectContaining({ code: "ENOTSOCK", path: each }));
  }
});

test.each<[string, () => void]>([
  ["a symbolic link", () => symlinkSync(precious, path)],
  ["a hard link", () => linkSync(precious, path)],
  [
    "a symbolic link to a socket",
    () => {
      bind(join(folder, "other"));
      symlinkSync(join(folder, "other"), path);
    },
  ],
])("%s in its place is left alone, and so is what it leads to", (_name, put) => {
  put();
  const before = [attributesOf(precious), attributesOf(path)];
  expect(() => setSocketFile(path, 0o666, { uid: nobody, gid: nobody })).toThrow(
    expect.objectContaining({ code: "ENOTSOCK", path }),
  );
  expect([attributesOf(precious), attributesOf(path)]).toEqual(before);
});

test("nothing in its place is an error", () => {
  expect(() => setSocketFile(path, 0o666)).toThrow(expect.objectContaining({ code: "ENOENT" }));
});

test.runIf(isRoot)("a socket of somebody else is not opened by us", () => {
  bind(path);
  chownSync(path, nobody, nobody);
  const before = attributesOf(path);
  expect(() => setSocketFile(path, 0o666)).toThrow(expect.objectContaining({ code: "EPERM" }));
  expect(attributesOf(path)).toEqual(before);
});

test("a racer that puts links in the socket's place never has a file of ours opened", async () => {
  const turns = new Int32Array(new SharedArrayBuffer(8));
  const racer = new Worker(
    `const { renameSync, symlinkSync, rmSync } = require("node:fs");
    const { workerData: { turns, path, precious } } = require("node:worker_threads");
    while (Atomics.load(turns, 1) === 0) {
      rmSync(path + ".link", { force: true });
      symlinkSync(precious, path + ".link");
      try { renameSync(path + ".link", path); } catch {}
      Atomics.add(turns, 0, 1);
    }`,
    { eval: true, workerData: { turns, path, precious } },
  );
  const { mode, uid, gid } = lstatSync(precious);
  let refused = 0;
  for (let attempt = 0; refused < 100 && attempt < 20_000; attempt++) {
    rmSync(path, { force: true });
    const socket = UnixDatagramSocket.open(
      "",
      () => {},
      () => {},
    ) as UnixDatagramSocket;
    if (socket.bind(path) === 0) {
      try {
        setSocketFile(path, 0o666, isRoot ? { uid: nobody, gid: nobody } : {});
      } catch {
        refused++;
      }
    }
    socket.close();
  }
  Atomics.store(turns, 1, 1);
  await racer.terminate();
  expect(refused).toBeGreaterThan(0);
  expect(lstatSync(precious)).toMatchObject({ mode, uid, gid });
  expect(readFileSync(precious, "utf8")).toBe("precious");
  unlinkSync(precious);
});
