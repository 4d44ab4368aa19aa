/** Pinned keys of links: what is asked of whom, and what is taken. */
import * as fc from "fast-check";
import { runs } from "@florenetes/simkit";
import { describe, expect, test } from "vitest";
import { decodeMessage, encodeMessage } from "../src/messages.ts";
import { PINS_MAX } from "../src/limits.ts";
import { PeerPins } from "../src/peer-pins.ts";
import type { PortalClientOptions } from "../src/portal-client-options.ts";
import { FROM_C, Pair, TO_B, UP } from "./portal-pair.ts";

const hash = (n: number): string => n.toString(16).padStart(64, "0");
const pinsOf = (...keys: readonly number[]): ReadonlySet<string> => new Set(keys.map(hash));

describe("a link with pins", () => {
  test("goes on with others, which the link vertex is told", () => {
    const pair = new Pair().connect();
    pair.client.openLink(TO_B, 0);
    pair.exchange().serverEvents();
    pair.server.setLinkStatus({ ...UP, peer: "b", tag: "0" }, 0);
    pair.exchange().clientEvents();
    for (const pins of [pinsOf(1), pinsOf(1, 2), pinsOf(2, 1, 3), pinsOf(), undefined]) {
      const wish = { ...TO_B, ...(pins !== undefined && { pins }) };
      pair.client.openLink(wish, 0);
      expect(pair.exchange().serverEvents()).toEqual([{ kind: "open", wish }]);
      pair.client.openLink({ ...wish, pins: pins && new Set([...pins].toReversed()) }, 0);
      expect(pair.exchange().serverEvents(), "the same keys in another order are no news").toEqual([]);
      expect(pair.clientEvents()).toEqual([]);
    }
  });

  test("is claimed with them by the next life of the cluster vertex, and the link goes on", () => {
    const pair = new Pair().connect();
    pair.client.openLink({ ...TO_B, pins: pinsOf(1) }, 0);
    pair.exchange().serverEvents();
    pair.runUntil(2_000);
    pair.client.handleDisconnected(pair.now);
    pair.server.handleDisconnected(pair.now);
    pair.connect();
    expect(pair.serverEvents().map((event) => (event as { kind: string }).kind)).toEqual(["detached", "attached"]);
    expect(pair.server.linkStatuses()).toHaveLength(1);
  });

  test.each([
    ["more keys than may be", new Set(Array.from({ length: PINS_MAX + 1 }, (_, n) => hash(n)))],
    ["a key that is none", new Set(["abc"])],
    ["a key in capitals", new Set(["A".repeat(64)])],
  ])("is refused without being asked for: %s", (_, pins) => {
    const pair = new Pair().connect();
    pair.clientEvents();
    pair.client.openLink({ ...TO_B, pins }, 0);
    expect(pair.exchange().clientEvents()).toMatchObject([{ kind: "link", status: { code: "INVALID_WISH" } }]);
    expect(pair.serverEvents()).toEqual([{ kind: "attached", instance: expect.anything() as unknown }]);
  });
});

