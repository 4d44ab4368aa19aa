import assert from "node:assert";
import type { Life, Scheduler } from "@florenetes/simkit";
import { Conversation } from "./conversation.ts";
import { MemorySocket, type Workload } from "./memory-socket.ts";
import { type PlannedService, type PlannedTunnel, user } from "./sim-plan.ts";
import { HEAD_SIZE, Speaker } from "./speaker.ts";
import type { Talk } from "./talk.ts";

/** All workloads of a mesh. */
export class Conversations {
  readonly #scheduler: Scheduler;
  readonly #all: Conversation[] = [];
  /** Connections of services that do not know their conversation yet. */
  readonly #unknown = new Set<Answerer>();

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** Begins a conversation of a workload over a tunnel. */
  begin(tunnel: PlannedTunnel, talk: Talk, life: Life): Conversation {
    const conversation = new Conversation(this.#all.length, tunnel, talk, this.#scheduler, life);
    this.#all.push(conversation);
    return conversation;
  }

  /** Answers a connection to a service: returns the socket that the transport gets. */
  answer(service: PlannedService, life: Life): MemorySocket {
    const answerer = new Answerer(service, life, (id) => {
      this.#unknown.delete(answerer);
      return id === undefined ? undefined : this.#all[id];
    });
    this.#unknown.add(answerer);
    return answerer.socket;
  }

  count(is: (conversation: Conversation) => boolean): number {
    return this.#all.filter(is).length;
  }

  /** Conversations that are not over yet, by name. */
  get open(): string[] {
    const known = this.#all.filter(({ isOver }) => !isOver).map(String);
    const unknown = [...this.#unknown].filter(({ life }) => !life.isOver);
    return [...known, ...unknown.map(({ service }) => `an unknown connection of ${service.name}`)];
  }
}

/** The end of a conversation at a service, which learns from its first bytes which conversation it is. */
class Answerer implements Workload {
  readonly service: PlannedService;
  readonly life: Life;
  readonly socket: MemorySocket;
  /** Finds the conversation by its number; undefined: the client has ended before it named one. */
  readonly #find: (id: number | undefined) => Conversation | undefined;
  readonly #head = new Uint8Array(HEAD_SIZE);
  #headLength = 0;
  #speaker: Speaker | undefined;

  constructor(service: PlannedService, life: Life, find: (id: number | undefined) => Conversation | undefined) {
    this.service = service;
    this.life = life;
    this.socket = new MemorySocket(life, this);
    this.#find = find;
  }

  get isReading(): boolean {
    return this.#speaker?.isReading ?? true;
  }

  next(): Uint8Array | "end" | undefined {
    return this.#speaker?.next();
  }

  handleData(bytes: Uint8Array): void {
    let start = 0;
    if (this.#speaker === undefined) {
      start = Math.min(bytes.length, HEAD_SIZE - this.#headLength);
      this.#head.set(bytes.subarray(0, start), this.#headLength);
      this.#headLength += start;
      if (this.#headLength < HEAD_SIZE) return;
      this.#meet(new DataView(this.#head.buffer).getUint32(0));
    }
    if (start < bytes.length) this.#speaker!.handleData(bytes.subarray(start));
  }

  handleEnd(): void {
    assert(this.#speaker !== undefined, `${this.service.name} is told the end of a conversation without a head`);
    this.#speaker.handleEnd();
  }

  handleReset(): void {
    if (this.#speaker === undefined) this.#find(undefined);
    else this.#speaker.handleReset();
  }

  #meet(id: number): void {
    const { service } = this;
    const conversation = this.#find(id);
    assert(conversation !== undefined, `${service.name} hears of conversation ${id}, which is none`);
    const { tunnel } = conversation;
    assert(tunnel.service === service, `${conversation.toString()} has come to ${service.name}`);
    assert(tunnel.as === user, `${conversation.toString()} was let in`);
    assert(conversation.service === undefined, `${conversation.toString()} has come twice`);
    this.#speaker = new Speaker(conversation, "service", this.life);
    conversation.service = this.#speaker;
    this.#speaker.start(this.socket);
  }
}
