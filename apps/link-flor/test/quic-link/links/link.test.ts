import { Random } from "@florenetes/simkit";
import type { LinkWish } from "@florenetes/portal-api";
import { describe, expect, test } from "vitest";
import {
  ACCEPTOR_DRAIN_MS,
  ATTEMPT_HEARD_LIFE_MS,
  ATTEMPTS_ALIVE_MAX,
  DRAIN_MS,
  DRAINING_MAX,
} from "../../../src/quic-link/limits.ts";
import { Link, type LinkSession } from "../../../src/quic-link/links/link.ts";
import { type ReasonKey, reasons, type Verdict, verdict } from "../../../src/quic-link/reasons.ts";
import { attemptHost } from "./attempt-host.ts";
import type { SessionOrder } from "../../../src/quic-link/sessions/session-order.ts";

class FakeSession implements LinkSession {
  readonly order: SessionOrder;
  mtu = 16_384;
  udpPayload = 1_452;
  preferredMtu = 16_384;
  quietMs = 0;
  congestedClasses = 0;
  isConfirming = false;
  wasHeard = false;
  closed: string | undefined;
  renewalsAsked = 0;
  rate: number | undefined;
  calls = 0;

  constructor(attempt: number, startedAt = 1, id = "i") {
    this.order = { attempt, instance: { startedAt, id } };
  }

  askRenewal(): void {
    this.renewalsAsked++;
  }

  setRate(bitsPerSecond: number | undefined): void {
    this.rate = bitsPerSecond;
  }

  callAgain(): void {
    this.calls++;
  }

  close(why: Verdict): void {
    this.closed ??= why.reason.name;
  }
}

/** A link with a host, and a record of what it said. */
function makeLink(role: LinkWish["role"]) {
  const wish = { peer: "b", tag: "0", role, endpoint: role === "originator" ? "udp://b:1" : "" };
  const link = new Link<FakeSession>(wish, attemptHost(), 0);
  const said: string[] = [];
  const attempts: number[] = [];
  const drain = (): void => {
    for (let event = link.pollEvent(); event !== undefined; event = link.pollEvent()) {
      if (event.kind === "attempt") attempts.push(event.number);
      else
        said.push(
          `${event.status.state} ${event.status.code}`.trimEnd() +
            (event.status.isCongested ? ` full ${event.status.congestedClasses}` : ""),
        );
    }
  };
  /** Starts all attempts that are due until a time. */
  const runUntil = (now: number): void => {
    for (let time = 0; time <= now; time += 10) link.handleTimeout(time);
    drain();
  };
  const fail = (number: number, reason: ReasonKey, now: number): void => {
    link.handleClosed(undefined, number, verdict(reasons[reason]), now);
    drain();
  };
  return { link, said, attempts, drain, runUntil, fail };
}

test("sessions have their link's rate: the one that carries it, and those that drain", () => {
  const { link } = makeLink("originator");
  const [first, second] = [new FakeSession(1), new FakeSession(2)];
  link.setRate(8_000_000);
  link.handleUp(first, 0);
  link.handleUp(second, 10);
  expect([first.rate, second.rate]).toEqual([8_000_000, 8_000_000]);
  link.setRate(undefined);
  expect([first.rate, second.rate]).toEqual([undefined, undefined]);
});