describe("a link vertex that does not know of pins", () => {
  /** Its AttachAnswer names no features, as that of an earlier version. */
  class EarlierPair extends Pair {
    constructor(client: Partial<PortalClientOptions> = {}) {
      super(client);
      const { client: real } = this;
      const handleMessage = real.handleMessage.bind(real);
      real.handleMessage = (bytes, now) => {
        const message = decodeMessage(bytes)!;
        const { body } = message;
        handleMessage(
          body.kind === "attach-answer" ? encodeMessage({ ...message, body: { ...body, features: [] } }) : bytes,
          now,
        );
      };
    }
  }
  const refused = { kind: "link", status: expect.objectContaining({ peer: "b", code: "PINS_UNSUPPORTED" }) as unknown };

  test("is not asked for links with pins, and for all others", () => {
    const pair = new EarlierPair();
    pair.client.openLink({ ...TO_B, pins: pinsOf(1) }, 0);
    pair.client.openLink(FROM_C, 0);
    pair.connect();
    expect(pair.clientEvents()).toEqual([expect.objectContaining({ kind: "attached" }), refused, expect.anything()]);
    pair.runUntil(5_000);
    expect(pair.server.linkStatuses().map(({ peer }) => peer)).toEqual(["c"]);
    expect(pair.client.linkStatus(TO_B)).toMatchObject({ state: "refused", code: "PINS_UNSUPPORTED" });
    expect(pair.client.requestsPending).toBe(0);
  });

  test("is asked to close a link that gets pins, is not believed about it, and opens it again without them", () => {
    const pair = new EarlierPair().connect();
    pair.client.openLink(TO_B, 0);
    pair.exchange();
    pair.server.setLinkStatus({ ...UP, peer: "b", tag: "0" }, 0);
    pair.exchange();
    pair.clientEvents();
    pair.serverEvents();
    pair.client.openLink({ ...TO_B, pins: pinsOf(1) }, 0);
    expect(pair.clientEvents()).toEqual([refused]);
    pair.server.setLinkStatus({ ...UP, handle: 10, peer: "b", tag: "0" }, 0);
    pair.exchange();
    expect(pair.clientEvents()).toEqual([]);
    expect(pair.serverEvents()).toEqual([{ kind: "close", key: { peer: "b", tag: "0" } }]);
    pair.client.openLink(TO_B, 0);
    pair.exchange();
    expect(pair.serverEvents()).toEqual([{ kind: "open", wish: TO_B }]);
    pair.server.setLinkStatus({ ...UP, handle: 11, peer: "b", tag: "0" }, 0);
    pair.exchange();
    expect(pair.clientEvents().at(-1)).toMatchObject({ kind: "link", status: { state: "up", handle: 11 } });
  });
});

describe("the pins of peers", () => {
  test("are those of all links to a peer, and any key where no link has pins", () => {
    const pins = new PeerPins();
    expect(pins.takeChange()).toBe(false);
    expect(pins.set({ peer: "b", tag: "0" }, pinsOf(1))).toBe(true);
    expect(pins.set({ peer: "b", tag: "1" }, undefined)).toBe(false);
    expect(pins.set({ peer: "b", tag: "2" }, pinsOf(2))).toBe(true);
    expect([pins.takeChange(), pins.takeChange()]).toEqual([true, false]);
    expect(pins.ofVertex("b")).toEqual(pinsOf(1, 2));
    expect(pins.get("vertex/b")).toEqual(pinsOf(1, 2));
    expect([pins.get("user/b"), pins.ofVertex("c")]).toEqual([undefined, undefined]);
    pins.set({ peer: "b", tag: "0" }, undefined);
    expect(pins.ofVertex("b")).toEqual(pinsOf(2));
    pins.set({ peer: "b", tag: "2" }, pinsOf());
    expect(pins.ofVertex("b")).toEqual(pinsOf());
    pins.set({ peer: "b", tag: "2" }, undefined);
    expect(pins.ofVertex("b")).toBeUndefined();
  });

  test("are so after whatever is set and asked", () => {
    const step = fc.record({
      peer: fc.constantFrom("b", "c"),
      tag: fc.constantFrom("0", "1", "2"),
      keys: fc.option(fc.uniqueArray(fc.nat({ max: 3 })), { nil: undefined }),
      isAsked: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const pins = new PeerPins();
        const model = new Map<string, readonly number[]>();
        for (const { peer, tag, keys, isAsked } of steps) {
          pins.set({ peer, tag }, keys && pinsOf(...keys));
          if (keys === undefined) model.delete(`${peer} ${tag}`);
          else model.set(`${peer} ${tag}`, keys);
          if (!isAsked) continue;
          const bound = [...model].filter(([key]) => key.startsWith(`${peer} `));
          const all = bound.flatMap(([, each]) => each);
          expect(pins.ofVertex(peer)).toEqual(bound.length === 0 ? undefined : pinsOf(...all));
        }
      }),
      { numRuns: runs(1_000, 100) },
    );
  });
});
