import { foreignText, isName } from "@florenetes/operator-text";
import { ByteReader, ByteWriter } from "./bytes.ts";
import { REASON_LENGTH_MAX } from "./limits.ts";

/** How a vertex sees one of its links. */
export interface ToldLink {
  /** The vertex at its other end. */
  readonly peer: string;
  readonly isUp: boolean;
  /** How long it has been so, in milliseconds. */
  readonly sinceMs: number;
  /** Largest packet that the link carries, and the largest that it prefers; 0 while it is down. */
  readonly mtu: number;
  readonly preferredMtu: number;
}

/** Why a link is not up: the code of its link vertex, and the link vertex's words if they are about a certificate. */
export interface ToldReason {
  readonly code: string;
  readonly text: string;
}

/** Codes that are about a certificate at one end of the link; their words tell of nothing else. */
const CERTIFICATE_CODES: ReadonlySet<string> = new Set([
  "CERTIFICATE_REFUSED",
  "EXPIRED",
  "REVOKED",
  "REVOCATION_UNKNOWN",
  "UNTRUSTED",
  "UNTRUSTED_BY_PEER",
  "WRONG_CLUSTER",
  "WRONG_KIND",
  "WRONG_NAME",
  "WRONG_KEY",
]);

/** Keeps only the part of a reason that others may know: words of other codes may hold the addresses of neighbours. */
export function tellReason({ code, text }: ToldReason): ToldReason {
  return { code, text: CERTIFICATE_CODES.has(code) ? foreignText(text, REASON_LENGTH_MAX) : "" };
}

/** The meaning of the next label where the question has come to. `untold`: nothing is said of it. */
const MEANINGS = ["untold", "unknown", "link", "lsp", "lspEnd", "service"] as const;
export type Meaning = (typeof MEANINGS)[number];

/** A vertex's report about itself, and about the two links that the question names. */
export interface ToldVertex {
  readonly vertex: string;
  /** Its wall clock, in milliseconds since 1970. */
  readonly clock: number;
  /** Why the question went no further, by the index of `FORWARDING_DROP_NAMES`; `DropCause.operations`: it was for this vertex. */
  readonly cause: number;
  /** The label that was read last, and the index of its word. */
  readonly label: number;
  readonly word: number;
  readonly inLink: ToldLink;
  readonly meaning: Meaning;
  /** Whether packets may pass to the link that the next label leads to. */
  readonly isPermitted: boolean;
  /** The link that the label leads to. */
  readonly outLink: ToldLink | undefined;
  /** Why that link is not up; undefined: it is, or the vertex does not say. */
  readonly outReason: ToldReason | undefined;
  /** Name of the service that the next label is of; else "". */
  readonly service: string;
}

const VERSION = 1;

/** The content of an answer: its layout is that of docs/protocol/trace.md. */
export function encodeToldVertex(told: ToldVertex): Uint8Array {
  const out = new ByteWriter();
  out.int(VERSION, 1).int(told.cause, 1).int(told.label, 3).int(told.word, 1).int(told.clock, 8).text(told.vertex);
  writeLink(out, told.inLink);
  out.int(MEANINGS.indexOf(told.meaning), 1).int(Number(told.isPermitted), 1).text(told.service);
  out.int(Number(told.outLink !== undefined), 1);
  if (told.outLink !== undefined) writeLink(out, told.outLink);
  if (told.outLink?.isUp === false && told.outReason !== undefined)
    out.text(told.outReason.code).text(told.outReason.text);
  return out.done();
}

/** Undefined: the content is malformed. Bytes behind it are of later versions. */
export function decodeToldVertex(bytes: Uint8Array): ToldVertex | undefined {
  const reader = new ByteReader(bytes);
  if (reader.int(1) !== VERSION) return undefined;
  const head = { cause: reader.int(1), label: reader.int(3), word: reader.int(1), clock: reader.int(8) };
  const vertex = reader.text();
  const inLink = readLink(reader);
  const meaning = MEANINGS[reader.int(1)];
  const isPermitted = reader.int(1) !== 0;
  const service = reader.text();
  const outLink = reader.int(1) === 0 ? undefined : readLink(reader);
  if (reader.isBroken || meaning === undefined) return undefined;
  const isLeading = meaning === "link" || meaning === "lsp";
  if (isLeading !== (outLink !== undefined)) return undefined;
  // The reason is shown to people, in sentences of ours.
  const outReason = outLink?.isUp === false ? readReason(reader) : undefined;
  const names = [vertex, inLink.peer, ...(outLink === undefined ? [] : [outLink.peer])];
  if (!names.every(isName) || (meaning === "service" ? !isName(service) : service !== "")) return undefined;
  return { ...head, vertex, inLink, meaning, isPermitted, service, outLink, outReason };
}

const CODE = /^[A-Z][A-Z_]{0,63}$/;

/** Vertices of earlier versions tell none. */
function readReason(reader: ByteReader): ToldReason | undefined {
  const [code, text] = [reader.text(), reader.text()];
  return reader.isBroken || !CODE.test(code) ? undefined : { code, text: foreignText(text, REASON_LENGTH_MAX) };
}

function writeLink(out: ByteWriter, { peer, isUp, sinceMs, mtu, preferredMtu }: ToldLink): void {
  out
    .text(peer)
    .int(Number(isUp), 1)
    .int(Math.max(0, Math.round(sinceMs)), 6)
    .int(mtu, 2)
    .int(preferredMtu, 2);
}

function readLink(reader: ByteReader): ToldLink {
  return {
    peer: reader.text(),
    isUp: reader.int(1) !== 0,
    sinceMs: reader.int(6),
    mtu: reader.int(2),
    preferredMtu: reader.int(2),
  };
}
