/** Programs that let nodes in with tokens, in virtual time: each has its own book, and all have one board. */
import {
  type FactBook,
  type JoinAnswer,
  type JoinMembers,
  joinToBeSigned,
  signPayload,
  type Token,
  writeJoin,
  writeJoinPayload,
} from "@florenetes/facts";
import { Joins } from "../../../src/agent/joins/joins.ts";
import type { KeptUses } from "../../../src/config/token-uses-file.ts";
import { DAY, type TestKey } from "../../demo-records.ts";
import { bookOf, NOW, payloadOf, programs, record, rootOf, SECOND } from "../programs/program-scene.ts";

/** The record of a token, signed by people unless others are named. */
export function tokenRecord(token: Token, count = 1, members: object = {}, signers?: readonly TestKey[]): Buffer {
  const body = { organization: "acme", partition: "north", count };
  return record({ kind: "token", subject: token.keyId, expires: NOW + DAY, body, ...members }, signers);
}

/** The join of a node with a token. */
export const joinOf = (key: TestKey, token: Token, time: number, members: Partial<JoinMembers> = {}): Uint8Array => {
  const said = { cluster: "demo", node: key.name, key: key.key, token: token.key, time, ...members };
  const payload = writeJoinPayload(said);
  const signed = joinToBeSigned(payload);
  return writeJoin({ payload, byNode: key.sign(signed), byToken: token.sign(signed) });
};

/** An agent with a program's key: what its driver does is done at once. */
export class Program {
  readonly book: FactBook;
  readonly key: TestKey;
  joins: Joins;
  /** Records of nodes that had a quorum here. */
  readonly made: Uint8Array[] = [];
  kept: KeptUses = {};
  isAway = false;
  /** The program has not read the log wholly. */
  isBehind = false;

  constructor(key: TestKey, root: Buffer) {
    this.key = key;
    this.book = bookOf(root, key.name);
    this.joins = new Joins("demo", { keyId: key.keyId, uses: {} });
  }

  restart(uses: KeptUses | string = this.kept): void {
    this.joins = new Joins("demo", { keyId: this.key.keyId, uses });
  }

  take(records: readonly Uint8Array[], wall: number): void {
    for (const octets of records) this.book.offer(octets, wall);
  }

  advance(board: Map<string, Uint8Array> | undefined, now: number): void {
    if (this.isAway) return;
    const at = { now, wall: NOW + now };
    this.book.handleTimeout(at.wall);
    for (let event = this.book.pollEvent(); event !== undefined; event = this.book.pollEvent())
      this.joins.handleEvent(event);
    this.joins.advance(this.book, { hasStore: board !== undefined, isRead: !this.isBehind }, at);
    for (let order = this.joins.pollOrder(); order !== undefined; order = this.joins.pollOrder()) {
      if (order.kind === "post") board!.set(order.place, order.octets);
      else if (order.kind === "look") {
        const { places } = order;
        const posts = new Map([...board!].filter(([place]) => places.includes(place)));
        this.#make(this.joins.handlePosts(posts, this.book, at), at.wall);
      } else {
        this.kept = order.remembered!;
        const records = order.records.map((octets) => signPayload(payloadOf(octets), [this.key]));
        this.#make(this.joins.handleSigned(records, undefined, at), at.wall);
      }
    }
  }

  #make(records: readonly Uint8Array[], wall: number): void {
    this.made.push(...records);
    this.take(records, wall);
  }
}

interface Scene {
  readonly root?: Buffer;
  readonly keys?: readonly TestKey[];
  readonly hasBoard?: boolean;
}

export class Cluster {
  readonly programs: readonly Program[];
  readonly board: Map<string, Uint8Array> | undefined;
  now = 0;

  constructor({ root = rootOf("production", 2), keys = programs, hasBoard = true }: Scene = {}) {
    this.board = hasBoard ? new Map() : undefined;
    this.programs = keys.map((key) => new Program(key, root));
  }

  /** People have signed a token. */
  publish(...records: readonly Uint8Array[]): this {
    for (const program of this.programs) program.take(records, NOW + this.now);
    return this.run(SECOND);
  }

  /** Lets time pass, each second with `meanwhile`. */
  run(ms: number, meanwhile: () => void = () => undefined): this {
    const end = this.now + ms;
    for (; this.now < end; this.now += SECOND) {
      meanwhile();
      for (const program of this.programs) program.advance(this.board, this.now);
      const present = this.programs.filter(({ isAway }) => !isAway);
      const made = present.flatMap((program) => program.made.splice(0));
      for (const program of present) program.take(made, NOW + this.now);
    }
    return this;
  }

  show(join: Uint8Array, at = 0): JoinAnswer {
    const program = this.programs[at]!;
    return program.joins.handleJoin(join, program.book, { now: this.now, wall: NOW + this.now });
  }

  join(key: TestKey, token: Token, at = 0): JoinAnswer {
    return this.show(joinOf(key, token, NOW + this.now), at);
  }

  /** Names of the nodes that a program holds. */
  nodes(at = 0): readonly string[] {
    return [...this.programs[at]!.book.all("node", NOW + this.now)].map(({ subject }) => subject).toSorted();
  }
}
