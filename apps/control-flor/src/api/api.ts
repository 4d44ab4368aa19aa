import type { ProposalResource } from "../fabric/resources.ts";
import type { FabricView } from "../fabric/fabric-view.ts";
import { digestOfText, Sight } from "../fabric/sight.ts";
import type { KnownUsage } from "../fabric/usage-book.ts";
import type { Organizations, ReaderRights } from "../reader-rights.ts";
import { type ApiRoute, namesIn } from "./api-route.ts";
import { type AsOf, asOfView } from "./as-of.ts";
import type { Audit } from "./audit.ts";
import { auditPage } from "./audit-page.ts";
import { ApiError, type ApiAnswer, type ApiRequest } from "./exchange.ts";
import { requireMethod } from "./methods.ts";
import { USAGE_TABLES_AT_ONCE, USAGE_TABLES_PER_SECOND } from "./limits.ts";
import { openApiOf } from "./open-api.ts";
import { PrincipalTurns } from "./principal-turns.ts";
import { NO_QUERY, readQuery } from "./queries.ts";
import { API_ROUTES } from "./routes.ts";
import { usageCsv } from "./usage-routes.ts";

export interface ApiOptions {
  readonly cluster: string;
  readonly version: string;
  readonly audit: Audit;
  /** The text of a proposal's record, with all signatures that have come. */
  readonly recordOf: (id: string) => string | undefined;
}

/** Whoever asks, and when. */
export interface Asking {
  readonly rights: ReaderRights;
  /** Monotonic milliseconds. */
  readonly now: number;
}

/** Answers questions for a fabric out of what is known of it: no answer waits for anything. */
export class Api {
  readonly #audit: Audit;
  readonly #recordOf: ApiOptions["recordOf"];
  readonly #openApi: string;
  /** Turns at what goes through all usage that is known. */
  readonly #turns = new PrincipalTurns(USAGE_TABLES_AT_ONCE, USAGE_TABLES_PER_SECOND);
  #view: FabricView | undefined;
  #proposals: readonly ProposalResource[] = [];
  /** By the organizations of readers, as their rights have them. */
  #sights = new Map<Organizations, Sight>();
  /** Sights before these. */
  #former = new Map<Organizations, Sight>();

  constructor({ cluster, version, audit, recordOf }: ApiOptions) {
    this.#audit = audit;
    this.#recordOf = recordOf;
    this.#openApi = `${JSON.stringify(openApiOf(API_ROUTES, { cluster, version }))}\n`;
  }

  get view(): FabricView | undefined {
    return this.#view;
  }

  handleView(view: FabricView): void {
    this.#view = view;
    this.#renewSights();
  }

  /** The agent does not answer: what it told last is answered on, as STALE. */
  handleSilence(): void {
    if (this.#view?.isSilent === false) this.handleView({ ...this.#view, isSilent: true });
  }

  /** @param proposals the newest first */
  handleProposals(proposals: readonly ProposalResource[]): void {
    this.#proposals = proposals;
    this.#renewSights();
  }

  /**
   * The fabric as a reader sees it.
   *
   * @throws ApiError ERR_CONTROL_AGENT_SILENT
   */
  sightOf({ organizations }: Pick<ReaderRights, "organizations">): Sight {
    if (this.#view === undefined) {
      throw new ApiError("ERR_CONTROL_AGENT_SILENT", "the agent of this replica's node has not answered yet", {
        "retry-after": "1",
      });
    }
    let sight = this.#sights.get(organizations);
    if (sight === undefined) {
      sight = new Sight(this.#view, organizations, this.#proposals, this.#former.get(organizations));
      this.#sights.set(organizations, sight);
    }
    return sight;
  }

  /** Answers a question: streams, and what somebody brings, do not come here. @throws ApiError for what is not answered */
  answer(request: ApiRequest, asking: Asking): ApiAnswer {
    const { method, path } = request;
    requireMethod(method, path);
    const place = path.join("/");
    if (place === "v1/openapi.json") return this.#answerOpenApi(request);
    if (place === "v1/usage.csv") return this.#answerUsageCsv(request, asking);
    if (place === "v1/audit") return this.#answerAudit(request, asking);
    const [id] = namesIn(path, RECORD_ROUTE) ?? [];
    if (id !== undefined) return this.#answerRecord(id, request, asking);
    for (const route of API_ROUTES) {
      const names = namesIn(path, route);
      if (names !== undefined) return this.#answerRoute(route, names, request, asking);
    }
    throw new ApiError("ERR_CONTROL_ROUTE", "the API has no such path");
  }

  #renewSights(): void {
    this.#former = this.#sights;
    this.#sights = new Map();
  }

  /** An answer that says how the fabric is: with `asOf` and a tag. @throws ApiError ERR_CONTROL_AGENT_SILENT */
  answerDated(request: ApiRequest, { rights, now }: Asking, answer: Readonly<Record<string, unknown>>): ApiAnswer {
    return withTag(request, asOfView(this.sightOf(rights).view, now), answer);
  }

  #answerRoute(route: ApiRoute, names: readonly string[], request: ApiRequest, asking: Asking): ApiAnswer {
    const query = readQuery(request.query, route.query);
    const sight = this.sightOf(asking.rights);
    return this.answerDated(request, asking, route.answer({ sight, names, query }));
  }

