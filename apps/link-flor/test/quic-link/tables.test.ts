import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { verdictOfClose } from "../../src/quic-link/sessions/close-verdict.ts";
import { ConnectionIds } from "../../src/quic-link/connection-ids.ts";
import { formatEndpoint, parseEndpoint } from "../../src/quic-link/addresses/link-address.ts";
import { reasonOfWire, reasons, type Verdict } from "../../src/quic-link/reasons.ts";
import { isNewer } from "../../src/quic-link/sessions/session-order.ts";

test("connection IDs are found as in a map of their hexadecimal texts", () => {
  const id = fc.uint8Array({ minLength: 8, maxLength: 8 });
  fc.assert(
    fc.property(fc.array(fc.tuple(id, fc.boolean())), (steps) => {
      const ids = new ConnectionIds<number>();
      const naive = new Map<string, number>();
      const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
      for (const [i, [bytes, isAdded]] of steps.entries()) {
        if (isAdded) {
          ids.add(bytes, i);
          naive.set(hex(bytes), i);
        } else {
          ids.delete(steps[i >> 1]![0]);
          naive.delete(hex(steps[i >> 1]![0]));
        }
        for (const [other] of steps) {
          const packet = Uint8Array.of(0x40, ...other, 1);
          expect(ids.get(packet, 1)).toBe(naive.get(hex(other)));
        }
      }
      expect(ids.isEmpty).toBe(naive.size === 0);
    }),
    { numRuns: 50 },
  );
});

describe("what a peer's closing means", () => {
  const closing = (code: number, reason: string): Verdict =>
    verdictOfClose({ kind: "closed", cause: "peer", isApplication: true, code, reason });

  test("a known code is told as this end sees it, whatever our own version writes beside it", () => {
    for (const reason of Object.values(reasons)) {
      if (reason.wire === undefined) continue;
      expect(closing(reason.wire, reason.text)).toEqual({ reason, text: reason.told });
      expect(closing(reason.wire, "")).toEqual({ reason, text: reason.told });
    }
    expect(closing(0x13, "").text).toBe("the other end refuses our certificate: it is not a vertex's");
  });

  test("other words are shown", () => {
    expect(closing(0x01, "back at noon").text).toBe('the link vertex at the other end is stopping ("back at noon")');
    expect(closing(0x7777, "later").text).toBe('the other end closed the session with code 30583 ("later")');
    expect(closing(0x7777, "later").reason.name).toBe("UNKNOWN_CODE");
  });
});

describe("an alert about a certificate that is out of date", () => {
  const closing = (cause: "peer" | "local"): Verdict =>
    verdictOfClose({ kind: "closed", cause, isApplication: false, code: 0x100 + 45, reason: "" });

  test("does not say that another CA issued it", () => {
    expect(closing("local")).toEqual({
      reason: reasons.certificateRefused,
      text: "the other end's certificate has expired or is not valid yet, by this machine's clock",
    });
    expect(closing("peer")).toEqual({
      reason: reasons.untrustedByPeer,
      text: "the other end's clock says that our certificate has expired or is not valid yet",
    });
  });
});

describe("endpoints", () => {
  test.each([
    ["udp://192.0.2.1:4433", "192.0.2.1", 4433],
    ["udp://[2001:db8::1]:1", "2001:db8::1", 1],
    ["udp://[fe80::1%eth0]:65535", "fe80::1%eth0", 65535],
    ["udp://b.example.org:4433", "b.example.org", 4433],
    ["udp://node_b-1:4433", "node_b-1", 4433],
  ])("%s", (endpoint, host, port) => {
    expect(parseEndpoint(endpoint)).toEqual({ host, port });
    expect(formatEndpoint({ host, port })).toBe(endpoint);
  });

  test.each([
    "",
    "udp://",
    "udp://a",
    "udp://a:0",
    "udp://a:65536",
    "udp://a:1/x",
    "tcp://a:1",
    "udp://::1:1",
    "udp://a b:1",
  ])("not %j", (endpoint) => expect(parseEndpoint(endpoint)).toBeUndefined());
});

describe("reasons", () => {
  test("have names and wire codes of their own, but for REVOKED and EXPIRED: the other end is told whose certificate it is", () => {
    const all = Object.values(reasons);
    const others = all.filter(({ name }) => name !== "REVOKED" && name !== "EXPIRED");
    expect(all.length - others.length).toBe(4);
    expect(new Set(others.map(({ name }) => name)).size).toBe(others.length);
    const wire = all.flatMap((reason) => reason.wire ?? []);
    expect(new Set(wire).size).toBe(wire.length);
    for (const reason of all) if (reason.wire !== undefined) expect(reasonOfWire(reason.wire)).toBe(reason);
  });

  test("of a later version are shown by their number", () => {
    const text = expect.stringContaining("119") as string;
    expect(reasonOfWire(0x77)).toMatchObject({ name: "UNKNOWN_CODE", isPermanent: false, text });
  });
});

test("sessions have one order", () => {
  const order = fc.record({
    instance: fc.record({ startedAt: fc.nat(3), id: fc.constantFrom("a", "b") }),
    attempt: fc.nat(3),
  });
  fc.assert(
    fc.property(order, order, order, (a, b, c) => {
      const isSame = JSON.stringify(a) === JSON.stringify(b);
      expect(isNewer(a, b) || isNewer(b, a)).toBe(!isSame);
      expect(isNewer(a, b) && isNewer(b, a)).toBe(false);
      if (isNewer(a, b) && isNewer(b, c)) expect(isNewer(a, c)).toBe(true);
    }),
  );
});
