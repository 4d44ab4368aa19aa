/*
 * The address that an acceptor sends to, with a virtual clock. The originator is behind a NAT. An attacker on the way hears all packets, sends
 * copies of them from addresses of its own, sooner or later than the originals, and passes on what is sent to these addresses.
 */
import { Random, runs, Scheduler } from "@florenetes/simkit";
import { describe, expect, test } from "vitest";
import { ADDRESS_CHECK_MS, ADDRESS_PAUSE_MS } from "../../../src/quic-link/limits.ts";
import type { UdpAddress } from "../../../src/quic-link/addresses/link-address.ts";
import { PeerAddress } from "../../../src/quic-link/addresses/peer-address.ts";
import { PATH_MESSAGE_SIZE } from "../../../src/quic-link/addresses/path-message.ts";

const at = (port: number): UdpAddress => ({ host: "192.0.2.1", port });
const home = at(1);
const away = at(2);

describe("an acceptor's packets", () => {
  let nonces = 0;
  const newPeer = (): PeerAddress =>
    new PeerAddress(home, () => Uint8Array.of(0, 0, 0, 0, 0, 0, nonces >> 8, nonces++), 0);
  const probesOf = (peer: PeerAddress): Map<number, Uint8Array> => {
    const probes = new Map<number, Uint8Array>();
    for (let probe = peer.pollProbe(); probe !== undefined; probe = peer.pollProbe())
      probes.set(probe.to.port, probe.nonce);
    return probes;
  };

  test("go to another address once it has answered, and not before", () => {
    const peer = newPeer();
    peer.handleNewest(away, 50, 0);
    const probes = probesOf(peer);
    expect([...probes.keys()]).toEqual([2, 1]);
    expect(peer.address).toBe(home);
    expect(peer.handleAnswer(probes.get(2)!, away, 10)).toBe(true);
    expect(peer.address).toBe(away);
  });

  test.each([
    ["another nonce", (probes: Map<number, Uint8Array>) => [probes.get(1)!, away] as const],
    ["its nonce, but another address", (probes: Map<number, Uint8Array>) => [probes.get(2)!, at(3)] as const],
    ["its nonce, but the former address", (probes: Map<number, Uint8Array>) => [probes.get(2)!, home] as const],
    ["bytes that nobody was told", () => [new Uint8Array(8).fill(9), away] as const],
    ["too few bytes", (probes: Map<number, Uint8Array>) => [probes.get(2)!.subarray(0, 7), away] as const],
  ])("do not for an answer with %s", (_what, answerOf) => {
    const peer = newPeer();
    peer.handleNewest(away, 50, 0);
    const [nonce, from] = answerOf(probesOf(peer));
    expect(peer.isAwaited(nonce, from)).toBe(false);
    expect(peer.handleAnswer(nonce, from, 10)).toBe(false);
    expect(peer.address).toBe(home);
  });

  test("stay, or come back, when the former address answers; then nobody is looked at for a while", () => {
    for (const isCandidateFirst of [false, true]) {
      const peer = newPeer();
      peer.handleNewest(away, 50, 0);
      const probes = probesOf(peer);
      if (isCandidateFirst) peer.handleAnswer(probes.get(2)!, away, 10);
      expect(peer.handleAnswer(probes.get(1)!, home, 12)).toBe(isCandidateFirst);
      expect(peer.address).toBe(home);
      expect(peer.handleAnswer(probes.get(2)!, away, 13)).toBe(false);
      peer.handleNewest(away, 50, 11 + ADDRESS_PAUSE_MS);
      expect(probesOf(peer).size).toBe(0);
      peer.handleNewest(away, 50, 12 + ADDRESS_PAUSE_MS);
      expect(probesOf(peer).size).toBe(2);
    }
  });

  test("come back at once with the newest packet from the former address", () => {
    const peer = newPeer();
    peer.handleNewest(away, 50, 0);
    peer.handleAnswer(probesOf(peer).get(2)!, away, 10);
    peer.handleNewest(home, 50, 11);
    expect(peer.address).toBe(home);
    expect(peer.nextTimeout()).toBe(Infinity);
  });

  test("a newer packet from the former address ends a check, one from a third begins another", () => {
    const peer = newPeer();
    peer.handleNewest(away, 50, 0);
    const first = probesOf(peer).get(2)!;
    peer.handleNewest(at(3), 50, 1);
    expect([...probesOf(peer).keys()]).toEqual([3, 1]);
    expect(peer.handleAnswer(first, away, 2)).toBe(false);
    peer.handleNewest(home, 50, 3);
    expect(peer.nextTimeout()).toBe(Infinity);
    expect(peer.isOfInterest(home)).toBe(false);
  });

  test("probes are repeated with growing pauses, then given up", () => {
    const peer = newPeer();
    peer.handleNewest(away, 1_000, 0);
    const sentAt: number[] = [];
    for (let now = 0; now <= ADDRESS_CHECK_MS; now = peer.nextTimeout()) {
      peer.handleTimeout(now);
      if (probesOf(peer).size === 2) sentAt.push(now);
    }
    expect(sentAt).toEqual([0, 100, 300, 700, 1500]);
    expect(peer.isOfInterest(home)).toBe(false);
  });

  test("an address that has not answered gets three times what came from it, probes and copies together", () => {
    const peer = newPeer();
    peer.handleNewest(away, 100, 0);
    let sent = probesOf(peer).size === 2 ? PATH_MESSAGE_SIZE : 0;
    for (let i = 0; i < 100; i++) if (peer.takeRoom(20) !== undefined) sent += 20;
    peer.handleTimeout(100);
    sent += probesOf(peer).has(2) ? PATH_MESSAGE_SIZE : 0;
    peer.handleTimeout(300);
    expect(probesOf(peer).has(2)).toBe(false);
    expect(sent).toBeGreaterThan(200);
    expect(sent).toBeLessThanOrEqual(300);
  });

  test("it gets three times what comes from it later, too", () => {
    const peer = newPeer();
    const copies = (): number => {
      let bytes = 0;
      for (let i = 0; i < 1_000 && peer.takeRoom(10) !== undefined; i++) bytes += 10;
      return bytes;
    };
    peer.handleNewest(away, 100, 0);
    probesOf(peer);
    copies();
    peer.handleNewest(away, 50, 10);
    const later = copies();
    expect(later).toBeGreaterThan(100);
    expect(later).toBeLessThanOrEqual(150);
  });

  test("checks are so many and no more, whoever causes them", () => {
    const peer = newPeer();
    let checks = 0;
    for (let i = 0; i < 10_000; i++) {
      peer.handleNewest(at(10 + i), 50, i);
      if (probesOf(peer).size === 2) checks++;
    }
    expect(checks).toBeGreaterThan(100);
    expect(checks).toBeLessThanOrEqual(32 + 80);
  });
});

