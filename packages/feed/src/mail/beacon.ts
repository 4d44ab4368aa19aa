/** Beacons: who reads mail, by which key. The node's own key signs all but the number of links. */
import { isSignedBy, type Signer } from "@florenetes/facts";
import { text } from "../field-writer.ts";
import { signedBeaconFields } from "../message-writer.ts";
import type { Beacon } from "../messages.ts";

/** The roles by which a node reads mail: bits of a beacon. Others are of later versions, and are passed on. */
export const Offer = { "control-plane": 1, "route-coordinator": 2, observer: 4 } as const;
export type ReaderRole = keyof typeof Offer;

const SIGNED_BEGINNING = Buffer.from("FLORENETES BEACON\0\u0001");

function toBeSigned(cluster: string, beacon: Omit<Beacon, "signature">): Uint8Array {
  return Buffer.concat([SIGNED_BEGINNING, text(cluster), ...signedBeaconFields(beacon)]);
}

export function signBeacon(
  cluster: string,
  fields: Pick<Beacon, "node" | "offers" | "time" | "end" | "key">,
  { sign }: Pick<Signer, "sign">,
): Beacon {
  const beacon = { kind: "beacon", hops: 1, ...fields } as const;
  return { ...beacon, signature: Buffer.from(sign(toBeSigned(cluster, beacon))).toString("hex") };
}

/** @param key The key that the beacon's node is known by: 64 lower-case hex digits */
export function isBeaconBy(key: string, cluster: string, beacon: Beacon): boolean {
  return isSignedBy(key, toBeSigned(cluster, beacon), Buffer.from(beacon.signature, "hex"));
}
