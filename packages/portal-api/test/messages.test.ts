import { readFileSync } from "node:fs";
import { florenetes } from "#generated/portal";
import * as fc from "fast-check";
import protobuf from "protobufjs";
import { describe, expect, test } from "vitest";
import type { LinkStatus } from "../src/link.ts";
import type { TransitChange } from "../src/transit.ts";
import { decodeMessage, encodeMessage, type PortalBody, type PortalMessage } from "../src/messages.ts";

const wire = florenetes.portal.v1;

interface Vector {
  readonly name: string;
  readonly hex: string;
  readonly message?: object;
  readonly understood?: object;
  readonly canonical?: boolean;
}

const textOf = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");
const vectors = JSON.parse(textOf("../vectors/messages.json")) as { readonly messages: readonly Vector[] };

const bytesOf = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

type Number64 = number | string;

/** A message of ours in JSON: generations are numbers or texts, and bytes are hexadecimal digits; sets are lists. */
interface Written extends Omit<PortalMessage, "body"> {
  readonly body: {
    readonly kind: PortalBody["kind"];
    readonly generation?: Number64;
    readonly from?: Number64;
    readonly to?: Number64;
    readonly links?: readonly { readonly generation: Number64; readonly status: LinkStatus }[];
  };
}

const BYTES = new Set(["chain", "content", "signature", "knownChain", "chainHash"]);
/** Each vector as our own code reads it, by the vector's name. */
const read = JSON.parse(textOf("vectors/read-messages.json"), (name, value: unknown) => {
  if (name === "pins") return new Set(value as string[]);
  if (!BYTES.has(name)) return value;
  return Array.isArray(value) ? value.map(bytesOf) : bytesOf(value as string);
}) as Readonly<Record<string, Written>>;

type LinkStates = PortalBody & { kind: "link-states" };

function withGenerations(message: Written): PortalMessage {
  const { body } = message;
  if (body.kind === "heartbeat")
    return { ...message, body: { ...body, generation: BigInt(body.generation!) } } as PortalMessage;
  if (body.kind !== "link-states") return message as unknown as PortalMessage;
  const links = body.links!.map(({ generation, status }) => ({ generation: BigInt(generation), status }));
  const states: LinkStates = { kind: "link-states", from: BigInt(body.from!), to: BigInt(body.to!), links };
  return { ...message, body: states };
}

/** A protobuf library with the definition alone, as authors of other vertices have it. */
const library = protobuf.parse(textOf("../portal.proto")).root.lookupType("florenetes.portal.v1.Message");
const jsonOf = (bytes: Uint8Array): object =>
  library.toObject(library.decode(bytes), { longs: String, enums: String, bytes: String, json: true });

describe("golden vectors", () => {
  test.each(vectors.messages)("$name", ({ name, hex, message, understood = message, canonical }) => {
    const written = read[name];
    const expected = written && withGenerations(written);
    expect(decodeMessage(bytesOf(hex))).toEqual(expected);
    if (message === undefined) return;
    expect(jsonOf(bytesOf(hex))).toEqual(message);
    expect(jsonOf(encodeMessage(expected!))).toEqual(understood);
    if (!canonical) return;
    expect(hexOf(encodeMessage(expected!))).toBe(hex);
    expect(hexOf(library.encode(library.fromObject(message)).finish())).toBe(hex);
  });
});

describe("a link that is up against the rules is refused, with the reason", () => {
  const up = { peer: "b", tag: "0", state: "up", preferredMtu: 0, code: "", text: "", isCongested: true } as const;
  test.each([
    ["without a handle", { ...up, handle: 0, mtu: 1420 }, /no handle/],
    ["with an MTU of 1279", { ...up, handle: 7, mtu: 1279 }, /an MTU of 1279: every link carries 1280/],
    ["with neither", { ...up, handle: 0, mtu: 0 }, /no handle/],
  ])("%s", (_, status, text) => {
    const body = { kind: "link-states", from: 0n, to: 1n, links: [{ generation: 1n, status }] } as const;
    const read = decodeMessage(encodeMessage({ instance: "a", attachment: 1, requestId: 0, body }))!.body;
    const refused = { peer: "b", tag: "0", state: "refused", handle: 0, mtu: 0, preferredMtu: 0, isCongested: false };
    expect(read).toMatchObject({
      links: [{ generation: 1n, status: { ...refused, code: "INVALID_STATE", text: expect.stringMatching(text) } }],
    });
  });
});

