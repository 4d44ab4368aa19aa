/** The guards of both engines have one law: they charge the same bytes for the same frames, and end a connection for the same cause. */
import { runs } from "@florenetes/simkit";
import { array, assert, constantFrom, integer, nat, oneof, property, record, type Arbitrary } from "fast-check";
import { describe, expect, test } from "vitest";
import { ConnectionGuard } from "../src/guard/connection-guard.ts";
import { ProcessLedger } from "../src/guard/process-ledger.ts";
import type { QuicEngine } from "../src/index.ts";
import { StreamResult } from "../src/index.ts";
import { nativeConnectionOf } from "../src/native/native-connection.ts";
import { breaches } from "./breaches.ts";
import { frame, HostilePeer, newConnectionId, streamFrame } from "./hostile-peer.ts";
import { nativeContext } from "./native-context.ts";

/** `PASSED_STREAM_COST` of native/engine/src/limits.rs: quinn-proto keeps places for streams that were passed over, and quiche does not. */
const PASSED_STREAM_COST = 192;
const STREAMS = 14;
/** A size beyond all that the steps send. */
const FINAL_SIZE = 2 ** 23;
const FRAMES_PER_PACKET = 100;

type Step =
  | { readonly kind: "pieces"; stream: number; offset: number; length: number; stride: number; count: number }
  | { readonly kind: "read"; stream: number; length: number }
  | { readonly kind: "datagram"; length: number }
  | { readonly kind: "reset" | "stopSending" | "maxData" | "stop"; stream: number }
  | { readonly kind: "challenges" | "connectionIds"; count: number }
  | { readonly kind: "crypto" | "retire" | "unknown" };

const stream = nat(STREAMS - 1);
const pieces = record({
  kind: constantFrom("pieces" as const),
  stream,
  offset: nat(12_000),
  length: oneof({ weight: 4, arbitrary: nat(3) }, { weight: 1, arbitrary: nat(1_200) }),
  stride: oneof(nat(4), nat(1_300)),
  count: oneof(
    { weight: 3, arbitrary: integer({ min: 1, max: 30 }) },
    { weight: 2, arbitrary: integer({ min: 1_000, max: 4_200 }) },
  ),
});
const steps: Arbitrary<Step[]> = array(
  oneof(
    { weight: 40, arbitrary: pieces },
    { weight: 20, arbitrary: record({ kind: constantFrom("read" as const), stream, length: nat(9_000) }) },
    { weight: 4, arbitrary: record({ kind: constantFrom("datagram" as const), length: nat(1_200) }) },
    {
      weight: 6,
      arbitrary: record({
        kind: constantFrom("reset" as const, "stopSending" as const, "maxData" as const, "stop" as const),
        stream,
      }),
    },
    {
      weight: 3,
      arbitrary: record({
        kind: constantFrom("challenges" as const, "connectionIds" as const),
        count: integer({ min: 1, max: 90 }),
      }),
    },
    { weight: 1, arbitrary: record({ kind: constantFrom("crypto" as const, "retire" as const, "unknown" as const) }) },
  ),
  { minLength: 20, maxLength: 50, size: "max" },
);

/** A connection of the native engine, and the guard of the portable one, which hears all packets and calls of that connection. */
class Both {
  readonly #peer: HostilePeer;
  readonly #engine: QuicEngine;
  readonly #guard = new ConnectionGuard(true, 8, new ProcessLedger(), () => 0.5);
  readonly #before: Readonly<Record<string, number>>;
  readonly #named = new Set<number>();
  readonly #out = new Uint8Array(10_000);
  #ids = 0;
  verdict: string | undefined;

  constructor(context: NonNullable<ReturnType<typeof nativeContext>>) {
    const { client, server } = context.credentials;
    this.#engine = context.engine;
    const windows = { connectionWindow: 2 ** 40, streamWindow: 2 ** 24, streamWindowMax: 2 ** 24 };
    const streams = { ...windows, bidirectionalMax: 16_384 };
    this.#peer = new HostilePeer(client, server, { streams }, undefined, context.engine);
    this.#before = { ...context.engine.violations };
  }

  /** Begins all streams, so that none is passed over. */
  begin(): void {
    for (let number = 0; number < STREAMS; number++) this.take({ kind: "maxData", stream: number });
  }

