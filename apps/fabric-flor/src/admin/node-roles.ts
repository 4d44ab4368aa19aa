/** The roles of a node, by the records that give them, and what its agent makes of each. */
import { bodyOf, type FactBook, readRoleSubject } from "@florenetes/facts";
import { COORDINATOR_ROLE, directoryOf, MOBILE_ROLE, RELAY_ROLE } from "@florenetes/routes";
import type { Agent } from "../agent/agent.ts";
import type { Moment } from "../agent/moment.ts";
import { offerOf } from "../agent/routes/report.ts";
import { OBSERVER_ROLE } from "../agent/records/observed-by.ts";

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

/** By it store-flor on this node serves as a cache of packages: it asks this agent whether the node has it. */
const CACHE_ROLE = "update-cache";

/** By it store-flor on this node holds what collections of its scope name it for: an organization's records come to the node by it. */
const STORAGE_ROLE = "storage";

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
    const effect = node === agent.node ? effectOf(agent, book, { role, scope, partition }, at) : OF_ANOTHER;
    return [{ role, scope, partition, actions, services, epoch, expires, ...effect }];
  });
  return roles.toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1)).slice(0, ROLES_TOLD_MAX);
}

function placeOf({ role, scope, partition }: NodeRole): string {
  return `${role} ${scope} ${partition}`;
}

type Effect = Pick<NodeRole, "effect" | "text">;

const ACTS: Effect = { effect: "acts", text: "" };
const OF_ANOTHER: Effect = { effect: null, text: "" };

function idle(text: string): Effect {
  return { effect: "idle", text };
}

function effectOf(
  agent: Agent,
  book: FactBook,
  { role, scope, partition }: Pick<NodeRole, "role" | "scope" | "partition">,
  at: Moment,
): Effect {
  if (role === COORDINATOR_ROLE) return coordinatorEffect(agent, scope, partition);
  if (role === OBSERVER_ROLE) return observerEffect(agent, scope, partition, at);
  if (role === CACHE_ROLE && scope !== "cluster") return idle("a cache serves by a role in the scope `cluster` alone");
  if (![RELAY_ROLE, MOBILE_ROLE, CACHE_ROLE, STORAGE_ROLE].includes(role))
    return { effect: "unused", text: "no agent acts by a role of this name" };
  const own = directoryOf(book, at.wall).node(agent.node);
  if (own !== undefined && own.partition !== partition)
    return idle(`the node is of another partition: ${own.partition}`);
  if (role === CACHE_ROLE) return ACTS;
  if (role === STORAGE_ROLE) return storageEffect(agent, book, scope, at);
  if (role === RELAY_ROLE) return relayEffect(agent, at);
  return own === undefined || scope === "cluster" || scope === `org/${own.organization}`
    ? ACTS
    : idle(`the node is of another organization: ${own.organization}`);
}

function coordinatorEffect({ coordinator }: Agent, scope: string, partition: string): Effect {
  if (coordinator.partition === undefined) return idle("the config of fabric-flor has no `coordinator`");
  if (coordinator.partition !== partition)
    return idle(`the config of fabric-flor has another partition: ${coordinator.partition}`);
  if (coordinator.work !== undefined) return ACTS;
  return idle(
    scope === "cluster" ? "the agent has not begun yet" : "an agent coordinates by a role in the scope `cluster` alone",
  );
}

function observerEffect({ usage }: Agent, scope: string, partition: string, at: Moment): Effect {
  if (scope !== "cluster") return idle("an agent observes by a role in the scope `cluster` alone");
  const own = usage.observer.partitionAt(at.wall);
  return own === partition ? ACTS : idle("the node is of another partition, or is none");
}

function storageEffect({ node }: Agent, book: FactBook, scope: string, { wall }: Moment): Effect {
  const isHolder = [...book.all("collection", wall)].some(
    (fact) => fact.scope === scope && bodyOf(fact, "collection")!.holders.some((holder) => holder.node === node),
  );
  return isHolder ? ACTS : idle(`no collection of ${scope} in force names this node as a holder`);
}

function relayEffect({ door: { view }, routes }: Agent, at: Moment): Effect {
  if (view === undefined) return idle("cluster-flor does not answer");
  if (offerOf(view) === undefined) return idle("the config of cluster-flor offers nothing: it has no `fabric.relay`");
  const [shut] = routes.rest.shutGates(at);
  return shut === undefined ? ACTS : idle(`${shut.gate}: found ${shut.found}, needs ${shut.needs}`);
}
