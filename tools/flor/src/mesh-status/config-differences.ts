import { formatServiceTarget, parseServiceTarget } from "@florenetes/config-file";
import { AUTO_PATH, type Mesh, type NodeConfig } from "@florenetes/mesh-file";
import { EXTRAS_MAX } from "./limits.ts";
import type { ClusterFacts } from "./node-facts.ts";

/** Something in which a node differs from the mesh file. */
export interface ConfigDifference {
  readonly node: string;
  /** `missing`: only the mesh file has it; `extra`: only the node has it; `other`: each has it in another way. */
  readonly kind: "missing" | "other" | "extra";
  /** A link, path, tunnel, service, … by its name, and behind a colon the fields that differ. */
  readonly what: string;
}

/** The config that the mesh file gives to a node. */
export interface ExpectedNode {
  readonly mesh: Mesh;
  readonly config: NodeConfig;
  /** Whether the labels of the node are known, which are in the lock file. */
  readonly hasLabels: boolean;
}

/** Compares the config that a node runs with that of the mesh file, as far as the status tells it. */
export function compareConfig(expected: ExpectedNode, told: ClusterFacts): readonly ConfigDifference[] {
  const { mesh, config, hasLabels } = expected;
  const node = config.vertex;
  const links = Object.entries(config.links).map(([name, { role, peer, tag = "0" }]) => ({ name, role, peer, tag }));
  const paths = Object.entries(config.paths).map(([name, { link, labels }]) => ({ name, link: link ?? null, labels }));
  const ownTunnels = mesh.tunnels.filter((tunnel) => tunnel.node === node);
  const tunnels = config.tunnels.map((tunnel, at) => ({ ...tunnel, as: ownTunnels[at]!.as }));
  const ownSessions = mesh.sessions.filter((session) => session.node === node);
  const services = mesh.services
    .filter((service) => service.node === node)
    .map(({ name, target, allow = [] }) => ({ name, label: config.services[name]!.label, target, allow }));
  const transit = [
    ...config.transit,
    ...config["cross-connects"].map(({ from, to }): [string, string] => [from.link, to.link]),
  ];
  // An agent leads these where its records say: the mesh file says nothing of it.
  const isLed = new Set(tunnels.filter(({ path }) => path === AUTO_PATH).map(({ listen }) => listen));
  const toldTunnels = told.tunnels.map((tunnel) =>
    isLed.has(tunnel.listen) ? { ...tunnel, path: AUTO_PATH } : tunnel,
  );
  const toldPaths = told.paths.filter(({ name }) => !OVERLAY_PATH.test(name) || Object.hasOwn(config.paths, name));
  const labelsOf = (labels: readonly number[]): string => (hasLabels ? labels.join(" ") : "");

  return [
    ...compare("link", links, told.links, ({ name }) => name, {
      role: ({ role }) => role,
      peer: ({ peer, tag }) => `${peer}/${tag}`,
    }),
    ...compare("transit", pairsOf(transit), pairsOf(told.forwarding.transit.map(wayOf)), (pair) => pair, {}),
    ...compare("path", paths, toldPaths, ({ name }) => name, {
      "first link": ({ link }) => link ?? "",
      labels: ({ labels }) => labelsOf(labels),
    }),
    ...compare("tunnel", tunnels, toldTunnels, ({ listen }) => listen, {
      principal: ({ as }) => as,
      service: ({ service }) => service,
      path: ({ path }) => path,
    }),
    ...compare(
      "socket",
      config.sessions.map(withServices(ownSessions)),
      told.sessions.map(withLeads(config)),
      ({ listen }) => listen,
      {
        principal: ({ as }) => as,
        services: ({ services: leads }) =>
          leads
            .map(({ name, service, path }) => `${name} ${service} ${path}`)
            .toSorted()
            .join(", "),
      },
    ),
    ...compare("service", services, told.services, ({ name }) => name, {
      label: ({ label }) => labelsOf([label]),
      target: ({ target }) => canonicalTarget(target),
      allowed: ({ allow }) => allow.toSorted().join(" "),
    }),
  ].map((difference) => ({ node, ...difference }));
}

/** Paths that the agent has made, and the one of a lead that leads nowhere yet. */
const OVERLAY_PATH = /^auto[.:]/;

/** Sockets as they are told, with `auto` where the config leaves a path to the agent. */
function withLeads({ sessions }: NodeConfig): (session: ToldSession) => ToldSession {
  return (session) => {
    const own = sessions.find(({ listen }) => listen === session.listen);
    const isLed = (name: string): boolean => own?.services[name]?.path === AUTO_PATH;
    return {
      ...session,
      services: session.services.map((lead) => (isLed(lead.name) ? { ...lead, path: AUTO_PATH } : lead)),
    };
  };
}

type ToldSession = ClusterFacts["sessions"][number];
interface SessionRow extends Pick<ToldSession, "listen" | "as"> {
  readonly services: readonly Pick<ToldSession["services"][number], "name" | "service" | "path">[];
}
type Found = Omit<ConfigDifference, "node">;

/** @param fields the fields that have to be alike, by their names for people */
function compare<Thing>(
  kind: string,
  expected: readonly Thing[],
  told: readonly NoInfer<Thing>[],
  keyOf: (thing: Thing) => string,
  fields: Readonly<Record<string, (thing: Thing) => string>>,
): readonly Found[] {
  const toldByKey = new Map(told.map((thing) => [keyOf(thing), thing]));
  const keys = new Set(expected.map(keyOf));
  const found = expected.flatMap((thing): Found[] => {
    const other = toldByKey.get(keyOf(thing));
    if (other === undefined) return [{ kind: "missing", what: `${kind} ${keyOf(thing)}` }];
    const names = Object.keys(fields).filter((name) => fields[name]!(thing) !== fields[name]!(other));
    return names.length === 0 ? [] : [{ kind: "other", what: `${kind} ${keyOf(thing)}: ${names.join(", ")}` }];
  });
  const extras = [...toldByKey.keys()].filter((key) => !keys.has(key)).slice(0, EXTRAS_MAX);
  return [...found, ...extras.map((key): Found => ({ kind: "extra", what: `${kind} ${key}` }))];
}

function wayOf({ inLink, outLink }: ClusterFacts["forwarding"]["transit"][number]): [string, string] {
  return [inLink, outLink];
}

/** Names each pair of links once, in whichever order it comes. */
function pairsOf(pairs: readonly (readonly [string, string])[]): readonly string[] {
  return [...new Set(pairs.map((pair) => pair.toSorted().join(" - ")))];
}

/** The sockets of a config, in the form of the status. */
function withServices(own: Mesh["sessions"]): (session: NodeConfig["sessions"][number], at: number) => SessionRow {
  return ({ listen, services }, at) => ({
    listen,
    as: own[at]!.as,
    services: Object.entries(services).map(([name, { service = name, path }]) => ({ name, service, path })),
  });
}

function canonicalTarget(target: string): string {
  const parsed = parseServiceTarget(target);
  return parsed === undefined ? target : formatServiceTarget(parsed);
}
