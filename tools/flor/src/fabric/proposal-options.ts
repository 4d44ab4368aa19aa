/** Options that all commands have which make a record. */
import { parseDuration } from "@florenetes/config-file";
import type { Fact, Kind } from "@florenetes/facts";
import type { ProposalPlace, ProposalTerms } from "@florenetes/facts/authoring";
import { type Command, InvalidArgumentError, Option } from "commander";
import { askInForce } from "./asked-agent.ts";
import { readRecordFile } from "./record-files.ts";
import { usageError } from "./usage-error.ts";

export interface ProposalOptions {
  readonly cluster?: string;
  readonly scope?: string;
  readonly after?: string;
  readonly agent?: string;
  readonly epoch?: number;
  readonly expires?: (now: number) => number;
  readonly out?: string;
}

export function withProposalOptions(command: Command): Command {
  return command
    .option("--cluster <name>", "name of the cluster (default: as --after has it)")
    .option("--scope <scope>", "org/<name>, or cluster (default: as --after has it, else cluster)")
    .option("--after <file>", "the record that this one follows: its epoch is one higher, and what is not named stays")
    .addOption(
      new Option(
        "--agent <socket>",
        "instead of --after: the admin socket of an agent, which has the record in force",
      ).conflicts("after"),
    )
    .option(
      "--epoch <n>",
      "number by which the records of a slot follow each other (default: 1 without --after)",
      parseCount,
    )
    .option("--expires <when>", "a time as 2027-01-31T12:00:00Z, or a duration as 30d (default: by the kind)", parseEnd)
    .option("--out <file>", "the file to write; it must not exist yet (default: it is shown)");
}

/**
 * Place and terms of a record that follows the one of `--after`, or that an agent has in force, if there is one. Without a subject, the scope is the
 * subject.
 */
export async function readTerms(
  kind: Kind,
  options: ProposalOptions,
  subject: string | undefined,
): Promise<ProposalPlace & ProposalTerms> {
  const now = Date.now();
  const given = options.after === undefined ? undefined : readRecordFile(options.after).fact;
  const scope = options.scope ?? given?.scope ?? "cluster";
  const place = { kind, scope, subject: subject ?? scope };
  const after = options.agent === undefined ? given : await askInForce(options.agent, place);
  return {
    cluster: clusterOf(options, after),
    scope,
    subject: place.subject,
    now,
    after,
    epoch: options.epoch,
    expires: options.expires?.(now),
  };
}

export function parseCount(text: string): number {
  const value = Number(text);
  if (/^\d{1,16}$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError("A whole number from 0 to 2^53-1 is needed.");
}

function clusterOf({ cluster }: ProposalOptions, after: Fact | undefined): string {
  const found = cluster ?? after?.cluster;
  if (found === undefined) throw usageError("it takes --cluster, or --after");
  return found;
}

/** A time, or how long from now on: as a time from the time of now. */
export function parseEnd(text: string): (now: number) => number {
  const life = parseDuration(text);
  if (life !== undefined) return (now) => now + life;
  const time = /^\d{4}-/.test(text) ? new Date(text).getTime() : Number.NaN;
  if (Number.isNaN(time))
    throw new InvalidArgumentError("A time as 2027-01-31T12:00:00Z or a duration as 30d is needed.");
  return () => time;
}
