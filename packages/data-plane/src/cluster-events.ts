/** Events of cluster-flor's lane: native/cluster/src/event_bytes.rs writes them, and shows the layout. */
import { type CloseEvent, type EventReader, readClose, readEvents } from "./event-reader.ts";

export type NativeClusterEvent =
  | NativePortEvent
  | LinkEvent
  | WorkloadEvent
  | NativeEndEvent
  | NativeStreamOver
  | NativeStreamEvent;

/** Something that happened to a FlorIO port. */
export type NativePortEvent =
  | { readonly kind: "portOpened"; readonly port: number }
  | { readonly kind: "portFailed"; readonly port: number; readonly code: string; readonly text: string }
  | { readonly kind: "message"; readonly port: number; readonly bytes: Uint8Array }
  | { readonly kind: "portConnected"; readonly port: number }
  | { readonly kind: "portDisconnected"; readonly port: number }
  | { readonly kind: "portWritable"; readonly port: number }
  | { readonly kind: "portVersion"; readonly port: number; readonly version: number };

type LinkEvent =
  | {
      readonly kind: "packet";
      /** -1: this vertex itself. */
      readonly inLink: number;
      /** Undefined: it is for the originator of its ConnectionId. */
      readonly service: number | undefined;
      readonly isGuessing: boolean;
      /** The packet with its header. */
      readonly bytes: Uint8Array;
    }
  | { readonly kind: "guessing"; readonly link: number }
  /** A question of a trace that goes no further. */
  | {
      readonly kind: "question";
      readonly inLink: number;
      /** -1: its labels have led to none. */
      readonly outLink: number;
      /** By the number of the forwarder's cause. */
      readonly cause: number;
      /** The word that was read last; undefined: that was written over. */
      readonly at: number | undefined;
      readonly isGuessing: boolean;
      readonly bytes: Uint8Array;
    };

type WorkloadEvent =
  | { readonly kind: "listening"; readonly tunnel: number; readonly tcpPort: number }
  | { readonly kind: "listenFailed"; readonly tunnel: number; readonly errno: number; readonly text: string }
  | { readonly kind: "waiting"; readonly trunk: number; readonly areWaiting: boolean }
  /** A stream was opened, and more may have been since it was told last. */
  | { readonly kind: "used"; readonly trunk: number }
  | { readonly kind: "resolve"; readonly service: number }
  /** For a log only: it is counted already. */
  | {
      readonly kind: "refused";
      /** The number of a tunnel, or of a service. */
      readonly number: number;
      readonly isService: boolean;
      readonly connection: number | undefined;
      readonly code: number;
      readonly text: string;
    };

/** Something that happened to an end-to-end connection. */
export type NativeEndEvent =
  | { readonly kind: "full"; readonly connection: number }
  | { readonly kind: "failed"; readonly connection: number; readonly streams: number }
  | { readonly kind: "renewal"; readonly connection: number }
  /** How loaded the peer says it is, by the numbers of its message. */
  | {
      readonly kind: "pressure";
      readonly connection: number;
      readonly level: number;
      readonly score: number;
      readonly reasons: number;
    }
  | { readonly kind: "sizeDoubt"; readonly connection: number; readonly isByEnd: boolean }
  | (CloseEvent & { readonly connection: number })
  | { readonly kind: "left"; readonly connection: number };

/** A stream or flow of a workload is over: told where the settings want it. */
export interface NativeStreamOver {
  readonly kind: "over";
  /** Undefined: it was refused before there was a stream. */
  readonly connection: number | undefined;
  /** Its number on that, or 0. */
  readonly stream: number;
  /** The number of a tunnel, or of a service. */
  readonly number: number;
  readonly isService: boolean;
  readonly isFlow: boolean;
  /** The peer had not accepted it. */
  readonly isRefused: boolean;
  /** By the clock of whoever started the thread. */
  readonly startedMs: number;
  /** Bytes of the workload here that were given to the connection, and those for it that came out. */
  readonly sent: number;
  readonly received: number;
  readonly code: number;
}

/** Something that happened to a stream or flow whose workload is this process, by its number. */
export type NativeStreamEvent =
  /** A peer asks for one: `answerStream` or `resetStream` answers. */
  | {
      readonly kind: "streamAsked";
      readonly workload: number;
      readonly service: number;
      readonly isFlow: boolean;
      /** Both ends tell what their workloads have taken. */
      readonly tellsTaken: boolean;
      /** Its connection's, by its number. */
      readonly trafficClass: number;
      /** The principal at the other end. */
      readonly peer: string;
    }
  /** The far end has accepted one that was opened here. `tellsTaken`: as above. */
  | { readonly kind: "streamAnswered"; readonly workload: number; readonly tellsTaken: boolean }
  | { readonly kind: "datagram"; readonly workload: number; readonly bytes: Uint8Array }
  | { readonly kind: "streamBytes"; readonly workload: number; readonly bytes: Uint8Array }
  | { readonly kind: "streamEnded"; readonly workload: number }
  | { readonly kind: "streamWritable"; readonly workload: number }
  /** The far workload has taken all bytes up to this offset, and perhaps the end. */
  | { readonly kind: "streamTaken"; readonly workload: number; readonly offset: number; readonly isEnd: boolean }
  /** It is over, or was refused; a flow that has ended in peace with the code 0. */
  | { readonly kind: "streamReset"; readonly workload: number; readonly code: number; readonly text: string };

/** Where there is no service, connection or link. */
const NONE = 0xffff_ffff;
const NO_WORD = 0xff;

