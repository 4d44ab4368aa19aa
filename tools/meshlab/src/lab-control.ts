import { parseProcessName, PROCESS_NAMES } from "./executables.ts";
import type { NodeProcess } from "./executables.ts";
import { controlSocket, openControlServer } from "./control-server.ts";
import type { ControlAction } from "./control-server.ts";
import { suggest } from "@florenetes/config-file";
import type { Lab } from "./lab.ts";
import { labError } from "./lab-error.ts";
import { drawMesh } from "./picture.ts";
import { playStep, requireStep } from "./scenario.ts";

/** Lets other meshlab commands act on a lab that this process holds. */
export async function serveLab(lab: Lab): Promise<AsyncDisposable> {
  return openControlServer(controlSocket(lab.folder), {
    status: async () => {
      const statuses = await lab.statuses();
      return {
        folder: lab.folder,
        mode: lab.mode,
        pids: lab.pids(),
        text: drawMesh(lab.mesh, statuses),
        nodes: Object.fromEntries(statuses),
      };
    },
    kill: process(async (node, name, { signal = "SIGKILL" }) => lab.kill(node, name, signal as NodeJS.Signals)),
    step: async ({ action = "", words = "" }) => playStep(lab, requireStep(action, words)),
    wait: async ({ timeoutMs }) => lab.waitUntilWhole(Number(timeoutMs)),
    logs: process(async (node, name) => ({ text: await lab.logs(node, name) })),
    link: async ({ state = "", a = "", b = "", tag = "0" }) =>
      state === "down" ? lab.linkDown(a, b, tag) : lab.linkUp(a, b, tag),
  });
}

function process(
  action: (node: string, name: NodeProcess, request: Readonly<Record<string, string>>) => Promise<unknown>,
): ControlAction {
  return async (request) => {
    const name = parseProcessName(request["process"] ?? "");
    if (name !== undefined) return action(request["node"] ?? "", name, request);
    const advice = suggest(request["process"] ?? "", PROCESS_NAMES, "");
    throw labError("ERR_LAB_UNKNOWN", `there is no process "${request["process"]}"`, advice);
  };
}
