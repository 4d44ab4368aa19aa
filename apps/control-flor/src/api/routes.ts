/** All questions that the API answers. */
import { z } from "zod";
import type { FleetResource } from "../fabric/fleet-resource.ts";
import type {
  BudgetResource,
  CollectionResource,
  NodeResource,
  ProposalResource,
  ReleaseResource,
  RouteResource,
  ServiceResource,
} from "../fabric/resources.ts";
import { routeKey } from "../fabric/routes.ts";
import { serviceKey } from "../fabric/services.ts";
import { fleetKey } from "../fabric/told-fleet.ts";
import type { Sight } from "../fabric/sight.ts";
import { orderKey, type OrderResource } from "../fabric/node-orders.ts";
import { storeCollectionKey } from "../fabric/store-collections.ts";
import { type ApiRoute, type Asked, plainRoute } from "./api-route.ts";
import { ApiError } from "./exchange.ts";
import { newerThan, type Page, pageOf, type PageOptions } from "./pages.ts";
import { collectionQuery, readQuery } from "./queries.ts";
import { USAGE } from "./usage-routes.ts";
import {
  authorityForm,
  budgetForm,
  collectionForm,
  fleetForm,
  logForm,
  nodeForm,
  proposalForm,
  orderForm,
  releaseForm,
  routeForm,
  serviceForm,
  verdictForm,
} from "./schemas.ts";

interface CollectionOptions<Item> {
  readonly path: string;
  readonly summary: string;
  readonly item: z.ZodType<Item>;
  readonly items: (sight: Sight) => readonly Item[];
  readonly keyOf: (item: Item) => string;
  /** Whether an item has this value, by the names of parameters, with what they are for. */
  readonly filters: Readonly<
    Record<string, { readonly about: string; readonly has: (item: Item, value: string) => boolean }>
  >;
}

function collection<Item>({ path, summary, item, items, keyOf, filters }: CollectionOptions<Item>): ApiRoute {
  const abouts = Object.fromEntries(Object.entries(filters).map(([name, { about }]) => [name, about]));
  return {
    path,
    summary,
    query: collectionQuery(abouts),
    form: { items: z.array(item), next: z.string().nullable() },
    answer: ({ sight, query }) => ({ ...pageOf(askedOf({ items, keyOf, filters }, { sight, query })) }),
  };
}

/** The items of a collection that a query asks for. */
function askedOf<Item>(
  { items, keyOf, filters }: Pick<CollectionOptions<Item>, "items" | "keyOf" | "filters">,
  { sight, query }: Pick<Asked, "sight" | "query">,
): PageOptions<Item> {
  const wanted = Object.entries(filters).flatMap(([name, { has }]) => {
    const value = query[name];
    return typeof value === "string" ? [(each: Item) => has(each, value)] : [];
  });
  const found = wanted.length === 0 ? items(sight) : items(sight).filter((each) => wanted.every((has) => has(each)));
  return { items: found, keyOf, limit: query.limit, after: query.after };
}

const nodes: CollectionOptions<NodeResource> = {
  path: "/v1/nodes",
  summary: "nodes: who they are, which roles they hold, what they announce and report",
  item: nodeForm,
  items: ({ nodes }) => nodes,
  keyOf: ({ name }) => name,
  filters: {
    organization: { about: "nodes of this organization", has: ({ organization }, value) => organization === value },
    partition: { about: "nodes of this partition", has: ({ partition }, value) => partition === value },
    role: { about: "nodes that hold this role", has: ({ roles }, value) => roles.some(({ role }) => role === value) },
    state: { about: "`announced` or `silent`", has: ({ state }, value) => state === value },
    service: {
      about: "nodes that say that they serve this service",
      has: ({ services }, value) => services.some(({ service }) => service === value),
    },
  },
};

const services: CollectionOptions<ServiceResource> = {
  path: "/v1/services",
  summary: "services: their hosts, which of them serve, who leads",
  item: serviceForm,
  items: ({ services }) => services,
  keyOf: serviceKey,
  filters: {
    scope: { about: "`cluster`, or `org/` and a name", has: ({ scope }, value) => scope === value },
    state: { about: "`served`, `degraded` or `down`", has: ({ state }, value) => state === value },
    host: { about: "services of this host", has: ({ hosts }, value) => hosts.some(({ node }) => node === value) },
  },
};

