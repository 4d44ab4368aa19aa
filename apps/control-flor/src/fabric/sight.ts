/** A fabric as one reader sees it. */
import { createHash } from "node:crypto";
import { poolOfService } from "@florenetes/wire-values";
import type { Organizations } from "../reader-rights.ts";
import { authorityOf, logOf } from "./authority.ts";
import { budgetsOf } from "./budgets.ts";
import type { FabricView } from "./fabric-view.ts";
import { nodesOf } from "./nodes.ts";
import type {
  AuthorityResource,
  BudgetResource,
  CollectionResource,
  LogResource,
  NodeResource,
  ProposalResource,
  ReleaseResource,
  RouteResource,
  ServiceResource,
  UsageRow,
  VerdictResource,
} from "./resources.ts";
import { type OrderResource, ordersOf } from "./node-orders.ts";
import { releasesOf } from "./releases.ts";
import { routesOf } from "./routes.ts";
import { servicesOf } from "./services.ts";
import { storeCollectionsOf } from "./store-collections.ts";
import type { ToldKind } from "./told-records.ts";
import type { FleetResource } from "./fleet-resource.ts";
import type { KnownUsage } from "./usage-book.ts";
import { verdictOf } from "./verdict.ts";

/** Collections whose changes are told. */
export const COLLECTIONS = [
  "verdict",
  "nodes",
  "services",
  "routes",
  "authority",
  "budgets",
  "releases",
  "collections",
  "orders",
  "proposals",
  "log",
] as const;
export type Collection = (typeof COLLECTIONS)[number];

/** Roles whose holders everybody may know: agents show them to every node (docs/protocol/facts.md). */
const PUBLIC_ROLES: ReadonlySet<string> = new Set([
  "entry",
  "relay",
  "control-plane",
  "route-coordinator",
  "storage",
  "observer",
]);

/** Kinds whose records name no node but hosts of services, and holders of collections. */
const OPEN_KINDS: ReadonlySet<string> = new Set([
  "root",
  "policy",
  "seeds",
  "service",
  "leader",
  "release",
  "collection",
]);

/** Computes each part once, when somebody asks for it. */
export class Sight {
  readonly view: FabricView;
  readonly #organizations: Organizations;
  readonly #proposals: readonly ProposalResource[];
  #nodes: readonly NodeResource[] | undefined;
  #services: readonly ServiceResource[] | undefined;
  #routes: readonly RouteResource[] | undefined;
  #budgets: readonly BudgetResource[] | undefined;
  #releases: readonly ReleaseResource[] | undefined;
  #collections: readonly CollectionResource[] | undefined;
  #orders: readonly OrderResource[] | undefined;
  #usage: KnownUsage | undefined;
  #verdict: VerdictResource | undefined;
  readonly #digests = new Map<Collection, string>();

  /** @param former What the same reader saw before: parts that are made of the same are not made again */
  constructor(
    view: FabricView,
    organizations: Organizations,
    proposals: readonly ProposalResource[] = [],
    former?: Sight,
  ) {
    this.view = view;
    this.#proposals = proposals;
    this.#organizations = organizations;
    if (former !== undefined) this.#takeOver(former);
  }

