import { florenetes } from "#generated/portal";
import { foreignText, isShownAsIs } from "@florenetes/operator-text";
import { PortalCode } from "./codes.ts";
import { toldInterval } from "./heartbeat-pace.ts";
import type { PeerQuestion } from "./judge.ts";
import {
  type JudgeAnswer,
  questionFromWire,
  questionToWire,
  verdictFromWire,
  verdictToWire,
} from "./judge-messages.ts";
import {
  CODE_LENGTH_MAX,
  FEATURES_MAX,
  INSTANCE_ID_LENGTH_MAX,
  LINK_MTU_MAX,
  LINK_MTU_MIN,
  PEER_LENGTH_MAX,
  QUIET_SECONDS_MAX,
  TEXT_LENGTH_MAX,
} from "./limits.ts";
import { knockFromWire, knockToWire } from "./knock-messages.ts";
import type { Knock, LinkKey, LinkStateKind, LinkStats, LinkStatus, LinkWish } from "./link.ts";
import type { VertexSignature } from "./sign.ts";
import { signAnswerFromWire, signAnswerToWire, signFromWire, type SignWish } from "./sign-messages.ts";
import type { TransitChanges, TransitProgress, TransitReport } from "./transit.ts";
import {
  transitChangesFromWire,
  transitChangesToWire,
  transitProgressFromWire,
  transitReportFromWire,
  transitReportToWire,
} from "./transit-messages.ts";
import {
  addressFromWire,
  keyFromWire,
  keyToWire,
  roleFromWire,
  roleToWire,
  toBigInt,
  toNumber,
  toUint64,
} from "./wire-values.ts";
import { pinsFromWire, pinsToWire } from "./pins.ts";
import { isGoodWish, noLink } from "./wish.ts";

const { LinkStateKind: WireState, Message } = florenetes.portal.v1;
type WireMessage = florenetes.portal.v1.IMessage;

/** A Portal API message in the package's own types: the generated classes stay in this file. */
export interface PortalMessage {
  /** The id of the process that sends it. */
  readonly instance: string;
  readonly attachment: number;
  readonly requestId: number;
  readonly body: PortalBody;
}

/** Messages of the other side that were thrown away. */
export interface PortalCounters {
  /** Messages that could not be read. */
  messagesMalformed: number;
  /** Messages that belonged to another attachment or process, or came late. */
  messagesIgnored: number;
}

/** The state of one link, with the generation of the link table that it came with. A link vertex may count from anywhere up to 2^64 - 1. */
export interface GenerationStatus {
  readonly generation: bigint;
  readonly status: LinkStatus;
}

export type PortalBody =
  | {
      readonly kind: "attach";
      readonly cluster: string;
      readonly vertex: string;
      readonly startedAt: number;
      readonly versionMin: number;
      readonly versionMax: number;
    }
  | {
      readonly kind: "attach-answer";
      readonly startedAt: number;
      readonly version: number;
      readonly principal: string;
      readonly linkMtuMax: number;
      readonly linksMax: number;
      readonly features: readonly string[];
      readonly linkProtocol?: string | undefined;
    }
  | { readonly kind: "detach" }
  | { readonly kind: "detach-answer" }
  /** A body without a wish makes no sense, and is refused. */
  | { readonly kind: "open-link"; readonly wish: LinkWish | undefined }
  | { readonly kind: "open-link-answer" }
  | { readonly kind: "close-link"; readonly key: LinkKey | undefined }
  | { readonly kind: "close-link-answer" }
  | {
      readonly kind: "link-states";
      readonly from: bigint;
      readonly to: bigint;
      readonly links: readonly GenerationStatus[];
    }
  | { readonly kind: "link-stats"; readonly links: readonly LinkStats[] }
  /** A body without a knock makes no sense, and is ignored. */
  | { readonly kind: "knock"; readonly knock: Knock | undefined }
  | {
      readonly kind: "heartbeat";
      readonly startedAt: number;
      readonly generation: bigint;
      /** From a link vertex, once it takes a label table. */
      readonly transit?: TransitProgress | undefined;
      /** From a cluster vertex: the newest TransitReport that it has taken; undefined: none. */
      readonly transitReport?: number | undefined;
      /** From a cluster vertex that judges peers: the generation of the roots and CRLs by which it judges. */
      readonly judgeGeneration?: number | undefined;
      /** The sender's next heartbeat comes within so many milliseconds; undefined: the sender does not tell. */
      readonly intervalMs?: number | undefined;
    }
  | ({ readonly kind: "transit-changes" } & TransitChanges)
  | ({ readonly kind: "transit-report" } & TransitReport)
  /** A body without a question makes no sense, and is refused. */
  | { readonly kind: "judge"; readonly question: PeerQuestion | undefined }
  | ({ readonly kind: "judge-answer" } & JudgeAnswer)
  | ({ readonly kind: "sign" } & SignWish)
  | ({ readonly kind: "sign-answer" } & VertexSignature)
  | { readonly kind: "error"; readonly code: string; readonly text: string }
  | { readonly kind: "unimplemented" }
  /** Something that a newer version of the protocol may know. */
  | { readonly kind: "unknown" };

