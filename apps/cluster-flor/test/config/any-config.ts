import { TrafficClass } from "@florenetes/forwarding";
import type { Random } from "@florenetes/simkit";
import type { VertexConfig } from "../../src/config/cluster-config.ts";
import { NO_PINS } from "../../src/config/vertex-pins.ts";
import { ConfigNumbers, type RunningConfig } from "../../src/config/running-config.ts";

/** The items in any order. */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const keyed = items.map((item) => [random.below(1_000_000), item] as const);
  return keyed.toSorted(([a], [b]) => a - b).map(([, item]) => item);
}

/** A config out of few names, so that two configs have much in common; its lists are in any order. */
export function anyConfig(random: Random): VertexConfig {
  const some = <T>(items: readonly T[]): T[] => shuffled(items, random).slice(0, random.below(items.length + 1));
  const portals = ["p", "q"].map((name) => ({ name, bind: `/${name}/bind`, connect: `/${name}/connect` }));
  const links = some(["a", "b", "c", "d", "e"]).map((peer, at) => ({
    name: `to-${peer}`,
    portal: random.below(portals.length),
    ...random.pick([
      { role: "acceptor" as const, endpoint: undefined },
      { role: "originator" as const, endpoint: "udp://127.0.0.1:1" },
      { role: "originator" as const, endpoint: "udp://127.0.0.1:2" },
    ]),
    peer,
    tag: random.pick(["0", "1"]),
    label: 100 + at,
    secondLabel: random.chance(0.3) ? 110 + at : undefined,
  }));
  const anyLink = (): number => random.below(links.length);
  const list = <T>(count: number, make: (at: number) => T): T[] => {
    return links.length === 0 ? [] : Array.from({ length: random.below(count) }, (_, at) => make(at));
  };
  const paths = some(["x", "y", "z"]).map((name) => ({
    name,
    link: links.length === 0 || random.chance(0.2) ? undefined : anyLink(),
    labels: [random.between(16, 20)],
    mtu: undefined,
  }));
  const ports = paths.length === 0 ? [] : some([1, 2, 3, 4]);
  return {
    cluster: "demo",
    vertex: "v",
    portals,
    links,
    transit: list(4, () => [anyLink(), anyLink()] as const),
    transitLimit: { packetsPerSecond: random.between(1, 3), bytesPerSecond: 1_000 },
    transitOffload: random.chance(0.7),
    crossConnects: list(3, (at) => ({
      from: { link: anyLink(), label: 300 + at },
      to: { link: anyLink(), label: 400 + at },
    })),
    lspEnds: list(3, (at) => ({ link: anyLink(), label: 500 + at })),
    services: some(["web", "mail", "dns"]).map((name, at) => ({
      name,
      label: 200 + at,
      secondLabel: random.chance(0.3) ? 210 + at : undefined,
      identity: `service/${name}`,
      target: random.pick([
        { kind: "unix" as const, path: "/s" },
        { kind: "udp" as const, host: "127.0.0.1", port: 53 },
      ]),
      tellsPrincipal: false,
      allow: ["user/alice"],
    })),
    paths,
    tunnels: ports.map((port) => ({
      name: `tcp://127.0.0.1:${port}`,
      listen: { kind: "tcp" as const, host: "127.0.0.1", port },
      mode: undefined,
      owner: undefined,
      as: `user/${random.pick(["alice", "bob"])}`,
      service: "web",
      path: random.below(paths.length),
      trafficClass: TrafficClass.reliable,
    })),
    sessions: [],
    transport: { streamsPerConnection: random.between(1, 3) },
    expiryGraceMs: 0,
    pins: NO_PINS,
  };
}

/** Numbers config after config, each of which runs until the next does. */
export function numbering(): (written: VertexConfig) => RunningConfig {
  const numbers = new ConfigNumbers();
  return (written) => {
    const config = numbers.place(written);
    numbers.retain(config);
    return config;
  };
}
