/** Reports and profiles as nodes send them. */
import type { LinkFigures, ProfileBody, ReportBody } from "@florenetes/facts";

/** 20 ms, 1 ms, no loss, 100 Mbit/s, an empty queue. */
const FIGURES: LinkFigures = [20_000, 1_000, 0, 100_000, 0, 1_400, 0];

/** Figures of a good link, with some of them changed by their places. */
export function figures(changes: Readonly<Partial<Record<number, number>>> = {}): LinkFigures {
  return FIGURES.map((value, at) => changes[at] ?? value) as unknown as LinkFigures;
}

export function link(label: number, changes: Parameters<typeof figures>[0] = {}): ReportBody["links"][number] {
  return { label, peer: `peer-${label}`, figures: figures(changes) };
}

/** A report of a node that is well, with two links. */
export function report(changes: Partial<ReportBody> = {}): ReportBody {
  return {
    links: [link(1), link(2)],
    load: { cpu: 12, memory: 40, sockets: 1 },
    metered: false,
    nat: "none",
    endpoints: [],
    carried: [],
    routes: [],
    uses: [],
    versions: [],
    ...changes,
  };
}

export const CONTRACTS: ProfileBody["contracts"] = [
  { of: "mail", lowest: 1, highest: 2 },
  { of: "door", lowest: 2, highest: 3 },
];

export function profile(changes: Partial<ProfileBody> = {}): ProfileBody {
  return {
    device: { charging: true, network: "wired", metered: false, foreground: true },
    software: { version: "0.2.0" },
    contracts: CONTRACTS,
    ...changes,
  };
}
