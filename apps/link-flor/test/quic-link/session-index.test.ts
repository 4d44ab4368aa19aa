import { expect, test } from "vitest";
import type { SessionSlot } from "../../src/quic-link/links/session-slot.ts";
import { RESET_CANDIDATES_MAX } from "../../src/quic-link/limits.ts";
import { SessionIndex } from "../../src/quic-link/session-index.ts";

const peer = { host: "192.0.2.1", port: 4433 };

test("an unknown short packet is tried as a stateless reset by so many sessions with its sender, and by none with another", () => {
  const index = new SessionIndex();
  let tries = 0;
  const handleReset = (): boolean => {
    tries++;
    return false;
  };
  for (let i = 0; i < 10 * RESET_CANDIDATES_MAX; i++) {
    const id = new Uint8Array(8);
    new DataView(id.buffer).setUint32(0, i);
    const slot = { id, peerKey: "", session: { handleReset } } as unknown as SessionSlot;
    index.add(slot);
    index.addOriginated(slot, peer);
  }
  const datagram = new Uint8Array(40).fill(0x41);
  expect(index.findReset(datagram, peer, 0)).toBeUndefined();
  expect(tries).toBe(RESET_CANDIDATES_MAX);
  expect(index.findReset(datagram, { ...peer, port: 1 }, 0)).toBeUndefined();
  expect(tries).toBe(RESET_CANDIDATES_MAX);
});
