import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TUN_PACKETS_PER_WAKE } from "../src/index.ts";

const program = fileURLToPath(new URL("fixtures/tun.ts", import.meta.url));
const namespace = `flor-tun-${process.pid}`;
/** EBADFD, which node:os does not name. */
const EBADFD = 77;

const missing = lackOf();
if (missing !== undefined) process.stderr.write(`left out: TUN devices (${missing})\n`);

function lackOf(): string | undefined {
  if (process.getuid!() !== 0) return "needs root";
  if (!existsSync("/dev/net/tun")) return "the system has no /dev/net/tun";
  if (spawnSync("ip", ["-Version"]).status !== 0) return "not installed: iproute2";
  if (spawnSync("ip", ["netns", "add", namespace]).status !== 0) return "the system makes no network namespaces";
  execFileSync("ip", ["netns", "delete", namespace]);
  return undefined;
}

const inNamespace = (act: string): string[] => [
  "netns",
  "exec",
  namespace,
  process.execPath,
  "--conditions=@florenetes/source",
  program,
  act,
];

/** Returns the result that a process of the fixture prints. It has to end by itself, with what it has opened closed. */
function run(act: string): unknown {
  return JSON.parse(execFileSync("ip", inNamespace(act), { encoding: "utf8", timeout: 60_000 })) as unknown;
}

const hasDevice = (): boolean =>
  spawnSync("ip", ["-netns", namespace, "link", "show", "flor-tun0"], { stdio: "ignore" }).status === 0;

describe.skipIf(missing !== undefined)("a TUN device", () => {
  beforeAll(() => {
    execFileSync("ip", ["netns", "add", namespace]);
  });

  afterAll(() => {
    spawnSync("ip", ["netns", "delete", namespace]);
  });

  test("has the packets of both families, and gives back what is written", () => {
    expect(run("echo")).toEqual(["hello 10.9.0.2 from 10.9.0.2 4000", "hello fd00:9::2 from fd00:9::2 4000"]);
  });

  test("tells many packets at once, in order, and leaves the loop to others in between", () => {
    const { wakes, ...result } = run("batch") as { wakes: number };
    expect(result).toEqual({ seen: 150, isInOrder: true, largest: TUN_PACKETS_PER_WAKE });
    expect(wakes).toBeGreaterThanOrEqual(3);
  });

  test("cuts none of the largest packets", () => {
    expect(run("large")).toMatchObject({ seen: 8, isInOrder: true });
  });

  test("that is taken away ends once, and no longer keeps the process", () => {
    expect(run("taken")).toEqual({ ends: [EBADFD], write: "EBADF" });
  });

  test("has a name that nothing else has, and exactly that", () => {
    expect(run("names")).toEqual([
      "EBUSY",
      "EBUSY",
      "EBUSY",
      "EINVAL",
      "EINVAL",
      "EINVAL",
      "EINVAL",
      "ENAMETOOLONG",
      "open",
      "open",
    ]);
  });

  test("is gone when it is closed", () => {
    expect(run("close")).toEqual({ before: true, after: false, write: "EBADF" });
  });

  test("takes no packet when it is down, no range that is none, and no other protocol", () => {
    expect(run("writes")).toEqual({
      down: "EIO",
      ranges: ["EINVAL", "EINVAL", "EINVAL", "EINVAL"],
      unknown: "EINVAL",
      sent: 0,
    });
  });

  test("keeps the process running, and is gone when that is killed", async () => {
    const child = spawn("ip", inNamespace("hold"), { stdio: ["ignore", "pipe", "inherit"] });
    await once(child.stdout, "data");
    expect(hasDevice()).toBe(true);
    child.kill("SIGKILL");
    expect(await once(child, "exit")).toEqual([null, "SIGKILL"]);
    await expect.poll(hasDevice).toBe(false);
  });
});
