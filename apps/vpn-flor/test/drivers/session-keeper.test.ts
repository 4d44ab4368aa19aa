import { setImmediate as turn } from "node:timers/promises";
import { beforeEach, describe, expect, test } from "vitest";
import { MOVE_MS, SUPERSEDED_MS } from "../../src/client/limits.ts";
import { SessionEnded } from "../../src/drivers/session-ended.ts";
import { SessionKeeper } from "../../src/drivers/session-keeper.ts";

class FakeSession {
  readonly #over = Promise.withResolvers<SessionEnded>();
  readonly over = this.#over.promise;
  readonly #onUp: (session: FakeSession) => void;
  hasLeft = false;
  /** Whether its egress answers the end of our half. */
  isPolite = true;
  abandoned: string | undefined;

  constructor(onUp: (session: FakeSession) => void) {
    this.#onUp = onUp;
  }

  comeUp(): void {
    this.#onUp(this);
  }

  end(code: string): void {
    this.#over.resolve(new SessionEnded(code, "it has ended"));
  }

  leave(): void {
    this.hasLeft = true;
    if (this.isPolite) this.end("DONE");
  }

  abandon({ code }: SessionEnded): void {
    this.abandoned ??= code;
    this.end(code);
  }
}

/** A keeper whose sessions and time are made here. */
class Scene {
  now = 0;
  /** Sessions in the order in which they were opened. */
  readonly sessions: FakeSession[] = [];
  /** The next opening does not come to an end. */
  hangs = false;
  readonly told: string[] = [];
  readonly #timers = new Map<() => void, number>();
  readonly keeper = new SessionKeeper<FakeSession>({
    open: (onUp) => {
      if (this.hangs) return new Promise(() => {});
      const session = new FakeSession(onUp);
      this.sessions.push(session);
      return Promise.resolve(session);
    },
    onUp: (session) => this.told.push(`up ${this.sessions.indexOf(session)}`),
    onDown: () => this.told.push("down"),
    onRetry: ({ code }, waitMs) => this.told.push(`${code}, again in ${waitMs}`),
    time: {
      now: () => this.now,
      wakeUps: {
        soon: (call) => queueMicrotask(call),
        timer: (call) => ({
          set: (at) => void this.#timers.set(call, at),
          close: () => void this.#timers.delete(call),
        }),
      },
    },
    random: () => 0.999_999,
  });

  get timers(): number {
    return this.#timers.size;
  }

