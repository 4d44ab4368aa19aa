import { spawn } from "node:child_process";
import { makeLine } from "../line.ts";
import { OUTAGE_MS, SERVICES, type System } from "../system.ts";

/** Plain IP forwarding by the kernel through b and c: the limit of the machine, without any encryption. */
export function openKernelForwarding(): Promise<System> {
  const line = makeLine("kernel", true);
  return Promise.resolve({
    name: "kernel forwarding",
    isEncryptedEndToEnd: false,
    serverHost: line.address("d"),
    target: (service) => ({ host: line.address("d"), port: SERVICES[service] }),
    spawn: (node, argv) => spawn("ip", ["netns", "exec", line.namespace(node), ...argv], { stdio: "pipe" }),
    processes: () => new Map(),
    faults: ["wire cut for 2 s"],
    strike: async () => line.cut(OUTAGE_MS),
    recover: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(line[Symbol.dispose]()),
  });
}