const name = fc.string({ minLength: 1, maxLength: 30 });
const key = { peer: name, tag: name };
const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const count = fc.maxSafeNat();
const generation = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

const status: fc.Arbitrary<LinkStatus> = fc
  .record({
    ...key,
    state: fc.constantFrom("connecting", "up", "down", "refused"),
    handle: fc.integer({ min: 1, max: 0xffff_ffff }),
    mtu: fc.integer({ min: 1280, max: 64_990 }),
    preferredMtu: uint32,
    code: name,
    text: fc.string({ maxLength: 100 }),
    isCongested: fc.boolean(),
    congestedClasses: fc.option(fc.integer({ min: 1, max: 0xffff_ffff }), { nil: undefined }),
    quietSeconds: fc.option(fc.integer({ min: 1, max: 0xffff_ffff }), { nil: undefined }),
  })
  .map(({ quietSeconds: quiet, ...status }) => {
    const congestedClasses = status.isCongested && status.state === "up" ? status.congestedClasses : undefined;
    if (status.state !== "up")
      return { ...status, handle: 0, mtu: 0, preferredMtu: 0, isCongested: false, congestedClasses };
    const preferredMtu = Math.max(1280, Math.min(status.preferredMtu || status.mtu, status.mtu));
    return { ...status, preferredMtu, congestedClasses, quietSeconds: quiet && Math.min(quiet, 300) };
  });

const address = fc.option(fc.constantFrom("udp://192.0.2.7:4433", "x".repeat(255)), { nil: undefined });

const stats = fc.record({
  ...key,
  rttMs: fc.double({ min: 0, max: 1e6, noNaN: true, noDefaultInfinity: true }).map((rttMs) => rttMs + 0),
  packetsSent: count,
  packetsReceived: count,
  bytesSent: count,
  bytesReceived: count,
  packetsLost: count,
  packetsDropped: count,
  queueLength: uint32,
  peerAddress: address,
});

const allowance = fc.option(fc.record({ classes: uint32, bitsPerSecond: count }), { nil: undefined });
const share = fc.option(fc.integer({ min: 1, max: 0xffff_ffff }), { nil: undefined });
const change: fc.Arbitrary<TransitChange> = fc.oneof(
  fc.record({ operation: fc.constant("link" as const), key: fc.record(key), label: uint32 }),
  fc.record({ operation: fc.constant("permit" as const), link: uint32, outLink: uint32, allowance, share }),
  fc.record({ operation: fc.constant("forbid" as const), link: uint32, outLink: uint32 }),
  fc.record({
    operation: fc.constant("swap" as const),
    link: uint32,
    label: uint32,
    outLink: uint32,
    outLabel: uint32,
  }),
  fc.record({ operation: fc.constantFrom("end" as const, "remove" as const), link: uint32, label: uint32 }),
);

const classCounts = fc.record({
  link: uint32,
  outLink: uint32,
  share: uint32,
  trafficClass: uint32,
  packets: count,
  bytes: count,
  packetsDenied: count,
});
const drops = fc.record({ cause: name, packets: count, label: uint32 });
const linkCounts = fc.record({
  link: uint32,
  packetsForwarded: count,
  bytesIn: count,
  drops: fc.array(drops, { maxLength: 3 }),
  packetsOut: count,
  bytesOut: count,
  packetsRefused: count,
});
const pairCounts = fc.record({ link: uint32, outLink: uint32, packetsPassed: count, packetsLimited: count });