describe("an originator's link", () => {
  test("uses the first attempt that comes up, and gives the others up", () => {
    const { link, said, attempts, drain, runUntil } = makeLink("originator");
    runUntil(350);
    expect(attempts).toEqual([1, 2, 3]);
    const sessions = attempts.map((number) => new FakeSession(number));
    for (const session of sessions) link.handleStarted(session.order.attempt, session);
    link.handleUp(sessions[1]!, 360);
    drain();
    expect(said).toEqual(["connecting", "up"]);
    expect(sessions.map(({ closed }) => closed)).toEqual(["SUPERSEDED", undefined, "SUPERSEDED"]);
    expect(link.current).toBe(sessions[1]);
  });

  test("moves to a newer attempt that the acceptor may call up already, never to an older one", () => {
    const { link, attempts, runUntil } = makeLink("originator");
    runUntil(350);
    const [first, second, third] = attempts.map((number) => new FakeSession(number)) as [
      FakeSession,
      FakeSession,
      FakeSession,
    ];
    for (const session of [first, second, third]) {
      link.handleStarted(session.order.attempt, session);
      session.isConfirming = true;
    }
    link.handleUp(second, 360);
    const { handle } = link.status;
    link.handleUp(first, 370);
    expect(link.current).toBe(second);
    link.handleUp(third, 380);
    expect(link.current).toBe(third);
    expect(link.status.handle).not.toBe(handle);
    // Packets may be under way in all three sessions.
    const closed = (): unknown => [first.closed, second.closed, third.closed];
    expect(closed()).toEqual([undefined, undefined, undefined]);
    link.handleTimeout(370 + 1_000);
    expect(closed()).toEqual(["SUPERSEDED", undefined, undefined]);
    link.handleTimeout(380 + 1_000);
    expect(closed()).toEqual(["SUPERSEDED", "SUPERSEDED", undefined]);
  });

  test("says what the newest answer was, not what an older attempt ran into later", () => {
    const { said, runUntil, fail } = makeLink("originator");
    runUntil(750);
    fail(3, "notWanted", 760);
    fail(1, "quicError", 770);
    fail(4, "notWanted", 780);
    expect(said).toEqual(["connecting", "refused NOT_WANTED"]);
  });

  test("is down when nothing has answered for 3 s, and says so once", () => {
    const { said, runUntil } = makeLink("originator");
    runUntil(12_000);
    expect(said).toEqual(["connecting", "down NO_ANSWER"]);
  });

  test("is down with the reason when its session ends, and comes back", () => {
    const { link, said, attempts, drain, runUntil } = makeLink("originator");
    runUntil(0);
    const session = new FakeSession(1);
    link.handleStarted(1, session);
    link.handleUp(session, 20);
    link.handleClosed(session, 1, verdict(reasons.silent), 20_000);
    link.handleTimeout(20_000);
    drain();
    expect(said).toEqual(["connecting", "up", "down SILENT"]);
    expect(attempts).toEqual([1, 2]);
    const again = new FakeSession(2);
    link.handleStarted(2, again);
    link.handleUp(again, 20_050);
    drain();
    expect(said.at(-1)).toBe("up");
  });

  test("is renewed beside itself: up all the time", () => {
    const { link, said, attempts, drain, runUntil } = makeLink("originator");
    runUntil(0);
    const session = new FakeSession(1);
    link.handleStarted(1, session);
    link.handleUp(session, 20);
    link.handleStale(session, 5_000);
    link.handleTimeout(5_000);
    drain();
    expect(attempts).toEqual([1, 2]);
    link.handleClosed(undefined, 2, verdict(reasons.notWanted), 5_010);
    link.handleTimeout(5_100);
    drain();
    expect(attempts).toEqual([1, 2, 3]);
    const fresh = new FakeSession(3);
    link.handleStarted(3, fresh);
    link.handleUp(fresh, 5_200);
    drain();
    expect(said).toEqual(["connecting", "up", "up"]);
    link.handleTimeout(6_200);
    expect([session.closed, fresh.closed]).toEqual(["SUPERSEDED", undefined]);
    link.handleClosed(session, 1, verdict(reasons.superseded), 6_210);
    drain();
    expect(said).toEqual(["connecting", "up", "up"]);
    expect(link.nextTimeout()).toBe(Infinity);
  });

  test("is renewed when this end has another identity, or tried at once when it is not up", () => {
    const { link, attempts, runUntil, fail, drain } = makeLink("originator");
    runUntil(0);
    fail(1, "untrustedByPeer", 10);
    link.handleIdentity(2_000);
    link.handleTimeout(2_000);
    drain();
    expect(attempts).toEqual([1, 2]);
    const session = new FakeSession(2);
    link.handleStarted(2, session);
    link.handleUp(session, 2_010);
    link.handleIdentity(5_000);
    link.handleTimeout(5_000);
    drain();
    expect(attempts).toEqual([1, 2, 3]);
    expect([session.renewalsAsked, link.current]).toEqual([0, session]);
  });

  test("makes no attempts while it is suspended, and one at once when it is resumed", () => {
    const { link, said, attempts, drain, runUntil } = makeLink("originator");
    runUntil(150);
    const [carrier, rival] = attempts.map((number) => new FakeSession(number)) as [FakeSession, FakeSession];
    for (const session of [carrier, rival]) link.handleStarted(session.order.attempt, session);
    rival.isConfirming = true;
    link.handleUp(carrier, 160);
    link.suspend(verdict(reasons.ownRevoked), 200);
    for (const session of [carrier, rival])
      link.handleClosed(session, session.order.attempt, verdict(reasons.closed), 210);
    link.handleRefusalsOutdated(220);
    expect(link.nextTimeout()).toBe(Infinity);
    drain();
    expect([carrier.closed, rival.closed]).toEqual(["REVOKED", "REVOKED"]);
    link.resume(60_000);
    link.handleTimeout(60_000);
    drain();
    expect(attempts).toEqual([1, 2, 3]);
    expect(said).toEqual(["connecting", "up", "refused REVOKED", "connecting"]);
  });

  test("says when its queue is full, and when it is not any more", () => {
    const { link, said, drain, runUntil } = makeLink("originator");
    runUntil(0);
    const session = new FakeSession(1);
    link.handleStarted(1, session);
    link.handleUp(session, 20);
    for (const classes of [0, 1, 1, 3, 0]) {
      session.congestedClasses = classes;
      link.handleCondition(session);
    }
    drain();
    expect(said).toEqual(["connecting", "up", "up full 1", "up full 3", "up"]);
  });

  test("says which size it prefers, as often as that changes", () => {
    const { link, runUntil } = makeLink("originator");
    runUntil(0);
    const session = new FakeSession(1);
    link.handleStarted(1, session);
    link.handleUp(session, 20);
    expect(link.status).toMatchObject({ mtu: 16_384, preferredMtu: 16_384 });
    session.preferredMtu = 1_419;
    link.handleCondition(session);
    expect(link.status).toMatchObject({ state: "up", mtu: 16_384, preferredMtu: 1_419 });
    link.handleClosed(session, 1, verdict(reasons.silent), 30);
    link.handleCondition(session);
    expect(link.status).toMatchObject({ state: "down", mtu: 0, preferredMtu: 0 });
  });
});

