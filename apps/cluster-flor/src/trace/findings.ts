import { findWrongClock } from "./clocks.ts";
import { causeName } from "./trace-answers.ts";
import type { ToldLink, ToldReason, ToldVertex } from "./told-vertex.ts";
import type { FirstLink, ServiceCheck, TraceHop, TraceOutcome } from "./trace-report.ts";
import { formatDuration } from "@florenetes/operator-text";

export interface Finding {
  readonly outcome: TraceOutcome;
  readonly text: string;
}

export interface FoundPath {
  readonly vertex: string;
  readonly firstLink: FirstLink | null;
  readonly hops: readonly TraceHop[];
  /** The service that the path should lead to; undefined: that is not known. */
  readonly service: string | undefined;
  /** Why the tunnel of the path does not run, as a sentence; undefined: it runs, or only a path is traced. */
  readonly problem: string | undefined;
}

/** A path as its hops tell of it. */
type Way = Omit<FoundPath, "problem">;

const TARGET_DOWN: ReadonlySet<string> = new Set(["TARGET_DOWN", "TARGET_TIMEOUT"]);
/** Outcomes that are no refusal: nothing was heard at all. */
const SILENCE: ReadonlySet<string> = new Set(["WAITING", "NO_ANSWER", "CONNECTION_LOST", "SILENT"]);

/**
 * Says where the way ends and why, by all that was heard. What is wrong at this vertex counts most, and what the service has said more than what
 * hops have not. A wrong clock is told in addition: it may be why a certificate is refused.
 */
export function findCause(path: FoundPath, service: ServiceCheck | null): Finding {
  const found = findForgery(path) ?? findEnd(path, service);
  const beside = [findRefusedProofs(path), findWrongClock(path.vertex, path.hops)].filter((text) => text !== undefined);
  return { ...found, text: [found.text, ...beside].join("; ") };
}

/** Once an answer is forged, nothing else that was heard counts. */
function findForgery({ hops }: FoundPath): Finding | undefined {
  const hop = hops.find(({ proof }) => proof === "forged");
  if (hop === undefined) return undefined;
  return { outcome: "broken", text: `somebody on the way lies: ${hop.proofText}, at hop ${hop.hop}` };
}

/** Answers that are signed with certificates that are not accepted here. */
function findRefusedProofs({ hops }: FoundPath): string | undefined {
  const refused = hops.filter(({ proof }) => proof === "refused");
  if (refused.length === 0) return undefined;
  return refused
    .map(
      ({ told, stopped, proofText }) =>
        `the certificate of ${(told ?? stopped)!.vertex} is not accepted (${proofText})`,
    )
    .join(", and ");
}

function findEnd(path: FoundPath, service: ServiceCheck | null): Finding {
  if (path.problem !== undefined) return { outcome: "broken", text: path.problem };
  if (service !== null && service.problem !== "")
    return { outcome: "refused", text: `${service.as} opens no connections: ${service.problem}` };
  const obstacle = findObstacle(path);
  if (service !== null && service.code === "ANSWERED") {
    const large = findLargeLoss(path);
    if (large !== undefined) return { outcome: "broken", text: large };
    return { outcome: "reached", text: `service ${service.service} answers in ${service.ms.toFixed(1)} ms` };
  }
  if (service !== null && TARGET_DOWN.has(service.code)) {
    const more = service.text === "" ? "" : ` (${service.text})`;
    return { outcome: "targetDown", text: `the target of service ${service.service} is down${more}` };
  }
  if (service !== null && !SILENCE.has(service.code)) {
    const more = service.text === "" ? "" : ` (${service.text})`;
    return { outcome: "refused", text: `service ${service.service} refuses ${service.as}: ${service.code}${more}` };
  }
  if (obstacle !== undefined) return { outcome: "broken", text: obstacle };
  const large = findLargeLoss(path);
  if (large !== undefined) return { outcome: "broken", text: large };
  if (service === null) return { outcome: "reached", text: "the whole way is there" };
  const last = nameOf(path, path.hops.length);
  return {
    outcome: "broken",
    text: `the whole way is there, but service ${service.service} at ${last} does not answer`,
  };
}

/** The first obstacle on a path, in words; undefined: the hops tell of none. */
export function findObstacle(path: Way): string | undefined {
  const { firstLink, hops, vertex } = path;
  if (firstLink !== null && !firstLink.isUp) {
    return downText(vertex, firstLink, firstLink);
  }
  for (const [index, { told, label, sent }] of hops.entries()) {
    if (told !== null) {
      const obstacle = obstacleAt(path, index, told, label);
      if (obstacle !== undefined) return obstacle;
      continue;
    }
    const behind = hops.slice(index);
    if (behind.some((hop) => hop.told !== null)) continue;
    const stopped = behind.find((hop) => hop.stopped !== null)?.stopped;
    if (stopped !== undefined && stopped !== null) return stopText(stopped);
    if (sent > 0) return silenceText(path, index);
  }
  return undefined;
}

