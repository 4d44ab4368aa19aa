import type { LinkKey, LinkStatus, LinkWish, TransitProgress } from "@florenetes/portal-api";
import { type BodyOf, type Envelope, type Heard, type HeardBody, PlayedSide } from "../bench/played-side.ts";

/** The time after which a state that is not acknowledged is told again. */
const RETELL_MS = 150;
const LINK_MTU = 1_400;
const LINKS_MAX = 4_096;

/** The state of one link, as this side tells it. */
export interface Told {
  readonly status: LinkStatus;
  readonly generation: bigint;
}

/** The number of handles so far: no handle is given twice in a run, whichever side gives it. */
let handles = 0;

/** A handle that no link has had. */
export function newHandle(): number {
  return ++handles;
}

export function textOf({ peer, tag }: LinkKey): string {
  return `${peer} ${tag}`;
}

/**
 * Plays a link vertex for cluster vertices that are judged: tells states of links that do not exist, and keeps all that it hears. Unless a
 * check says otherwise, it answers each request, and tells states again until they are acknowledged, as a link vertex does.
 */
export class LinkSide extends PlayedSide {
  protected readonly isLinkVertex = true;
  #attachments = 0;
  /** The Attach that is in force: its number, and the instance that has sent it. */
  #attachRequest = 0;
  #client = "";
  #toldAt = 0;
  /** Generations of the table of states: the present one, the last one that was told, and the last one that was acknowledged. */
  generation = 0n;
  told = 0n;
  acknowledged = 0n;
  /** The wishes of the attachment, by peer and tag. */
  readonly wishes: Map<string, LinkWish> = new Map();
  readonly states: Map<string, Told> = new Map();
  /** Whether this side answers an Attach, whether it answers other requests, and whether it tells states again. */
  isAttaching = true;
  isAnswering = true;
  isRetelling = true;
  features: readonly string[] = [];
  /** The label table that heartbeats name, and how much of it is taken. */
  transit: TransitProgress | undefined;
  /** The code by which this side refuses each OpenLink; "": it takes them. */
  refusal = "";
  /** Wrong fields for the AttachAnswer. */
  answer: Partial<BodyOf<"attach-answer">> = {};

  override begin(): void {
    this.#attachments = 0;
    this.#attachRequest = 0;
    this.generation = 0n;
    this.isAttaching = true;
    this.isAnswering = true;
    this.isRetelling = true;
    this.features = [];
    this.transit = undefined;
    this.refusal = "";
    this.answer = {};
    this.#forgetAttachment();
    super.begin();
  }

