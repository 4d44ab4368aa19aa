import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { readLabState } from "../src/lab-state.ts";
import { sweepDeadLabs } from "../src/index.ts";
import { IS_ROOT, NOTHING, PATIENCE, leftovers } from "./lab-fixture.ts";

const OWNER = fileURLToPath(new URL("lab-owner.ts", import.meta.url));

/** A folder for these labs alone: other tests remove all dead labs that they find, and must not find these. */
let own: string;
beforeAll(() => {
  own = mkdtempSync(join(tmpdir(), "crash-"));
  vi.stubEnv("TMPDIR", own);
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(own, { recursive: true });
});

/** A process that holds a lab; resolves when the lab is up. */
async function startOwner(mode: string): Promise<{ readonly owner: ChildProcess; readonly folder: string }> {
  const owner = spawn(process.execPath, ["--conditions=@florenetes/source", OWNER, mode], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [folder] = (await once(createInterface({ input: owner.stdout }), "line")) as [string];
  return { owner, folder };
}

async function killOwner(owner: ChildProcess): Promise<void> {
  const exited = once(owner, "exit");
  owner.kill("SIGKILL");
  await exited;
}

async function untilNothing(folder: string): Promise<void> {
  await expect.poll(() => leftovers(folder), PATIENCE).toEqual(NOTHING);
}

/** The mode `netns` where this is root: it leaves all that loopback leaves, and namespaces besides. */
const mode = IS_ROOT ? "netns" : "loopback";

describe(`after kill -9 of the owner of a lab (${mode})`, () => {
  test("the keeper leaves nothing behind", async () => {
    const { owner, folder } = await startOwner(mode);
    expect((await leftovers(folder)).processes).toBe(6);
    await killOwner(owner);
    await untilNothing(folder);
  });

  test("and of the keeper too, the next lab removes what is left", async () => {
    const { owner, folder } = await startOwner(mode);
    const keeper = (await readLabState(folder))!.keeper!;
    process.kill(-keeper.pid, "SIGKILL");
    await killOwner(owner);
    await sleep(500);
    expect((await leftovers(folder)).processes).toBe(6);
    expect(await sweepDeadLabs()).toContain(folder);
    expect(await leftovers(folder)).toEqual(NOTHING);
  });
});

test("a lab whose owner lives is not swept", async () => {
  const { owner, folder } = await startOwner("loopback");
  expect(await sweepDeadLabs()).not.toContain(folder);
  expect((await leftovers(folder)).processes).toBe(6);
  await killOwner(owner);
  await untilNothing(folder);
});