interface Story {
  /** How often the NAT changes, in milliseconds. */
  readonly movesEvery: number;
  readonly loss: number;
  /** When the attacker's copy of a packet arrives: never, or sooner or later than the packet, which always passes. */
  readonly copies: "none" | "sooner" | "later";
}

interface Outcome {
  /** The part of the time in which the acceptor sends to the attacker, from 0 to 1. */
  readonly atAttacker: number;
  /** The longest time between a move and the first packet that reached the originator at its new address. */
  readonly healedMs: number;
  readonly moves: number;
  readonly isHome: boolean;
  /** The largest ratio of bytes sent to bytes received, of addresses that never answered as the originator's. */
  readonly amplification: number;
}

const attackEndsAt = 50_000;

/** 60 s of a link with a packet in each direction every 5 ms, 20 to 30 ms apart. */
function run(story: Story, seed: number): Outcome {
  const random = new Random(seed);
  const scheduler = new Scheduler();
  const peer = new PeerAddress(home, () => random.bytes(8), 0);
  const attackers = [at(666), at(667)];
  const isAttackers = ({ port }: UdpAddress): boolean => port === 666 || port === 667;
  let origin = home;
  let movedAt = 0;
  let healedMs = 0;
  let isHealed = true;
  let moves = 0;
  let atAttacker = 0;
  let newest = 0;
  let sent = 0;
  const heard = new Map<number, number>();
  const told = new Map<number, number>();
  const delay = (): number => random.between(20, 30);
  const later = (ms: number, action: () => void): void => void scheduler.at(scheduler.now + ms, action);

  const transmit = (to: UdpAddress, size: number, nonce?: Uint8Array): void => {
    told.set(to.port, (told.get(to.port) ?? 0) + size);
    // The attacker passes on what it gets, as if the acceptor had sent it.
    const target = isAttackers(to) ? origin : to;
    if (random.chance(story.loss)) return;
    later(delay(), () => {
      if (target.port !== origin.port) return;
      heal();
      if (nonce !== undefined) answer(nonce);
    });
  };
  const heal = (): void => {
    if (isHealed) return;
    isHealed = true;
    healedMs = Math.max(healedMs, scheduler.now - movedAt);
  };
  const flush = (): void => {
    for (let probe = peer.pollProbe(); probe !== undefined; probe = peer.pollProbe()) {
      transmit(probe.to, PATH_MESSAGE_SIZE, probe.nonce);
    }
  };
  /** Lets a packet of the originator arrive at the acceptor, and perhaps the attacker's copy of it. */
  const arrive = (handle: (from: UdpAddress) => void): void => {
    const from = origin;
    const ms = delay();
    if (!random.chance(story.loss)) later(ms, () => handle(from));
    const copyAfter = { none: -1, sooner: ms - 2, later: ms + random.between(1, 300) }[story.copies];
    if (copyAfter >= 0 && scheduler.now < attackEndsAt) later(copyAfter, () => handle(random.pick(attackers)));
  };
  const answer = (nonce: Uint8Array): void =>
    arrive((from) => {
      peer.handleAnswer(nonce, from, scheduler.now);
      flush();
    });
  const say = (): void => {
    const number = ++sent;
    arrive((from) => {
      heard.set(from.port, (heard.get(from.port) ?? 0) + 60);
      if (number <= newest) return;
      newest = number;
      if (peer.isOfInterest(from)) peer.handleNewest(from, 60, scheduler.now);
      flush();
    });
  };
  for (let now = 0; now < 60_000; now += 5) {
    scheduler.at(now, () => {
      say();
      peer.handleTimeout(scheduler.now);
      flush();
      transmit(peer.address, 60);
      const copy = peer.takeRoom(60);
      if (copy !== undefined) transmit(copy, 60);
      if (isAttackers(peer.address)) atAttacker += 5;
    });
    if (now > 0 && now % story.movesEvery === 0) {
      scheduler.at(now, () => {
        origin = at(1_000 + ++moves);
        movedAt = scheduler.now;
        isHealed = false;
      });
    }
  }
  scheduler.runUntil(60_000);
  const amplification = Math.max(0, ...attackers.map(({ port }) => (told.get(port) ?? 0) / (heard.get(port) ?? 1)));
  return { atAttacker: atAttacker / 60_000, healedMs, moves, isHome: peer.address.port === origin.port, amplification };
}

