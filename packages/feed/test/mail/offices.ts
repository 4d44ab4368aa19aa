/** Post offices that bring each other what they have at once, in virtual time. */
import { createPublicKey, generateKeyPairSync, hash, sign } from "node:crypto";
import { keyIdOf } from "@florenetes/facts";
import { Conduct } from "../../src/conduct.ts";
import { signBeacon } from "../../src/mail/beacon.ts";
import { type Answer, Outcome } from "../../src/mail/letter.ts";
import { MAIL_MS, TOKENS_SIZE } from "../../src/mail/limits.ts";
import type { PostEvent } from "../../src/mail/post-events.ts";
import { PostOffice } from "../../src/mail/post-office.ts";
import type { Believed, MailTime } from "../../src/mail/readers.ts";
import type { Beacon, Mail } from "../../src/messages.ts";
import { VerificationTurns } from "../../src/verification-turns.ts";

export const WALL: number = Date.parse("2026-11-25T12:00:00.000Z");
const CONTROL = 1;
const HOUR = 3_600_000;

interface NodeKey {
  readonly key: string;
  readonly keyId: string;
  readonly sign: (octets: Uint8Array) => Uint8Array;
}

function newKey(): NodeKey {
  const { privateKey } = generateKeyPairSync("ed25519");
  const key = Buffer.from(createPublicKey(privateKey).export({ format: "jwk" }).x!, "base64url").toString("hex");
  return { key, keyId: keyIdOf(key), sign: (octets) => sign(null, octets, privateKey) };
}

/** The records of a cluster, as far as mail asks them. */
class Registry {
  readonly keys = new Map<string, NodeKey>();
  readonly readers = new Map<string, Believed>();
  readonly standings = new Map<string, "node" | "unknown" | "void">();

  keyOf(node: string): NodeKey {
    const key = this.keys.get(node) ?? newKey();
    this.keys.set(node, key);
    return key;
  }

  makeReader(node: string, offers: number = CONTROL): void {
    this.readers.set(node, { key: this.keyOf(node).key, offers });
  }
}

class TestOffice {
  readonly name: string;
  office: PostOffice;
  readonly conducts = new Map<string, Conduct>();
  /** Messages that were brought here, with the neighbour that did. */
  readonly brought: (readonly [string, Beacon | Mail])[] = [];
  readonly events: PostEvent[] = [];
  /** Whether it drops all mail that it is brought. */
  swallows = false;
  /** Answers letters at once by this; undefined: never. */
  answers: ((body: Uint8Array) => Answer) | undefined = (body) => ({ outcome: Outcome.answered, body });
  readonly neighbours: TestOffice[] = [];
  /** Neighbours that do not read here at present. */
  readonly unserved = new Set<string>();
  readonly #post: TestPost;
  #drawn = 0;

  constructor(post: TestPost, name: string) {
    this.#post = post;
    this.name = name;
    this.office = this.#begin();
  }