/**
 * Reads events until there are no more, or until one makes no sense (false); bytes in them are views. Nothing throws but
 * `handleEvent`.
 */
export function readClusterEvents(batch: Uint8Array, handleEvent: (event: NativeClusterEvent) => void): boolean {
  return readEvents(batch, readEvent, handleEvent);
}

function readEvent(reader: EventReader): NativeClusterEvent | undefined {
  const kind = reader.uint8();
  const subject = reader.uint32();
  if (kind < 8) return readPortEvent(kind, subject, reader);
  if (kind < 10 || kind === 32) return readLinkEvent(kind, subject, reader);
  if (kind < 16) return readWorkloadEvent(kind, subject, reader);
  if (kind < 22 || kind === 27) return readEndEvent(kind, subject, reader);
  if (kind === 31) return readStreamOver(subject, reader);
  return readStreamEvent(kind, subject, reader);
}

function readPortEvent(kind: number, port: number, reader: EventReader): NativePortEvent | undefined {
  switch (kind) {
    case 1:
      return { kind: "portOpened", port };
    case 2:
      return { kind: "portFailed", port, code: reader.text(), text: reader.text() };
    case 3:
      return { kind: "message", port, bytes: reader.bytes() };
    case 4:
      return { kind: "portConnected", port };
    case 5:
      return { kind: "portDisconnected", port };
    case 6:
      return { kind: "portWritable", port };
    case 7:
      return { kind: "portVersion", port, version: reader.uint8() };
    default:
      return undefined;
  }
}

function readLinkEvent(kind: number, link: number, reader: EventReader): LinkEvent {
  if (kind === 9) return { kind: "guessing", link };
  if (kind === 32) return readQuestion(link, reader);
  const service = reader.uint32();
  return {
    kind: "packet",
    inLink: link === NONE ? -1 : link,
    service: service === NONE ? undefined : service,
    isGuessing: reader.uint8() !== 0,
    bytes: reader.bytes(),
  };
}

function readQuestion(inLink: number, reader: EventReader): LinkEvent {
  const outLink = reader.uint32();
  const cause = reader.uint8();
  const at = reader.uint8();
  return {
    kind: "question",
    inLink,
    outLink: outLink === NONE ? -1 : outLink,
    cause,
    at: at === NO_WORD ? undefined : at,
    isGuessing: reader.uint8() !== 0,
    bytes: reader.bytes(),
  };
}

function readWorkloadEvent(kind: number, number: number, reader: EventReader): WorkloadEvent | undefined {
  switch (kind) {
    case 10:
      return { kind: "listening", tunnel: number, tcpPort: reader.uint16() };
    case 11:
      return { kind: "listenFailed", tunnel: number, errno: reader.uint32(), text: reader.text() };
    case 12:
      return { kind: "waiting", trunk: number, areWaiting: reader.uint8() !== 0 };
    case 13:
      return { kind: "used", trunk: number };
    case 14:
      return { kind: "resolve", service: number };
    case 15: {
      const isService = reader.uint8() !== 0;
      const connection = reader.uint32();
      return {
        kind: "refused",
        number,
        isService,
        connection: connection === NONE ? undefined : connection,
        code: reader.float64(),
        text: reader.text(),
      };
    }
    default:
      return undefined;
  }
}

function readEndEvent(kind: number, connection: number, reader: EventReader): NativeEndEvent | undefined {
  switch (kind) {
    case 16:
      return { kind: "full", connection };
    case 27:
      return {
        kind: "pressure",
        connection,
        level: reader.uint8(),
        score: reader.uint8(),
        reasons: reader.uint16(),
      };
    case 17:
      return { kind: "failed", connection, streams: reader.float64() };
    case 18:
      return { kind: "renewal", connection };
    case 19:
      return { kind: "sizeDoubt", connection, isByEnd: reader.uint8() !== 0 };
    case 20: {
      const close = readClose(reader);
      return close && { ...close, connection };
    }
    case 21:
      return { kind: "left", connection };
    default:
      return undefined;
  }
}

function readStreamOver(connection: number, reader: EventReader): NativeStreamOver {
  return {
    kind: "over",
    connection: connection === NONE ? undefined : connection,
    // Streams are fewer than 2^53.
    stream: reader.uint32() * 2 ** 32 + reader.uint32(),
    number: reader.uint32(),
    isService: reader.uint8() !== 0,
    isFlow: reader.uint8() !== 0,
    isRefused: reader.uint8() !== 0,
    startedMs: reader.float64(),
    sent: reader.float64(),
    received: reader.float64(),
    code: reader.float64(),
  };
}

function readStreamEvent(kind: number, workload: number, reader: EventReader): NativeStreamEvent | undefined {
  switch (kind) {
    case 22:
      return {
        kind: "streamAsked",
        workload,
        service: reader.uint32(),
        isFlow: reader.uint8() !== 0,
        tellsTaken: reader.uint8() !== 0,
        trafficClass: reader.uint8(),
        peer: reader.text(),
      };
    case 28:
      return { kind: "streamAnswered", workload, tellsTaken: reader.uint8() !== 0 };
    case 29:
      return { kind: "datagram", workload, bytes: reader.bytes() };
    case 23:
      return { kind: "streamBytes", workload, bytes: reader.bytes() };
    case 24:
      return { kind: "streamEnded", workload };
    case 25:
      return { kind: "streamWritable", workload };
    case 30:
      return { kind: "streamTaken", workload, offset: reader.float64(), isEnd: reader.uint8() !== 0 };
    case 26:
      return { kind: "streamReset", workload, code: reader.float64(), text: reader.text() };
    default:
      return undefined;
  }
}
