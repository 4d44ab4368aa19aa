/** A node as an agent knows it: identity, roles, capabilities, policy, health and local state, at the admin socket. */
import {
  bodyOf,
  type Fact,
  type FactBook,
  type InstalledBody,
  type PolicyBody,
  type ProfileBody,
  type ReportBody,
} from "@florenetes/facts";
import { isName, OperatorError } from "@florenetes/operator-text";
import type { AdminRoute } from "@florenetes/process-kit";
import type { Agent } from "../agent/agent.ts";
import type { Moment } from "../agent/moment.ts";
import { announcedBy } from "../agent/records/announced.ts";
import { standingOf } from "../agent/records/standing.ts";
import { offerOf } from "../agent/routes/report.ts";
import type { FabricConfigErrorCode } from "../config/config-errors.ts";
import { type NodeRole, rolesOf } from "./node-roles.ts";

export interface NodeAnswer {
  readonly cluster: string;
  readonly node: string;
  /** Whether it is the node of the agent that answers: that one alone knows all six parts. */
  readonly isOwn: boolean;
  readonly identity: IdentityPart;
  readonly roles: readonly NodeRole[];
  readonly capabilities: CapabilitiesPart;
  /** The policies that bind it: the cluster's, and its organization's. */
  readonly policy: readonly PolicyPart[];
  readonly health: HealthPart;
  /** Null: it is another node. */
  readonly local: LocalPart | null;
}

/** The node as the record names it that the control quorum has signed. */
interface IdentityPart {
  readonly key: string;
  readonly organization: string;
  readonly partition: string;
  readonly trustTier: number;
  readonly record: RecordPart;
  /** `other-key`: this node has another key than its record names. */
  readonly standing: "in-force" | "other-key";
  /** How others reach it, as it has announced; none: its announcement is not held here. */
  readonly endpoints: readonly string[];
}

interface RecordPart {
  readonly epoch: number;
  readonly expires: string;
}

/** Abilities of the node, as it says itself; null: it is another node, and has not told this one. */
interface CapabilitiesPart {
  readonly device: ProfileBody["device"] | null;
  readonly software: ProfileBody["software"] | null;
  readonly contracts: ProfileBody["contracts"] | null;
  /** Its packages, and how it is with the release of its channel; null: it follows none, or has not told this node. */
  readonly installed: InstalledBody | null;
  /** Its offer to carry for others; null: none, or it is not known. */
  readonly offer: NonNullable<ReportBody["offer"]> | null;
  /** Services that it has announced, and how full they are, in percent. */
  readonly services: readonly { readonly service: string; readonly load: number }[];
}

interface PolicyPart {
  readonly scope: string;
  readonly record: RecordPart;
  readonly body: PolicyBody;
}

/** How the node is. */
interface HealthPart {
  /** Since the figures were told; null: nothing was told. */
  readonly ageMs: number | null;
  readonly load: ReportBody["load"] | null;
  readonly nat: ReportBody["nat"] | null;
  readonly links: readonly HealthLink[];
}

interface HealthLink {
  readonly peer: string;
  readonly roundTripMs: number;
  /** A share from 0 to 1. */
  readonly loss: number;
  /** How full its queue is, from 0 to 1. */
  readonly queue: number;
  /** In the last hour. */
  readonly breaks: number;
}

/** The state that the node itself holds. */
interface LocalPart {
  readonly rootVersion: number;
  readonly databaseId: string;
  readonly records: number;
  readonly octets: number;
  /** The number of the overlay in force; null: cluster-flor does not answer. */
  readonly overlay: number | null;
  readonly leases: number;
  readonly permits: number;
  /** Endpoints of others that it may call. */
  readonly endpoints: number;
}

/** Words of a node about itself; undefined: it has not told. */
interface Told {
  readonly profile: ProfileBody | undefined;
  readonly installed: InstalledBody | undefined;
  readonly offer: ReportBody["offer"];
  readonly health: HealthPart;
}

/** `GET /node?name=…`: a node, without a name the agent's own. Throws ERR_FABRIC_NODE. */
export function nodeQuestions(
  agent: Agent,
  { cluster, databaseId }: { readonly cluster: string; readonly databaseId: string },
  now: () => Moment,
): Readonly<Record<string, AdminRoute>> {
  return {
    "/node": (query): NodeAnswer => {
      const name = query.get("name") ?? agent.node;
      if (!isName(name)) throw nodeError(`name: "${name.slice(0, NAME_TOLD_MAX)}" is no name of a node`);
      const at = now();
      const { book } = agent;
      const fact = book?.inForce("node", "cluster", name, at.wall);
      if (standingOf(book, name, at.wall).kind === "void")
        throw nodeError(
          `the record of the node ${name} was taken back`,
          "A later record that the control quorum signs lets it in again.",
        );
      if (book === undefined || fact === undefined)
        throw nodeError(`the agent of ${agent.node} holds no record of the node ${name} that is in force`);
      const isOwn = name === agent.node;
      const told = isOwn ? toldByItself(agent) : toldBy(agent, name, at);
      return {
        cluster,
        node: name,
        isOwn,
        identity: identityOf(agent, book, fact, at),
        roles: rolesOf(agent, book, name, at),
        capabilities: capabilitiesOf(book, name, told, at),
        policy: policiesOf(book, fact, at),
        health: told.health,
        local: isOwn ? localOf(agent, book, databaseId, at) : null,
      };
    },
  };
}