describe("an acceptor's link", () => {
  test("takes a newer session and refuses an older one", () => {
    const { link, said, drain } = makeLink("acceptor");
    const first = new FakeSession(5, 1_000);
    expect(link.judgeHello(first)).toBeUndefined();
    link.handleUp(first, 10);
    expect(link.judgeHello(new FakeSession(4, 1_000))?.reason).toBe(reasons.superseded);
    expect(link.judgeHello(new FakeSession(9, 999, "j"))?.reason).toBe(reasons.superseded);
    expect(link.judgeHello(new FakeSession(6, 1_000))).toBeUndefined();
    const restarted = new FakeSession(1, 2_000, "k");
    expect(link.judgeHello(restarted)).toBeUndefined();
    link.handleUp(restarted, 20);
    expect(first.closed, "nobody is behind an earlier instance").toBe("SUPERSEDED");
    link.handleClosed(first, undefined, verdict(reasons.superseded), 30);
    drain();
    expect(said).toEqual(["connecting", "up", "up"]);
  });

  test("lets a session that a newer one has overtaken drain, unless it is of an earlier instance", () => {
    const { link } = makeLink("acceptor");
    const [slow, fast] = [new FakeSession(1), new FakeSession(2)];
    const before = new FakeSession(7, 0, "h");
    for (const session of [before, slow, fast]) expect(link.judgeHello(session)).toBeUndefined();
    link.handleUp(fast, 10);
    link.handleUp(slow, 20);
    link.handleUp(before, 30);
    expect([link.current, slow.closed, before.closed]).toEqual([fast, undefined, "SUPERSEDED"]);
    link.handleTimeout(20 + DRAIN_MS);
    expect(slow.closed, "its originator's to end").toBeUndefined();
    expect(link.nextTimeout()).toBe(20 + ACCEPTOR_DRAIN_MS);
    link.handleTimeout(20 + ACCEPTOR_DRAIN_MS);
    expect([slow.closed, fast.closed]).toEqual(["SUPERSEDED", undefined]);
  });

  test("keeps as many sessions that drain as an originator has attempts, for as long, and closes the oldest of more", () => {
    expect([DRAINING_MAX, ACCEPTOR_DRAIN_MS]).toEqual([ATTEMPTS_ALIVE_MAX, ATTEMPT_HEARD_LIFE_MS]);
    const { link } = makeLink("acceptor");
    const sessions = Array.from({ length: 2 + DRAINING_MAX }, (_, i) => new FakeSession(i));
    for (const session of sessions.slice(0, -1)) link.handleUp(session, 10);
    expect(sessions.filter(({ closed }) => closed !== undefined)).toEqual([]);
    link.handleUp(sessions.at(-1)!, 10);
    expect(sessions.filter(({ closed }) => closed !== undefined)).toEqual([sessions[0]]);
  });

  test("that is not wanted any more closes all its sessions, those on their way up, too", () => {
    const { link } = makeLink("acceptor");
    const [drained, carrier, next, over] = [1, 2, 3, 4].map((attempt) => new FakeSession(attempt)) as [
      FakeSession,
      FakeSession,
      FakeSession,
      FakeSession,
    ];
    for (const session of [drained, carrier, next, over]) expect(link.judgeHello(session)).toBeUndefined();
    link.handleUp(drained, 10);
    link.handleUp(carrier, 20);
    link.handleClosed(over, undefined, verdict(reasons.silent), 30);
    link.handleEnd(verdict(reasons.stopping), 40);
    const closed = [drained, carrier, next, over].map((session) => session.closed);
    expect(closed).toEqual(["STOPPING", "STOPPING", "STOPPING", undefined]);
  });

  test("refuses another originator's hello when it is one itself", () => {
    expect(makeLink("originator").link.judgeHello(new FakeSession(1))?.reason).toBe(reasons.roleConflict);
  });

  test("asks for a renewal when this end has another identity", () => {
    const { link } = makeLink("acceptor");
    link.handleIdentity(0);
    const session = new FakeSession(1);
    link.handleUp(session, 20);
    link.handleIdentity(30);
    expect(session.renewalsAsked).toBe(1);
  });

  test("takes no session while it is suspended, not even one that was on its way", () => {
    const { link, said, drain } = makeLink("acceptor");
    const session = new FakeSession(1);
    expect(link.judgeHello(session)).toBeUndefined();
    link.suspend(verdict(reasons.ownRevoked), 10);
    link.handleUp(session, 20);
    expect(link.judgeHello(new FakeSession(2))?.reason).toBe(reasons.ownRevoked);
    link.resume(30);
    const next = new FakeSession(3);
    expect(link.judgeHello(next)).toBeUndefined();
    link.handleUp(next, 40);
    drain();
    expect([session.closed, next.closed]).toEqual(["REVOKED", undefined]);
    expect(said).toEqual(["connecting", "refused REVOKED", "connecting", "up"]);
  });

  test("never makes attempts", () => {
    const { attempts, runUntil, link } = makeLink("acceptor");
    runUntil(5_000);
    expect(attempts).toEqual([]);
    expect(link.nextTimeout()).toBe(Infinity);
  });
});

