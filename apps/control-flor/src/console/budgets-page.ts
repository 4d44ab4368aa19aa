/** Budgets of organizations as a page of the console. */
import { type Bar, type PageLink, tablePageOf } from "@florenetes/console";
import { isName } from "@florenetes/operator-text";
import type { Page } from "../api/pages.ts";
import type { BudgetResource } from "../fabric/resources.ts";
import { linkTo } from "./page-links.ts";

export interface BudgetsPageOptions {
  readonly cluster: string;
  readonly page: Page<BudgetResource>;
  /** The cursor of the page in front: "" for the first page; undefined: this is the first. */
  readonly newer: string | undefined;
  /** The filters and the number of rows, as they were asked for. */
  readonly kept: URLSearchParams;
  /** A part of a sentence that says which agent tells, and why that may be old. */
  readonly told: string;
}

const HEADER = ["ORGANIZATION", "LIMIT", "USED", "PART OF THIS NODE", "ENDS", "RECORD", "TO CHANGE IT"];
const ID_DIGITS_SHOWN = 16;

export function budgetsPage({ cluster, page: { items, next }, newer, kept, told }: BudgetsPageOptions): string {
  const at = (text: string, after: string): PageLink => linkTo(text, "budgets", kept, after === "" ? {} : { after });
  return tablePageOf({
    cluster,
    title: "budgets",
    lines: [
      `${items.length === 0 ? "No budget is in force that you may see: nothing is bounded" : "Budgets in force"}, ${told}. A limit without a count is counted elsewhere.`,
      "A change is a proposal, for people to sign. It follows the record in force, which any agent gives: /facts?kind=budget, as proof.",
    ],
    header: HEADER,
    rows: items.flatMap((budget) =>
      budget.limits.map((limit, at) => [...limitCells(budget, limit), at === 0 ? changeWords(budget) : ""]),
    ),
    links: [
      { text: "console", href: "./" },
      { text: "usage", href: "usage" },
      ...(newer === undefined ? [] : [at("before", newer)]),
      ...(next === null ? [] : [at("after", next)]),
    ],
  });
}

function limitCells(
  { organization, record }: BudgetResource,
  { of, most, used, part }: BudgetResource["limits"][number],
): readonly (string | Bar)[] {
  return [
    organization,
    of,
    used === null ? `${most} at most` : { text: usedWords(used, most, part), used, most },
    part === null ? "" : String(part),
    record.expires.slice(0, "2026-01-01".length),
    record.id.slice(0, ID_DIGITS_SHOWN),
  ];
}

function usedWords(used: number, most: number, part: number | null): string {
  return `${used} of ${most}${used >= (part ?? most) ? ", no more" : ""}`;
}

/** A line for a shell: a text that is no name does not stand in it. */
function changeWords({ organization }: BudgetResource): string {
  if (!isName(organization)) return "";
  return `flor fabric propose budget ${organization} --after ${organization}.fact --body budget.yaml --out budget.fact`;
}
