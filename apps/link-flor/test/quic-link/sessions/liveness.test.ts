import { Channel, Random, Scheduler, Station } from "@florenetes/simkit";
import { describe, expect, test } from "vitest";
import { Liveness } from "../../../src/quic-link/sessions/liveness.ts";

const deadAfterMs = 1_000;
const LOUD = { ms: 0, isOriginator: true };

describe("liveness", () => {
  test("pings three times into the silence, then the peer is dead", () => {
    const liveness = new Liveness(deadAfterMs, LOUD, 0);
    const log: string[] = [];
    for (let now = 0; now < 1_500 && !liveness.isDead; now++) {
      if (liveness.nextTimeout() > now) continue;
      liveness.handleTimeout(now);
      log.push(liveness.isDead ? `${now} dead` : liveness.pollPing() ? `${now} ping` : `${now}`);
    }
    expect(log).toEqual(["250 ping", "500 ping", "750 ping", "1000 dead"]);
    expect(liveness.nextTimeout()).toBe(Infinity);
  });

  test("counts silence from the last packet, not from the last look", () => {
    const liveness = new Liveness(deadAfterMs, LOUD, 0);
    liveness.handleHeard(240);
    liveness.handleTimeout(250);
    expect(liveness.pollPing()).toBe(false);
    expect(liveness.nextTimeout()).toBe(490);
  });

  test("a peer that is heard all the time is never pinged", () => {
    const liveness = new Liveness(deadAfterMs, LOUD, 0);
    for (let now = 0; now < 5_000; now += 10) {
      liveness.handleHeard(now);
      if (liveness.nextTimeout() <= now) liveness.handleTimeout(now);
      expect(liveness.pollPing()).toBe(false);
    }
  });

  test("a process that was stopped for long does not judge by that time", () => {
    const liveness = new Liveness(deadAfterMs, LOUD, 0);
    for (const now of [250, 500, 750]) liveness.handleTimeout(now);
    liveness.handleTimeout(60_000);
    expect(liveness.isDead).toBe(false);
    // The sockets are read only now: the peer had answered.
    liveness.handleHeard(60_001);
    for (let now = 60_002; now < 60_900; now++) if (liveness.nextTimeout() <= now) liveness.handleTimeout(now);
    expect(liveness.isDead).toBe(false);
  });

  test("a peer that is gone is found dead soon after such a pause", () => {
    const liveness = new Liveness(deadAfterMs, LOUD, 0);
    liveness.handleTimeout(60_000);
    let now = 60_000;
    for (; now < 62_000 && !liveness.isDead; now++) if (liveness.nextTimeout() <= now) liveness.handleTimeout(now);
    expect(now).toBeLessThanOrEqual(61_002);
  });
});

/** Two ends with nothing but liveness between them; a ping is answered at once, as QUIC does. */
class End {
  readonly liveness = new Liveness(deadAfterMs, LOUD, 0);
  deadAt: number | undefined;
  readonly station: Station;
  readonly out: () => Channel<string>;

  constructor(scheduler: Scheduler, out: () => Channel<string>) {
    this.out = out;
    this.station = new Station(
      scheduler,
      {
        handleTimeout: (now) => this.liveness.handleTimeout(now),
        nextTimeout: () => this.liveness.nextTimeout(),
      },
      (now) => {
        if (this.liveness.pollPing()) this.out().send("ping");
        if (this.liveness.isDead) this.deadAt ??= now;
      },
    );
    this.station.run();
  }

  receive(message: string): void {
    this.station.run((now) => this.liveness.handleHeard(now));
    if (message === "ping") this.out().send("ack");
  }
}

function simulate(seed: number, faults: { lossProbability: number; delayMsMax: number }) {
  const scheduler = new Scheduler();
  const random = new Random(seed);
  const channels: Channel<string>[] = [];
  const ends = [0, 1].map((i) => new End(scheduler, () => channels[i]!));
  channels.push(new Channel(scheduler, random, faults, (message) => ends[1]!.receive(message)));
  channels.push(new Channel(scheduler, random, faults, (message) => ends[0]!.receive(message)));
  return { scheduler, ends, channels };
}

describe("simulated for 200 seeds", () => {
  test("no peer that lives is taken for dead, at 5 % loss and up to 100 ms each way", () => {
    let deaths = 0;
    for (let seed = 0; seed < 200; seed++) {
      const { scheduler, ends } = simulate(seed, { lossProbability: 0.05, delayMsMax: 100 });
      scheduler.runUntil(20_000);
      deaths += ends.filter((end) => end.deadAt !== undefined).length;
    }
    expect(deaths).toBe(0);
  });

  test("a cut is noticed at both ends within deadAfterMs and a round trip", () => {
    for (let seed = 0; seed < 200; seed++) {
      const { scheduler, ends, channels } = simulate(seed, { lossProbability: 0.05, delayMsMax: 20 });
      scheduler.runUntil(3_000 + seed * 7);
      const cutAt = scheduler.now;
      for (const channel of channels) channel.faults.isCut = true;
      scheduler.runUntil(cutAt + 3_000);
      for (const end of ends) {
        expect(end.deadAt, `seed ${seed}`).toBeDefined();
        expect(end.deadAt! - cutAt, `seed ${seed}`).toBeLessThanOrEqual(deadAfterMs + 20);
      }
    }
  });
});
