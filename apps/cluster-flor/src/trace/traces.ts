import {
  connectionHighOf,
  connectionLowOf,
  headerSize,
  LABEL_OPERATIONS,
  payloadOf,
  setTrafficClass,
  TrafficClass,
  wordsOf,
  writeHeader,
} from "@florenetes/forwarding";
import { OperatorError } from "@florenetes/operator-text";
import type { PeerJudge } from "@florenetes/portal-api";
import type { ProcessTime, WakeUpTimer } from "@florenetes/scheduling";
import type { ClusterConfigErrorCode } from "../config/config-errors.ts";
import type { RunningConfig } from "../config/running-config.ts";
import type { LinkStatusRow } from "../connection/connection-status.ts";
import type { PacketOrigin } from "../forwarding/interfaces.ts";
import { decodeAnswerContent, decodeChainPart } from "./answer-content.ts";
import { findCause, findObstacle } from "./findings.ts";
import { QUESTION_PACKET_SIZE, ROUNDS, ROUNDS_MAX, SERVICE_MS, TRACES_MAX } from "./limits.ts";
import { type NextQuestion, PathTrace, type SentQuestion } from "./path-trace.ts";
import type { ExchangeKey, TraceSealing } from "./sealing.ts";
import type { ServiceAsking } from "./service-check.ts";
import { TraceProofs } from "./trace-proofs.ts";
import { decodeToldVertex } from "./told-vertex.ts";
import { answerHead, decodeAnswer, encodeQuestion, isAnswer } from "./trace-message.ts";
import type { Route } from "../transport/routes/route-table.ts";
import type { FirstLink, TraceReport } from "./trace-report.ts";
import { type BrokenTunnel, findTraceTarget, type TraceTarget } from "./trace-target.ts";

export interface TracesOptions {
  /** The config that runs. A trace goes along the path as it was when it began. */
  readonly config: () => Pick<RunningConfig, "vertex" | "paths" | "tunnels">;
  /** The route that packets to the target take now; undefined: its path has one way alone. */
  readonly routeOf: (target: TraceTarget) => Route | undefined;
  readonly origin: Pick<PacketOrigin, "sendFromHere" | "flush">;
  /** The link as status shows it. */
  readonly linkStatus: (link: number) => LinkStatusRow;
  readonly askService: (target: TraceTarget, onSettled: () => void) => ServiceAsking | undefined;
  readonly time: ProcessTime;
  readonly sealing: TraceSealing;
  /** Judges the vertices that sign answers. */
  readonly judge: PeerJudge;
  readonly randomBytes: (size: number) => Uint8Array;
}

export interface TraceRequest {
  /** Name of a path or a tunnel. */
  readonly target: string;
  /** Questions to each hop; undefined: as many as are usual. */
  readonly rounds: number | undefined;
  /** Only the last hop is asked, and no service. */
  readonly isPing: boolean;
}

interface Running {
  readonly request: TraceRequest;
  readonly target: TraceTarget;
  readonly trace: PathTrace;
  readonly proofs: TraceProofs;
  readonly asking: ServiceAsking | undefined;
  readonly serviceUntil: number;
  readonly route: Route | undefined;
  readonly finish: (report: TraceReport) => void;
}

interface Pending {
  readonly running: Running;
  /** Undefined: a part of a chain was asked for. */
  readonly question: SentQuestion | undefined;
  readonly key: ExchangeKey;
  readonly number: number;
}

/** The traces that this vertex makes: it sends their questions, and opens the answers. */
export class Traces {
  readonly #options: TracesOptions;
  readonly #running = new Set<Running>();
  /** Questions that are not answered, by their ConnectionIds. */
  readonly #pending = new Map<string, Pending>();
  readonly #timer: WakeUpTimer;
  #count = 0;

  constructor(options: TracesOptions) {
    this.#options = options;
    this.#timer = options.time.wakeUps.timer(() => this.#handleTimeout());
  }

