/** Datagrams of a session beside the packets of its connection, in virtual time. */
import type { QuicConnection } from "@florenetes/quic";
import { Random } from "@florenetes/simkit";
import { describe, expect, test } from "vitest";
import { PathMessageKind, writePathMessage } from "../../../src/quic-link/addresses/path-message.ts";
import { SessionAddress } from "../../../src/quic-link/addresses/session-address.ts";
import { PATH_MESSAGES_BURST, PATH_MESSAGES_PER_SECOND } from "../../../src/quic-link/limits.ts";

const acceptor = { host: "192.0.2.1", port: 4433 };
const durationMs = 3_000;

// Each message that is looked at costs an HMAC, so only a few are.
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
  address.handleReady(random.bytes(16));
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

describe("what was sent last", () => {
  const sentBy = (isOriginator: boolean): { address: SessionAddress; sendAgain: () => number[] } => {
    const connection = { ignoredDatagrams: () => 0 } as QuicConnection;
    const randomBytes = (length: number): Uint8Array => new Uint8Array(length);
    const options = { connection, address: acceptor, isOriginator, ownId: randomBytes(8), randomBytes };
    const address = new SessionAddress({ ...options, prove: () => randomBytes(32) }, 0);
    for (const datagram of [Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5)]) address.handleSent(datagram, datagram.length);
    const sendAgain = (): number[] => {
      const out = new Uint8Array(8);
      address.callAgain();
      return [...out.subarray(0, address.pollBesides(out))];
    };
    return { address, sendAgain };
  };

  test("leaves again whenever its peer is called, once each time", () => {
    const { address, sendAgain } = sentBy(true);
    expect(sendAgain()).toEqual([4, 5]);
    expect(address.transmitTo).toEqual(acceptor);
    expect(sendAgain()).toEqual([4, 5]);
    expect(address.pollBesides(new Uint8Array(8))).toBe(0);
  });

  test("is kept no longer once the peer was heard, or the session is over", () => {
    const heard = sentBy(true);
    heard.address.handleHeard();
    heard.address.handleSent(Uint8Array.of(6), 1);
    expect(heard.sendAgain()).toEqual([]);
    const over = sentBy(true);
    over.address.handleEnd();
    over.address.handleSent(Uint8Array.of(6), 1);
    expect(over.sendAgain()).toEqual([]);
  });

  test("is not kept by an acceptor", () => {
    expect(sentBy(false).sendAgain()).toEqual([]);
  });
});