  async pass(ms: number): Promise<void> {
    await turn();
    for (const end = this.now + ms; ;) {
      const [next] = [...this.#timers].toSorted(([, a], [, b]) => a - b);
      if (next === undefined || next[1] > end) {
        this.now = end;
        return;
      }
      this.now = next[1];
      this.#timers.delete(next[0]);
      next[0]();
      await turn();
    }
  }

  /** The session that was opened last comes up. */
  async comeUp(): Promise<FakeSession> {
    await turn();
    const session = this.sessions.at(-1)!;
    session.comeUp();
    await turn();
    return session;
  }
}

let scene: Scene;
let running: Promise<void>;
beforeEach(() => {
  scene = new Scene();
  running = scene.keeper.run();
});

describe("a keeper of sessions", () => {
  test("tries until a session is up, and again when it has ended", async () => {
    await turn();
    scene.sessions[0]!.end("NO_ANSWER");
    await scene.pass(100);
    const second = await scene.comeUp();
    expect(scene.keeper.present).toBe(second);
    second.end("STOPPING");
    await scene.pass(200);
    await scene.comeUp();
    expect(scene.told).toEqual(["NO_ANSWER, again in 100", "up 1", "down", "STOPPING, again in 200", "up 2"]);
    const { ended, ...counts } = scene.keeper.counts;
    expect(counts).toMatchObject({ tried: 3, up: 2, moved: 0, recoveries: 1, recoveryLastMs: 200 });
    expect([...ended]).toEqual([
      ["NO_ANSWER", 1],
      ["STOPPING", 1],
    ]);
  });

  test("gives up a session that does not come up in time, also where the opening itself hangs", async () => {
    await scene.pass(10_000);
    expect(scene.sessions[0]!.abandoned).toBe("SILENT");
    scene.hangs = true;
    await scene.pass(100);
    scene.hangs = false;
    await scene.pass(10_000);
    await scene.pass(200);
    expect([scene.sessions.length, scene.keeper.counts.ended.get("SILENT")]).toEqual([2, 2]);
  });
});

describe("another session beside the one that is up", () => {
  test("takes its place once it is up, and the former one is left", async () => {
    const first = await scene.comeUp();
    scene.keeper.move();
    // A second move changes nothing while the first one is tried.
    scene.keeper.move();
    await turn();
    expect([scene.keeper.present, scene.sessions.length]).toEqual([first, 2]);
    const second = await scene.comeUp();
    expect([scene.keeper.present, first.hasLeft]).toEqual([second, true]);
    const { ended, ...counts } = scene.keeper.counts;
    expect([counts, [...ended]]).toMatchObject([{ tried: 2, up: 2, moved: 1, recoveries: 0 }, []]);
    // Behind it, a further session can be tried.
    scene.keeper.move();
    const third = await scene.comeUp();
    expect([scene.keeper.present, scene.keeper.counts.moved]).toEqual([third, 2]);
  });

  test("leaves one whose egress does not answer any more by ourselves", async () => {
    const first = await scene.comeUp();
    first.isPolite = false;
    scene.keeper.move();
    const second = await scene.comeUp();
    await scene.pass(1_000);
    expect([first.abandoned, scene.keeper.present, scene.timers]).toEqual(["STOPPING", second, 0]);
  });

  test("that does not come up is given up, and the present one goes on", async () => {
    const first = await scene.comeUp();
    scene.keeper.move();
    await scene.pass(MOVE_MS);
    expect([scene.keeper.present, scene.sessions[1]!.abandoned, first.hasLeft]).toEqual([first, "SILENT", false]);
    scene.hangs = true;
    scene.keeper.move();
    await scene.pass(MOVE_MS);
    scene.hangs = false;
    scene.keeper.move();
    await turn();
    expect([scene.sessions.length, scene.keeper.counts.ended.get("SILENT")]).toEqual([3, 2]);
  });

  test("has its chance when the present one ends meanwhile, whose end is counted", async () => {
    const first = await scene.comeUp();
    scene.keeper.move();
    await turn();
    first.end("CONNECTION_LOST");
    await scene.pass(50);
    expect([scene.keeper.present, scene.told.at(-1)]).toEqual([undefined, "down"]);
    const second = await scene.comeUp();
    expect(scene.keeper.present).toBe(second);
    const { ended, ...counts } = scene.keeper.counts;
    expect([counts, [...ended]]).toMatchObject([{ moved: 0, recoveries: 1 }, [["CONNECTION_LOST", 1]]]);
  });

  test("at the same egress supersedes the present one, which costs no minute of waiting where it does not come up", async () => {
    const first = await scene.comeUp();
    scene.keeper.move();
    await turn();
    first.end("SUPERSEDED");
    await scene.pass(MOVE_MS);
    expect(scene.told.at(-1)).toBe("SILENT, again in 100");
  });

  test("is none of ours where another machine takes the place: then a minute passes", async () => {
    const first = await scene.comeUp();
    first.end("SUPERSEDED");
    await scene.pass(SUPERSEDED_MS - 1);
    scene.keeper.move();
    await turn();
    expect([scene.told.at(-1), scene.sessions.length]).toEqual([`SUPERSEDED, again in ${SUPERSEDED_MS}`, 1]);
    await scene.pass(1);
    await turn();
    expect(scene.sessions.length).toBe(2);
  });
});

describe("a keeper that is stopped", () => {
  test("leaves the present session and gives up the one beside it, and no timer is left", async () => {
    const first = await scene.comeUp();
    scene.keeper.move();
    await turn();
    await scene.keeper.stop();
    await running;
    expect([first.hasLeft, scene.sessions[1]!.abandoned, scene.timers]).toEqual([true, "STOPPING", 0]);
    scene.sessions[1]!.comeUp();
    scene.keeper.move();
    await turn();
    expect([scene.told.at(-1), scene.sessions.length]).toEqual(["down", 2]);
  });

  test.each([
    ["while it tries", async () => {}],
    [
      "as a session comes up",
      async () => {
        await turn();
        scene.sessions[0]!.comeUp();
      },
    ],
    [
      "while it waits",
      async () => {
        await turn();
        scene.sessions[0]!.end("SUPERSEDED");
        await turn();
      },
    ],
  ])("%s ends at once, and holds nothing", async (_, prepare) => {
    await prepare();
    await scene.keeper.stop();
    await running;
    await turn();
    expect([scene.keeper.present, scene.timers]).toEqual([undefined, 0]);
    expect(scene.sessions[0]?.abandoned ?? "SUPERSEDED").toMatch(/^S/);
  });
});
