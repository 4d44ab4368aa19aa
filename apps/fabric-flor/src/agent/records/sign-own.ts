import { type Bodies, KINDS, type Signer, signPayload, writePayload } from "@florenetes/facts";

/** A node that signs records by its own key. */
export interface OwnSigner {
  readonly cluster: string;
  readonly node: string;
  readonly key: Signer;
}

interface OwnRecord<Kind extends keyof Bodies> {
  readonly kind: Kind;
  /** Default: the cluster. */
  readonly scope?: string;
  /** Default: the node itself. */
  readonly subject?: string;
  readonly body: Bodies[Kind];
  /** Default: 1, for what is said once and never changes. */
  readonly epoch?: number;
  /** Milliseconds; default: the longest that the kind may have. */
  readonly life?: number;
}

/**
 * Signs a record by the node's key, by the first authority of its kind.
 *
 * @param wall When it is issued, in milliseconds since 1970
 * @returns Octets of their own: Node cuts small buffers out of large ones, which would be held with them
 */
export function signOwn<Kind extends keyof Bodies>(
  { cluster, node, key }: OwnSigner,
  { kind, scope = "cluster", subject = node, body, epoch = 1, life = KINDS[kind].life }: OwnRecord<Kind>,
  wall: number,
): Uint8Array {
  const slot = { kind, scope, subject, authority: KINDS[kind].authorities[0]!, issuer: node };
  const times = { epoch, generation: 0, issued: wall, expires: wall + life };
  return new Uint8Array(signPayload(writePayload({ cluster, ...slot, ...times, body: { ...body } }), [key]));
}
