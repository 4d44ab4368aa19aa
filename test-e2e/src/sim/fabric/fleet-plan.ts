/** The plan of a fleet in virtual time, which follows from its seed: which nodes there are, what they do, and which of them are hostile. */
import { Random } from "@florenetes/simkit";

const RELAY_SHARE = 0.04;
const RELAYS_MIN = 6;
const HOSTILE_SHARE = 0.2;
const COORDINATORS = 2;
const SERVICE_SHARE = 0.1;
const SERVICES_MIN = 3;
const HOSTS = 3;
const DELAY_MS = [5, 40] as const;
const ORGANIZATIONS = 5;
/** Nodes whose vertices are of a version that knows no shares. */
const OLDER_SHARE = 0.2;
/** Two honest clocks stay closer to each other than the skew beyond which a record is of the future. */
const CLOCK_MS = 60_000;
/** The service that one host at a time serves. */
export const LED_SERVICE = "led";

export interface FleetPlan {
  readonly nodes: readonly string[];
  readonly relays: readonly string[];
  /** Relays that coordinate the partition, too: honest ones. */
  readonly coordinators: readonly string[];
  /** Hosts of each service, of which one at least is honest. */
  readonly services: ReadonlyMap<string, readonly string[]>;
  /** Services that each edge wants. */
  readonly wants: ReadonlyMap<string, readonly string[]>;
  readonly hostile: ReadonlySet<string>;
  readonly clockAheadMs: ReadonlyMap<string, number>;
  readonly organizations: Map<string, string>;
  /** Nodes whose vertices know no shares. */
  readonly older: ReadonlySet<string>;
  /** Milliseconds that packets take from one node to another. */
  readonly delayMs: (one: string, other: string) => number;
}

export function planFleet(seed: number, count: number): FleetPlan {
  const random = new Random(seed);
  const relays = names("r", Math.max(RELAYS_MIN, Math.round(count * RELAY_SHARE)));
  const edges = names("n", count - relays.length);
  const nodes = [...relays, ...edges];
  const honestRelays = relays.slice(Math.round(relays.length * HOSTILE_SHARE));
  const hostileEdges = new Set(edges.filter(() => random.chance(HOSTILE_SHARE)));
  const honestEdges = edges.filter((name) => !hostileEdges.has(name));
  const services = new Map<string, readonly string[]>();
  for (const service of names("s", Math.max(SERVICES_MIN, Math.round(count * SERVICE_SHARE)))) {
    const hosts = new Set([random.pick(honestEdges)]);
    while (hosts.size < HOSTS) hosts.add(random.pick(edges));
    services.set(service, [...hosts]);
  }
  services.set(LED_SERVICE, spread(honestEdges, HOSTS, random));
  const wants = new Map(edges.map((edge) => [edge, wantsOf(edge, services, random)]));
  const place = new Map(nodes.map((name) => [name, [random.next(), random.next()] as const]));
  const [least, most] = DELAY_MS;
  const others = new Random(seed ^ 0x5a4e);
  return {
    nodes,
    relays,
    coordinators: honestRelays.slice(-COORDINATORS),
    services,
    wants,
    hostile: new Set([...relays.filter((name) => !honestRelays.includes(name)), ...hostileEdges]),
    clockAheadMs: new Map(nodes.map((name) => [name, random.between(-CLOCK_MS, CLOCK_MS)])),
    organizations: new Map(nodes.map((name) => [name, `o${others.below(ORGANIZATIONS)}`])),
    older: new Set(nodes.filter(() => others.chance(OLDER_SHARE))),
    delayMs: (one, other) => {
      const [a, b] = [place.get(one)!, place.get(other)!];
      return Math.round(least + ((most - least) * Math.hypot(a[0] - b[0], a[1] - b[1])) / Math.SQRT2);
    },
  };
}

function names(letter: string, count: number): string[] {
  return Array.from({ length: count }, (_, at) => `${letter}${at}`);
}

function spread(all: readonly string[], count: number, random: Random): string[] {
  const picked = new Set<string>();
  while (picked.size < count) picked.add(random.pick(all));
  return [...picked];
}

/** A service of others, if there is one that the edge has no part in, and for some edges the one that has a leader, too. */
function wantsOf(edge: string, services: ReadonlyMap<string, readonly string[]>, random: Random): string[] {
  const others = [...services].filter(([name, hosts]) => name !== LED_SERVICE && !hosts.includes(edge));
  const isFollower = services.get(LED_SERVICE)!.includes(edge) || random.chance(0.8);
  return [...(others.length === 0 ? [] : [random.pick(others)[0]]), ...(isFollower ? [] : [LED_SERVICE])];
}
