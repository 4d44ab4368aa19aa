/** A coordinator and the nodes of its partition, which write letters to it in virtual time: their leases and permits are judged as agents judge them. */
import {
  bodyOf,
  type Judgement,
  type JudgeOptions,
  readFact,
  type ReportBody,
  type Signer,
  slotOf,
} from "@florenetes/facts";
import { signPayload, writePayload } from "@florenetes/facts";
import {
  type Acknowledgement,
  type Answer,
  Conduct,
  Outcome,
  readRoutesAnswer,
  VerificationTurns,
  writeRoutesLetter,
} from "@florenetes/feed";
import { type CheckedLease, checkLease, checkPermits, pairKey } from "@florenetes/routes";
import { Coordinator } from "../../../src/agent/coordinator/coordinator.ts";
import { Misuse } from "../../../src/agent/misuse/misuse.ts";
import type { Moment } from "../../../src/agent/moment.ts";
import { judgeHandedIn } from "../../../src/agent/records/handed-in.ts";
import { HeldRecords } from "../../../src/agent/records/held-records.ts";
import { DemoCluster } from "../../demo-records.ts";
import { type WorldLink, WorldNode } from "./world-node.ts";

export const START: number = Date.parse("2026-11-25T12:00:00.000Z");
const WEB_LABEL = 900;
const STEP_MS = 100;
const FIXED = { charging: true, network: "wired", metered: false, foreground: true };
const ALL = ["dns", "interactive", "reliable", "bulk", "droppable"] as const;

export interface WorldPlan {
  /** Nodes by their names; a number is the rate that a relay offers. */
  readonly nodes: Readonly<Record<string, number | undefined>>;
  readonly links: readonly (readonly [string, string, roundTrip?: number])[];
  /** The organizations of nodes that know shares; all others are of `acme`, and know none. */
  readonly organizations?: Readonly<Record<string, string>>;
  /** Milliseconds since 1970. */
  readonly startsAt?: number;
}

export class World {
  readonly cluster: DemoCluster;
  readonly nodes = new Map<string, WorldNode>();
  readonly links: WorldLink[] = [];
  readonly records: HeldRecords;
  readonly coordinator: Coordinator;
  readonly misuse: Misuse = new Misuse();
  now = 0;
  /** The label that hosts announce for their service, and the rate that origins ask for. */
  label = WEB_LABEL;
  rate = 500;
  readonly #answers: { readonly number: number; readonly answer: Answer }[] = [];
  readonly #conduct = new Conduct(new VerificationTurns(), 0);
  /** Bytes that relays have carried in this month, by organizations. */
  readonly carried = new Map<string, number>();
  readonly #byNumber = new Map<number, WorldNode>();
  readonly #startsAt: number;
  #lastNumber = 0;