  /** The process ends, and another one begins, of whom neighbours hear at once. */
  restart(offers = 0): void {
    for (const { office } of this.neighbours) {
      office.handleUnserved(this.name);
      office.handleLost(this.name, this.#post.at);
    }
    this.office = this.#begin();
    this.office.own.offers = offers;
    for (const there of this.neighbours) {
      there.office.handleServed(this.name, this.#post.at);
      this.office.handleServed(there.name, this.#post.at);
    }
    this.#post.advance(0);
  }

  /** The process ends, and comes back no more. */
  die(): void {
    for (const there of this.neighbours) {
      there.serve(this.name, false);
      there.office.handleCutOff(this.name, this.#post.at);
    }
    this.swallows = true;
  }

  #begin(): PostOffice {
    const { registry } = this.#post;
    return new PostOffice({
      cluster: "demo",
      node: this.name,
      key: registry.keyOf(this.name),
      randomBytes: (size) => this.#randomBytes(size),
      believed: (node) => registry.readers.get(node),
      standing: (peer) => registry.standings.get(peer) ?? "node",
    });
  }

  /** Takes a message of a neighbour. */
  take(message: Beacon | Mail, from: string): void {
    this.brought.push([from, message]);
    if (this.swallows && message.kind === "mail") return;
    this.office.handle(message, from, this.conductOf(from), this.#post.at);
  }

  conductOf(peer: string): Conduct {
    const conduct = this.conducts.get(peer) ?? new Conduct(new VerificationTurns(), this.#post.at.now);
    this.conducts.set(peer, conduct);
    return conduct;
  }

  /** A neighbour reads here from now on, or does not. */
  serve(peer: string, isServed: boolean): void {
    if (isServed) this.office.handleServed(peer, this.#post.at);
    else this.office.handleUnserved(peer);
    if (isServed) this.unserved.delete(peer);
    else this.unserved.add(peer);
    this.#post.settle();
  }

  send(body: Uint8Array = Buffer.from("hello"), answerMs = 5_000, to?: string): number {
    const number = this.office.send({ offer: CONTROL, to, kind: "papers", body, answerMs }, this.#post.at)!;
    this.#post.settle();
    return number;
  }

  /** Events of this kind that were told. */
  told<Kind extends PostEvent["kind"]>(kind: Kind): Extract<PostEvent, { kind: Kind }>[] {
    return this.events.filter((event) => event.kind === kind) as Extract<PostEvent, { kind: Kind }>[];
  }

  get mails(): Mail[] {
    return this.brought.flatMap(([, message]) => (message.kind === "mail" ? [message] : []));
  }

  #randomBytes(size: number): Uint8Array {
    const blocks = Array.from({ length: Math.ceil(size / 32) }, () =>
      hash("sha256", `${this.name} ${++this.#drawn}`, "buffer"),
    );
    return Buffer.concat(blocks).subarray(0, size);
  }
}

export class TestPost {
  readonly registry = new Registry();
  readonly offices = new Map<string, TestOffice>();
  now = 0;

  /** @param links Pairs of neighbours */
  constructor(...links: readonly (readonly [string, string])[]) {
    for (const name of new Set(links.flat())) this.offices.set(name, new TestOffice(this, name));
    for (const [one, other] of links) this.link(one, other);
  }

  get at(): MailTime {
    return { now: this.now, wall: WALL + this.now };
  }

  of(name: string): TestOffice {
    return this.offices.get(name)!;
  }

  link(one: string, other: string): void {
    for (const [here, there] of [
      [this.of(one), this.of(other)],
      [this.of(other), this.of(one)],
    ] as const) {
      here.neighbours.push(there);
      here.office.handleServed(there.name, this.at);
    }
    this.settle();
  }

  /** Has a node read mail from now on. */
  makeReader(name: string, offers = CONTROL): void {
    this.registry.makeReader(name, offers);
    this.of(name).office.own.offers = offers;
    for (const { office } of this.offices.values()) office.handleRecords(this.at);
    this.advance(0);
  }

  /** Lets time pass. */
  advance(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      for (const { office } of this.offices.values())
        if (this.now >= office.nextTimeout()) office.handleTimeout(this.at);
      this.settle();
      const next = Math.min(...[...this.offices.values()].map(({ office }) => office.nextTimeout()));
      if (next > end) break;
      this.now = Math.max(this.now, next);
    }
    this.now = end;
  }

  /** Lets time pass in which nobody does anything. */
  jump(ms: number): void {
    this.now += ms;
    this.advance(0);
  }

  /** Has all messages brought, and letters answered. */
  settle(): void {
    for (let turn = 0; turn < 10_000; turn++) {
      let isQuiet = true;
      for (const here of this.offices.values()) {
        for (const there of here.neighbours) {
          if (here.unserved.has(there.name)) continue;
          for (let next = here.office.next(there.name, this.now); next !== undefined;) {
            isQuiet = false;
            there.take(next, here.name);
            next = here.office.next(there.name, this.now);
          }
        }
        for (let event = here.office.pollEvent(); event !== undefined; event = here.office.pollEvent()) {
          isQuiet = false;
          here.events.push(event);
          if (event.kind === "letter" && here.answers !== undefined)
            here.office.answer(event.number, here.answers(event.letter.body), this.at);
        }
      }
      if (isQuiet) return;
    }
    throw new Error("messages go around without an end");
  }
}

/** A beacon of a node, by its key. */
export function beaconOf(post: TestPost, node: string, changes: Partial<Beacon> = {}): Beacon {
  const time = WALL + post.now;
  const fields = { node, offers: 1, time, end: time + HOUR, key: "ab".repeat(32), ...changes };
  return { ...signBeacon("demo", fields, post.registry.keyOf(node)), hops: changes.hops ?? 1 };
}

/** A letter that nobody can open. */
export function madeUpLetter(post: TestPost, reader: string, number: number, changes: Partial<Mail> = {}): Mail {
  return {
    kind: "mail",
    id: number.toString(16).padStart(32, "0"),
    end: WALL + post.now + MAIL_MS,
    reader,
    key: "09".padEnd(64, "0"),
    tokens: new Uint8Array(TOKENS_SIZE),
    sealed: new Uint8Array(528),
    ...changes,
  };
}
