/** The audit of a replica as a page of the console. */
import { type PageLink, tablePageOf } from "@florenetes/console";
import type { AuditEntry } from "../api/audit.ts";
import type { AuditListPage } from "../api/audit-list.ts";
import type { AuditPage } from "../api/audit-page.ts";
import { FIRST_PAGE, linkTo, writeCursors } from "./page-links.ts";

export interface AuditTableOptions {
  readonly cluster: string;
  readonly page: AuditPage;
  /** The cursor of the page in front: "" for the first page; undefined: this is the first. */
  readonly newer: string | undefined;
  /** The filters and the number of rows, as they were asked for. */
  readonly kept: URLSearchParams;
}

const HEADER = ["NUMBER", "TIME", "NODE", "WHO", "REQUEST", "ANSWER", "PROBLEM"];

export function auditTable({ cluster, page: { replica, items, next }, newer, kept }: AuditTableOptions): string {
  const at = (text: string, after: string): PageLink => linkTo(text, "audit", kept, after === "" ? {} : { after });
  return tablePageOf({
    cluster,
    title: "audit",
    lines: [`Requests to the replica on node ${replica ?? "(not known yet)"} alone.`],
    header: HEADER,
    rows: items.map(rowOf),
    links: [
      { text: "console", href: "./" },
      linkTo("all replicas", "audits", kept),
      at("newest", ""),
      ...(newer === undefined ? [] : [at("newer", newer)]),
      ...(next === null ? [] : [at("older", next)]),
    ],
  });
}

export interface AuditListTableOptions {
  readonly cluster: string;
  readonly page: AuditListPage;
  /** The cursor of this page; undefined: it is the first. */
  readonly after: string | undefined;
  /** Cursors of the pages before, as `readCursors` has them. */
  readonly trail: readonly string[];
  /** The filters and the number of rows, as they were asked for. */
  readonly kept: URLSearchParams;
}

/** The audits of all replicas as a page of the console. */
export function auditListTable({ cluster, page, after, trail, kept }: AuditListTableOptions): string {
  const { replica, items, missing, next } = page;
  const at = (text: string, place: string, back: readonly string[]): PageLink =>
    linkTo(text, "audits", kept, {
      ...(place !== FIRST_PAGE && { after: place }),
      ...(back.length > 0 && { back: writeCursors(back) }),
    });
  const newer = trail.at(-1);
  return tablePageOf({
    cluster,
    title: "audit",
    lines: [
      `Requests to all replicas, gathered by the one on node ${replica}. Each tells of its own.`,
      ...missing.map(({ replica: node, reason }) => {
        return `MISSING: requests to ${node === null ? "other replicas" : `the replica on node ${node}`}: ${reason}.`;
      }),
    ],
    header: HEADER,
    rows: items.map(rowOf),
    links: [
      { text: "console", href: "./" },
      linkTo("this replica alone", "audit", kept),
      linkTo("newest", "audits", kept),
      ...(newer === undefined ? [] : [at("newer", newer, trail.slice(0, -1))]),
      ...(next === null ? [] : [at("older", next, [...trail, after ?? FIRST_PAGE])]),
    ],
  });
}

function rowOf(entry: AuditEntry): readonly string[] {
  return [
    String(entry.number),
    entry.at,
    entry.replica ?? "",
    entry.principal,
    `${entry.method} ${entry.path}`,
    entry.status === null ? "BEGUN" : String(entry.status),
    entry.code ?? "",
  ];
}