/** Characters of a wrong name that are told. */
const NAME_TOLD_MAX = 128;

const ASK_ANOTHER = "Ask the agent of a node that has links to it, or that coordinates its partition.";

function nodeError(message: string, advice = ASK_ANOTHER): OperatorError {
  const code: FabricConfigErrorCode = "ERR_FABRIC_NODE";
  return new OperatorError(code, message, { advice });
}

/** The newest report and profile of a node, where this one coordinates. */
function toldBy({ coordinator: { work } }: Agent, name: string, { wall }: Moment): Told {
  const fact = work?.reports.of(name);
  const report = fact && bodyOf(fact, "report");
  const profile = work?.profiles.of(name);
  const installed = work?.installed.of(name);
  const links = (report?.links ?? []).map(({ peer, figures: [roundTrip, , loss, , queue, , breaks] }): HealthLink => {
    return { peer, roundTripMs: roundTrip / 1_000, loss: loss / 1_000_000, queue: queue / 100, breaks };
  });
  const ageMs = fact === undefined ? null : Math.max(0, wall - fact.issued);
  return {
    profile: profile && bodyOf(profile, "profile"),
    installed: installed && bodyOf(installed, "installed"),
    offer: report?.offer,
    health: { ageMs, load: report?.load ?? null, nat: report?.nat ?? null, links },
  };
}

function toldByItself({ routes: { own }, door: { view } }: Agent): Told {
  const offer = view && offerOf(view);
  const links = (view?.links ?? []).flatMap(({ peer, state, figures }): HealthLink[] => {
    if (state === "down" || figures === null) return [];
    const { roundTripMs, loss, queue, breaks } = figures;
    return [{ peer, roundTripMs, loss, queue, breaks }];
  });
  return {
    profile: own.profile,
    installed: own.installed,
    offer: offer && { ...offer, price: own.reported.price },
    health: { ageMs: 0, load: own.load, nat: own.nat, links },
  };
}

function identityOf(agent: Agent, book: FactBook, fact: Fact, { wall }: Moment): IdentityPart {
  const { key, organization, partition, "trust-tier": trustTier } = bodyOf(fact, "node")!;
  return {
    key,
    organization,
    partition,
    trustTier,
    record: recordOf(fact),
    standing: fact.subject === agent.node && agent.nodeFault !== undefined ? "other-key" : "in-force",
    endpoints: (announcedBy(book, fact.subject, wall)?.endpoints ?? []).map(({ endpoint, reach }) => endpoint ?? reach),
  };
}

function capabilitiesOf(
  book: FactBook,
  name: string,
  { profile, installed, offer }: Told,
  { wall }: Moment,
): CapabilitiesPart {
  return {
    device: profile?.device ?? null,
    software: profile?.software ?? null,
    contracts: profile?.contracts ?? null,
    installed: installed ?? null,
    offer: offer ?? null,
    services: (announcedBy(book, name, wall)?.services ?? []).map(({ service, load }) => ({ service, load })),
  };
}

function policiesOf(book: FactBook, fact: Fact, { wall }: Moment): readonly PolicyPart[] {
  const { organization } = bodyOf(fact, "node")!;
  return ["cluster", `org/${organization}`].flatMap((scope) => {
    const policy = book.inForce("policy", scope, scope, wall);
    const body = policy && bodyOf(policy, "policy");
    return policy === undefined || body === undefined ? [] : [{ scope, record: recordOf(policy), body }];
  });
}

function localOf(agent: Agent, book: FactBook, databaseId: string, at: Moment): LocalPart {
  const { routes, door, links } = agent;
  return {
    rootVersion: book.authority.version,
    databaseId,
    records: book.size,
    octets: book.octets,
    overlay: door.view?.generation ?? null,
    leases: routes.leases.size,
    permits: routes.permits.size(at),
    endpoints: links.places.ranked.length,
  };
}

function recordOf({ epoch, expires }: Fact): RecordPart {
  return { epoch, expires: new Date(expires).toISOString() };
}
