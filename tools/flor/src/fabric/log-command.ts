import { type LogFault, type LogStore, faultError, openEtcdStore, openSqliteStore } from "@florenetes/facts/log";
import { readKeyFile, readTextFile } from "@florenetes/identity/authority";
import { EXIT_CODES, foreignText, formatFields } from "@florenetes/operator-text";
import { requestAdmin } from "@florenetes/process-kit";
import type { Command } from "commander";
import { z } from "zod";
import type { Output } from "../output.ts";
import { answerError } from "./asked-agent.ts";
import { copyLog, openLogCopy } from "./log-copy.ts";
import { restoreLog } from "./log-restore.ts";
import { type LogFinding, type LogReport, verifyLog } from "./log-verification.ts";
import { readRecordFile, readRecordsFile } from "./record-files.ts";
import { usageError } from "./usage-error.ts";

/** The options that say where a log is. */
interface PlaceOptions {
  readonly sqlite?: string;
  readonly etcd?: readonly string[];
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly root?: string;
  readonly log: string;
}

interface RestoreOptions extends PlaceOptions {
  readonly copy: readonly string[];
}

interface VerifyOptions extends PlaceOptions {
  readonly agent?: string;
  readonly copy?: readonly string[];
  readonly checkpoint?: readonly string[];
  readonly json?: true;
}

/** `flor fabric log …`. */
export function addLogCommands(fabric: Command, output: Output, finish: (exitCode: number) => void): void {
  const log = fabric.command("log").description("the log of records").helpCommand(false);
  addPlaceOptions(
    log.command("verify").description("read a log, and say whether its chain, its records and its checkpoints hold"),
  )
    .option(
      "--copy <file...>",
      "the log is in these files: `flor fabric log copy` has written it, or its pieces were kept in storage",
    )
    .option("--agent <socket>", "ask an agent what it has found in its own, at its admin socket")
    .option("--checkpoint <file...>", "checkpoints as text, beside those on the store's board")
    .option("--json", "for programs")
    .action((options: VerifyOptions) => verify(options, output, finish));
  addPlaceOptions(
    log.command("copy").description("write a log as text, to be kept elsewhere: `verify --copy` reads it"),
  ).action((options: PlaceOptions) => copy(options, output));
  addPlaceOptions(
    log
      .command("restore")
      .description("bring a copy back into a store that has nothing of the log: agents go on behind it")
      .requiredOption("--copy <file...>", "the copy, or its pieces"),
    "the log goes into this file, which is made; its agent must not run",
  ).action((options: RestoreOptions) => restore(options, output, finish));
}

function addPlaceOptions(
  command: Command,
  sqlite = "the log is in this file of an agent, or a copy of it; it is not changed",
): Command {
  return command
    .option("--sqlite <file>", sqlite)
    .option("--etcd <url...>", "the log's etcd: the addresses of its members")
    .option("--ca <file>", "with --etcd: the authority of the members' certificates")
    .option("--cert <file>", "with --etcd: a certificate that the members take")
    .option("--key <file>", "with --etcd: its key")
    .option("--root <file>", "the root descriptor that you trust, whose keys count")
    .option("--log <name>", "the log's name", "main");
}

async function copy(options: PlaceOptions, output: Output): Promise<void> {
  requireOneStore(options);
  if (options.root === undefined) throw usageError("give --root: it says which cluster it is");
  const { cluster } = readRecordFile(options.root).fact;
  const store = openStore(options, cluster);
  try {
    for await (const line of copyLog(store, { cluster, log: options.log })) output.out(line);
  } finally {
    store.close();
  }
}

/** Brings a copy back, if it is whole: else nothing is written, and the findings are told. */
async function restore(options: RestoreOptions, output: Output, finish: (exitCode: number) => void): Promise<void> {
  requireOneStore(options);
  if (options.root === undefined) throw usageError("give --root: without it nobody knows whose records hold");
  const { octets: root, fact } = readRecordFile(options.root);
  const { cluster } = fact;
  const copied = openLogCopy(options.copy, { cluster, log: options.log });
  const report = await verifyLog(copied, { cluster, log: options.log, root, checkpoints: [], now: Date.now() });
  if (report.findings.length > 0) {
    output.out(describe(report));
    output.err("nothing is written: the copy is not whole");
    return finish(EXIT_CODES.failed);
  }
  const store = openStore(options, cluster, false);
  try {
    const { entries, head } = await restoreLog(copied, store, cluster);
    output.out(
      `${entries} entries are written: the head of the log ${options.log} is entry ${head.index}, ${head.hash}`,
    );
  } finally {
    store.close();
  }
}

function requireOneStore({ sqlite, etcd }: PlaceOptions): void {
  if ((sqlite === undefined) === (etcd === undefined)) throw usageError("give one of --sqlite and --etcd");
}

