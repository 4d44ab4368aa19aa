import { LINK_DOWN, LINK_FULL, setMark, TOO_LARGE } from "@florenetes/forwarding";
import type { LinkOutput } from "./interfaces.ts";

/**
 * Sends `packet[start, end)` on a link, and marks one that is larger than the link prefers.
 *
 * @param inLink `LINK_NONE`: the packet starts at this vertex.
 * @returns False: it is not sent, as `causeOf` says.
 */
export function sendPacket(
  output: LinkOutput,
  outLink: number,
  packet: Uint8Array,
  start: number,
  end: number,
  inLink: number,
): boolean {
  if (end - start > output.preferredMtu(outLink)) {
    if (end - start > output.mtu(outLink) && output.isUp(outLink)) return false;
    setMark(packet, start);
  }
  return output.sendPacket(outLink, packet, start, end, inLink);
}

/** Why a link did not take a packet of that size. */
export function causeOf(output: LinkOutput, outLink: number, size: number): number {
  if (!output.isUp(outLink)) return LINK_DOWN;
  return size > output.mtu(outLink) ? TOO_LARGE : LINK_FULL;
}
