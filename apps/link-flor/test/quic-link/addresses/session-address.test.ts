/** Forged messages about addresses cost an HMAC each that is looked at: so few of them are. In virtual time. */
import type { QuicConnection } from "@florenetes/quic";
import { Random } from "@florenetes/simkit";
import { expect, test } from "vitest";
import { PathMessageKind, writePathMessage } from "../../../src/quic-link/addresses/path-message.ts";
import { SessionAddress } from "../../../src/quic-link/addresses/session-address.ts";
import { PATH_MESSAGES_BURST, PATH_MESSAGES_PER_SECOND } from "../../../src/quic-link/limits.ts";

const acceptor = { host: "192.0.2.1", port: 4433 };
const durationMs = 3_000;

test.each([
  ["from the acceptor's address", acceptor, PATH_MESSAGES_BURST + (durationMs / 1_000) * PATH_MESSAGES_PER_SECOND],
  ["from elsewhere", { ...acceptor, port: 1 }, 0],
])("forged probes %s have so many proofs looked at", (_where, from, most) => {
  const random = new Random(3);
  let proofs = 0;
  const address = new SessionAddress(
    {
      connection: { ignoredDatagrams: () => 0 } as QuicConnection,
      address: acceptor,
      isOriginator: true,
      ownId: random.bytes(8),
      prove: () => {
        proofs++;
        return random.bytes(32);
      },
      randomBytes: (length) => random.bytes(length),
    },
    0,
  );
  address.handleUp(random.bytes(16));
  const forged = new Uint8Array(100);
  const message = { kind: PathMessageKind.probe, receiverId: random.bytes(8), senderId: random.bytes(8) };
  for (let now = 0; now < durationMs; now++) {
    const length = writePathMessage({ ...message, nonce: random.bytes(8) }, forged, () => random.bytes(32), forged);
    address.handleDatagram(forged.slice(0, length), from, now);
  }
  expect(proofs).toBeLessThanOrEqual(most);
  expect(proofs).toBeGreaterThanOrEqual(most / 2);
  expect(address.datagramsIgnored).toBe(durationMs);
});