  constructor(plan: WorldPlan) {
    this.#startsAt = plan.startsAt ?? START;
    this.cluster = new DemoCluster(this.#startsAt - 60_000);
    const at = this.at;
    const options = { cluster: "demo", node: "c1", fingerprint: this.cluster.fingerprint, development: false };
    this.records = new HeldRecords(options, { rows: [], lastSequence: 0, marks: new Map(), ran: new Map() }, at.wall);
    this.take(this.cluster.root);
    const own = this.add("c1", undefined);
    this.coordinator = new Coordinator({
      ...options,
      key: own.key,
      partition: "north",
      kept: [],
      book: () => this.records.book,
      hand: (all, { wall }) => this.hand(all, wall),
      answer: (number, answer) => this.#answers.push({ number, answer }),
      carriedBy: (organization) => this.carried.get(organization) ?? 0,
      randomBytes: (size) => new Uint8Array(size).fill(7),
      misuse: this.misuse,
    });
    this.role("c1/route-coordinator/north");
    for (const [name, offer] of Object.entries(plan.nodes)) this.add(name, offer, plan.organizations?.[name]);
    for (const [a, b, roundTrip] of plan.links) this.join(a, b, roundTrip);
    this.coordinator.advance(this.at);
  }

  get at(): Moment {
    return { now: this.now, wall: this.#startsAt + this.now };
  }

  node(name: string): WorldNode {
    return this.nodes.get(name)!;
  }

  /** The work of the coordinator; it has to have begun. */
  get work(): NonNullable<Coordinator["work"]> {
    return this.coordinator.work!;
  }

  get grounds(): JudgeOptions {
    const book = this.records.book!;
    return { authority: book.authority, held: book, now: this.at.wall, development: false };
  }

  role(subject: string, more: object = {}): void {
    this.take(this.cluster.control({ kind: "role", subject, body: { actions: [], services: [], depth: 0 }, ...more }));
  }

  take(octets: Uint8Array): void {
    const judgement = this.records.offer(octets, this.at.wall);
    if (!judgement.isAccepted) throw new Error(judgement.reason);
    this.#tellBook();
  }

  hand(all: readonly Uint8Array[], wall: number): readonly Judgement[] {
    const judgements = judgeHandedIn(all, this.records, "demo", wall);
    this.#tellBook();
    return judgements;
  }

  join(a: string, b: string, roundTrip = 1_000): WorldLink {
    const labels = new Map([a, b].map((name) => [name, 16 + this.node(name).links.size]));
    const link = { ends: [a, b] as const, labels, roundTrip, isUp: true };
    this.links.push(link);
    for (const [name, label] of labels) this.node(name).links.set(label, link);
    return link;
  }

  /** A link or a node has changed: its neighbours report soon. */
  touch(...names: readonly string[]): void {
    for (const name of names) {
      const node = this.node(name);
      node.reportAt = 0;
      for (const { ends } of node.links.values()) for (const each of ends) this.node(each).reportAt = 0;
    }
  }

  /** Gives the coordinator a letter, whose answer goes to the node that it is from. */
  post(node: WorldNode, body: Uint8Array, key = node.key.key, from = node.name): number {
    const number = ++this.#lastNumber;
    this.#byNumber.set(number, node);
    const letter = { number, node: from, key, body, from: node.name, conduct: this.#conduct };
    const answer = this.coordinator.handleLetter(letter, this.at);
    if (answer !== "parked") this.#answers.push({ number, answer });
    return number;
  }

  /** Lets time pass. */
  run(ms: number): void {
    for (const end = this.now + ms; this.now < end;) this.step();
  }

  /** Lets time pass until something is so, and says how long that took. */
  until(what: string, isSo: () => boolean, ms: number): number {
    const start = this.now;
    while (!isSo()) {
      if (this.now - start > ms) throw new Error(`not within ${ms} ms: ${what}`);
      this.step();
    }
    return this.now - start;
  }

  step(): void {
    this.now += STEP_MS;
    for (const node of this.nodes.values()) if (node.isUp) this.#live(node);
    for (let turn = 0; this.now >= this.coordinator.nextTimeout(this.at); turn++) {
      if (turn > 1_000) throw new Error("the coordinator is always due");
      this.coordinator.advance(this.at);
    }
    for (const { number, answer } of this.#answers.splice(0)) this.#deliver(number, answer);
  }

  /** The report of a node, as octets. */
  report(node: WorldNode, changes: Partial<ReportBody> = {}, signer: Signer = node.key): Uint8Array {
    const links = [...node.links].filter(([, link]) => this.carries(link));
    const told = links.map(([label, link]) => ({
      label,
      peer: peerOf(link, node.name),
      figures: [link.roundTrip, 0, node.loss, 100_000, 0, 1_400, 0] as const,
    }));
    const body: ReportBody = {
      links: told,
      ...(node.offer === undefined ? {} : { offer: { classes: ALL, rate: node.offer, price: 0 } }),
      load: { cpu: 0, memory: 0, sockets: 0 },
      metered: false,
      nat: "none",
      endpoints: [],
      carried: [],
      routes: (node.isQuiet ? [] : [...node.leases.values()]).map(({ fact, body }) => ({
        lease: fact.id,
        coordinator: "c1",
        route: 0,
        measured: body!.routes.map((_, place) => [1_000, this.walks(node, fact.id, place) ? 0 : 1_000_000] as const),
      })),
      uses: node.hosts.map((host) => ({
        service: "web",
        scope: "cluster",
        host,
        classes: ["reliable"],
        rate: this.rate,
      })),
      versions: [],
      ...changes,
    };
    return this.#told(node, "report", 180_000, { ...body }, signer);
  }

  /** A record that a node makes for its coordinators, as octets. */
  #told(node: WorldNode, kind: string, lifeMs: number, body: object, signer: Signer): Uint8Array {
    const { name } = node;
    const slot = { kind, scope: "cluster", subject: name, authority: "node", issuer: name };
    const { wall } = this.at;
    const life = { epoch: ++node.epoch, generation: 0, issued: wall, expires: wall + lifeMs };
    return signPayload(writePayload({ cluster: "demo", ...slot, ...life, body: body as never }), [signer]);
  }

  /** Packets pass over a link: both of its ends run. */
  carries({ ends, isUp }: WorldLink): boolean {
    return isUp && ends.every((name) => this.node(name).isUp);
  }

  /** Whether packets of an origin come to the host over a route of one of its leases, hop by hop. */
  walks(origin: WorldNode, lease: string, place: number): boolean {
    const held = [...origin.leases.values()].find(({ fact }) => fact.id === lease);
    const route = held?.body?.routes[place];
    if (held === undefined || route === undefined || held.dropped.has(place)) return false;
    let [at, label, share] = [origin, route.link, origin.knowsShares ? (held.body!.share ?? 0) : 0];
    for (const [hop, name] of route.via.entries()) {
      const link = at.links.get(label);
      if (link === undefined || !this.carries(link) || peerOf(link, at.name) !== name) return false;
      const next = this.node(name);
      if (hop === route.via.length - 1) return name === held.host && route.labels[hop] === this.label;
      label = route.labels[hop]!;
      const charged = this.chargeOf(next, pairKey(link.labels.get(name)!, label), share);
      if (next.drops || charged === undefined) return false;
      [at, share] = [next, charged === 0 ? share : charged];
    }
    return false;
  }

  /** Whether an origin has a lease with a route that carries packets. */
  isServed(origin: WorldNode): boolean {
    return [...origin.leases.values()].some(({ fact, body }) =>
      body!.routes.some((_, place) => this.walks(origin, fact.id, place)),
    );
  }

  /** Pairs that a relay lets pass, and the shares that each is open to; 0: packets whose share has no permits of its own. */
  permits(relay: WorldNode): ReadonlyMap<string, ReadonlySet<number>> {
    const { wall } = this.at;
    const good = relay.permits.good(({ fact }) => (wall < fact.expires ? "live" : "ended"), wall);
    const pairs = good.flatMap((each) => each.pairs);
    const byPair = Map.groupBy(pairs, ({ pair }) => pairKey(pair[0], pair[1]));
    return new Map([...byPair].map(([key, all]) => [key, new Set(all.map(({ share = 0 }) => share))]));
  }

  /** The share that a relay charges a packet of a share to; undefined: it drops the packet. */
  chargeOf(relay: WorldNode, pair: string, share: number): number | undefined {
    const shares = this.permits(relay).get(pair);
    return [share, 0].find((each) => shares?.has(each));
  }

  /** The rate of all that a relay permits, in kbit/s. */
  rateOf(relay: WorldNode): number {
    const { wall } = this.at;
    const good = relay.permits.good(({ fact }) => (wall < fact.expires ? "live" : "ended"), wall);
    return good.flatMap(({ pairs }) => pairs).reduce((sum, { pair }) => sum + pair[2], 0);
  }

  /** @param organization Undefined: `acme`, by a node that knows no shares */
  add(name: string, offer: number | undefined, organization?: string): WorldNode {
    const node = new WorldNode(name);
    [node.offer, node.knowsShares] = [offer, organization !== undefined];
    this.nodes.set(name, node);
    this.take(this.cluster.node(node.key, {}, organization === undefined ? {} : { organization }));
    if (offer !== undefined) this.role(`${name}/relay/north`);
    return node;
  }

  #announceOf(node: WorldNode): Uint8Array {
    const out = { id: "out", carrier: "quic", reach: "reverse", priority: 0, weight: 0 };
    const services = [{ service: "web", label: this.label, load: 0 }];
    const own = { ...out, id: "own", reach: "public", endpoint: "udp://192.0.2.1:4433" };
    const body = { endpoints: node.isPublic ? [own, out] : [out], "spki-hashes": [], services, capabilities: [] };
    const payload = writePayload({
      cluster: "demo",
      kind: "announce",
      scope: "cluster",
      subject: node.name,
      authority: "node",
      issuer: node.name,
      epoch: this.at.wall,
      generation: 0,
      issued: this.at.wall,
      expires: this.at.wall + 900_000,
      body,
    });
    return signPayload(payload, [node.key]);
  }

  /** The turn of a node: it writes a letter when it has something to say, or none of it waits. */
  #live(node: WorldNode): void {
    const { now } = this;
    const isReportDue = now >= node.reportAt;
    if (
      now < node.sentAt + node.letterMs ||
      (node.open !== undefined && !isReportDue && node.acknowledged.length === 0)
    )
      return;
    const records: Uint8Array[] = [];
    if (isReportDue) {
      records.push(this.report(node));
      const routes = { of: "routes", lowest: 1, highest: node.knowsShares ? 2 : 1 };
      const program = { software: { version: "1.2.3" }, contracts: [routes] };
      const device = node.device ?? (node.knowsShares ? FIXED : undefined);
      if (device !== undefined) records.push(this.#told(node, "profile", 900_000, { device, ...program }, node.key));
      node.reportAt = now + 60_000;
    }
    // A host announces itself again before the last time ends.
    if (node.isFirst || isReportDue) records.push(this.#announceOf(node));
    const wait = node.isFirst ? 0 : 45;
    node.isFirst = false;
    node.sentAt = now;
    node.open = this.post(node, writeRoutesLetter({ wait, records, acknowledged: node.acknowledged }));
    node.acknowledged = [];
  }

  #deliver(number: number, { outcome, body }: Answer): void {
    const node = this.#byNumber.get(number)!;
    this.#byNumber.delete(number);
    if (node.open === number) node.open = undefined;
    if (outcome !== Outcome.answered) node.outcomes.push(outcome);
    const answer = outcome === Outcome.answered ? readRoutesAnswer(body) : undefined;
    if (answer === undefined || !node.isUp) return;
    node.asked.push(...answer.asks.map((ask) => ask.node));
    for (const octets of answer.records) {
      const fact = readFact(octets, "demo");
      if (typeof fact === "string") throw new Error(fact);
      if (fact.kind === "lease") this.#takeLease(node, octets, fact.id);
      if (fact.kind === "permits") this.#takePermits(node, octets, fact.id);
    }
  }

  #takeLease(node: WorldNode, octets: Uint8Array, id: string): void {
    const links = new Map([...node.links].map(([label, link]) => [label, peerOf(link, node.name)]));
    const checked = checkLease(octets, { ...this.grounds, node: node.name, links });
    if (checked.isAccepted) {
      node.leases.set(checked.host, checked);
      node.reportAt = Math.min(node.reportAt, this.now + 1_000);
    }
    this.#acknowledge(node, { id, outcome: checked.isAccepted ? "taken" : checked.reason, left: [] });
  }

  #takePermits(node: WorldNode, octets: Uint8Array, id: string): void {
    if (node.isDeaf) return;
    if (node.refuses) return this.#acknowledge(node, { id, outcome: "no-offer", left: [] });
    const fact = readFact(octets, "demo");
    if (typeof fact === "string") throw new Error(fact);
    const { offer, permits } = node;
    const checked = checkPermits(octets, {
      ...this.grounds,
      node: node.name,
      links: new Set(node.links.keys()),
      offer: offer === undefined ? undefined : { classes: ALL, rate: offer },
      otherRate: permits.rateBeside(slotOf(fact)),
    });
    const outcome = checked.isAccepted ? permits.take(checked) : checked.reason;
    const left = checked.isAccepted ? checked.left.map(([a, b]) => [a, b] as const) : [];
    this.#acknowledge(node, { id, outcome, left });
  }

  #acknowledge(node: WorldNode, said: Acknowledgement): void {
    node.told.push(said);
    node.acknowledged.push(said);
  }

  #tellBook(): void {
    for (let event = this.records.pollEvent(); event !== undefined; event = this.records.pollEvent())
      this.coordinator?.handleBook(event);
  }
}

function peerOf({ ends }: WorldLink, name: string): string {
  return ends[0] === name ? ends[1] : ends[0];
}

/** The nodes that the first route of a lease goes over. */
export function viaOf(lease: CheckedLease | undefined): string {
  const body = lease === undefined ? undefined : bodyOf(lease.fact, "lease");
  return body?.routes.map(({ via }) => via.join(" ")).join(", ") ?? "nothing";
}
