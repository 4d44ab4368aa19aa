/** The end of a stream is told to the peer and to the workload, each in its own words. */
import { type QuicConnection, StreamResult } from "@florenetes/quic";
import { describe, expect, test } from "vitest";
import { Code } from "../../../src/transport/codes.ts";
import { defaultLimits } from "../../../src/transport/limits.ts";
import type { LocalSocket } from "../../../src/transport/streams/local-network.ts";
import { MemoryBudget } from "../../../src/transport/streams/memory-budget.ts";
import { Pacer } from "../../../src/transport/streams/pacer.ts";
import { StreamAccount } from "../../../src/transport/streams/stream-account.ts";
import { StreamRelay } from "../../../src/transport/streams/stream-relay.ts";
import { ChunkBuffer, type RelayHost } from "../../../src/transport/streams/relay-host.ts";

/** A peer may reset a stream with any code, also with the code of a good end. */
const peersCodes = [77, Code.done];
const id = 4;
const ignore = (): void => {};

/** A relay of an acceptor, between a stream and a workload that the test plays. */
class Ends {
  /** The relay's calls to the engine and to the workload, in their order. */
  readonly said: string[] = [];
  readonly relay: StreamRelay;
  #hasEnded = false;
  #reading: number = StreamResult.blocked;
  #writing: number | undefined;

  constructor(peersCode: number) {
    const quic = {
      streamSend: (_id: number, bytes: Uint8Array) => this.#writing ?? bytes.length,
      streamReceive: () => this.#reading,
      streamReset: (_id: number, code: number) => this.#say(`reset ${code}`),
      streamStop: (_id: number, code: number) => this.#say(`stop ${code}`),
      streamErrorCode: peersCode,
    };
    const hasEnded = (): boolean => this.#hasEnded;
    Object.defineProperty(quic, "streamEnded", { get: hasEnded });
    const host: RelayHost<StreamRelay> = {
      quic: quic as unknown as QuicConnection,
      limits: defaultLimits,
      budget: new MemoryBudget(Infinity),
      chunk: new ChunkBuffer(),
      pacer: new Pacer(),
      touch: () => {},
      waitToWrite: () => {},
      readAgain: () => {},
      waitToTell: () => {},
      repeatStop: (_relay, code) => this.#say(`stop ${code} in a message`),
      handleReset: () => this.#say("counted for the peer"),
      handleOver: () => {},
      removeRelay: () => {},
    };
    this.relay = new StreamRelay(host, id, {
      socket: this.#socket(),
      account: new StreamAccount({ error: ignore, warn: ignore, info: ignore }, {}, "originator"),
      asksTaken: false,
      now: 0,
    });
  }

  peerEnds(): void {
    [this.#hasEnded, this.#reading] = [true, 1];
    this.relay.pull();
    [this.#hasEnded, this.#reading] = [false, StreamResult.gone];
  }

  peerResets(): void {
    this.#reading = StreamResult.reset;
    this.relay.pull();
  }

  peerStops(): void {
    this.#writing = StreamResult.stopped;
    this.relay.handleLocalData(Uint8Array.of(1));
  }

  workloadEnds(): void {
    this.relay.handleLocalEnd();
  }

  workloadDies(): void {
    this.relay.handleLocalClose(false);
  }

  #say(what: string): void {
    this.said.push(what);
  }

  #socket(): LocalSocket {
    return {
      owner: undefined,
      write: () => true,
      isFull: false,
      held: 0,
      untaken: 0,
      hasTakenEnd: true,
      end: () => this.#say("end to the workload"),
      reset: () => this.#say("reset to the workload"),
      handleAnswered: () => {},
      pause: () => {},
      checkWorkload: () => {},
      resume: () => {},
    };
  }
}

const { workloadReset } = Code;

describe.each(peersCodes)("with a peer that gives streams up by the code %i:", (peersCode) => {
  test.each<[string, (keyof Ends)[], string[]]>([
    ["both end", ["workloadEnds", "peerEnds"], ["end to the workload"]],
    [
      "the peer stops one half: it is not reset, which QUIC has done, and the other one is stopped for sure",
      ["peerStops"],
      [`stop ${peersCode}`, `stop ${peersCode} in a message`, "reset to the workload", "counted for the peer"],
    ],
    [
      "the peer stops one half after it has ended the other",
      ["peerEnds", "peerStops"],
      ["end to the workload", "reset to the workload", "counted for the peer"],
    ],
    [
      "the peer resets one half",
      ["peerResets"],
      [`reset ${peersCode}`, "reset to the workload", "counted for the peer"],
    ],
    [
      "the peer resets one half after the workload has ended the other",
      ["workloadEnds", "peerResets"],
      ["reset to the workload", "counted for the peer"],
    ],
    [
      "the workload dies",
      ["workloadDies"],
      [`stop ${workloadReset}`, `reset ${workloadReset}`, "reset to the workload"],
    ],
    [
      "the workload dies after it has ended its half",
      ["workloadEnds", "workloadDies"],
      [`stop ${workloadReset}`, `stop ${workloadReset} in a message`, "reset to the workload"],
    ],
    [
      "the workload dies after the peer has ended its half",
      ["peerEnds", "workloadDies"],
      ["end to the workload", `reset ${workloadReset}`, "reset to the workload"],
    ],
  ])("%s", (_name, events, said) => {
    const ends = new Ends(peersCode);
    for (const event of events) (ends[event] as () => void).call(ends);
    expect(ends.said).toEqual(said);
  });
});
