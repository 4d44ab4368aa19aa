import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openFlorioPort } from "@florenetes/florio";
import { decodeMessage, PortalCode, PortalServer, type PortalServerEvent } from "@florenetes/portal-api";
import type { EventFields, Logger } from "@florenetes/process-kit";
import { monotonicNow, nodeTime } from "@florenetes/scheduling";
import { afterEach, beforeEach, expect, test } from "vitest";
import { NO_PINS } from "../../src/config/vertex-pins.ts";
import { type ConnectionOptions, ConnectionService } from "../../src/connection/connection-service.ts";
import { PortableDataPlane } from "../../src/data-plane/portable/portable-data-plane.ts";
import { SlotMap } from "../../src/config/slot-map.ts";

const HEARTBEATS = 5;
const none: SlotMap<never> = new SlotMap();

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "florenetes-connection-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

test("over real sockets it attaches, its heart beats by its timer, and at its end it takes leave and its socket is gone", async () => {
  using partner = linkVertex();
  const connection = new ConnectionService(optionsWith({}, join(folder, "cluster.sock")));
  try {
    await expect.poll(() => partner.heartbeats, { timeout: 20_000 }).toBeGreaterThan(HEARTBEATS);
    expect(partner.events).toMatchObject([{ kind: "attached" }, { kind: "open", wish: { peer: "b" } }]);
    expect(connection.status()).toMatchObject([{ state: "attached" }]);
  } finally {
    connection.close();
  }
  await expect
    .poll(() => partner.events.slice(2), { timeout: 20_000 })
    .toEqual([{ kind: "detached", code: PortalCode.detachAsked }]);
  expect(readdirSync(folder)).toEqual(["link.sock"]);
});

test("where links must run over a protocol that the link vertex does not say, none is wanted of it, and the reason is shown and logged", async () => {
  using partner = linkVertex();
  const lines: EventFields[] = [];
  const connection = new ConnectionService(optionsWith({ linkProtocol: "quic", lines }, join(folder, "cluster.sock")));
  try {
    await expect.poll(() => partner.heartbeats, { timeout: 20_000 }).toBeGreaterThan(HEARTBEATS);
    expect(partner.events).toMatchObject([{ kind: "attached" }]);
    const reason = {
      code: "WRONG_LINK_PROTOCOL",
      text: expect.stringMatching(/only quic is wanted .carriers: quic-only/),
    };
    expect(connection.status()).toMatchObject([{ state: "refused", linkProtocol: null, ...reason }]);
    expect(connection.links.status(() => "p0", monotonicNow())).toMatchObject([{ state: "waiting", ...reason }]);
    expect(lines).toMatchObject([{ code: "PORTAL_REFUSED", portal: "p0", reason: "WRONG_LINK_PROTOCOL" }]);
  } finally {
    connection.close();
  }
});

test("a socket that cannot be bound is tried again, and the other portals do not wait for it", async () => {
  const lines: EventFields[] = [];
  const options = optionsWith({ lines }, join(folder, "cluster.sock"), join(folder, "later", "cluster.sock"));
  const connection = new ConnectionService(options);
  try {
    expect(connection.status()).toMatchObject([
      { state: "waiting", code: "" },
      { state: "waiting", code: "ERR_FLORIO_DIRECTORY_MISSING", text: expect.stringMatching(/later/) },
    ]);
    expect(lines).toMatchObject([{ code: "PORTAL_SOCKET_FAILED", portal: "p1" }]);
    mkdirSync(join(folder, "later"));
    await expect.poll(() => connection.status()[1]!.code, { timeout: 20_000 }).toBe("");
  } finally {
    connection.close();
  }
  expect(readdirSync(folder)).toEqual(["later"]);
});

test("of another config it asks for what is new, and takes leave of what is gone; the link vertex hears nothing of the rest", async () => {
  using partner = linkVertex();
  const options = optionsWith({}, join(folder, "cluster.sock"));
  const connection = new ConnectionService(options);
  const heard = (): unknown[] => partner.events.map((event) => ("wish" in event ? event.wish.peer : event.kind));
  try {
    await expect.poll(heard, { timeout: 20_000 }).toEqual(["attached", "b"]);
    const [b] = options.config.links.values();
    const linkTo = (peer: string) => ({ ...b!, name: peer, peer });
    const next = { ...options.config, links: SlotMap.of([{ ...b!, name: "renamed", label: 102 }, linkTo("c")]) };
    expect(connection.reconfigure(next, none)).toEqual([]);
    await expect.poll(heard, { timeout: 20_000 }).toEqual(["attached", "b", "c"]);
    expect(connection.links.status(() => "p0", monotonicNow())).toMatchObject([{ name: "renamed" }, { name: "c" }]);
    connection.reconfigure({ ...next, links: SlotMap.of([undefined, undefined, linkTo("d")]) }, none);
    await expect.poll(() => new Set(heard().slice(3)), { timeout: 20_000 }).toEqual(new Set(["close", "d"]));
    expect(connection.links.linksUp()).toEqual({ up: 0, wanted: 1 });
    connection.reconfigure({ ...next, portals: none, links: none }, none);
    // The link vertex may not hear the leave, as its answer finds nobody: then its links end when no successor has come.
    await expect.poll(() => heard().slice(6), { timeout: 20_000 }).toContain("close");
    expect([connection.status(), readdirSync(folder)]).toEqual([[], ["link.sock"]]);
  } finally {
    connection.close();
  }
});

