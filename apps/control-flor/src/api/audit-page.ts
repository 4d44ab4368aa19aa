/** Pages of a replica's audit. */
import { z } from "zod";
import type { ApiRoute } from "./api-route.ts";
import type { Audit, AuditEntry } from "./audit.ts";
import { ApiError } from "./exchange.ts";
import { newerThan, type Page, pageOf } from "./pages.ts";
import { collectionQuery, readQuery } from "./queries.ts";
import { auditForm } from "./schemas.ts";

export interface AuditPage extends Page<AuditEntry> {
  /** The node whose replica this is the audit of; null: its agent has not said yet. */
  readonly replica: string | null;
}

const FILTERS = {
  principal: "requests of this principal, as `user/alice`",
  method: "`POST` has what would change something",
  path: "requests for this path",
  status: "requests that were answered with this HTTP status",
  code: "requests that were refused with this code",
} as const;

export const AUDIT: Omit<ApiRoute, "answer"> = {
  path: "/v1/audit",
  summary:
    "requests to this replica, the newest first: one's own, and those of all for whoever sees all organizations. Each replica has its own",
  query: collectionQuery(FILTERS),
  form: { replica: z.string().nullable(), items: z.array(auditForm), next: z.string().nullable() },
};

export interface AuditAsked {
  readonly replica: string | null;
  readonly isShown: (entry: AuditEntry) => boolean;
}

/**
 * A page, and the cursor of the page in front of it: "" for the first page; undefined: this is the first.
 *
 * @throws ApiError ERR_CONTROL_QUERY, ERR_CONTROL_CURSOR, ERR_CONTROL_AUDIT_OTHER
 */
export function auditPage(
  audit: Audit,
  parameters: URLSearchParams,
  { replica, isShown }: AuditAsked,
): { readonly page: AuditPage; readonly newer: string | undefined } {
  const query = readQuery(parameters, AUDIT.query);
  const { limit, after } = query;
  if (after !== undefined) requireCursorOf(audit, after);
  const wanted = (Object.keys(FILTERS) as (keyof typeof FILTERS)[]).filter((name) => query[name] !== undefined);
  const items = audit.entries.filter(
    (entry) => isShown(entry) && wanted.every((name) => String(entry[name]) === query[name]),
  );
  const options = { items, keyOf: ({ number }: AuditEntry) => `${audit.id} ${placeOf(number)}`, limit, after };
  return { page: { replica, ...pageOf(options) }, newer: newerThan(options) };
}

const CURSOR = /^([0-9a-f]{16}) \d{16}$/;

function requireCursorOf({ id }: Audit, cursor: string): void {
  const [, of] = CURSOR.exec(Buffer.from(cursor, "base64url").toString("latin1")) ?? [];
  if (of === undefined) throw new ApiError("ERR_CONTROL_CURSOR", "`after` is no cursor");
  if (of !== id)
    throw new ApiError("ERR_CONTROL_AUDIT_OTHER", "`after` is a place in another audit than this replica's");
}

/** Newest first: a cursor goes back to older ones. */
function placeOf(number: number): string {
  return String(Number.MAX_SAFE_INTEGER - number).padStart(NUMBER_DIGITS, "0");
}

const NUMBER_DIGITS = 16;
