/** Agents of a simulated fabric: honest ones, which count what they read of each neighbour, and ones that somebody has captured. */
import { copyIdOf } from "@florenetes/facts";
import { type SimMesh, SimNode } from "@florenetes/fabric-flor/test/agent/simulated-nodes.ts";
import type { Random } from "@florenetes/simkit";
import { type Message, MessageReader, writeMessage } from "@florenetes/feed";
import type { SimAuthority } from "./sim-authority.ts";

/** Between two lies of a captured node. */
const LIE_MS = [500, 4_000] as const;
/** A transport takes no more while so much waits at the other end. */
const WINDOW = 1_048_576;
const SIGNATURE_SIZE = 64;
const FLOOD_RECORDS = 64;
const FALSE_LETTERS = 300;
const MAIL_MS = 60_000;
const DAY_MS = 86_400_000;
/** More records with a wrong signature than a neighbour puts up with, some of which are held and cost it nothing. */
const SPOILED = 20;

export class SimAgent extends SimNode {
  /** Octets that the agent has read, by neighbour, since it started. */
  readonly read = new Map<string, number>();
  /** Letters that the agent has given to each neighbour, its own and those of others, since it started. */
  readonly letters = new Map<string, number>();
  /** Since when it runs, in virtual milliseconds. */
  startedAt = 0;
  /** Told of each record that it sends. */
  onRecord: ((octets: Uint8Array, peer: string) => void) | undefined;
  /** How often it has lost its database. */
  losses = 0;

  override start(root?: boolean): void {
    this.read.clear();
    this.letters.clear();
    this.startedAt = this.mesh.scheduler.now;
    super.start(root);
  }

  override loseState(): void {
    this.losses++;
    super.loseState();
  }

  protected override handleRead(peer: string, octets: number): void {
    this.read.set(peer, (this.read.get(peer) ?? 0) + octets);
  }

  protected override transmit(peer: SimNode, far: number, bytes: Uint8Array): void {
    if (this.onRecord !== undefined) {
      const reader = new MessageReader();
      reader.feed(bytes);
      const message = reader.next()?.message;
      if (message?.kind === "mail" && message.reader !== "")
        this.letters.set(peer.name, (this.letters.get(peer.name) ?? 0) + 1);
      if (message?.kind === "records") for (const octets of message.records) this.onRecord(octets, peer.name);
    }
    super.transmit(peer, far, bytes);
  }
}

/** Does all that an agent does, and says more on the same streams: what is old, forged, not there, or too much. */
export class CapturedAgent extends SimAgent {
  readonly #random: Random;
  readonly #authority: SimAuthority;
  readonly #services: readonly string[];
  #row = 1_000_000;

  constructor(mesh: SimMesh, name: string, random: Random, authority: SimAuthority, services: readonly string[]) {
    super(mesh, name);
    this.#random = random;
    this.#authority = authority;
    this.#services = services;
  }

  /** Lies from now on, also over restarts; `times`: so many times as seldom as the most eager one. */
  lie(times = 1): void {
    this.mesh.scheduler.after(times * this.#random.between(...LIE_MS), () => {
      if (this.isRunning) this.#lieOnce();
      this.lie(times);
    });
  }

  #lieOnce(): void {
    const served = [...this.joinedStreams()].filter(({ isServed }) => isServed);
    if (served.length === 0) return;
    const { peer, far } = this.#random.pick(served);
    const lie = this.#nextLie();
    if (peer.waitingOctets(far) + lie.length <= WINDOW) this.transmit(peer, far, lie);
  }

  #nextLie(): Uint8Array {
    const { archive } = this.#authority;
    const pick = (): Uint8Array => this.#random.pick(archive);
    const choice = this.#random.below(21);
    if (choice < 8) return records([pick(), pick(), pick()]);
    if (choice < 12) return records([this.#authority.forged(this.#random.pick(this.#services), this.at.wall)]);
    if (choice < 14)
      return records(Array.from({ length: SPOILED }, () => Uint8Array.from(pick()).fill(0, -SIGNATURE_SIZE)));
    if (choice < 18) return writeMessage(this.#offer(copyIdOf(pick())));
    if (choice === 18) return this.#falseMail();
    if (choice < 20) return Buffer.concat(Array.from({ length: 8 }, () => records(Array(FLOOD_RECORDS).fill(pick()))));
    return this.#random.bytes(100);
  }

  /** Letters that nobody can open, more than a neighbour takes, and a beacon that nobody has signed. */
  #falseMail(): Uint8Array {
    const hex = (size: number): string => Buffer.from(this.#random.bytes(size)).toString("hex");
    const { wall } = this.at;
    const [reader, beacon] = ["r1", "r2"].map((node) => (node === this.name ? "r3" : node));
    const letters = Array.from({ length: FALSE_LETTERS }, (): Message => {
      const [tokens, sealed] = [this.#random.bytes(256), this.#random.bytes(528)];
      return { kind: "mail", id: hex(16), end: wall + MAIL_MS, reader: reader!, key: hex(32), tokens, sealed };
    });
    const fields = { hops: 1, node: beacon!, offers: 1, time: wall, end: wall + DAY_MS, key: hex(32) };
    return Buffer.concat([...letters, { kind: "beacon" as const, ...fields, signature: hex(64) }].map(writeMessage));
  }

  /** An offer of a record that is there, perhaps, and of many that are nowhere. */
  #offer(id: string): Message {
    this.#row += 1_000;
    const ids = Array.from({ length: 100 }, () => Buffer.from(this.#random.bytes(32)).toString("hex"));
    return { kind: "have", section: "entry", sequence: this.#row, ids: [id, ...ids] };
  }
}

/** Records that nobody has asked for. */
function records(all: readonly Uint8Array[]): Uint8Array {
  return writeMessage({ kind: "records", answered: 0, records: all });
}
