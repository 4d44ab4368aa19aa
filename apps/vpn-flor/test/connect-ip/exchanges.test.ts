import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CapsuleType, writeAddresses, writeRoutes, writeSegments } from "../../src/connect-ip/capsules.ts";
import { ClientExchange } from "../../src/connect-ip/client-exchange.ts";
import { PacketDatagramReader } from "../../src/connect-ip/datagram.ts";
import { EgressExchange } from "../../src/connect-ip/egress-exchange.ts";
import {
  ANSWERS_WAITING_MAX,
  CAPSULES_MAX,
  GROWTHS_MAX,
  REQUESTED_MAX,
  SHARED_SIZE_MAX,
} from "../../src/connect-ip/limits.ts";
import { formatAddress, parseAddress } from "../../src/packets/addresses.ts";
import { sharedSegments } from "../inside-packet.ts";

const V4 = parseAddress("100.64.3.4")!;
const V6 = parseAddress("fd00:f10::9")!;
const ROUTES = [{ first: parseAddress("10.0.0.0")!, last: parseAddress("10.255.255.255")!, protocol: 0 }];

function texts(client: ClientExchange): string[] | undefined {
  return client.addresses?.map(({ address, prefix, request }) => `${request} ${formatAddress(address)}/${prefix}`);
}

describe("client and egress", () => {
  test("the client has its addresses before its request is answered, and the same ones after", () => {
    const [client, egress] = [new ClientExchange(), new EgressExchange([V4, V6], ROUTES, true)];
    expect(texts(client)).toBe(undefined);
    expect(client.handleBytes(egress.begin(), 0)).toBe(undefined);
    expect(texts(client)).toEqual(["0 100.64.3.4/32", "0 fd00:f10::9/128"]);
    expect(client.routes).toEqual(ROUTES);
    const answer = egress.handleBytes(client.ask(), 0, 0);
    expect(client.handleBytes(answer as Uint8Array, 0)).toBe(undefined);
    expect(texts(client)).toEqual(["1 100.64.3.4/32", "2 fd00:f10::9/128"]);
  });

  test("a version that the pool does not have is refused by zeros, and the client has none of it", () => {
    const [client, egress] = [new ClientExchange(), new EgressExchange([V4], ROUTES, true)];
    const answer = egress.handleBytes(client.ask(), 0, 0) as Uint8Array;
    expect(Buffer.from(answer).toString("hex")).toBe(`011a010464400304200206${"00".repeat(16)}80`);
    client.handleBytes(answer, 0);
    expect(texts(client)).toEqual(["1 100.64.3.4/32"]);
  });

  test("asked again for a sign of life, the egress says the same addresses by another request", () => {
    const [client, egress] = [new ClientExchange(), new EgressExchange([V4, V6], ROUTES, true)];
    for (const expected of [
      ["1 100.64.3.4/32", "2 fd00:f10::9/128"],
      ["3 100.64.3.4/32", "4 fd00:f10::9/128"],
    ]) {
      client.handleBytes(egress.handleBytes(client.ask(), 0, 0) as Uint8Array, 0);
      expect(texts(client)).toEqual(expected);
    }
  });

  test("a request for a second address of a version gets none, and the first stays", () => {
    const egress = new EgressExchange([V4], ROUTES, true);
    const request = (number: number) => ({ request: number, address: new Uint8Array(4), prefix: 32 });
    const client = new ClientExchange();
    client.handleBytes(
      egress.handleBytes(writeAddresses(CapsuleType.addressRequest, [request(5), request(6)]), 0, 0) as Uint8Array,
      0,
    );
    expect(texts(client)).toEqual(["5 100.64.3.4/32"]);
  });

  test.each([1, 63, 64, 16_383, 16_384, 2 ** 30 - 1, 2 ** 30, 2 ** 32 + 7, Number.MAX_SAFE_INTEGER])(
    "a request is answered by its number: %i",
    (request) => {
      const egress = new EgressExchange([V4], ROUTES, true);
      const asked = writeAddresses(CapsuleType.addressRequest, [{ request, address: new Uint8Array(4), prefix: 32 }]);
      const client = new ClientExchange();
      client.handleBytes(egress.handleBytes(asked, 0, 0) as Uint8Array, 0);
      expect(texts(client)).toEqual([`${request} 100.64.3.4/32`]);
    },
  );

  test("an egress that takes all addresses back leaves none", () => {
    const client = new ClientExchange();
    client.handleBytes(new EgressExchange([V4], [], true).begin(), 0);
    client.handleBytes(writeAddresses(CapsuleType.addressAssign, []), 0);
    expect(client.addresses).toEqual([]);
  });

  test("addresses and routes of a client lead to nothing", () => {
    const egress = new EgressExchange([V4], ROUTES, true);
    const said = [
      writeAddresses(CapsuleType.addressAssign, [{ request: 0, address: V6, prefix: 128 }]),
      writeRoutes(ROUTES),
    ];
    for (const bytes of said) expect(egress.handleBytes(bytes, 0, 0)).toEqual(new Uint8Array());
  });

  test.each([
    ["a client", () => new ClientExchange()],
    ["an egress", () => new EgressExchange([V4], ROUTES, true)],
  ])("%s hears so many capsules at once, one more in a second, and no more", (_, make) => {
    const end = make();
    for (let count = 0; count < CAPSULES_MAX; count++)
      expect(typeof end.handleBytes(writeRoutes(ROUTES), 0, 0)).not.toBe("string");
    for (let second = 1; second < 100; second++)
      expect(typeof end.handleBytes(writeRoutes(ROUTES), 1_000 * second, 0)).not.toBe("string");
    expect(end.handleBytes(writeRoutes(ROUTES), 99_000, 0)).toBe("flood");
  });

  test("a request for too many addresses ends the session", () => {
    const requests = (count: number) =>
      Array.from({ length: count }, (_, at) => ({ request: at + 1, address: new Uint8Array(4), prefix: 32 }));
    const answerTo = (count: number) =>
      new EgressExchange([V4], ROUTES, true).handleBytes(
        writeAddresses(CapsuleType.addressRequest, requests(count)),
        0,
        0,
      );
    expect([typeof answerTo(REQUESTED_MAX), answerTo(REQUESTED_MAX + 1)]).toEqual(["object", "flood"]);
  });

  /** Asks for eight addresses by numbers of eight bytes, all at once and then each second. Returns what waits, and how the session has ended. */
  function askOnAndOn(isRead: boolean): { waiting: number; fault: string | undefined } {
    const addresses = Array.from({ length: REQUESTED_MAX }, (_, at) => ({
      request: 2 ** 40 + at,
      address: new Uint8Array(16),
      prefix: 128,
    }));
    const request = writeAddresses(CapsuleType.addressRequest, addresses);
    const egress = new EgressExchange([V4, V6], ROUTES, true);
    let waiting = 0;
    for (let count = 0; count < 1_000; count++) {
      const second = Math.max(0, count - CAPSULES_MAX + 1);
      const answer = egress.handleBytes(request, 1_000 * second, waiting);
      if (typeof answer === "string") return { waiting, fault: answer };
      waiting = isRead && second > 0 ? 0 : waiting + answer.length;
    }
    return { waiting, fault: undefined };
  }

  test("a client that asks on and on and does not read is ended before its answers are more than a bound", () => {
    const { waiting, fault } = askOnAndOn(false);
    expect(fault).toBe("flood");
    expect(waiting).toBeLessThanOrEqual(ANSWERS_WAITING_MAX);
  });

  test("a client that reads may ask all it may at once, and each second behind that", () => {
    expect(askOnAndOn(true)).toEqual({ waiting: 0, fault: undefined });
  });

  test("a client that does not read may say what takes no answer", () => {
    const egress = new EgressExchange([V4, V6], ROUTES, true);
    expect(egress.handleBytes(writeRoutes(ROUTES), 0, 10 * ANSWERS_WAITING_MAX)).toEqual(new Uint8Array());
    expect(egress.handleBytes(new ClientExchange().ask(), 0, 10 * ANSWERS_WAITING_MAX)).toBe("flood");
  });

  test("whatever comes ends in a fault or an answer that is at most four times as long", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
        new ClientExchange().handleBytes(bytes, 0);
        const answer = new EgressExchange([V4, V6], ROUTES, true).handleBytes(bytes, 0, 0);
        if (typeof answer !== "string") expect(answer.length).toBeLessThanOrEqual(4 * bytes.length);
      }),
    );
  });
});

