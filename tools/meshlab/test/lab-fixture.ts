import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { MeshFileInput } from "@florenetes/mesh-file";
import { findLabProcesses } from "../src/procfs.ts";
import { runCommand } from "../src/command.ts";
import type { VertexCommand } from "../src/index.ts";

const STUB: VertexCommand = [
  process.execPath,
  "--conditions=@florenetes/source",
  fileURLToPath(new URL("stub-vertex.ts", import.meta.url)),
];
export const STUBS = { linkVertex: STUB, clusterVertex: STUB } as const;
export const IS_ROOT = process.geteuid?.() === 0;

/** Three nodes in a line, with a tunnel over both links. */
export const LINE: MeshFileInput = {
  cluster: "demo",
  nodes: { a: null, b: null, c: null },
  links: [{ between: ["a", "b"] }, { between: ["c", "b"] }],
  services: { web: { node: "c", target: "tcp://127.0.0.1:8080", allow: ["user/alice"] } },
  tunnels: [{ node: "a", listen: "tcp://127.0.0.1:0", as: "user/alice", service: "web", path: ["a", "b", "c"] }],
};

/** Finds the traces of a lab on this machine that should be gone. */
export async function leftovers(
  folder: string,
): Promise<{ readonly folder: boolean; readonly processes: number; readonly namespaces: number }> {
  const [, owner] = /florlab-(\d+)-/.exec(folder) ?? [];
  const list = IS_ROOT ? await runCommand(["ip", "netns", "list"]) : "";
  return {
    folder: existsSync(folder),
    processes: (await findLabProcesses(folder)).length,
    namespaces: list.split("\n").filter((line) => line.startsWith(`flor-${owner}-`)).length,
  };
}

/** Options for `expect.poll`: a long patience, as the machine may be busy. */
export const PATIENCE = { timeout: 60_000, interval: 50 } as const;

export const NOTHING = { folder: false, processes: 0, namespaces: 0 } as const;
