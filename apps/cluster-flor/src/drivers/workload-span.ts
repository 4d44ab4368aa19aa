/**
 * Spans of workload connections, as OpenTelemetry has them (https://opentelemetry.io/docs/specs/otel/trace/api/#span), made of access records. Pure.
 *
 * Both ends of a connection know its ConnectionId and the number of the stream on it, and of these all identifiers are made: so the two spans are of one trace,
 * and the acceptor's is the child of the originator's, though nothing of it is carried between them.
 */
import { createHash } from "node:crypto";
import { type HrTime, type SpanContext, SpanKind, SpanStatusCode, TraceFlags } from "@opentelemetry/api";
import type { Resource } from "@opentelemetry/resources";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";
import type { AccessRecord } from "../transport/access-records.ts";

/** Hexadecimal digits of the identifiers. */
const TRACE_ID = 32;
const SPAN_ID = 16;

/** A connection that is over, with what its span needs beside its record. */
export interface OverConnection {
  readonly record: AccessRecord;
  /** Milliseconds since 1970. */
  readonly endedAt: number;
  /** An octet string that no other connection of the cluster has, for a connection that never had a stream. */
  readonly unique: string;
}

/** @param resource the vertex */
export function workloadSpan({ record, endedAt, unique }: OverConnection, resource: Resource): ReadableSpan {
  const { connection, stream, side, kind, service, ms, end, refused } = record;
  const digits = createHash("sha256")
    .update(connection === null ? unique : `${connection}.${stream}`)
    .digest("hex");
  const context = (from: number): SpanContext => ({
    traceId: digits.slice(0, TRACE_ID),
    spanId: digits.slice(from, from + SPAN_ID),
    traceFlags: TraceFlags.SAMPLED,
  });
  const originator = context(TRACE_ID);
  const isOriginator = side === "originator";
  const own = isOriginator ? originator : context(TRACE_ID + SPAN_ID);
  return {
    name: `${kind} ${service}`,
    kind: isOriginator ? SpanKind.CLIENT : SpanKind.SERVER,
    spanContext: () => own,
    ...(!isOriginator && { parentSpanContext: { ...originator, isRemote: true } }),
    startTime: hrTime(endedAt - ms),
    endTime: hrTime(endedAt),
    duration: hrTime(ms),
    ended: true,
    status: end === "DONE" && !refused ? { code: SpanStatusCode.UNSET } : { code: SpanStatusCode.ERROR, message: end },
    attributes: attributesOf(record),
    links: [],
    events: [],
    resource,
    instrumentationScope: { name: "florenetes" },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function attributesOf(record: AccessRecord): ReadableSpan["attributes"] {
  const { kind: _kind, ms: _ms, side: _side, ...fields } = record;
  const told = Object.entries(fields).filter(([, value]) => value !== null);
  return Object.fromEntries(told.map(([name, value]) => [`florenetes.${name}`, value as string | number | boolean]));
}

function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1_000);
  return [seconds, Math.round((ms - seconds * 1_000) * 1e6)];
}
