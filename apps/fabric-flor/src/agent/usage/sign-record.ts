import { type Bodies, KINDS, type Signer, signPayload, writePayload } from "@florenetes/facts";

export interface RecordSigner {
  readonly cluster: string;
  readonly node: string;
  readonly key: Signer;
}

/** A record of usage: its subject without the node that signs, with whose name it ends. */
interface SignedUsage<Kind extends "receipt" | "shares" | "usage"> {
  readonly kind: Kind;
  /** Default: the cluster. */
  readonly scope?: string;
  readonly subject: string;
  readonly body: Bodies[Kind];
  /** Default: 1, as nothing follows what is said once. */
  readonly epoch?: number;
}

/** Signs a record by the node's key, for as long as its kind may live. Node cuts small buffers out of large ones: these octets hold none. */
export function signUsage<Kind extends "receipt" | "shares" | "usage">(
  { cluster, node, key }: RecordSigner,
  { kind, scope = "cluster", subject, body, epoch = 1 }: SignedUsage<Kind>,
  wall: number,
): Uint8Array {
  const { authorities, life } = KINDS[kind];
  const slot = { kind, scope, subject: `${subject}/${node}`, authority: authorities[0]!, issuer: node };
  const times = { epoch, generation: 0, issued: wall, expires: wall + life };
  return new Uint8Array(signPayload(writePayload({ cluster, ...slot, ...times, body: { ...body } }), [key]));
}
