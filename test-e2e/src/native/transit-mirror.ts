/** Offloaded transit in TypeScript, and the orders that have the Rust do the same: each line of the script has the answer of the TypeScript. */
import {
  DelegatedTransit,
  type NumberedChange,
  OffloadedTransit,
  type TransitLimits,
  type TransitLinkRow,
  type TransitRefusal,
  type TransitThread,
} from "@florenetes/forwarding";
import type { LinkKey, LinkStatus, TransitChanges, TransitReport } from "@florenetes/portal-api";
import { type Script, hexOf } from "./mirror.ts";

/** The number of bytes before a packet. */
const ROOM = 3;

export class TransitMirror {
  /** Fates of packets, causes of drops, and codes of refusals that have come up. */
  readonly seen = new Set<string>();
  readonly #here: OffloadedTransit;
  readonly #there: DelegatedTransit;
  readonly #script: Script;
  #now = 0;
  #sent: string | undefined;
  #owner = "";
  #generation = 0;
  /** The expected answer to the next question for counts. */
  #report = NO_REPORT;

  constructor(script: Script, seed: number) {
    this.#script = script;
    script.add(`transit ${seed}`, "ok");
    this.#here = new OffloadedTransit({
      packetSizeMax: 16_384,
      now: () => this.#now,
      seed,
      send: (handle, packet, start, end) => {
        if ((packet[start]! & 1) !== 0) this.seen.add("mark");
        this.#sent = `out ${handle} ${hexOf(packet, start, end)}`;
      },
    });
    this.#there = new DelegatedTransit(this.#thread());
  }

  attach(instance: string): void {
    this.#owner = instance;
    this.#here.handleAttached(instance);
    this.#there.handleAttached(instance);
  }

  setStatus(status: LinkStatus): void {
    this.#here.handleStatus(status);
    this.#there.handleStatus(status);
  }

  close(key: LinkKey): void {
    this.#here.handleClosed(key);
    this.#there.handleClosed(key);
  }

  change(part: TransitChanges): void {
    this.#generation = part.generation;
    this.#here.handleChanges(part);
    this.#there.handleChanges(part);
    const { code } = this.#here.progress ?? { code: "" };
    if (code !== "") this.seen.add(code);
  }

  dropUnconfirmed(): void {
    this.#here.dropUnconfirmed();
    this.#there.dropUnconfirmed();
  }

  drop(): void {
    this.#here.drop();
    this.#there.drop();
  }

  packet(handle: number, packet: Uint8Array, elapsed: number): void {
    this.#now += elapsed;
    this.#sent = undefined;
    const line = `transit-packet ${handle} ${this.#now} ${hexOf(packet)}`;
    const buffer = new Uint8Array(ROOM + packet.length);
    buffer.set(packet, ROOM);
    const isTaken = this.#here.handlePacket(handle, buffer, ROOM, buffer.length);
    this.#here.handleTurnEnd();
    const answer = isTaken ? (this.#sent ?? "dropped") : `up ${hexOf(packet)}`;
    this.seen.add(answer.split(" ", 1)[0]!);
    this.#script.add(line, answer);
  }

  /** Compares all counts, as a reader gets them that knows none yet. */
  count(): void {
    this.attach(this.#owner);
    this.change({
      generation: this.#generation,
      first: 0,
      whole: 1,
      packetsPerSecond: 1,
      bytesPerSecond: 1,
      changes: [],
    });
    this.report();
  }

  /** Compares the counts that the reader does not know yet, and takes them. */
  report(): void {
    const report = this.#here.pollReport();
    this.#report = textOf(report);
    this.#there.pollReport();
    if (report === undefined) return;
    for (const { share, packets, packetsDenied } of report.classes) {
      if (packets > 0) this.seen.add(share === 0 ? "permitted" : "charged");
      if (packetsDenied > 0) this.seen.add("denied");
    }
    for (const { drops } of report.links) for (const { cause } of drops) this.seen.add(cause);
    this.#report = textOf(this.#here.handleReportTaken(report.number) ? this.#here.pollReport() : undefined);
    this.#there.handleReportTaken(report.number);
  }

  #thread(): TransitThread {
    const script = this.#script;
    return {
      setLink: (link: number, { handle, mtu, preferredMtu }: TransitLinkRow) =>
        script.add(`transit-link ${link} ${handle} ${mtu} ${preferredMtu}`, "ok"),
      begin: (table: number, whole: number, { packetsPerSecond, bytesPerSecond }: TransitLimits) =>
        script.add(`transit-begin ${table} ${whole} ${packetsPerSecond} ${bytesPerSecond}`, "ok"),
      change: (table: number, first: number, changes: readonly NumberedChange[]) => {
        const { taken, code } = this.#here.progress!;
        const line = `transit-change ${table} ${first} ${changes.map(wordsOf).join(" ")}`;
        script.add(line, code === "" ? `${taken} ${this.#here.labels}` : code);
        this.#there.handleTaken(table, taken, code as TransitRefusal | "");
      },
      drop: (table: number) => script.add(`transit-drop ${table}`, "ok"),
      tell: (table: number, reader: number, taken: number) =>
        script.add(`transit-tell ${table} ${reader} ${taken}`, this.#report),
      figures: () => ({ labels: 0, packetsDecided: 0 }),
    };
  }
}

const NO_REPORT = "-";

function wordsOf(change: NumberedChange): string {
  if (change.operation === "permit") {
    const { operation, link, outLink, allowance, share = 0 } = change;
    const words = allowance === undefined ? ["-"] : [allowance.classes, allowance.bitsPerSecond];
    return [operation, link, outLink, share, ...words].join(" ");
  }
  return Object.values(change).join(" ");
}

/** A report as native/wire's mirror writes it: links and labels stand in the order of their numbers. */
function textOf(report: TransitReport | undefined): string {
  if (report === undefined) return NO_REPORT;
  const links = report.links
    .toSorted((a, b) => a.link - b.link)
    .map(({ link, packetsForwarded, bytesIn, packetsOut, bytesOut, packetsRefused, drops }) => {
      const counts = [packetsForwarded, bytesIn, packetsOut, bytesOut, packetsRefused].join(",");
      return `${link}/[${counts}]/${drops.map(({ cause, packets, label }) => `${cause}:${packets}:${label}`).join(",")}`;
    });
  const pairs = report.pairs.map(
    ({ link, outLink, packetsPassed, packetsLimited }) => `${link}>${outLink}:${packetsPassed}/${packetsLimited}`,
  );
  const labels = report.labels
    .toSorted((a, b) => a.link - b.link || a.label - b.label)
    .map(({ link, label, packets }) => `${link}:${label}:${packets}`);
  const classes = report.classes
    .toSorted(
      (a, b) => a.link - b.link || a.outLink - b.outLink || a.share - b.share || a.trafficClass - b.trafficClass,
    )
    .map(
      ({ link, outLink, share, trafficClass, packets, bytes, packetsDenied }) =>
        `${link}>${outLink}/${share}:${trafficClass}:${packets}/${bytes}/${packetsDenied}`,
    );
  return [[report.number], links, pairs, labels, classes].map((texts) => texts.join(" ")).join(" | ");
}
