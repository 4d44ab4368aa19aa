/** Looks whether a log is whole: its chain, the record of each entry, and the checkpoints that signers have made of it. */
import { bodyOf, type Fact, FactBook, keyIdOf, readFact, trustRoot } from "@florenetes/facts";
import {
  differingSections,
  heldOf,
  isWholeCopy,
  LogDirectory,
  type LogHead,
  LogReader,
  type LogStore,
  PASSED_REASONS,
  readBoard,
} from "@florenetes/facts/log";
import { entriesOf } from "./log-entries.ts";

export interface LogVerification {
  readonly cluster: string;
  /** The log's name. */
  readonly log: string;
  /** The root descriptor, which the operator trusts. */
  readonly root: Uint8Array;
  /** Octets of checkpoints, beside those of the store's board. */
  readonly checkpoints: readonly Uint8Array[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** A reason for which a log is not as it should be. */
export interface LogFinding {
  /** `fault`, with the kind of it; `record`: it does not hold; `checkpoint`: it does not hold, or confirms other records; `root`. */
  readonly what: "fault" | "record" | "checkpoint" | "root";
  readonly reason: string;
  /** The entry; null: none in particular. */
  readonly index: number | null;
}

export interface LogReport {
  readonly head: LogHead;
  /** False: the members of etcd that answer may be behind. */
  readonly isCurrent: boolean;
  /** Entries whose record holds today, or did until a newer one came or its end. */
  readonly entries: number;
  /** Checkpoints that hold, the newest last. */
  readonly checkpoints: readonly { readonly index: number; readonly issued: number; readonly keys: number }[];
  readonly findings: readonly LogFinding[];
}

/** Findings that are kept: a log of garbage has one for each entry. */
const FINDINGS_MAX = 1_000;

/** Reads all of a store. Rejects with what the store rejects with. */
export async function verifyLog(store: LogStore, options: LogVerification): Promise<LogReport> {
  const { cluster, log, root, now } = options;
  const findings: LogFinding[] = [];
  const find = (what: LogFinding["what"], reason: string, index: number | null): void => {
    if (findings.length < FINDINGS_MAX) findings.push({ what, reason, index });
  };
  const { head, isCurrent } = await store.head();
  const first = readFact(root, cluster);
  const fingerprint = typeof first === "string" ? "" : first.id;
  const trusted = trustRoot(root, { cluster, fingerprint, development: true, now });
  if (!trusted.isAccepted) {
    find("root", trusted.reason, null);
    return { head, isCurrent, entries: 0, checkpoints: [], findings };
  }
  const book = new FactBook({ root: trusted.fact, node: "", development: true });
  // Records hold by themselves: with those of the whole log, it is known who signs its checkpoints, and those prove where entries may be missing.
  for await (const { record } of entriesOf(store)) book.offer(record, now);
  const checkpoints = await acceptedCheckpoints(store, book, options, find);

  const directory = new LogDirectory();
  let entries = 0;
  const judge = (record: Uint8Array, index: number): string | undefined => {
    const judgement = book.offer(record, now);
    const fact = readFact(record, cluster);
    const held = typeof fact === "string" ? undefined : heldOf(book, fact);
    if (typeof fact !== "string" && held !== undefined) {
      if (!isWholeCopy(fact, held, book, now)) return "quorum";
      directory.handleEntry(held, index, now, book);
    } else if (!judgement.isAccepted && !PASSED_REASONS.has(judgement.reason)) return judgement.reason;
    entries++;
    return undefined;
  };
  const newest = checkpoints.at(-1);
  const reader = await read(store, { cluster, name: log, judge }, newest);
  for (let event = reader.pollEvent(); event !== undefined; event = reader.pollEvent()) {
    if (event.is === "fault") find("fault", event.kind, event.index);
    else if (event.is === "fork") find("fault", "fork", event.index);
    else if (event.is === "refused") find("record", event.reason, event.index);
  }
  for (const { fact, index, hash } of checkpoints) {
    const other = await read(store, { cluster, name: log, judge: () => undefined }, { index, hash });
    if (other.forks.length > 0 && fact !== newest?.fact) find("checkpoint", "fork", index);
    if (reader.fault !== undefined) continue;
    const differing = differingSections(bodyOf(fact, "checkpoint")!.sections, directory.at(index, fact.issued, book));
    if (differing.length > 0 && fact === newest?.fact) find("checkpoint", `sections ${differing.join(" ")}`, index);
  }
  const told = checkpoints.map(({ fact, index }) => {
    return { index, issued: fact.issued, keys: fact.envelope.signatures.length };
  });
  return { head, isCurrent, entries, checkpoints: told, findings };
}

/** Reads a log up to its head, or the first fault. */
async function read(
  store: LogStore,
  options: ConstructorParameters<typeof LogReader>[0],
  checkpoint: LogHead | undefined,
): Promise<LogReader> {
  const reader = new LogReader(options);
  if (checkpoint !== undefined) reader.handleCheckpoint({ index: checkpoint.index, hash: checkpoint.hash });
  reader.handleHead(await store.head(), 0);
  for (let wanted = reader.pollRead(); wanted !== undefined; wanted = reader.pollRead())
    reader.handleEntries(await store.read(wanted.from, wanted.count));
  return reader;
}

interface AcceptedCheckpoint extends LogHead {
  readonly fact: Fact;
}

/** The checkpoints of the board and of files that hold, by their epochs. */
async function acceptedCheckpoints(
  store: LogStore,
  book: FactBook,
  { cluster, log, checkpoints, now }: LogVerification,
  find: (what: LogFinding["what"], reason: string, index: number | null) => void,
): Promise<readonly AcceptedCheckpoint[]> {
  const policy = book.inForce("policy", "cluster", "cluster", now);
  const named = policy === undefined ? undefined : bodyOf(policy, "policy")?.log;
  const signers = named?.name === log ? named.signers : [];
  const posts =
    signers.length === 0 ? new Map<string, Uint8Array>() : await store.posts(signers.map(({ key }) => keyIdOf(key)));
  const posted = readBoard(posts, { cluster, log, signers })
    .filter(({ keyIds }) => 2 * keyIds.length > signers.length)
    .map(({ record }) => record);
  const accepted = new Map<string, AcceptedCheckpoint>();
  for (const [at, octets] of [...checkpoints, ...posted].entries()) {
    const fact = readFact(octets, cluster);
    const body = typeof fact === "string" ? undefined : bodyOf(fact, "checkpoint");
    if (typeof fact === "string" || body === undefined || fact.subject !== log) {
      if (at < checkpoints.length) find("checkpoint", "no checkpoint of this log", null);
      continue;
    }
    const judgement = book.offer(octets, now);
    if (judgement.isAccepted || book.has(fact.id)) accepted.set(fact.id, { fact, index: body.index, hash: body.head });
    else if (judgement.reason !== "older") find("checkpoint", judgement.reason, body.index);
  }
  return [...accepted.values()].toSorted((a, b) => a.fact.epoch - b.fact.epoch);
}
