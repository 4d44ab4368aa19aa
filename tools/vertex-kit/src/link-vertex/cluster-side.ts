import { X509Certificate } from "node:crypto";
import type { LinkStatus, PeerQuestion, PortalMessage } from "@florenetes/portal-api";
import { type BodyOf, type Envelope, type Heard, PlayedSide, type SocketPaths } from "../bench/played-side.ts";
import type { VertexProcess } from "../bench/vertex-process.ts";
import { demand, Unmet } from "../judgement.ts";

const HOUR_MS = 3_600_000;

/** An Attach that was taken. */
export interface Attached extends Heard {
  readonly body: BodyOf<"attach-answer">;
}

/** The last state that was told of a link, with the generation that it came with. */
export interface ToldState extends LinkStatus {
  readonly generation: bigint;
}

/**
 * A cluster vertex, played, for link vertices that are judged: attaches, wishes for links, sends packets, and keeps all that it hears. Unless
 * it is told otherwise it sends heartbeats and acknowledges states, as a cluster vertex does.
 */
export class ClusterSide extends PlayedSide {
  cluster: string;
  /** The greatest generation that each instance has told. */
  readonly #generations: Map<string, bigint> = new Map();
  /** The generation up to which everything is known, and acknowledged. */
  known = 0n;
  isAcknowledging = true;
  /** By which roots and lists it judges peers, as its heartbeats tell; 0: it judges nobody. */
  judgeGeneration = 1;
  /** The code by which it refuses peers of whom it is asked; "": it accepts whoever has the right name. */
  refusal = "";
  readonly states: Map<string, ToldState> = new Map();

  constructor(name: string, cluster: string, vertex: VertexProcess, paths: SocketPaths) {
    super(name, vertex, paths);
    this.cluster = cluster;
  }

  override begin(): void {
    this.known = 0n;
    this.isAcknowledging = true;
    this.judgeGeneration = 1;
    this.refusal = "";
    this.states.clear();
    super.begin();
  }

  beat(envelope: Envelope = {}): void {
    const { startedAt, known: generation, judgeGeneration } = this;
    this.send({ kind: "heartbeat", startedAt, generation, judgeGeneration }, envelope);
  }

  /** The body of an Attach of this side, with other content if that is wanted. */
  attachBody(other: Partial<BodyOf<"attach">> = {}): BodyOf<"attach"> {
    const versions = { versionMin: 1, versionMax: 1 };
    return {
      kind: "attach",
      cluster: this.cluster,
      vertex: this.name,
      startedAt: this.startedAt,
      ...versions,
      ...other,
    };
  }

  /** Attaches, and takes what is answered for its attachment. */
  async attach(): Promise<Attached> {
    return this.attachAs(this.name);
  }

  /** Attaches as the cluster vertex of a vertex that may be another one; "": of any. */
  async attachAs(vertex: string, withinMs?: number): Promise<Attached> {
    this.attachment = 0;
    const answer = await this.ask(this.attachBody({ vertex }), {}, withinMs);
    demand(answer.body.kind === "attach-answer", `Attach was answered with ${JSON.stringify(answer.body)}`);
    this.attachment = answer.attachment;
    this.known = 0n;
    return { ...answer, body: answer.body };
  }

  async detach(): Promise<Heard> {
    return this.ask({ kind: "detach" });
  }

  /** Waits until the link vertex tells that a link is so. */
  async untilState(tag: string, state: LinkStatus["state"], withinMs?: number): Promise<ToldState> {
    const last = (): ToldState | undefined => this.states.get(tag);
    try {
      return await this.until("such a state", () => (last()?.state === state ? last() : undefined), withinMs);
    } catch (error) {
      const { state: told = "nothing", code = "" } = last() ?? {};
      throw new Unmet(`${(error as Error).message}: "${state}" was waited for, the link is ${told} ${code}`.trimEnd());
    }
  }

  protected override get detachedNote(): string {
    const isDetached = this.attachment !== 0 && this.all("heartbeat").some((beat) => beat.attachment > this.attachment);
    return isDetached ? "; it was detached before" : "";
  }

  protected handleMessage(message: Heard): void {
    this.#watchGenerations(message);
    const { body, attachment, requestId } = message;
    if (body.kind === "judge" && attachment === this.attachment) this.#judge(requestId, body.question);
    if (body.kind !== "link-states" || attachment !== this.attachment) return;
    for (const { generation, status } of body.links) this.states.set(status.tag, { ...status, generation });
    if (!this.isAcknowledging) return;
    if (body.from <= this.known && body.to > this.known) this.known = body.to;
    this.beat();
  }

  /** Whether its peer is accepted is asked by a link vertex that has no rules of its own. */
  #judge(requestId: number, question: PeerQuestion | undefined): void {
    if (this.judgeGeneration === 0 || question === undefined) {
      this.send({ kind: "error", code: "NOT_JUDGED", text: "nobody is judged here" }, { requestId });
      return;
    }
    const { principal, code } = this.refusal === "" ? judged(question) : { principal: "", code: this.refusal };
    const name = principal.split("/").at(-1)!;
    const term = { goodUntil: principal === "" ? 0 : Date.now() + HOUR_MS, graceMs: 0 };
    const answer = { principal, name, ...term, code, text: code, generation: this.judgeGeneration };
    this.send({ kind: "judge-answer", ...answer }, { requestId });
  }

  /** Generations of one life of the link vertex only grow, and those of states are in order. */
  #watchGenerations({ instance, body }: PortalMessage): void {
    const before = this.#generations.get(instance) ?? 0n;
    const told = body.kind === "heartbeat" ? body.generation : body.kind === "link-states" ? body.to : before;
    this.#generations.set(instance, told > before ? told : before);
    if (body.kind === "heartbeat" && told < before) this.offend("PA-39", `generation ${told} after ${before}`);
    if (body.kind !== "link-states") return;
    const all = body.links.map(({ generation }) => generation);
    const isInOrder = all.every((generation, i) => generation > (all[i - 1] ?? body.from) && generation <= body.to);
    if (!isInOrder) this.offend("PA-39", `LinkStates from ${body.from} to ${body.to} with ${all.join(", ")}`);
  }
}

/** The principal in a certificate, without a look at who has signed it: as the bench has made it. */
function judged({ peer, chain }: PeerQuestion): { readonly principal: string; readonly code: string } {
  const names = new X509Certificate(chain[0]!).subjectAltName ?? "";
  const principal = /^URI:(spiffe:\/\/\S+\/vertex\/\S+)$/.exec(names)?.[1] ?? "";
  if (principal === "") return { principal, code: "WRONG_KIND" };
  return peer === "" || principal.endsWith(`/${peer}`)
    ? { principal, code: "" }
    : { principal: "", code: "WRONG_NAME" };
}
