import { KINDS, type ObservationBody, signPayload, writePayload } from "@florenetes/facts";
import type { RecordSigner } from "../usage/sign-record.ts";

interface SignedObservation {
  readonly scope: string;
  readonly partition: string;
  readonly body: ObservationBody;
  readonly epoch: number;
}

/** Signs an observation by the node's key, for as long as one may live. Node cuts small buffers out of large ones: these octets hold none. */
export function signObservation(
  { cluster, node, key }: RecordSigner,
  { scope, partition, body, epoch }: SignedObservation,
  wall: number,
): Uint8Array {
  const slot = { kind: "observation", scope, subject: `${partition}/${node}`, authority: "observer", issuer: node };
  const times = { epoch, generation: 0, issued: wall, expires: wall + KINDS.observation.life };
  return new Uint8Array(signPayload(writePayload({ cluster, ...slot, ...times, body: { ...body } }), [key]));
}
