/*
 *   a ───── b ───── c        on b: a local process sends frames to the FlorIO sockets of cluster-flor and of link-flor
 *
 *   While the two are connected, the kernel refuses everybody else; when one is away, what comes is dropped and counted. A
 *   user without rights gets as far as the socket's mode. A ping-pong from a to c goes on meanwhile.
 */
import { chmod, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Lab, type ProcessName, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Counts, clusterCounts, linkCounts } from "../src/counted.ts";
import { areInstalled } from "../src/installed.ts";
import { now } from "../src/monotonic-clock.ts";
import { PATIENCE, PATIENCE_MS } from "../src/patience.ts";
import { isRoot } from "../src/root.ts";
import { SteadyService, SteadyWorkload } from "../src/steady-workload.ts";

const isReady = isRoot && areInstalled("attack-local", "python3", "setpriv");
/** The number of frames: the intruder sends twenty times three frames from each of its two sockets, which it then connects. */
const FRAMES = 2 * 20 * 3;
const nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

describe.skipIf(!isReady)("a local process that sends to FlorIO's sockets", () => {
  let lab: Lab;
  let workload: SteadyWorkload;
  /** The sockets of node b. */
  const sockets = { "cluster-flor": "", "link-flor": "" };
  const adminSockets: string[] = [];

  beforeAll(async () => {
    lab = await openLab(
      {
        cluster: "local",
        nodes: { a: {}, b: {}, c: {} },
        links: [{ between: ["a", "b"] }, { between: ["b", "c"] }],
        services: { steady: { node: "c", target: "tcp://127.0.0.1:8080", allow: ["user/alice"] } },
        tunnels: [
          { node: "a", listen: "tcp://127.0.0.1:18001", as: "user/alice", service: "steady", path: ["a", "b", "c"] },
        ],
      },
      { mode: "netns" },
    );
    await lab.up();
    await SteadyService.start(lab, "c", 8080);
    workload = await SteadyWorkload.start(lab, "a", 18_001, ["p"]);
    const config = await readFile(lab.configFile("b", "cluster-flor"), "utf8");
    const [, bind, connect] = /bind: (\S+), connect: (\S+) }/.exec(config)!;
    sockets["cluster-flor"] = bind!;
    sockets["link-flor"] = connect!;
    for (const name of Object.keys(sockets) as ProcessName[]) {
      adminSockets.push(/^admin: (.*)$/m.exec(await readFile(lab.configFile("b", name), "utf8"))![1]!);
    }
  });

  afterAll(async () => {
    workload?.[Symbol.dispose]();
    await lab?.down();
  });

  test("is refused by the kernel while the two are connected, even as root", async () => {
    const results = await intrude(join(lab.folder, "intruder.sock"), Object.values(sockets));
    for (const path of Object.values(sockets)) expect(results[path]).toEqual({ EPERM: FRAMES + 2 });
    await workload.untilProgress(now());
  });

  test("is refused by the sockets' modes as another user, and so is one who asks an admin socket", async () => {
    await letOthersIn();
    const paths = [...Object.values(sockets), ...adminSockets];
    for (const path of paths) expect((await stat(path)).mode & 0o007, path).toBe(0);
    const results = await intrude("-", paths, nobody);
    for (const path of Object.values(sockets)) expect(results[path]).toEqual({ EACCES: FRAMES / 2 + 1 });
    for (const path of adminSockets) expect(results[path]).toEqual({ EACCES: 1 });
    await workload.untilProgress(now());
  });

  test.each([
    { away: "link-flor", there: "cluster-flor" },
    { away: "cluster-flor", there: "link-flor" },
  ] as const)("while $away is away, its frames are dropped and counted by $there", async ({ away, there }) => {
    const dropped = async (): Promise<number> => (await florioCounts(there))["framesDroppedSender"]!;
    const before = await dropped();
    const { disconnects } = await florioCounts(there);
    await lab.kill("b", away);
    // The next heartbeat finds the partner gone.
    await expect.poll(async () => (await florioCounts(there))["disconnects"], PATIENCE).toBeGreaterThan(disconnects!);
    const results = await intrude(join(lab.folder, "intruder.sock"), [sockets[there]]);
    lab.start("b", away);
    expect(results[sockets[there]]).toEqual({ sent: FRAMES + 2 });
    await expect.poll(dropped, PATIENCE).toBe(before + FRAMES);
    await lab.waitUntilUp();
    await workload.untilProgress(now());
  });

  async function florioCounts(name: ProcessName): Promise<Counts> {
    if (name === "link-flor") return (await linkCounts(lab, "b")).portal.florio;
    return (await clusterCounts(lab, "b")).portals[0]!.florio;
  }

  async function intrude(own: string, targets: readonly string[], as: readonly string[] = []) {
    const program = fileURLToPath(new URL("../src/attackers/florio_intruder.py", import.meta.url));
    const text = await readFile(program, "utf8");
    const argv = [...as, "/usr/bin/env", "python3", "-c", text, own, ...targets];
    const { code, stdout, stderr } = await lab.exec("b", argv, { timeoutMs: PATIENCE_MS });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return JSON.parse(stdout) as Readonly<Record<string, Counts>>;
  }

  /** Opens the lab's folders, which only root may enter otherwise: then only the sockets' own modes are in the way. */
  async function letOthersIn(): Promise<void> {
    for (const socket of [...Object.values(sockets), ...adminSockets]) {
      for (let folder = dirname(socket); folder.startsWith(lab.folder); folder = dirname(folder)) {
        await chmod(folder, ((await stat(folder)).mode & 0o7777) | 0o001);
      }
    }
  }
});
