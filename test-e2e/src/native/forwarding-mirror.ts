/** The forwarder in TypeScript, with its actions and counters written as native/wire's mirror writes them. */
import { noFigures } from "@florenetes/cluster-flor/src/data-plane/no-figures.ts";
import type { ForwardingConfig } from "@florenetes/cluster-flor/src/forwarding/forwarding-config.ts";
import { Forwarder } from "@florenetes/cluster-flor/src/forwarding/forwarder.ts";
import type {
  LinkOutput,
  LocalDelivery,
  QuestionTaker,
  StoppedQuestion,
} from "@florenetes/cluster-flor/src/forwarding/interfaces.ts";
import { LINK_NONE, labelsOf, TRAFFIC_CLASS_NAMES } from "@florenetes/forwarding";
import { type Script, hexOf } from "./mirror.ts";

interface LinkState {
  readonly isUp: boolean;
  readonly isFull: boolean;
  readonly mtu: number;
  readonly preferredMtu: number;
}

const DOWN: LinkState = { isUp: false, isFull: false, mtu: 0, preferredMtu: 0 };

export class ForwardingMirror implements LinkOutput, LocalDelivery, QuestionTaker {
  /** Kinds of actions, and causes of drops, that have come up. */
  readonly seen = new Set<string>();
  readonly #script: Script;
  readonly #forwarder: Forwarder;
  readonly #states: LinkState[];
  readonly #turn: (() => void)[] = [];
  #actions: string[] = [];
  #now = 0;

