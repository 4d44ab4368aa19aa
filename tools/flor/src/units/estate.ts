import { statSync } from "node:fs";
import { dirname } from "node:path";
import type { ClusterEstate } from "../doctor.ts";
import { strangersIn } from "./ownership.ts";
import { clusterOfRunFolder, clusterPlaces } from "./places.ts";
import { lookUp } from "./user-names.ts";

/** The files of the cluster whose unit has this admin socket. Undefined: the socket is no unit's, or its folder does not exist. */
export function estateOf(admin: string): ClusterEstate | undefined {
  const cluster = clusterOfRunFolder(dirname(admin));
  if (cluster === undefined) return undefined;
  const places = clusterPlaces(cluster);
  const owner = statSync(places.run, { throwIfNoEntry: false })?.uid;
  if (owner === undefined) return undefined;
  const linkOwner = statSync(places.linkRun, { throwIfNoEntry: false })?.uid;
  const linkTrees = linkOwner === undefined ? [] : [[places.linkIdentities, linkOwner] as const];
  const trees = [...places.clusterIdentities, places.state].map((tree) => [tree, owner] as const);
  return {
    cluster,
    user: userName(owner),
    strangers: [...trees, ...linkTrees].flatMap(([tree, uid]) =>
      strangersSeen(tree, uid).map((path) => ({ path, user: userName(uid) })),
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

function userName(uid: number): string {
  return lookUp("passwd", String(uid))?.[0] ?? `user ${uid}`;
}
