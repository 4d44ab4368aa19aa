import { setTimeout as sleep } from "node:timers/promises";
import { FabricLab, programArguments, VpnProcesses, WORLD } from "@florenetes/meshlab";
import { requestAdmin } from "@florenetes/process-kit";
import { now } from "@florenetes/workloads";
import { AtWork } from "../at-work.ts";
import { realWorld } from "../drivers/real-world.ts";
import { RunLab } from "../drivers/run-lab.ts";
import { untilWhole } from "../drivers/recovery.ts";
import { Stage } from "../drivers/stage.ts";
import { FabricStriker } from "../fabric/drivers/fabric-striker.ts";
import { VPN_FAULT_KINDS } from "../fault.ts";
import { FABRIC_RECOVERY_MS_MAX, LONG_MINUTES_MIN } from "../limits.ts";
import { play } from "../player.ts";
import type { Plan } from "../run.ts";
import { schedule } from "../schedule.ts";
import { judge, judgeDeaths, type Judgement } from "../verdict.ts";
import { ExitWatch } from "./drivers/exit-watch.ts";
import { MixedLoad } from "./drivers/mixed-load.ts";
import { VpnGround } from "./drivers/vpn-ground.ts";
import { VpnStriker } from "./drivers/vpn-striker.ts";
import { ANSWER_MS_MAX, TOLD_MS_MIN } from "./limits.ts";
import { CLIENT, COORDINATORS, EXITS, RELAYS, sectionOf, SERVICE, vpnMesh, vpnPlan } from "./terrain.ts";
import { AS_MESH, AS_USER, MESH } from "./user.ts";
import { VPN_DECK } from "./vpn-deck.ts";
import { judgeLeaks, judgeOutages, judgeResets } from "./vpn-verdict.ts";

const POLL_MS = 200;
/** The load of a host that takes nothing more, in percent (docs/protocol/facts.md, `announce`). */
const FULL = 100;

/** Leads a machine's programs through a VPN with two exits, breaks all that carries it for so many minutes, and judges. Leaves nothing behind, however it ends. */
export async function runVpn({
  seed,
  minutes,
  workloads,
  environment,
  aborted,
  say,
}: Plan): Promise<readonly Judgement[]> {
  const linkVertex = [...AS_MESH, process.execPath, "--disable-sigusr1", ...programArguments("link-flor")];
  await using run = await RunLab.open(vpnMesh(), { environment, linkVertex }, aborted);
  const { lab, isOver } = run;
  using ground = VpnGround.make(lab);
  const stage = await Stage.open(lab, EXITS[0], run.ending, ground.within);
  await using fabric = FabricLab.prepare(lab, vpnPlan(lab));
  const vpn = new VpnProcesses(lab);
  const start = (node: string): void => vpn.start(node, sectionOf(node, WORLD, MESH));
  say("the mesh, its agents and the servers start");
  await Promise.all([lab.up(), ...workloads.map((workload) => workload.prepare(stage))]);
  for (const exit of EXITS) start(exit);
  await fabric.up();
  await fabric.publish(COORDINATORS[0], [
    ...RELAYS.map((relay) => fabric.signRole(relay, "cluster", "relay")),
    ...COORDINATORS.map((node) => fabric.signRole(node, "cluster", "route-coordinator")),
    fabric.signService(SERVICE, EXITS),
  ]);
  await requireCounting(stage, ground);
  start(CLIENT);
  using watch = new ExitWatch(vpn, (exit) => ground.leadBack(exit));
  await untilUp(vpn, watch, isOver);
  ground.countAnew();
  const shards: Judgement[] = [];
  if (minutes >= LONG_MINUTES_MIN) {
    say("one download, and then several beside requests and names, before the faults");
    const hasNames = workloads.some(({ name }) => name === "names");
    shards.push(...(await new MixedLoad(stage, vpn, watch.current, hasNames).judge()));
  }
  const atWork = workloads.map((workload) => AtWork.begin(workload, stage));
  const pulses = atWork.flatMap((each) => each.pulses);
  /** An exit that was away is left alone for some seconds: the next fault may strike the other one. */
  const recover = async (since: number): Promise<string> => {
    const missing = await untilWhole(lab, pulses, 0, since, isOver, FABRIC_RECOVERY_MS_MAX);
    return missing === "" ? untilBothTake(fabric, since, isOver, say) : missing;
  };
  const first = await recover(now());
  if (first !== "") throw new Error(`the VPN does not work before any fault: ${first}`);
  say("all workloads are at work; the faults begin");
  const striker = new VpnStriker({ mesh: new FabricStriker(lab, fabric), vpn, ground, watch, start });
  const world = realWorld(striker, recover, { aborted, say });
  const chronicle = await play(schedule(seed, VPN_FAULT_KINDS, VPN_DECK), world, now() + minutes * 60_000);
  if (isOver()) return [];
  const testimonies = await run.hear(atWork, chronicle, say);
  const leaks = ground.leaks();
  vpn.requireAlive();
  const seenBy = (name: string) => testimonies.find((each) => each.name === name)!.observations;
  return [
    ...judge(chronicle, testimonies, []),
    ...judgeOutages(seenBy("requests").pauses, chronicle.episodes),
    ...["steady, NAT", "downloads"]
      .filter((name) => testimonies.some((each) => each.name === name))
      .map((name) => judgeResets(name, seenBy(name).losses, watch.takeovers, chronicle.episodes)),
    ...shards,
    judgeLeaks(leaks),
    judgeDeaths(run.deaths),
  ];
}

