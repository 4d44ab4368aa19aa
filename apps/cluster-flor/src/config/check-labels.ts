import type { KeyPath } from "@florenetes/config-file";
import { findTableProblems, type LabelEntry, Operation } from "@florenetes/forwarding";
import type { ClusterConfig } from "./cluster-config.ts";
import { type ClusterDocument, problem } from "./config-problems.ts";

/** Finds label numbers with two meanings. The label table has the rule; this code finds their place in the file. */
export function checkLabels(document: ClusterDocument, config: ClusterConfig): void {
  for (const { entries } of findTableProblems(config)) {
    const [first, second] = entries;
    // Links that do not exist are reported where their names are looked up.
    if (first === undefined || second === undefined) continue;
    const { line } = document.place(placeOf(first, config));
    const message = `${describe(second, config)} has label ${second.label}, which is that of ${describe(first, config)} (line ${line})`;
    const advice =
      first.inLink === second.inLink
        ? "Give one of them another number."
        : "Labels of links and services hold on every link: give one of them another number.";
    problem(document, placeOf(second, config), "ERR_CONFIG_LABEL_CONFLICT", message, advice);
  }
}

function placeOf({ operation, source, inLink, label, isSecond }: LabelEntry, config: ClusterConfig): KeyPath {
  const key = isSecond === true ? "second-label" : "label";
  if (operation === Operation.pop) return ["links", config.links[source]!.name, key];
  if (operation === Operation.deliver) return ["services", config.services[source]!.name, key];
  if (operation === Operation.end) return ["lsp-ends", source, "label"];
  const { from } = config.crossConnects[source]!;
  const isFrom = from.link === inLink && from.label === label;
  return ["cross-connects", source, isFrom ? "from" : "to", "label"];
}

/** The owner of a label, in the operator's words. */
function describe({ operation, source, inLink }: LabelEntry, config: ClusterConfig): string {
  if (operation === Operation.pop) return `link "${config.links[source]!.name}"`;
  if (operation === Operation.deliver) return `service "${config.services[source]!.name}"`;
  const kind = operation === Operation.swap ? "cross-connect" : "LSP end";
  return `${kind} ${source + 1} on link "${config.links[inLink]!.name}"`;
}