  constructor(script: Script, config: ForwardingConfig, seed: number) {
    this.#script = script;
    this.#states = [...config.links].map(() => DOWN);
    this.#forwarder = new Forwarder({
      config,
      output: this,
      delivery: this,
      questions: this,
      afterTurn: (action) => void this.#turn.push(action),
      now: () => this.#now,
      seed,
      onGuessing: (link) => this.#act("guessing", `${link}`),
    });
    const { packetsPerSecond, bytesPerSecond } = config.transitLimit;
    script.add(`forwarder ${seed} ${packetsPerSecond} ${bytesPerSecond}`, "ok");
    for (const [link, owner] of config.links)
      for (const label of labelsOf(owner)) script.add(`link ${link} ${label}`, "ok");
    for (const [service, owner] of config.services)
      for (const label of labelsOf(owner)) script.add(`service ${service} ${label}`, "ok");
    for (const [a, b] of config.transit) {
      script.add(`permit ${a} ${b} 0 -`, "ok");
      script.add(`permit ${b} ${a} 0 -`, "ok");
    }
    for (const { pair, share = 0, allowance } of config.permits ?? []) {
      const [a, b] = pair;
      script.add(`permit ${a} ${b} ${share} ${allowance.classes} ${allowance.bitsPerSecond}`, "ok");
      script.add(`permit ${b} ${a} ${share} ${allowance.classes} ${allowance.bitsPerSecond}`, "ok");
    }
    for (const { from, to } of config.crossConnects) {
      script.add(`swap ${from.link} ${from.label} ${to.link} ${to.label}`, "ok");
      script.add(`swap ${to.link} ${to.label} ${from.link} ${from.label}`, "ok");
    }
    for (const { link, label } of config.lspEnds) script.add(`end ${link} ${label}`, "ok");
    script.add("commit", "ok");
  }

  setState(link: number, state: LinkState): void {
    this.#states[link] = state;
    const { isUp, isFull, mtu, preferredMtu } = state;
    const sizes = isUp ? `${mtu} ${preferredMtu}` : "0 0";
    this.#script.add(`state ${link} ${isUp ? "up" : "down"} ${isFull ? "full" : "free"} ${sizes}`, "ok");
  }

  handleFrame(inLink: number, frame: Uint8Array, elapsed: number): void {
    this.#now += elapsed;
    const line = `frame ${inLink} ${this.#now} ${hexOf(frame)}`;
    this.#forwarder.handleFrame(inLink, frame);
    this.#script.add(line, this.#takeActions());
  }

  sendFromHere(outLink: number, packet: Uint8Array): void {
    const line = `own ${outLink === LINK_NONE ? "-" : outLink} ${hexOf(packet)}`;
    const isSent = this.#forwarder.sendFromHere(outLink, packet, 0, packet.length);
    this.#script.add(line, `${isSent} ${this.#takeActions()}`);
  }

  endTurn(): void {
    for (const action of this.#turn.splice(0)) action();
    this.#script.add("turn", this.#takeActions());
  }

  /** Compares all counters. */
  count(): void {
    const { links, transit, permits, drops } = this.#forwarder.snapshot();
    for (const [cause, count] of Object.entries(drops)) if (count > 0) this.seen.add(cause);
    const counts = links.map(
      ({ packetsForwarded, packetsDelivered, labelsGuessed, drops, droppedLabels }) =>
        `${packetsForwarded}/${packetsDelivered}/${labelsGuessed}/${listOf(Object.values(drops))}/` +
        listOf(Object.keys(drops).map((cause) => droppedLabels[cause] ?? 0)),
    );
    const pairs = transit.map(
      ({ inLink, outLink, packets, packetsDropped }) => `${inLink}>${outLink}:${packets}/${packetsDropped}`,
    );
    const permitted = permits.toSorted(
      (a, b) => Number(a.inLink) - Number(b.inLink) || Number(a.outLink) - Number(b.outLink) || a.share - b.share,
    );
    const classes = permitted.flatMap(({ inLink, outLink, share, classes }) =>
      TRAFFIC_CLASS_NAMES.flatMap((name, number) => {
        const { packets, bytes, denied } = classes[name] ?? { packets: 0, bytes: 0, denied: 0 };
        if (packets > 0) this.seen.add(share === 0 ? "permitted" : "charged");
        if (denied > 0) this.seen.add("denied");
        return packets + denied === 0 ? [] : [`${inLink}>${outLink}/${share}:${number}:${packets}/${bytes}/${denied}`];
      }),
    );
    const exchanged = this.#forwarder.sight(noFigures).exchanged.flatMap(({ link, share, classes }) =>
      TRAFFIC_CLASS_NAMES.flatMap((name, number) => {
        const counts = classes[name];
        if (counts === undefined) return [];
        const { sentPackets, sentBytes, packets, bytes } = counts;
        for (const [what, count] of Object.entries({ sent: sentPackets, came: packets })) {
          if (count > 0 && share > 0) this.seen.add(what);
        }
        return [`${link}/${share}:${number}:${sentPackets}/${sentBytes}/${packets}/${bytes}`];
      }),
    );
    const entries = [...this.#forwarder.entries()].map(({ packets }) => packets);
    const own = Object.entries(drops).map(
      ([cause, count]) => count - links.reduce((sum, link) => sum + link.drops[cause]!, 0),
    );
    this.#script.add(
      "counters",
      [counts, pairs, entries, [listOf(own)], classes, exchanged].map((texts) => texts.join(" ")).join(" | "),
    );
  }

  isUp(link: number): boolean {
    return this.#states[link]!.isUp;
  }

  isWritable(link: number): boolean {
    const { isUp, isFull } = this.#states[link]!;
    return isUp && !isFull;
  }

  mtu(link: number): number {
    return this.isUp(link) ? this.#states[link]!.mtu : 0;
  }

  quietSeconds(): number {
    return 0;
  }

  preferredMtu(link: number): number {
    return this.isUp(link) ? this.#states[link]!.preferredMtu : 0;
  }

  sendPacket(link: number, packet: Uint8Array, start: number, end: number, inLink: number): boolean {
    if ((packet[start]! & 1) !== 0) this.seen.add("mark");
    this.#act("packet", `${inLink}:${link}:${hexOf(packet, start, end)}`);
    return this.isWritable(link);
  }

  sendFrame(link: number, frame: Uint8Array, packets: number, inLink: number): boolean {
    this.#act("frame", `${inLink}:${link}:${packets}:${hexOf(frame)}`);
    return this.isWritable(link);
  }

  deliverToService(service: number, packet: Uint8Array, start: number, end: number, inLink: number): void {
    const isGuessing = this.#forwarder.isGuessing(packet, start, inLink);
    if (isGuessing) this.seen.add("blind");
    this.#act("service", `${service}:${isGuessing}:${inLink}:${hexOf(packet, start, end)}`);
    packet.fill(0, start, end);
  }

  deliverToConnection(packet: Uint8Array, start: number, end: number, inLink: number): void {
    this.#act("connection", `${inLink}:${hexOf(packet, start, end)}`);
    packet.fill(0, start, end);
  }

  handleQuestion({ inLink, outLink, cause, at = -1, isGuessing, packet }: StoppedQuestion): void {
    this.#act("question", `${inLink}:${outLink}:${cause}:${at}:${isGuessing}:${hexOf(packet, 0, packet.length)}`);
  }

  handleFrameEnd(): void {
    this.#actions.push("end");
  }

  flush(): void {}

  #act(kind: string, what: string): void {
    this.seen.add(kind);
    this.#actions.push(`${kind}:${what}`);
  }

  #takeActions(): string {
    const actions = this.#actions.join(" ");
    this.#actions = [];
    return actions;
  }
}

/** A list of counts by cause. Cause 0 stands for no drop. */
function listOf(counts: readonly number[]): string {
  return `[0,${counts.join(",")}]`;
}
