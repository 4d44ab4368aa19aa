import { parseConfig } from "@florenetes/config-file";
import type { ConfigDocument } from "@florenetes/config-file";
import { stringify } from "yaml";
import type { FilePath, Mesh, MeshFabric, MeshNode, MeshPath, MeshSession, NodeDirs } from "./mesh.ts";
import { PORT_DEFAULT } from "./limits.ts";
import type { FabricValue, MeshFileInput, MeshFileValue, NodeValue, PathEntry } from "./mesh-file-form.ts";
import { boundedName } from "./names.ts";
import { meshFileSchema } from "./schema.ts";
import { mergeSettings } from "./settings.ts";
import { withStorage } from "./storage.ts";

/** A mesh, and the document that knows the line of each of its parts. */
export interface MeshDocument {
  readonly mesh: Mesh;
  readonly document: ConfigDocument<MeshFileValue>;
}

/**
 * Reads the text of a mesh file.
 *
 * @param file its absolute path, for messages
 * @throws OperatorErrors when the text does not have the form of a mesh file. `checkMesh` says whether the mesh can   work.
 */
export function parseMesh(text: string, file: string): MeshDocument {
  return toMeshDocument(parseConfig(text, file, meshFileSchema));
}

/** Checks a mesh that a program has put together. */
export function parseMeshObject(input: MeshFileInput): MeshDocument {
  return parseMesh(stringify(input, { aliasDuplicateObjects: false }), "(mesh)");
}

export function toMeshDocument(document: ConfigDocument<MeshFileValue>): MeshDocument {
  return { mesh: toMesh(document.value), document };
}

function toMesh(file: MeshFileValue): Mesh {
  const paths = new PathCollector();
  for (const [name, entry] of Object.entries(file.paths)) {
    paths.addNamed(name, entry, entry.isSection ? ["paths", name, "hops"] : ["paths", name]);
  }
  const tunnels = file.tunnels.map(({ node, listen, as, service, path, class: trafficClass, ...listener }, index) => {
    const name = paths.nameOf(path, ["tunnels", index, "path"], [node, listen]);
    return { node, listen, as, service, path: name, trafficClass, listener };
  });
  const sessions = file.sessions.map(({ node, listen, as, services, ...options }, index): MeshSession => {
    const leads = Object.entries(services).map(([name, { path, service = name, keep, ...rest }]) => {
      const at = ["sessions", index, "services", name, "path"];
      const pathName = paths.nameOf(path, at, [node, listen, name]);
      return { name, service, path: pathName, keep, connectWait: rest["connect-wait"] };
    });
    return { node, listen, as, services: leads, options };
  });
  return withStorage({
    cluster: file.cluster,
    carriers: file.carriers,
    nodes: Object.entries(file.nodes).map(([name, node]) => toNode(file, name, node)),
    links: file.links.map(({ between: [a = "", b = ""], originator, tag, address, port, endpoint, portal, rate }) => ({
      between: [a, b],
      originator: originator ?? a,
      tag,
      address,
      port,
      endpoint,
      portal,
      rate,
    })),
    lsps: Object.entries(file.lsps).map(([name, hops]) => ({ name, hops })),
    services: Object.entries(file.services).map(([name, { node, target, allow, classes, ...options }]) => ({
      name,
      node,
      target,
      allow,
      classes,
      options,
    })),
    paths: paths.all,
    tunnels,
    sessions,
    transit:
      file.transit &&
      Object.entries(file.transit).map(([node, pairs]) => ({
        node,
        pairs: pairs.map(([one = "", other = ""]) => [one, other] as const),
      })),
    ...(file.fabric && { fabric: toFabric(file.fabric, Object.keys(file.nodes)) }),
  });
}

function toFabric(written: FabricValue, all: string[]): MeshFabric {
  const {
    root,
    development,
    nodes = all,
    owner,
    pins,
    ways = [],
    relays = {},
    coordinators = {},
    links = {},
    costs = {},
    updates,
    storage,
  } = written;
  return {
    root,
    rootFile: written["root-file"],
    development,
    nodes,
    owner,
    pins,
    ways,
    relays,
    coordinators,
    links,
    costs,
    updates: updates && { channel: updates.channel, repositoryRoot: updates["repository-root"] },
    storage: storage && {
      holders: storage.holders,
      gateways: storage.gateways ?? {},
      allow: storage.allow ?? [],
    },
  };
}

function toNode(file: MeshFileValue, name: string, value: NodeValue | null): MeshNode {
  const {
    address,
    port,
    listen,
    portals,
    dirs,
    "transit-limit": transitLimit,
    settings,
  }: Partial<NodeValue> = value ?? {};
  const defaults = defaultDirs(file.cluster);
  return {
    name,
    address,
    port: port ?? PORT_DEFAULT,
    listen: listen ?? (address?.includes(":") === true ? "::" : "0.0.0.0"),
    portals: Object.entries(portals ?? {}).map(([name, portal]) => ({ name, ...portal })),
    dirs: {
      identity: dirs?.identity ?? defaults.identity,
      runLink: dirs?.["run-link"] ?? defaults.runLink,
      runCluster: dirs?.["run-cluster"] ?? defaults.runCluster,
      stateLink: dirs?.["state-link"] ?? defaults.stateLink,
      stateCluster: dirs?.["state-cluster"] ?? defaults.stateCluster,
    },
    transitLimit,
    settings: mergeSettings(file.settings, settings),
  };
}

/** The folders of a machine that runs the two systemd units. */
function defaultDirs(cluster: string): NodeDirs {
  return {
    identity: `/etc/florenetes/${cluster}`,
    runLink: "/run/florenetes-link",
    runCluster: `/run/florenetes-cluster-${cluster}`,
    stateLink: "/var/lib/florenetes/link",
    stateCluster: `/var/lib/florenetes/cluster-${cluster}`,
  };
}

/**
 * Gives names to paths that are written in place of a name. The tunnel or service of sessions that uses such a path
 * gives it the name, so that the path stays the same one when its hops change, and connections over it follow.
 */
class PathCollector {
  readonly #paths = new Map<string, MeshPath>();
  /** The last number for each name, as many paths may have the same name. */
  readonly #numbers = new Map<string, number>();

  get all(): readonly MeshPath[] {
    return [...this.#paths.values()];
  }

  addNamed(name: string, entry: PathEntry, at: FilePath): void {
    this.#paths.set(name, { name, hops: entry.hops, mtu: entry.mtu, at });
  }

  /**
   * The name of a path, or of the one that is written in its place.
   *
   * @param place Names the user of the path
   */
  nameOf(path: string | PathEntry, at: FilePath, place: readonly string[]): string {
    if (typeof path === "string") return path;
    const name = this.#freeName(place.map(wordOf).join("."));
    this.addNamed(name, path, path.isSection ? [...at, "hops"] : at);
    return name;
  }

  #freeName(base: string): string {
    for (let number = (this.#numbers.get(base) ?? 0) + 1; ; number++) {
      const name = boundedName(number === 1 ? base : `${base}.${number}`);
      if (this.#paths.has(name)) continue;
      this.#numbers.set(base, number);
      return name;
    }
  }
}

/** Makes a text fit to be a part of a name. */
function wordOf(text: string): string {
  const word = text.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  return word.replace(/^-|-$/g, "") || "x";
}
