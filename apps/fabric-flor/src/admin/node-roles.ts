/** The roles of a node, by the records that give them, and what its agent makes of each. */
import { bodyOf, type FactBook, readRoleSubject } from "@florenetes/facts";
import { COORDINATOR_ROLE, MOBILE_ROLE, RELAY_ROLE } from "@florenetes/routes";
import type { Agent } from "../agent/agent.ts";
import type { Moment } from "../agent/moment.ts";
import { offerOf } from "../agent/routes/report.ts";

export interface NodeRole {
  readonly role: string;
  /** `cluster`, or `org/` and an organization. */
  readonly scope: string;
  readonly partition: string;
  /** Actions that the holder may take, and for which services: empty lists where the role alone says it. */
  readonly actions: readonly string[];
  readonly services: readonly string[];
  readonly epoch: number;
  readonly expires: string;
  /** Whether the node's own agent acts by it, `idle` where something else is missing; `unused`: no agent acts by a role of this name; null: it is another node, which alone knows. */
  readonly effect: "acts" | "idle" | "unused" | null;
  /** For people: what is missing; "": nothing. */
  readonly text: string;
}

/** Roles of one answer: a node has a few. */
const ROLES_TOLD_MAX = 256;

/** The roles in force of a node, in the order of role, scope and partition. */
export function rolesOf(agent: Agent, book: FactBook, node: string, at: Moment): readonly NodeRole[] {
  const roles = [...book.all("role", at.wall)].flatMap((fact): NodeRole[] => {
    const subject = readRoleSubject(fact.subject);
    const body = bodyOf(fact, "role");
    if (subject?.node !== node || body === undefined) return [];
    const { role, partition } = subject;
    const { actions, services } = body;
    const { scope, epoch } = fact;
    const expires = new Date(fact.expires).toISOString();
    return [
      { role, scope, partition, actions, services, epoch, expires, ...effectOf(agent, node, role, partition, at) },
    ];
  });
  return roles.toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1)).slice(0, ROLES_TOLD_MAX);
}

function placeOf({ role, scope, partition }: NodeRole): string {
  return `${role} ${scope} ${partition}`;
}

function effectOf(
  agent: Agent,
  node: string,
  role: string,
  partition: string,
  at: Moment,
): Pick<NodeRole, "effect" | "text"> {
  if (node !== agent.node) return { effect: null, text: "" };
  if (role === COORDINATOR_ROLE) return coordinatorEffect(agent, partition);
  if (role === RELAY_ROLE) return relayEffect(agent, at);
  if (role === MOBILE_ROLE) return { effect: "acts", text: "" };
  return { effect: "unused", text: "no agent acts by a role of this name" };
}

function coordinatorEffect({ coordinator }: Agent, partition: string): Pick<NodeRole, "effect" | "text"> {
  if (coordinator.partition === undefined)
    return { effect: "idle", text: "the config of fabric-flor has no `coordinator`" };
  if (coordinator.partition !== partition)
    return { effect: "idle", text: `the config of fabric-flor has another partition: ${coordinator.partition}` };
  return coordinator.work === undefined
    ? { effect: "idle", text: "the node's own record is not in force" }
    : { effect: "acts", text: "" };
}

function relayEffect({ door: { view }, routes }: Agent, at: Moment): Pick<NodeRole, "effect" | "text"> {
  if (view === undefined) return { effect: "idle", text: "cluster-flor does not answer" };
  if (offerOf(view) === undefined)
    return { effect: "idle", text: "the config of cluster-flor offers nothing: it has no `fabric.relay`" };
  const [shut] = routes.shutGates(at);
  return shut === undefined
    ? { effect: "acts", text: "" }
    : { effect: "idle", text: `${shut.gate}: found ${shut.found}, needs ${shut.needs}` };
}
