import { readdirSync, readlinkSync } from "node:fs";
import { type FabricLab, type Lab, residentMegabytes } from "@florenetes/meshlab";
import type { Growth, Holdings } from "../growth.ts";

/** The holdings of each process of a lab, by its node and name. */
export function holdingsOf(lab: Lab): ReadonlyMap<string, Holdings> {
  return new Map(lab.pids().map(({ node, process, pid }) => [`${node} ${process}`, readHoldings(pid)]));
}

/** The holdings of each agent that runs, by its node. */
export function agentsOf(fabric: FabricLab): ReadonlyMap<string, Holdings> {
  const running = fabric.nodeNames.flatMap((node) => {
    const pid = fabric.pidOf(node);
    return pid === undefined ? [] : [[`${node} fabric-flor`, readHoldings(pid)] as const];
  });
  return new Map(running);
}

/** The growth of each process that runs at both times. */
export function compareHoldings(before: ReadonlyMap<string, Holdings>, after: ReadonlyMap<string, Holdings>): Growth[] {
  return [...before].flatMap(([name, held]) => {
    const now = after.get(name);
    return now === undefined ? [] : [{ name, before: held, after: now }];
  });
}

function readHoldings(pid: number): Holdings {
  return {
    megabytes: residentMegabytes(pid) ?? 0,
    fds: readdirSync(`/proc/${pid}/fd`).filter((fd) => !isKeyFile(`/proc/${pid}/fd/${fd}`)).length,
    threads: readdirSync(`/proc/${pid}/task`).length,
  };
}

/** The portable engine holds a file in memory for each connection until V8 collects the connection, whenever that is (docs/develop/quic.md). */
function isKeyFile(path: string): boolean {
  try {
    return readlinkSync(path).startsWith("/memfd:florenetes");
  } catch {
    return true; // the file was closed meanwhile
  }
}
