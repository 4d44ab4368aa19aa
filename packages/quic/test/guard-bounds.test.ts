/** Each bound of a connection's guard: input just within the bound, and just beyond it. */
import { describe, expect, test } from "vitest";
import { Acknowledgements } from "../src/guard/acknowledgements.ts";
import { ConnectionGuard } from "../src/guard/connection-guard.ts";
import { ProcessLedger } from "../src/guard/process-ledger.ts";
import * as limits from "../src/limits.ts";
import { frame, newConnectionId } from "./hostile-peer.ts";

const idLength = 8;
const half = (): number => 0.5;

function guardOf(isServer: boolean, ownIdLength = idLength): ConnectionGuard {
  return new ConnectionGuard(isServer, ownIdLength, new ProcessLedger(), half);
}

const challenge = frame(0x1a, new Uint8Array(8));
const crypto = (offset: number, length: number): Uint8Array => frame(0x06, offset, length, new Uint8Array(length));

describe("a client hears", () => {
  test("so many CRYPTO frames after the handshake", () => {
    const guard = guardOf(false);
    for (let i = 0; i < limits.TICKET_FRAMES_MAX; i++) expect(guard.judge(crypto(i, 1), 0)).toBeUndefined();
    expect(guard.judge(crypto(0, 1), 0)).toBe("CRYPTO_DATA");
  });

  test("so many bytes of CRYPTO after the handshake", () => {
    expect(guardOf(false).judge(crypto(limits.TICKET_BYTES_MAX - 100, 100), 0)).toBeUndefined();
    expect(guardOf(false).judge(crypto(limits.TICKET_BYTES_MAX - 99, 100), 0)).toBe("CRYPTO_DATA");
  });
});

describe("either end hears", () => {
  test.each([true, false])("so many PATH_CHALLENGE at once, and in a second: a server %s", (isServer) => {
    const guard = guardOf(isServer);
    for (let i = 0; i < limits.PATH_CHALLENGES_MAX; i++) expect(guard.judge(challenge, 0)).toBeUndefined();
    expect(guard.judge(challenge, 0)).toBe("PATH_CHALLENGES");
    for (let i = 0; i < limits.PATH_CHALLENGES_PER_SECOND; i++) expect(guard.judge(challenge, 1_000)).toBeUndefined();
    expect(guard.judge(challenge, 1_000)).toBe("PATH_CHALLENGES");
  });

  test("so many NEW_CONNECTION_ID in its life, and none where IDs are empty", () => {
    const guard = guardOf(true);
    for (let i = 0; i < limits.CONNECTION_IDS_MAX; i++) expect(guard.judge(newConnectionId(i, 0), 0)).toBeUndefined();
    expect(guard.judge(newConnectionId(0, 0), 0)).toBe("CONNECTION_IDS");
    expect(guardOf(true, 0).judge(newConnectionId(0, 0), 0)).toBe("CONNECTION_IDS");
  });

  test("no CRYPTO of a client, and no RETIRE_CONNECTION_ID", () => {
    expect(guardOf(true).judge(crypto(0, 1), 0)).toBe("CRYPTO_DATA");
    expect(guardOf(true).judge(frame(0x19, 0), 0)).toBe("CONNECTION_IDS");
  });
});

describe("acknowledgements", () => {
  const ranges = (...numbers: number[]): { numbers: Float64Array; length: number } => {
    return { numbers: Float64Array.from(numbers), length: numbers.length / 2 };
  };

  test("may be missing for so many packets", () => {
    const acks = new Acknowledgements(half);
    for (let i = 0; i < limits.UNACKNOWLEDGED_MAX; i++) acks.handleSent();
    expect(acks.violation).toBeUndefined();
    acks.handleSent();
    expect(acks.violation).toBe("UNACKNOWLEDGED");
    expect(acks.handleAck(0, ranges(0, 0))).toBeUndefined();
    expect(acks.violation).toBeUndefined();
  });

  test("have so many ranges at most", () => {
    const acks = new Acknowledgements(half);
    acks.handleSent();
    expect(acks.handleAck(0, { ...ranges(0, 0), length: limits.ACK_RANGES_MAX + 1 })).toBe("ACK_RANGES");
    expect(acks.handleAck(0, ranges(0, 0))).toBeUndefined();
  });

  test("are of no canary among the last so many", () => {
    const acks = new Acknowledgements(half);
    const canaries: number[] = [];
    for (let i = 0; i <= limits.CANARIES_MAX; i++) {
      acks.handleSent();
      acks.handleCanary();
      canaries.push(acks.sent);
    }
    const [oldest, ...others] = canaries;
    for (const canary of others) expect(acks.handleAck(acks.sent, ranges(canary, canary))).toBe("ACK_OF_UNSENT");
    expect(acks.handleAck(acks.sent, ranges(oldest!, oldest!))).toBeUndefined();
  });

  test.each([0, 0.999_999])("meet a canary after so many packets: chance says %d", (chance) => {
    const acks = new Acknowledgements(() => chance);
    acks.handleSent();
    acks.handleCanary();
    const from = acks.sent;
    while (!acks.isCanaryDue && acks.sent < 10 * limits.PACKETS_PER_CANARY_MAX) acks.handleSent();
    expect(acks.sent - from).toBeGreaterThanOrEqual(limits.PACKETS_PER_CANARY_MIN);
    expect(acks.sent - from).toBeLessThanOrEqual(limits.PACKETS_PER_CANARY_MAX);
  });
});
