import assert from "node:assert";
import type { QuicCredentials } from "../../src/engine.ts";
import type { ConformanceCase, ConformanceContext, ConformanceCredentials } from "./context.ts";
import type { ClosedEvent, PairOptions } from "./pair.ts";
import { Pair, closedEvent } from "./pair.ts";

/** TLS alerts (RFC 8446, 6) as QUIC transport errors (RFC 9001, 4.8). */
const alerts = {
  badCertificate: 0x100 + 42,
  certificateExpired: 0x100 + 45,
  unknownCa: 0x100 + 48,
  noApplicationProtocol: 0x100 + 120,
};

type Who = keyof ConformanceCredentials;

const accepted: { name: string; client: Who; server: Who; idLength?: number }[] = [
  { name: "with connection IDs of 8 bytes", client: "client", server: "server" },
  { name: "with empty connection IDs", client: "client", server: "server", idLength: 0 },
  { name: "with Ed25519 on both sides", client: "ed25519", server: "ed25519" },
  { name: "with an intermediate CA on both sides", client: "chained", server: "chained" },
];

/** `alert` is what the refusing side says; more than one where the standard leaves a choice. */
const refused: { name: string; who: Who; alert: number[] }[] = [
  { name: "of another CA", who: "foreign", alert: [alerts.unknownCa] },
  { name: "that has expired", who: "expired", alert: [alerts.certificateExpired] },
  {
    name: "that is not valid yet",
    who: "notYetValid",
    alert: [alerts.badCertificate, alerts.certificateExpired],
  },
  { name: "whose chain lacks the intermediate CA", who: "chainedIncomplete", alert: [alerts.unknownCa] },
];

export const handshakeCases: readonly ConformanceCase[] = [
  ...accepted.map((row) => ({
    name: `handshake ${row.name}`,
    run: (context: ConformanceContext) => completes(context, row.client, row.server, { idLength: row.idLength ?? 8 }),
  })),
  ...[0, 8].map((idLength) => ({
    name: `handshake after a Retry, connection IDs of ${idLength} bytes`,
    run: (context: ConformanceContext) => completes(context, "client", "server", { idLength, isRetrying: true }),
  })),
  ...refused.map((row) => ({
    name: `a client certificate ${row.name} is refused`,
    run: (context: ConformanceContext) => refusesClient(context, row.who, row.alert),
  })),
  ...refused.map((row) => ({
    name: `a server certificate ${row.name} is refused`,
    run: (context: ConformanceContext) => refusesServer(context, row.who, row.alert),
  })),
  { name: "ends that do not agree on the application protocol refuse each other", run: refusesProtocol },
  { name: "a handshake gets through losses", run: survivesLoss },
];

async function completes(context: ConformanceContext, client: Who, server: Who, options: PairOptions): Promise<void> {
  const { credentials } = context;
  const pair = new Pair(context, {
    clientCredentials: credentials[client],
    serverCredentials: credentials[server],
    ...options,
  });
  assert.strictEqual(pair.client.isEstablished, false);
  await pair.establish();
  assert.deepStrictEqual(pair.clientEvents, [{ kind: "established" }]);
  assert.deepStrictEqual(pair.serverEvents, [{ kind: "established" }]);
  assert.deepStrictEqual(pair.client.peerCertificates(), chainOf(credentials[server]));
  assert.deepStrictEqual(pair.server.peerCertificates(), chainOf(credentials[client]));
  assert(!pair.client.isClosed && !pair.server.isClosed);
}

async function refusesClient(context: ConformanceContext, who: Who, alert: number[]): Promise<void> {
  const pair = new Pair(context, { clientCredentials: context.credentials[who] });
  await pair.until(() => pair.client.isClosed && pair.server.isClosed, "both are closed");
  assert(!pair.serverEvents.some((event) => event.kind === "established"), "the server took the client");
  isAlert(closedEvent(pair.serverEvents), "local", alert);
  isAlert(closedEvent(pair.clientEvents), "peer", alert);
}

async function refusesServer(context: ConformanceContext, who: Who, alert: number[]): Promise<void> {
  const pair = new Pair(context, { serverCredentials: context.credentials[who] });
  await pair.until(() => pair.client.isClosed && pair.server.isClosed, "both are closed");
  for (const events of [pair.clientEvents, pair.serverEvents]) {
    assert(!events.some((event) => event.kind === "established"), "one side took the other");
  }
  isAlert(closedEvent(pair.clientEvents), "local", alert);
  isAlert(closedEvent(pair.serverEvents), "peer", alert);
}

async function refusesProtocol(context: ConformanceContext): Promise<void> {
  const pair = new Pair(context, { client: { applicationProtocol: "something-else" } });
  await pair.until(() => pair.client.isClosed && pair.server.isClosed, "both are closed");
  isAlert(closedEvent(pair.serverEvents), "local", [alerts.noApplicationProtocol]);
  isAlert(closedEvent(pair.clientEvents), "peer", [alerts.noApplicationProtocol]);
}

/** The first packet of each side is lost, and has to be sent again by timers. */
async function survivesLoss(context: ConformanceContext): Promise<void> {
  const pair = new Pair(context);
  const lost = { "to-server": 1, "to-client": 1 };
  pair.filter = (direction) => lost[direction]-- <= 0;
  await pair.establish();
}

function isAlert(event: ClosedEvent, cause: ClosedEvent["cause"], codes: number[]): void {
  assert.strictEqual(event.cause, cause);
  assert.strictEqual(event.isApplication, false);
  assert(codes.includes(event.code), `code ${event.code} is none of ${codes.join(", ")}`);
}

/** The certificates of a PEM text in DER. */
function chainOf(credentials: QuicCredentials): Uint8Array[] {
  const blocks = credentials.certificateChainPem.matchAll(/-----BEGIN CERTIFICATE-----([^-]*)-----END/g);
  return [...blocks].map((block) => Uint8Array.from(atob(block[1]!.replaceAll(/\s/g, "")), (c) => c.codePointAt(0)!));
}
