import { Random, Scheduler } from "@florenetes/simkit";
import { FeedReader } from "../../src/feed-reader.ts";
import { FeedSource } from "../../src/feed-source.ts";
import { record } from "../records.ts";
import { HonestNode } from "./honest-node.ts";
import { HostileEnd } from "./hostile-end.ts";
import { SimStream, type StreamEnd } from "./stream.ts";

/** A stream, and who stands at its ends. */
interface Feed {
  readonly reader: string;
  readonly source: string;
  stream: SimStream | undefined;
  ends: readonly [StreamEnd, StreamEnd] | undefined;
}

const ORGANIZATION = "org/acme";
const SHARED = ["entry", "public"];
const SLOTS = 20;
const REOPEN_MS_MAX = 3_000;

/** Honest nodes in a ring with a chord, some of them of one organization, and hostile ones that are neighbours of all. */
export class Mesh {
  readonly scheduler = new Scheduler();
  readonly random: Random;
  readonly honest = new Map<string, HonestNode>();
  readonly #hostile: readonly string[];
  readonly #feeds: Feed[] = [];
  /** All true records that were ever made. */
  readonly #records: Uint8Array[] = [];
  readonly #epochs = new Map<string, number>();

  constructor(seed: number, honest: number, hostile: number) {
    this.random = new Random(seed);
    const names = Array.from({ length: honest }, (_, each) => `n${each}`);
    for (const [each, name] of names.entries()) {
      const sections = each < honest / 2 ? [...SHARED, ORGANIZATION] : SHARED;
      this.honest.set(name, new HonestNode(name, sections, this.random));
    }
    this.#hostile = Array.from({ length: hostile }, (_, each) => `h${each}`);
    const pairs = names.map((name, each) => [name, names[(each + 1) % honest]!] as const);
    pairs.push(
      [names[0]!, names[Math.floor(honest / 2)]!],
      ...this.#hostile.flatMap((other) => names.map((name) => [name, other] as const)),
    );
    for (const [a, b] of pairs)
      for (const [reader, source] of [
        [a, b],
        [b, a],
      ] as const)
        this.#feeds.push({ reader, source, stream: undefined, ends: undefined });
    for (const feed of this.#feeds) this.#open(feed);
  }

  /** Makes a record, mostly a newer one of a slot, at some honest node. */
  publish(): void {
    const node = this.random.pick([...this.honest.values()]);
    const section = this.random.pick(node.sections);
    const number = this.random.below(SLOTS);
    const slot = `${this.random.pick(["void", "root", "r", "r", "r"])}${number}`;
    const epoch = (this.#epochs.get(`${section} ${slot}`) ?? 0) + 1;
    this.#epochs.set(`${section} ${slot}`, epoch);
    // A record may rest on one that everybody may have, with a lower number: so none rests on itself.
    const needs = `public r${this.random.below(number)}`;
    const isResting = number > 0 && this.#epochs.has(needs) && this.random.chance(0.3);
    const size = this.random.below(500);
    const octets = record(`${section} ${slot} ${epoch}`, isResting ? { size, needs } : { size });
    if (node.judge(octets) !== "taken") return;
    this.#records.push(octets);
    this.#handleTaken(node.name);
  }

  /** Cuts any stream; it is opened again. */
  cut(): void {
    this.#close(this.random.pick(this.#feeds));
  }

  restart(): void {
    const node = this.random.pick([...this.honest.values()]);
    for (const feed of this.#feeds) if (feed.reader === node.name || feed.source === node.name) this.#close(feed);
    node.restart(this.random.pick(["kept", "renumbered", "lost"]));
  }

  /** Nodes that may have a section, and what each of them has. */
  sections(): Map<string, string[][]> {
    const found = new Map<string, string[][]>();
    for (const node of this.honest.values()) {
      for (const section of node.sections)
        found.set(section, [...(found.get(section) ?? []), node.book.subjects(section)]);
    }
    return found;
  }

  #open(feed: Feed): void {
    const { now } = this.scheduler;
    const { reader, source } = feed;
    const readerNode = this.honest.get(reader);
    const sourceNode = this.honest.get(source);
    const sections = (readerNode?.sections ?? SHARED).filter((section) => sourceNode?.sections.includes(section));
    const ends = [
      readerNode?.reader(source, now) ?? new HostileEnd(this.random, true, reader, this.#records, now),
      sourceNode?.source(reader, sections, now) ?? new HostileEnd(this.random, false, source, this.#records, now),
    ] as const;
    feed.ends = ends;
    feed.stream = new SimStream(this.scheduler, this.random, ends, () => this.#drain(feed));
    feed.stream.pump();
  }

  #close(feed: Feed): void {
    if (feed.stream === undefined) return;
    feed.stream.cut();
    feed.stream = undefined;
    this.scheduler.after(this.random.between(10, REOPEN_MS_MAX), () => this.#open(feed));
  }

  #drain(feed: Feed): void {
    const [reader, source] = feed.ends!;
    const { stream } = feed;
    if (reader instanceof FeedReader) this.#drainReader(feed, reader);
    if (source instanceof FeedSource) {
      for (let event = source.pollEvent(); event !== undefined; event = source.pollEvent()) {
        if (event.kind === "failed" && feed.stream === stream) this.#close(feed);
      }
    }
  }

  #drainReader(feed: Feed, reader: FeedReader): void {
    const node = this.honest.get(feed.reader)!;
    for (let event = reader.pollEvent(); event !== undefined; event = reader.pollEvent()) {
      if (event.kind === "failed") this.#close(feed);
      if (event.kind === "cursor") node.handleCursor(feed.source, event);
      if (event.kind !== "record") continue;
      const outcome = node.judge(event.octets);
      reader.handleJudged(event.id, outcome, this.scheduler.now);
      if (outcome === "taken") this.#handleTaken(node.name);
    }
  }

  /** Tells the readers of a node that it has news, and opens its own streams again where something may rest on these. */
  #handleTaken(name: string): void {
    for (const feed of this.#feeds) {
      const { stream, ends } = feed;
      if (stream === undefined || ends === undefined) continue;
      if (feed.source === name && ends[1] instanceof FeedSource) {
        ends[1].handleNews();
        this.scheduler.after(0, () => stream.pump());
      }
      if (feed.reader === name && ends[0] instanceof FeedReader && ends[0].isHeld) {
        this.scheduler.after(0, () => feed.stream === stream && this.#close(feed));
      }
    }
  }
}
