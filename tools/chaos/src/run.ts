import { setTimeout as sleep } from "node:timers/promises";
import { LINK_TLS } from "@florenetes/meshlab";
import { now } from "@florenetes/workloads";
import { AtWork } from "./at-work.ts";
import { clusterVertexWithClock, isFaketimeInstalled, prepareClocks } from "./drivers/clocks.ts";
import { MeshFile } from "./drivers/mesh-file.ts";
import { realWorld } from "./drivers/real-world.ts";
import { RunLab } from "./drivers/run-lab.ts";
import { untilWhole } from "./drivers/recovery.ts";
import { Stage } from "./drivers/stage.ts";
import { Striker } from "./drivers/striker.ts";
import { compareHoldings, holdingsOf } from "./drivers/usage.ts";
import { FAULT_KINDS } from "./fault.ts";
import { HAND_DECK } from "./hand-deck.ts";
import { SETTLE_MS } from "./limits.ts";
import { chaosMesh } from "./mesh.ts";
import { play } from "./player.ts";
import { schedule } from "./schedule.ts";
import { judge, judgeDeaths, type Judgement } from "./verdict.ts";
import type { Workload } from "./workload.ts";

export interface Plan {
  readonly seed: number;
  readonly minutes: number;
  readonly workloads: readonly Workload[];
  /** Variables of all processes of the mesh, beside those of this process. */
  readonly environment: Readonly<Record<string, string>>;
  /** Aborted when everything has to end at once. */
  readonly aborted: AbortSignal;
  readonly say: (text: string) => void;
}

/** The kinds of faults that this machine can make. */
export function possibleFaults(): readonly (typeof FAULT_KINDS)[number][] {
  return FAULT_KINDS.filter((kind) => kind !== "clock" || isFaketimeInstalled);
}

/**
 * Brings the mesh up, has workloads use it, and breaks it at random until the minutes since the call are over; then judges. Leaves nothing
 * behind, however it ends.
 */
export async function runChaos({
  seed,
  minutes,
  workloads,
  environment,
  aborted,
  say,
}: Plan): Promise<readonly Judgement[]> {
  const until = now() + minutes * 60_000;
  const programs = { linkVertices: { tls: LINK_TLS }, clusterVertex: clusterVertexWithClock() };
  await using run = await RunLab.open(chaosMesh(workloads), { relays: true, environment, ...programs }, aborted);
  const { lab, isOver } = run;
  prepareClocks(lab);
  const stage = await Stage.open(lab, "d", run.ending);
  const meshFile = await MeshFile.open(lab, workloads);
  say("the mesh and the servers start");
  await Promise.all([lab.up(), ...workloads.map((workload) => workload.prepare(stage))]);
  const before = holdingsOf(lab);
  const atWork = workloads.map((workload) => AtWork.begin(workload, stage));
  const pulses = atWork.flatMap((each) => each.pulses);
  const first = await untilWhole(lab, pulses, 0, now(), isOver);
  if (first !== "") throw new Error(`the mesh does not work before any fault: ${first}`);
  say("all workloads are at work; the faults begin");
  const striker = new Striker(lab, meshFile);
  const recover = (since: number): Promise<string> => untilWhole(lab, pulses, striker.newestList, since, isOver);
  const world = realWorld(striker, recover, { aborted, say });
  const chronicle = await play(schedule(seed, possibleFaults(), HAND_DECK), world, until);
  if (isOver()) return [];
  const testimonies = await run.hear(atWork, chronicle, say);
  await sleep(SETTLE_MS);
  const growths = compareHoldings(before, holdingsOf(lab));
  return [...judge(chronicle, testimonies, growths), judgeDeaths(run.deaths)];
}
