import type { KeyPath } from "@florenetes/config-file";
import { problem } from "./config-problems.ts";
import type { ClusterDocument } from "./config-problems.ts";

interface Claim {
  readonly label: number;
  /** The in-link that it is read on, or undefined: on all of them. */
  readonly link: string | undefined;
  readonly at: KeyPath;
  /** The owner of the label, in the operator's words. */
  readonly what: string;
}

/**
 * Finds label numbers that stand for two things: an adjacency or service label belongs to every link, so that its number
 * can be nothing else; one of a cross-connect or an LSP end belongs to one link, and is free on the others.
 */
export function checkLabels(document: ClusterDocument): void {
  const everywhere = new Map<number, Claim>();
  const onLink = new Map<string, Claim>();
  for (const claim of claimsOf(document)) {
    const key = `${claim.link} ${claim.label}`;
    const other = everywhere.get(claim.label) ?? onLink.get(key);
    if (other !== undefined) report(document, claim, other);
    else if (claim.link === undefined) everywhere.set(claim.label, claim);
    else onLink.set(key, claim);
  }
}

function report(document: ClusterDocument, claim: Claim, other: Claim): void {
  const { line } = document.place(other.at);
  const message = `${claim.what} has label ${claim.label}, which is that of ${other.what} (line ${line})`;
  const advice =
    claim.link === other.link
      ? "Give one of them another number."
      : "Labels of links and services hold on every link: give one of them another number.";
  problem(document, claim.at, "ERR_CONFIG_LABEL_CONFLICT", message, advice);
}

/** All labels of the config, those that belong to every link first. */
function claimsOf(document: ClusterDocument): Claim[] {
  const { links, services } = document.value;
  const claims: Claim[] = [];
  const claim = (at: KeyPath, what: string, label: number, link?: string): void => {
    claims.push({ at: [...at, "label"], what, label, link });
  };
  for (const [name, { label }] of Object.entries(links)) claim(["links", name], `link "${name}"`, label);
  for (const [name, { label }] of Object.entries(services)) claim(["services", name], `service "${name}"`, label);
  for (const [index, piece] of document.value["cross-connects"].entries()) {
    for (const side of ["from", "to"] as const) {
      const { link, label } = piece[side];
      claim(["cross-connects", index, side], `cross-connect ${index + 1} on link "${link}"`, label, link);
    }
  }
  for (const [index, { link, label }] of document.value["lsp-ends"].entries()) {
    claim(["lsp-ends", index], `LSP end ${index + 1} on link "${link}"`, label, link);
  }
  return claims;
}
