import { isShownAsIs, isName } from "@florenetes/operator-text";
import { BodyReader } from "./body-reader.ts";
import { SessionCode, Violation } from "./codes.ts";
import { FLAG_ANSWER, FLAG_END, FrameType, frameRule } from "./frame-types.ts";
import { type Frame, PressureAction, PressureLevel, Role, RouteState, StreamKind } from "./frames.ts";
import { MAGIC } from "./frame-writer.ts";
import {
  CONTROL_LENGTH_MAX,
  DATAGRAM_SIZE_MAX,
  LENGTH_MAX,
  LIMITS_MAX,
  REASON_SIZE_MAX,
  REASONS_MAX,
  TEXT_SIZE_MAX,
} from "./limits.ts";
import { LIMIT_NUMBERS, type SessionLimits, UNNAMED_LIMITS } from "./session-limits.ts";

const SCORE_MAX = 100;
/** Octets of the last switch in a ROUTE_UPDATE. */
const SWITCH_SIZE = 9;
const limitNames: ReadonlyMap<number, keyof SessionLimits> = new Map(
  [...LIMIT_NUMBERS].map(([name, number]) => [number, name]),
);

/**
 * Reads the body of a frame whose header has been checked. Octets behind the known fields are of a later version, and
 * ignored. DATA and DATAGRAM hold views of `body`.
 *
 * @throws Violation
 */
export function readBody(type: FrameType, flags: number, stream: number, body: Uint8Array): Frame {
  const { name } = frameRule(type)!;
  const fields = new BodyReader(name, body);
  switch (type) {
    case FrameType.hello:
      return readHello(fields);
    case FrameType.auth:
      return { kind: "auth", method: fields.uint8(), principal: readPrincipal(fields) };
    case FrameType.sessionReady:
      return readReady(fields);
    case FrameType.openStream:
      return (flags & FLAG_ANSWER) === 0 ? readOpen(fields, stream) : { kind: "openAnswer", stream };
    case FrameType.data: {
      const offset = fields.uint64();
      const bytes = fields.rest();
      if (bytes.length === 0) throw fields.malformed("has no bytes");
      return { kind: "data", stream, offset, bytes };
    }
    case FrameType.ack:
      return { kind: "ack", stream, offset: fields.uint64(), isEnd: (flags & FLAG_END) !== 0 };
    case FrameType.ping:
      return { kind: "ping", number: fields.uint64() };
    case FrameType.pong:
      return { kind: "pong", number: fields.uint64() };
    case FrameType.routeUpdate:
      return readRoute(fields);
    case FrameType.streamCredit:
      return { kind: "streamCredit", stream, limit: fields.uint64() };
    case FrameType.nodePressure:
      return readPressure(fields);
    case FrameType.closeStream:
      return { kind: "closeStream", stream, size: fields.uint64() };
    case FrameType.resetStream:
      return { kind: "resetStream", stream, code: fields.uint16(), text: fields.text() };
    case FrameType.goAway: {
      const lastStream = fields.uint64();
      const code = fields.uint16();
      return { kind: "goAway", lastStream, code, text: fields.text(), isEnd: (flags & FLAG_END) !== 0 };
    }
    default:
      return { kind: "datagram", stream, bytes: body };
  }
}

function readHello(fields: BodyReader): Frame {
  const magic = fields.bytes(MAGIC.length);
  if (!MAGIC.every((octet, at) => octet === magic[at])) throw fields.malformed("is not of this protocol");
  const lowestVersion = fields.uint8();
  const highestVersion = fields.uint8();
  const role = fields.uint8();
  const name = fields.text();
  if (lowestVersion === 0 || lowestVersion > highestVersion) throw fields.malformed("has versions that are no range");
  if (role !== Role.workload && role !== Role.vertex) throw fields.malformed("has an unknown role");
  return { kind: "hello", lowestVersion, highestVersion, role, name };
}

