/** Questions to the agents of an attacked mesh. */
import { now } from "../clock.ts";
import { eventually } from "../eventually.ts";
import type { Ground } from "../ground.ts";
import type { AgentStatus } from "./agent-status.ts";
import { LATE } from "./scene.ts";

export async function agentStatus(ground: Ground, node: string): Promise<AgentStatus> {
  return (await ground.fabric!.status(node)) as AgentStatus;
}

/** The routes of all leases of a node, as the nodes that they go over. */
export async function leasedRoutes(ground: Ground, node: string): Promise<readonly string[]> {
  const { leases } = (await agentStatus(ground, node)).routes;
  return leases.flatMap(({ service, routes }) => routes.map(({ via }) => `${service}: ${via.join(" > ")}`)).toSorted();
}

/** Publishes a service whose tunnel waits, and returns how many milliseconds later its user has a lease; undefined: it never had one. */
export async function leaseLate(ground: Ground): Promise<number | undefined> {
  const start = now();
  await ground.fabric!.publish("a", [ground.fabric!.signService(LATE, ["h"])]);
  const isLeased = async (): Promise<boolean> =>
    (await agentStatus(ground, "a")).routes.leases.some(({ service }) => service === LATE);
  return (await eventually(isLeased)) ? now() - start : undefined;
}
