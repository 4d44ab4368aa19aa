/** Measures the directory of a large fabric without its agents: one book with the records of all nodes, its digests and its pages. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { digestQuestions } from "@florenetes/fabric-flor/src/admin/digest-questions.ts";
import { factQuestions } from "@florenetes/fabric-flor/src/admin/fact-questions.ts";
import { HeldRecords } from "@florenetes/fabric-flor/src/agent/records/held-records.ts";
import { shareVerifications } from "../facts/shared-verifications.ts";
import { SimAuthority } from "../facts/sim-authority.ts";

const NOW: number = Date.parse("2026-11-25T12:00:00.000Z");
const KIBI = 1_024;
/** Records that are signed before their judging is timed: signing is nobody's cost here. */
const BATCH = 1_000;

setFlagsFromString("--expose-gc");
/** The collector of V8, which a context that is made behind the flag has. */
const collect = runInNewContext("gc") as () => void;

/** Measures the directory of so many nodes, and tells each figure when it is known. */
export function runDirectory(nodes: number, tell: (line: string) => void): void {
  const stopSharing = shareVerifications();
  try {
    measure(nodes, tell);
  } finally {
    stopSharing();
  }
}

function measure(nodes: number, tell: (line: string) => void): void {
  const authority = new SimAuthority(NOW - 1);
  const options = { cluster: "demo", node: "d", fingerprint: authority.fingerprint, development: false };
  const records = new HeldRecords(options, { rows: [], lastSequence: 0, marks: new Map(), ran: new Map() }, NOW);
  records.offer(authority.root, NOW);
  const before = heldOctets();
  const outcomes = new Map<string, number>();
  let judgeMs = 0;
  for (let from = 0; from < nodes; from += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, nodes - from) }, (_, at) =>
      authority.node(`n${from + at}`, NOW),
    );
    judgeMs += timed(() => {
      for (const octets of batch) {
        const judgement = records.offer(octets, NOW);
        const word = judgement.isAccepted ? "taken" : judgement.reason;
        outcomes.set(word, (outcomes.get(word) ?? 0) + 1);
      }
      drain(records);
    });
    authority.archive.length = 0;
    authority.issued.clear();
  }
  const held = records.book!.size;
  const came = [...outcomes].map(([word, count]) => `${count} ${word}`).join(", ");
  tell(`a book of ${nodes} nodes: ${came}; ${((1_000 * judgeMs) / nodes).toFixed(0)} µs each, signatures included`);
  tell(`it holds ${held} records: ${((heldOctets() - before) / held / KIBI).toFixed(2)} KiB each`);
  const digests = digestQuestions({ cluster: "demo", node: "d", records }, () => NOW)["/digests"]!;
  const ask = (): number => timed(() => void digests(new URLSearchParams()));
  const first = ask();
  records.offer(authority.node("n0", NOW), NOW);
  drain(records);
  tell(
    `digests: ${first.toFixed(0)} ms at first, ${ask().toFixed(0)} ms behind one change, ${ask().toFixed(2)} ms without one`,
  );
  pages(records, tell);
}

/** Reads all records page by page. */
function pages(records: HeldRecords, tell: (line: string) => void): void {
  const facts = factQuestions(records, () => NOW)["/facts"]!;
  const took: number[] = [];
  const read = (after: string | null): string | null => {
    let next: string | null = null;
    const query = new URLSearchParams(after === null ? {} : { after });
    took.push(timed(() => void ({ next } = facts(query) as { next: string | null })));
    return next;
  };
  for (let next = read(null); next !== null;) next = read(next);
  const sum = took.reduce((all, ms) => all + ms, 0);
  tell(`${took.length} pages of /facts: ${sum.toFixed(0)} ms, the longest ${Math.max(...took).toFixed(0)} ms`);
}

function drain(records: HeldRecords): void {
  while (records.pollEvent() !== undefined);
  while (records.pollChange() !== undefined);
}

/** Milliseconds of processor time. */
function timed(act: () => void): number {
  const before = process.cpuUsage();
  act();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** Octets that are held once all else was collected. */
function heldOctets(): number {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