  take(step: Step): void {
    const frames = this.#framesOf(step);
    if ("stream" in step && frames.length > 0) this.#named.add(step.stream);
    for (let at = 0; at < frames.length && this.verdict === undefined; at += FRAMES_PER_PACKET) {
      this.send(frames.slice(at, at + FRAMES_PER_PACKET));
    }
    if (this.verdict !== undefined) return;
    if (step.kind === "read") this.#read(4 * step.stream, step.length);
    if (step.kind === "stop") {
      this.#peer.victim.streamStop(4 * step.stream, 0);
      this.#guard.ledger.handleStreamOver(4 * step.stream);
    }
    if (step.kind === "datagram") this.#guard.ledger.handleDelivered(this.#peer.victim.receiveDatagram(this.#out));
    expect(nativeConnectionOf(this.#peer.victim)!.hiddenBytes).toBe(this.#expectedBytes());
  }

  #expectedBytes(): number {
    const passedOver = Math.max(-1, ...this.#named) + 1 - this.#named.size;
    return this.#guard.ledger.hidden + PASSED_STREAM_COST * passedOver;
  }

  /** Sends a packet with these frames. */
  send(frames: readonly Uint8Array[]): void {
    const packet = Buffer.concat(frames);
    // A packet that is too short gets PADDING.
    this.verdict = this.#guard.judge(packet, this.#peer.now);
    this.#peer.send(packet);
    const { victim } = this.#peer;
    expect(victim.isClosed).toBe(this.verdict !== undefined);
    const after = this.#engine.violations;
    const causes = Object.keys(after).filter((cause) => after[cause]! > this.#before[cause]!);
    expect(causes).toEqual(this.verdict === undefined ? [] : [this.verdict]);
  }

  #read(id: number, length: number): void {
    const { victim } = this.#peer;
    const result = victim.streamReceive(id, this.#out.subarray(0, length));
    if (result >= 0) this.#guard.ledger.handleRead(id, result);
    else if (result !== StreamResult.blocked) this.#guard.ledger.handleStreamOver(id);
  }

  #framesOf(step: Step): Buffer[] {
    switch (step.kind) {
      case "pieces":
        return Array.from({ length: step.count }, (_, i) =>
          streamFrame(4 * step.stream, step.offset + i * step.stride, Buffer.alloc(step.length, 7)),
        );
      case "datagram":
        return [frame(0x31, step.length, Buffer.alloc(step.length))];
      case "reset":
        return [frame(0x04, 4 * step.stream, 5, FINAL_SIZE)];
      case "stopSending":
        return [frame(0x05, 4 * step.stream, 5)];
      case "maxData":
        return [frame(0x11, 4 * step.stream, 2 ** 20)];
      case "challenges":
        return Array.from({ length: step.count }, () => frame(0x1a, Buffer.alloc(8, 1)));
      case "connectionIds":
        return Array.from({ length: step.count }, () => newConnectionId(++this.#ids, this.#ids));
      case "crypto":
        return [frame(0x06, 0, 1, Buffer.of(1))];
      case "retire":
        return [frame(0x19, 0)];
      case "unknown":
        return [frame(0x42)];
      default:
        return [];
    }
  }
}

const context = nativeContext(1);

describe.skipIf(context === undefined)("the guards of both engines (skipped where there is no cargo)", () => {
  test("charge the same bytes and give the same verdict, whatever comes in whatever order", () => {
    assert(
      property(steps, (all) => {
        const both = new Both(context!);
        both.begin();
        for (const step of all) if (both.verdict === undefined) both.take(step);
      }),
      { numRuns: runs(60, 20) },
    );
  });

  test.each(breaches)("end a connection with the same packet: one that %s", (_, cause, packet, packetsMax) => {
    const both = new Both(context!);
    for (let i = 0; i < packetsMax && both.verdict === undefined; i++) both.send(packet(i));
    expect(both.verdict).toBe(cause);
  });

  test("charge the same but for streams that were passed over, which only one of them keeps something for", () => {
    const few = array(record({ kind: constantFrom("maxData" as const, "reset" as const), stream: nat(300) }), {
      maxLength: 60,
    });
    assert(
      property(few, (all) => {
        const both = new Both(context!);
        for (const step of all) both.take(step);
        expect(both.verdict).toBeUndefined();
      }),
    );
  });
});
