/** Vertices whose certificates have ended visit: each reaches the door, and nothing else, and a crowd of them is bounded. */
import { randomBytes } from "node:crypto";
import type { RevocationList } from "@florenetes/identity";
import type { IssuedIdentity } from "@florenetes/identity/authority";
import type { QuicConnection } from "@florenetes/quic";
import { beforeEach, describe, expect, test } from "vitest";
import { encodeHello, encodeVisit, type Hello } from "../../src/quic-link/sessions/hello.ts";
import {
  VISIT_BYTES_MAX,
  VISIT_MS,
  VISITS_BURST,
  VISITS_EACH_BURST,
  VISITS_EACH_MAX,
  VISITS_MAX,
} from "../../src/quic-link/limits.ts";
import { quicConfig, sizedConfig } from "../../src/quic-link/quic-settings.ts";
import { reasonOfWire } from "../../src/quic-link/reasons.ts";
import type { DoorHandlers } from "../../src/quic-link/visits/visit.ts";
import { credentialsOf, Identities } from "./identities.ts";
import { addressA, addressB, areUp, Station, Wire } from "./wire.ts";

const DAY_MS = 86_400_000;
const HELLO: Hello = {
  versionMin: 2,
  versionMax: 2,
  role: "originator",
  tag: "0",
  instance: { startedAt: Date.now(), id: "0123456789abcdef" },
  attempt: 1,
  probeKey: new Uint8Array(16).fill(7),
  quietSeconds: 0,
};

let ids: Identities;
let wire: Wire;
let doors: Door[];
let ports: number;
beforeEach(() => {
  ids = new Identities();
  wire = new Wire();
  doors = [];
  ports = 2_000;
});

/** A connection that the station's door has been given. */
interface Door {
  readonly handlers: DoorHandlers;
  heard: string;
  isEnded: boolean;
  isClosed: boolean;
}

function openDoor(handlers: DoorHandlers) {
  const door: Door = { handlers, heard: "", isEnded: false, isClosed: false };
  doors.push(door);
  return {
    send: (bytes: Uint8Array): void => void (door.heard += Buffer.from(bytes).toString("latin1")),
    end: (): void => void (door.isEnded = true),
    close: (): void => void (door.isClosed = true),
  };
}

/** Whoever calls the station at `addressB` by hand. */
class Caller {
  readonly connection: QuicConnection;
  readonly identity: IssuedIdentity;
  readonly address = `10.0.0.9:${ports++}`;
  told = "";
  end: string | undefined;
  #seen = 0;
  readonly #out = new Uint8Array(1_200);
  readonly #in = new Uint8Array(16_384);

  constructor(identity: IssuedIdentity) {
    this.identity = identity;
    const config = sizedConfig(quicConfig(credentialsOf(identity)), 1_200);
    this.connection = wire.engine.connect(config, randomBytes(8), wire.now);
  }

