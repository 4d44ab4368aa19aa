/** Collections of storage as a page of the console. */
import { type Bar, type PageLink, tablePageOf } from "@florenetes/console";
import { formatDuration, isName } from "@florenetes/operator-text";
import type { Page } from "../api/pages.ts";
import type { CollectionResource } from "../fabric/resources.ts";
import type { HolderChallenges } from "../fabric/told-holders.ts";
import { linkTo } from "./page-links.ts";

export interface CollectionsPageOptions {
  readonly cluster: string;
  readonly page: Page<CollectionResource>;
  /** The cursor of the page in front: "" for the first page; undefined: this is the first. */
  readonly newer: string | undefined;
  /** The filters and the number of rows, as they were asked for. */
  readonly kept: URLSearchParams;
  /** A part of a sentence that says which agent tells, and why that may be old. */
  readonly told: string;
}

const HEADER = ["COLLECTION", "HOLDERS", "STATE", "COPIES", "BUDGET", "KEPT FOR", "WRITERS", "ENDS", "TO CHANGE IT"];

export function collectionsPage({ cluster, page: { items, next }, newer, kept, told }: CollectionsPageOptions): string {
  const at = (text: string, after: string): PageLink =>
    linkTo(text, "collections", kept, after === "" ? {} : { after });
  return tablePageOf({
    cluster,
    title: "collections",
    lines: [
      `${items.length === 0 ? "No collection is in force that you may see: nothing is stored" : "Collections of storage in force"}, ${told}. A holder is there while its agent announces itself; \`store-flor status\` at each says what it holds.`,
      "A change is a proposal, for people to sign. It follows the record in force, which any agent gives: /facts?kind=collection, as proof.",
    ],
    header: HEADER,
    rows: items.flatMap((collection) => [collectionRow(collection), ...holderRows(collection)]),
    links: [
      { text: "console", href: "./" },
      { text: "budgets", href: "budgets" },
      ...(newer === undefined ? [] : [at("before", newer)]),
      ...(next === null ? [] : [at("after", next)]),
    ],
  });
}

function collectionRow(collection: CollectionResource): readonly (string | Bar)[] {
  const { copies, holders, budget, retention, writers, record, state, recoveryEpoch } = collection;
  const there = holders.filter((holder) => holder.state === "announced").length;
  const recovered = recoveryEpoch > 1 ? `, recovery epoch ${recoveryEpoch}` : "";
  return [
    placeOf(collection),
    { text: `${there} of ${holders.length}`, used: there, most: holders.length },
    `${state}${recovered}`,
    String(copies),
    sizeWords(budget),
    retention === 0 ? "no time" : formatDuration(retention * SECOND_MS),
    writers.join(", "),
    record.expires.slice(0, "2026-01-01".length),
    changeWords(collection),
  ];
}

function holderRows(collection: CollectionResource): readonly (readonly string[])[] {
  return collection.holders.map(({ node, domain, hasRole, state, challenges }) => {
    const words = `${state} in ${domain}${hasRole ? "" : ", without the role storage"}${challengeWords(challenges)}`;
    return [placeOf(collection), node, words, "", "", "", "", "", ""];
  });
}

function challengeWords(challenges: HolderChallenges | null): string {
  if (challenges === null) return "";
  return challenges.keepsNothing ? ", keeps nothing" : `, shards not shown: ${challenges.failures}`;
}

function placeOf({ scope, name }: CollectionResource): string {
  return `${scope}/${name}`;
}

const SECOND_MS = 1_000;
const GIGABYTE = 1e9;

function sizeWords(octets: number): string {
  return `${Number((octets / GIGABYTE).toPrecision(3))} GB`;
}

/** A line for a shell: a text that is no name does not stand in it. */
function changeWords({ scope, name }: CollectionResource): string {
  const organization = scope === "cluster" ? undefined : scope.slice("org/".length);
  if (!isName(name) || (organization !== undefined && !isName(organization))) return "";
  return `flor fabric propose collection ${name} --after ${name}.fact --out ${name}-next.fact`;
}
