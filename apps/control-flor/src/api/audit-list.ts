/** A list of the audits of all replicas: pages of it, merged by time. Each replica is believed about its own entries alone. Pure. */
import { isName } from "@florenetes/operator-text";
import { z } from "zod";
import type { ApiRoute } from "./api-route.ts";
import type { AuditEntry } from "./audit.ts";
import { AUDIT_FILTERS, type AuditQuestion, type AuditSlice, type SlicedEntry } from "./audit-slice.ts";
import { ApiError } from "./exchange.ts";
import { AUDIT_ASKS_MAX, AUDIT_ENTRIES_MAX, AUDIT_REPLICAS_MAX } from "./limits.ts";
import { auditForm } from "./schemas.ts";
import { AUDIT } from "./audit-page.ts";

/** A replica of which a page has no entries, or not all. */
export interface MissingAudit {
  /** Null: all others. */
  readonly replica: string | null;
  readonly reason: string;
}

export interface AuditListPage {
  /** The node whose replica has made the page. */
  readonly replica: string;
  readonly items: readonly AuditEntry[];
  readonly missing: readonly MissingAudit[];
  readonly next: string | null;
}

export const AUDIT_LIST: Omit<ApiRoute, "answer"> = {
  path: "/v1/audit/all",
  summary:
    "requests to all replicas, the newest first: one's own, and those of all for whoever sees all organizations. `missing` names each replica whose entries are not all there. A page may have few items, or none, and others behind it: `next` is null on the last one alone",
  query: AUDIT.query,
  form: {
    replica: z.string(),
    items: z.array(auditForm),
    missing: z.array(z.object({ replica: z.string().nullable(), reason: z.string() })),
    next: z.string().nullable(),
  },
};

/** How far a list has come in the audit of one replica. */
interface Place {
  readonly node: string;
  readonly audit: string | null;
  /** The number of the last entry that was told; null: none was. */
  readonly below: number | null;
  /** Entries that were told. */
  readonly told: number;
  /** Whether all are told. */
  readonly isDone: boolean;
}

interface Source {
  place: Place;
  /** Entries that have come and are not told, the newest first. */
  waiting: SlicedEntry[];
  hasMore: boolean;
  asks: number;
  missing: string | undefined;
}

export interface AuditListOptions {
  /** Nodes of all replicas; the own one, too. */
  readonly replicas: readonly string[];
  readonly limit: number;
  /** The cursor of the page before. */
  readonly after: string | undefined;
  readonly wanted: AuditQuestion["wanted"];
}

export class AuditList {
  readonly #options: AuditListOptions;
  readonly #sources: ReadonlyMap<string, Source>;
  readonly #items: AuditEntry[] = [];

