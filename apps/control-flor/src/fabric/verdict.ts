/** The verdict on a fabric: all that is wrong with it, and what to do about each. */
import { fault, type Finding, warning } from "@florenetes/operator-text";
import type {
  CollectionHolder,
  CollectionResource,
  NodeResource,
  RouteResource,
  ServiceHost,
  ServiceResource,
  VerdictResource,
} from "./resources.ts";
import type { ToldStatus } from "./told.ts";

/** Names that a finding tells one by one. */
const NAMES_TOLD_MAX = 8;

export interface Judged {
  readonly node: string;
  readonly status: ToldStatus;
  readonly nodes: readonly NodeResource[];
  readonly services: readonly ServiceResource[];
  readonly routes: readonly RouteResource[];
  readonly collections: readonly CollectionResource[];
}

export function verdictOf({ node, status, nodes, services, routes, collections }: Judged): VerdictResource {
  const findings: readonly Finding[] = [
    ...status.findings.map((finding) => ({ ...finding, text: `the agent of ${node}: ${finding.text}` })),
    ...nodeFindings(nodes),
    ...services.flatMap((service) => [...serviceFindings(service)]),
    ...routes.flatMap((route) => [...routeFindings(route)]),
    ...collections.flatMap((collection) => [...collectionFindings(collection)]),
  ];
  return {
    isWhole: findings.every(({ weight }) => weight !== "fault"),
    findings,
    counts: { nodes: nodes.length, services: services.length, routes: routes.length },
    switches: status.switches,
  };
}

function* nodeFindings(nodes: readonly NodeResource[]): Generator<Finding> {
  const silent = nodes.filter(({ state }) => state === "silent").map(({ name }) => name);
  if (silent.length === 0) return;
  const text = `${silent.length} of ${nodes.length} nodes have not announced themselves for 15 minutes: ${namesOf(silent)}`;
  const advice =
    "Does fabric-flor run there (`flor doctor` there says more), and has it a link? A node that is gone for good: `flor fabric void`.";
  yield warning(text, advice);
}

/** Hosts that do not serve, in words, and what to do there. */
const HOST_WORDS: Readonly<Record<Exclude<ServiceHost["state"], "serving">, string>> = {
  full: "takes nothing more, or its program is down",
  "not-serving": "does not serve it",
  silent: "is silent",
  "no-record": "is no node of the cluster",
};

function* serviceFindings({ name, scope, state, hosts }: ServiceResource): Generator<Finding> {
  if (state === "served") return;
  const which = scope === "cluster" ? `service ${name}` : `service ${name} of ${scope}`;
  if (hosts.length === 0) {
    yield fault(`${which} has no host`, `Name one: \`flor fabric propose service ${name} --host NODE\`.`);
    return;
  }
  const away = hosts.flatMap(({ node, state }) => (state === "serving" ? [] : [`${node} ${HOST_WORDS[state]}`]));
  const advice = "See `cluster-flor status` at these hosts: it names the target that does not answer.";
  if (state === "down") yield fault(`${which} is served by no host: ${namesOf(away)}`, advice);
  else yield warning(`${which} is served by fewer hosts than it should be: ${namesOf(away)}`, advice);
}

function* routeFindings({ origin, service, host, state, fault: why, routes }: RouteResource): Generator<Finding> {
  const explain = `\`flor fabric explain ${origin}/${service}/${host}\` says why.`;
  if (state === "failed") {
    const failures = [...new Set(routes.map(({ failure, state }) => failure ?? state))].join(", ");
    yield fault(`no route from ${origin} to ${service} at ${host} carries (${why ?? failures})`, explain);
  } else if (state === "none" && why !== null) {
    yield warning(`no route can be leased from ${origin} to ${service} at ${host} (${why})`, explain);
  }
}

function* collectionFindings(collection: CollectionResource): Generator<Finding> {
  const { name, scope, state, holders } = collection;
  const which = scope === "cluster" ? `collection ${name}` : `collection ${name} of ${scope}`;
  for (const holder of holders) yield* challengeFindings(which, holder);
  if (state === "held") return;
  const away = holders.flatMap(({ node, state }) =>
    state === "announced" ? [] : [`${node} ${state === "silent" ? "is silent" : "is no node of the cluster"}`],
  );
  const advice =
    "Bring them back, or name others in their places: `flor fabric propose collection`. `store-flor status` at a holder says how many copies there are.";
  if (state === "down") yield fault(`nothing can be written to the ${which}: ${namesOf(away)}`, advice);
  else yield warning(`the ${which} has fewer holders than it should have: ${namesOf(away)}`, advice);
}

/** Findings on shards that a holder did not show when others challenged it. */
function* challengeFindings(which: string, { node, challenges }: CollectionHolder): Generator<Finding> {
  if (challenges === null) return;
  if (challenges.keepsNothing) {
    const text = `the holder ${node} of the ${which} keeps nothing: it has shown no shard in two challenges`;
    const advice =
      "Look at that machine, and at who runs it, or name another one in its place: `flor fabric propose collection`. Others have its shards copied meanwhile.";
    yield warning(text, advice);
  } else if (challenges.failures > 0) {
    const times = challenges.failures === 1 ? "1 shard" : `${challenges.failures} shards`;
    const text = `the holder ${node} of the ${which} has not shown ${times} that it is to have: they were absent, or changed`;
    yield warning(text, "Look at the disk of that machine: `store-flor status` there. It gets the shards anew.");
  }
}

function namesOf(names: readonly string[]): string {
  const more = names.length - NAMES_TOLD_MAX;
  return `${names.slice(0, NAMES_TOLD_MAX).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
