import { type LinkStatus, PeerPins, type PeerQuestion, type PortalMessage } from "@florenetes/portal-api";
import { type BodyOf, type Envelope, type Heard, PlayedSide, type SocketPaths } from "../bench/played-side.ts";
import type { VertexProcess } from "../bench/vertex-process.ts";
import { demand, Unmet } from "../judgement.ts";
import { FolderJudge } from "./folder-judge.ts";
import { Medium } from "./medium.ts";

/** Empty fields of a verdict, for those that a refusal or an acceptance leaves out. */
const NOBODY = { principal: "", name: "", goodUntil: 0, graceMs: 0, code: "", text: "" };

/** An Attach that was taken. */
export interface Attached extends Heard {
  readonly body: BodyOf<"attach-answer">;
}

/** The last state that was told of a link, with its generation. */
export interface ToldState extends LinkStatus {
  readonly generation: bigint;
}

/**
 * Plays a cluster vertex for link vertices that are judged: attaches, wishes for links, sends packets, and keeps all that it hears. Unless a
 * check says otherwise, it sends heartbeats and acknowledges states, as a cluster vertex does.
 */
export class ClusterSide extends PlayedSide {
  protected readonly isLinkVertex = false;
  cluster: string;
  readonly #medium: Medium;
  /** The greatest generation that was told, by the instance of the link vertex. */
  readonly #generations: Map<string, bigint> = new Map();
  /** The generation up to which all states are known and acknowledged. */
  known = 0n;
  isAcknowledging = true;
  readonly #folder: FolderJudge;
  /** Heartbeats count changes of roots and lists up from here; 0: this side judges nobody. */
  judgeGeneration = 1;
  /** The code by which this side refuses all peers; "": it judges them. */
  refusal = "";
  /** The keys that peers must show, where this side judges them. */
  pins: PeerPins = new PeerPins();
  readonly states: Map<string, ToldState> = new Map();

  /** @param identity the folder of the node's identity: this side judges peers by the roots and lists in it */
  constructor(
    name: string,
    cluster: string,
    vertex: VertexProcess,
    paths: SocketPaths,
    identity: string,
    medium: Medium = new Medium(),
  ) {
    super(name, vertex, paths);
    this.#folder = new FolderJudge(identity);
    this.cluster = cluster;
    this.#medium = medium;
  }

  override begin(): void {
    this.known = 0n;
    this.isAcknowledging = true;
    this.judgeGeneration = 1;
    this.refusal = "";
    this.pins = new PeerPins();
    this.states.clear();
    super.begin();
  }

  beat(envelope: Envelope = {}): void {
    const { startedAt, known: generation } = this;
    this.send({ kind: "heartbeat", startedAt, generation, judgeGeneration: this.#judgesBy }, envelope);
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

  /** Attaches, and takes the attachment of the answer. */
  async attach(): Promise<Attached> {
    return this.attachAs(this.name);
  }

  /** Attaches as the cluster vertex of a vertex with this name; "": of any vertex. */
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

  /** Waits until the link vertex tells this state of a link. */
  async untilState(tag: string, state: LinkStatus["state"], withinMs?: number): Promise<ToldState> {
    const last = (): ToldState | undefined => this.states.get(tag);
    try {
      return await this.until("such a state", () => (last()?.state === state ? last() : undefined), withinMs);
    } catch (error) {
      const { state: told = "nothing", code = "" } = last() ?? {};
      throw new Unmet(`${(error as Error).message}: "${state}" was waited for, the link is ${told} ${code}`.trimEnd());
    }
  }

  protected override get patienceMs(): number {
    return this.#medium.patienceMs();
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

  /** Answers a link vertex that asks whether to accept a peer. */
  #judge(requestId: number, question: PeerQuestion | undefined): void {
    if (this.judgeGeneration === 0 || question === undefined) {
      this.send({ kind: "error", code: "NOT_JUDGED", text: "nobody is judged here" }, { requestId });
      return;
    }
    const { refusal: code } = this;
    const verdict = code === "" ? this.#folder.judge(question, this.cluster, this.pins) : { code, text: code };
    const answer = { ...NOBODY, ...verdict, generation: this.#judgesBy };
    this.send({ kind: "judge-answer", ...answer }, { requestId });
  }

  get #judgesBy(): number {
    return this.judgeGeneration === 0 ? 0 : this.judgeGeneration + this.#folder.countChanges();
  }

  /** Looks whether generations of one life of the link vertex only grow, and whether those of states are in order. */
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
