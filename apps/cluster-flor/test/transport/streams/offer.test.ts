import { expect, test } from "vitest";
import { OFFER_SIZE_MAX } from "../../../src/transport/limits.ts";
import type { LocalSocket, LocalSocketOwner } from "../../../src/transport/streams/local-network.ts";
import { MemoryBudget } from "../../../src/transport/streams/memory-budget.ts";
import { Offer } from "../../../src/transport/streams/offer.ts";
import { StreamAccount } from "../../../src/transport/streams/stream-account.ts";

const patienceMs = 230;
const ignore = (): void => {};

/** An offer whose stream is opened at 0, when the peer was heard by packets up to 7; and how often the stream was opened again. */
class World {
  readonly budget = new MemoryBudget(Infinity);
  readonly socket = { pause: ignore, reset: ignore } as unknown as LocalSocket & { owner: LocalSocketOwner };
  again = 0;
  readonly offer = new Offer({
    socket: this.socket,
    account: new StreamAccount({ error: ignore, warn: ignore, info: ignore }, {}, "originator"),
    budget: this.budget,
    startedMs: 0,
    deadline: 0,
    onAgain: () => this.again++,
  });

  constructor() {
    this.offer.handleOpened(7, 0);
  }
}

test.each<[what: string, newestPacket: number, at: number, act: (offer: Offer) => void, isAgain: boolean]>([
  ["at once", 7, 0, ignore, true],
  ["at the last moment", 7, patienceMs, ignore, true],
  ["too late", 7, patienceMs + 1, ignore, false],
  ["after the peer has said something", 8, 0, ignore, false],
  ["with all that may be kept", 7, 0, (offer) => offer.handleLocalData(new Uint8Array(OFFER_SIZE_MAX)), true],
  ["with more", 7, 0, (offer) => offer.handleLocalData(new Uint8Array(OFFER_SIZE_MAX + 1)), false],
  ["accepted", 7, 0, (offer) => offer.release(), false],
  ["without its workload", 7, 0, (offer) => offer.handleLocalClose(), false],
])("a stream is offered again, %s: it is so or not", (_what, newestPacket, at, act, isAgain) => {
  const world = new World();
  act(world.offer);
  expect(world.offer.offerAgain(newestPacket, patienceMs, at)).toBe(isAgain);
  expect(world.again).toBe(isAgain ? 1 : 0);
  expect(world.socket.owner === world.offer).toBe(true);
});

test("what was said is kept in order, and charged until it is let go of", () => {
  const { offer, budget } = new World();
  offer.handleLocalData(Uint8Array.of(1, 2));
  offer.handleLocalData(Uint8Array.of(3));
  offer.handleLocalEnd();
  expect([offer.said, offer.hasEnded, budget.held]).toEqual([[Uint8Array.of(1, 2), Uint8Array.of(3)], true, 3]);
  offer.handleLocalData(new Uint8Array(OFFER_SIZE_MAX));
  expect([offer.said, offer.isOpenable, budget.held]).toEqual([[], false, 0]);
  offer.handleLocalData(Uint8Array.of(4));
  expect(budget.held).toBe(0);
});
