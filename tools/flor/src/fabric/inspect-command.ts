import type { Command } from "commander";
import {
  describeRecord,
  type Authority,
  type Fact,
  type HeldFacts,
  type Judgement,
  judge,
  REASONS,
  slotOf,
  trustRoot,
} from "@florenetes/facts";
import { authorityFrom } from "@florenetes/facts/authoring";
import { EXIT_CODES } from "@florenetes/operator-text";
import type { Output } from "../output.ts";
import { readRecordsFile, type RecordFile } from "./record-files.ts";
import { describeCount, describeSignatures, keyNamesOf } from "./record-text.ts";

interface InspectOptions {
  readonly root?: string;
  readonly held?: readonly string[];
  readonly json?: true;
}

/** `flor fabric inspect`. */
export function addFabricInspectCommand(fabric: Command, output: Output, finish: (exitCode: number) => void): void {
  fabric
    .command("inspect")
    .description("show records, and judge them as far as files allow")
    .argument("<file>", "one or several records, as text")
    .option("--root <file>", "root descriptor whose keys count, or several versions from the first one on")
    .option("--held <file...>", "records that a node would have: its roles, policies and nodes")
    .option("--json", "for programs")
    .action((file: string, options: InspectOptions) => inspect(file, options, output, finish));
}

function inspect(file: string, options: InspectOptions, output: Output, finish: (exitCode: number) => void): void {
  const now = Date.now();
  const authority = options.root === undefined ? undefined : readAuthority(options.root, now);
  const held = heldOf((options.held ?? []).flatMap(readRecordsFile).map(({ fact }) => fact));
  const judged = readRecordsFile(file).map((record) => ({
    record,
    judgement: judgeRecord(record, { authority, held, now }),
  }));
  const names = authority === undefined ? new Map<string, string>() : keyNamesOf(authority.root);
  if (options.json === true) {
    output.out(
      JSON.stringify(
        { records: judged.map(({ record, judgement }) => toJson(record.fact, judgement, names)) },
        undefined,
        2,
      ),
    );
  } else {
    output.out(
      judged.map(({ record, judgement }) => toText(record.fact, judgement, { names, authority, now })).join("\n\n"),
    );
  }
  finish(judged.some(({ judgement }) => judgement?.isAccepted === false) ? EXIT_CODES.failed : EXIT_CODES.ok);
}

/** Grounds of a judgement; without a root, there is only its form to judge, which reading has done. */
interface JudgedBy {
  readonly authority: Authority | undefined;
  readonly held: HeldFacts;
  readonly now: number;
}

function judgeRecord({ octets, fact }: RecordFile, { authority, held, now }: JudgedBy): Judgement | undefined {
  if (fact.kind === "root" && (authority === undefined || authority.root.id === fact.id)) {
    return trustRoot(octets, { cluster: fact.cluster, fingerprint: fact.id, development: true, now });
  }
  return authority === undefined ? undefined : judge(octets, { authority, held, now, development: true });
}

function heldOf(facts: readonly Fact[]): HeldFacts {
  return { in: (slot) => facts.filter((fact) => slotOf(fact) === slot) };
}

interface Shown {
  readonly names: ReadonlyMap<string, string>;
  readonly authority: Authority | undefined;
  readonly now: number;
}

function toText(fact: Fact, judgement: Judgement | undefined, { names, authority, now }: Shown): string {
  const own = fact.kind === "root" ? keyNamesOf(fact) : names;
  const count = authority === undefined ? undefined : describeCount(fact, authority, now);
  const lines = [describeRecord(fact, now), describeSignatures(fact, new Map([...own, ...names]))];
  if (count !== undefined) lines.push(`counted    ${count} signatures that it takes`);
  lines.push(verdictOf(judgement));
  return lines.join("\n");
}

function verdictOf(judgement: Judgement | undefined): string {
  if (judgement === undefined) return "in form; --root says whether it holds";
  if (judgement.isAccepted && judgement.waits === true)
    return "signed by the recovery keys: it holds at each node after 72 hours in which that node runs, unless the root quorum signs another next version";
  return judgement.isAccepted ? "it holds" : `refused: ${judgement.reason}. ${REASONS[judgement.reason]}`;
}

function toJson(fact: Fact, judgement: Judgement | undefined, names: ReadonlyMap<string, string>): object {
  const { id, envelope, isKnown, issued, expires, ...members } = fact;
  return {
    id,
    ...members,
    issued: new Date(issued).toISOString(),
    expires: new Date(expires).toISOString(),
    isKnown,
    signatures: envelope.signatures.map(({ keyId }) => ({ keyId, name: names.get(keyId) ?? null })),
    judgement: judgement === undefined ? null : toVerdict(judgement),
  };
}

function toVerdict(judgement: Judgement): object {
  if (judgement.isAccepted) return { isAccepted: true, ...(judgement.waits && { waits: true }) };
  return { isAccepted: false, reason: judgement.reason, text: REASONS[judgement.reason] };
}

function readAuthority(file: string, now: number): Authority {
  return authorityFrom(
    readRecordsFile(file).map(({ octets }) => octets),
    now,
  );
}
