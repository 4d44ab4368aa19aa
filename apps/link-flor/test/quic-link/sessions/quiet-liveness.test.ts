/** Signs of life of a quiet link, in virtual time. */
import * as fc from "fast-check";
import { Channel, Random, Scheduler, Station } from "@florenetes/simkit";
import { describe, expect, test } from "vitest";
import { Liveness } from "../../../src/quic-link/sessions/liveness.ts";

const deadAfterMs = 1_000;
const partMs = deadAfterMs / 4;
const quietMs = 25_000;

/** An end that has come up at 0, and has nothing unacknowledged. */
function resting(isOriginator: boolean): Liveness {
  const liveness = new Liveness(deadAfterMs, { ms: quietMs, isOriginator }, 0);
  liveness.handleSent(false, 0);
  return liveness;
}

/** The pings and the death of an end that nobody answers, with their times. */
function silenceOf(liveness: Liveness): string[] {
  const log: string[] = [];
  while (!liveness.isDead) {
    const now = liveness.nextTimeout();
    liveness.handleTimeout(now);
    const isPinging = liveness.pollPing();
    if (isPinging) liveness.handleSent(true, now);
    log.push(liveness.isDead ? `${now} dead` : isPinging ? `${now} ping` : `${now}`);
  }
  return log;
}

describe("a quiet link", () => {
  test.each([
    [
      "an originator asks when the pause is over",
      true,
      ["25000 ping", "25250 ping", "25500 ping", "25750 ping", "26000 dead"],
    ],
    [
      "an acceptor leaves the question to the originator",
      false,
      ["25000", "25250 ping", "25500 ping", "25750 ping", "26000 dead"],
    ],
  ])("is silent until the pause is over: %s", (_what, isOriginator, expected) => {
    expect(silenceOf(resting(isOriginator))).toEqual(expected);
  });

  test.each([true, false])(
    "finds out by what it sends that the peer is dead, as soon as any link (originator: %s)",
    (isOriginator) => {
      const liveness = resting(isOriginator);
      liveness.handleSent(true, 7_000);
      expect(silenceOf(liveness)).toEqual(["7250 ping", "7500 ping", "7750 ping", "8000 dead"]);
      expect(liveness.nextTimeout()).toBe(Infinity);
      liveness.handleSent(false, 8_001);
      expect(liveness.isDead).toBe(true);
    },
  );

  test("does not rest before all that was sent is acknowledged", () => {
    const liveness = resting(true);
    liveness.handleSent(true, 7_000);
    // A packet that was under way before: it answers nothing.
    liveness.handleHeard(7_010);
    liveness.handleSent(true, 7_010);
    expect(silenceOf(liveness)).toEqual(["7250", "7260 ping", "7510 ping", "7760 ping", "8010 dead"]);
  });

  test("rests again from the answer on", () => {
    const liveness = resting(true);
    liveness.handleSent(true, 7_000);
    liveness.handleHeard(7_080);
    liveness.handleSent(false, 7_080);
    expect(liveness.nextTimeout()).toBe(7_080 + quietMs);
  });

  test("an acceptor that was stopped for long reads its sockets before it judges", () => {
    const liveness = resting(false);
    liveness.handleTimeout(600_000);
    expect([liveness.isDead, liveness.nextTimeout()]).toEqual([false, 600_000 + partMs]);
    liveness.handleHeard(600_001);
    liveness.handleSent(false, 600_001);
    expect(liveness.nextTimeout()).toBe(600_001 + quietMs);
  });

  test("an end without quiet never rests", () => {
    const liveness = new Liveness(deadAfterMs, { ms: 0, isOriginator: true }, 0);
    liveness.handleSent(false, 0);
    expect(liveness.nextTimeout()).toBe(partMs);
  });
});

/** An end of a link: what it sends is unacknowledged until an answer names it. */
class End {
  readonly liveness: Liveness;
  readonly station: Station;
  deadAt: number | undefined;
  packets = 0;
  readonly #out: () => Channel<string>;
  #sent = 0;
  #acknowledged = 0;