  beat(envelope: Envelope = {}): void {
    const { startedAt, generation, transit } = this;
    this.send({ kind: "heartbeat", startedAt, generation, transit }, { attachment: this.#attachments, ...envelope });
    const isLate = this.told > this.acknowledged && performance.now() - this.#toldAt > RETELL_MS;
    if (this.isRetelling && this.attachment !== 0 && isLate) this.#tellFrom(this.acknowledged);
  }

  /** Counts the attachment up, as a link vertex does that lets go of its cluster vertex. */
  detach(): void {
    this.#attachments++;
    this.#forgetAttachment();
    this.beat();
  }

  async untilAttached(): Promise<number> {
    return this.until("an Attach that was answered", () => this.attachment !== 0 && this.attachment);
  }

  /** Waits for the wish for a link. */
  async untilWished(key: LinkKey): Promise<LinkWish> {
    return this.until(`a wish for ${textOf(key)}`, () => this.wishes.get(textOf(key)));
  }

  /** Changes the state of a link, and tells it. @returns the state that was told */
  tell({ peer, tag }: LinkKey, other: Partial<LinkStatus> & Pick<LinkStatus, "state">): Told {
    const nothing = { handle: 0, mtu: 0, preferredMtu: 0, code: "", text: "", isCongested: false };
    const usual = other.state === "up" ? { handle: newHandle(), mtu: LINK_MTU, preferredMtu: LINK_MTU } : {};
    const told = { status: { ...nothing, ...usual, ...other, peer, tag }, generation: ++this.generation };
    this.states.set(textOf({ peer, tag }), told);
    this.#tellFrom(this.told);
    return told;
  }

  /** Tells that a link is up, and waits until that is acknowledged. */
  async bringUp(key: LinkKey, other: Partial<LinkStatus> = {}): Promise<Told> {
    await this.untilWished(key);
    const told = this.tell(key, { state: "up", ...other });
    await this.untilAcknowledged(told.generation);
    return told;
  }

  async untilAcknowledged(generation: bigint = this.generation): Promise<void> {
    await this.until(`an acknowledgement of ${generation}`, () => this.acknowledged >= generation);
  }

  /** Sends states unchanged, true or not. */
  tellAs(from: bigint, to: bigint, links: readonly Told[], envelope: Envelope = {}): void {
    this.send({ kind: "link-states", from, to, links }, envelope);
  }

  /** The requests of a kind that were heard about a link. */
  requests(kind: "open-link" | "close-link", key: LinkKey): HeardBody<"open-link" | "close-link">[] {
    return this.all(kind).filter(({ body }) => {
      const about = body.kind === "open-link" ? body.wish : body.key;
      return about !== undefined && textOf(about) === textOf(key);
    });
  }

  protected handleMessage(message: Heard): void {
    const { body, requestId, attachment } = message;
    if (body.kind === "attach") this.#handleAttach(message);
    if (attachment !== this.attachment || attachment === 0) {
      if (body.kind === "detach" && this.isAnswering) this.send({ kind: "detach-answer" }, { attachment, requestId });
      return;
    }
    if (body.kind === "heartbeat") this.#handleAcknowledgement(body.generation);
    if (body.kind === "open-link" && body.wish !== undefined) this.wishes.set(textOf(body.wish), body.wish);
    if (body.kind === "close-link" && body.key !== undefined) this.wishes.delete(textOf(body.key));
    if (!this.isAnswering) return;
    const refused = { kind: "error", code: this.refusal, text: "the kit refuses" } as const;
    if (body.kind === "open-link")
      this.send(this.refusal === "" ? { kind: "open-link-answer" } : refused, { requestId });
    if (body.kind === "close-link") this.send({ kind: "close-link-answer" }, { requestId });
    if (body.kind === "detach") {
      this.send({ kind: "detach-answer" }, { requestId });
      this.#attachments++;
      this.#forgetAttachment();
    }
  }

  #handleAttach({ instance, requestId }: Heard): void {
    const isSame = instance === this.#client;
    if (!this.isAttaching || (isSame && requestId < this.#attachRequest)) return;
    if (!isSame || requestId !== this.#attachRequest || this.attachment === 0) {
      this.#forgetAttachment();
      this.attachment = ++this.#attachments;
      this.#attachRequest = requestId;
      this.#client = instance;
    }
    const body: BodyOf<"attach-answer"> = {
      kind: "attach-answer",
      startedAt: this.startedAt,
      version: 1,
      principal: "a",
      linkMtuMax: 64_990,
      linksMax: LINKS_MAX,
      features: this.features,
      linkProtocol: "kit",
      ...this.answer,
    };
    this.send(body, { requestId });
  }

  #handleAcknowledgement(generation: bigint): void {
    if (generation > this.told) this.offend("PC-17", `${generation} acknowledged, of which ${this.told} was told`);
    if (generation < this.acknowledged) this.offend("PC-17", `${generation} acknowledged after ${this.acknowledged}`);
    this.acknowledged = generation;
  }

  #forgetAttachment(): void {
    this.attachment = 0;
    this.told = 0n;
    this.acknowledged = 0n;
    this.wishes.clear();
    this.states.clear();
  }

  #tellFrom(from: bigint): void {
    const links = [...this.states.values()].filter((state) => state.generation > from);
    this.tellAs(from, this.generation, links);
    this.told = this.generation;
    this.#toldAt = performance.now();
  }
}