function obstacleAt(path: Way, index: number, told: ToldVertex, label: number): string | undefined {
  const isLast = index === path.hops.length - 1;
  const { vertex, inLink, meaning, outLink, isPermitted, service } = told;
  if (outLink !== undefined && !isLast && !isPermitted) return deniedText(vertex, inLink, outLink.peer);
  switch (meaning) {
    case "unknown":
      return unknownText(label, told);
    case "service":
      if (!isLast) return `label ${label} at ${vertex} is of service ${service}, and not of a link`;
      if (path.service === undefined || path.service === service) return undefined;
      return `label ${label} at ${vertex} is of service ${service}, and not of ${path.service}`;
    case "link":
    case "lsp":
      if (outLink === undefined) return undefined;
      if (isLast) return `label ${label} at ${vertex} leads to ${outLink.peer}, and not to a service`;
      return outLink.isUp ? undefined : downText(vertex, outLink, told.outReason);
    case "lspEnd":
      return isLast ? `the path ends with the label of an LSP, ${label} at ${vertex}` : undefined;
    default:
      return undefined;
  }
}

/** A vertex has said why it dropped a question for one behind it. */
function stopText(told: ToldVertex): string {
  const { vertex, label, inLink, outLink, cause } = told;
  const name = causeName(cause);
  switch (name) {
    case "unknownLabel":
      return unknownText(label, told);
    case "transitDenied":
      return deniedText(vertex, inLink, outLink?.peer ?? "?");
    case "linkDown":
      return outLink === undefined ? `a link of ${vertex} is down` : downText(vertex, outLink, told.outReason);
    case "tooLarge":
      return `link ${vertex}–${outLink?.peer ?? "?"} carries no packets of this size, but of ${outLink?.mtu ?? 0} bytes`;
    case "linkFull":
      return `link ${vertex}–${outLink?.peer ?? "?"} is full`;
    default:
      return `${vertex} drops packets with label ${label}: ${name}`;
  }
}

/** The first of the hops that do not answer, though the one before it says that all is well. */
function silenceText(path: Way, index: number): string {
  const silent = nameOf(path, index + 1);
  if (index === 0) {
    const link = path.firstLink;
    if (link === null) return `no answer from ${silent}`;
    const since = formatDuration(link.sinceMs);
    return `no answer from ${silent}, over link ${path.vertex}–${silent}, which has been up for ${since}`;
  }
  const before = path.hops[index - 1]!.told;
  if (before === null) return `no answer from ${silent}`;
  const link = before.outLink;
  if (before.meaning === "untold" || link === undefined)
    return `no answer from behind ${before.vertex}, which explains nothing at present`;
  const state = `which is up at ${before.vertex} for ${formatDuration(link.sinceMs)}`;
  return `no answer from ${silent}: packets are lost on link ${before.vertex}–${silent} in one direction or both, ${state}, or ${silent} does not answer`;
}

/** Packets that links say they carry do not get through. */
function findLargeLoss(path: FoundPath): string | undefined {
  const index = path.hops.findIndex(({ large }) => large !== null && large.sent > 0 && large.received === 0);
  if (index === -1) return undefined;
  const before = index === 0 ? path.vertex : nameOf(path, index);
  const { size } = path.hops[index]!.large!;
  return `packets of ${size} bytes are lost on link ${before}–${nameOf(path, index + 1)}, which says that it carries them; smaller ones get through`;
}

function unknownText(label: number, { vertex, inLink }: ToldVertex): string {
  return `unknown label ${label} at ${vertex} on the link from ${inLink.peer}`;
}

function deniedText(vertex: string, inLink: ToldLink, outPeer: string): string {
  return `transit ${inLink.peer}–${outPeer} is not permitted at ${vertex}`;
}

/** The reason comes from the vertex on this side of the link. */
function downText(vertex: string, { peer, sinceMs }: ToldLink, reason: ToldReason | undefined): string {
  const why = [reason?.code, reason?.text].filter((each) => each !== undefined && each !== "").join(": ");
  return `link ${vertex}–${peer} is down for ${formatDuration(sinceMs)}${why === "" ? "" : ` (${why})`}`;
}

/** The name of the vertex at a hop, from its own answer or from that of the hop before it. */
function nameOf({ firstLink, hops }: Way, hop: number): string {
  const { told } = hops[hop - 1]!;
  if (told !== null) return told.vertex;
  const byOneBefore = hop === 1 ? firstLink?.peer : hops[hop - 2]!.told?.outLink?.peer;
  return byOneBefore ?? `hop ${hop}`;
}
