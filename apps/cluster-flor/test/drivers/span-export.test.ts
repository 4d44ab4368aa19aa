import type { EventFields } from "@florenetes/process-kit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SPAN_PAUSE_MS, SPAN_RETRY_MS, SPANS_SENT_MAX, SPANS_WAITING_MAX } from "../../src/drivers/limits.ts";
import { SpanExport } from "../../src/drivers/span-export.ts";
import { accessRecord } from "./access-records.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const ENDPOINT = "http://127.0.0.1:4318/v1/traces";

/** An export to a collector that answers when it is told to. */
function open(): {
  readonly spans: SpanExport;
  readonly requests: number[];
  readonly codes: string[];
  readonly answer: (error?: Error) => Promise<void>;
} {
  const [requests, codes]: [number[], string[]] = [[], []];
  let waiting: PromiseWithResolvers<void> | undefined;
  const note = ({ code }: EventFields): void => void codes.push(code);
  const send = (over: readonly unknown[]): Promise<void> => {
    requests.push(over.length);
    waiting = Promise.withResolvers();
    return waiting.promise;
  };
  const spans = new SpanExport(ENDPOINT, send, { info: note, warn: note });
  const answer = async (error?: Error): Promise<void> => {
    if (error === undefined) waiting!.resolve();
    else waiting!.reject(error);
    await vi.advanceTimersByTimeAsync(0);
  };
  return { spans, requests, codes, answer };
}

function end(spans: SpanExport, connections: number): void {
  for (let i = 0; i < connections; i++) spans.write(accessRecord(i));
}

test("spans of a second go together, and a full request goes at once", async () => {
  const { spans, requests, answer } = open();
  end(spans, 3);
  expect(requests).toEqual([]);
  await vi.advanceTimersByTimeAsync(SPAN_PAUSE_MS);
  expect(requests).toEqual([3]);
  await answer();
  end(spans, SPANS_SENT_MAX);
  expect(requests).toEqual([3, SPANS_SENT_MAX]);
  await answer();
  expect(spans.status()).toEqual({ endpoint: ENDPOINT, spans: 3 + SPANS_SENT_MAX, lost: 0, problem: "" });
});

test("one request runs at a time, and what comes meanwhile waits, up to a bound", async () => {
  const { spans, requests, codes, answer } = open();
  end(spans, SPANS_SENT_MAX + SPANS_WAITING_MAX + 7);
  expect(requests).toEqual([SPANS_SENT_MAX]);
  expect(spans.status()).toMatchObject({ spans: 0, lost: 7 });
  expect(codes).toEqual(["OTLP_TRACES_LOST"]);
  while (spans.status().spans < SPANS_SENT_MAX + SPANS_WAITING_MAX) {
    await answer();
    await vi.advanceTimersByTimeAsync(1);
  }
  expect(Math.max(...requests)).toBe(SPANS_SENT_MAX);
  expect(spans.status()).toMatchObject({ lost: 7, problem: "" });
  expect(codes).toEqual(["OTLP_TRACES_LOST", "OTLP_TRACES_SENT"]);
});

test("a collector that fails is asked again after a pause, and the log says once that it is away, and once that it is back", async () => {
  const { spans, requests, codes, answer } = open();
  end(spans, SPANS_SENT_MAX);
  end(spans, 2 * SPANS_SENT_MAX);
  await answer(new Error("away"));
  expect(spans.status()).toMatchObject({ spans: 0, lost: SPANS_SENT_MAX, problem: "away" });
  await vi.advanceTimersByTimeAsync(SPAN_RETRY_MS - 1);
  expect(requests).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(requests).toHaveLength(2);
  await answer(new Error("away"));
  await vi.advanceTimersByTimeAsync(SPAN_RETRY_MS);
  await answer();
  expect(spans.status()).toMatchObject({ spans: SPANS_SENT_MAX, lost: 2 * SPANS_SENT_MAX, problem: "" });
  expect(codes).toEqual(["OTLP_TRACES_LOST", "OTLP_TRACES_SENT"]);
});

test("a process that ends sends what waits, and waits for no collector that does not answer", async () => {
  const taken = open();
  end(taken.spans, 2);
  const ended = taken.spans[Symbol.asyncDispose]();
  expect(taken.requests).toEqual([2]);
  await taken.answer();
  await vi.advanceTimersByTimeAsync(10);
  await ended;
  const silent = open();
  end(silent.spans, 2);
  const given = silent.spans[Symbol.asyncDispose]();
  await vi.advanceTimersByTimeAsync(2_000);
  await given;
  expect(silent.spans.status()).toMatchObject({ spans: 0 });
});
