import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { resourceFromAttributes } from "@opentelemetry/resources";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { workloadSpan } from "../../src/drivers/workload-span.ts";
import type { AccessRecord } from "../../src/transport/access-records.ts";
import { accessRecord } from "./access-records.ts";

const resource = resourceFromAttributes({ "service.instance.id": "a" });
const ENDED_AT = Date.parse("2026-11-27T10:00:01.250Z");

function spanOf(record: AccessRecord, unique = ""): ReadableSpan {
  return workloadSpan({ record, endedAt: ENDED_AT, unique }, resource);
}

test("a span has the times of its record, and all that it tells but what is null", () => {
  const span = spanOf(accessRecord(4, { ms: 1_750.5, tunnel: null }));
  expect(span.name).toBe("stream web");
  expect(span.startTime).toEqual([Math.floor((ENDED_AT - 1_750.5) / 1_000), 499_500_000]);
  expect(span.endTime).toEqual([Math.floor(ENDED_AT / 1_000), 250_000_000]);
  expect(span.duration).toEqual([1, 750_500_000]);
  expect(span.status).toEqual({ code: SpanStatusCode.UNSET });
  expect(span.attributes).toEqual({
    "florenetes.principal": "user/alice",
    "florenetes.service": "web",
    "florenetes.path": "to-d",
    "florenetes.class": "interactive",
    "florenetes.sent": 1,
    "florenetes.received": 2,
    "florenetes.refused": false,
    "florenetes.end": "DONE",
    "florenetes.connection": "0123456789abcdef",
    "florenetes.stream": 4,
  });
});

test("the two ends of a connection have spans of one trace, the acceptor's below the originator's", () => {
  const [here, there] = [spanOf(accessRecord(4)), spanOf(accessRecord(4, { side: "acceptor", path: "to a" }))];
  const [caller, called] = [here.spanContext(), there.spanContext()];
  expect([here.kind, there.kind]).toEqual([SpanKind.CLIENT, SpanKind.SERVER]);
  expect(called.traceId).toBe(caller.traceId);
  expect(here.parentSpanContext).toBeUndefined();
  expect(there.parentSpanContext).toEqual({ ...caller, isRemote: true });
  expect(called.spanId).not.toBe(caller.spanId);
  expect(caller.traceId).toMatch(/^[0-9a-f]{32}$/);
  expect(caller.spanId).toMatch(/^[0-9a-f]{16}$/);
});

test("what did not end as both wanted is an error, and so is what the far end has refused", () => {
  expect(spanOf(accessRecord(4, { end: "REVOKED" })).status).toEqual({
    code: SpanStatusCode.ERROR,
    message: "REVOKED",
  });
  expect(spanOf(accessRecord(4, { refused: true })).status).toEqual({ code: SpanStatusCode.ERROR, message: "DONE" });
});

test("connections have traces of their own, also those that never had a stream", () => {
  const id = fc.tuple(fc.constantFrom("0123456789abcdef", "0123456789abcdee"), fc.nat({ max: 1_000 }));
  fc.assert(
    fc.property(fc.uniqueArray(id, { selector: String }), (ids) => {
      const traces = ids.map(
        ([connection, stream]) => spanOf(accessRecord(stream, { connection })).spanContext().traceId,
      );
      expect(new Set(traces).size).toBe(ids.length);
    }),
  );
  const never = accessRecord(null, { refused: true });
  expect(spanOf(never, "one").spanContext().traceId).not.toBe(spanOf(never, "two").spanContext().traceId);
});
