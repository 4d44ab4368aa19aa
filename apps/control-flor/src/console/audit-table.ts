/** The audit of a replica as a page of the console. */
import { type PageLink, tablePageOf } from "@florenetes/console";
import type { AuditPage } from "../api/audit-page.ts";
import { linkTo } from "./page-links.ts";

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
    lines: [`Requests to the replica on node ${replica ?? "(not known yet)"} alone: each replica has its own audit.`],
    header: HEADER,
    rows: items.map((entry) => [
      String(entry.number),
      entry.at,
      entry.replica ?? "",
      entry.principal,
      `${entry.method} ${entry.path}`,
      entry.status === null ? "BEGUN" : String(entry.status),
      entry.code ?? "",
    ]),
    links: [
      { text: "console", href: "./" },
      at("newest", ""),
      ...(newer === undefined ? [] : [at("newer", newer)]),
      ...(next === null ? [] : [at("older", next)]),
    ],
  });
}