test("simulated: whatever order sessions come up and end in, both ends agree on the newest that lives", () => {
  for (let seed = 0; seed < 200; seed++) {
    const random = new Random(seed);
    const originator = makeLink("originator").link;
    const acceptor = makeLink("acceptor").link;
    const here = new Map<number, FakeSession>();
    const there = new Map<number, FakeSession>();
    for (let time = 0; time < 3_000; time += 10) {
      originator.handleTimeout(time);
      for (let event = originator.pollEvent(); event !== undefined; event = originator.pollEvent()) {
        if (event.kind !== "attempt") continue;
        here.set(event.number, new FakeSession(event.number));
        there.set(event.number, new FakeSession(event.number));
        originator.handleStarted(event.number, here.get(event.number)!);
      }
      // A session makes progress in each round: the acceptor's end comes up first, the originator's later.
      const number = here.size === 0 ? 0 : random.pick([...here.keys()]);
      const [own, peers] = [here.get(number), there.get(number)];
      if (own !== undefined && peers !== undefined && own.closed === undefined && peers.closed === undefined) {
        if (!own.isConfirming) {
          own.isConfirming = acceptor.judgeHello(peers) === undefined;
          if (own.isConfirming) acceptor.handleUp(peers, time);
        } else if (originator.current !== own) originator.handleUp(own, time);
      }
      acceptor.handleTimeout(time);
      // A session that one end closes is closed at the other.
      for (const [each, session] of here) {
        const other = there.get(each)!;
        if (session.closed === undefined && other.closed === undefined) continue;
        const why = verdict(reasons.superseded);
        session.close(why);
        other.close(why);
        originator.handleClosed(session, each, why, time);
        acceptor.handleClosed(other, undefined, why, time);
        here.delete(each);
      }
    }
    expect(originator.current, `seed ${seed}`).toBeDefined();
    expect(acceptor.current?.order.attempt, `seed ${seed}`).toBe(originator.current!.order.attempt);
  }
});
