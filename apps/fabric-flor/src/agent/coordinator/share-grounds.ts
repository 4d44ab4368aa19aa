/** Grounds of shares: which leases have one, and which relays know them. Pure. */
import { bodyOf, type FactBook } from "@florenetes/facts";
import { knowsShares, mayRest, type PermitsTerms, type Reports } from "@florenetes/routes";
import { organizationBudget, organizationOfNode } from "../records/organization-budget.ts";
import type { RecordedGrounds } from "./compose-grounds.ts";
import type { Shares } from "./shares.ts";

interface ShareGrounds {
  readonly reports: Reports;
  readonly profiles: Reports;
  readonly shares: Shares;
  readonly grounds: RecordedGrounds | undefined;
}

/** Whether a node knows shares; undefined: it has told no profile. */
export function tellsShares({ profiles }: Pick<ShareGrounds, "profiles">, node: string): boolean | undefined {
  const profile = profiles.of(node);
  const body = profile === undefined ? undefined : bodyOf(profile, "profile");
  return body === undefined ? undefined : knowsShares(body);
}

/** Whether a node may rest, by its profile. */
export function tellsRest({ profiles }: Pick<ShareGrounds, "profiles">, node: string): boolean {
  const profile = profiles.of(node);
  const body = profile === undefined ? undefined : bodyOf(profile, "profile");
  return body !== undefined && mayRest(body);
}

/** The share of an origin's leases, which is that of its organization; undefined: its vertex knows none, or the organization's budget says `off`. */
export function shareOf(
  grounds: Pick<ShareGrounds, "profiles" | "shares">,
  book: FactBook,
  origin: string,
  wall: number,
): number | undefined {
  const organization = organizationOfNode(book, origin, wall);
  if (organization === undefined || tellsShares(grounds, origin) !== true) return undefined;
  if (organizationBudget(book, organization, wall)?.body.shares === "off") return undefined;
  return grounds.shares.shareOf(organization, wall);
}

/** A relay as it has told itself: a member is missing while it has not. */
export function termsOf(
  { reports, profiles, grounds }: Pick<ShareGrounds, "reports" | "profiles" | "grounds">,
  relay: string,
): Partial<PermitsTerms> {
  const knows = tellsShares({ profiles }, relay);
  const report = reports.of(relay);
  const offer = report === undefined ? undefined : bodyOf(report, "report")?.offer;
  const rate = offer === undefined ? undefined : Math.floor(offer.rate / Math.max(1, grounds?.coordinators ?? 1));
  return { ...(knows !== undefined && { knowsShares: knows }), ...(rate !== undefined && { rate }) };
}
