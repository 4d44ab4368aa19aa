import { setTimeout as sleep } from "node:timers/promises";
import { FabricLab } from "@florenetes/meshlab";
import { now } from "@florenetes/workloads";
import { AtWork } from "../at-work.ts";
import { realWorld } from "../drivers/real-world.ts";
import { RunLab } from "../drivers/run-lab.ts";
import { Stage } from "../drivers/stage.ts";
import { agentsOf, compareHoldings, holdingsOf } from "../drivers/usage.ts";
import { SwitchWatch } from "../fabric/drivers/switch-watch.ts";
import { recoveriesOf, recoveryLines } from "../fabric/switches.ts";
import { hostsOf, RELAYS, USERS } from "../fabric/terrain.ts";
import { FLEET_FAULT_KINDS } from "../fault.ts";
import { SETTLE_MS } from "../limits.ts";
import { play } from "../player.ts";
import type { Plan } from "../run.ts";
import { schedule } from "../schedule.ts";
import { judge, judgeDeaths, type Judgement } from "../verdict.ts";
import type { Workload } from "../workload.ts";
import { FleetGround } from "./drivers/fleet-ground.ts";
import { type Back, untilBack } from "./drivers/fleet-recovery.ts";
import { FleetStriker } from "./drivers/fleet-striker.ts";
import { FLEET_DECK } from "./fleet-deck.ts";
import { judgeBacks } from "./fleet-verdict.ts";
import { COORDINATORS, fleetNodes, fleetPlan, NODES, OBSERVERS, PORT, SEEDS } from "./terrain.ts";

/** A longer recovery tells what it waited for. */
const LONG_MS = 10_000;

/**
 * Brings up twelve nodes, half of them behind routers, whose agents make all links, has workloads use them, and moves and breaks them at random for so many minutes; then
 * judges. Leaves nothing behind, however it ends.
 */
export async function runFleet({
  seed,
  minutes,
  workloads,
  environment,
  aborted,
  say,
}: Plan): Promise<readonly Judgement[]> {
  await using run = await RunLab.open(fleetNodes(), { environment }, aborted);
  const { lab, isOver } = run;
  using ground = FleetGround.make(lab);
  const stage = await Stage.open(lab, "x", run.ending);
  const first = `${lab.folder}/first.fact`;
  await using fabric = FabricLab.prepare(lab, fleetPlan(workloads, first));
  say("nodes, their agents and the servers start");
  for (const node of lab.nodeNames) for (const name of lab.processNames(node)) lab.start(node, name);
  await Promise.all([lab.untilReady(), ...workloads.map((workload) => workload.prepare(stage))]);
  fabric.writeSeeds(SEEDS.map((node) => seedOf(node, fabric.keyOf(node), ground.addressOf(node))));
  await fabric.up();
  await publish(fabric, workloads);
  const begun = now();
  const uses = usedBy(workloads);
  const lacking = await untilBack({ fabric, uses, pulses: [] }, begun, isOver);
  if (lacking !== "") throw new Error(`the fleet has no routes before any fault: ${lacking}`);
  say(`routes are leased after ${Math.round(now() - begun)} ms`);
  const atWork = workloads.map((workload) => AtWork.begin(workload, stage));
  const pulses = atWork.flatMap((each) => each.pulses);
  const backs: Back[] = [];
  const onBack = (back: Back): void => {
    backs.push(back);
    if (back.backMs > LONG_MS)
      say(`          streams went on after ${Math.round(back.movingMs)} ms; missing last: ${back.last}`);
  };
  const recover = (since: number): Promise<string> => untilBack({ fabric, uses, pulses, onBack }, since, isOver);
  const missing = await untilBack({ fabric, uses, pulses }, now(), isOver);
  if (missing !== "") throw new Error(`the fleet does not work before any fault: ${missing}`);
  say("all workloads are at work; the faults begin");
  const before = new Map([...holdingsOf(lab), ...agentsOf(fabric)]);
  using watch = new SwitchWatch(fabric, USERS);
  const world = realWorld(new FleetStriker(lab, fabric, ground), recover, { aborted, say });
  const chronicle = await play(schedule(seed, FLEET_FAULT_KINDS, FLEET_DECK), world, now() + minutes * 60_000);
  const last = await untilBack({ fabric, uses, pulses }, now(), isOver);
  if (isOver()) return [];
  const testimonies = await run.hear(atWork, chronicle, say);
  for (const line of recoveryLines(recoveriesOf(watch.switches))) say(`switch ${line}`);
  await sleep(SETTLE_MS);
  const growths = compareHoldings(before, new Map([...holdingsOf(lab), ...agentsOf(fabric)]));
  const whole = { name: "the fleet in the end", figures: "", findings: last === "" ? [] : [last] };
  return [...judge(chronicle, testimonies, growths), ...judgeBacks(backs), whole, judgeDeaths(run.deaths)];
}

function seedOf(node: string, key: string, address: string): Parameters<FabricLab["writeSeeds"]>[0][number] {
  const endpoint = `udp://${address}:${PORT}`;
  return { node, key, endpoints: [{ id: "net", endpoint, carrier: "quic", reach: "public", priority: 0, weight: 1 }] };
}

/** Agents get records from a seed: those that no link leads to yet have the rest of them by the feed. */
async function publish(fabric: FabricLab, workloads: readonly Workload[]): Promise<void> {
  const rolesOf = (nodes: readonly string[], role: string): readonly Buffer[] =>
    nodes.map((node) => fabric.signRole(node, "cluster", role));
  await fabric.publish(SEEDS[1], [
    ...rolesOf(RELAYS, "relay"),
    ...rolesOf(COORDINATORS, "route-coordinator"),
    ...rolesOf(OBSERVERS, "observer"),
    ...[...hostsOf(workloads)].map(([service, hosts]) => fabric.signService(service, hosts)),
  ]);
}

/** The services that each user's node has to have routes to. */
function usedBy(workloads: readonly Workload[]): ReadonlyMap<string, readonly string[]> {
  const named = (user: string): readonly string[] =>
    workloads.flatMap(({ ends, routes }) => (ends[0] === user ? routes.map(({ service }) => service) : []));
  return new Map(NODES.filter((node) => named(node).length > 0).map((node) => [node, named(node)]));
}
