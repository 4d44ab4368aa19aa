/** An engine tells the secrets of its connections if the operator asks for them, in the form that Wireshark reads. */
import { afterAll, describe, expect, test } from "vitest";
import { type ConformanceContext, Pair } from "../testing/conformance/index.ts";
import { PacketGuard } from "../src/guard/drivers/packet-guard.ts";
import { PacketReader } from "../src/guard/drivers/packet-reader.ts";
import type { QuicEngine } from "../src/index.ts";
import { nativeEngine } from "../src/native/drivers/native-engine.ts";
import { quicheEngine } from "../src/portable/index.ts";
import { realContext } from "./real-context.ts";

/** The labels of RFC 9850 that a handshake of TLS 1.3 without early data has. */
const labels = [
  "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
  "SERVER_HANDSHAKE_TRAFFIC_SECRET",
  "CLIENT_TRAFFIC_SECRET_0",
  "SERVER_TRAFFIC_SECRET_0",
  "EXPORTER_SECRET",
];
const ID_LENGTH = 8;

const toldByPortable: string[] = [];
const toldByNative: string[] = [];
PacketGuard.tellSecrets((lines) => toldByPortable.push(...linesOf(lines)));
afterAll(() => PacketGuard.tellSecrets(() => {}));
const native = nativeEngine({ tellSecrets: (lines) => toldByNative.push(...linesOf(lines)) });

function linesOf(octets: Uint8Array): string[] {
  const text = Buffer.from(octets).toString("latin1");
  expect(text.endsWith("\n"), "lines are whole").toBe(true);
  return text.trimEnd().split("\n");
}

/** Runs a connection, and returns each engine's lines and the packets that the client sent. */
async function run(
  client: QuicEngine,
  server: QuicEngine,
): Promise<{ portable: string[]; native: string[]; packets: Uint8Array[] }> {
  toldByPortable.length = 0;
  toldByNative.length = 0;
  const engine: QuicEngine = { ...server, connect: (...args) => client.connect(...args) };
  const context: ConformanceContext = { ...realContext, engine };
  const pair = new Pair(context, { idLength: ID_LENGTH });
  const packets: Uint8Array[] = [];
  pair.filter = (direction, packet) => {
    if (direction === "to-server") packets.push(packet.slice());
    return true;
  };
  await pair.establish();
  pair.client.streamSend(0, Buffer.from("what was said"), true);
  pair.settle();
  return { portable: [...toldByPortable], native: [...toldByNative], packets };
}

function expectKeyLog(lines: readonly string[]): void {
  expect(lines).toHaveLength(labels.length);
  expect(new Set(lines.map((line) => line.split(" ")[0]))).toEqual(new Set(labels));
  expect(new Set(lines.map((line) => line.split(" ")[1])).size, "one connection").toBe(1);
  for (const line of lines) expect(line).toMatch(/^[A-Z_0-9]+ [0-9a-f]{64} (?:[0-9a-f]{64}|[0-9a-f]{96})$/);
}

/** Decrypts the packets by the lines alone, and looks for what the client said in them. */
function expectReadable(lines: readonly string[], packets: readonly Uint8Array[]): void {
  const line = lines.find((one) => one.startsWith("CLIENT_TRAFFIC_SECRET_0 "))!;
  const reader = new PacketReader(Buffer.from(line.split(" ")[2]!, "hex"), ID_LENGTH);
  const frames = packets.map((packet) => Buffer.from(reader.open(packet) ?? []).toString("latin1"));
  expect(frames.join()).toContain("what was said");
}

test("both ends of the portable engine tell the same secrets, by which its packets can be read", async () => {
  const { portable, packets } = await run(quicheEngine, quicheEngine);
  const once = [...new Set(portable)];
  expectKeyLog(once);
  for (const line of once) expect(portable.filter((one) => one === line).length).toBeGreaterThanOrEqual(2);
  expectReadable(once, packets);
});

describe.skipIf(native === undefined)("with the native engine (skipped where there is no cargo)", () => {
  test("both its ends tell the same secrets, by which its packets can be read", async () => {
    const { native: told, packets } = await run(native!, native!);
    const once = [...new Set(told)];
    expectKeyLog(once);
    expect(told).toHaveLength(2 * once.length);
    expectReadable(once, packets);
  });

  test.each([
    ["a native client and a portable server", () => [native!, quicheEngine] as const],
    ["a portable client and a native server", () => [quicheEngine, native!] as const],
  ])("%s tell the same secrets", async (_, engines) => {
    const { portable, native: told, packets } = await run(...engines());
    expectKeyLog(told);
    expect(new Set(portable)).toEqual(new Set(told));
    expectReadable(told, packets);
  });

  test("without being asked it tells nothing", async () => {
    const silent = nativeEngine()!;
    expect(await run(silent, silent)).toMatchObject({ native: [] });
  });
});
