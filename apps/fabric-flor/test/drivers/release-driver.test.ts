import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { OperatorError } from "@florenetes/operator-text";
import { nodeTime } from "@florenetes/scheduling";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { FetchOrder, FetchResult, SeenSoftware } from "../../src/agent/releases/release-orders.ts";
import { machinePackages } from "../../src/drivers/machine-packages.ts";
import { ReleaseDriver } from "../../src/drivers/release-driver.ts";
import { type KnownTarget, readRepositoryRoot, type ReleaseLibrary } from "../../src/drivers/release-library.ts";
import { readStatusFile } from "../../src/drivers/update-status-file.ts";
import { packaged, PRESENT, release, root } from "../agent/releases/release-scene.ts";

const WAIT = { timeout: 20_000, interval: 20 };
const PACKAGES = [packaged("florenetes-node", "0.1.1"), packaged("florenetes-common", "0.1.1")];
const FORMER = "florenetes-node_0.1.0_amd64.deb";
const ORDER: FetchOrder = {
  kind: "fetch",
  record: "cd".repeat(32),
  releases: [release()],
  roots: [root, root],
  packages: PACKAGES,
  former: [FORMER],
};

let folder: string;
let state: string;
let status: string;
let seen: SeenSoftware[];
let results: FetchResult[];
let driver: ReleaseDriver;
/** The repository that a test has, and what its library does. */
let targets: Map<string, KnownTarget>;
let downloads: string[];
let download: ReleaseLibrary["download"];
let refresh: ReleaseLibrary["refresh"];

const targetOf = (name: string, sha256 = "ab".repeat(32)): KnownTarget => ({
  name,
  length: 1_000,
  sha256,
  path: `targets/${sha256}.${name}`,
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "florenetes-releases-"));
  [state, status] = [join(folder, "state"), join(folder, "status.json")];
  mkdirSync(state);
  [seen, results, downloads] = [[], [], []];
  const names = [...PACKAGES.map(({ name, version }) => `${name}_${version}_amd64.deb`), FORMER];
  targets = new Map(names.map((name) => [name, targetOf(name)]));
  download = async (target, file) => {
    downloads.push(target.name);
    writeFileSync(file, Buffer.alloc(target.length));
  };
  refresh = async () => undefined;
  driver = new ReleaseDriver({
    state,
    updates: { channel: "stable", sessions: "unused", repositoryRoot: "unused", status },
    time: nodeTime,
    onSeen: (all) => void seen.push(all),
    onFetched: (result) => void results.push(result),
    packages: async () => PRESENT,
    openLibrary: async () => ({
      repository: {
        target: async (name) => targets.get(name),
        copyMetadata: async (to) => {
          mkdirSync(to, { recursive: true });
          writeFileSync(join(to, "1.root.json"), "{}");
        },
      },
      refresh: (signal, isEnough) => refresh(signal, isEnough),
      download: (target, file, signal) => download(target, file, signal),
      [Symbol.asyncDispose]: async () => undefined,
    }),
  });
});

