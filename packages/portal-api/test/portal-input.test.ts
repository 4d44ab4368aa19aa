import { Random } from "@florenetes/simkit";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HEARTBEAT_INTERVAL_MS } from "../src/limits.ts";
import { decodeMessage, encodeMessage, type PortalBody } from "../src/messages.ts";
import { drain, FROM_C, Pair, TO_B, UP } from "./portal-pair.ts";

describe("what comes late is of the past", () => {
  /** A pair that is attached, with a link that is up, and every message that either side has sent. */
  function setUp() {
    const pair = new Pair();
    const fromClient: Uint8Array[] = [];
    const fromServer: Uint8Array[] = [];
    const exchange = (): void => {
      for (let round = 0; round < 10; round++) {
        for (const message of drain(() => pair.client.pollTransmit())) {
          fromClient.push(message);
          pair.server.handleMessage(message, pair.now);
        }
        for (const message of drain(() => pair.server.pollTransmit())) {
          fromServer.push(message);
          pair.client.handleMessage(message, pair.now);
        }
      }
    };
    const find = (messages: readonly Uint8Array[], kind: PortalBody["kind"]): Uint8Array =>
      messages.findLast((message) => decodeMessage(message)!.body.kind === kind)!;
    pair.connect();
    pair.client.openLink(TO_B, 0);
    exchange();
    pair.server.setLinkStatus({ peer: "b", tag: "0", ...UP }, 0);
    exchange();
    return { pair, exchange, fromClient, fromServer, find };
  }

  test("OpenLink after the link was closed", () => {
    const { pair, exchange, fromClient, find } = setUp();
    const late = find(fromClient, "open-link");
    pair.client.closeLink(TO_B, 0);
    exchange();
    pair.serverEvents();
    pair.server.handleMessage(late, 0);
    expect(pair.serverEvents()).toEqual([]);
    expect(pair.server.linkStatuses()).toEqual([]);
  });

  test("OpenLink that was overtaken by the CloseLink after it", () => {
    const { pair } = setUp();
    pair.client.openLink(FROM_C, 0);
    const open = drain(() => pair.client.pollTransmit());
    pair.client.closeLink(FROM_C, 0);
    const close = drain(() => pair.client.pollTransmit());
    pair.serverEvents();
    for (const message of [...close, ...open]) pair.server.handleMessage(message, 0);
    expect(pair.serverEvents()).toEqual([]);
  });

  test("CloseLink after the link was opened again", () => {
    const { pair, exchange, fromClient, find } = setUp();
    pair.client.closeLink(TO_B, 0);
    exchange();
    const late = find(fromClient, "close-link");
    pair.client.openLink(TO_B, 0);
    exchange();
    pair.serverEvents();
    pair.server.handleMessage(late, 0);
    expect(pair.serverEvents()).toEqual([]);
    expect(pair.server.linkStatuses().length).toBe(1);
  });

  test("requests of an earlier attachment", () => {
    const { pair, exchange, fromClient, find } = setUp();
    const late = find(fromClient, "open-link");
    pair.client.closeLink(TO_B, 0);
    exchange();
    pair.client.handleDisconnected(0);
    pair.client.handleConnected(0);
    exchange();
    pair.serverEvents();
    pair.server.handleMessage(late, 0);
    expect(pair.serverEvents()).toEqual([]);
    expect(decodeMessage(pair.server.pollTransmit()!)!.body).toMatchObject({ kind: "error", code: "NOT_ATTACHED" });
  });

  test("states of an earlier attachment", () => {
    const { pair, exchange, fromServer, find } = setUp();
    const late = find(fromServer, "link-states");
    pair.client.handleDisconnected(0);
    pair.server.setLinkStatus({ peer: "b", tag: "0", ...UP, state: "down" }, 0);
    pair.client.handleConnected(0);
    // The client is attached anew, and its request for the link is not answered yet.
    pair.server.handleMessage(pair.client.pollTransmit()!, 0);
    for (const message of drain(() => pair.server.pollTransmit())) pair.client.handleMessage(message, 0);
    expect(pair.client.isAttached).toBe(true);
    pair.clientEvents();
    pair.client.handleMessage(late, 0);
    expect(pair.clientEvents()).toEqual([]);
    exchange();
    expect(pair.client.linkStatus(TO_B)).toMatchObject({ state: "down" });
  });

  test("states from before the link was closed and opened again", () => {
    const { pair, exchange, fromServer, find } = setUp();
    const late = find(fromServer, "link-states");
    pair.client.closeLink(TO_B, 0);
    exchange();
    pair.client.openLink(TO_B, 0);
    pair.clientEvents();
    pair.client.handleMessage(late, 0);
    expect(pair.clientEvents()).toEqual([]);
    exchange();
    expect(pair.client.linkStatus(TO_B)).toMatchObject({ state: "connecting" });
  });

  test("an older state of a link after a newer one", () => {
    const { pair, exchange, fromServer, find } = setUp();
    const late = find(fromServer, "link-states");
    pair.server.setLinkStatus({ peer: "b", tag: "0", ...UP, state: "down" }, 0);
    exchange();
    pair.clientEvents();
    pair.client.handleMessage(late, 0);
    expect(pair.clientEvents()).toEqual([]);
  });
});

