import type { Judgement } from "../verdict.ts";
import { OTHERS_MAX } from "./limits.ts";

/** The packets of a class and shard at one end of the VPN, as its status has them. */
export interface Shard {
  readonly class: string;
  readonly shard: number;
  readonly sentPackets: number;
  readonly receivedPackets: number;
}

/** The shards of the client and of its exit, at the same time. */
export interface BothEnds {
  readonly client: readonly Shard[];
  readonly exit: readonly Shard[];
}

/** A time under load: the shards at its beginning and its end. */
export interface Span {
  readonly before: BothEnds;
  readonly after: BothEnds;
}

/** The mixed load, from the first download's beginning to the last packet. */
interface MixedLoad {
  /** All of it, from rest to rest: nothing is under way at either end of it. */
  readonly whole: Span;
  /** The part of it in which each download was bulk, and all programs were at work. */
  readonly full: Span;
  /** Answers that programs beside the downloads had, by their class. */
  readonly answers: Readonly<Record<string, number>>;
}

/** Packets of a class at both ends, in both directions. */
interface Carried {
  readonly sent: number;
  /** Packets that one end has sent and the other one has not received. */
  readonly lost: number;
}

/** The packets of a class, or of all of them, that were sent and lost in a time. */
export function carriedIn({ before, after }: Span, trafficClass?: string): Carried {
  const count = (end: keyof BothEnds, key: "sentPackets" | "receivedPackets"): number => {
    const sum = (shards: readonly Shard[]): number =>
      shards.reduce(
        (all, each) => (trafficClass === undefined || each.class === trafficClass ? all + each[key] : all),
        0,
      );
    return sum(after[end]) - sum(before[end]);
  };
  const sent = count("client", "sentPackets") + count("exit", "sentPackets");
  const received = count("client", "receivedPackets") + count("exit", "receivedPackets");
  return { sent, lost: sent - received };
}

/** The packets that an exit has sent in each shard of bulk. */
function bulkShards({ before, after }: Span): readonly number[] {
  return after.exit.flatMap((each) => {
    if (each.class !== "bulk") return [];
    const earlier = before.exit.find((other) => other.class === "bulk" && other.shard === each.shard);
    return [each.sentPackets - (earlier?.sentPackets ?? 0)];
  });
}

/** A single download has one shard of bulk, and leaves the other ones alone. */
export function judgeOneDownload(span: Span): Judgement {
  const shards = bulkShards(span);
  const used = shards.filter((packets) => packets > 0).length;
  const findings = used === 1 ? [] : [`a download was in ${used} shards of bulk`];
  return { name: "shards: one download", figures: `packets in bulk's shards: ${shards.join(", ")}`, findings };
}

/** Downloads stay in bulk's shards, and nothing of other classes is dropped beside them. */
export function judgeMixedLoad({ whole, full, answers }: MixedLoad): Judgement {
  const shards = bulkShards(full);
  const classes = Object.keys(answers);
  const all = carriedIn(full).sent;
  const others = ["bulk", ...classes].reduce((sum, name) => sum - carriedIn(full, name).sent, all);
  const findings = [
    ...(shards.filter((packets) => packets > 0).length < 2 ? ["all downloads were in one shard"] : []),
    ...(others > OTHERS_MAX * all ? [`${others} of ${all} packets were in shards of a class that nothing has`] : []),
    ...classes.flatMap((name) => {
      const { sent, lost } = carriedIn(whole, name);
      return [
        ...(answers[name] === 0 ? [`nothing of ${name} was answered`] : []),
        ...(lost > 0 ? [`${lost} of ${sent} packets of ${name} were dropped`] : []),
      ];
    }),
  ];
  const dropped = ["bulk", ...classes].map((name) => {
    const { sent, lost } = carriedIn(whole, name);
    return `${name} ${lost} of ${sent}`;
  });
  const figures = [
    `packets in bulk's shards: ${shards.join(", ")}; in those of classes that nothing has: ${others}`,
    `dropped: ${dropped.join(", ")}`,
    `answered: ${classes.map((name) => `${name} ${answers[name]}`).join(", ")}`,
  ];
  return { name: "shards: mixed load", figures: figures.join("; "), findings };
}
