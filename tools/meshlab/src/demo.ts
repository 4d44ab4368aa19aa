import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { MeshFileInput } from "@florenetes/mesh-file";
import { EXIT_CODES } from "@florenetes/operator-text";
import { untilSignal } from "@florenetes/process-kit";
import { FABRIC_MESH, fabricPlan, type FabricPorts, showFabric } from "./demo-fabric.ts";
import { FACTS_MESH, factsPlan, type FactsPorts, showFacts, startHosts } from "./demo-facts.ts";
import { demoMesh, recursiveMeshes } from "./demo-meshes.ts";
import { requireVpn, showVpn, VPN_MESH } from "./demo-vpn.ts";
import { FLEET_MESH, requireFleet, showFleet } from "./demo-fleet.ts";
import { FabricLab } from "./fabric-lab.ts";
import type { DemoAnswer } from "./demo-request.ts";
import { ownProgram } from "./executables.ts";
import { openLab } from "./open-lab.ts";
import type { Lab } from "./lab.ts";
import { serveLab } from "./lab-control.ts";
import { labError } from "./lab-error.ts";
import { drawMesh } from "./picture.ts";
import { PortClaims } from "./port-claims.ts";
import type { ClusterView } from "./status.ts";
import { createProgress, print } from "./terminal.ts";

export interface DemoOptions {
  readonly netns: boolean;
  /** Whether the demo ends after the answer. */
  readonly once: boolean;
  /** Whether a link of the mesh runs through a tunnel of another mesh. */
  readonly recursive: boolean;
  /** Whether nodes have control agents, and a service is moved by a signed record. */
  readonly facts: boolean;
  /** Whether routes are leased to nodes with control agents, and a relay of them dies. */
  readonly fabric: boolean;
  /** Whether a VPN leads through the mesh, whose exit is stopped (root). */
  readonly vpn: boolean;
  /** Whether a fleet with tenants, a phone and releases is shown (root). */
  readonly fleet: boolean;
  /** Whether the mesh runs on the engine that needs no Rust. */
  readonly portable: boolean;
}

/** Requests that are sent after the first one, to show how fast a warm path is. */
const WARM_REQUESTS = 20;
const SERVICE_START_MS_MAX = 60_000;
const REQUESTS_MS_MAX = 60_000;
const SERVICE_PORT = 8_080;
const TUNNEL_PORT = 18_080;

/**
 * Shows a web request over a line of four nodes, from the first to the last; or, recursive, over two meshes on five nodes. Processes,
 * certificates and the request are real. Returns the exit code.
 */
export async function runDemo(options: DemoOptions): Promise<number> {
  if (options.vpn) requireVpn();
  if (options.fleet) requireFleet();
  const progress = createProgress();
  const isSignalled = untilSignal("SIGINT", "SIGTERM", "SIGHUP").then(() => "signal" as const);
  const deaths = Promise.withResolvers<never>();
  deaths.promise.catch(() => {}); // a death may come when nobody waits any more
  using ports = new PortClaims();
  const servicePort = options.netns ? SERVICE_PORT : await ports.claimAny("tcp", "127.0.0.1");
  const meshes = await meshesOf(options, servicePort);
  await using opened = new AsyncDisposableStack();
  const labs: Lab[] = [];
  for (const mesh of meshes) {
    progress(`making cluster ${mesh.cluster}: a CA, nodes ${Object.keys(mesh.nodes).join(", ")}, users and services`);
    const beside = labs.length === 0 ? {} : { beside: labs.at(-1)! };
    const lab = await openLab(mesh, {
      mode: options.netns || options.vpn || options.fleet ? "netns" : "loopback",
      ...(options.portable ? { environment: { FLORENETES_ENGINE: "portable" } } : {}),
      ...beside,
      onProgress: progress,
      onDeath: (text) => deaths.reject(labError("ERR_LAB_PROCESS_DIED", text, "The last lines of its log say why.")),
    });
    labs.push(opened.use(lab));
    opened.use(await serveLab(lab));
  }
  // A signal takes the labs down. All that is still under way then fails, but the signal is what counts.
  const shown = options.facts
    ? showFactsOf(labs[0]!, opened, await factsPorts(ports, options.netns), progress)
    : options.fabric
      ? showFabricOf(labs[0]!, opened, await fabricPorts(ports, options.netns), progress)
      : options.vpn
        ? showVpn(labs[0]!, opened, progress)
        : options.fleet
          ? showFleet(labs[0]!, opened, progress)
          : showDemo(labs, servicePort, progress, deaths);
  shown.catch(() => {});
  const outcome = await Promise.race([shown, isSignalled, deaths.promise]);
  if (outcome !== "signal" && !options.once) {
    print("\nThe mesh stays up until Ctrl-C.");
    await Promise.race([isSignalled, deaths.promise]);
  }
  progress("taking the mesh down");
  return EXIT_CODES.ok;
}

async function meshesOf(options: DemoOptions, servicePort: number): Promise<readonly MeshFileInput[]> {
  if (options.facts) return [FACTS_MESH];
  if (options.fabric) return [FABRIC_MESH];
  if (options.vpn) return [VPN_MESH];
  if (options.fleet) return [FLEET_MESH];
  return options.recursive ? recursiveMeshes(servicePort, options.netns) : [demoMesh(servicePort)];
}