  #takeOver(former: Sight): void {
    const { view } = this;
    const hasSame = (...kinds: readonly ToldKind[]): boolean =>
      kinds.every((kind) => view.records(kind) === former.view.records(kind));
    const take = (name: Collection): void => {
      const digest = former.#digests.get(name);
      if (digest !== undefined) this.#digests.set(name, digest);
    };
    const hasSameNodes = hasSame("node", "announce", "role") && view.reports === former.view.reports;
    if (hasSameNodes) {
      this.#nodes = former.#nodes;
      take("nodes");
    }
    if (hasSame("service", "leader", "node", "announce")) {
      this.#services = former.#services;
      take("services");
    }
    if (hasSameNodes && view.leases === former.view.leases) {
      this.#routes = former.#routes;
      take("routes");
    }
    if (hasSame("budget") && view.budgets === former.view.budgets) {
      this.#budgets = former.#budgets;
      take("budgets");
    }
    if (hasSameNodes && hasSame("release") && view.releases === former.view.releases) {
      this.#releases = former.#releases;
      take("releases");
    }
    if (hasSame("collection", "node", "announce", "role") && view.holders === former.view.holders) {
      this.#collections = former.#collections;
      take("collections");
    }
    if (hasSameNodes && view.orders === former.view.orders) {
      this.#orders = former.#orders;
      take("orders");
    }
    if (view.usage === former.view.usage) this.#usage = former.#usage;
  }

  get nodes(): readonly NodeResource[] {
    this.#nodes ??= this.#organizations === "all" ? nodesOf(this.view) : this.#shownNodes();
    return this.#nodes;
  }

  /** Reports are papers for coordinators, and their links name neighbours: neither is told to a reader of other organizations. */
  #shownNodes(): readonly NodeResource[] {
    const shown = nodesOf(this.view).flatMap((node) => {
      const roles = node.roles.filter(({ scope }) => this.#sees(scope));
      if (this.#isOurs(node)) return [{ ...node, roles }];
      return roles.some(isPublic) ? [{ ...node, roles, program: null, health: null }] : [];
    });
    const names = new Set(shown.map(({ name }) => name));
    return shown.map((node) => {
      if (node.health === null) return node;
      const links = node.health.links.filter(({ peer }) => names.has(peer));
      return { ...node, health: { ...node.health, links } };
    });
  }

  get services(): readonly ServiceResource[] {
    this.#services ??= servicesOf(this.view).filter(({ scope }) => this.#sees(scope));
    return this.#services;
  }

  /** Services whose hosts are the egresses of a VPN. */
  get pools(): readonly ServiceResource[] {
    return this.services.filter(({ name }) => poolOfService(name) !== undefined);
  }

  /** Routes of services that the reader sees, from nodes of its own organizations. */
  get routes(): readonly RouteResource[] {
    if (this.#routes === undefined) {
      const ours = new Set(this.nodes.filter((node) => this.#isOurs(node)).map(({ name }) => name));
      this.#routes = routesOf(this.view).filter(({ scope, origin }) => this.#sees(scope) && ours.has(origin));
    }
    return this.#routes;
  }

  /** The agent's own findings are told to those who see all alone: they may name anything. */
  get verdict(): VerdictResource {
    const { node, status } = this.view;
    const told = this.#organizations === "all" ? status : { ...status, findings: [] };
    this.#verdict ??= verdictOf({
      node,
      status: told,
      nodes: this.nodes,
      services: this.services,
      routes: this.routes,
      collections: this.collections,
    });
    return this.#verdict;
  }

  /** Budgets stand in the scope of the cluster, and each is its organization's own affair. */
  get budgets(): readonly BudgetResource[] {
    this.#budgets ??= budgetsOf(this.view).filter((budget) => this.#isOurs(budget));
    return this.#budgets;
  }

  /** Releases are everybody's. Nodes that are in trouble with one are named to those who see the node. */
  get releases(): readonly ReleaseResource[] {
    if (this.#releases === undefined) {
      const names = new Set(this.nodes.map(({ name }) => name));
      this.#releases = releasesOf(this.view).map((release) => ({
        ...release,
        troubled: release.troubled.filter(({ node }) => names.has(node)),
      }));
    }
    return this.#releases;
  }

  /** Collections of storage. */
  get collections(): readonly CollectionResource[] {
    this.#collections ??= storeCollectionsOf(this.view).filter(({ scope }) => this.#sees(scope));
    return this.#collections;
  }

  /** Orders are told to those who see the node, and the scope of the order. */
  get orders(): readonly OrderResource[] {
    if (this.#orders === undefined) {
      const names = new Set(this.nodes.map(({ name }) => name));
      const isSeen = ({ node, scope }: OrderResource): boolean =>
        names.has(node) && (scope === null || this.#sees(scope));
      this.#orders = ordersOf(this.view.orders).filter(isSeen);
    }
    return this.#orders;
  }

  /** Usage of no organization is for those who see all. */
  get usage(): KnownUsage {
    const { usage } = this.view;
    if (this.#organizations === "all") return usage;
    const isOurs = ({ organization }: UsageRow): boolean => organization !== null && this.#isOurs({ organization });
    this.#usage ??= { ...usage, rows: usage.rows.filter(isOurs) };
    return this.#usage;
  }

  /** Sums of all nodes of a partition are for those who see all. */
  get fleet(): readonly FleetResource[] {
    if (this.#organizations === "all") return this.view.fleet;
    return this.view.fleet.filter(({ organization }) => organization !== null && this.#isOurs({ organization }));
  }

  get authority(): AuthorityResource | null {
    return authorityOf(this.view, (kind, scope) => this.isShown(kind, scope));
  }

  /** The newest first. */
  get proposals(): readonly ProposalResource[] {
    return this.#proposals.filter(({ kind, scope }) => this.isShown(kind, scope));
  }

  get log(): LogResource | null {
    return logOf(this.view);
  }

  /** Whether the reader sees the records of all organizations. */
  get seesAll(): boolean {
    return this.#organizations === "all";
  }

  /** Whether the reader sees records of a kind and scope. Those of a node or a role name a node, which may be another organization's. */
  isShown(kind: string, scope: string): boolean {
    const isOpen = this.#organizations === "all" || OPEN_KINDS.has(kind);
    return isOpen && this.#sees(scope);
  }

  /** A text that is another one where the collection is. */
  digest(collection: Collection): string {
    let digest = this.#digests.get(collection);
    if (digest === undefined) {
      digest = digestOfText(JSON.stringify(this[collection]));
      this.#digests.set(collection, digest);
    }
    return digest;
  }

  #sees(scope: string): boolean {
    if (scope === "cluster" || this.#organizations === "all") return true;
    return this.#organizations.has(scope.slice("org/".length));
  }

  #isOurs({ organization }: { readonly organization: string }): boolean {
    return this.#organizations === "all" || this.#organizations.has(organization);
  }
}

const DIGEST_LENGTH = 16;

export function digestOfText(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, DIGEST_LENGTH);
}

function isPublic({ role, scope }: NodeResource["roles"][number]): boolean {
  return scope === "cluster" && PUBLIC_ROLES.has(role);
}
