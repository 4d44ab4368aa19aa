import { createRateLimitedLog, type EventFields, type Logger } from "@florenetes/process-kit";
import { expect, test } from "vitest";
import { DropWatch } from "../../src/forwarding/drop-watch.ts";
import { frameOf, packetOf, Recorder, config, IN_LINK, TO_B, TO_C } from "./recorder.ts";

/** A vertex whose links are a, b and c, with transit between a and b, and between c and a. */
class WatchedForwarder {
  readonly recorder = new Recorder();
  readonly lines: { readonly event: EventFields; readonly text: string }[] = [];
  readonly watch: DropWatch;
  now = 500;
  #at = Number.POSITIVE_INFINITY;
  #look = (): void => {};

  constructor() {
    const line = (event: EventFields, text: string): void => void this.lines.push({ event, text });
    const log: Logger = { debug: line, info: line, warn: line, error: line, child: () => log };
    const now = (): number => this.now;
    const timer = (call: () => void) => {
      this.#look = call;
      return { set: (at: number) => void (this.#at = at), close: () => void (this.#look = () => {}) };
    };
    this.watch = new DropWatch({
      time: { now, wallClock: () => new Date(0), wakeUps: { soon: (call) => call(), timer } },
      log: createRateLimitedLog(log, { now }),
      links: () => config.links,
      forwarder: () => this.recorder.forwarder,
    });
  }

  send(labels: readonly number[], inLink = IN_LINK): void {
    this.recorder.forwarder.handleFrame(inLink, frameOf([packetOf(labels)]));
  }

  turn(): void {
    this.now = this.#at;
    this.#look();
  }

  texts(): string[] {
    return this.lines.splice(0).map(({ text }) => text);
  }
}

test("a label that means nothing is named with the link that it came over, once within 5 seconds", () => {
  const vertex = new WatchedForwarder();
  vertex.turn();
  expect([vertex.now, vertex.texts()]).toEqual([5_000, []]);
  vertex.send([777]);
  vertex.turn();
  expect(vertex.lines).toMatchObject([
    { event: { code: "PACKETS_DROPPED", link: "a", peer: "a", cause: "unknownLabel", label: 777, packets: 1 } },
  ]);
  expect(vertex.texts()[0]).toMatch(/^packets from a over link a are dropped: label 777 means nothing here/);
});

test("links that packets may not cross are named both", () => {
  const vertex = new WatchedForwarder();
  vertex.send([TO_C, 1], 1);
  vertex.turn();
  expect(vertex.lines).toMatchObject([
    { event: { cause: "transitDenied", link: "b", outLink: "c", label: TO_C, packets: 1 } },
  ]);
  expect(vertex.texts()).toEqual([
    "packets from b to c are dropped: this vertex's config has no transit between links b and c",
  ]);
});

test("packets that pass are no news", () => {
  const vertex = new WatchedForwarder();
  vertex.send([TO_B, 1]);
  vertex.turn();
  expect(vertex.texts()).toEqual([]);
});

test("what goes on is told again after a minute, and another label at once", () => {
  const vertex = new WatchedForwarder();
  let lines = 0;
  for (let second = 0; second <= 60; second += 5) {
    vertex.send([777]);
    vertex.turn();
    lines += vertex.texts().length;
  }
  expect(lines).toBe(2);
  vertex.send([778]);
  vertex.turn();
  expect(vertex.texts()[0]).toMatch(/label 778/);
});

test("who tries many labels gets few lines", () => {
  const vertex = new WatchedForwarder();
  // Looks for two minutes.
  for (let label = 2_000; label < 2_024; label++) {
    vertex.send([label]);
    vertex.turn();
  }
  // Five lines may come at once, and one more every ten seconds.
  expect(vertex.texts().length).toBeLessThanOrEqual(17);
});

test("nothing is told once it is closed", () => {
  const vertex = new WatchedForwarder();
  vertex.send([777]);
  vertex.watch.close();
  vertex.turn();
  expect(vertex.texts()).toEqual([]);
});
