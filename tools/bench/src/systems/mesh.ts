import { setTimeout as sleep } from "node:timers/promises";
import { type Lab, openLab } from "@florenetes/meshlab";
import { type FaultName, LOCAL_PORTS, OUTAGE_MS, SERVICE_NAMES, SERVICES, type System } from "../system.ts";

/** Ourselves: a line of four nodes in namespaces, and a tunnel on a for each service on d. */
export async function openMesh(): Promise<System> {
  const lab = await openLab(
    {
      cluster: "bench",
      nodes: { a: {}, b: {}, c: {}, d: {} },
      links: [{ between: ["a", "b"] }, { between: ["b", "c"] }, { between: ["c", "d"] }],
      services: Object.fromEntries(
        SERVICE_NAMES.map((name) => [
          name,
          { node: "d", target: `tcp://127.0.0.1:${SERVICES[name]}`, allow: ["user/alice"] },
        ]),
      ),
      tunnels: SERVICE_NAMES.map((name) => ({
        node: "a",
        listen: `tcp://127.0.0.1:${LOCAL_PORTS[name]}`,
        as: "user/alice",
        service: name,
        path: ["a", "b", "c", "d"],
      })),
    },
    { mode: "netns" },
  );
  try {
    await lab.up();
  } catch (error) {
    await lab.down();
    throw error;
  }
  return {
    description: {
      name: "florenetes",
      version: "this checkout",
      topology: "link-flor and cluster-flor on each node; QUIC on each link over UDP, QUIC from a to d inside it",
      links: 3,
      isEncryptedEndToEnd: true,
      limits: [],
    },
    serverHost: "127.0.0.1",
    target: (service) => ({ host: "127.0.0.1", port: LOCAL_PORTS[service] }),
    spawn: (node, argv) => lab.spawn(node, argv),
    processes: () => new Map(lab.pids().map(({ node, process, pid }) => [`${node} ${process}`, pid])),
    faults: ["link vertex restarted", "transit restarted", "transit killed for 2 s", "wire cut for 2 s"],
    strike: (fault) => strike(lab, fault),
    recover: () => lab.waitUntilWhole(),
    [Symbol.asyncDispose]: () => lab.down(),
  };
}

async function strike(lab: Lab, fault: FaultName): Promise<void> {
  if (fault === "wire cut for 2 s") {
    await lab.linkDown("b", "c");
    await sleep(OUTAGE_MS);
    await lab.linkUp("b", "c");
    return;
  }
  const names = fault === "link vertex restarted" ? (["link-flor"] as const) : (["link-flor", "cluster-flor"] as const);
  await Promise.all(names.map((name) => lab.kill("b", name)));
  if (fault === "transit killed for 2 s") await sleep(OUTAGE_MS);
  for (const name of names) lab.start("b", name);
  await lab.untilReady();
}
