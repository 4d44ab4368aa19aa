import type { Life, Scheduler } from "@florenetes/simkit";
import type { PlannedTunnel } from "./sim-plan.ts";
import { Speaker, type SpokenConversation } from "./speaker.ts";
import type { Talk } from "./talk.ts";

/** A workload's connection with both its ends; each end knows what the other one says. */
export class Conversation implements SpokenConversation {
  readonly id: number;
  readonly tunnel: PlannedTunnel;
  readonly talk: Talk;
  readonly scheduler: Scheduler;
  readonly beganAt: number;
  readonly client: Speaker;
  /** The speaker at the service; undefined until the service has heard who speaks. */
  service: Speaker | undefined;

  /** @param life The life of the process that the client is connected to */
  constructor(id: number, tunnel: PlannedTunnel, talk: Talk, scheduler: Scheduler, life: Life) {
    this.id = id;
    this.tunnel = tunnel;
    this.talk = talk;
    this.scheduler = scheduler;
    this.beganAt = scheduler.now;
    this.client = new Speaker(this, "client", life);
  }

  /** Whether each end has heard all that the other one said. */
  get isDone(): boolean {
    return this.client.state === "ended" && this.service?.state === "ended";
  }

  /** How long it took until each end had heard all that the other one said, in milliseconds; Infinity while one has not. */
  get tookMs(): number {
    return Math.max(this.client.endedAt, this.service?.endedAt ?? Infinity) - this.beganAt;
  }

  /** Whether each end knows that the conversation is over, in whatever way. */
  get isOver(): boolean {
    const ends = this.service === undefined ? [this.client] : [this.client, this.service];
    return ends.every(({ state, isLost }) => isLost || state !== "open");
  }

  /** Whether a reset has a reason: an end has reset it, its process was killed, or the service was not reached. */
  get mayBeReset(): boolean {
    const { client, service } = this;
    return service === undefined || [client, service].some(({ hasReset, isLost }) => hasReset || isLost);
  }

  toString(): string {
    const { as, from, service } = this.tunnel;
    const states = `${this.client.state}/${this.service?.state ?? "none"}`;
    return `conversation ${this.id} of ${as} on n${from} with ${service.name} (${states})`;
  }
}