const body: fc.Arbitrary<PortalBody> = fc.oneof(
  fc.record({
    kind: fc.constant("attach" as const),
    cluster: name,
    vertex: fc.string({ maxLength: 20 }),
    startedAt: count,
    versionMin: uint32,
    versionMax: uint32,
  }),
  fc.record({
    kind: fc.constant("attach-answer" as const),
    startedAt: count,
    version: uint32,
    principal: name,
    linkMtuMax: uint32,
    linksMax: uint32,
    features: fc.array(name, { maxLength: 5 }),
    linkProtocol: fc.option(name, { nil: undefined }),
  }),
  fc.record({ kind: fc.constantFrom("detach" as const, "detach-answer" as const, "unimplemented" as const) }),
  fc.record({ kind: fc.constantFrom("open-link-answer" as const, "close-link-answer" as const) }),
  fc.record({
    kind: fc.constant("open-link" as const),
    wish: fc.record({ ...key, role: fc.constantFrom("originator" as const, "acceptor" as const), endpoint: name }),
  }),
  fc.record({ kind: fc.constant("close-link" as const), key: fc.record(key) }),
  fc.record({
    kind: fc.constant("link-states" as const),
    from: generation,
    to: generation,
    links: fc.array(fc.record({ generation, status }), { maxLength: 4 }),
  }),
  fc.record({ kind: fc.constant("link-stats" as const), links: fc.array(stats, { maxLength: 4 }) }),
  fc.record({
    kind: fc.constant("knock" as const),
    knock: fc.record({ ...key, keyHash: fc.stringMatching(/^[0-9a-f]{64}$/), address }),
  }),
  fc.record({ kind: fc.constant("heartbeat" as const), startedAt: count, generation }),
  fc.record({
    kind: fc.constant("heartbeat" as const),
    startedAt: count,
    generation,
    transit: fc.record({
      generation: fc.integer({ min: 1 }),
      taken: uint32,
      code: fc.constantFrom("", "TRANSIT_FULL"),
    }),
    transitReport: fc.integer({ min: 1, max: 0xffff_ffff }),
    judgeGeneration: fc.integer({ min: 1 }),
  }),
  fc.record({
    kind: fc.constant("transit-changes" as const),
    generation: count,
    first: uint32,
    whole: uint32,
    packetsPerSecond: count,
    bytesPerSecond: count,
    changes: fc.array(change, { maxLength: 4 }),
  }),
  fc.record({
    kind: fc.constant("transit-report" as const),
    number: uint32,
    generation: count,
    links: fc.array(linkCounts, { maxLength: 3 }),
    pairs: fc.array(pairCounts, { maxLength: 3 }),
    labels: fc.array(fc.record({ link: uint32, label: uint32, packets: count }), { maxLength: 3 }),
    classes: fc.array(classCounts, { maxLength: 3 }),
  }),
  fc.record({
    kind: fc.constant("judge" as const),
    question: fc.record({
      presenter: fc.constantFrom("originator" as const, "acceptor" as const),
      peer: name,
      chain: fc.array(fc.uint8Array({ maxLength: 20 }), { minLength: 1, maxLength: 3 }),
      isOpen: fc.boolean(),
    }),
  }),
  fc.record({
    kind: fc.constant("judge-answer" as const),
    principal: name,
    name,
    goodUntil: count,
    graceMs: count,
    code: name,
    text: fc.string({ maxLength: 100 }),
    generation: count,
  }),
  fc.record({
    kind: fc.constant("sign" as const),
    content: fc.uint8Array({ maxLength: 70 }),
    knownChain: fc.uint8Array({ maxLength: 32 }),
  }),
  fc.record({
    kind: fc.constant("sign-answer" as const),
    signature: fc.uint8Array({ maxLength: 72 }),
    scheme: uint32,
    chainHash: fc.uint8Array({ maxLength: 32 }),
    chain: fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 3 }),
  }),
  fc.record({ kind: fc.constant("error" as const), code: name, text: fc.string({ maxLength: 100 }) }),
);

const message = fc.record({ instance: name, attachment: uint32, requestId: uint32, body });

