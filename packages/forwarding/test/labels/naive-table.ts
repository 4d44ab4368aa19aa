import type { LabelTableConfig } from "../../src/index.ts";
import { LABEL_MIN } from "../../src/index.ts";

/** The result for a packet: the cause of its drop, or its destination and the packet as it leaves. */
export type NaiveResult =
  | { readonly cause: string }
  | { readonly to: string; readonly index: number; readonly packet: readonly number[] };

/** The label operations written for reading, not for speed, straight from their description; `LabelTable` must agree. */
export function processNaively(config: LabelTableConfig, packet: readonly number[], inLink: number): NaiveResult {
  if (packet.length < 12) return { cause: "tooShort" };
  if (Math.floor(packet[0]! / 16) !== 1) return { cause: "unknownVersion" };
  const count = packet[2]!;
  if (count < 1 || count > 16) return { cause: "badLabelCount" };
  if (packet.length < 12 + 4 * count) return { cause: "tooShort" };
  if (packet[3]! >= count) return { cause: "badCursor" };

  const result = [...packet];
  for (;;) {
    const cursor = result[3]!;
    const isLast = cursor === count - 1;
    const at = 12 + 4 * cursor;
    const label = result[at]! * 4096 + result[at + 1]! * 16 + Math.floor(result[at + 2]! / 16);
    const writeLabel = (value: number): void => {
      result[at] = Math.floor(value / 4096);
      result[at + 1] = Math.floor(value / 16) % 256;
      result[at + 2] = (value % 16) * 16 + (result[at + 2]! % 16);
    };
    if (label === 1) return isLast ? { to: "connection", index: 0, packet: result } : { cause: "labelsLeft" };
    if (label === 2) return { cause: "operations" };
    if (label < LABEL_MIN) return { cause: "unknownLabel" };

    const isEnd = config.lspEnds.some((end) => end.link === inLink && end.label === label);
    if (isEnd) {
      if (isLast) return { cause: "noLabelLeft" };
      result[3]!++;
      continue;
    }
    const cross = config.crossConnects
      .flatMap(({ from, to }) => [
        { from, to },
        { from: to, to: from },
      ])
      .find(({ from }) => from.link === inLink && from.label === label);
    if (cross !== undefined) {
      if (result[1]! < 2) return { cause: "hopLimit" };
      result[1] = Math.min(result[1]!, 32) - 1;
      writeLabel(cross.to.label);
      return { to: "link", index: cross.to.link, packet: result };
    }
    const service = numberWith(config.services, label);
    if (service !== -1) return isLast ? { to: "service", index: service, packet: result } : { cause: "labelsLeft" };
    const link = numberWith(config.links, label);
    if (link === -1) return { cause: "unknownLabel" };
    if (isLast) return { cause: "noLabelLeft" };
    const share = (result[at + 2]! % 16) * 256 + result[at + 3]!;
    const charged = chargedShare(config, inLink, link, share, Math.floor((packet[0]! % 16) / 2));
    if (charged === undefined) return { cause: "transitDenied" };
    if (result[1]! < 2) return { cause: "hopLimit" };
    result[1] = Math.min(result[1]!, 32) - 1;
    writeLabel([...config.links.entries()].find(([link]) => link === inLink)![1]!.label);
    for (const word of charged === 0 ? [at] : [at, at + 4]) {
      result[word + 2] = Math.floor(result[word + 2]! / 16) * 16 + Math.floor(charged / 256);
      result[word + 3] = charged % 256;
    }
    result[3]!++;
    return { to: "link", index: link, packet: result };
  }
}

function numberWith(owners: LabelTableConfig["links"], label: number): number {
  for (const [number, owner] of owners.entries()) {
    if (owner?.label === label || owner?.secondLabel === label) return number;
  }
  return -1;
}

/** The share that a packet from a link to another is charged to; undefined: it may not pass. @param flag The number of its class */
function chargedShare(
  { transit, permits = [] }: LabelTableConfig,
  inLink: number,
  outLink: number,
  share: number,
  flag: number,
): number | undefined {
  const isHere = (pair: readonly [number, number]): boolean => pair.includes(inLink) && pair.includes(outLink);
  const here = permits.filter(({ pair: [a, b] }) => isHere([a, b]) && (inLink !== outLink || a === b));
  const own = share === 0 ? undefined : here.find((permit) => permit.share === share);
  const common = here.find((permit) => (permit.share ?? 0) === 0);
  const isOpen = transit.some(([a, b]) => isHere([a, b]) && (inLink !== outLink || a === b));
  const permit = own ?? common;
  if (permit === undefined) return isOpen ? 0 : undefined;
  const trafficClass = flag > 5 ? 0 : flag;
  return Math.floor(permit.allowance.classes / 2 ** trafficClass) % 2 === 1 ? (permit.share ?? 0) : undefined;
}
