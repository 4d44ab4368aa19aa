import { randomBytes } from "node:crypto";
import { expect } from "vitest";
import { type Client, sha256 } from "./workloads.ts";

/** A workload that writes pieces to an echo, and hears all of them in the end. */
export class Talker {
  readonly client: Client;
  readonly #piece: number;
  readonly #said: Buffer[] = [];

  /** @param piece Bytes of a piece */
  constructor(client: Client, piece: number) {
    this.client = client;
    this.#piece = piece;
  }

  say(): void {
    const bytes = randomBytes(this.#piece);
    this.#said.push(bytes);
    this.client.socket.write(bytes);
  }

  async hasHeardAll(): Promise<void> {
    const all = Buffer.concat(this.#said);
    await this.client.until(all.length);
    expect([this.client.outcome, this.client.received]).toEqual(["open", all.length]);
    expect(this.client.hash.copy().digest("hex")).toBe(sha256(all));
  }
}