describe("in a simulated network", () => {
  test.each(Array.from({ length: runs(20, 6) }, (_, seed) => seed))(
    "packets follow a NAT that changes 150 times (seed %i)",
    (seed) => {
      const outcome = run({ movesEvery: 400, loss: 0, copies: "none" }, seed);
      expect(outcome.moves).toBe(149);
      // The bound is the sum of the way there, the way back, and the wait for the next packet.
      expect(outcome.healedMs).toBeLessThanOrEqual(30 + 30 + 10);
      expect(outcome.isHome).toBe(true);
    },
  );

  test.each(Array.from({ length: runs(20, 6) }, (_, seed) => seed))(
    "and do so where a tenth is lost (seed %i)",
    (seed) => {
      const outcome = run({ movesEvery: 1_000, loss: 0.1, copies: "none" }, seed);
      expect(outcome.healedMs).toBeLessThan(300);
      expect(outcome.isHome).toBe(true);
    },
  );

  describe.each(["sooner", "later"] as const)("with an attacker whose copies come %s", (copies) => {
    test.each(Array.from({ length: runs(20, 6) }, (_, seed) => seed))("stay with the originator (seed %i)", (seed) => {
      const outcome = run({ movesEvery: 100_000, loss: 0.02, copies }, seed);
      expect(outcome.atAttacker).toBeLessThan(0.02);
      expect(outcome.amplification).toBeLessThanOrEqual(3);
    });

    // An attacker who is sooner with all packets, both ways, in the moment of a move becomes a part of the path, as the NAT is,
    // until the attacker stops, or the originator moves again.
    test.each(Array.from({ length: runs(20, 6) }, (_, seed) => seed))("follow it when it moves (seed %i)", (seed) => {
      const outcome = run({ movesEvery: 5_000, loss: 0.02, copies }, seed);
      expect(outcome.healedMs).toBeLessThan(1_000);
      expect(outcome.isHome).toBe(true);
      if (copies === "later") expect(outcome.atAttacker).toBeLessThan(0.02);
    });
  });
});