export function encodeMessage(message: PortalMessage): Uint8Array {
  const { instance, attachment, requestId, body } = message;
  return Message.encode({ instance, attachment, requestId, ...toWire(body) }).finish();
}

/** Reads a message of the partner; undefined when the bytes are none. All values in the message are within the limits of this package. */
export function decodeMessage(bytes: Uint8Array): PortalMessage | undefined {
  let wire: florenetes.portal.v1.Message;
  try {
    wire = Message.decode(bytes);
  } catch {
    return undefined;
  }
  const { instance, attachment, requestId } = wire;
  if (instance === "" || !isShownAsIs(instance, INSTANCE_ID_LENGTH_MAX)) return undefined;
  return { instance, attachment, requestId, body: fromWire(wire) };
}

function toWire(body: PortalBody): WireMessage {
  switch (body.kind) {
    case "attach":
      return { attach: body };
    case "attach-answer":
      return {
        attachAnswer: { ...body, features: [...body.features], linkProtocol: body.linkProtocol ?? null },
      };
    case "detach":
      return { detach: {} };
    case "detach-answer":
      return { detachAnswer: {} };
    case "open-link":
      return { openLink: body.wish === undefined ? {} : openLinkToWire(body.wish) };
    case "open-link-answer":
      return { openLinkAnswer: {} };
    case "close-link":
      return { closeLink: body.key === undefined ? {} : { key: keyToWire(body.key) } };
    case "close-link-answer":
      return { closeLinkAnswer: {} };
    case "link-states":
      return { linkStates: linkStatesToWire(body) };
    case "link-stats":
      return { linkStats: { links: body.links.map(statsToWire) } };
    case "knock":
      return { knock: knockToWire(body.knock) };
    case "heartbeat":
      return { heartbeat: heartbeatToWire(body) };
    case "transit-changes":
      return { transitChanges: transitChangesToWire(body) };
    case "transit-report":
      return { transitReport: transitReportToWire(body) };
    case "judge":
      return { judge: questionToWire(body.question) };
    case "judge-answer":
      return { judgeAnswer: verdictToWire(body) };
    case "sign":
      return { sign: body };
    case "sign-answer":
      return { signAnswer: signAnswerToWire(body) };
    case "error":
      return { error: { code: body.code, text: foreignText(body.text, TEXT_LENGTH_MAX) } };
    case "unimplemented":
      return { unimplemented: {} };
    default:
      return {};
  }
}

function openLinkToWire(wish: LinkWish): florenetes.portal.v1.IOpenLink {
  const { role, endpoint, rate = 0, pins, unansweredMax = 0 } = wish;
  const open = { key: keyToWire(wish), role: roleToWire(role), endpoint, rate, unansweredMax };
  return pins === undefined ? open : { ...open, pins: pinsToWire(pins) };
}

const STATES = {
  connecting: WireState.LINK_STATE_CONNECTING,
  up: WireState.LINK_STATE_UP,
  down: WireState.LINK_STATE_DOWN,
  refused: WireState.LINK_STATE_REFUSED,
} as const satisfies Record<LinkStateKind, number>;

const STATE_OF_WIRE = new Map<number, LinkStateKind>(
  Object.entries(STATES).map(([state, wire]) => [wire, state as LinkStateKind]),
);

function linkStatesToWire({ from, to, links }: PortalBody & { kind: "link-states" }): florenetes.portal.v1.ILinkStates {
  return { from: toUint64(from), to: toUint64(to), links: links.map(stateToWire) };
}