const routes: CollectionOptions<RouteResource> = {
  path: "/v1/routes",
  summary:
    "routes: from which node to which service at which host, over which nodes. A replica at a coordinator tells all of its partition, any other its node's own",
  item: routeForm,
  items: ({ routes }) => routes,
  keyOf: routeKey,
  filters: {
    origin: { about: "routes from this node", has: ({ origin }, value) => origin === value },
    service: { about: "routes to this service", has: ({ service }, value) => service === value },
    host: { about: "routes to this host", has: ({ host }, value) => host === value },
    state: { about: "`carried`, `failed` or `none`", has: ({ state }, value) => state === value },
    via: {
      about: "routes over this node",
      has: ({ routes }, value) => routes.some(({ via }) => via.slice(0, -1).includes(value)),
    },
  },
};

const budgets: CollectionOptions<BudgetResource> = {
  path: "/v1/budgets",
  summary:
    "budgets of organizations in force: how much each may have, and has, as far as the replica's node counts it. Each reader sees those of its own organizations",
  item: budgetForm,
  items: ({ budgets }) => budgets,
  keyOf: ({ organization }) => organization,
  filters: {
    organization: {
      about: "the budget of this organization",
      has: ({ organization }, value) => organization === value,
    },
  },
};

const BUDGETS = collection(budgets);

/** A page of budgets, and the cursor of the page in front of it: "" for the first page; undefined: this is the first. @throws ApiError ERR_CONTROL_QUERY, ERR_CONTROL_CURSOR */
export function budgetPage(
  sight: Sight,
  parameters: URLSearchParams,
): { readonly page: Page<BudgetResource>; readonly newer: string | undefined } {
  const asked = askedOf(budgets, { sight, query: readQuery(parameters, BUDGETS.query) });
  return { page: pageOf(asked), newer: newerThan(asked) };
}

const releases: CollectionOptions<ReleaseResource> = {
  path: "/v1/releases",
  summary:
    "releases in force: which packages the nodes of a channel take, and how far they are, where the replica's node coordinates them",
  item: releaseForm,
  items: ({ releases }) => releases,
  keyOf: ({ channel }) => channel,
  filters: { channel: { about: "the release of this channel", has: ({ channel }, value) => channel === value } },
};

const RELEASES = collection(releases);

/** A page of releases, as `budgetPage` has one of budgets. @throws ApiError ERR_CONTROL_QUERY, ERR_CONTROL_CURSOR */
export function releasePage(
  sight: Sight,
  parameters: URLSearchParams,
): { readonly page: Page<ReleaseResource>; readonly newer: string | undefined } {
  const asked = askedOf(releases, { sight, query: readQuery(parameters, RELEASES.query) });
  return { page: pageOf(asked), newer: newerThan(asked) };
}

const collections: CollectionOptions<CollectionResource> = {
  path: "/v1/collections",
  summary: "collections of storage in force: who holds them, in how many copies, who reads and writes them",
  item: collectionForm,
  items: ({ collections }) => collections,
  keyOf: storeCollectionKey,
  filters: {
    scope: { about: "`cluster`, or `org/` and a name", has: ({ scope }, value) => scope === value },
    state: { about: "`held`, `degraded` or `down`", has: ({ state }, value) => state === value },
    holder: {
      about: "collections of this holder",
      has: ({ holders }, value) => holders.some(({ node }) => node === value),
    },
  },
};

const STORE_COLLECTIONS = collection(collections);

/** A page of collections, as `budgetPage` has one of budgets. @throws ApiError ERR_CONTROL_QUERY, ERR_CONTROL_CURSOR */
export function collectionPage(
  sight: Sight,
  parameters: URLSearchParams,
): { readonly page: Page<CollectionResource>; readonly newer: string | undefined } {
  const asked = askedOf(collections, { sight, query: readQuery(parameters, STORE_COLLECTIONS.query) });
  return { page: pageOf(asked), newer: newerThan(asked) };
}

const orders: CollectionOptions<OrderResource> = {
  path: "/v1/orders",
  summary:
    "orders of people for nodes to which nobody can log in, and what came of them, where the replica's node is a control node",
  item: orderForm,
  items: ({ orders }) => orders,
  keyOf: orderKey,
  filters: {
    node: { about: "orders for this node", has: ({ node }, value) => node === value },
    action: { about: "orders to do this", has: ({ action }, value) => action === value },
  },
};

const ORDERS = collection(orders);

/** A page of orders, as `budgetPage` has one of budgets. @throws ApiError ERR_CONTROL_QUERY, ERR_CONTROL_CURSOR */
export function orderPage(
  sight: Sight,
  parameters: URLSearchParams,
): { readonly page: Page<OrderResource>; readonly newer: string | undefined } {
  const asked = askedOf(orders, { sight, query: readQuery(parameters, ORDERS.query) });
  return { page: pageOf(asked), newer: newerThan(asked) };
}

