import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { ownProgram } from "../src/executables.ts";
import { runMeshlab } from "../src/program.ts";
import { LINE, NOTHING, PATIENCE, leftovers } from "./lab-fixture.ts";

/*
 * The command line as people use it: one meshlab holds a mesh of real processes in the foreground, others act on it.
 */

const [NODE, ...MAIN] = ownProgram() as [string, ...string[]];

interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

async function meshlab(...args: readonly string[]): Promise<Outcome> {
  const child = spawn(NODE, [...MAIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const exited = once(child, "exit") as Promise<[number | null]>;
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  return { code, out, err };
}

describe("meshlab up, and other commands beside it", () => {
  let work = "";
  let owner: ChildProcess;
  let folder = "";
  const onLab = (command: string, ...args: readonly string[]): Promise<Outcome> =>
    meshlab(command, "--lab", folder, ...args);

  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), "meshlab-test-"));
    await writeFile(join(work, "mesh.yaml"), stringify(LINE));
    owner = spawn(NODE, [...MAIN, "up", join(work, "mesh.yaml")], { stdio: ["ignore", "pipe", "inherit"] });
    for await (const line of createInterface({ input: owner.stdout! })) {
      const [, found] = /Its files are in (\S+)\.$/.exec(line) ?? [];
      if (found === undefined) continue;
      folder = found;
      break;
    }
    owner.stdout!.resume();
  });

  afterAll(async () => {
    owner.kill("SIGKILL");
    await rm(work, { recursive: true, force: true });
  });

  test("status shows links, services and tunnels", async () => {
    const { code, out } = await onLab("status");
    expect(code).toBe(0);
    expect(out).toMatch(/a -> b +up +\d+/);
    expect(out).toMatch(/c -> b +up/);
    expect(out).toMatch(/web +c +tcp:\/\/127\.0\.0\.1:8080 +user\/alice/);
    const status = JSON.parse((await onLab("status", "--json")).out) as {
      nodes: Record<string, { clusterFlor: { vertex: string } }>;
    };
    expect(status.nodes["b"]?.clusterFlor.vertex).toBe("b");
  });

  test("exec runs a command in a node and ends as it does", async () => {
    const { code, out } = await onLab("exec", "b", "--", "sh", "-c", 'echo "$FLORENETES_NODE"; exit 7');
    expect([code, out]).toEqual([7, "b\n"]);
  });

  test("kill, start and restart act on a process; its log stays", async () => {
    expect(await onLab("kill", "b", "link-flor")).toMatchObject({ code: 0 });
    const again = await onLab("kill", "b", "link-flor");
    expect(again.code).toBe(1);
    expect(again.err).toContain("ERR_LAB_STATE");
    expect(await onLab("start", "b", "link-flor")).toMatchObject({ code: 0 });
    expect(await onLab("restart", "b", "cluster-flor")).toMatchObject({ code: 0 });
    await expect.poll(async () => (await onLab("status")).out, PATIENCE).toMatch(/a -> b +up[^]*c -> b +up/);
    expect((await onLab("logs", "b", "link-flor")).out.split('"READY"')).toHaveLength(3);
  });

  test("run plays a scenario on the mesh that is up, and waits until it is whole again", async () => {
    const file = join(work, "scenario.yaml");
    const steps = [
      { at: "0s", kill: "b link-flor" },
      { at: "100ms", start: "b link-flor" },
      { at: "200ms", freeze: "c" },
      { at: "400ms", thaw: "c" },
    ];
    await writeFile(file, stringify({ steps }));
    const { code, out, err } = await onLab("run", file);
    expect({ code, out }).toEqual({ code: 0, out: "the mesh is whole again\n" });
    expect(err).toMatch(/kill b link-flor\n.*start b link-flor\n.*freeze c\n.*thaw c\n/);
    await writeFile(file, stringify({ steps: [{ at: "0s", kil: "b" }] }));
    await expect(onLab("run", file)).resolves.toMatchObject({
      code: 2,
      err: expect.stringContaining("scenario.yaml:"),
    });
  });

  test("says what it does not know", async () => {
    const here = (command: string, ...args: readonly string[]): Promise<number> =>
      runMeshlab([command, "--lab", folder, ...args]);
    await expect(here("kill", "x", "link-flor")).rejects.toThrow('there is no node "x"');
    await expect(here("restart", "a", "link-floor")).rejects.toMatchObject({ advice: 'Did you mean "link-flor"?' });
    await expect(here("rebind", "a", "b")).rejects.toMatchObject({ code: "ERR_LAB_RELAY" });
    await expect(here("impair", "a", "b", "lose=1%")).rejects.toMatchObject({ code: "ERR_LAB_SCENARIO" });
    await expect(here("link", "down", "a", "b")).rejects.toMatchObject({ code: "ERR_LAB_MODE" });
    await expect(here("link", "sideways", "a", "b")).rejects.toMatchObject({ code: "ERR_LAB_UNKNOWN" });
    await expect(runMeshlab(["status", "--lab", "nowhere"])).rejects.toMatchObject({ code: "ERR_LAB_UNKNOWN" });
    await expect(runMeshlab(["kil", "a"])).rejects.toMatchObject({ code: "ERR_LAB_USAGE", exitCode: 2 });
  });

  test("down takes it down from another process, and leaves nothing", async () => {
    const exited = once(owner, "exit");
    expect((await onLab("down")).out).toContain(`${folder} is down`);
    expect(await exited).toEqual([0, null]);
    expect(await leftovers(folder)).toEqual(NOTHING);
  });
});

test("a mesh file with a mistake is refused with its line, and nothing is started", async () => {
  const work = await mkdtemp(join(tmpdir(), "meshlab-test-"));
  try {
    const file = join(work, "mesh.yaml");
    await writeFile(file, "cluster: demo\nnodes: { a: {} }\nlinks:\n  - { between: [a, b] }\n");
    const { code, err } = await meshlab("up", file);
    expect([code, err]).toEqual([2, expect.stringContaining(`${file}:4:`)]);
    expect(err).toContain("ERR_MESH_UNKNOWN_NODE");
  } finally {
    await rm(work, { recursive: true });
  }
});
