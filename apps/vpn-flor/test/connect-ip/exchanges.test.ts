import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CapsuleType, writeAddresses, writeRoutes } from "../../src/connect-ip/capsules.ts";
import { ClientExchange } from "../../src/connect-ip/client-exchange.ts";
import { packetStart } from "../../src/connect-ip/datagram.ts";
import { EgressExchange } from "../../src/connect-ip/egress-exchange.ts";
import { ANSWERS_WAITING_MAX, CAPSULES_MAX, REQUESTED_MAX } from "../../src/connect-ip/limits.ts";
import { formatAddress, parseAddress } from "../../src/packets/addresses.ts";

const V4 = parseAddress("100.64.3.4")!;
const V6 = parseAddress("fd00:f10::9")!;
const ROUTES = [{ first: parseAddress("10.0.0.0")!, last: parseAddress("10.255.255.255")!, protocol: 0 }];

function texts(client: ClientExchange): string[] | undefined {
  return client.addresses?.map(({ address, prefix, request }) => `${request} ${formatAddress(address)}/${prefix}`);
}

describe("client and egress", () => {
  test("the client has its addresses before its request is answered, and the same ones after", () => {
    const [client, egress] = [new ClientExchange(), new EgressExchange([V4, V6], ROUTES)];
    expect(texts(client)).toBe(undefined);
    expect(client.handleBytes(egress.begin(), 0)).toBe(undefined);
    expect(texts(client)).toEqual(["0 100.64.3.4/32", "0 fd00:f10::9/128"]);
    expect(client.routes).toEqual(ROUTES);
    const answer = egress.handleBytes(client.ask(), 0, 0);
    expect(client.handleBytes(answer as Uint8Array, 0)).toBe(undefined);
    expect(texts(client)).toEqual(["1 100.64.3.4/32", "2 fd00:f10::9/128"]);
  });

  test("a version that the pool does not have is refused by zeros, and the client has none of it", () => {
    const [client, egress] = [new ClientExchange(), new EgressExchange([V4], ROUTES)];
    const answer = egress.handleBytes(client.ask(), 0, 0) as Uint8Array;
    expect(Buffer.from(answer).toString("hex")).toBe(`011a010464400304200206${"00".repeat(16)}80`);
    client.handleBytes(answer, 0);
    expect(texts(client)).toEqual(["1 100.64.3.4/32"]);
  });

  test("asked again for a sign of life, the egress says the same addresses by another request", () => {
    const [client, egress] = [new ClientExchange(), new EgressExchange([V4, V6], ROUTES)];
    for (const expected of [
      ["1 100.64.3.4/32", "2 fd00:f10::9/128"],
      ["3 100.64.3.4/32", "4 fd00:f10::9/128"],
    ]) {
      client.handleBytes(egress.handleBytes(client.ask(), 0, 0) as Uint8Array, 0);
      expect(texts(client)).toEqual(expected);
    }
  });

  test("a request for a second address of a version gets none, and the first stays", () => {
    const egress = new EgressExchange([V4], ROUTES);
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
      const egress = new EgressExchange([V4], ROUTES);
      const asked = writeAddresses(CapsuleType.addressRequest, [{ request, address: new Uint8Array(4), prefix: 32 }]);
      const client = new ClientExchange();
      client.handleBytes(egress.handleBytes(asked, 0, 0) as Uint8Array, 0);
      expect(texts(client)).toEqual([`${request} 100.64.3.4/32`]);
    },
  );

  test("an egress that takes all addresses back leaves none", () => {
    const client = new ClientExchange();
    client.handleBytes(new EgressExchange([V4], []).begin(), 0);
    client.handleBytes(writeAddresses(CapsuleType.addressAssign, []), 0);
    expect(client.addresses).toEqual([]);
  });

  test("addresses and routes of a client lead to nothing", () => {
    const egress = new EgressExchange([V4], ROUTES);
    const said = [
      writeAddresses(CapsuleType.addressAssign, [{ request: 0, address: V6, prefix: 128 }]),
      writeRoutes(ROUTES),
    ];
    for (const bytes of said) expect(egress.handleBytes(bytes, 0, 0)).toEqual(new Uint8Array());
  });

  test.each([
    ["a client", () => new ClientExchange()],
    ["an egress", () => new EgressExchange([V4], ROUTES)],
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
      new EgressExchange([V4], ROUTES).handleBytes(writeAddresses(CapsuleType.addressRequest, requests(count)), 0, 0);
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
    const egress = new EgressExchange([V4, V6], ROUTES);
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
    const egress = new EgressExchange([V4, V6], ROUTES);
    expect(egress.handleBytes(writeRoutes(ROUTES), 0, 10 * ANSWERS_WAITING_MAX)).toEqual(new Uint8Array());
    expect(egress.handleBytes(new ClientExchange().ask(), 0, 10 * ANSWERS_WAITING_MAX)).toBe("flood");
  });

  test("whatever comes ends in a fault or an answer that is at most four times as long", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
        new ClientExchange().handleBytes(bytes, 0);
        const answer = new EgressExchange([V4, V6], ROUTES).handleBytes(bytes, 0, 0);
        if (typeof answer !== "string") expect(answer.length).toBeLessThanOrEqual(4 * bytes.length);
      }),
    );
  });
});

describe("a datagram", () => {
  test.each([
    ["empty", "", -1],
    ["context 0", "00", 1],
    ["context 0 in two bytes", "4000", 2],
    ["context 0 in eight bytes", "c000000000000000 45", 8],
    ["context 2", "02 45", -1],
    ["a context that is cut", "40", -1],
  ])("%s", (_, text, start) => {
    expect(packetStart(Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex")))).toBe(start);
  });
});
