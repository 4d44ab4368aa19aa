/** The lies of a coordinator in the hands of an attacker: leases that lead elsewhere, and permits that open what they should not. Pure. */
import type { SigningKey } from "@florenetes/facts/authoring";
import type { ForgedRecord } from "@florenetes/hostile";
import { CAPTURED, ELSEWHERE, HONEST, HOSTS, LIAR, RELAYS, USERS } from "./terrain.ts";

/** The labels of a node's links and services, by the name of the peer or the service. */
export type LabelsOf = (node: string) => Readonly<Record<string, number>>;

/** A record that lies, and the words that the node which gets it may say. */
export interface Lie {
  readonly what: string;
  readonly record: ForgedRecord;
  readonly words: readonly string[];
}

/** A service of a host, as the lease of a user names it. */
export interface LeasedService {
  readonly user: string;
  readonly service: string;
  readonly host: string;
}

const RATE = 100_000;
/** kbit/s: twice the 10 Gbit/s that the owners of relays let pass. */
const TOO_FAST = 20_000_000;
const MTU = 1_300;
/** A label that no node of the mesh has. */
const NO_LABEL = 987_654;
/** In order, whatever it leads to; or for a host that the user does not ask for at present. */
const IN_ORDER = ["taken", "not-asked"];

/** All lies about one service, of which a coordinator can tell one at a time. @param key of the node that coordinates another partition */
export function leaseLies(labelsOf: LabelsOf, { user, service, host }: LeasedService, key: SigningKey): readonly Lie[] {
  const own = labelsOf(user);
  const other = HOSTS.find((each) => each !== host)!;
  const truth = labelsOf(host)[service]!;
  const [first, second] = RELAYS;
  const to = (relay: string, node: string): number => labelsOf(relay)[node]!;
  const over = (relay: string, labels: readonly number[], via: readonly string[] = [relay, host]): object => {
    return { link: own[relay], labels, via, mtu: MTU, cost: 1, why: [] };
  };
  const toWrongHost = over(first, [to(first, other), labelsOf(other)[service] ?? NO_LABEL]);
  const nowhere = over(second, [to(second, host), NO_LABEL]);
  const toOther = over(first, [to(first, host), otherOf(labelsOf(host), service)]);
  const overCaptured = over(
    first,
    [to(first, CAPTURED), to(CAPTURED, second), to(second, host), truth],
    [first, CAPTURED, second, host],
  );
  const overLiar = over(LIAR, [to(LIAR, host), truth]);
  const lease = (routes: readonly object[], more: object = {}, coordinator: string = CAPTURED): ForgedRecord => {
    const body = { classes: ["reliable"], rate: RATE, routes };
    return { kind: "lease", subject: `${user}/${service}/${host}/${coordinator}`, body, ...more };
  };
  const beside = over(first, [to(first, other), truth], [first, other]);
  return [
    { what: "over the relay that lies", record: lease([overLiar]), words: IN_ORDER },
    { what: "to a host that no record names", record: lease([toWrongHost]), words: IN_ORDER },
    { what: "to another service", record: lease([toOther]), words: IN_ORDER },
    { what: "to no service", record: lease([nowhere]), words: IN_ORDER },
    { what: "over the captured node", record: lease([overCaptured]), words: IN_ORDER },
    { what: "astray first", record: lease([toWrongHost, nowhere, overLiar]), words: IN_ORDER },
    { what: "that ends at another host", record: lease([beside]), words: ["host"] },
    {
      what: "of another partition",
      record: lease([overLiar], { issuer: ELSEWHERE, key }, ELSEWHERE),
      words: ["partition"],
    },
    {
      what: "in another's name",
      record: lease([overLiar], { issuer: HONEST }, HONEST),
      words: ["unknown-key"],
    },
  ];
}

/** All lies to a node that permits are for. */
export function permitLies(labelsOf: LabelsOf, node: string): readonly Lie[] {
  const labels = labelsOf(node);
  const pair = (one: string, other: string, rate: number): readonly number[] => [
    ...[labels[one]!, labels[other]!].toSorted((a, b) => a - b),
    rate,
  ];
  const permits = (pairs: readonly (readonly number[])[]): ForgedRecord => {
    return { kind: "permits", subject: `${node}/${CAPTURED}`, body: { sets: [{ classes: ["reliable"], pairs }] } };
  };
  if (!RELAYS.some((relay) => relay === node)) {
    const [one, other] = RELAYS;
    return [{ what: "to a node that is no relay", record: permits([pair(one, other, RATE)]), words: ["no-role"] }];
  }
  const ways = [...USERS, ...HOSTS].map((end) => pair(end, CAPTURED, RATE));
  return [
    { what: "faster than the owner allows", record: permits([pair(USERS[0], HOSTS[0], TOO_FAST)]), words: ["rate"] },
    { what: "that let users to the captured node", record: permits(ways), words: ["taken"] },
  ];
}

/** The label of a service of the host beside the one that is asked for. */
function otherOf(labels: Readonly<Record<string, number>>, service: string): number {
  const [, label] = Object.entries(labels).find(([name]) => name !== service && !RELAYS.some((each) => each === name))!;
  return label;
}