  /** @throws ApiError ERR_CONTROL_CURSOR */
  constructor(options: AuditListOptions) {
    this.#options = options;
    const { replicas, after } = options;
    const places = new Map(after === undefined ? [] : readPlaces(after).map((place) => [place.node, place]));
    const names = [...new Set([...replicas, ...places.keys()])];
    this.#sources = new Map(
      names.map((node, at) => {
        const place = places.get(node) ?? { node, audit: null, below: null, told: 0, isDone: false };
        const missing = !replicas.includes(node)
          ? "it is no replica any more"
          : at >= AUDIT_REPLICAS_MAX
            ? `no more than ${AUDIT_REPLICAS_MAX} replicas are asked`
            : undefined;
        return [node, { place, waiting: [], hasMore: !place.isDone, asks: 0, missing }] as const;
      }),
    );
  }

  /** The questions that the page waits for; none: it is made. */
  questions(): readonly { readonly node: string; readonly question: AuditQuestion }[] {
    this.#merge();
    if (this.#items.length >= this.#options.limit) return [];
    return [...this.#sources.values()].flatMap((source) => {
      if (!isAsked(source) || source.asks >= AUDIT_ASKS_MAX) return [];
      source.asks++;
      const { node, audit, below } = source.place;
      return [{ node, question: { audit, below, wanted: this.#options.wanted } }];
    });
  }

  /** @param answer Or why there is none, for people */
  handleAnswer(node: string, answer: AuditSlice | string): void {
    const source = this.#sources.get(node)!;
    if (typeof answer === "string") source.missing = answer;
    else if (source.place.audit !== null && source.place.audit !== answer.audit)
      source.missing = "its audit is another one than the list has begun with: begin anew";
    else if (source.place.told + answer.entries.length > AUDIT_ENTRIES_MAX)
      source.missing = "it tells more entries than an audit has";
    else {
      source.place = { ...source.place, audit: answer.audit };
      source.waiting = [...answer.entries];
      source.hasMore = answer.hasMore;
    }
  }

  page(): Omit<AuditListPage, "replica"> {
    const sources = [...this.#sources.values()];
    const missing = sources.flatMap(({ place: { node: replica }, missing: reason }) =>
      reason === undefined ? [] : [{ replica, reason }],
    );
    const isEnd = sources.every((source) => source.missing !== undefined || isTold(source));
    const places = sources.map((source) => ({
      ...source.place,
      isDone: source.missing === undefined && isTold(source),
    }));
    return { items: this.#items, missing, next: isEnd ? null : writePlaces(places.slice(0, AUDIT_REPLICAS_MAX)) };
  }

  /** Tells the newest entries of all, as long as it is known which they are. */
  #merge(): void {
    const sources = [...this.#sources.values()].filter(({ missing }) => missing === undefined);
    while (this.#items.length < this.#options.limit && !sources.some(isAsked)) {
      let newest: Source | undefined;
      for (const source of sources)
        if (source.waiting.length > 0 && (newest === undefined || timeOf(source) > timeOf(newest))) newest = source;
      if (newest === undefined) return;
      const entry = newest.waiting.shift()!;
      const { node, told } = newest.place;
      this.#items.push({ ...entry, replica: node });
      newest.place = { ...newest.place, below: entry.number, told: told + 1 };
    }
  }
}

/** Whether its next entry is not known. */
function isAsked({ waiting, hasMore, missing }: Source): boolean {
  return missing === undefined && waiting.length === 0 && hasMore;
}

function isTold({ waiting, hasMore }: Source): boolean {
  return waiting.length === 0 && !hasMore;
}

function timeOf({ waiting }: Source): number {
  return Date.parse(waiting[0]!.at);
}

const placesForm = z
  .array(
    z.tuple([
      z.string().refine(isName),
      z.string().regex(/^([0-9a-f]{16})?$/),
      z.int().min(0),
      z.int().min(0).max(AUDIT_ENTRIES_MAX),
      z.boolean(),
    ]),
  )
  .max(AUDIT_REPLICAS_MAX);

function writePlaces(places: readonly Place[]): string {
  const rows = places.map(({ node, audit, below, told, isDone }) => [node, audit ?? "", below ?? 0, told, isDone]);
  return Buffer.from(JSON.stringify(rows)).toString("base64url");
}

/** @throws ApiError ERR_CONTROL_CURSOR */
function readPlaces(cursor: string): readonly Place[] {
  let told: unknown;
  try {
    told = JSON.parse(Buffer.from(cursor, "base64url").toString());
  } catch {
    told = undefined;
  }
  const { data } = placesForm.safeParse(told);
  if (data === undefined) throw new ApiError("ERR_CONTROL_CURSOR", "`after` is no cursor");
  return data.map(([node, audit, below, count, isDone]) => {
    return { node, audit: audit === "" ? null : audit, below: below === 0 ? null : below, told: count, isDone };
  });
}

/** The filters of a query, as replicas are asked by them. */
export function auditFiltersOf(query: Readonly<Record<string, unknown>>): AuditQuestion["wanted"] {
  return Object.fromEntries(
    AUDIT_FILTERS.flatMap((name) => {
      const value = query[name];
      return typeof value === "string" ? [[name, value]] : [];
    }),
  );
}
