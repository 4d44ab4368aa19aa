/** The types of frames, by their number on the wire. */
export const FrameType = {
  hello: 1,
  auth: 2,
  sessionReady: 3,
  openStream: 4,
  data: 5,
  ack: 6,
  ping: 7,
  pong: 8,
  routeUpdate: 9,
  streamCredit: 10,
  nodePressure: 11,
  closeStream: 12,
  resetStream: 13,
  goAway: 14,
  datagram: 15,
} as const;
export type FrameType = (typeof FrameType)[keyof typeof FrameType];

/** OPEN_STREAM: the answer of the end that was called. */
export const FLAG_ANSWER = 0x01;
/** ACK: the end of the half has been taken, too. GOAWAY: the session is over. */
export const FLAG_END = 0x01;
/** A receiver that does not know the type skips a frame with this flag; without the flag, it ends the session. */
export const FLAG_IGNORABLE = 0x80;
/**
 * Flags that change the meaning of a frame: an unknown one ends the session. The flags of 0x70 are hints, and ignored
 * when unknown.
 */
const CRITICAL_FLAGS = 0x0f;

interface FrameRule {
  readonly name: string;
  /** Whether the frame belongs to a stream: then its stream id is 1 or more, else 0. */
  readonly isOfStream: boolean;
  /** Whether the frame carries no workload data: then its body is small, whatever the receiver accepts. */
  readonly isControl: boolean;
  readonly flags: number;
}

const ruleOf: ReadonlyMap<number, FrameRule> = new Map([
  [FrameType.hello, { name: "HELLO", isOfStream: false, isControl: true, flags: 0 }],
  [FrameType.auth, { name: "AUTH", isOfStream: false, isControl: true, flags: 0 }],
  [FrameType.sessionReady, { name: "SESSION_READY", isOfStream: false, isControl: true, flags: 0 }],
  [FrameType.openStream, { name: "OPEN_STREAM", isOfStream: true, isControl: true, flags: FLAG_ANSWER }],
  [FrameType.data, { name: "DATA", isOfStream: true, isControl: false, flags: 0 }],
  [FrameType.ack, { name: "ACK", isOfStream: true, isControl: true, flags: FLAG_END }],
  [FrameType.ping, { name: "PING", isOfStream: false, isControl: true, flags: 0 }],
  [FrameType.pong, { name: "PONG", isOfStream: false, isControl: true, flags: 0 }],
  [FrameType.routeUpdate, { name: "ROUTE_UPDATE", isOfStream: false, isControl: true, flags: 0 }],
  [FrameType.streamCredit, { name: "STREAM_CREDIT", isOfStream: true, isControl: true, flags: 0 }],
  [FrameType.nodePressure, { name: "NODE_PRESSURE", isOfStream: false, isControl: true, flags: 0 }],
  [FrameType.closeStream, { name: "CLOSE_STREAM", isOfStream: true, isControl: true, flags: 0 }],
  [FrameType.resetStream, { name: "RESET_STREAM", isOfStream: true, isControl: true, flags: 0 }],
  [FrameType.goAway, { name: "GOAWAY", isOfStream: false, isControl: true, flags: FLAG_END }],
  [FrameType.datagram, { name: "DATAGRAM", isOfStream: true, isControl: false, flags: 0 }],
]);

/** By type: each frame looks its rule up. */
const rules: readonly (FrameRule | undefined)[] = Array.from({ length: 256 }, (_, type) => ruleOf.get(type));

/** The rule for frames of a type; undefined for a type of another version. */
export function frameRule(type: number): FrameRule | undefined {
  return rules[type];
}

/** The flags of a frame that change its meaning, and that its type does not have. */
export function unknownFlags(rule: FrameRule, flags: number): number {
  return flags & CRITICAL_FLAGS & ~rule.flags;
}
