/** A node as a candidate, by all that a coordinator knows of it. */
import { type AnnounceBody, bodyOf, LOAD_MAX, type ReportBody } from "@florenetes/facts";
import type { Weights } from "../costs.ts";
import type { Directory, NodeStanding } from "../directory.ts";
import type { Reports } from "../reports.ts";
import {
  type Candidate,
  candidateLink,
  type CandidateAsker,
  type CandidateReport,
  type Purpose,
  PURPOSE_ROLES,
} from "./candidate.ts";
import { isMobile, type PhoneGrounds, toldByPhone } from "./phones.ts";
import { bestLinkOf, toldLinks } from "./told-links.ts";

export interface CandidateGrounds {
  readonly directory: Directory;
  readonly reports: Pick<Reports, "of" | "cameAt">;
  readonly profiles: Pick<Reports, "of">;
  /** The announcement of the node; undefined: there is none. */
  readonly announced: AnnounceBody | undefined;
  readonly phones: PhoneGrounds;
  /** Weights of routes, by which the best of its links is chosen. */
  readonly weights: Weights;
  readonly asker: CandidateAsker;
  /** When the asker has last found it too full, in milliseconds since 1970; undefined: never. */
  readonly tooFullAt: number | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** The facts about a node for a purpose; undefined: no record of the node is in force. */
export function knownCandidate(name: string, purpose: Purpose, grounds: CandidateGrounds): Candidate | undefined {
  const { directory, reports, announced, phones, asker, now } = grounds;
  const standing = directory.node(name);
  if (standing === undefined) return undefined;
  const fact = reports.of(name);
  const body = fact === undefined ? undefined : bodyOf(fact, "report")!;
  const offer = offerOf(purpose, body, announced);
  const isFull = purpose === "exit" && announced?.services.some(({ load }) => load === LOAD_MAX) === true;
  return {
    purpose,
    records: {
      hasRole: hasRole(directory, name, purpose, standing),
      tier: standing.tier,
      organization: standing.organization,
      partition: standing.partition,
      isMobile: isMobile(directory, name, standing),
      phoneTier: phones.tier,
    },
    offer,
    // An owner lets others use a node by what he writes into its config: the offer is his word.
    optsIn: offer !== undefined,
    report: body === undefined ? undefined : reportedOf(name, body, grounds),
    phone: phones.wordOf(name),
    tooFullAt: isFull ? now : grounds.tooFullAt,
    asker,
  };
}

function hasRole(
  directory: Directory,
  name: string,
  purpose: Purpose,
  { partition, organization }: NodeStanding,
): boolean {
  const scopes = ["cluster", `org/${organization}`];
  return PURPOSE_ROLES[purpose].some((role) => scopes.some((scope) => directory.hasRole(name, role, partition, scope)));
}

/** The owner's offer for a purpose: to carry packets, services, or endpoints that others may call. */
function offerOf(
  purpose: Purpose,
  report: ReportBody | undefined,
  announced: AnnounceBody | undefined,
): Candidate["offer"] {
  if (purpose === "relay") return report?.offer;
  const all = purpose === "endpoint" ? announced?.endpoints : announced?.services;
  return all === undefined || all.length === 0 ? undefined : { price: 0 };
}

function reportedOf(name: string, body: ReportBody, { reports, profiles, weights }: CandidateGrounds): CandidateReport {
  const profile = profiles.of(name);
  const { load, battery } = body;
  const link = bestLinkOf(
    toldLinks(name, body, (node) => reports.of(node)),
    weights,
  );
  return {
    cameAt: reports.cameAt(name),
    load,
    battery,
    ...toldByPhone(body, (profile && bodyOf(profile, "profile"))?.device),
    link: link === undefined ? undefined : candidateLink(link),
  };
}