  #answerAudit(request: ApiRequest, { rights }: Asking): ApiAnswer {
    return json(this.auditFor(request.query, request.principal, rights).page);
  }

  /** A page of the audit: a principal sees its own requests, and whoever sees all organizations those of all. @throws ApiError ERR_CONTROL_QUERY, ERR_CONTROL_CURSOR, ERR_CONTROL_AUDIT_OTHER */
  auditFor(query: URLSearchParams, principal: string, { organizations }: ReaderRights): ReturnType<typeof auditPage> {
    return auditPage(this.#audit, query, {
      replica: this.#view?.node ?? null,
      isShown: (entry) => organizations === "all" || entry.principal === principal,
    });
  }

  /** The record of a proposal for its signers, as `flor fabric sign` takes it. */
  #answerRecord(id: string, { query }: ApiRequest, { rights }: Asking): ApiAnswer {
    readQuery(query, NO_QUERY);
    const isShown = this.sightOf(rights).proposals.some((proposal) => proposal.id === id);
    const text = isShown ? this.#recordOf(id) : undefined;
    if (text === undefined) throw new ApiError("ERR_CONTROL_ABSENT", "there is nothing of this name");
    return { status: 200, headers: { "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" }, text };
  }

  #answerUsageCsv({ query, principal }: ApiRequest, { rights, now }: Asking): ApiAnswer {
    const text = usageCsv(this.usageFor(principal, rights, now), query);
    return { status: 200, headers: CSV_HEADERS, text };
  }

  /** Usage for whoever goes through all of it. @throws ApiError ERR_CONTROL_AGENT_SILENT, ERR_CONTROL_BUSY */
  usageFor(principal: string, rights: ReaderRights, now: number): KnownUsage {
    const { usage } = this.sightOf(rights);
    if (!this.#turns.take(principal, now))
      throw new ApiError("ERR_CONTROL_BUSY", "you have asked for as many tables of usage as one may", {
        "retry-after": "1",
      });
    return usage;
  }

  #answerOpenApi({ query }: ApiRequest): ApiAnswer {
    readQuery(query, NO_QUERY);
    return { status: 200, headers: JSON_HEADERS, text: this.#openApi };
  }
}

const RECORD_ROUTE = { path: "/v1/proposals/{id}/record" };

const JSON_HEADERS = { "content-type": "application/json", "cache-control": "no-store" };

const CSV_HEADERS = {
  "content-type": "text/csv; charset=utf-8; header=present",
  "content-disposition": 'attachment; filename="usage.csv"',
  "cache-control": "no-store",
};

export function json(value: unknown, status = 200): ApiAnswer {
  return { status, headers: JSON_HEADERS, text: `${JSON.stringify(value)}\n` };
}

/** The tag is weak: what has the same tag says the same, as of another moment (RFC 9110, 8.8.3). */
function withTag({ headers }: ApiRequest, asOf: AsOf, answer: Readonly<Record<string, unknown>>): ApiAnswer {
  // Pages are large: they become text once, for the tag and for the answer.
  const told = JSON.stringify(answer);
  const etag = `W/"${digestOfText(told)}"`;
  const tags = { etag, "cache-control": "no-cache, private" };
  if (isNamed(headers["if-none-match"], etag)) return { status: 304, headers: tags };
  const text = `{"asOf":${JSON.stringify(asOf)},${told.slice("{".length)}\n`;
  return { status: 200, headers: { ...JSON_HEADERS, ...tags }, text };
}

function isNamed(tags: string | undefined, etag: string): boolean {
  return tags !== undefined && tags.split(",").some((tag) => tag.trim() === etag);
}