describe("whatever comes in", () => {
  test("an unknown request is answered, an unknown event is not", () => {
    for (const end of ["client", "server"] as const) {
      const pair = new Pair().connect();
      const request = (requestId: number) =>
        encodeMessage({ instance: "zz", attachment: 1, requestId, body: { kind: "unknown" } });
      pair[end].handleMessage(request(77), 0);
      const answers = drain(() => pair[end].pollTransmit()).map((bytes) => decodeMessage(bytes)!);
      expect(answers).toMatchObject([{ requestId: 77, body: { kind: "unimplemented" } }]);
      pair[end].handleMessage(request(0), 0);
      expect(pair[end].pollTransmit()).toBe(undefined);
    }
  });

  test("a request that the link vertex does not know is given up, and the link says so", () => {
    const pair = new Pair().connect();
    pair.client.openLink(TO_B, 0);
    const { attachment, requestId } = decodeMessage(pair.client.pollTransmit()!)!;
    pair.client.handleMessage(
      encodeMessage({ instance: "s1", attachment, requestId, body: { kind: "unimplemented" } }),
      0,
    );
    expect(pair.client.linkStatus(TO_B)).toMatchObject({ state: "refused", code: "UNIMPLEMENTED" });
    expect(pair.client.requestsPending).toBe(0);
  });

  test("a link vertex whose links run over another protocol than they must is not believed that they are up", () => {
    const pair = new Pair({ linkProtocol: "quic" }).connect();
    pair.client.openLink(TO_B, 0);
    pair.clientEvents();
    const status = { peer: "b", tag: "0", ...UP };
    const bodies: PortalBody[] = [
      { kind: "link-states", from: 0n, to: 1n, links: [{ generation: 1n, status }] },
      { kind: "error", code: "TOO_MANY_LINKS", text: "" },
    ];
    for (const body of bodies) {
      pair.client.handleMessage(encodeMessage({ instance: "s1", attachment: 1, requestId: 1, body }), 0);
    }
    expect(pair.clientEvents()).toEqual([]);
    expect(pair.client.linkStatus(TO_B)).toBe(undefined);
    // Without an acknowledgement, the link vertex would repeat its states.
    expect(decodeMessage(pair.client.pollTransmit()!)?.body).toMatchObject({ kind: "heartbeat", generation: 1n });
  });

  test.each([
    ["a version of 99", { version: 99 }, 3, /version 99, when 1 to 1/],
    ["a version of 0", { version: 0 }, 3, /version 0, when 1 to 1/],
    ["no attachment", {}, 0, /without a number of the attachment/],
  ])(
    "an answer to Attach with %s is a refusal with its reason, and Attach is sent again",
    (_, wrong, attachment, text) => {
      const { client } = new Pair();
      client.handleConnected(0);
      const answer = {
        startedAt: 1,
        version: 1,
        principal: "a",
        linkMtuMax: 1_400,
        linksMax: 9,
        features: [],
        ...wrong,
      };
      const body: PortalBody = { kind: "attach-answer", ...answer };
      client.handleMessage(encodeMessage({ instance: "s1", attachment, requestId: 1, body }), 0);
      expect(client.isAttached).toBe(false);
      expect(client.pollEvent()).toEqual({
        kind: "refused",
        code: "INVALID_ANSWER",
        text: expect.stringMatching(text),
      });
      drain(() => client.pollTransmit());
      client.handleTimeout(1_000);
      const sent = drain(() => client.pollTransmit()).map((message) => decodeMessage(message)!.body.kind);
      expect(sent).toContain("attach");
      const good: PortalBody = { ...body, version: 1 };
      client.handleMessage(encodeMessage({ instance: "s1", attachment: 3, requestId: 1, body: good }), 1_000);
      expect(client.isAttached).toBe(true);
    },
  );

  test("a link vertex may count its generations from anywhere, up to the last number of 64 bits", () => {
    const pair = new Pair().connect();
    pair.client.openLink(TO_B, 0);
    const last = 2n ** 64n - 1n;
    for (const [generation, handle] of [
      [last - 1n, 1],
      [last, 2],
    ] as const) {
      const links = [{ generation, status: { peer: "b", tag: "0", ...UP, handle } }];
      const body = { kind: "link-states", from: 0n, to: generation, links } as const;
      pair.client.handleMessage(encodeMessage({ instance: "s1", attachment: 1, requestId: 0, body }), 0);
      expect(pair.client.linkStatus(TO_B)).toMatchObject({ state: "up", handle });
      const told = drain(() => pair.client.pollTransmit()).map((message) => decodeMessage(message)!.body);
      expect(told.at(-1)).toMatchObject({ kind: "heartbeat", generation });
    }
  });

  test("a request without an attachment is refused by name", () => {
    const pair = new Pair();
    pair.server.handleConnected(0);
    drain(() => pair.server.pollTransmit());
    const body = { kind: "open-link", wish: TO_B } as const;
    pair.server.handleMessage(encodeMessage({ instance: "c1", attachment: 1, requestId: 4, body }), 0);
    expect(decodeMessage(pair.server.pollTransmit()!)).toMatchObject({
      requestId: 4,
      body: { kind: "error", code: "NOT_ATTACHED" },
    });
    expect(pair.serverEvents()).toEqual([]);
  });

  test("random and mangled bytes are counted, and change nothing that outlasts the attachment", () => {
    const random = new Random(11);
    const pair = new Pair().connect();
    pair.client.openLink(TO_B, 0);
    pair.exchange().runUntil(300);
    const noise = fc.sample(fc.uint8Array({ maxLength: 80 }), { numRuns: 500, seed: 5 });
    for (const bytes of noise) {
      pair.client.handleMessage(bytes, pair.now);
      pair.server.handleMessage(bytes, pair.now);
    }
    // Each message is a true one of a partner, with one bit turned.
    for (let round = 0; round < 500; round++) {
      pair.now += HEARTBEAT_INTERVAL_MS / 2;
      pair.client.handleTimeout(pair.now);
      pair.server.handleTimeout(pair.now);
      pair.server.setLinkStatus({ peer: "b", tag: "0", ...UP, handle: 1 + round }, pair.now);
      const fromClient = drain(() => pair.client.pollTransmit());
      const fromServer = drain(() => pair.server.pollTransmit());
      for (const bytes of [...fromClient, ...fromServer]) {
        const at = random.below(bytes.length);
        bytes[at]! ^= 1 << random.below(8);
      }
      for (const bytes of fromClient) pair.server.handleMessage(bytes, pair.now);
      for (const bytes of fromServer) pair.client.handleMessage(bytes, pair.now);
    }
    expect(pair.client.counters.messagesMalformed).toBeGreaterThan(300);
    expect(pair.server.counters.messagesMalformed).toBeGreaterThan(300);
    // A turned bit in a generation stays in force until the next attachment.
    pair.client.handleDisconnected(pair.now);
    pair.client.handleConnected(pair.now);
    pair.runUntil(pair.now + 5_000);
    pair.server.setLinkStatus({ peer: "b", tag: "0", ...UP }, pair.now);
    pair.exchange();
    expect(pair.client.linkStatus(TO_B)).toMatchObject(UP);
    expect(pair.server.linkStatuses().length).toBe(1);
  });
});