/** Principals are compared: one that people would see otherwise than it is, is refused. */
function readPrincipal(fields: BodyReader): string {
  const principal = fields.text();
  if (!isShownAsIs(principal, TEXT_SIZE_MAX)) throw fields.malformed("has a principal that cannot be shown");
  return principal;
}

function readReady(fields: BodyReader): Frame {
  const ready = { kind: "sessionReady", principal: readPrincipal(fields), limits: readLimits(fields) } as const;
  if (fields.left === 0) return ready;
  const services = Array.from({ length: fields.uint8() }, () => fields.text());
  if (!services.every(isName)) throw fields.malformed("has a service that is no name");
  return { ...ready, services };
}

function readLimits(fields: BodyReader): SessionLimits {
  const count = fields.uint8();
  if (count > LIMITS_MAX) throw fields.malformed(`names ${count} limits, at most ${LIMITS_MAX} are allowed`);
  const limits: { -readonly [Name in keyof SessionLimits]: number } = { ...UNNAMED_LIMITS };
  const seen = new Set<number>();
  for (let at = 0; at < count; at++) {
    const number = fields.uint16();
    const value = fields.uint64();
    if (seen.has(number)) throw fields.malformed(`names limit ${number} twice`);
    seen.add(number);
    const name = limitNames.get(number);
    if (name !== undefined) limits[name] = value;
  }
  if (limits.frameLength < CONTROL_LENGTH_MAX || limits.frameLength > LENGTH_MAX) {
    throw fields.malformed(`has a frame length that is not ${CONTROL_LENGTH_MAX} to ${LENGTH_MAX}`);
  }
  if (limits.datagramSize > Math.min(limits.frameLength, DATAGRAM_SIZE_MAX)) {
    throw fields.malformed("has datagrams that fit into no frame");
  }
  return limits;
}

function readOpen(fields: BodyReader, stream: number): Frame {
  const streamKind = fields.uint8();
  const trafficClass = fields.uint8();
  const service = fields.text();
  const principal = readPrincipal(fields);
  if (streamKind !== StreamKind.bytes && streamKind !== StreamKind.datagrams) {
    throw new Violation(SessionCode.unsupported, `OPEN_STREAM has the unknown kind ${streamKind}`);
  }
  if (!isName(service)) throw fields.malformed("has a service that is no name");
  return { kind: "openStream", stream, streamKind, trafficClass, service, principal };
}

function readRoute(fields: BodyReader): Frame {
  const state = fields.uint8();
  const roundTripMs = fields.uint32();
  const datagramSize = fields.uint16();
  const service = fields.text();
  if (state !== RouteState.up && state !== RouteState.down) throw fields.malformed("has an unknown state");
  if (!isName(service)) throw fields.malformed("has a service that is no name");
  const update = { kind: "routeUpdate", state, roundTripMs, datagramSize, service } as const;
  if (fields.left < SWITCH_SIZE) return update;
  return { ...update, switched: { count: fields.uint32(), reason: fields.uint8(), recoveryMs: fields.uint32() } };
}

function readPressure(fields: BodyReader): Frame {
  const level = fields.uint8();
  const score = fields.uint8();
  const action = fields.uint8();
  const count = fields.uint8();
  if (level > PressureLevel.critical) throw fields.malformed("has an unknown level");
  if (score > SCORE_MAX) throw fields.malformed("has a score above 100");
  if (count > REASONS_MAX) throw fields.malformed(`has ${count} reasons, at most ${REASONS_MAX} are allowed`);
  const reasons = Array.from({ length: count }, () => fields.text(REASON_SIZE_MAX));
  return {
    kind: "nodePressure",
    level: level as PressureLevel,
    score,
    // An action of a later version asks for something unknown here, and counts as none.
    action: action > PressureAction.goElsewhere ? PressureAction.none : (action as PressureAction),
    reasons,
  };
}