async function verify(options: VerifyOptions, output: Output, finish: (exitCode: number) => void): Promise<void> {
  const { agent, sqlite, etcd, copy: copied } = options;
  const places = [agent, sqlite, etcd, copied].filter((place) => place !== undefined);
  if (places.length !== 1) throw usageError("give one of --sqlite, --etcd, --copy and --agent");
  if (agent !== undefined) return verifyByAgent(agent, options, output, finish);
  if (options.root === undefined) throw usageError("give --root: without it nobody knows whose records hold");
  const { octets: root, fact } = readRecordFile(options.root);
  const { cluster } = fact;
  const checkpoints = (options.checkpoint ?? []).flatMap(readRecordsFile).map(({ octets }) => octets);
  const store = copied === undefined ? openStore(options, cluster) : openLogCopy(copied, { cluster, log: options.log });
  try {
    const report = await verifyLog(store, { cluster, log: options.log, root, checkpoints, now: Date.now() });
    output.out(options.json === true ? JSON.stringify(report, undefined, 2) : describe(report));
    finish(report.findings.length > 0 ? EXIT_CODES.failed : EXIT_CODES.ok);
  } finally {
    store.close();
  }
}

function openStore(
  { sqlite, etcd, ca, cert, key, log: name }: PlaceOptions,
  cluster: string,
  isReadOnly = true,
): LogStore {
  if (sqlite !== undefined) return openSqliteStore({ path: sqlite, cluster, name, isReadOnly });
  if (ca === undefined || cert === undefined || key === undefined)
    throw usageError("--etcd goes with --ca, --cert and --key");
  const access = { ca: readTextFile(ca).text, cert: readTextFile(cert).text, key: readKeyFile(key) };
  return openEtcdStore({ urls: etcd!, ...access, cluster, name });
}

function describe({ head, isCurrent, entries, checkpoints, findings }: LogReport): string {
  const newest = checkpoints.at(-1);
  const checkpoint =
    newest === undefined
      ? "none that holds"
      : `entry ${newest.index}, of ${new Date(newest.issued).toISOString()}, signed by ${newest.keys} keys`;
  const fields = formatFields([
    ["head", `entry ${head.index}, ${head.hash}`],
    ["records", `${entries} hold, or did until a newer one or their end`],
    ["checkpoint", checkpoint],
    ...(isCurrent ? [] : [["old", "the members that answer are fewer than half: there may be more"] as const]),
  ]);
  const verdict = findings.length === 0 ? "the log is whole" : `${findings.length} findings`;
  return [fields, ...findings.map(describeFinding), verdict].join("\n");
}

const FAULTS: ReadonlySet<string> = new Set(["missing", "changed", "older", "fork"]);

function describeFinding({ what, reason, index }: LogFinding): string {
  const place = index === null ? "" : ` entry ${index}`;
  if (what !== "fault" || !FAULTS.has(reason)) return `${what}${place}: ${reason}`;
  const { code, advice } = faultError({ kind: reason as LogFault["kind"], index: index ?? 0 });
  return `${what}${place}: ${reason} [${code}]\n    ${advice}`;
}

const statusForm = z.object({
  log: z
    .object({
      store: z.object({ entries: z.number(), isWhole: z.boolean(), missing: z.number().nullable() }).nullable(),
      problem: z.object({ code: z.string(), text: z.string(), advice: z.string() }).nullable(),
      forks: z.array(z.number()),
      isStale: z.boolean(),
      differing: z.array(z.string()),
      checkpoint: z.object({ index: z.number(), issued: z.string() }).nullable(),
    })
    .nullable(),
});

const TEXT_LENGTH_MAX = 500;

async function verifyByAgent(
  agent: string,
  { json }: VerifyOptions,
  output: Output,
  finish: (exitCode: number) => void,
): Promise<void> {
  const answer = statusForm.safeParse(await requestAdmin(agent, "/status"));
  if (!answer.success) throw answerError(agent, "answered what is no status of an agent");
  const { log } = answer.data;
  if (log === null || log.store === null) throw usageError("the agent keeps no copy of the log");
  const { store, problem, forks, differing, checkpoint, isStale } = log;
  const findings = [
    ...(problem === null ? [] : [`${problem.code}: ${problem.text}`]),
    ...forks.map((index) => `fault entry ${index}: fork`),
    ...(differing.length === 0 ? [] : [`checkpoint: sections ${differing.join(" ")}`]),
    ...(store.isWhole || problem !== null ? [] : ["not all entries were read yet"]),
  ].map((text) => foreignText(text, TEXT_LENGTH_MAX));
  if (json === true) output.out(JSON.stringify({ log }, undefined, 2));
  else {
    const last =
      checkpoint === null ? "none" : `entry ${checkpoint.index}, of ${foreignText(checkpoint.issued, TEXT_LENGTH_MAX)}`;
    const fields = formatFields([
      ["entries", String(store.entries)],
      ["checkpoint", `${last}${isStale ? ", stale" : ""}`],
    ]);
    output.out(
      [fields, ...findings, findings.length === 0 ? "the log is whole" : `${findings.length} findings`].join("\n"),
    );
  }
  finish(findings.length > 0 ? EXIT_CODES.failed : EXIT_CODES.ok);
}