/** In namespaces each node has ports of its own; on loopback all share the machine's. */
async function factsPorts(ports: PortClaims, isInNamespaces: boolean): Promise<FactsPorts> {
  if (isInNamespaces) return { tunnel: TUNNEL_PORT, b: SERVICE_PORT, c: SERVICE_PORT };
  const free = (): Promise<number> => ports.claimAny("tcp", "127.0.0.1");
  return { tunnel: await free(), b: await free(), c: await free() };
}

async function fabricPorts(ports: PortClaims, isInNamespaces: boolean): Promise<FabricPorts> {
  const { tunnel, b, c } = await factsPorts(ports, isInNamespaces);
  return { tunnel, d: b, e: c };
}

async function showFabricOf(
  lab: Lab,
  opened: AsyncDisposableStack,
  ports: FabricPorts,
  progress: (text: string) => void,
): Promise<void> {
  const fabric = opened.use(FabricLab.prepare(lab, fabricPlan(ports)));
  const { d, e } = ports;
  for (const node of lab.nodeNames) for (const name of lab.processNames(node)) lab.start(node, name);
  await Promise.all([lab.untilReady(), ...startHosts(lab, { d, e }).map(untilListening)]);
  await showFabric(lab, fabric, ports, progress);
}

async function showFactsOf(
  lab: Lab,
  opened: AsyncDisposableStack,
  ports: FactsPorts,
  progress: (text: string) => void,
): Promise<void> {
  const fabric = opened.use(FabricLab.prepare(lab, factsPlan(ports)));
  const { b, c } = ports;
  await Promise.all([lab.up(), ...startHosts(lab, { b, c }).map(untilListening)]);
  await showFacts(lab, fabric, ports, progress);
}

/** Shows all labs, and sends requests over the last one. */
async function showDemo(
  labs: readonly Lab[],
  servicePort: number,
  progress: (text: string) => void,
  deaths: { reject(error: Error): void },
): Promise<void> {
  const lab = labs.at(-1)!;
  const service = startService(lab, servicePort);
  service.once("exit", (code, signal) => {
    deaths.reject(
      labError("ERR_LAB_PROCESS_DIED", `the web server on d ended (${signal ?? code})`, "Start the demo again."),
    );
  });
  await Promise.all([...labs.map((each) => each.up()), untilListening(service)]);
  const url = lab.tunnels[0]!.listen.replace("tcp:", "http:") + "/";
  const nodes = lab.nodeNames.slice(1, -1).join(" and ");
  progress(`sending HTTP requests from node a, over ${nodes}, to service web on node d`);
  const answer = await requestThrough(lab, url);
  const [cold = 0, ...warm] = answer.milliseconds;
  for (const each of labs) print(`\n${drawMesh(each.mesh, await each.statuses())}`);
  print(`engine   ${describeEngine((await lab.status("a")).clusterFlor?.engine, process.env["FLORENETES_NOT_BUILT"])}`);
  print(`answer   ${answer.status} ${answer.body.trim()}`);
  print(
    `latency  ${cold.toFixed(1)} ms the first time, ${median(warm).toFixed(1)} ms then (median of ${warm.length}, a new connection each)`,
  );
  print(`try it   ${lab.commandIn("a", ["curl", url]).join(" ")}`);
}

/**
 * Which engine carries the request, and how to have the other one.
 *
 * @param notBuilt Why the build has just not made the native one, and what to do, as the build says it
 */
export function describeEngine(engine: ClusterView["engine"], notBuilt?: string): string {
  if (engine === undefined) return "unknown: cluster-flor of a does not say it";
  if (engine.name === "native") return "native: packets and bytes stay in Rust. Without it: npm run demo -- --portable";
  if (engine.asked === "portable") return "portable, as was asked for. The native one, which is faster: npm run demo";
  if (notBuilt === undefined) return `portable: ${engine.reason}`;
  return `portable. To have the native one, which is faster, and is not built: ${notBuilt}; then npm run demo`;
}

/** Starts the web server at the target of service web. */
function startService(lab: Lab, port: number): ChildProcess {
  return lab.spawn("d", [...ownProgram(), "demo-service", "127.0.0.1", String(port), "d"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}

async function untilListening(service: ChildProcess): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  createInterface({ input: service.stdout! }).once("line", () => resolve());
  const isLate = Symbol("late");
  const outcome = await Promise.race([promise, sleep(SERVICE_START_MS_MAX, isLate, { ref: false })]);
  if (outcome !== isLate) return;
  throw labError("ERR_LAB_TIMEOUT", "the web server on d does not start", "Is the machine very busy?");
}

async function requestThrough(lab: Lab, url: string): Promise<DemoAnswer> {
  const argv = [...ownProgram(), "demo-request", url, String(WARM_REQUESTS + 1)];
  const { code, stdout, stderr } = await lab.exec("a", argv, { timeoutMs: REQUESTS_MS_MAX });
  if (code !== 0) {
    const advice = "Look at the connections and drops in the status of a and d.";
    throw labError("ERR_LAB_REQUEST", `no answer from ${url} in node a: ${stderr.trim().split("\n")[0]}`, advice);
  }
  const answer = JSON.parse(stdout) as DemoAnswer;
  if (answer.status === 200) return answer;
  throw labError("ERR_LAB_REQUEST", `${url} answered ${answer.status}: ${answer.body}`, "It should be 200.");
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
