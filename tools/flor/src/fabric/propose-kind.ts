/** Proposals of a kind, by its body in a file and by options. */
import { loadConfig } from "@florenetes/config-file";
import { type Bodies, bodyOf, collectionWarnings, describeRecord, type Kind, KINDS } from "@florenetes/facts";
import { proposeRecord, requireRecord } from "@florenetes/facts/authoring";
import { WORKLOAD_CLASS_NAMES } from "@florenetes/forwarding";
import type { Command } from "commander";
import type { Output } from "../output.ts";
import { type ProposalOptions, readTerms, withProposalOptions } from "./proposal-options.ts";
import { writeNewRecord } from "./record-files.ts";

export interface BodyOptions extends ProposalOptions {
  readonly body?: string;
}

export type Made<K extends Kind> = Partial<Bodies[K]>;

/** Adds the options that all proposals of a body have. */
export function withBody(command: Command): Command {
  return withProposalOptions(command.option("--body <file>", "the body, as YAML or JSON; options change it"));
}

/**
 * The body comes from the record before, then from the file, then from options: what comes later wins.
 *
 * @param subject Undefined: the scope is the subject
 */
export async function proposeKind<
  K extends "node" | "service" | "role" | "policy" | "seeds" | "budget" | "collection" | "order",
>(
  kind: K,
  subject: string | undefined,
  options: BodyOptions,
  made: Made<K>,
  output: Output,
  authority?: string,
): Promise<void> {
  const terms = await readTerms(kind, options, subject);
  const before = terms.after === undefined ? undefined : bodyOf(terms.after, kind);
  const file = options.body === undefined ? undefined : await loadConfig(options.body, KINDS[kind].body);
  const defaults = file === undefined && before === undefined ? DEFAULTS[kind] : {};
  const body = { ...defaults, ...(file === undefined ? before : file.value), ...made } as Bodies[K];
  const octets = proposeRecord({ ...terms, kind, body, authority: authority ?? terms.after?.authority });
  writeNewRecord(options.out, octets, output);
  const fact = requireRecord(octets);
  if (options.out !== undefined) return output.out(describeRecord(fact, terms.now));
  // The record itself is all that stands on the output: warnings of its words go beside it.
  const collection = bodyOf(fact, "collection");
  for (const warning of collection === undefined ? [] : collectionWarnings(collection))
    output.err(`warning: ${warning}`);
}

/** Members of bodies that nothing is said of. */
const DEFAULTS: { readonly [K in Kind]?: Made<K> } = {
  node: { "trust-tier": 0 },
  service: { aliases: [], mode: "active-active", classes: WORKLOAD_CLASS_NAMES, hosts: [] },
  role: { actions: [], services: [], depth: 0 },
  budget: { limits: [] },
  collection: {
    copies: 3,
    readers: [],
    writers: [],
    retention: 2_592_000,
    unretained: [],
    "recovery-epoch": 1,
    recipients: [],
  },
};

/** The members that are not undefined. */
export function given<Value extends object>(value: Value): Partial<{ [K in keyof Value]: NonNullable<Value[K]> }> {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as never;
}
