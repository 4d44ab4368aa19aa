import { expect, test } from "vitest";
import { checkFrame, FIRST_PACKET, FrameVerdict, nextPacket, packetEnd } from "../src/frame.ts";
import { MESSAGE_SIZE_MAX, PACKET_SIZE_MAX } from "../src/limits.ts";
import type { FlorioHandlers, FlorioPort } from "../src/port.ts";

/** Two joined ports, of any implementation. */
interface PortPair {
  readonly a: FlorioPort;
  readonly b: FlorioPort;
  /** Resolves when all sent frames have arrived and both ports are idle. */
  settle(): Promise<void>;
  /** Kills the partner of `a` silently, and starts it again; resolves when both are connected again. */
  restartB(): Promise<void>;
  close(): void;
}

/** Records what a port tells its owner, in order. */
export class Recorder implements FlorioHandlers {
  readonly log: string[] = [];
  readonly packets: { readonly handle: number; readonly packet: Uint8Array }[] = [];
  readonly messages: Uint8Array[] = [];
  readonly frames: { readonly handle: number; readonly frame: Uint8Array }[] = [];
  readonly foreignVersions: number[] = [];
  writables = 0;
  doubts = 0;
  react: ((frame: Uint8Array) => void) | undefined;

  onData(handle: number, frame: Uint8Array): void {
    expect(checkFrame(frame)).toBe(FrameVerdict.data);
    this.frames.push({ handle, frame });
    for (let at = FIRST_PACKET; at < frame.length; at = nextPacket(frame, at)) {
      this.packets.push({ handle, packet: new Uint8Array(frame.subarray(at, packetEnd(frame, at))) });
    }
    this.react?.(frame);
  }

  onControl(message: Uint8Array): void {
    this.messages.push(message);
  }

  onConnected(): void {
    this.log.push("connected");
  }

  onDisconnected(): void {
    this.log.push("disconnected");
  }

  onWritable(): void {
    this.writables++;
  }

  onDoubt(): void {
    this.doubts++;
  }

  onForeignVersion(version: number): void {
    this.foreignVersions.push(version);
  }
}

export type MakePair = (a: FlorioHandlers, b: FlorioHandlers) => Promise<PortPair>;

type Scenario = (name: string, run: (pair: PortPair, a: Recorder, b: Recorder) => Promise<void>) => void;

/** The tests that every port must pass, whether it is made of sockets or of memory. */
export function florioConformance(make: MakePair): void {
  const scenario: Scenario = (name, run) => {
    test(name, async () => {
      const [a, b] = [new Recorder(), new Recorder()];
      const pair = await make(a, b);
      try {
        await run(pair, a, b);
      } finally {
        pair.close();
      }
    });
  };

  carries(scenario);
  livesAndDies(scenario);
}

function carries(scenario: Scenario): void {
  scenario("both learn once that they are connected", async (pair, a, b) => {
    expect([pair.a.isConnected, pair.b.isConnected]).toEqual([true, true]);
    expect([pair.a.waitingFor, pair.b.waitingFor]).toEqual(["", ""]);
    expect([a.log, b.log]).toEqual([["connected"], ["connected"]]);
    expect([pair.a.isWritable, pair.b.isWritable]).toEqual([true, true]);
  });

  scenario("messages arrive whole and in order, both ways", async (pair, a, b) => {
    for (let size = 1; size <= 5; size++) {
      expect(pair.a.sendControl(new Uint8Array(size).fill(size))).toBe(true);
      expect(pair.b.sendControl(new Uint8Array(size).fill(size + 100))).toBe(true);
    }
    expect(pair.a.sendControl(new Uint8Array(MESSAGE_SIZE_MAX).fill(3))).toBe(true);
    await pair.settle();
    expect(b.messages.map((message) => message.length)).toEqual([1, 2, 3, 4, 5, MESSAGE_SIZE_MAX]);
    expect(b.messages[5]!.every((byte) => byte === 3)).toBe(true);
    expect(a.messages.map((message) => message[0])).toEqual([101, 102, 103, 104, 105]);
  });

  scenario("packets of one turn travel in one frame for each link", async (pair, _a, b) => {
    const packet = new Uint8Array(300).map((_, index) => index);
    for (let count = 0; count < 20; count++) {
      expect(pair.a.sendPacket(1 + (count % 2), packet, count, count + 100)).toBe(true);
    }
    // A buffer may be used again as soon as the call has returned.
    packet.fill(0);
    await pair.settle();
    expect(b.frames.map(({ handle }) => handle)).toEqual([1, 2]);
    expect(b.packets.filter(({ handle }) => handle === 1).map(({ packet }) => packet[0])).toEqual([
      0, 2, 4, 6, 8, 10, 12, 14, 16, 18,
    ]);
    expect(b.packets.every(({ packet }) => packet.length === 100 && packet[99] === packet[0]! + 99)).toBe(true);
    expect(pair.a.counters).toMatchObject({ packetsSent: 20, framesSent: 2 });
    expect(pair.b.counters).toMatchObject({ packetsReceived: 20, framesReceived: 2 });
  });

  scenario("the largest packet arrives, a larger one is refused and counted", async (pair, _a, b) => {
    const packet = new Uint8Array(PACKET_SIZE_MAX + 1).fill(9);
    expect(pair.a.sendPacket(1, packet, 0, PACKET_SIZE_MAX)).toBe(true);
    expect(pair.a.sendPacket(1, packet, 0, PACKET_SIZE_MAX + 1)).toBe(false);
    await pair.settle();
    expect(b.packets.map(({ packet }) => packet.length)).toEqual([PACKET_SIZE_MAX]);
    expect(pair.a.counters.packetsRefusedUnsendable).toBe(1);
  });

  scenario("a received frame goes on under another handle, edited in place", async (pair, a, b) => {
    b.react = (frame) => {
      frame[FIRST_PACKET] = 77;
      expect(pair.b.sendFrame(4_000_000_000, frame)).toBe(true);
    };
    pair.a.sendPacket(1, Uint8Array.of(1, 2), 0, 2);
    pair.a.sendPacket(1, Uint8Array.of(3), 0, 1);
    await pair.settle();
    expect(a.packets).toEqual([
      { handle: 4_000_000_000, packet: Uint8Array.of(77, 2) },
      { handle: 4_000_000_000, packet: Uint8Array.of(3) },
    ]);
    expect(pair.b.counters).toMatchObject({ packetsSent: 2, framesSent: 1 });
  });
}