const fleet: CollectionOptions<FleetResource> = {
  path: "/v1/fleet",
  summary:
    "how nodes are, as observers have added up what these report: of each partition, and of each organization there. Each reader sees the sums of its own organizations, and whoever sees all organizations those of all nodes, too",
  item: fleetForm,
  items: (sight) => sight.fleet,
  keyOf: fleetKey,
  filters: {
    partition: { about: "sums of this partition", has: (item, value) => item.partition === value },
    organization: {
      about: "sums of this organization; with nothing behind `=`: of all nodes of a partition",
      has: (item, value) => (item.organization ?? "") === value,
    },
  },
};

const FLEET = collection(fleet);

/** A page of the fleet, as `budgetPage` has one of budgets. @throws ApiError ERR_CONTROL_QUERY, ERR_CONTROL_CURSOR */
export function fleetPageOf(
  sight: Sight,
  parameters: URLSearchParams,
): { readonly page: Page<FleetResource>; readonly newer: string | undefined } {
  const asked = askedOf(fleet, { sight, query: readQuery(parameters, FLEET.query) });
  return { page: pageOf(asked), newer: newerThan(asked) };
}

const proposals: CollectionOptions<ProposalResource> = {
  path: "/v1/proposals",
  summary: "records that wait for signatures, the newest first, and what has become of others within seven days",
  item: proposalForm,
  items: ({ proposals }) => proposals,
  keyOf: proposalKey,
  filters: {
    state: { about: "`waits`, `published`, `overtaken` or `refused`", has: ({ state }, value) => state === value },
    kind: { about: "proposals of this kind of record", has: ({ kind }, value) => kind === value },
  },
};

export const API_ROUTES: readonly ApiRoute[] = [
  plainRoute({
    path: "/v1/verdict",
    summary: "whether the fabric is whole, what is wrong, and what to do about it",
    form: { verdict: verdictForm },
    answer: ({ sight: { verdict } }) => ({ verdict }),
  }),
  collection(nodes),
  plainRoute({
    path: "/v1/nodes/{name}",
    summary: "one node",
    form: { node: nodeForm },
    answer: ({ sight, names: [name] }) => ({ node: found(sight.nodes.find((node) => node.name === name)) }),
  }),
  collection(services),
  {
    path: "/v1/services/{name}",
    summary: "one service",
    query: z.strictObject({ scope: z.string().default("cluster").describe("`cluster`, or `org/` and a name") }),
    form: { service: serviceForm },
    answer: ({ sight, names: [name], query: { scope } }: Asked) => ({
      service: found(sight.services.find((service) => service.name === name && service.scope === scope)),
    }),
  },
  collection(routes),
  collection({
    ...services,
    path: "/v1/pools",
    summary: "pools of a VPN: services whose hosts are its egresses",
    items: ({ pools }) => pools,
  }),
  plainRoute({
    path: "/v1/authority",
    summary: "who may sign what, and which records end next",
    form: { authority: authorityForm.nullable() },
    answer: ({ sight: { authority } }) => ({ authority }),
  }),
  BUDGETS,
  RELEASES,
  STORE_COLLECTIONS,
  ORDERS,
  USAGE,
  FLEET,
  collection(proposals),
  plainRoute({
    path: "/v1/proposals/{id}",
    summary: "one proposal",
    form: { proposal: proposalForm },
    answer: ({ sight, names: [id] }) => ({ proposal: found(sight.proposals.find((proposal) => proposal.id === id)) }),
  }),
  plainRoute({
    path: "/v1/log",
    summary: "the log of the cluster: its signers, its last checkpoint, and the copy of the replica's node",
    form: { log: logForm.nullable() },
    answer: ({ sight: { log } }) => ({ log }),
  }),
];

/** @throws ApiError ERR_CONTROL_ABSENT: what a reader may not see is answered as what is not there */
function found<Item>(item: Item | undefined): Item {
  if (item === undefined) throw new ApiError("ERR_CONTROL_ABSENT", "there is nothing of this name");
  return item;
}

/** Years of four digits, and milliseconds, in a number that falls while time goes on. */
const LAST_TIME_MS = 253_402_300_799_999;
const TIME_DIGITS = 15;

/** The newest first: a cursor goes back to older ones. */
function proposalKey({ brought, id }: ProposalResource): string {
  return `${String(LAST_TIME_MS - Date.parse(brought)).padStart(TIME_DIGITS, "0")} ${id}`;
}