/** The counter has to count what leaves while there is no VPN: else it would tell nothing. @throws Error */
async function requireCounting({ lab }: Stage, ground: VpnGround): Promise<void> {
  const argv = [...AS_USER, "curl", "--silent", "--max-time", "1", `http://${WORLD.v4}/`];
  await lab.exec(CLIENT, argv);
  if (!(ground.leaks() > 0)) throw new Error("a packet that left by the uplink was not counted");
}

async function untilUp(vpn: VpnProcesses, watch: ExitWatch, isOver: () => boolean): Promise<void> {
  const deadline = now() + ANSWER_MS_MAX;
  while (!isOver()) {
    const status = (await vpn.status(CLIENT).catch(() => undefined)) as { up: { isUp: boolean } } | undefined;
    if (status?.up.isUp === true && watch.current !== "") return;
    vpn.requireAlive();
    if (now() > deadline) throw new Error("the client has no session at an exit");
    await sleep(POLL_MS);
  }
}

interface AgentStatus {
  readonly routes: { readonly leases: readonly { readonly host: string }[] };
}

interface Announcements {
  readonly facts: readonly {
    readonly body: { readonly services: readonly { readonly service: string; readonly load: number }[] };
  }[];
}

/** Waits until the client has routes to both exits, and both say that they take clients; tells what took long. @returns what is missing when the time is up; empty: nothing */
async function untilBothTake(
  fabric: FabricLab,
  since: number,
  isOver: () => boolean,
  say: (text: string) => void,
): Promise<string> {
  const begun = now();
  let waitedFor = "";
  for (;;) {
    const status = (await fabric.status(CLIENT).catch(() => undefined)) as AgentStatus | undefined;
    const leased = new Set(status?.routes.leases.map(({ host }) => host));
    const taking = await Promise.all(EXITS.map((exit) => isTaking(fabric, exit)));
    const missing = EXITS.flatMap((exit, at) => [
      ...(leased.has(exit) ? [] : [`a route to ${exit}`]),
      ...(taking[at] === true ? [] : [`a place at ${exit}`]),
    ]).join(", ");
    if (missing === "" || isOver()) {
      const ms = now() - begun;
      if (ms > TOLD_MS_MIN)
        say(`          the last thing that was missing, for ${(ms / 1_000).toFixed(1)} s: ${waitedFor}`);
      return "";
    }
    waitedFor = missing;
    if (now() > since + FABRIC_RECOVERY_MS_MAX) return missing;
    await sleep(POLL_MS);
  }
}

/** Whether an exit announces that its program has room. */
async function isTaking(fabric: FabricLab, exit: string): Promise<boolean> {
  const told = await requestAdmin(fabric.adminOf(exit), `/facts?kind=announce&subject=${exit}`).catch(() => undefined);
  const services = (told as Announcements | undefined)?.facts[0]?.body.services ?? [];
  return services.some(({ service, load }) => service === SERVICE && load < FULL);
}
