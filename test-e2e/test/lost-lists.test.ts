/*
 *   a ───── b ───── c      alice and bob on a use web on b, which requires revocation lists. The first one names nobody, the second one
 *                          bob and the vertex c.
 *
 *   b loses its state folders, and finds the first list in its identity folders, as from a backup.
 */
import { globSync, readFileSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { type Lab, type ProcessName, requireLists } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EchoMesh, type EchoUser } from "../src/echo-mesh.ts";
import { executable, flor, runToEnd } from "../src/executables.ts";
import { expectLog } from "../src/log-entries.ts";
import { bringList, listsInForce, revoke } from "../src/revocation.ts";

const SOON = { timeout: 20_000, interval: 50 };
const PROCESSES: readonly ProcessName[] = ["link-flor", "cluster-flor"];

let mesh: EchoMesh;
let lab: Lab;
let first: string;
let second: string;

beforeAll(async () => {
  mesh = await EchoMesh.open("lost", { neighbours: ["c"] });
  lab = mesh.lab;
  const { code, stderr } = await flor("ca", "crl", "--ca", lab.caFolder);
  expect(code, stderr).toBe(0);
  first = readFileSync(`${lab.caFolder}/crl.pem`, "utf8");
  requireLists(lab, "b");
  bringList(lab, "b", first);
  await lab.up();
});

afterAll(async () => {
  await mesh?.close();
});

function ask(user: EchoUser): Promise<string> {
  return mesh.ask(user);
}

/** The states of b's links to a and to c. */
async function links(): Promise<Record<string, string>> {
  const { links: rows } = (await lab.status("b")).clusterFlor!;
  return Object.fromEntries(rows.map((row) => [row["peer"], row.state]));
}

function lists(): Promise<readonly string[]> {
  return listsInForce(lab, "b");
}

/** Ends b's processes, does something, and starts them again. */
async function restarted(change: () => void): Promise<void> {
  for (const process of PROCESSES) await lab.kill("b", process);
  change();
  for (const process of PROCESSES) lab.start("b", process);
  await lab.untilReady();
}

function loseState(): void {
  for (const process of PROCESSES) {
    const [, state] = /^state: "?(.+?)"?$/m.exec(readFileSync(lab.configFile("b", process), "utf8"))!;
    const folder = state!.startsWith("/") ? state! : `${dirname(lab.configFile("b", process))}/${state}`;
    expect(globSync(`${folder}/revocation/**/*.pem`)).not.toEqual([]);
    rmSync(folder, { recursive: true });
  }
}

/** The numbers of lists that are noted in b's identity folders. */
function notedNumbers(): ReadonlySet<string> {
  const files = globSync(`${lab.identityFolder("b", "**")}/**/crl-numbers`);
  return new Set(files.map((file) => readFileSync(file, "utf8").trim().split(" ")[1]!));
}

test("new nodes need no word of their operator", async () => {
  expect(await lists()).toEqual(["1", "1"]);
  await expect.poll(links, SOON).toEqual({ a: "up", c: "up" });
  expect([await ask("alice"), await ask("bob")]).toEqual(["hello", "hello"]);
});

test("who is on the second list is out", async () => {
  second = await revoke(lab, "user/bob", "vertex/c");
  bringList(lab, "b", second);
  await expect.poll(lists, SOON).toEqual(["2", "2"]);
  await expect.poll(links, SOON).toEqual({ a: "up", c: expect.not.stringMatching("up") });
  expect([await ask("alice"), await ask("bob")]).toEqual(["hello", "ECONNRESET"]);
  // A list is in force at once, and noted when the disk has it.
  await expect.poll(notedNumbers, SOON).toEqual(new Set(["2"]));
});

describe("the state folders are lost, and the first list is back", () => {
  test("nobody is let in by it, and both processes say why", async () => {
    await restarted(() => {
      loseState();
      bringList(lab, "b", first);
    });
    await expect.poll(lists, SOON).toEqual(["ERR_IDENTITY_LIST_OLDER", "ERR_IDENTITY_LIST_OLDER"]);
    await expect
      .poll(async () => (await lab.status("a")).clusterFlor!.links[0], SOON)
      .toMatchObject({
        state: "refused",
        code: "REVOCATION_UNKNOWN",
      });
    expect(Object.values(await links())).not.toContain("up");
  });

  test("the second one is taken without a word", async () => {
    bringList(lab, "b", second);
    await expect.poll(lists, SOON).toEqual(["2", "2"]);
    await expect.poll(links, SOON).toEqual({ a: "up", c: expect.not.stringMatching("up") });
    await expect.poll(() => ask("alice"), SOON).toBe("hello");
    expect(await ask("bob")).toBe("ECONNRESET");
  });
});

describe("what the identity folders know is lost, too", () => {
  test("the first list is not taken, and the operator is asked: in status, log and check", async () => {
    await restarted(() => {
      loseState();
      for (const file of globSync(`${lab.identityFolder("b", "**")}/**/crl-numbers`)) rmSync(file);
      bringList(lab, "b", first);
    });
    await expect.poll(lists, SOON).toEqual(["ERR_IDENTITY_LIST_UNCONFIRMED", "ERR_IDENTITY_LIST_UNCONFIRMED"]);
    for (const process of PROCESSES) {
      await expectLog(lab, "b", process).toMatch(
        /"reason":"ERR_IDENTITY_LIST_UNCONFIRMED".*flor identity confirm-lists/,
      );
      const checked = await runToEnd([...executable(process), "check", "--config", lab.configFile("b", process)]);
      expect(checked.stdout + checked.stderr).toContain("ERR_IDENTITY_LIST_UNCONFIRMED");
    }
    expect(Object.values(await links())).not.toContain("up");
  });

  test("the operator's word brings b back up with the present list, and nobody who is on it", async () => {
    bringList(lab, "b", second);
    for (const folder of globSync(`${lab.identityFolder("b", "**")}/**/chain.pem`).map(dirname)) {
      const { code, stderr } = await flor("identity", "confirm-lists", folder, "--number", "2");
      expect(code, stderr).toBe(0);
    }
    await expect.poll(lists, SOON).toEqual(["2", "2"]);
    await expect.poll(links, SOON).toEqual({ a: "up", c: expect.not.stringMatching("up") });
    await expect.poll(() => ask("alice"), SOON).toBe("hello");
    expect(await ask("bob")).toBe("ECONNRESET");
  });
});
