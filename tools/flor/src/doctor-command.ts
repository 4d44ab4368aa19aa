import { execFileSync } from "node:child_process";
import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { visibleJson, EXIT_CODES, fault, type Finding, OperatorError } from "@florenetes/operator-text";
import { LINK_FLOR_FILE } from "@florenetes/mesh-file";
import { isWhole, requestAdmin, verdictLines } from "@florenetes/process-kit";
import type { Command } from "commander";
import { examine, type ExaminedStatus, type NodeFacts, type SocketFolder } from "./doctor.ts";
import type { Output } from "./output.ts";
import { estateOf } from "./units/estate.ts";
import {
  AGENT_CONFIG,
  agentAdminSocket,
  clusterAdminSocket,
  clusterOfAgentFolder,
  CONFIGS_DEFAULT,
  CONTROL_CONFIG,
  controlAdminSocket,
  EXAMPLES,
  LINK_ADMIN_SOCKET,
  STORE_CONFIG,
  storeAdminSocket,
  VPN_CONFIG,
  vpnAdminSocket,
} from "./units/places.ts";

interface DoctorOptions {
  readonly configs: string;
  readonly json?: boolean;
}

/** `flor doctor [SOCKET…]`. */
export function addDoctorCommand(program: Command, output: Output, finish: (exitCode: number) => void): void {
  program
    .command("doctor")
    .description("examine this node: its processes, sockets, certificates, limits and clock; changes nothing")
    .argument(
      "[socket...]",
      "the admin sockets of link-flor, cluster-flor, fabric-flor, vpn-flor, control-flor and store-flor (default: those of systemd's units)",
    )
    .option("--configs <dir>", "without sockets: where the units of this node have their configs", CONFIGS_DEFAULT)
    .option("--json", "for programs")
    .action(async (named: readonly string[], { configs, json = false }: DoctorOptions) => {
      const sockets = named.length > 0 ? named : unitSockets(configs);
      const findings = sockets.length === 0 ? [nothingHere(configs)] : examine(await collect(sockets, configs));
      const text = json
        ? visibleJson(JSON.stringify({ findings }))
        : verdictLines(findings, "nothing was found").join("\n");
      output.out(text);
      finish(isWhole(findings) ? EXIT_CODES.ok : EXIT_CODES.failed);
    });
}

/** The admin sockets of units whose processes run, and of units that have a config and so should run. */
function unitSockets(configs: string): readonly string[] {
  const clustersWith = (file: string): string[] =>
    globSync(join(configs, "*", file))
      .map((each) => basename(dirname(each)))
      .filter((cluster) => cluster !== EXAMPLES);
  const expected = [
    ...(existsSync(join(configs, LINK_FLOR_FILE)) ? [LINK_ADMIN_SOCKET] : []),
    ...clustersWith("cluster-flor.yaml").map(clusterAdminSocket),
    ...clustersWith(AGENT_CONFIG).map(agentAdminSocket),
    ...clustersWith(VPN_CONFIG).map(vpnAdminSocket),
    ...clustersWith(CONTROL_CONFIG).map(controlAdminSocket),
    ...clustersWith(STORE_CONFIG).map(storeAdminSocket),
  ];
  const ofClusters = [clusterAdminSocket, agentAdminSocket, vpnAdminSocket, controlAdminSocket, storeAdminSocket];
  const patterns = [LINK_ADMIN_SOCKET, ...ofClusters.map((of) => of("*"))];
  const running = patterns.flatMap((pattern) => globSync(pattern));
  return [...new Set([...expected, ...running])].toSorted();
}

function nothingHere(configs: string): Finding {
  const text = `no config is in ${configs} that this user may see, and no process has its socket below /run`;
  return fault(text, "Name the admin sockets, or run it as root.");
}

async function collect(sockets: readonly string[], configs: string): Promise<NodeFacts> {
  const processes = await Promise.all(sockets.map(async (admin) => ({ admin, status: await ask(admin) })));
  const paths = processes.flatMap(({ admin, status }) => [admin, ...("error" in status ? [] : socketsOf(status))]);
  return {
    processes,
    folders: new Map([...new Set(paths.map((path) => dirname(path)))].map((path) => [path, folderAt(path, paths)])),
    estates: sockets.flatMap((admin) => estateOf(admin) ?? []),
    agentsWithoutConfig: processes.flatMap(({ admin, status }) => {
      const cluster = "error" in status ? undefined : clusterOfAgentFolder(dirname(admin));
      return cluster === undefined || existsSync(join(configs, cluster, AGENT_CONFIG)) ? [] : [cluster];
    }),
    receiveBufferMax: receiveBufferMax(),
    isClockSynchronized: isClockSynchronized(),
  };
}

async function ask(admin: string): Promise<ExaminedStatus | { readonly error: string }> {
  try {
    return (await requestAdmin(admin, "/status")) as ExaminedStatus;
  } catch (error) {
    if (error instanceof OperatorError) return { error: error.message };
    throw error;
  }
}

function socketsOf({ portals = [], clusters = [] }: ExaminedStatus): readonly string[] {
  return [...portals, ...clusters.map(({ portal }) => portal)].map(({ bind }) => bind);
}

function folderAt(path: string, sockets: readonly string[]): SocketFolder | undefined {
  const folder = statSync(path, { throwIfNoEntry: false });
  if (folder === undefined) return undefined;
  const own = sockets.filter((socket) => dirname(socket) === path);
  const socketGids = own.flatMap((socket) => statSync(socket, { throwIfNoEntry: false })?.gid ?? []);
  return { mode: folder.mode, gid: folder.gid, socketGids };
}

function receiveBufferMax(): number | undefined {
  try {
    return Number(readFileSync("/proc/sys/net/core/rmem_max", "utf8"));
  } catch {
    return undefined;
  }
}

function isClockSynchronized(): boolean | undefined {
  try {
    const args = ["show", "--property=NTPSynchronized", "--value"];
    const answer = execFileSync("timedatectl", args, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 5_000,
    });
    return answer.trim() === "" ? undefined : answer.trim() === "yes";
  } catch {
    // The machine has no systemd.
    return undefined;
  }
}