describe("segments that share datagrams", () => {
  const talk = (takesSegments: boolean) => {
    const [client, egress] = [new ClientExchange(), new EgressExchange([V4], ROUTES, takesSegments)];
    const say = (size: number, now: number): void => {
      const capsule = client.shareSegments(size, now);
      if (capsule === undefined) return;
      const answer = egress.handleBytes(capsule, now, 0) as Uint8Array;
      expect(client.handleBytes(answer, now)).toBe(undefined);
    };
    return { client, egress, say };
  };

  test("are agreed on: the client says how large, and the egress that it takes them", () => {
    const { client, egress, say } = talk(true);
    expect([client.sharedMax, egress.sharedMax]).toEqual([0, 0]);
    say(4_060, 0);
    expect([client.sharedMax, egress.sharedMax]).toEqual([4_060, 4_060]);
    expect(client.shareSegments(4_060, 0)).toBe(undefined);
    say(1_400, 0);
    expect([client.sharedMax, egress.sharedMax]).toEqual([1_400, 1_400]);
    say(65_535, 0);
    expect([client.sharedMax, egress.sharedMax]).toEqual([SHARED_SIZE_MAX, SHARED_SIZE_MAX]);
    say(0, 0);
    expect([client.sharedMax, egress.sharedMax]).toEqual([0, 0]);
  });

  test("are not sent to an end that does not take them, nor by one that has not asked for them", () => {
    const { client, egress, say } = talk(false);
    say(4_060, 0);
    expect([client.sharedMax, egress.sharedMax]).toEqual([0, 0]);
    const silent = new ClientExchange();
    expect(silent.handleBytes(writeSegments(9_000), 0)).toBe(undefined);
    expect(silent.sharedMax).toBe(0);
  });

  test("that go up and down cost no more capsules than an egress takes", () => {
    const { client, egress, say } = talk(true);
    for (let change = 0; change < 1_000; change++) say(change % 2 === 0 ? 4_060 : 1_400, change);
    expect([client.sharedMax, egress.sharedMax]).toEqual([1_400, 1_400]);
    say(4_060, 60_000);
    expect(egress.sharedMax).toBe(4_060);
    expect(GROWTHS_MAX * 2).toBeLessThan(CAPSULES_MAX);
  });

  test.each([
    ["nothing", []],
    ["a number that is cut", [0x80, 0]],
  ])("a capsule of them with %s ends the session", (_, value) => {
    const capsule = Uint8Array.from([0x9f, 0x0e, 0x00, 0x01, value.length, ...value]);
    expect(new EgressExchange([V4], ROUTES, true).handleBytes(capsule, 0, 0)).toBe("cut");
    expect(new ClientExchange().handleBytes(capsule, 0)).toBe("cut");
  });

  test("are told by four bytes of type and a number", () => {
    expect(Buffer.from(writeSegments(4_060)).toString("hex")).toBe("9f0e0001024fdc");
  });
});

