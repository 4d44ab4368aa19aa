import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { withFolderLock } from "../src/authority/ca/drivers/folder-lock.ts";

const base = mkdtempSync(join(tmpdir(), "florenetes-lock-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(base, "folder-"));
});

const flags = (): string[] => readdirSync(folder).filter((name) => name.startsWith(".lock-"));

/** The flag that this process puts up, in its parts. */
function ownFlag(): string[] {
  const names = withFolderLock(folder, flags);
  expect(names).toHaveLength(1);
  return names[0]!.split("-");
}

describe("a folder that processes take turns in", () => {
  test("shows who is in it, and nothing afterwards", () => {
    const [, pid, , , , , ...host] = ownFlag();
    expect([Number(pid), host.join("-")]).toEqual([process.pid, encodeURIComponent(hostname())]);
    expect(() =>
      withFolderLock(folder, () => {
        throw new Error("in between");
      }),
    ).toThrow("in between");
    expect(flags()).toEqual([]);
  });

  const gone = String(spawnSync("true").pid);
  // A change names a field of the flag by its index: .lock, process, its start, count, namespace, boot, host.
  test.each([
    ["a process that is gone", { 1: gone }],
    ["a process whose number another one has now", { 2: "1" }],
    ["a process of before the machine was started", { 5: "0123456789abcdef0123456789abcdef" }],
  ])("is free when the flag is that of %s", (_, change) => {
    const flag = Object.assign(ownFlag(), { 3: "9999" }, change).join("-");
    writeFileSync(join(folder, flag), "");
    expect(withFolderLock(folder, () => "entered")).toBe("entered");
    expect(flags()).toEqual([]);
  });

  test("is free when the flag is that of a process that is gone, though nobody has asked how it ended", async () => {
    const parent = spawn("sh", ["-c", "sleep 0.1 & echo $!; exec sleep 120"], { stdio: ["ignore", "pipe", "ignore"] });
    const [pid] = (await once(parent.stdout, "data")) as [Buffer];
    const stat = (): string[] => readFileSync(`/proc/${pid.toString().trim()}/stat`, "utf8").split(") ")[1]!.split(" ");
    await expect.poll(() => stat()[0]).toBe("Z");
    const flag = Object.assign(ownFlag(), { 1: pid.toString().trim(), 2: stat()[19]!, 3: "9999" }).join("-");
    writeFileSync(join(folder, flag), "");
    expect(withFolderLock(folder, () => "entered", 500)).toBe("entered");
    parent.kill("SIGKILL");
    await once(parent, "exit");
  });

  test.each([
    ["another machine", { 6: "elsewhere" }],
    ["another container", { 4: "1", 1: gone }],
  ])("is not entered while there is a flag of %s, of which nothing can be seen", (_, change) => {
    const flag = Object.assign(ownFlag(), { 3: "9999" }, change).slice(0, 7).join("-");
    writeFileSync(join(folder, flag), "");
    const entered = (): string => withFolderLock(folder, () => "entered", 50);
    expect(entered).toThrow(
      expect.objectContaining({ code: "ERR_IDENTITY_CA_BUSY", where: { file: join(folder, flag) } }),
    );
    expect(flags()).toEqual([flag]);
    rmSync(join(folder, flag));
    expect(entered()).toBe("entered");
  });

  test("loses nothing between processes that all want in", async () => {
    const counter = join(folder, "counter");
    writeFileSync(counter, "0");
    const lock = new URL("../src/authority/ca/drivers/folder-lock.ts", import.meta.url).href;
    // The program reads, adds and writes: without turns, most additions would be lost.
    const program = `
      import { readFileSync, writeFileSync } from "node:fs";
      import { withFolderLock } from ${JSON.stringify(lock)};
      for (let turn = 0; turn < 100; turn++) {
        withFolderLock(${JSON.stringify(folder)}, () => {
          writeFileSync(${JSON.stringify(counter)}, String(Number(readFileSync(${JSON.stringify(counter)}, "utf8")) + 1));
        }, 60_000);
      }`;
    const children = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ["--input-type=module", "--eval", program], { stdio: "inherit" }),
    );
    const codes = await Promise.all(children.map((child) => once(child, "exit").then(([code]) => code as number)));
    expect(codes).toEqual([0, 0, 0, 0]);
    expect(readFileSync(counter, "utf8")).toBe("400");
    expect(flags()).toEqual([]);
  });
});
