import { allowanceNumbers, TableEntry } from "@florenetes/data-plane";
import { labelsOf } from "@florenetes/forwarding";
import type { ForwardingConfig } from "../../forwarding/forwarding-config.ts";

/** Makes the label table of a config as the data thread takes it: five numbers for each entry. */
export function tableEntries(config: ForwardingConfig): Uint32Array {
  const { links, services, transit, permits = [], crossConnects, lspEnds } = config;
  const entries: number[][] = [
    ...[...links].flatMap(([link, owner]) => labelsOf(owner).map((label) => [TableEntry.link, link, label, 0, 0])),
    ...[...services].flatMap(([service, owner]) =>
      labelsOf(owner).map((label) => [TableEntry.service, service, label, 0, 0]),
    ),
    ...transit.flatMap(([a, b]) => [
      [TableEntry.permit, a, b, 0, 0],
      [TableEntry.permit, b, a, 0, 0],
    ]),
    ...permits.flatMap(({ pair: [a, b], share, allowance }) => [
      [TableEntry.permit, a, b, ...allowanceNumbers(allowance, share)],
      [TableEntry.permit, b, a, ...allowanceNumbers(allowance, share)],
    ]),
    ...crossConnects.flatMap(({ from, to }) => [
      [TableEntry.swap, from.link, from.label, to.link, to.label],
      [TableEntry.swap, to.link, to.label, from.link, from.label],
    ]),
    ...lspEnds.map(({ link, label }) => [TableEntry.end, link, label, 0, 0]),
  ];
  return Uint32Array.from(entries.flat());
}
