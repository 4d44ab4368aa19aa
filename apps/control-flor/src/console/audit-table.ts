/** The audit of a replica as a page of the console. */
import { tablePageOf } from "@florenetes/console";
import type { AuditPage } from "../api/audit-page.ts";

export interface AuditTableOptions {
  readonly cluster: string;
  readonly page: AuditPage;
  /** The cursor of the page in front: "" for the first page; undefined: this is the first. */
  readonly newer: string | undefined;
}

const HEADER = ["NUMBER", "TIME", "NODE", "WHO", "REQUEST", "ANSWER", "PROBLEM"];

export function auditTable({ cluster, page: { replica, items, next }, newer }: AuditTableOptions): string {
  const hrefOf = (after: string): string => (after === "" ? "audit" : `audit?after=${encodeURIComponent(after)}`);
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
      entry.status === null ? "NOT KNOWN" : String(entry.status),
      entry.code ?? "",
    ]),
    links: [
      { text: "console", href: "./" },
      { text: "newest", href: "audit" },
      ...(newer === undefined ? [] : [{ text: "newer", href: hrefOf(newer) }]),
      ...(next === null ? [] : [{ text: "older", href: hrefOf(next) }]),
    ],
  });
}