  turn(): void {
    const { connection, address } = this;
    for (; this.#seen < wire.seen.length; this.#seen++) {
      const { to, bytes } = wire.seen[this.#seen]!;
      if (to === address) connection.handleDatagram(Uint8Array.from(bytes), wire.now);
    }
    connection.handleTimeout(wire.now);
    for (let event = connection.pollEvent(); event !== undefined; event = connection.pollEvent()) {
      if (event.kind === "closed")
        this.end = event.isApplication ? reasonOfWire(event.code).name : `quic ${event.code}`;
    }
    for (;;) {
      const length = connection.streamReceive(0, this.#in);
      if (length <= 0) break;
      this.told += Buffer.from(this.#in.subarray(0, length)).toString("latin1");
    }
    for (let i = 0; i < 100; i++) {
      const length = connection.pollTransmit(this.#out, wire.now);
      if (length === 0) break;
      wire.inject({ from: address, to: addressB, bytes: this.#out.slice(0, length) });
    }
  }
}

async function until(
  what: string,
  callers: readonly Caller[],
  isTrue: () => boolean,
  timeoutMs = 5_000,
): Promise<void> {
  await wire.until(
    what,
    () => {
      for (const caller of callers) caller.turn();
      return isTrue();
    },
    timeoutMs,
  );
}

const station = (options: ConstructorParameters<typeof Station>[3] = {}): Station =>
  new Station(wire, addressB, ids.issue("b"), { openDoor, ...options });

/** Calls as a vertex whose certificate ended so long ago, and says something as soon as it may. */
async function call(endedMs: number, message: Uint8Array, name = "a"): Promise<Caller> {
  const caller = new Caller(ids.issue(name, { lastsMs: -endedMs }));
  await until("heard", [caller], () => caller.end !== undefined || caller.connection.isEstablished);
  caller.connection.streamSend(0, message, false);
  return caller;
}

const visitSaying = (text: string): Uint8Array => Buffer.concat([encodeVisit(), Buffer.from(text, "latin1")]);

test("one whose certificate has ended is led to the door, both ways, until either end ends it", async () => {
  const b = station();
  const caller = await call(DAY_MS, visitSaying("question"));
  await until("asked", [caller], () => doors[0]?.heard === "question");
  doors[0]!.handlers.onData(Buffer.from("answer"));
  await until("answered", [caller], () => caller.told === "answer");
  caller.connection.close(0, "");
  await until("over", [caller], () => doors[0]!.isClosed);
  expect([b.failedOffers, b.knocks, b.history, b.endpoint.handshakes]).toEqual([[], [], [], { up: 0, visit: 1 }]);
});

test("all that was said with the VISIT comes to the door, though nothing follows it", async () => {
  station();
  const question = "question".repeat(500);
  const caller = await call(DAY_MS, visitSaying(question));
  await until("asked", [caller], () => doors.length > 0);
  await until("asked all", [caller], () => doors[0]?.heard === question, 1_000);
});

test("one whose certificate is good may visit, too", async () => {
  station();
  const caller = await call(-DAY_MS / 2, visitSaying("question"));
  await until("asked", [caller], () => doors[0]?.heard === "question");
});

test.each(["user", "service"] as const)("a %s visits, and makes no link", async (kind) => {
  const b = station();
  b.want("a", "acceptor", "", "0", new Set(["0".repeat(64)]));
  const identity = ids.issue("a", { kind, lastsMs: -DAY_MS });
  const visitor = new Caller(identity);
  await until("heard", [visitor], () => visitor.connection.isEstablished);
  visitor.connection.streamSend(0, visitSaying("question"), false);
  await until("asked", [visitor], () => doors[0]?.heard === "question");
  b.endpoint.handleRevocations(wire.now);
  const caller = new Caller(identity);
  await until("heard", [caller], () => caller.connection.isEstablished);
  caller.connection.streamSend(0, encodeHello(HELLO), false);
  await until("refused", [caller], () => caller.end !== undefined);
  expect([caller.end, visitor.end, b.status("a")?.state]).toEqual(["WRONG_KIND", undefined, "connecting"]);
});

describe("no link is made with a certificate that has ended", () => {
  test("a hello is refused, though its link is wanted", async () => {
    const b = station();
    b.want("a", "acceptor");
    const caller = await call(DAY_MS, encodeHello(HELLO));
    await until("refused", [caller], () => caller.end !== undefined);
    expect([caller.end, b.failedOffers, b.status("a")?.state, b.knocks]).toEqual([
      "EXPIRED",
      ["a EXPIRED"],
      "connecting",
      [],
    ]);
  });

  test.each([
    ["a hello", encodeHello(HELLO)],
    ["a visit", encodeVisit()],
  ])(
    "%s is refused whose CA has ended, too: the engine takes the whole chain for the time of an end",
    async (_, said) => {
      const b = station();
      b.want("a", "acceptor");
      const caller = new Caller(ids.issue("a", { lastsMs: -DAY_MS, issuerLastsMs: -DAY_MS / 2 }));
      await until("heard", [caller], () => caller.connection.isEstablished);
      caller.connection.streamSend(0, said, false);
      await until("refused", [caller], () => caller.end !== undefined);
      expect([caller.end, b.status("a")?.state, doors]).toEqual(["CERTIFICATE_REFUSED", "connecting", []]);
    },
  );

  test("packets of a visitor go nowhere", async () => {
    const b = station();
    b.want("a", "acceptor");
    const caller = await call(DAY_MS, visitSaying("question"));
    await until("asked", [caller], () => doors[0]?.heard === "question");
    for (let i = 0; i < 100; i++) caller.connection.sendDatagram(Uint8Array.of(0, 64, 0, 1, 2, 3, 4, 5));
    for (let i = 0; i < 50; i++) {
      caller.turn();
      await wire.run(1);
    }
    caller.connection.close(0, "");
    await until("over", [caller], () => doors[0]!.isClosed);
    expect([b.received, b.endpoint.drops["packetsDroppedNoLink"]]).toEqual([[], 100]);
  });

  test("a hello behind a VISIT is bytes for the door", async () => {
    const b = station();
    b.want("a", "acceptor");
    const caller = await call(DAY_MS, Buffer.concat([encodeVisit(), encodeHello(HELLO)]));
    await until("passed on", [caller], () => doors[0]?.heard.length === encodeHello(HELLO).length);
    expect(b.status("a")?.state).toBe("connecting");
  });
});

test.each([
  ["ended too long ago", 91 * DAY_MS, "a", undefined, /^quic /],
  ["of another CA", DAY_MS, "a", "other", /^quic /],
])("one that is %s completes no handshake", async (_, endedMs, name, ca, end) => {
  const b = station();
  const caller = new Caller(ids.issue(name, { lastsMs: -endedMs, ...(ca === undefined ? {} : { ca }) }));
  await until("refused", [caller], () => caller.end !== undefined);
  caller.connection.streamSend(0, visitSaying("question"), false);
  await wire.run(50);
  expect([caller.end, doors, b.failedOffers.length]).toEqual([expect.stringMatching(end), [], 1]);
});

test("without a door, one that has ended completes no handshake, and one that is good is not let in", async () => {
  const b = new Station(wire, addressB, ids.issue("b"));
  const ended = new Caller(ids.issue("a", { lastsMs: -DAY_MS }));
  await until("refused", [ended], () => ended.end !== undefined);
  const good = await call(-DAY_MS / 2, visitSaying("question"));
  await until("refused", [good], () => good.end !== undefined);
  expect([ended.end, good.end, doors]).toEqual([expect.stringMatching(/^quic /), "NOT_WANTED", []]);
  expect(b.failedOffers.at(-1)).toBe("a NOT_WANTED");
});

test("one whose key is not the pinned one does not visit, and one whose key is not any more is put out", async () => {
  const b = station();
  b.want("a", "acceptor", "", "0", new Set(["0".repeat(64)]));
  const caller = await call(DAY_MS, visitSaying("question"));
  await until("refused", [caller], () => caller.end !== undefined);
  expect([caller.end, doors]).toEqual(["WRONG_KEY", []]);
  const other = await call(DAY_MS, visitSaying("question"), "c");
  await until("asked", [other], () => doors[0]?.heard === "question");
  b.want("c", "acceptor", "", "0", new Set(["0".repeat(64)]));
  await until("put out", [other], () => other.end !== undefined);
  expect([other.end, doors[0]!.isClosed]).toEqual(["WRONG_KEY", true]);
});

test("a crowd has so many places, a vertex a few of them; each visit has an end, and others come then", async () => {
  station();
  const crowd: Caller[] = [];
  for (let i = 0; i < VISITS_MAX + 4; i++) crowd.push(await call(DAY_MS, visitSaying("x"), `crowd${i}`));
  await until(
    "all answered",
    crowd,
    () => doors.length + crowd.filter(({ end }) => end !== undefined).length >= crowd.length,
  );
  expect([doors.length, new Set(crowd.map(({ end }) => end))]).toEqual([
    VISITS_MAX,
    new Set([undefined, "OVERLOADED"]),
  ]);
  await until("all put out", crowd, () => doors.every(({ isClosed }) => isClosed), VISIT_MS + 1_000);
  const same: Caller[] = [];
  for (let i = 0; i < VISITS_EACH_MAX + 1; i++) same.push(await call(DAY_MS, visitSaying("x")));
  await until("one too many", same, () => same.some(({ end }) => end !== undefined));
  expect([doors.length - VISITS_MAX, same.at(-1)!.end]).toEqual([VISITS_EACH_MAX, "OVERLOADED"]);
});

test("whoever visits again and again takes no rate from others", async () => {
  station();
  const ends: (string | undefined)[] = [];
  for (let i = 0; i < VISITS_BURST + 8; i++) {
    const caller = await call(DAY_MS, visitSaying("x"));
    await until("answered", [caller], () => doors.some(({ isClosed }) => !isClosed) || caller.end !== undefined);
    ends.push(caller.end);
    caller.connection.close(0, "");
    await until("over", [caller], () => doors.every(({ isClosed }) => isClosed));
  }
  expect([ends.slice(0, VISITS_EACH_BURST), ends.at(-1)]).toEqual([
    Array.from({ length: VISITS_EACH_BURST }, () => undefined),
    "OVERLOADED",
  ]);
  const before = doors.length;
  const other = await call(DAY_MS, visitSaying("question"), "c");
  await until("asked", [other], () => doors.length > before || other.end !== undefined);
  expect([other.end, doors.at(-1)!.heard]).toEqual([undefined, "question"]);
});

test("a visit carries so much and no more, in either direction", async () => {
  station();
  const talker = await call(DAY_MS, encodeVisit());
  const chunk = new Uint8Array(1_024);
  await until("put out", [talker], () => {
    talker.connection.streamSend(0, chunk, false);
    return talker.end !== undefined;
  });
  expect(doors[0]!.heard.length).toBeLessThanOrEqual(VISIT_BYTES_MAX);
  const listener = await call(DAY_MS, visitSaying("x"), "c");
  await until("asked", [listener], () => doors.length === 2);
  doors[1]!.handlers.onData(new Uint8Array(VISIT_BYTES_MAX + 1));
  await until("put out", [listener], () => listener.end !== undefined);
  expect([talker.end, listener.end, listener.told.length]).toEqual(["PROTOCOL_ERROR", "PROTOCOL_ERROR", 0]);
});

test("one that is renewed while it visits gets its link at once", async () => {
  const b = station();
  b.want("a", "acceptor");
  const caller = await call(DAY_MS, visitSaying("question"));
  await until("asked", [caller], () => doors[0]?.heard === "question");
  const a = new Station(wire, addressA, ids.issue("a"));
  a.want("b", "originator", addressB);
  await until("up", [caller], areUp({ a, b }));
});

test("one that is revoked does not visit, and one that is revoked meanwhile is put out", async () => {
  const b = station();
  const caller = await call(DAY_MS, visitSaying("question"));
  await until("asked", [caller], () => doors[0]?.heard === "question");
  b.takeList(listWith([caller.identity]));
  await until("put out", [caller], () => caller.end !== undefined);
  const again = new Caller(caller.identity);
  await until("refused", [again], () => again.end !== undefined);
  expect([caller.end, again.end, doors.length, doors[0]!.isClosed]).toEqual(["REVOKED", "REVOKED", 1, true]);
});

test("a user that is refused is not told as the vertex of its name", async () => {
  const b = station();
  const identity = ids.issue("a", { kind: "user", lastsMs: -DAY_MS });
  b.takeList(listWith([identity]));
  const caller = new Caller(identity);
  await until("refused", [caller], () => caller.end !== undefined);
  expect([caller.end, b.failedOffers]).toEqual(["REVOKED", ["user/a REVOKED"]]);
});

/** A list of the CA that names these identities. */
function listWith(revoked: readonly IssuedIdentity[]): RevocationList {
  const now = Date.now();
  return {
    issuer: revoked[0]!.certificates[0]!.issuer,
    issuerName: "CN=demo",
    number: 1n,
    thisUpdate: new Date(now - DAY_MS),
    nextUpdate: new Date(now + DAY_MS),
    serials: new Set(revoked.map(({ certificates }) => certificates[0]!.serial)),
    der: new Uint8Array(0),
  };
}