function stateToWire({ generation, status }: GenerationStatus): florenetes.portal.v1.ILinkState {
  return {
    key: keyToWire(status),
    state: STATES[status.state],
    handle: status.handle,
    mtu: status.mtu,
    code: foreignText(status.code, CODE_LENGTH_MAX),
    text: foreignText(status.text, TEXT_LENGTH_MAX),
    isCongested: status.isCongested,
    ...(status.congestedClasses !== undefined && { congestedClasses: status.congestedClasses }),
    generation: toUint64(generation),
    preferredMtu: status.preferredMtu,
    ...(status.quietSeconds !== undefined && { quiet: status.quietSeconds }),
  };
}

function fromWire(wire: florenetes.portal.v1.Message): PortalBody {
  if (wire.heartbeat) return heartbeatFromWire(wire.heartbeat);
  if (wire.transitReport) return { kind: "transit-report", ...transitReportFromWire(wire.transitReport) };
  if (wire.transitChanges) return { kind: "transit-changes", ...transitChangesFromWire(wire.transitChanges) };
  if (wire.linkStates) return linkStatesFromWire(wire.linkStates);
  if (wire.linkStats) return { kind: "link-stats", links: (wire.linkStats.links ?? []).flatMap(statsFromWire) };
  if (wire.attach) return attachFromWire(wire.attach);
  if (wire.attachAnswer) return attachAnswerFromWire(wire.attachAnswer);
  if (wire.openLink) return { kind: "open-link", wish: wishFromWire(wire.openLink) };
  if (wire.closeLink) return { kind: "close-link", key: keyFromWire(wire.closeLink.key) };
  if (wire.judge) return { kind: "judge", question: questionFromWire(wire.judge) };
  if (wire.judgeAnswer) return { kind: "judge-answer", ...verdictFromWire(wire.judgeAnswer) };
  if (wire.knock) return { kind: "knock", knock: knockFromWire(wire.knock) };
  if (wire.sign) return { kind: "sign", ...signFromWire(wire.sign) };
  if (wire.signAnswer) return { kind: "sign-answer", ...signAnswerFromWire(wire.signAnswer) };
  if (wire.error) {
    const code = foreignText(wire.error.code ?? "", CODE_LENGTH_MAX);
    return { kind: "error", code, text: foreignText(wire.error.text ?? "", TEXT_LENGTH_MAX) };
  }
  if (wire.detach) return { kind: "detach" };
  if (wire.detachAnswer) return { kind: "detach-answer" };
  if (wire.openLinkAnswer) return { kind: "open-link-answer" };
  if (wire.closeLinkAnswer) return { kind: "close-link-answer" };
  if (wire.unimplemented) return { kind: "unimplemented" };
  return { kind: "unknown" };
}

function heartbeatToWire({
  startedAt,
  generation,
  transit,
  transitReport,
  judgeGeneration,
  intervalMs,
}: PortalBody & { kind: "heartbeat" }): florenetes.portal.v1.IHeartbeat {
  const heartbeat = {
    startedAt,
    generation: toUint64(generation),
    ...(transitReport !== undefined && { transitReport }),
    ...(judgeGeneration !== undefined && { judgeGeneration }),
    ...(intervalMs !== undefined && { intervalMs }),
  };
  if (transit === undefined) return heartbeat;
  const { generation: transitGeneration, taken: transitTaken, code } = transit;
  return { ...heartbeat, transitGeneration, transitTaken, ...(code !== "" && { transitCode: code }) };
}

function heartbeatFromWire(wire: florenetes.portal.v1.IHeartbeat): PortalBody {
  return {
    kind: "heartbeat",
    startedAt: toNumber(wire.startedAt),
    generation: toBigInt(wire.generation),
    transit: transitProgressFromWire(wire),
    transitReport: wire.transitReport || undefined,
    judgeGeneration: toNumber(wire.judgeGeneration) || undefined,
    intervalMs: toldInterval(wire.intervalMs ?? 0),
  };
}

function attachFromWire(wire: florenetes.portal.v1.IAttach): PortalBody {
  return {
    kind: "attach",
    cluster: foreignText(wire.cluster ?? "", PEER_LENGTH_MAX),
    vertex: foreignText(wire.vertex ?? "", PEER_LENGTH_MAX),
    startedAt: toNumber(wire.startedAt),
    versionMin: wire.versionMin ?? 0,
    versionMax: wire.versionMax ?? 0,
  };
}

