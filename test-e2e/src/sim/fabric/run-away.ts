/** All agents of a fleet are stopped for an hour, coordinators too, and some machines start again meanwhile: traffic goes on, and what comes back changes nothing that is right. */
import { shareVerifications } from "../facts/shared-verifications.ts";
import { Fleet } from "./fleet.ts";
import { BrokenPromise, FleetChecks } from "./fleet-checks.ts";
import { LED_SERVICE } from "./fleet-plan.ts";

const SETTLED_MS = 120_000;
const HOUR_MS = 3_600_000;
const PACKET_MS = 1_000;
const REBOOT_MS = 5_000;
const BACK_MS = 60_000;
/** A flow that had no answer for longer has lost its traffic. */
const SILENT_MS = 5_000;

export interface AwayReport {
  /** Flows whose packets went over relays all the time. */
  readonly flows: number;
  readonly rebooted: readonly string[];
  /** Flows that went another way within a minute after the agents came back. */
  readonly moved: readonly string[];
}

/** @param spoil Has something go wrong when the agents are stopped */
export function runAway(seed: number, nodes: number, spoil?: (fleet: Fleet) => void): AwayReport {
  const stopSharing = shareVerifications();
  try {
    const checks = new FleetChecks();
    const fleet = new Fleet({ seed, nodes, packetMs: PACKET_MS, isPeaceful: true }, checks.watch);
    checks.fleet = fleet;
    fleet.start();
    fleet.mesh.runFor(SETTLED_MS);
    return stopAgents(fleet, spoil);
  } finally {
    stopSharing();
  }
}

function stopAgents(fleet: Fleet, spoil: ((fleet: Fleet) => void) | undefined): AwayReport {
  const before = waysOf(fleet);
  for (const node of fleet.nodes) node.stop();
  spoil?.(fleet);
  fleet.mesh.runFor(HOUR_MS / 2);
  const rebooted = [...before.keys()].map((flow) => flow.split(" ")[0]!).slice(0, 2);
  for (const name of rebooted) fleet.node(name).fleetVertex.die();
  fleet.mesh.runFor(REBOOT_MS);
  for (const name of rebooted) fleet.node(name).fleetVertex.revive();
  fleet.mesh.runFor(HOUR_MS / 2);
  checkAnswered(fleet, before, "an hour after all agents were stopped");
  const during = waysOf(fleet);
  for (const node of fleet.nodes) node.start(false);
  const moved = new Set<string>();
  for (let ms = 0; ms < BACK_MS; ms += SILENT_MS) {
    fleet.mesh.runFor(SILENT_MS);
    checkAnswered(fleet, before, "while agents came back");
    const now = waysOf(fleet);
    for (const [flow, way] of during) if (now.get(flow) !== way) moved.add(`${flow}: ${way} to ${now.get(flow)}`);
  }
  return { flows: before.size, rebooted, moved: [...moved] };
}

/** The hosts and routes of all flows that are answered over relays, but to the host that leads: `n3 s1` to `n5 r2>n5`. */
function waysOf(fleet: Fleet): Map<string, string> {
  const ways = new Map<string, string>();
  for (const { name, fleetVertex } of fleet.nodes)
    for (const { service, path, route, answeredAt } of fleetVertex.flows.values()) {
      const isLive = fleet.now - answeredAt < SILENT_MS && (route?.name.includes(">") ?? false);
      if (isLive && service !== LED_SERVICE)
        ways.set(`${name} ${service}`, `${path.split(".").at(-1)!} ${route!.name}`);
    }
  return ways;
}

function checkAnswered(fleet: Fleet, flows: ReadonlyMap<string, string>, when: string): void {
  for (const flow of flows.keys()) {
    const [name, service] = flow.split(" ") as [string, string];
    const all = [...fleet.node(name).fleetVertex.flows.values()].filter((each) => each.service === service);
    if (!all.some(({ answeredAt }) => fleet.now - answeredAt < SILENT_MS))
      throw new BrokenPromise("route", `${when} nothing of ${service} is answered at ${name}`);
  }
}