  constructor(scheduler: Scheduler, isOriginator: boolean, out: () => Channel<string>) {
    this.liveness = new Liveness(deadAfterMs, { ms: quietMs, isOriginator }, 0);
    this.#out = out;
    this.station = new Station(
      scheduler,
      {
        handleTimeout: (now) => this.liveness.handleTimeout(now),
        nextTimeout: () => this.liveness.nextTimeout(),
      },
      (now) => {
        if (this.liveness.pollPing()) this.#send();
        this.liveness.handleSent(this.#sent > this.#acknowledged, now);
        if (this.liveness.isDead) this.deadAt ??= now;
      },
    );
    this.station.run();
  }

  send(): void {
    if (!this.liveness.isDead) this.station.run(() => this.#send());
  }

  receive(message: string): void {
    const [kind, number] = message.split(" ");
    if (kind === "packet") this.#transmit(`ack ${number}`);
    else this.#acknowledged = Math.max(this.#acknowledged, Number(number));
    this.station.run((now) => this.liveness.handleHeard(now));
  }

  #send(): void {
    this.#transmit(`packet ${++this.#sent}`);
  }

  #transmit(message: string): void {
    this.packets++;
    this.#out().send(message);
  }
}

function simulate(delayMs: number) {
  const scheduler = new Scheduler();
  const channels: Channel<string>[] = [];
  const [a, b] = [true, false].map((isOriginator, i) => new End(scheduler, isOriginator, () => channels[i]!));
  for (const to of [b!, a!]) {
    const faults = { lossProbability: 0, delayMsMax: delayMs };
    channels.push(new Channel(scheduler, new Random(1), faults, (message) => to.receive(message)));
  }
  return { scheduler, a: a!, b: b!, channels };
}

const hourMs = 3_600_000;
const delay = fc.integer({ min: 0, max: 100 });
const sends = fc.array(fc.record({ at: fc.integer({ min: 0, max: hourMs }), byA: fc.boolean() }), { maxLength: 40 });

describe("a quiet link in any hour", () => {
  test("neither end takes the other for dead while it answers, and few packets pass", () => {
    fc.assert(
      fc.property(delay, sends, (delayMs, all) => {
        const { scheduler, a, b } = simulate(delayMs);
        for (const { at, byA } of all.toSorted((x, y) => x.at - y.at)) {
          scheduler.runUntil(at);
          (byA ? a : b).send();
        }
        scheduler.runUntil(hourMs);
        expect([a.deadAt, b.deadAt]).toEqual([undefined, undefined]);
        // A question of each pause and of each packet that is slow, and an answer to each.
        expect(a.packets + b.packets).toBeLessThanOrEqual(2 * (hourMs / quietMs + 2 * all.length + 1));
      }),
      {
        examples: [
          [0, []],
          [
            100,
            [
              { at: quietMs, byA: true },
              { at: quietMs, byA: false },
            ],
          ],
        ],
        numRuns: 60,
      },
    );
  });

  test("a path that is cut is noticed by both ends, within the limit, and sooner by whoever sends", () => {
    fc.assert(
      fc.property(
        delay,
        fc.integer({ min: 1_000, max: 100_000 }),
        fc.option(fc.record({ after: fc.integer({ min: 1, max: 60_000 }), byA: fc.boolean() }), { nil: undefined }),
        (delayMs, cutAt, sent) => {
          const { scheduler, a, b, channels } = simulate(delayMs);
          scheduler.runUntil(cutAt);
          for (const channel of channels) channel.faults.isCut = true;
          const sender = sent === undefined ? undefined : sent.byA ? a : b;
          const sentAt = cutAt + (sent?.after ?? 0);
          scheduler.runUntil(sentAt);
          const wasDead = sender?.deadAt;
          sender?.send();
          scheduler.runUntil(cutAt + 2 * quietMs + 60_000);
          for (const end of [a, b]) {
            // A packet that was under way when the path was cut may be heard behind the sending.
            const silentFrom = Math.max(sentAt, cutAt + delayMs);
            const since = end === sender && wasDead === undefined ? silentFrom + deadAfterMs : Infinity;
            const limit = Math.min(since, cutAt + delayMs + quietMs + deadAfterMs);
            expect(end.deadAt ?? Infinity).toBeLessThanOrEqual(Math.ceil(Math.max(limit, wasDead ?? 0)));
          }
        },
      ),
      {
        examples: [
          [0, 1_000, undefined],
          [100, 30_000, { after: 1, byA: true }],
          [50, 30_000, { after: 9_000, byA: false }],
          [5, 75_010, { after: 1, byA: false }],
        ],
      },
    );
  });
});
