import { describe, expect, test } from "vitest";
import { Pacer } from "../../../src/transport/streams/pacer.ts";
import { PushResult } from "../../../src/transport/streams/relay-host.ts";
import { type Writer, Writers } from "../../../src/transport/streams/writers.ts";

const controlStream = 0;
const stuckPerTurn = 4;

/** A connection with this much window left, and streams whose readers take this much. */
class Path {
  window = 100_000;
  readonly #credits = new Map<number, number>();
  readonly writers = new Writers(
    {
      streamCapacity: (id) => {
        return id === controlStream ? this.window : Math.min(this.window, this.#credits.get(id)!);
      },
      stats: () => {
        throw new Error("nothing was sent");
      },
    },
    controlStream,
    stuckPerTurn,
    new Pacer(),
  );

  /** A relay with endless bytes to send. */
  writer(id: number, credit: number): Writer & { pushed: number } {
    this.#credits.set(id, credit);
    const writer = {
      id,
      isQueued: false,
      pushed: 0,
      checkWorkload: () => {},
      push: (quantum: number) => {
        const taken = Math.min(quantum, this.window, this.#credits.get(id)!);
        this.#credits.set(id, this.#credits.get(id)! - taken);
        this.window -= taken;
        writer.pushed += taken;
        return taken < quantum ? PushResult.blocked : PushResult.more;
      },
    };
    this.writers.add(writer);
    return writer;
  }

  grant(id: number, credit: number): void {
    this.#credits.set(id, credit);
  }
}

describe("writers", () => {
  test("share the window evenly, however little it opens at a time", () => {
    const path = new Path();
    const all = [1, 2, 3, 4].map((id) => path.writer(id, 1_000_000));
    const pushed = (): number[] => all.map((writer) => writer.pushed);
    path.writers.serve(0);
    expect(pushed()).toEqual([25_000, 25_000, 25_000, 25_000]);
    for (let i = 0; i < 6; i++) {
      path.window = 8_192;
      path.writers.serve(i);
    }
    expect(pushed()).toEqual([37_288, 37_288, 37_288, 37_288]);
    for (const window of [1_000, 4_096, 6_000]) {
      for (let i = 0; i < 100; i++) {
        path.window = window;
        path.writers.serve(i);
      }
      expect(Math.max(...pushed()) - Math.min(...pushed())).toBeLessThanOrEqual(6_000);
    }
  });

  test("whose readers have stopped are asked after a packet, a few in a turn, and hold up nobody", () => {
    const path = new Path();
    const stuck = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((id) => path.writer(id, 0));
    expect(path.writers.serve(0)).toBe(false);
    expect(path.writers.isAnyStuck).toBe(true);
    const other = path.writer(11, 1_000_000);
    path.writers.serve(1);
    expect(other.pushed).toBe(100_000);

    for (const { id } of stuck) path.grant(id, 100);
    path.window = 100_000;
    path.writers.handlePacket();
    const pushed = (): number => stuck.filter((writer) => writer.pushed > 0).length;
    const turns = [0, 1, 2].map(() => {
      const isUnfinished = path.writers.serve(2);
      path.window = 100_000;
      return [pushed(), isUnfinished];
    });
    expect(turns).toEqual([
      [4, true],
      [8, true],
      [10, false],
    ]);
  });

  test("need no turn while the window is full: a packet opens it, or nothing", () => {
    const path = new Path();
    for (let id = 1; id <= 10; id++) path.writer(id, 0);
    path.writers.serve(0);
    path.window = 0;
    path.writers.handlePacket();
    expect(path.writers.serve(1)).toBe(false);
    path.window = 100_000;
    path.writers.handlePacket();
    expect(path.writers.serve(2)).toBe(true);
  });
});
