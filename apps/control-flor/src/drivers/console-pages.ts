import type { IncomingMessage, ServerResponse } from "node:http";
import {
  followSections,
  LiveSections,
  PAGE_FILES,
  pageOf,
  POLICY,
  sectionIds,
  type Sections,
  SectionWriter,
  tablePageOf,
} from "@florenetes/console";
import type { Logger } from "@florenetes/process-kit";
import type { ProcessTime } from "@florenetes/scheduling";
import type { Api, Asking } from "../api/api.ts";
import { CONTROL_API_ERRORS } from "../api/api-errors.ts";
import { asOfView } from "../api/as-of.ts";
import { type ApiAnswer, ApiError, type ApiRequest } from "../api/exchange.ts";
import { readLogCursor } from "../api/log-cursor.ts";
import { requireRead } from "../api/methods.ts";
import { budgetPage, collectionPage, fleetPageOf, orderPage, releasePage } from "../api/routes.ts";
import { wantedRows } from "../api/usage-routes.ts";
import { auditListTable, auditTable } from "../console/audit-table.ts";
import { budgetsPage } from "../console/budgets-page.ts";
import { collectionsPage } from "../console/collections-page.ts";
import { ordersPage } from "../console/orders-page.ts";
import { fleetPage } from "../console/fleet-page.ts";
import { releasesPage } from "../console/releases-page.ts";
import { FabricLoads } from "../console/fabric-loads.ts";
import { unknownPicture } from "../console/fabric-picture.ts";
import { CONSOLE_TABLES, loadedPicture } from "../console/load-tables.ts";
import { logPage } from "../console/log-page.ts";
import { keptOf, readCursors, readTrail } from "../console/page-links.ts";
import { readUsageQuery, usagePage } from "../console/usage-page.ts";
import type { FabricView } from "../fabric/fabric-view.ts";
import type { Organizations, ReaderRights } from "../reader-rights.ts";
import { CONSOLE_EVERY_MS, CONSOLE_ROWS } from "./limits.ts";
import type { AuditDesk } from "./audit-desk.ts";
import type { LogDesk } from "./log-desk.ts";

export interface ConsolePagesOptions {
  readonly cluster: string;
  readonly api: Api;
  readonly audits: AuditDesk;
  readonly entries: LogDesk;
  readonly time: ProcessTime;
  readonly log: Logger;
}

type DrawTable = (query: URLSearchParams, principal: string, asking: Asking) => Promise<string>;

const HEADERS = {
  "cross-origin-opener-policy": "same-origin",
  "content-security-policy": POLICY,
  "cache-control": "no-store",
};

