import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { CLUSTER, type Place } from "../bench/place.ts";

/** The texts of a link protocol, with `{port}` for a free port of 127.0.0.1 and `{folder}` for the folder of the node. */
export interface AddressForms {
  readonly listen: string;
  readonly endpoint: string;
}

/** The files of one of the two link vertices. */
export interface NodeFiles {
  readonly name: string;
  readonly folder: string;
  readonly config: string;
  readonly settings: Settings;
  readonly state: string;
  readonly identity: string;
  readonly listen: string;
  /** The endpoint by which the other link vertex finds this one. */
  readonly endpoint: string;
  /** The link vertex's FlorIO socket, and the cluster vertex's. */
  readonly linkSocket: string;
  readonly clusterSocket: string;
}

/** Makes the folders of a node, and its config. */
export function addNode(place: Place, name: string, port: number, forms: AddressForms, settings: Settings): NodeFiles {
  const folder = join(place.folder, name);
  for (const part of ["link", "cluster", "state"]) mkdirSync(join(folder, part), { recursive: true, mode: 0o750 });
  const text = (form: string): string => form.replaceAll("{port}", String(port)).replaceAll("{folder}", folder);
  const files: NodeFiles = {
    name,
    folder,
    settings,
    config: join(folder, "link-flor.yaml"),
    state: join(folder, "state"),
    identity: join(folder, "identity"),
    listen: text(forms.listen),
    endpoint: text(forms.endpoint),
    linkSocket: join(folder, "link", "florio.sock"),
    clusterSocket: join(folder, "cluster", "florio.sock"),
  };
  writeFileSync(files.config, configText(configOf(files)));
  return files;
}

interface ClusterConfig {
  readonly vertex: string;
  readonly identity: string;
  readonly listen: string;
  readonly bind: string;
  readonly connect: string;
}

/** A link vertex's own keys, at the top of its config. */
export type Settings = Readonly<Record<string, unknown>>;

/** The config of a link vertex with one cluster. */
export interface VertexConfig extends Settings {
  readonly state: string;
  readonly admin: string;
  readonly clusters: Readonly<Record<string, ClusterConfig>>;
}

export function configOf(files: NodeFiles, cluster: string = CLUSTER): VertexConfig {
  const { name: vertex, folder, settings, state, identity, listen, linkSocket: bind, clusterSocket: connect } = files;
  return {
    ...settings,
    state,
    admin: join(folder, "link", "admin.sock"),
    clusters: { [cluster]: { vertex, identity, listen, bind, connect } },
  };
}

/** The config as `flor mesh render` writes it. */
export function configText({ clusters, ...top }: VertexConfig): string {
  const sections = Object.entries(clusters).map(([name, section]) => {
    const pairs = Object.entries(section).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
    return `  ${name}: { ${pairs.join(", ")} }\n`;
  });
  return `${stringify(top)}clusters:\n${sections.join("")}`;
}
