/** Announcements of a node in the attacker's hands: whatever endpoints he likes, signed by the node's key. */
import { X509Certificate, createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Endpoint, signPayload, writePayload } from "@florenetes/facts";
import { IDENTITY_FILES } from "@florenetes/identity";
import type { Ground } from "../ground.ts";
import type { StolenAgent } from "./stolen-agent.ts";

const LIFE_MS = 600_000;

export class Announcements {
  readonly #agent: StolenAgent;
  readonly #keys: readonly string[];
  #epoch = Date.now();
  /** Announcements that were made. */
  count = 0;

  constructor(ground: Ground, agent: StolenAgent) {
    this.#agent = agent;
    // The keys are the true ones: the node's links and streams go on.
    const principals = ["vertex", `service/fabric.${agent.node}`];
    this.#keys = principals.map((principal) => certificateKey(ground.lab.identityFolder(agent.node, principal)));
  }

  /** Brings a neighbour the next announcement, which nobody has asked for; it passes it on as any other. */
  announce(peer: string, endpoints: readonly string[]): void {
    const { cluster, key, node } = this.#agent;
    const issued = Date.now();
    const slot = { kind: "announce", scope: "cluster", subject: node, authority: "node", issuer: node };
    const life = { epoch: ++this.#epoch, generation: 0, issued, expires: issued + LIFE_MS };
    const listed = endpoints.map((endpoint, index): Endpoint => {
      return { id: `e${index}`, endpoint, carrier: "quic", reach: "public", priority: 0, weight: 1 };
    });
    const body = { endpoints: listed, "spki-hashes": this.#keys, services: [], capabilities: [] };
    const octets = signPayload(writePayload({ cluster, ...slot, ...life, body }), [key]);
    if (this.#agent.write(peer, { kind: "records", answered: 0, records: [octets] })) this.count++;
  }
}

/** SHA-256 of the public key of an identity's certificate, in hex, as announcements and pins have it. */
export function certificateKey(folder: string): string {
  const { publicKey } = new X509Certificate(readFileSync(join(folder, IDENTITY_FILES.chain)));
  return createHash("sha256")
    .update(publicKey.export({ format: "der", type: "spki" }))
    .digest("hex");
}