/** The console: a page, and its sections as each reader sees them. */
export class ConsolePages implements Disposable {
  readonly #options: ConsolePagesOptions;
  readonly #page: string;
  readonly #loads = new FabricLoads();
  /** By what their readers see. */
  readonly #sections = new Map<Organizations, LiveSections>();
  /** Pages of tables, by their names. */
  readonly #tables = new Map<string, DrawTable>([
    ["log", (...asked) => this.#drawLog(...asked)],
    ["audit", (...asked) => this.#drawAudit(...asked)],
    ["audits", (...asked) => this.#drawAudits(...asked)],
    ["budgets", (...asked) => this.#drawBudgets(...asked)],
    ["releases", (...asked) => this.#drawReleases(...asked)],
    ["collections", (...asked) => this.#drawCollections(...asked)],
    ["orders", (...asked) => this.#drawOrders(...asked)],
    ["usage", (...asked) => this.#drawUsage(...asked)],
    ["fleet", (...asked) => this.#drawFleet(...asked)],
  ]);

  constructor(options: ConsolePagesOptions) {
    this.#options = options;
    this.#page = pageOf({
      cluster: options.cluster,
      sectionIds: sectionIds(CONSOLE_TABLES),
      elsewhere: "The API at v1/verdict and beside it says the same.",
      links: [
        { text: "budgets", href: "budgets" },
        { text: "releases", href: "releases" },
        { text: "collections", href: "collections" },
        { text: "orders", href: "orders" },
        { text: "usage", href: "usage" },
        { text: "fleet", href: "fleet" },
        { text: "log", href: "log" },
        { text: "audit", href: "audits" },
      ],
    });
  }

  /** The page, or a file of it; undefined: the path is none of the console's. @throws ApiError ERR_CONTROL_METHOD */
  answer({ method, path }: Pick<ApiRequest, "method" | "path">): ApiAnswer | undefined {
    const [name = "", ...more] = path;
    if (more.length > 0) return undefined;
    const file = name === "" ? { type: "text/html; charset=utf-8", text: this.#page } : PAGE_FILES.get(name);
    if (file === undefined) return undefined;
    requireRead(method);
    return { status: 200, headers: { ...HEADERS, "content-type": file.type }, text: file.text };
  }

  /** A page of tables; undefined: the path is none of theirs. Resolves with a page that says why it has nothing. @throws ApiError ERR_CONTROL_METHOD */
  answerTable({ method, path, query, principal }: ApiRequest, asking: Asking): Promise<ApiAnswer> | undefined {
    const [name = "", ...more] = path;
    const draw = this.#tables.get(name);
    if (more.length > 0 || draw === undefined) return undefined;
    requireRead(method);
    return draw(query, principal, asking).then(
      (text) => html(200, text),
      (error: unknown) => {
        if (error instanceof ApiError) return this.#drawProblem(name, error);
        throw error;
      },
    );
  }

  async #drawLog(query: URLSearchParams, principal: string, asking: Asking): Promise<string> {
    const { cluster, entries } = this.#options;
    const trail = readTrail(query.get("back"));
    const asked = withRows(query);
    asked.delete("back");
    const page = await entries.read(asked, principal, asking);
    const told = this.#toldTo(asking);
    return logPage({ cluster, page, below: startOf(query), trail, kept: keptOf(query), told });
  }

  async #drawAudit(query: URLSearchParams, principal: string, { rights }: Asking): Promise<string> {
    const { api, cluster } = this.#options;
    return auditTable({ cluster, kept: keptOf(query), ...api.auditFor(withRows(query), principal, rights) });
  }

  async #drawAudits(query: URLSearchParams, principal: string, asking: Asking): Promise<string> {
    const { audits, cluster } = this.#options;
    const trail = readCursors(query.get("back"));
    const asked = withRows(query);
    asked.delete("back");
    const page = await audits.read(asked, principal, asking);
    return auditListTable({ cluster, page, after: query.get("after") ?? undefined, trail, kept: keptOf(query) });
  }

  async #drawBudgets(query: URLSearchParams, _principal: string, asking: Asking): Promise<string> {
    const { api, cluster } = this.#options;
    const { page, newer } = budgetPage(api.sightOf(asking.rights), withRows(query));
    return budgetsPage({ cluster, page, newer, kept: keptOf(query), told: this.#toldTo(asking) });
  }

  async #drawReleases(query: URLSearchParams, _principal: string, asking: Asking): Promise<string> {
    const { api, cluster } = this.#options;
    const { page, newer } = releasePage(api.sightOf(asking.rights), withRows(query));
    return releasesPage({ cluster, page, newer, kept: keptOf(query), told: this.#toldTo(asking) });
  }

  async #drawCollections(query: URLSearchParams, _principal: string, asking: Asking): Promise<string> {
    const { api, cluster } = this.#options;
    const { page, newer } = collectionPage(api.sightOf(asking.rights), withRows(query));
    return collectionsPage({ cluster, page, newer, kept: keptOf(query), told: this.#toldTo(asking) });
  }

  async #drawOrders(query: URLSearchParams, _principal: string, asking: Asking): Promise<string> {
    const { api, cluster } = this.#options;
    const { page, newer } = orderPage(api.sightOf(asking.rights), withRows(query));
    return ordersPage({ cluster, page, newer, kept: keptOf(query), told: this.#toldTo(asking) });
  }

  async #drawFleet(query: URLSearchParams, _principal: string, asking: Asking): Promise<string> {
    const { api, cluster } = this.#options;
    const { page, newer } = fleetPageOf(api.sightOf(asking.rights), withRows(query));
    return fleetPage({ cluster, page, newer, kept: keptOf(query), told: this.#toldTo(asking) });
  }

  async #drawUsage(query: URLSearchParams, principal: string, asking: Asking): Promise<string> {
    const { api, cluster } = this.#options;
    const asked = readUsageQuery(withRows(query));
    const usage = api.usageFor(principal, asking.rights, asking.now);
    const rows = wantedRows(usage, asked);
    return usagePage({ ...usage, ...asked, cluster, rows, kept: keptOf(query), told: this.#toldTo(asking) });
  }

  /** Which agent tells, and why that may be old, as a part of a sentence. */
  #toldTo({ rights, now }: Asking): string {
    const { replica, why } = asOfView(this.#options.api.sightOf(rights).view, now);
    return `told by the agent of ${replica}${why === null ? "" : `. STALE: ${why}`}`;
  }

  #drawProblem(title: string, { code, message, headers }: ApiError): ApiAnswer {
    const { cluster } = this.#options;
    const { status, advice } = CONTROL_API_ERRORS[code];
    const links = [
      { text: "console", href: "./" },
      { text: "newest", href: title },
    ];
    const lines = [`${message} (${code}).`, advice];
    const page = html(status, tablePageOf({ cluster, title, lines, header: [], rows: [], links }));
    return { ...page, headers: { ...headers, ...page.headers }, code };
  }

  /** Sends the sections and what changes of them, until the page is closed. */
  follow(
    { organizations }: ReaderRights,
    headers: Readonly<Record<string, string>>,
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    const sections = this.#sectionsFor(organizations);
    followSections({ sections, everyMs: CONSOLE_EVERY_MS, headers: { ...headers, ...HEADERS } }, request, response);
  }

  /** Keeps the load of the fabric, whoever looks. */
  handleView(view: FabricView): void {
    this.#loads.handleView(view, this.#options.time.now());
  }

  /** Forgets what readers saw: others may see it now. */
  handleReaders(): void {
    for (const sections of this.#sections.values()) sections[Symbol.dispose]();
    this.#sections.clear();
  }

  [Symbol.dispose](): void {
    this.handleReaders();
  }

  #sectionsFor(organizations: Organizations): LiveSections {
    let sections = this.#sections.get(organizations);
    if (sections === undefined) {
      const writer = new SectionWriter();
      sections = new LiveSections(() => Promise.resolve(this.#write(writer, organizations)), CONSOLE_EVERY_MS);
      this.#sections.set(organizations, sections);
    }
    return sections;
  }

  #write(writer: SectionWriter, organizations: Organizations): Sections {
    const { api, time } = this.#options;
    try {
      const sight = api.sightOf({ organizations });
      return writer.write(loadedPicture(sight, asOfView(sight.view, time.now()), this.#loads, time.now()));
    } catch (error) {
      // The process goes on, whatever an agent has told.
      if (!(error instanceof ApiError))
        this.#options.log.error({ code: "API_FAILED", err: error }, "a page cannot be made");
      return writer.write(unknownPicture(CONSOLE_TABLES));
    }
  }
}

function withRows(query: URLSearchParams): URLSearchParams {
  const asked = new URLSearchParams(query);
  if (!asked.has("limit")) asked.set("limit", String(CONSOLE_ROWS));
  return asked;
}

/** The index below which a page of the log begins; undefined: at the last entry. */
function startOf(query: URLSearchParams): number | undefined {
  const after = query.get("after");
  if (after !== null) return readLogCursor(after).index;
  return query.has("below") ? Number(query.get("below")) : undefined;
}

function html(status: number, text: string): ApiAnswer {
  return { status, headers: { ...HEADERS, "content-type": "text/html; charset=utf-8" }, text };
}
