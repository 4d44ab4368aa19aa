/** Signs leases and permits by the node's key. Each epoch is above all before it, also those of a life before: milliseconds since 1970 are. */
import { type Bodies, recordIdOf, type Signer, signPayload, writePayload } from "@florenetes/facts";
import { LIFE_MS } from "./limits.ts";

export interface SignerOptions {
  readonly cluster: string;
  /** The name of the coordinator. */
  readonly node: string;
  readonly key: Signer;
}

export interface SignedRecord {
  readonly id: string;
  readonly epoch: number;
  /** Milliseconds since 1970. */
  readonly expires: number;
  readonly octets: Uint8Array;
}

export class RouteSigner {
  readonly #options: SignerOptions;
  #epoch = 0;

  constructor(options: SignerOptions) {
    this.#options = options;
  }

  /** Epochs are above this one from now on. */
  handleEpoch(epoch: number): void {
    this.#epoch = Math.max(this.#epoch, epoch);
  }

  /** @param subject Without the name of the coordinator, with which it ends */
  sign<Kind extends "lease" | "permits">(
    kind: Kind,
    scope: string,
    subject: string,
    body: Bodies[Kind],
    wall: number,
  ): SignedRecord {
    const { cluster, node, key } = this.#options;
    this.#epoch = Math.max(this.#epoch + 1, Math.floor(wall));
    const expires = wall + LIFE_MS;
    const slot = { kind, scope, subject: `${subject}/${node}`, authority: "route" as const, issuer: node };
    const life = { epoch: this.#epoch, generation: 0, issued: wall, expires };
    const payload = writePayload({ cluster, ...slot, ...life, body: { ...body } });
    // Records are held for minutes. Node cuts small buffers out of large ones, which would be held with them.
    const octets = new Uint8Array(signPayload(payload, [key]));
    return { id: recordIdOf(payload), epoch: this.#epoch, expires, octets };
  }
}
