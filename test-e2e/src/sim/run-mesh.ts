import assert from "node:assert";
import { nameOf } from "./sim-names.ts";
import { checkPromptness } from "./promptness.ts";
import { SimMesh, type SimOptions } from "./sim-mesh.ts";
import { pickTalks, shortTalk } from "./talk.ts";

/** How long faults happen, in milliseconds. */
const faultsMs = [1_000, 3_000, 6_000];
/** The longest pause between two events in a mesh of up to four nodes. In a larger mesh more happens, but not to each node as much. */
const HAPPENING_MS_MAX = 200;
/** How long a mesh may take to be whole after the last fault. */
const RECOVERY_MS = 30_000;
/** How often a run looks whether the mesh is whole. */
const LOOK_MS = 100;
/** How long a node may hold what it needs no more: a connection whose end was lost is ended by a minute and a half of silence. */
const FORGOTTEN_WITHIN_MS = 105_000;
/** The part of the meshes that run until all traces of the past are gone. */
const FORGET_PROBABILITY = 0.25;
const USE_PROBABILITY = 0.4;

export type { SimOptions };

export interface SimReport {
  /** Workloads that got their whole answer, and those that were reset while faults happened. */
  readonly done: number;
  readonly reset: number;
  readonly packets: number;
  readonly restarts: number;
  /** Packets that were sent round a ring, and came again to a node, or to the end of their hop limit. */
  readonly cameAgain: number;
  readonly cameToTheirLimit: number;
}

/**
 * Runs one mesh: for some seconds its channels lose, delay, double and cut packets, its processes are killed, started and
 * stand still, FlorIO loses frames, and workloads use its tunnels. Then all of that stops, and within half a minute
 * every link is up and every tunnel works.
 *
 * @throws AssertionError where a byte is wrong, the two programs of a node disagree, or something does not work at the end
 */
export function runMesh(seed: number, nodes: number, options: SimOptions): SimReport {
  const mesh = new SimMesh(seed, nodes, options);
  const { scheduler, random } = mesh.world;
  const endsAt = scheduler.now + random.pick(faultsMs);
  const happen = (): void => {
    if (scheduler.now >= endsAt) return;
    mesh.disturb();
    if (random.chance(USE_PROBABILITY)) {
      const tunnel = random.pick(mesh.plan.tunnels);
      for (const talk of pickTalks(random)) mesh.use(tunnel, talk);
    }
    scheduler.after(random.next() * HAPPENING_MS_MAX * Math.min(1, Math.sqrt(4 / nodes)), happen);
  };
  happen();
  mesh.keepLooking();
  scheduler.runUntil(endsAt);
  mesh.heal();
  untilWhole(mesh);
  for (const node of mesh.nodes) node.checkCounts(scheduler.now);
  const { conversations, network, restarts, circles } = mesh;
  const { cameAgain, cameToTheirLimit } = circles;
  const done = conversations.count(({ isDone }) => isDone);
  const reset = conversations.count(({ client }) => client.state === "reset");
  return { done, reset, packets: network.packets, restarts, cameAgain, cameToTheirLimit };
}

/**
 * Waits until every link is up, a workload of every tunnel got its whole answer, and all workloads know that they are done or cut; in
 * some meshes also until all traces of the past are gone.
 */
function untilWhole(mesh: SimMesh): void {
  const { scheduler, random } = mesh.world;
  let since = { event: "the last fault", at: scheduler.now };
  const wait = (waitingFor: () => readonly string[], withinMs = RECOVERY_MS): void => {
    for (let missing = waitingFor(); missing.length > 0; missing = waitingFor()) {
      const text = `${withinMs} ms after ${since.event} there is still no ${missing.join(", no ")}`;
      assert(scheduler.now < since.at + withinMs, text);
      scheduler.runFor(LOOK_MS);
    }
  };
  wait(() => mesh.linksDown);
  const useful = mesh.plan.tunnels.filter((tunnel) => mesh.plan.isUseful(tunnel));
  let users = useful.map((tunnel) => ({ tunnel, last: mesh.use(tunnel, shortTalk(random)) }));
  wait(() => {
    users = users.filter(({ last }) => last?.isDone !== true);
    for (const user of users) if (user.last?.isOver !== false) user.last = mesh.use(user.tunnel, shortTalk(random));
    return users.map(({ tunnel: { from, service } }) => `answer through the tunnel ${nameOf(from)} to ${service.name}`);
  });
  wait(() => mesh.conversations.open.map((conversation) => `end of ${conversation}`));
  // The other tunnels may have to make their connections first.
  const warm = useful.filter(({ keepMs }) => keepMs === undefined);
  if (warm.length > 0) checkPromptness(mesh, warm);
  // A long answer over a slow link may have taken all of that time.
  since = { event: "the last answer", at: scheduler.now };
  // Only decisions until now count. More may come all the time: an end whose peer has gone repeats its last packet for a minute.
  const decided = mesh.nodes.map((node) => node.decided);
  wait(() => mesh.nodes.flatMap((node, at) => node.untoldOf(decided[at]!)));
  wait(() => mesh.charged.map((vertex) => `release of all that streams were charged for on ${vertex}`));
  if (random.chance(FORGET_PROBABILITY))
    wait(() => mesh.leftovers.map((leftover) => `end of ${leftover}`), FORGOTTEN_WITHIN_MS);
}