test("it asks for links with the pins of their peers, where pins bind all, and tells when those change", async () => {
  using partner = linkVertex();
  const options = optionsWith({}, join(folder, "cluster.sock"));
  const connection = new ConnectionService(options);
  const [one, other] = [new Set(["01".repeat(32)]), new Set(["02".repeat(32)])];
  const keys = (pinned: ReadonlySet<string>) =>
    new Map([
      ["vertex/b", pinned],
      ["vertex/c", other],
      ["user/b", other],
    ]);
  const asked = (): unknown[] => partner.events.flatMap((event) => ("wish" in event ? [event.wish.pins] : []));
  const changes = [
    [{ keys: keys(one), bindAll: false }, [undefined]],
    [{ keys: keys(one), bindAll: true }, [undefined, one]],
    [{ keys: keys(one), bindAll: true }, [undefined, one]],
    [{ keys: keys(other), bindAll: true }, [undefined, one, other]],
    [NO_PINS, [undefined, one, other, undefined]],
  ] as const;
  try {
    await expect.poll(asked, { timeout: 20_000 }).toEqual([undefined]);
    for (const [pins, expected] of changes) {
      connection.reconfigure({ ...options.config, pins }, none);
      await expect.poll(asked, { timeout: 20_000 }).toEqual(expected);
    }
    expect(partner.events.some(({ kind }) => kind === "close")).toBe(false);
  } finally {
    connection.close();
  }
});

/** Makes a portal for each socket, and one link through the first. */
function optionsWith(
  { linkProtocol, lines = [] }: { readonly linkProtocol?: string; readonly lines?: EventFields[] },
  ...binds: readonly string[]
): ConnectionOptions {
  const error = (fields: EventFields): void => void lines.push(fields);
  const log: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error, child: () => log };
  return {
    config: {
      cluster: "demo",
      vertex: "a",
      linkProtocol,
      portals: SlotMap.of(
        binds.map((bind, index) => ({ name: `p${index}`, bind, connect: join(folder, "link.sock") })),
      ),
      links: SlotMap.of([
        { name: "b", portal: 0, role: "acceptor", peer: "b", tag: "0", endpoint: undefined, label: 101 } as const,
      ]),
      pins: NO_PINS,
    },
    instance: { id: "c1", startedAt: 1 },
    log,
    time: nodeTime,
    plane: new PortableDataPlane(({ bind, connect }, handlers) => openFlorioPort({ bind, connect, handlers })),
    handlers: {
      onFrame: () => {},
      onLinkUp: () => {},
      onLinkSize: () => {},
      onLinkWritable: () => {},
      onTransitReport: () => {},
      onLinkNews: () => {},
      onKnock: () => {},
    },
  };
}

/** A link vertex without a timer and without links: it speaks when it is spoken to. */
function linkVertex(): Disposable & { readonly events: PortalServerEvent[]; readonly heartbeats: number } {
  const instance = { id: "l1", startedAt: 1 };
  const server = new PortalServer({ cluster: "demo", principal: "a", instance, linkMtuMax: 1_420 });
  const events: PortalServerEvent[] = [];
  let heartbeats = 0;
  const settle = (): void => {
    for (let event = server.pollEvent(); event !== undefined; event = server.pollEvent()) events.push(event);
    for (let message = server.pollTransmit(); message !== undefined; message = server.pollTransmit()) {
      port.sendControl(message);
    }
  };
  const port = openFlorioPort({
    bind: join(folder, "link.sock"),
    connect: join(folder, "cluster.sock"),
    handlers: {
      onControl(message) {
        if (decodeMessage(message)?.body.kind === "heartbeat") heartbeats++;
        server.handleMessage(message, monotonicNow());
        server.handleTimeout(monotonicNow());
        settle();
      },
      onConnected() {
        server.handleConnected(monotonicNow());
        settle();
      },
      onData() {},
      onDisconnected() {},
      onWritable() {},
    },
  });
  return {
    events,
    get heartbeats() {
      return heartbeats;
    },
    [Symbol.dispose]: () => port.close(),
  };
}
