/** Whole agents whose vertices count what passes them: a has a lease to web at h over b or c; b coordinates, and b and c observe. */
import type { View } from "../../../src/agent/door/view.ts";
import { startLeasedMesh } from "../leased-mesh.ts";
import type { SimMesh } from "../simulated-nodes.ts";
import { DAY, DemoCluster } from "../../demo-records.ts";

export const MINUTE = 60_000;
export const HOUR = 3_600_000;
export const MB = 1_000_000;
/** The hour that is looked at begins. */
export const NOON = Date.parse("2026-11-25T12:00:00.000Z");
/** Meshes begin here: what four agents say in an hour takes seconds to compute, and usage is known behind the end of its hour. */
const BEGIN = NOON + 45 * MINUTE;
export const HOUR_12 = NOON / HOUR;

type Transit = View["transit"][number];
type Exchanged = NonNullable<View["exchanged"]>[number];

export interface MeteredMesh {
  readonly mesh: SimMesh;
  readonly cluster: DemoCluster;
  /** The share of leases at present. */
  readonly share: () => number;
  /** Has so many bytes of a class go from a to h over a relay, as all three vertices count. */
  readonly carry: (relay: string, bytes: number) => void;
  /** Adds to what a relay's vertex has counted, and nobody else's. */
  readonly claim: (relay: string, bytes: number) => void;
}

/** @param observers Nodes with the role `observer` */
export function startMeteredMesh(observers: readonly string[] = ["b", "c"]): MeteredMesh {
  const cluster = new DemoCluster(NOON - DAY);
  const mesh = startLeasedMesh(["a"], ["h"], undefined, cluster, BEGIN);
  const body = { actions: [], services: [], depth: 0 };
  for (const node of observers)
    mesh.node(node).take(cluster.control({ kind: "role", subject: `${node}/observer/north`, body }));
  const leased = (): readonly { readonly share?: number | undefined }[] =>
    mesh.node("a").vertex.view.overlay.paths.flatMap(({ routes = [] }) => routes);
  mesh.until("a has a lease", () => leased().some(({ share }) => share !== undefined), 2 * MINUTE);
  const share = (): number => leased()[0]!.share!;
  const permitsAt = (relay: string): string[] => [
    ...new Set((mesh.node(relay).vertex.view.overlay.transit ?? []).map(({ permit }) => permit)),
  ];
  const claim = (relay: string, bytes: number): void => {
    const { vertex } = mesh.node(relay);
    const row = { from: "a", to: "h", share: share(), permits: permitsAt(relay), rate: 1 };
    vertex.change({ transit: added(vertex.view.transit, row, { packets: bytes / 1_000, bytes, denied: 0 }) });
  };
  const exchange = (node: string, link: string, counts: Partial<ExchangedCounts>): void => {
    const { vertex } = mesh.node(node);
    const row = { link, share: share() };
    const all = { sentPackets: 0, sentBytes: 0, packets: 0, bytes: 0, ...counts };
    vertex.change({ exchanged: added(vertex.view.exchanged ?? [], row, all) });
  };
  const carry = (relay: string, bytes: number): void => {
    claim(relay, bytes);
    exchange("a", relay, { sentPackets: bytes / 1_000, sentBytes: bytes });
    exchange("h", relay, { packets: bytes / 1_000, bytes });
  };
  // Meters begin with the counts that they see first.
  carry("b", 0);
  carry("c", 0);
  mesh.runFor(2 * MINUTE);
  return { mesh, cluster, share, carry, claim };
}

type ExchangedCounts = NonNullable<Exchanged["classes"]["bulk"]>;

/** Rows with more counted in that of one name. */
function added<Row extends Transit | Exchanged>(
  rows: readonly Row[],
  name: Omit<Row, "classes">,
  counts: NonNullable<Row["classes"]["bulk"]>,
): Row[] {
  const isNamed = (row: Row): boolean =>
    Object.entries(name).every(([key, value]) => key === "permits" || row[key as keyof Row] === value);
  const before = rows.find(isNamed)?.classes.bulk as Readonly<Record<string, number>> | undefined;
  const bulk = Object.fromEntries(
    Object.entries(counts).map(([key, value]) => [key, (value as number) + (before?.[key] ?? 0)]),
  );
  return [...rows.filter((row) => !isNamed(row)), { ...name, classes: { bulk } } as unknown as Row];
}