function attachAnswerFromWire(wire: florenetes.portal.v1.IAttachAnswer): PortalBody {
  return {
    kind: "attach-answer",
    startedAt: toNumber(wire.startedAt),
    version: wire.version ?? 0,
    principal: foreignText(wire.principal ?? "", PEER_LENGTH_MAX),
    linkMtuMax: wire.linkMtuMax ?? 0,
    linksMax: wire.linksMax ?? 0,
    features: (wire.features ?? []).slice(0, FEATURES_MAX).map((name) => foreignText(name, CODE_LENGTH_MAX)),
    ...(wire.linkProtocol && { linkProtocol: foreignText(wire.linkProtocol, CODE_LENGTH_MAX) }),
  };
}

/** A wish's strings are used as keys and handed on, so none is cut: one that is too long makes no wish. */
function wishFromWire(wire: florenetes.portal.v1.IOpenLink): LinkWish | undefined {
  const key = keyFromWire(wire.key);
  const role = roleFromWire(wire.role);
  if (key === undefined || role === undefined) return undefined;
  const rate = toNumber(wire.rate) || undefined;
  const unansweredMax = wire.unansweredMax || undefined;
  const wish: LinkWish = {
    ...key,
    role,
    endpoint: wire.endpoint ?? "",
    ...(rate !== undefined && { rate }),
    ...(unansweredMax !== undefined && { unansweredMax }),
  };
  const bound = wire.pins ? { ...wish, pins: pinsFromWire(wire.pins) } : wish;
  return isGoodWish(bound) ? bound : undefined;
}

function linkStatesFromWire(wire: florenetes.portal.v1.ILinkStates): PortalBody {
  const links = (wire.links ?? []).flatMap((link) => {
    const key = keyFromWire(link.key);
    return key === undefined ? [] : [{ generation: toBigInt(link.generation), status: statusFromWire(key, link) }];
  });
  return { kind: "link-states", from: toBigInt(wire.from), to: toBigInt(wire.to), links };
}

function statusFromWire(key: LinkKey, wire: florenetes.portal.v1.ILinkState): LinkStatus {
  // A state that this version does not know carries nothing that it could use.
  const state = STATE_OF_WIRE.get(wire.state ?? 0) ?? "down";
  const code = foreignText(wire.code ?? "", CODE_LENGTH_MAX);
  const text = foreignText(wire.text ?? "", TEXT_LENGTH_MAX);
  if (state !== "up") return noLink(key, state, code, text);
  const handle = wire.handle ?? 0;
  const mtu = Math.min(wire.mtu ?? 0, LINK_MTU_MAX);
  const problem = problemOfUp(handle, mtu);
  if (problem !== undefined) {
    return noLink(key, "refused", PortalCode.invalidState, `the link vertex calls the link up ${problem}`);
  }
  const preferredMtu = Math.max(Math.min(wire.preferredMtu || mtu, mtu), LINK_MTU_MIN);
  const isCongested = wire.isCongested ?? false;
  const congestedClasses = (isCongested && wire.congestedClasses) || undefined;
  const quietSeconds = Math.min(wire.quiet ?? 0, QUIET_SECONDS_MAX) || undefined;
  return { ...key, state, handle, mtu, preferredMtu, code, text, isCongested, congestedClasses, quietSeconds };
}

/** Says why a link with this handle and MTU cannot be up; undefined: it can. */
function problemOfUp(handle: number, mtu: number): string | undefined {
  if (handle === 0) return "and gives it no handle";
  return mtu < LINK_MTU_MIN ? `with an MTU of ${mtu}: every link carries ${LINK_MTU_MIN}` : undefined;
}

function statsToWire({ peerAddress, ...stats }: LinkStats): florenetes.portal.v1.ILinkStats {
  return { ...stats, key: keyToWire(stats), ...(peerAddress !== undefined && { peerAddress }) };
}

function statsFromWire(wire: florenetes.portal.v1.ILinkStats): LinkStats[] {
  const key = keyFromWire(wire.key);
  if (key === undefined) return [];
  const peerAddress = addressFromWire(wire.peerAddress);
  return [
    {
      ...key,
      rttMs: Number.isFinite(wire.rttMs) ? wire.rttMs! : 0,
      packetsSent: toNumber(wire.packetsSent),
      packetsReceived: toNumber(wire.packetsReceived),
      bytesSent: toNumber(wire.bytesSent),
      bytesReceived: toNumber(wire.bytesReceived),
      packetsLost: toNumber(wire.packetsLost),
      packetsDropped: toNumber(wire.packetsDropped),
      queueLength: wire.queueLength ?? 0,
      ...(peerAddress !== undefined && { peerAddress }),
    },
  ];
}
