import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { requestAdmin } from "@florenetes/process-kit";
import { SOCKETS_MAX } from "../limits.ts";
import {
  type NodeState,
  PACKAGE_FORMAT,
  type ProcessState,
  readPackages,
  readProcess,
  readUnits,
  UNIT_PATTERNS,
  UNIT_PROPERTIES,
} from "../whole/node-state.ts";
import { askSystem, lastLine, runSystem } from "./system.ts";

/** A unit that starts is waited for: half a minute, all together. */
const SETTLE_TRIES = 30;
const SETTLE_PAUSE_MS = 1_000;

const RUN = "/run";
/** Folders of the sockets of each program's processes: their names, or the beginnings of these. */
const PROGRAMS: ReadonlyMap<string, string> = new Map([
  ["link-flor", "florenetes-link"],
  ["cluster-flor", "florenetes-cluster-"],
  ["fabric-flor", "florenetes-fabric-"],
  ["store-flor", "florenetes-store"],
  ["vpn-flor", "florenetes-vpn-"],
  ["control-flor", "florenetes-control-"],
]);

/** The packages of ours that are installed. @throws OperatorError ERR_UPDATE_SYSTEM */
export async function installedPackages(): Promise<NodeState["packages"]> {
  // dpkg-query fails where there is none of them.
  const { output } = await runSystem(["dpkg-query", "--show", `--showformat=${PACKAGE_FORMAT}`, "florenetes-*"]);
  return readPackages(output);
}

/** Asks dpkg, systemd and our processes. @throws OperatorError ERR_UPDATE_SYSTEM */
export async function readNode(): Promise<NodeState> {
  const units = await askSystem(["systemctl", "show", `--property=${UNIT_PROPERTIES}`, ...UNIT_PATTERNS]);
  const processes = await Promise.all(sockets().map(async (socket) => [socket, await askProcess(socket)] as const));
  return { packages: await installedPackages(), units: readUnits(units), processes: new Map(processes) };
}

/** The versions that the installed programs tell, by the beginnings of their processes' sockets. A program that does not run tells the last line of its complaint. */
export async function toldVersions(): Promise<ReadonlyMap<string, string>> {
  const told = new Map<string, string>();
  for (const [program, folder] of PROGRAMS) {
    if (!existsSync(`/usr/bin/${program}`)) continue;
    const { output } = await runSystem([`/usr/bin/${program}`, "--version"]);
    told.set(join(RUN, folder), lastLine(output));
  }
  return told;
}

function sockets(): readonly string[] {
  const starts = [...PROGRAMS.values()];
  return readdirSync(RUN)
    .filter((name) => starts.some((start) => name.startsWith(start)))
    .map((name) => join(RUN, name, "admin.sock"))
    .filter((socket) => existsSync(socket))
    .toSorted()
    .slice(0, SOCKETS_MAX);
}

async function askProcess(socket: string): Promise<ProcessState> {
  try {
    return readProcess(await requestAdmin(socket, "/status"));
  } catch (error) {
    return { silence: (error as Error).message };
  }
}

/** The node when no unit is about to start, or after a while. */
export async function settledNode(): Promise<NodeState> {
  for (let tries = 1; ; tries++) {
    const node = await readNode();
    if (tries === SETTLE_TRIES || ![...node.units.values()].some(({ isStarting }) => isStarting)) return node;
    await sleep(SETTLE_PAUSE_MS);
  }
}