afterEach(async () => {
  await driver[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const spool = (...names: readonly string[]): string => join(state, "updates", ...names);

async function fetched(order: FetchOrder = ORDER): Promise<FetchResult["fault"]> {
  const before = results.length;
  driver.perform(order);
  await vi.waitFor(() => expect(results).toHaveLength(before + 1), WAIT);
  return results.at(-1)!.fault;
}

test("packages, record, roots and metadata come into the spool, and the order last", async () => {
  download = async (target, file) => {
    downloads.push(target.name);
    expect(existsSync(spool("order.json"))).toBe(false);
    writeFileSync(file, Buffer.alloc(target.length));
  };
  expect(await fetched()).toBeUndefined();
  expect(downloads).toEqual([...targets.keys()]);
  expect(readdirSync(spool()).toSorted()).toEqual(["metadata", "order.json", "packages", "release.fact", "roots.fact"]);
  expect(readdirSync(spool("packages"))).toHaveLength(3);
  expect(JSON.parse(readFileSync(spool("order.json"), "utf8"))).toEqual({ version: 1, record: ORDER.record });
  expect(readFileSync(spool("roots.fact"), "utf8").match(/-----BEGIN/g)).toHaveLength(2);
});

test("packages that the release does not need go first, and a part that is there stays for the library", async () => {
  mkdirSync(spool("packages", "a-folder"), { recursive: true });
  writeFileSync(spool("packages", "old"), Buffer.alloc(9));
  const part = spool("packages", basename(targetOf(FORMER).path));
  writeFileSync(part, Buffer.alloc(500));
  const there: string[][] = [];
  download = async () => void there.push(readdirSync(spool("packages")));
  expect(await fetched()).toBeUndefined();
  expect(there[0]).toEqual([basename(part)]);
});

test.each<[string, string | undefined]>([
  ["lacks a package", undefined],
  ["has other octets", "ef".repeat(32)],
])("where the repository %s, nothing is fetched", async (_, sha256) => {
  const name = "florenetes-node_0.1.1_amd64.deb";
  if (sha256 === undefined) targets.delete(name);
  else targets.set(name, targetOf(name, sha256));
  // The next place is asked whether it knows more.
  const answers: boolean[] = [];
  refresh = async (_signal, isEnough) => void answers.push(await isEnough());
  expect(await fetched()).toMatchObject({ code: "ERR_FABRIC_RELEASE_DIFFERS", isFinal: true });
  expect([answers, downloads, existsSync(spool("order.json"))]).toEqual([[false], [], false]);
});

test("a former package that the repository has no more is left out", async () => {
  targets.delete(FORMER);
  expect(await fetched()).toBeUndefined();
  expect(downloads).toHaveLength(2);
});

test("a mistake behind a fetch ends that fetch alone", async () => {
  refresh = () => Promise.reject(new TypeError("Cannot convert object to primitive value"));
  driver.perform(ORDER);
  await vi.waitFor(() => expect(results).toHaveLength(1), WAIT);
  expect(results[0]!.fault).toMatchObject({ code: "ERR_FABRIC_RELEASE_FETCH", isFinal: false });
});

test("what does not fit on the disk is not begun", async () => {
  const name = "florenetes-node_0.1.1_amd64.deb";
  const length = Number.MAX_SAFE_INTEGER;
  targets.set(name, { ...targetOf(name), length });
  const packages = PACKAGES.map((each) => (each.name === "florenetes-node" ? { ...each, length } : each));
  expect(await fetched({ ...ORDER, packages })).toMatchObject({ code: "ERR_FABRIC_RELEASE_DISK", isFinal: false });
  expect(downloads).toEqual([]);
});

test.each<[string, () => Error, string]>([
  [
    "no source gives it",
    () => new OperatorError("ERR_RELEASE_SOURCES", "nobody", { advice: "Wait." }),
    "ERR_RELEASE_SOURCES",
  ],
  ["the disk is full", () => Object.assign(new Error("no space left"), { code: "ENOSPC" }), "ERR_FABRIC_RELEASE_DISK"],
])("where %s, that is told, and nothing is ordered", async (_, error, code) => {
  download = async () => {
    throw error();
  };
  expect(await fetched()).toMatchObject({ code, isFinal: false });
  expect(existsSync(spool("order.json"))).toBe(false);
});

test("a fetch that is stopped tells nothing, and leaves what it has; one that is cleared leaves nothing", async () => {
  const begun = Promise.withResolvers<void>();
  download = async (target, file, signal) => {
    writeFileSync(file, Buffer.alloc(10));
    begun.resolve();
    await new Promise<void>((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    });
    downloads.push(target.name);
  };
  driver.perform(ORDER);
  await begun.promise;
  driver.perform({ kind: "stop" });
  download = async (target, file) => writeFileSync(file, Buffer.alloc(target.length));
  expect(await fetched()).toBeUndefined();
  expect([results.length, downloads]).toEqual([1, []]);
  driver.perform({ kind: "stop" });
  await vi.waitFor(() => expect(existsSync(spool("order.json"))).toBe(false), WAIT);
  expect(readdirSync(spool("packages"))).toHaveLength(3);
  driver.perform({ kind: "clear" });
  await vi.waitFor(() => expect(existsSync(spool())).toBe(false), WAIT);
});

test("the agent is told what the machine has at the start, and again when update-flor has said something", async () => {
  driver.start();
  await vi.waitFor(() => expect(seen).toEqual([{ packages: PRESENT, update: undefined, fault: undefined }]), WAIT);
  const said = { version: 1, installed: null, floor: null, kept: [], failed: ["0.1.1"], underWay: null, last: null };
  writeFileSync(status, JSON.stringify(said));
  await vi.waitFor(() => expect(seen.at(-1)?.update?.failed).toEqual(["0.1.1"]), WAIT);
  writeFileSync(status, "{}");
  await vi.waitFor(() => expect(seen.at(-1)?.fault).toBe("ERR_FABRIC_RELEASE_STATUS"), WAIT);
});

test("a status file that is none is read as none: a pipe, a folder, a gigabyte, another form", () => {
  expect(readStatusFile(status)).toBe("none");
  mkdirSync(join(folder, "folder"));
  expect(readStatusFile(join(folder, "folder"))).toBeUndefined();
  spawnSync("mkfifo", [join(folder, "pipe")]);
  expect(readStatusFile(join(folder, "pipe"))).toBeUndefined();
  writeFileSync(join(folder, "large"), "{");
  truncateSync(join(folder, "large"), 1_073_741_824);
  expect(readStatusFile(join(folder, "large"))).toBeUndefined();
  writeFileSync(status, '{"version": 1, "failed": 7}');
  expect(readStatusFile(status)).toBeUndefined();
});

test("packages are those that dpkg says are installed; a dpkg that does not answer, or prints something else, says nothing", async () => {
  const play = (name: string, script: string): string => {
    const file = join(folder, name);
    writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return file;
  };
  const line = (...fields: readonly string[]): string => `printf '${fields.join("\\t")}\\n'`;
  const good = [
    line("ii ", "florenetes-node", "0.1.0", "amd64"),
    line("un ", "florenetes-control", "", ""),
    line("rc ", "florenetes-store", "0.0.9", "amd64"),
    line("iU ", "florenetes-common", "0.1.1", "all"),
  ];
  expect(await machinePackages(play("good", good.join("\n")))).toEqual([
    { name: "florenetes-node", version: "0.1.0", arch: "amd64" },
    { name: "florenetes-common", version: "0.1.1", arch: "all" },
  ]);
  expect(await machinePackages(play("none", "exit 1"))).toEqual([]);
  expect(await machinePackages(play("broken", "exit 2"))).toBeUndefined();
  expect(await machinePackages(play("endless", "yes"))).toBeUndefined();
  expect(await machinePackages(join(folder, "missing"))).toBeUndefined();
});

test("the first root of the repository is a file of bounded size", () => {
  writeFileSync(join(folder, "root.json"), "{}");
  expect(Buffer.from(readRepositoryRoot(join(folder, "root.json"))).toString()).toBe("{}");
  truncateSync(join(folder, "root.json"), 1_000_000);
  for (const path of [join(folder, "root.json"), join(folder, "missing"), folder])
    expect(() => readRepositoryRoot(path)).toThrow(expect.objectContaining({ code: "ERR_FABRIC_RELEASE_ROOT" }));
});