describe("a datagram", () => {
  const read = (bytes: Uint8Array, takesSegments: boolean) => {
    const reader = new PacketDatagramReader();
    return reader.read(bytes, takesSegments) ?? [reader.start, reader.segmentSize, reader.packets];
  };

  test.each([
    ["empty", "", "context"],
    ["context 0", "00", [1, 0, 1]],
    ["context 0 in two bytes", "4000", [2, 0, 1]],
    ["context 0 in eight bytes", "c000000000000000 45", [8, 0, 1]],
    ["context 1", "01 45", "context"],
    ["context 4", "04 45", "context"],
    ["context 2 alone", "02", "segments"],
    ["a context that is cut", "40", "context"],
  ])("%s", (_, text, expected) => {
    const bytes = Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
    expect(read(bytes, true)).toEqual(expected);
    if (text.startsWith("02")) expect(read(bytes, false)).toBe("context");
  });

  const shared = (size: number, change: (packet: Uint8Array) => void = () => {}): Uint8Array => {
    const packet = sharedSegments("100.64.3.4", 2_500);
    change(packet);
    return Uint8Array.from([2, size >> 8, size & 0xff, ...packet]);
  };
  const v6 = Uint8Array.from([
    0x60,
    0,
    0,
    0,
    0x07,
    0xe4,
    6,
    64,
    ...new Uint8Array(32),
    ...sharedSegments("100.64.3.4", 2_000).subarray(20),
  ]);

  test.each([
    ["of 1,000 bytes", shared(1_000), [3, 1_000, 3]],
    ["of the least size", shared(256), [3, 256, 10]],
    ["of IPv6", Uint8Array.from([2, 1_500 >> 8, 1_500 & 0xff, ...v6]), [3, 1_500, 2]],
    ["of a size in a context id of two bytes", Uint8Array.from([0x40, ...shared(1_000)]), [4, 1_000, 3]],
    ["that are too small", shared(255), "segments"],
    ["that are one", shared(2_500), "segments"],
    ["of no size", shared(0), "segments"],
    ["of UDP", shared(1_000, (it) => (it[9] = 17)), "segments"],
    ["of a fragment", shared(1_000, (it) => (it[7] = 1)), "segments"],
    ["with options of IPv4", shared(1_000, (it) => (it[0] = 0x46)), "segments"],
    ["of another version", shared(1_000, (it) => (it[0] = 0x55)), "segments"],
    ["with a length that lies", shared(1_000).subarray(0, 2_000), "segments"],
    ["with headers of TCP that are too short", shared(1_000, (it) => (it[32] = 0x40)), "segments"],
    ["that have headers alone", shared(1_000).subarray(0, 43), "segments"],
  ])("with segments %s", (_, bytes, expected) => {
    expect(read(bytes, true)).toEqual(expected);
    expect(read(bytes, false)).toBe("context");
  });

  test("of anybody stands for at most so many packets as its bytes allow", () => {
    fc.assert(
      fc.property(fc.nat({ max: 65_535 }), fc.nat({ max: 43 }), fc.nat({ max: 255 }), (size, at, value) => {
        const bytes = shared(size, (it) => (it[at] = value));
        const result = read(bytes, true);
        if (Array.isArray(result)) expect(result[2]).toBeLessThanOrEqual(Math.ceil(bytes.length / 256));
      }),
    );
  });
});