describe("properties", () => {
  test("what is written is read, with plain numbers for 64-bit counters", () => {
    fc.assert(
      fc.property(message, (message) => {
        expect(decodeMessage(encodeMessage(message))).toEqual(message);
      }),
      { numRuns: 500 },
    );
  });

  test("random, cut and changed bytes give a message within the limits, or none", () => {
    const mangled = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.tuple(message, fc.nat(), fc.nat(255)).map(([message, at, value]) => {
        const bytes = encodeMessage(message);
        bytes[at % bytes.length] = value;
        return bytes;
      }),
      fc.tuple(message, fc.nat()).map(([message, at]) => {
        const bytes = encodeMessage(message);
        return bytes.slice(0, at % bytes.length);
      }),
    );
    fc.assert(
      fc.property(mangled, (bytes) => {
        const decoded = decodeMessage(bytes);
        if (decoded === undefined) return;
        expect(decoded.instance.length).toBeGreaterThan(0);
        if (decoded.body.kind !== "link-states") return;
        for (const { generation, status } of decoded.body.links) {
          expect(generation <= 2n ** 64n - 1n).toBe(true);
          expect(status.handle !== 0).toBe(status.state === "up");
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("a newer partner", () => {
  test("fields that are not known are ignored", () => {
    const bytes = encodeMessage({ instance: "aa", attachment: 3, requestId: 0, body: { kind: "detach" } });
    // Field 99 is added, a varint; it may stand inside an empty Detach, too.
    const longer = Uint8Array.of(...bytes, 0x98, 0x06, 0x2a);
    expect(decodeMessage(longer)).toEqual({ instance: "aa", attachment: 3, requestId: 0, body: { kind: "detach" } });
  });

  test("texts that are too long are cut, names that are too long make no wish", () => {
    const long = "x".repeat(2_000);
    const error = encodeMessage({
      instance: "aa",
      attachment: 1,
      requestId: 1,
      body: { kind: "error", code: long, text: long },
    });
    expect(decodeMessage(error)?.body).toEqual({
      kind: "error",
      code: `${"x".repeat(63)}…`,
      text: `${"x".repeat(255)}…`,
    });
    const wish = { peer: long, tag: "0", role: "acceptor", endpoint: "" } as const;
    const open = encodeMessage({ instance: "aa", attachment: 1, requestId: 1, body: { kind: "open-link", wish } });
    expect(decodeMessage(open)?.body).toEqual({ kind: "open-link", wish: undefined });
  });

  const hostile = "up\u202E\r\nlevel=error\u001B[2J\u{E0041}";
  const shown = String.raw`up\u{202e}\u{d}\u{a}level=error\u{1b}[2J\u{e0041}`;
  const of = (body: PortalBody): Uint8Array => encodeMessage({ instance: "aa", attachment: 1, requestId: 1, body });

  test("texts and codes of a partner are shown with all that is in them", () => {
    // The generated class writes as any partner would: this package's own writer would make the texts harmless first.
    const raw = wire.Message.encode({
      instance: "aa",
      attachment: 1,
      requestId: 1,
      linkStates: {
        from: 0,
        to: 1,
        links: [
          { key: { peer: "b", tag: "0" }, state: wire.LinkStateKind.LINK_STATE_DOWN, code: hostile, text: hostile },
        ],
      },
    }).finish();
    expect(decodeMessage(raw)?.body).toMatchObject({ links: [{ status: { code: shown, text: shown } }] });
    const error = wire.Message.encode({ instance: "aa", error: { code: hostile, text: hostile } }).finish();
    expect(decodeMessage(error)?.body).toEqual({ kind: "error", code: shown, text: shown });
    const attach = wire.Message.encode({ instance: "aa", attach: { cluster: hostile, vertex: hostile } }).finish();
    expect(decodeMessage(attach)?.body).toMatchObject({ cluster: shown, vertex: shown });
    const answer = { principal: hostile, features: [hostile], linkProtocol: hostile };
    const attached = wire.Message.encode({ instance: "aa", attachAnswer: answer }).finish();
    expect(decodeMessage(attached)?.body).toMatchObject({ principal: shown, features: [shown], linkProtocol: shown });
  });

  test.each([
    { peer: hostile, tag: "0", endpoint: "udp://b:1" },
    { peer: "b", tag: hostile, endpoint: "udp://b:1" },
    { peer: "b", tag: "0", endpoint: hostile },
  ])("names that nobody could read make no wish: %j", (names) => {
    const wish = { ...names, role: "originator" } as const;
    expect(decodeMessage(of({ kind: "open-link", wish }))?.body).toEqual({ kind: "open-link", wish: undefined });
  });

  test.each([
    ["no role", { peer: "b", chain: [Uint8Array.of(1)] }],
    ["a role of a later version", { presenter: 3, peer: "b", chain: [Uint8Array.of(1)] }],
    ["no certificate", { presenter: wire.Role.ROLE_ORIGINATOR }],
    ["an acceptor that may be anybody", { presenter: wire.Role.ROLE_ACCEPTOR, chain: [Uint8Array.of(1)] }],
  ])("a question about a peer makes no sense with %s", (_, judge) => {
    const bytes = wire.Message.encode({ instance: "aa", requestId: 1, judge }).finish();
    expect(decodeMessage(bytes)?.body).toEqual({ kind: "judge", question: undefined });
  });

  test("a question about a peer shows its name with all that is in it", () => {
    const judge = { presenter: wire.Role.ROLE_ORIGINATOR, peer: hostile, chain: [Uint8Array.of(1)] };
    const bytes = wire.Message.encode({ instance: "aa", requestId: 1, judge }).finish();
    expect(decodeMessage(bytes)?.body).toMatchObject({ question: { peer: shown } });
  });

  test("an instance that nobody could read is none", () => {
    expect(decodeMessage(wire.Message.encode({ instance: hostile, heartbeat: {} }).finish())).toBeUndefined();
  });
});
