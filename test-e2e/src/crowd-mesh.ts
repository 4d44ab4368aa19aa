import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { openLab } from "@florenetes/meshlab";
import type { Lab, LabOptions } from "@florenetes/meshlab";
import { expect } from "vitest";

export const HOST = "127.0.0.1";
const WORKLOAD_MS_MAX = 3_600_000;
const TUNNEL_PORT = "18001";
const SERVICE_PORT = "7000";

/** Opens a mesh of three links a-b-c-d, with a tunnel on a, and `workload/service.ts` behind it on d. */
export async function openCrowdMesh(
  options: Omit<LabOptions, "mode"> & { readonly streamsPerConnection?: number } = {},
): Promise<Lab> {
  const { streamsPerConnection, ...labOptions } = options;
  const lab = await openLab(
    {
      cluster: "crowd",
      nodes: { a: {}, b: {}, c: {}, d: {} },
      links: [{ between: ["a", "b"] }, { between: ["b", "c"] }, { between: ["c", "d"] }],
      services: { many: { node: "d", target: `tcp://${HOST}:${SERVICE_PORT}`, allow: ["user/alice"] } },
      tunnels: [
        {
          node: "a",
          listen: `tcp://${HOST}:${TUNNEL_PORT}`,
          as: "user/alice",
          service: "many",
          path: ["a", "b", "c", "d"],
        },
      ],
    },
    { ...labOptions, mode: "netns" },
  );
  if (streamsPerConnection !== undefined) {
    const section = `transport: { streams-per-connection: ${streamsPerConnection} }\n`;
    appendFileSync(lab.configFile("a", "cluster-flor"), section);
  }
  try {
    for (const node of ["a", "d"]) await shrinkSocketBuffers(lab, node);
    await lab.up();
    await startWorkload(lab, "d", "service.ts", HOST, SERVICE_PORT);
    return lab;
  } catch (error) {
    await lab.down();
    throw error;
  }
}

/** Makes the kernel's socket buffers small, so that buffers of a reader that has stopped are soon full. */
export async function shrinkSocketBuffers(lab: Lab, node: string): Promise<void> {
  const set = (name: string): string => `echo 4096 65536 131072 > /proc/sys/net/ipv4/${name}`;
  const { code, stderr } = await lab.exec(node, ["sh", "-ec", `${set("tcp_rmem")}\n${set("tcp_wmem")}`]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
}

/** Runs one of the workload programs against the tunnel on a; returns what it printed, read as JSON. */
export function runWorkload<Result>(lab: Lab, program: string, ...args: (string | number)[]): Promise<Result> {
  return runProgram(lab, program, HOST, TUNNEL_PORT, ...args);
}

/** Runs a program on node a with these arguments alone; returns what it printed, read as JSON. */
export async function runProgram<Result>(lab: Lab, program: string, ...args: (string | number)[]): Promise<Result> {
  const argv = workload(program, ...args.map(String));
  const { code, stdout, stderr } = await lab.exec("a", argv, { timeoutMs: WORKLOAD_MS_MAX });
  expect({ code, stderr }, `${program} ${args.join(" ")}`).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout) as Result;
}

/** Starts a program on a node with these arguments, and waits until it says that it is ready. */
export async function startWorkload(
  lab: Lab,
  node: string,
  program: string,
  ...args: (string | number)[]
): Promise<ChildProcess> {
  const child = lab.spawn(node, workload(program, ...args.map(String)), { stdio: ["pipe", "pipe", "inherit"] });
  expect(await firstLine(child)).toBe("ready\n");
  return child;
}

/** The output of `crowd.ts`. */
export interface CrowdResult {
  readonly done: number;
  readonly failed: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly openMax: number;
  readonly seconds: number;
}

/** The output of `ping-pong.ts`, in milliseconds. */
export interface PingPongResult {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Connections that `hold.ts` keeps open. */
export class HeldConnections {
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess) {
    this.#process = process;
  }

  /** Opens the connections; resolves when all are open. */
  static async open(lab: Lab, count: number, kind: "idle" | "no-read" | "no-write"): Promise<HeldConnections> {
    return new HeldConnections(await startWorkload(lab, "a", "hold.ts", HOST, TUNNEL_PORT, count, kind));
  }

  /** Closes all connections; returns how many were lost before. */
  async close(): Promise<number> {
    this.#process.stdin!.end();
    const { lost } = JSON.parse(await firstLine(this.#process)) as { lost: number };
    if (this.#process.exitCode === null) await once(this.#process, "exit");
    return lost;
  }
}

/** Streams that are open on all end-to-end connections of a node. */
export async function streamsOpen(lab: Lab, node: string): Promise<number> {
  const { connections } = (await lab.status(node)).clusterFlor!;
  return connections.reduce((sum, connection) => sum + connection.streamsOpen, 0);
}

function workload(program: string, ...args: string[]): string[] {
  return [
    process.execPath,
    "--conditions=@florenetes/source",
    fileURLToPath(new URL(`workload/${program}`, import.meta.url)),
    ...args,
  ];
}

async function firstLine(child: ChildProcess): Promise<string> {
  const ended = once(child, "exit").then(([code]) => `ended with exit code ${code}`);
  const line = once(child.stdout!, "data").then(([bytes]) => String(bytes));
  return Promise.race([line, ended]);
}

/** Proportional set size of every process of a lab in MB, by `<node> <process>`. */
export function memoryOf(lab: Lab): Map<string, number> {
  return new Map(
    lab.pids().map(({ node, process, pid }) => {
      const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
      return [`${node} ${process}`, Number(/^Pss:\s+(\d+) kB/m.exec(rollup)![1]) / 1024];
    }),
  );
}

/** Megabytes by which each process has grown. */
export function growthOf(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): Map<string, number> {
  return new Map([...after].map(([name, size]) => [name, Math.round(10 * (size - before.get(name)!)) / 10]));
}
