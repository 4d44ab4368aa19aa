import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { IDENTITY_FILES } from "@florenetes/identity";
import type { LinkWish } from "@florenetes/portal-api";
import { stringify } from "yaml";
import type { Place } from "../bench/place.ts";

/** Names of the cluster vertex's two portals. */
type PortalName = "one" | "two";

/** A link of the config: the wish for it, and the label by which packets go out on it. */
export interface LinkPlan extends LinkWish {
  readonly portal: PortalName;
  readonly label: number;
}

export type LinkName = "b" | "c" | "d";

/** The links of the kit's config, by their names. Packets may pass between any two of them. */
export const LINKS: Readonly<Record<LinkName, LinkPlan>> = {
  b: { portal: "one", role: "originator", peer: "b", tag: "0", endpoint: "kit://b:1", label: 101 },
  c: { portal: "one", role: "acceptor", peer: "c", tag: "other", endpoint: "", label: 102 },
  d: { portal: "two", role: "originator", peer: "d", tag: "0", endpoint: "kit://d:2", label: 103 },
};

/** The files of the cluster vertex that is judged. */
export interface NodeFiles {
  readonly folder: string;
  readonly config: string;
  readonly state: string;
  /** A folder with the roots and lists by which the cluster vertex judges. */
  readonly trust: string;
  readonly admin: string;
  /** For each portal: the cluster vertex's own socket, and the link vertex's. */
  readonly portals: Readonly<Record<PortalName, { readonly bind: string; readonly connect: string }>>;
}

/** A cluster vertex's own keys, at the top of its config. */
export type Settings = Readonly<Record<string, unknown>>;

/** The config of a cluster vertex. docs/protocol/cluster-vertex.md says what each key is. */
export interface ClusterConfig extends Settings {
  readonly cluster: string;
  readonly vertex: string;
  readonly portals: Readonly<Record<string, { readonly bind: string; readonly connect: string }>>;
  readonly links: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export function addNode(place: Place): NodeFiles {
  const folder = join(place.folder, "a");
  for (const part of ["cluster", "link-one", "link-two", "state", "trust"])
    mkdirSync(join(folder, part), { recursive: true, mode: 0o750 });
  return {
    folder,
    config: join(folder, "cluster-flor.yaml"),
    state: join(folder, "state"),
    trust: join(folder, "trust"),
    admin: join(folder, "cluster", "admin.sock"),
    portals: {
      one: { bind: join(folder, "cluster", "one.sock"), connect: join(folder, "link-one", "florio.sock") },
      two: { bind: join(folder, "cluster", "two.sock"), connect: join(folder, "link-two", "florio.sock") },
    },
  };
}

export function configOf(files: NodeFiles, cluster: string, settings: Settings): ClusterConfig {
  const links = Object.entries(LINKS).map(([name, { endpoint, ...link }]) => {
    return [name, { ...link, ...(endpoint !== "" && { endpoint }) }];
  });
  const { state, admin, trust, portals } = files;
  return {
    cluster,
    vertex: "a",
    state,
    admin,
    trust,
    portals,
    links: Object.fromEntries(links) as ClusterConfig["links"],
    transit: [
      ["b", "c"],
      ["b", "d"],
      ["c", "d"],
    ],
    ...settings,
  };
}

/** Writes the config, and the roots of the place's CA. */
export function writeFiles(files: NodeFiles, place: Place, config: ClusterConfig): void {
  writeFileSync(join(files.trust, IDENTITY_FILES.trust), place.ca.issue({ kind: "vertex", name: "a" }).trustBundlePem);
  writeFileSync(files.config, stringify(config));
}
