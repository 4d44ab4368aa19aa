import type { Random } from "@florenetes/simkit";
import { Conduct } from "../../src/conduct.ts";
import type { ReaderEvent } from "../../src/feed-events.ts";
import { type FeedCursors, FeedReader, type JudgedAs } from "../../src/feed-reader.ts";
import { FeedSource } from "../../src/feed-source.ts";
import { VerificationTurns } from "../../src/verification-turns.ts";
import { Book, idOf, needsOf, subjectOf } from "../records.ts";

/** Signatures of a forged copy, which has the id of the true record. */
export const FORGED = 0xff;

/** The parts of a subject: `section slot epoch`. */
function partsOf(subject: string): { readonly section: string; readonly slot: string; readonly epoch: number } {
  const [section = "", slot = "", epoch = ""] = subject.split(" ");
  return { section, slot, epoch: Number(epoch) };
}

/** A node that keeps the newest record of each slot, and all that a process keeps of its neighbours. */
export class HonestNode {
  readonly name: string;
  /** The sections that this node may have. */
  readonly sections: readonly string[];
  #random: Random;
  #databaseId: string;
  book = new Book();
  /** The held record of each slot. */
  readonly #slots = new Map<string, { readonly id: string; readonly epoch: number; readonly octets: Uint8Array }>();
  readonly #cursors = new Map<string, { databaseId: string; rows: Map<string, number> }>();
  #conducts = new Map<string, Conduct>();
  #turns = new VerificationTurns();

  constructor(name: string, sections: readonly string[], random: Random) {
    this.name = name;
    this.sections = sections;
    this.#random = random;
    this.#databaseId = Buffer.from(random.bytes(16)).toString("hex");
  }

  /** The process starts again; its database is as it was, is made anew of the same records, or is lost. */
  restart(database: "kept" | "renumbered" | "lost"): void {
    this.#conducts = new Map();
    this.#turns = new VerificationTurns();
    if (database === "kept") return;
    this.#databaseId = Buffer.from(this.#random.bytes(16)).toString("hex");
    this.book = new Book();
    this.#cursors.clear();
    if (database === "lost") this.#slots.clear();
    for (const { octets } of this.#slots.values()) this.book.add(partsOf(subjectOf(octets)).section, octets);
  }

  /** Takes a record that comes from outside of the feed, or from a neighbour. */
  judge(octets: Uint8Array): JudgedAs {
    if (octets.at(-1) === FORGED) return "refused-signature";
    const { section, slot, epoch } = partsOf(subjectOf(octets));
    const held = this.#slots.get(`${section} ${slot}`);
    if (held !== undefined && held.epoch >= epoch) return "refused-other";
    const needs = needsOf(octets);
    if (needs !== undefined && !this.#slots.has(needs)) return "too-early";
    if (held !== undefined) this.book.remove(held.id);
    this.#slots.set(`${section} ${slot}`, { id: idOf(octets), epoch, octets });
    this.book.add(section, octets);
    return "taken";
  }

  conductOf(peer: string, now: number): Conduct {
    const conduct = this.#conducts.get(peer) ?? new Conduct(this.#turns, now);
    this.#conducts.set(peer, conduct);
    return conduct;
  }

  /** The neighbours that are muted, or were. */
  get muted(): string[] {
    return [...this.#conducts].filter(([, { mutedUntil }]) => mutedUntil > 0).map(([peer]) => peer);
  }

  reader(peer: string, now: number): FeedReader {
    const kept = this.#cursors.get(peer);
    const rows = [...(kept?.rows ?? [])].map(([section, sequence]) => ({ section, sequence }));
    const cursors: FeedCursors | undefined =
      kept === undefined ? undefined : { databaseId: kept.databaseId, cursors: rows };
    const has = (id: string): boolean => this.book.has(id);
    return new FeedReader({ ...this.#names(peer), cursors, has, conduct: this.conductOf(peer, now) }, now);
  }

  source(peer: string, sections: readonly string[], now: number): FeedSource {
    const conduct = this.conductOf(peer, now);
    return new FeedSource({ ...this.#names(peer), sections, book: this.book, conduct }, now);
  }

  handleCursor(peer: string, { databaseId, section, sequence }: Extract<ReaderEvent, { kind: "cursor" }>): void {
    let kept = this.#cursors.get(peer);
    if (kept?.databaseId !== databaseId) kept = { databaseId, rows: new Map() };
    kept.rows.set(section, sequence);
    this.#cursors.set(peer, kept);
  }

  #names(peer: string): { node: string; peer: string; databaseId: string; time: number; seen: string } {
    return { node: this.name, peer, databaseId: this.#databaseId, time: 0, seen: "" };
  }
}
