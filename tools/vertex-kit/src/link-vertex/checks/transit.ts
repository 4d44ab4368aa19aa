import { TRANSIT_FEATURE, type TransitChange, type TransitProgress } from "@florenetes/portal-api";
import { passing, payloadOf } from "../../bench/mesh-packets.ts";
import type { HeardPacket } from "../../bench/played-side.ts";
import { check, type Check } from "../../check.ts";
import { demand, NotJudged } from "../../judgement.ts";
import type { ClusterSide } from "../cluster-side.ts";
import type { BenchLink, LinkBench } from "../link-bench.ts";

const LIMITS = { packetsPerSecond: 100_000, bytesPerSecond: 100_000_000 };
const [IN_LABEL, OUT_LABEL, UNKNOWN_LABEL] = [201, 202, 777];
const SIZE = 300;

/** A packet as a vertex sends it on, once it has read the first label (docs/protocol/mesh-packet.md). */
function forwarded(sent: Buffer): Buffer {
  const packet = Buffer.from(sent);
  packet[1] = sent[1]! - 1;
  packet[3] = 1;
  packet.writeUInt32BE(IN_LABEL << 12, 12);
  return packet;
}

/** Sends a part of a table until a heartbeat shows the wanted progress. */
async function offer(
  side: ClusterSide,
  table: { readonly generation: number; readonly whole: number; readonly first?: number },
  changes: readonly TransitChange[],
  isRight: (progress: TransitProgress) => boolean,
): Promise<void> {
  side.forget();
  await side.until(`a heartbeat for table ${table.generation} with ${changes.length} changes`, () => {
    if (side.isConnected) side.send({ kind: "transit-changes", first: 0, ...table, ...LIMITS, changes });
    const told = side.all("heartbeat").at(-1)?.body.transit;
    return told?.generation === table.generation && isRight(told);
  });
}

async function demandFeature(side: ClusterSide): Promise<void> {
  const { body } = await side.attach();
  if (!body.features.includes(TRANSIT_FEATURE)) throw new NotJudged("it does not have the feature `transit`");
}

/** Two links of a with b. By b's table packets may pass from the first to the second. */
interface Way {
  readonly first: BenchLink;
  readonly second: BenchLink;
  readonly changes: readonly TransitChange[];
}

async function lay(bench: LinkBench): Promise<Way> {
  const [first, second] = [await bench.link(), await bench.link()];
  const changes: readonly TransitChange[] = [
    { operation: "link", key: { peer: "a", tag: first.tag }, label: IN_LABEL },
    { operation: "link", key: { peer: "a", tag: second.tag }, label: OUT_LABEL },
    { operation: "permit", link: 0, outLink: 1 },
  ];
  await offer(
    bench.b,
    { generation: 1, whole: changes.length },
    changes,
    ({ taken, code }) => taken === changes.length && code === "",
  );
  return { first, second, changes };
}

/** Sends a packet with a label over a's end of a link until a side hears it. @returns the packet as it was sent and as it came */
async function sendUntil(
  bench: LinkBench,
  link: BenchLink,
  label: number,
  side: ClusterSide,
): Promise<{ readonly sent: Buffer; readonly heard: HeardPacket }> {
  const sent = passing(label, SIZE);
  const send = bench.medium.repeated(SIZE, () => bench.a.sendPackets(link.a.handle, sent));
  const heard = await side.until(`a packet with label ${label}`, () => {
    send();
    return side.packets.find(({ packet }) => payloadOf(sent).equals(payloadOf(packet)));
  });
  return { sent, heard };
}

export const TRANSIT_CHECKS: readonly Check<LinkBench>[] = [
  check("PA-45", "heartbeats tell which label table is taken, and which is not", async (bench) => {
    const { a } = bench;
    await demandFeature(a);
    const links: TransitChange[] = [
      { operation: "link", key: { peer: "b", tag: bench.newTag() }, label: IN_LABEL },
      { operation: "link", key: { peer: "b", tag: bench.newTag() }, label: OUT_LABEL },
    ];
    const whole = links.length;
    await offer(a, { generation: 1, whole }, [], ({ taken }) => taken === 0);
    await offer(a, { generation: 1, whole }, links, ({ taken, code }) => taken === whole && code === "");
    const nowhere: TransitChange = { operation: "permit", link: 0, outLink: 9 };
    await offer(a, { generation: 2, whole: 1 }, [nowhere], ({ code }) => code === "TRANSIT_INVALID");
    const { attachment } = await a.heartbeat();
    demand(attachment === a.attachment, `attachment ${attachment}, not ${a.attachment}`);
  }),
  check("PA-51", "what the table permits is forwarded, and all else goes up", async (bench) => {
    const { a, b } = bench;
    await demandFeature(b);
    const { first, second, changes } = await lay(bench);
    const { sent, heard } = await sendUntil(bench, first, OUT_LABEL, a);
    const head = Buffer.from(heard.packet.subarray(0, 20)).toString("hex");
    demand(forwarded(sent).equals(heard.packet), `its first bytes are ${head}`);
    demand(heard.handle === second.a.handle, "it came over the link that it was sent on");
    demand(!b.packets.some(({ packet }) => payloadOf(sent).equals(payloadOf(packet))), "it went up as well");
    const unknown = await sendUntil(bench, first, UNKNOWN_LABEL, b);
    demand(unknown.sent.equals(unknown.heard.packet), "what went up was changed");
    const removal: TransitChange = { operation: "remove", link: 1, label: OUT_LABEL };
    const [whole, taken] = [changes.length, changes.length + 1];
    await offer(b, { generation: 1, whole, first: whole }, [removal], (told) => told.taken === taken);
    await sendUntil(bench, first, OUT_LABEL, b);
  }),
  check("PA-52", "a table holds while the cluster vertex is restarted, and not without end", async (bench) => {
    const { a, b } = bench;
    await demandFeature(b);
    const { first, second } = await lay(bench);
    b.closeSocket();
    await sendUntil(bench, first, OUT_LABEL, a);
    b.begin();
    await b.attach();
    for (const { tag } of [first, second]) await b.ask({ kind: "open-link", wish: bench.wish(b, tag) });
    await sendUntil(bench, first, OUT_LABEL, a);
    // The table is not confirmed, so it ends, and packets go up to the cluster vertex.
    await sendUntil(bench, first, OUT_LABEL, b);
  }),
];
