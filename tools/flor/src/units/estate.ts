import { statSync } from "node:fs";
import { dirname } from "node:path";
import type { ClusterEstate } from "../doctor.ts";
import { strangersIn } from "./ownership.ts";
import { clusterOfAgentFolder, clusterOfControlFolder, clusterOfRunFolder, clusterPlaces } from "./places.ts";
import { lookUp } from "./user-names.ts";

/** The files of the program whose unit has this admin socket. Undefined: the socket is no unit's, or its folder does not exist. */
export function estateOf(admin: string): ClusterEstate | undefined {
  const folder = dirname(admin);
  const cluster = clusterOfRunFolder(folder);
  if (cluster !== undefined) return clusterEstate(cluster);
  const agentCluster = clusterOfAgentFolder(folder);
  if (agentCluster !== undefined) return keepingEstate(agentCluster, "fabric-flor", clusterPlaces(agentCluster).agent);
  const controlCluster = clusterOfControlFolder(folder);
  if (controlCluster === undefined) return undefined;
  return keepingEstate(controlCluster, "control-flor", clusterPlaces(controlCluster).control);
}

function keepingEstate(
  cluster: string,
  program: ClusterEstate["program"],
  { run, state }: { readonly run: string; readonly state: string },
): ClusterEstate | undefined {
  const owner = statSync(run, { throwIfNoEntry: false })?.uid;
  return owner === undefined ? undefined : estate(cluster, program, owner, [[state, owner]]);
}

function clusterEstate(cluster: string): ClusterEstate | undefined {
  const places = clusterPlaces(cluster);
  const owner = statSync(places.run, { throwIfNoEntry: false })?.uid;
  if (owner === undefined) return undefined;
  const linkOwner = statSync(places.linkRun, { throwIfNoEntry: false })?.uid;
  const linkTrees = linkOwner === undefined ? [] : [[places.linkIdentities, linkOwner] as const];
  const trees = [...places.clusterIdentities, places.state].map((tree) => [tree, owner] as const);
  return estate(cluster, "cluster-flor", owner, [...trees, ...linkTrees]);
}

/** @param trees each with the number of the user who should have all of it */
function estate(
  cluster: string,
  program: ClusterEstate["program"],
  owner: number,
  trees: readonly (readonly [string, number])[],
): ClusterEstate {
  return {
    cluster,
    program,
    user: userName(owner),
    strangers: trees.flatMap(([tree, uid]) =>
      strangersSeen(tree, uid).map((path) => ({ path, user: userName(uid) ?? `user ${uid}` })),
    ),
  };
}

/** The strangers in a tree; none if this user may not look into it. */
function strangersSeen(tree: string, uid: number): readonly string[] {
  try {
    return strangersIn(tree, uid);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EACCES") return [];
    throw error;
  }
}

function userName(uid: number): string | undefined {
  return lookUp("passwd", String(uid))?.[0];
}
