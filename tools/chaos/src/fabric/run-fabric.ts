import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { FabricLab, type LabRoute, PYTHON } from "@florenetes/meshlab";
import { now } from "@florenetes/workloads";
import { AtWork } from "../at-work.ts";
import { realWorld } from "../drivers/real-world.ts";
import { RunLab } from "../drivers/run-lab.ts";
import { untilWhole } from "../drivers/recovery.ts";
import { Stage } from "../drivers/stage.ts";
import { FABRIC_FAULT_KINDS } from "../fault.ts";
import { FABRIC_RECOVERY_MS_MAX, ROUTES_MS_MAX } from "../limits.ts";
import { play } from "../player.ts";
import { schedule } from "../schedule.ts";
import { judge, judgeDeaths, type Judgement } from "../verdict.ts";
import type { Plan } from "../run.ts";
import type { Workload } from "../workload.ts";
import { captivityLines, judgeCaptivity } from "./captivity.ts";
import { Captor, startDecoy } from "./drivers/captor.ts";
import { startEtcd } from "./drivers/etcd-network.ts";
import { untilTwoWays } from "./drivers/fabric-recovery.ts";
import { FabricStriker } from "./drivers/fabric-striker.ts";
import { SwitchWatch } from "./drivers/switch-watch.ts";
import { FABRIC_DECK } from "./fabric-deck.ts";
import { recoveriesOf, recoveryLines } from "./switches.ts";
import {
  CAPTURED,
  COORDINATORS,
  ELSEWHERE,
  hostsOf,
  LIAR,
  liesFile,
  linkVertexOf,
  RELAYS,
  STORAGE,
  twelveNodes,
  twelvePlan,
  USERS,
} from "./terrain.ts";

const LYING = fileURLToPath(new URL("../../attackers/lying_link_vertex.py", import.meta.url));
const EXAMPLES = fileURLToPath(new URL("../../../../examples/link-vertex-python", import.meta.url));
const POLL_MS = 500;

/**
 * Brings up twelve nodes whose agents lease routes, has workloads use them, and breaks the mesh at random for so many minutes; then judges.
 * Leaves nothing behind, however it ends.
 */
export async function runFabric({
  seed,
  minutes,
  workloads,
  environment,
  aborted,
  say,
}: Plan): Promise<readonly Judgement[]> {
  const linkVertices = { tls: [...PYTHON, LYING, EXAMPLES] };
  await using run = await RunLab.open(twelveNodes(), { environment, linkVertices }, aborted);
  const { lab, isOver } = run;
  const stage = await Stage.open(lab, "x", run.ending);
  const etcd = await startEtcd(lab);
  await using fabric = FabricLab.prepare(lab, twelvePlan(workloads, etcd.store()));
  say("the mesh, its agents and the servers start");
  await Promise.all([lab.up(), ...workloads.map((workload) => workload.prepare(stage))]);
  const decoy = await startDecoy(lab, workloads);
  await fabric.up();
  await publish(fabric, workloads);
  const begun = now();
  await untilRoutes(fabric, workloads);
  say(`routes over all relays are leased after ${Math.round(now() - begun)} ms`);
  const atWork = workloads.map((workload) => AtWork.begin(workload, stage));
  const pulses = atWork.flatMap((each) => each.pulses);
  const first = await untilWhole(lab, pulses, 0, now(), isOver, FABRIC_RECOVERY_MS_MAX);
  if (first !== "") throw new Error(`the mesh does not work before any fault: ${first}`);
  writeFileSync(liesFile(lab.configFile(LIAR, linkVertexOf(LIAR))), "");
  await using captor = await Captor.take(lab, fabric, { seed, workloads, decoy });
  say(`all workloads are at work, ${LIAR} drops a tenth, and ${CAPTURED} is captured; the faults begin`);
  using watch = new SwitchWatch(fabric, USERS);
  const recover = (since: number): Promise<string> => untilTwoWays(lab, pulses, since, isOver);
  const world = realWorld(new FabricStriker(lab, fabric, etcd), recover, { aborted, say });
  const chronicle = await play(schedule(seed, FABRIC_FAULT_KINDS, FABRIC_DECK), world, now() + minutes * 60_000);
  const missing = await untilWhole(lab, pulses, 0, now(), isOver, FABRIC_RECOVERY_MS_MAX);
  if (isOver()) return [];
  const captivity = await captor.hear();
  const testimonies = await run.hear(atWork, chronicle, say);
  for (const line of recoveryLines(recoveriesOf(watch.switches))) say(`switch ${line}`);
  const looks = RELAYS.map((relay) => `${relay} ${watch.looks.get(relay) ?? 0}`);
  say(`routes in use, by looks at them: ${looks.join(", ")}; ${LIAR} is the liar`);
  for (const line of captivityLines(captivity)) say(line);
  const whole = { name: "the mesh in the end", figures: "", findings: missing === "" ? [] : [missing] };
  return [...judge(chronicle, testimonies, []), whole, judgeCaptivity(captivity), judgeDeaths(run.deaths)];
}

async function publish(fabric: FabricLab, workloads: readonly Workload[]): Promise<void> {
  await fabric.publish(COORDINATORS[0], [
    fabric.signLogPolicy(STORAGE),
    ...RELAYS.map((relay) => fabric.signRole(relay, "cluster", "relay")),
    ...COORDINATORS.map((node) => fabric.signRole(node, "cluster", "route-coordinator")),
    fabric.sign("node", ELSEWHERE, {
      key: fabric.keyOf(ELSEWHERE),
      organization: "lab",
      partition: "elsewhere",
      "trust-tier": 0,
    }),
    fabric.sign("role", `${ELSEWHERE}/route-coordinator/elsewhere`, { actions: [], services: [], depth: 0 }),
    ...STORAGE.map((node) => fabric.signRole(node, "cluster", "storage")),
    ...[...hostsOf(workloads)].map(([service, hosts]) => fabric.signService(service, hosts)),
  ]);
}

/** Waits until each user has a good route over each relay to each of its services, and has proven a host of it. @throws Error */
async function untilRoutes(fabric: FabricLab, workloads: readonly Workload[]): Promise<void> {
  const deadline = now() + ROUTES_MS_MAX;
  for (const user of USERS) {
    const services = workloads
      .flatMap(({ ends, routes }) => (ends[0] === user ? routes : []))
      .map(({ service }) => service);
    for (;;) {
      const routes = await fabric.routesOf(user).catch(() => []);
      const good = routes.filter(({ failure }) => failure === null);
      const led: readonly string[] = await fabric.leadsOf(user).catch(() => []);
      const missing = services.flatMap((service) => [
        ...(led.includes(service) ? [] : [`${service}, of which no host is proven`]),
        ...RELAYS.filter((relay) => !good.some((each) => leads(each, service, relay))).map(
          (relay) => `${service} over ${relay}`,
        ),
      ]);
      if (missing.length === 0) break;
      if (now() > deadline) throw new Error(`${user} has no good route to ${missing.join(", ")}`);
      await sleep(POLL_MS);
    }
  }
}

function leads({ path, route }: LabRoute, service: string, relay: string): boolean {
  return path.startsWith(`auto.${service}.`) && route.startsWith(`${relay}>`);
}