function livesAndDies(scenario: Scenario): void {
  scenario(
    "a burst beyond what the socket holds: nothing that was taken is lost, and the source hears when to go on",
    async (pair, _a, b) => {
      const packet = new Uint8Array(1_300);
      let taken = 0;
      let refused = 0;
      // The packets are far more than the socket and the queue hold together.
      for (let count = 0; count < 20_000; count++) {
        if (pair.a.sendPacket(1, packet, 0, packet.length)) taken++;
        else refused++;
      }
      expect(refused).toBeGreaterThan(0);
      expect(pair.a.isWritable).toBe(false);
      expect(pair.a.counters.socketFull).toBeGreaterThan(0);
      expect(pair.a.counters.packetsRefusedQueueFull).toBe(refused);
      expect(pair.a.sendControl(Uint8Array.of(5)), "control is taken nevertheless").toBe(true);
      await pair.settle();
      expect(b.packets.length).toBe(taken);
      expect(b.messages.length).toBe(1);
      expect(pair.a.isWritable).toBe(true);
    },
  );

  scenario("a partner that dies and comes back: told once each way, and packets flow again", async (pair, a) => {
    await pair.restartB();
    expect(a.log).toEqual(["connected", "disconnected", "connected"]);
    expect(pair.a.counters.disconnects).toBe(1);
    expect(pair.a.sendControl(Uint8Array.of(1))).toBe(true);
    expect(pair.a.sendPacket(3, Uint8Array.of(8), 0, 1)).toBe(true);
    await pair.settle();
    expect(pair.a.counters).toMatchObject({ packetsDroppedNotConnected: 0, packetsRefusedNotConnected: 0 });
  });

  scenario("each packet is counted by one counter, whatever becomes of it", async (pair, _a, b) => {
    const packet = new Uint8Array(16_000);
    const { counters } = pair.a;
    let refused = 0;
    const send = (count: number): void => {
      for (let i = 0; i < count; i++) if (!pair.a.sendPacket(1, packet, 0, packet.length)) refused++;
    };
    send(20);
    await pair.settle();
    expect(b.packets.length).toBe(20);
    send(20_000);
    pair.a.close();
    send(10);
    const { packetsRefusedQueueFull, packetsRefusedNotConnected, packetsRefusedUnsendable } = counters;
    expect(packetsRefusedQueueFull).toBeGreaterThan(0);
    expect(packetsRefusedNotConnected).toBe(10);
    expect(packetsRefusedQueueFull + packetsRefusedNotConnected + packetsRefusedUnsendable).toBe(refused);
    expect(counters.packetsDroppedNotConnected).toBeGreaterThan(0);
    const { packetsSent, packetsDroppedNotConnected, packetsDroppedUnsendable } = counters;
    expect(refused + packetsSent + packetsDroppedNotConnected + packetsDroppedUnsendable).toBe(20_030);
  });

  scenario(
    "frames that wait to be read when the partner is found gone are counted, and not delivered",
    async (pair, a, b) => {
      let reads = 0;
      a.react = () => {
        if (reads++ === 0) pair.a.close();
      };
      // The packets come in frames of their own.
      for (let handle = 1; handle <= 3; handle++) pair.b.sendPacket(handle, Uint8Array.of(1), 0, 1);
      await pair.settle();
      expect(a.frames.length).toBe(pair.a.counters.framesReceived);
      expect(pair.a.counters.framesReceived + pair.a.counters.framesDroppedDisconnected).toBe(3);
      expect(b.frames).toEqual([]);
    },
  );

  scenario("a closed port takes nothing, and closing twice is harmless", async (pair) => {
    pair.a.close();
    pair.a.close();
    expect(pair.a.isConnected).toBe(false);
    expect(pair.a.waitingFor).not.toBe("");
    expect(pair.a.isWritable).toBe(false);
    expect(pair.a.sendControl(Uint8Array.of(1))).toBe(false);
    expect(pair.a.sendPacket(1, Uint8Array.of(1), 0, 1)).toBe(false);
    expect(pair.a.counters.packetsRefusedNotConnected).toBe(1);
    await pair.settle();
  });
}
