import type { Random } from "@florenetes/simkit";
import { writeMessage } from "../../src/message-writer.ts";
import type { Message } from "../../src/messages.ts";
import { readerHello, sourceHello } from "../ends.ts";
import { idOf } from "../records.ts";
import { FORGED } from "./honest-node.ts";
import type { StreamEnd } from "./stream.ts";

/** Milliseconds between two messages. */
const PAUSE_MS = 100;
const SECTIONS = ["entry", "public", "org/acme"];

/** An end that says whatever harms: forged copies of true records, offers without records, answers to nothing, octets of no meaning. */
export class HostileEnd implements StreamEnd {
  readonly isPaused = false;
  readonly #random: Random;
  readonly #isReader: boolean;
  readonly #name: string;
  /** True records, which it has from somewhere. */
  readonly #records: readonly Uint8Array[];
  #row = 0;
  /** When the next message is due. */
  #at: number;
  #isDue = false;
  #hasGreeted = false;

  constructor(random: Random, isReader: boolean, name: string, records: readonly Uint8Array[], now: number) {
    this.#random = random;
    this.#isReader = isReader;
    this.#name = name;
    this.#records = records;
    this.#at = now;
  }

  handleBytes(): void {}

  handleTimeout(now: number): void {
    if (now < this.#at) return;
    this.#isDue = true;
    this.#at = Infinity;
  }

  nextTimeout(): number {
    return this.#at;
  }

  pollTransmit(now: number): Uint8Array | undefined {
    if (!this.#isDue) return undefined;
    this.#isDue = false;
    this.#at = now + PAUSE_MS;
    if (!this.#hasGreeted) {
      this.#hasGreeted = true;
      const cursors = SECTIONS.map((section) => ({ section, sequence: 0 }));
      const node = { node: this.#name };
      return writeMessage(this.#isReader ? readerHello(cursors, node) : sourceHello(cursors, node));
    }
    if (this.#random.chance(0.01)) return this.#random.bytes(this.#random.below(100));
    return writeMessage(this.#isReader ? this.#want() : this.#offer());
  }

  #want(): Message {
    return { kind: "want", ids: Array.from({ length: this.#random.below(20) }, () => this.#anyId()) };
  }

  #offer(): Message {
    const choice = this.#random.below(10);
    if (choice < 5 && this.#records.length > 0) {
      const copies = Array.from({ length: 4 }, () => Uint8Array.from(this.#random.pick(this.#records)));
      for (const copy of copies) copy.fill(FORGED, copy.length - 64);
      return { kind: "records", answered: this.#random.chance(0.3) ? 1 : 0, records: copies };
    }
    if (choice < 7) return { kind: "records", answered: this.#random.below(3), records: [] };
    this.#row += this.#random.below(5);
    const ids = Array.from({ length: 1 + this.#random.below(20) }, () => this.#anyId());
    return { kind: "have", section: this.#random.pick(SECTIONS), sequence: this.#row, ids };
  }

  #anyId(): string {
    if (this.#records.length > 0 && this.#random.chance(0.5)) return idOf(this.#random.pick(this.#records));
    return Buffer.from(this.#random.bytes(32)).toString("hex");
  }
}
