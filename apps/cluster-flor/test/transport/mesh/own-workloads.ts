/** Workloads within the process of a vertex: they open streams and flows, or are a service for them. */
import { TrafficClass } from "@florenetes/forwarding";
import { openAccounts } from "../../../src/transport/datagrams/end-accounts.ts";
import type { FlowOpener, OwnFlow, OwnFlowUser } from "../../../src/transport/own/own-flow.ts";
import type { OwnCaller, OwnDialled, OwnService } from "../../../src/transport/own/own-service.ts";
import type { OwnFlowWorkload } from "../../../src/transport/own/own-flow.ts";
import type { OwnStream, OwnWorkload, StreamOpener } from "../../../src/transport/own/own-stream.ts";
import type { FlowAccounts } from "../../../src/transport/tunnels/trunk-clients.ts";
import type { TrunkClients } from "../../../src/transport/tunnels/trunk-clients.ts";
import type { TestVertex } from "./mesh.ts";

const ignore = (): void => {};

/** Accounts for the streams and flows that a test opens. */
export function ownAccounts(): FlowAccounts {
  const { streams, flows } = openAccounts({ error: ignore, warn: ignore, info: ignore }, {}, true, "originator");
  return { streams, flows: flows! };
}

/** The clients of the trunk from alice to service web over a vertex's first path. */
export function clientsOf(vertex: TestVertex): TrunkClients {
  const use = { as: "user/alice", service: "web", path: 0, trafficClass: TrafficClass.reliable };
  return vertex.transport.join(use).clients;
}

/** A workload that writes its pieces, one after the other, ends, and remembers what it hears. */
export class OwnTalker implements StreamOpener {
  readonly stream: OwnStream;
  /** All events of the stream, in order; bytes as text. */
  readonly heard: string[] = [];
  received = Buffer.alloc(0);
  /** The reset of the stream. */
  reset: { readonly code: number; readonly text: string } | undefined;
  hasPeerEnded = false;
  /** Whether bytes and the end are taken as they come. */
  isTaking = true;
  /** How much the far workload says that it has taken. */
  taken = { offset: 0, isEnd: false };
  readonly #pieces: Uint8Array[];
  #isEnding: boolean;

  /** @param isEnding Whether the workload ends the stream behind the last piece. */
  constructor(stream: OwnStream, pieces: readonly (Uint8Array | string)[] = [], isEnding = true) {
    this.stream = stream;
    this.#pieces = pieces.map((piece) => Buffer.from(piece));
    this.#isEnding = isEnding;
    this.#say();
  }

  handleAnswered(): void {
    this.heard.push("answered");
  }

  handleBytes(bytes: Uint8Array): void {
    this.heard.push("bytes");
    this.received = Buffer.concat([this.received, bytes]);
    if (this.isTaking) this.take();
  }

  handleEnd(): void {
    this.heard.push("end");
    this.hasPeerEnded = true;
    if (this.isTaking) this.#acknowledge();
  }

  /** Takes all bytes that the workload has heard. */
  take(): void {
    this.#acknowledge();
    this.stream.take();
  }

  handleTaken(offset: number, isEnd: boolean): void {
    this.taken = { offset, isEnd };
  }

  handleWritable(): void {
    this.#say();
  }

  handleReset(code: number, text: string): void {
    this.heard.push("reset");
    this.reset = { code, text };
  }

  #acknowledge(): void {
    this.stream.acknowledge(this.received.length, this.hasPeerEnded);
  }

  #say(): void {
    const piece = this.#pieces.shift();
    if (piece !== undefined) return this.stream.write(piece);
    if (this.#isEnding) this.stream.end();
    this.#isEnding = false;
  }
}

/** A flow's workload that remembers what it hears. */
export class OwnFlowTalker implements FlowOpener, OwnFlowUser {
  readonly flow: OwnFlow;
  readonly heard: string[] = [];
  readonly received: Buffer[] = [];
  reset: { readonly code: number; readonly text: string } | undefined;

  constructor(flow: OwnFlow) {
    this.flow = flow;
  }

  handleAnswered(): void {
    this.heard.push("answered");
  }

  handleDatagram(bytes: Uint8Array): void {
    this.heard.push("datagram");
    this.received.push(Buffer.from(bytes));
  }

  handleReset(code: number, text: string): void {
    this.heard.push("reset");
    this.reset = { code, text };
  }
}

/** A service that answers when the test says so. */
export class PatientService implements OwnService {
  readonly streams: { readonly caller: OwnCaller; readonly dialled: OwnDialled<OwnWorkload> }[] = [];
  readonly flows: { readonly caller: OwnCaller; readonly dialled: OwnDialled<OwnFlowWorkload> }[] = [];
  givenUp = 0;

  dialStream(caller: OwnCaller, dialled: OwnDialled<OwnWorkload>): () => void {
    this.streams.push({ caller, dialled });
    return () => void this.givenUp++;
  }

  dialFlow(caller: OwnCaller, dialled: OwnDialled<OwnFlowWorkload>): () => void {
    this.flows.push({ caller, dialled });
    return () => void this.givenUp++;
  }
}
