/** The plan of a fabric in virtual time, which follows from its seed: who is linked to whom, who is hostile, and whose clock is wrong. */
import { Random } from "@florenetes/simkit";

const RELAY_SHARE = 0.04;
const RELAYS_MIN = 5;
/** Up to so many relays are all linked to each other; more have so many links to other relays. */
const RELAY_LINKS = 8;
/** Relays of each node that is none. */
const UPLINKS = 3;
const HOSTILE_SHARE = 0.2;
const CONTROLS = 2;
const DELAY_MS = [5, 80] as const;
/** Two honest clocks stay closer to each other than `FUTURE_MS`, beyond which a record is of the future. */
const CLOCK_MS = 120_000;
/** Members of an organization, in a small fabric and in a large one: each is handed the roles of all. */
const MEMBER_SHARE = 0.3;
const MEMBERS = 20;
export const ORGANIZATIONS: readonly string[] = ["org/acme", "org/beta"];

export interface FactsPlan {
  readonly nodes: readonly string[];
  readonly relays: readonly string[];
  /** Relays that are control nodes, too: honest ones. */
  readonly controls: readonly string[];
  readonly links: readonly (readonly [string, string])[];
  readonly hostile: ReadonlySet<string>;
  readonly clockAheadMs: ReadonlyMap<string, number>;
  /** Members of each organization: some relays and some edges. */
  readonly members: ReadonlyMap<string, ReadonlySet<string>>;
  readonly delayMs: (one: string, other: string) => number;
}

/** Every honest node has a way to every other one over honest relays: what holds then is asked of all of them. */
export function planFacts(seed: number, count: number): FactsPlan {
  const random = new Random(seed);
  const relays = names("r", Math.max(RELAYS_MIN, Math.round(count * RELAY_SHARE)));
  const edges = names("n", count - relays.length);
  const nodes = [...relays, ...edges];
  const honestRelays = relays.slice(Math.floor(relays.length * HOSTILE_SHARE));
  const hostileRelays = relays.filter((name) => !honestRelays.includes(name));
  const hostileEdges = edges.filter(() => random.chance(HOSTILE_SHARE));
  const links = new Map<string, readonly [string, string]>();
  const link = (one: string, other: string): void => {
    const [a, b] = one < other ? [one, other] : [other, one];
    if (a !== b) links.set(`${a} ${b}`, [a, b]);
  };
  for (const [at, relay] of honestRelays.entries()) link(relay, honestRelays[(at + 1) % honestRelays.length]!);
  for (const relay of relays) {
    if (relays.length <= RELAY_LINKS) for (const other of relays) link(relay, other);
    else for (let each = 0; each < RELAY_LINKS / 2; each++) link(relay, random.pick(relays));
  }
  for (const edge of edges) {
    link(edge, random.pick(honestRelays));
    for (let each = 1; each < UPLINKS; each++) link(edge, random.pick(relays));
  }
  const isMember = (): boolean => random.chance(Math.min(MEMBER_SHARE, MEMBERS / count));
  return {
    nodes,
    relays,
    controls: honestRelays.slice(-CONTROLS),
    links: [...links.values()],
    hostile: new Set([...hostileRelays, ...hostileEdges]),
    clockAheadMs: new Map(nodes.map((name) => [name, random.between(-CLOCK_MS, CLOCK_MS)])),
    members: new Map(ORGANIZATIONS.map((scope) => [scope, new Set(nodes.filter(isMember))])),
    delayMs: delaysOf([...links.keys()], random),
  };
}

function names(letter: string, count: number): string[] {
  return Array.from({ length: count }, (_, at) => `${letter}${at}`);
}

function delaysOf(links: readonly string[], random: Random): FactsPlan["delayMs"] {
  const delays = new Map(links.map((link) => [link, random.between(...DELAY_MS)]));
  return (one, other) => delays.get(one < other ? `${one} ${other}` : `${other} ${one}`)!;
}
