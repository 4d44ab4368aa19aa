import type { LabelEntry, LabelTableConfig } from "./label-entries.ts";
import { ALL_LINKS, countEntries, describeEntry, entriesOf, Operation } from "./label-entries.ts";
import { LABEL_AGENT } from "./header.ts";
import { LabelError } from "./label-error.ts";
import { LABEL_MAX, LABEL_MIN, PROBLEMS_MAX, TABLE_ENTRIES_MAX } from "./limits.ts";
import { PairMap } from "./pair-map.ts";

/** The problem with the label of an entry, or undefined. `where` names the entry, such as `service web`. */
function findLabelProblem({ label, operation }: LabelEntry, where: () => string): LabelError | undefined {
  if (label === LABEL_AGENT && operation === Operation.deliver) return undefined;
  if (!Number.isInteger(label) || label < 0 || label > LABEL_MAX) {
    return new LabelError(
      "ERR_LABEL_RANGE",
      `${where()}: ${label} is not a label: choose a whole number from ${LABEL_MIN} to ${LABEL_MAX}`,
    );
  }
  if (label < LABEL_MIN) {
    return new LabelError(
      "ERR_LABEL_RESERVED",
      `${where()}: labels below ${LABEL_MIN} are reserved, and ${label} is one: choose one from ${LABEL_MIN} to ${LABEL_MAX}`,
    );
  }
  return undefined;
}

/** All that keeps a config from being a label table, the first hundred of it. Empty: a table can be built. */
export function findTableProblems(config: LabelTableConfig): LabelError[] {
  const count = countEntries(config);
  if (count > TABLE_ENTRIES_MAX) {
    const message = `${count} labels are configured: a vertex takes up to ${TABLE_ENTRIES_MAX}`;
    return [new LabelError("ERR_LABEL_TABLE_FULL", message)];
  }
  const links = new Set([...config.links.entries()].flatMap(([link, owner]) => (owner === undefined ? [] : [link])));
  const problems = findTransitProblems(config, links);
  const known = new PairMap(count);
  const entries: LabelEntry[] = [];
  for (const entry of entriesOf(config)) {
    if (problems.length >= PROBLEMS_MAX) break;
    const problem =
      findLinkProblem(config, links, entry) ?? findLabelProblem(entry, () => describeEntry(config, entry));
    if (problem !== undefined) {
      problems.push(problem);
      continue;
    }
    const other = entries[findOther(known, entry)];
    if (other === undefined) {
      known.set(entry.inLink, entry.label, entries.length);
      entries.push(entry);
    } else {
      problems.push(conflict(config, other, entry));
    }
  }
  return problems;
}

/** Index of an entry with which this one cannot live: entries for all links come first, so these stand in `known`. */
function findOther(known: PairMap, entry: LabelEntry): number {
  const everywhere = known.get(ALL_LINKS, entry.label);
  return everywhere === -1 ? known.get(entry.inLink, entry.label) : everywhere;
}

function findTransitProblems(config: LabelTableConfig, links: ReadonlySet<number>): LabelError[] {
  const problems: LabelError[] = [];
  const permitted = (config.permits ?? []).map(({ pair }) => pair);
  for (const [index, pair] of [...config.transit, ...permitted].entries()) {
    const unknown = pair.find((link) => !links.has(link));
    if (unknown !== undefined && problems.length < PROBLEMS_MAX) {
      problems.push(new LabelError("ERR_LABEL_LINK", `transit ${index + 1}: there is no link number ${unknown}`));
    }
  }
  return problems;
}

function findLinkProblem(
  config: LabelTableConfig,
  links: ReadonlySet<number>,
  entry: LabelEntry,
): LabelError | undefined {
  if (entry.inLink === ALL_LINKS || links.has(entry.inLink)) return undefined;
  const message = `${describeEntry(config, entry)}: there is no link number ${entry.inLink}`;
  return new LabelError("ERR_LABEL_LINK", message);
}

function conflict(config: LabelTableConfig, first: LabelEntry, second: LabelEntry): LabelError {
  const names = `${describeEntry(config, first)} and ${describeEntry(config, second)}`;
  const reason =
    first.inLink === second.inLink
      ? "give one of them another"
      : "a label that holds for all links cannot also belong to one of them: give one of them another";
  return new LabelError("ERR_LABEL_CONFLICT", `${names} both have label ${second.label}: ${reason}`, [first, second]);
}