  /**
   * Follows a path to its end, also that of a tunnel which does not run.
   *
   * @param broken Tunnels that do not run.
   * @throws OperatorError `ERR_TRACE_…`
   */
  run(request: TraceRequest, broken: readonly BrokenTunnel[] = []): Promise<TraceReport> {
    const { config, time } = this.#options;
    const found = findTraceTarget(config(), request.target, broken);
    const route = this.#options.routeOf(found);
    const target =
      route === undefined ? found : { ...found, path: { ...found.path, link: route.link, labels: route.labels } };
    if (this.#running.size >= TRACES_MAX) {
      const code: ClusterConfigErrorCode = "ERR_TRACE_BUSY";
      throw new OperatorError(code, `${TRACES_MAX} traces run already`, { advice: "Wait for one of them to end." });
    }
    const { link, labels } = target.path;
    const now = time.now();
    const rounds = Math.min(ROUNDS_MAX, Math.max(1, request.rounds ?? ROUNDS));
    // A path without a link leads to this vertex itself: it has no hops.
    const mtu = link === undefined ? 0 : this.#options.linkStatus(link).mtu;
    const asked = link === undefined ? [] : labels;
    return new Promise((finish) => {
      const trace = new PathTrace({ labels: asked, rounds, isPing: request.isPing, mtu }, now);
      const onSettled = (): void => time.wakeUps.soon(() => this.#handleTimeout());
      const isAsking = !request.isPing && target.problem === undefined;
      const asking = isAsking ? this.#options.askService(target, onSettled) : undefined;
      const proofs = new TraceProofs(this.#options.judge, (...proof) => trace.handleProof(...proof));
      this.#running.add({ request, target, route, trace, proofs, asking, serviceUntil: now + SERVICE_MS, finish });
      asking?.start();
      this.#handleTimeout();
    });
  }

  /** A packet for the originator of its ConnectionId. False: it is no answer. */
  handlePacket(packet: Uint8Array, start: number, end: number): boolean {
    const payload = packet.subarray(payloadOf(packet, start), end);
    if (!isAnswer(payload)) return false;
    const id = idOf(connectionHighOf(packet, start), connectionLowOf(packet, start));
    const pending = this.#pending.get(id);
    const answer = decodeAnswer(payload);
    if (pending === undefined || answer === undefined || answer.number !== pending.number) return true;
    const { running, question, key } = pending;
    const head = answerHead(answer.number, answer.key);
    const content = this.#options.sealing.open(key, answer.key, head, answer.sealed);
    if (content === undefined) return true;
    const isTaken =
      question === undefined ? takePart(running, content) : this.#take(running, question, key, head, content);
    if (!isTaken) return true;
    this.#pending.delete(id);
    this.#options.time.wakeUps.soon(() => this.#handleTimeout());
    return true;
  }

  /** False: the answer is malformed. */
  #take(running: Running, question: SentQuestion, key: ExchangeKey, head: Uint8Array, content: Uint8Array): boolean {
    const answer = decodeAnswerContent(content);
    const told = answer && decodeToldVertex(answer.told);
    if (told === undefined) return false;
    const now = this.#options.time.now();
    const { proof } = answer!;
    running.trace.handleAnswer(question, told, proof !== undefined, now);
    if (proof === undefined) return true;
    const signed = this.#options.sealing.digest(key.publicKey, head, answer!.told);
    running.proofs.handleAnswer({ question, told, proof, signed }, now);
    return true;
  }

  close(): void {
    this.#timer.close();
    for (const { asking } of this.#running) asking?.close();
  }

  #handleTimeout(): void {
    const now = this.#options.time.now();
    for (const running of this.#running) {
      running.trace.handleTimeout(now);
      running.proofs.handleTimeout(now);
      this.#send(running, now);
      if (this.#isOver(running, now)) this.#finish(running);
      else this.#timer.set(this.#nextTimeout(running, now));
    }
    this.#options.origin.flush();
  }

  #nextTimeout({ trace, proofs, asking, serviceUntil }: Running, now: number): number {
    const next = trace.nextTimeout();
    const part = proofs.nextTimeout();
    if (next > now) return Math.min(next, part);
    if (part < Infinity) return part;
    return asking === undefined ? now + 1 : serviceUntil;
  }

  #isOver({ trace, proofs, asking, serviceUntil, target }: Running, now: number): boolean {
    if (!trace.isDone(now) || !proofs.isSettled) return false;
    if (asking === undefined || asking.isSettled || now >= serviceUntil) return true;
    return findObstacle({ ...this.#placeOf(target), hops: trace.hops() }) !== undefined;
  }

  #finish(running: Running): void {
    const { request, target, route, trace, asking, finish } = running;
    this.#running.delete(running);
    asking?.close();
    for (const [id, pending] of this.#pending) if (pending.running === running) this.#pending.delete(id);
    const problem = target.path.problem ?? (request.isPing ? undefined : target.problem);
    const place = { ...this.#placeOf(target), hops: trace.hops(), problem };
    const service = asking?.check ?? null;
    finish({
      target: request.target,
      path: target.path.name,
      route: route?.name ?? null,
      vertex: place.vertex,
      firstLink: place.firstLink,
      hops: place.hops,
      service,
      ...findCause(place, service),
    });
  }

  #placeOf({ path, tunnel }: TraceTarget): {
    vertex: string;
    firstLink: FirstLink | null;
    service: string | undefined;
  } {
    const { config, linkStatus } = this.#options;
    const { link } = path;
    const row = link === undefined ? undefined : linkStatus(link);
    const firstLink = row === undefined ? null : firstLinkOf(row);
    return { vertex: config().vertex, firstLink, service: tunnel?.service };
  }

  #send(running: Running, now: number): void {
    const { trace, proofs } = running;
    for (let next = trace.pollTransmit(); next !== undefined; next = trace.pollTransmit()) {
      trace.handleSent(next);
      const question = { ...next, at: now, wallAt: this.#options.time.wallClock().getTime() };
      this.#sendOne(running, next, 0, question);
    }
    for (let asked = proofs.pollQuestion(); asked !== undefined; asked = proofs.pollQuestion()) {
      const { hop, next } = asked.question;
      this.#sendOne(running, { hop, next, size: QUESTION_PACKET_SIZE }, asked.part, undefined);
    }
  }

  #sendOne(running: Running, next: NextQuestion, part: number, question: SentQuestion | undefined): void {
    const { sealing, randomBytes, origin } = this.#options;
    const { link, labels } = running.target.path;
    const share = running.route?.share;
    const key = sealing.makeKey();
    const ids = new DataView(Uint8Array.from(randomBytes(8)).buffer);
    const [high, low] = [ids.getUint32(0), ids.getUint32(4)];
    const number = ++this.#count >>> 0;
    const packet = questionPacket({ next, part, labels, share, number, key, high, low });
    this.#pending.set(idOf(high, low), { running, question, key, number });
    origin.sendFromHere(link!, packet, 0, packet.length);
  }
}

/** False: the part is malformed. */
function takePart({ proofs }: Running, content: Uint8Array): boolean {
  const part = decodeChainPart(content);
  if (part === undefined) return false;
  proofs.handlePart(part);
  return true;
}

interface QuestionPacket {
  readonly next: NextQuestion;
  /** 0, or the part of a chain that is asked for. */
  readonly part: number;
  /** Labels of the whole path. */
  readonly labels: readonly number[];
  /** The share of the path's packets; undefined: none. */
  readonly share: number | undefined;
  readonly number: number;
  readonly key: ExchangeKey;
  readonly high: number;
  readonly low: number;
}

function questionPacket({
  next: { hop, next, size },
  part,
  labels,
  share,
  number,
  key,
  high,
  low,
}: QuestionPacket): Uint8Array {
  const asked = [...labels.slice(0, hop), LABEL_OPERATIONS];
  const packet = new Uint8Array(Math.max(size, headerSize(asked.length)));
  const payloadAt = writeHeader(packet, 0, high, low, wordsOf(asked, share));
  setTrafficClass(packet, 0, TrafficClass.control);
  encodeQuestion(packet.subarray(payloadAt), { number, part, labels: asked, next, key: key.publicKey });
  return packet;
}

function firstLinkOf({ name, peer, state, sinceMs, mtu, preferredMtu, code, text }: LinkStatusRow): FirstLink {
  return { name, peer, isUp: state === "up", sinceMs, mtu, preferredMtu, code, text };
}

function idOf(high: number, low: number): string {
  return `${high}:${low}`;
}
