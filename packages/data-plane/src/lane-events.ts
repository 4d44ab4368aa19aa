/** Events of the lane: native/link/src/event_bytes.rs writes them, and shows the layout. */
import { type CloseEvent, type EventReader, readClose, readEvents } from "./event-reader.ts";

import { type NativeTransitRows, readTransitRows } from "./lane-transit.ts";

export type NativeLaneEvent = ClusterEvent | SessionEvent;

type ClusterEvent =
  | { readonly kind: "udpOpened"; readonly cluster: number; readonly host: string; readonly port: number }
  | { readonly kind: "udpFailed"; readonly cluster: number; readonly errno: number; readonly text: string }
  | { readonly kind: "portOpened"; readonly cluster: number }
  | { readonly kind: "portFailed"; readonly cluster: number; readonly code: string; readonly text: string }
  | {
      readonly kind: "datagram";
      readonly cluster: number;
      readonly host: string;
      readonly port: number;
      readonly bytes: Uint8Array;
    }
  | { readonly kind: "message"; readonly cluster: number; readonly bytes: Uint8Array }
  | { readonly kind: "portConnected"; readonly cluster: number }
  | { readonly kind: "portDisconnected"; readonly cluster: number }
  | { readonly kind: "portWritable"; readonly cluster: number }
  | { readonly kind: "portVersion"; readonly cluster: number; readonly version: number }
  | {
      readonly kind: "transitTaken";
      readonly cluster: number;
      readonly table: number;
      readonly changes: number;
      readonly refusal: TransitRefusal;
    }
  | {
      readonly kind: "transitCounted";
      readonly cluster: number;
      readonly reader: number;
      readonly number: number;
      readonly rows: NativeTransitRows;
    }
  | { readonly kind: "clusterRemoved"; readonly cluster: number };

type SessionEvent =
  | { readonly kind: "stream"; readonly session: number; readonly bytes: Uint8Array }
  | {
      readonly kind: "probe";
      readonly session: number;
      /** Undefined: it came whole. */
      readonly spreadMs: number | undefined;
      readonly bytes: Uint8Array;
    }
  | {
      readonly kind: "newest";
      readonly session: number;
      readonly host: string;
      readonly port: number;
      readonly size: number;
    }
  | { readonly kind: "congested"; readonly session: number; readonly congestedClasses: number }
  | { readonly kind: "silent"; readonly session: number }
  | (CloseEvent & { readonly session: number })
  | { readonly kind: "left"; readonly session: number };

type TransitRefusal = (typeof refusals)[number];
const refusals = ["none", "invalid", "full"] as const;

/**
 * Reads events until there are no more, or until one makes no sense (false); bytes in them are views. Nothing throws but
 * `handleEvent`.
 */
export function readLaneEvents(batch: Uint8Array, handleEvent: (event: NativeLaneEvent) => void): boolean {
  return readEvents(batch, readEvent, handleEvent);
}

function readEvent(reader: EventReader): NativeLaneEvent | undefined {
  const kind = reader.uint8();
  const subject = reader.uint32();
  const isOfSession = kind >= FIRST_OF_SESSIONS && kind <= LAST_OF_SESSIONS;
  return isOfSession ? readSessionEvent(kind, subject, reader) : readClusterEvent(kind, subject, reader);
}

const FIRST_OF_SESSIONS = 11;
const LAST_OF_SESSIONS = 17;

function readClusterEvent(kind: number, cluster: number, reader: EventReader): ClusterEvent | undefined {
  switch (kind) {
    case 1:
      return { kind: "udpOpened", cluster, ...reader.address() };
    case 2:
      return { kind: "udpFailed", cluster, errno: reader.uint32(), text: reader.text() };
    case 3:
      return { kind: "portOpened", cluster };
    case 4:
      return { kind: "portFailed", cluster, code: reader.text(), text: reader.text() };
    case 5:
      return { kind: "datagram", cluster, ...reader.address(), bytes: reader.bytes() };
    case 6:
      return { kind: "message", cluster, bytes: reader.bytes() };
    case 7:
      return { kind: "portConnected", cluster };
    case 8:
      return { kind: "portDisconnected", cluster };
    case 9:
      return { kind: "portWritable", cluster };
    case 10:
      return { kind: "portVersion", cluster, version: reader.uint8() };
    case 18: {
      const [table, changes, refusal] = [reader.uint32(), reader.uint32(), refusals[reader.uint8()]];
      return refusal && { kind: "transitTaken", cluster, table, changes, refusal };
    }
    case 19: {
      const [asked, number] = [reader.uint32(), reader.uint32()];
      const rows = readTransitRows(() => reader.float64());
      return { kind: "transitCounted", cluster, reader: asked, number, rows };
    }
    case 20:
      return { kind: "clusterRemoved", cluster };
    default:
      return undefined;
  }
}

function readSessionEvent(kind: number, session: number, reader: EventReader): SessionEvent | undefined {
  switch (kind) {
    case 11:
      return { kind: "stream", session, bytes: reader.bytes() };
    case 12: {
      const ms = reader.float64();
      return { kind: "probe", session, spreadMs: ms < 0 ? undefined : ms, bytes: reader.bytes() };
    }
    case 13:
      return { kind: "newest", session, ...reader.address(), size: reader.uint32() };
    case 14:
      return { kind: "congested", session, congestedClasses: reader.uint8() };
    case 15:
      return { kind: "silent", session };
    case 16: {
      const close = readClose(reader);
      return close && { ...close, session };
    }
    case 17:
      return { kind: "left", session };
    default:
      return undefined;
  }
}
