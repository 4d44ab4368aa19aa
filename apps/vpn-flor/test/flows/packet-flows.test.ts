import { TrafficClass } from "@florenetes/forwarding";
import { describe, expect, test } from "vitest";
import { PacketFlows } from "../../src/flows/packet-flows.ts";
import { Sent } from "../sent-datagrams.ts";

const { reliable, bulk, dns, droppable } = TrafficClass;

function flowsOf(...classes: TrafficClass[]): { flows: PacketFlows; sent: Sent[] } {
  const flows = new PacketFlows(
    new Map([
      [reliable, 2],
      [bulk, 4],
      [dns, 1],
      [droppable, 1],
    ]),
  );
  const sent = classes.map((trafficClass) => {
    const flow = new Sent();
    flows.add(trafficClass, flows.free(trafficClass)!, flow);
    return flow;
  });
  return { flows, sent };
}

describe("the flows of a session", () => {
  const datagram = { bytes: new Uint8Array(10), lengths: Uint32Array.of(10), count: 1 };
  const shares = (sent: readonly Sent[]): number[] => sent.map(({ datagrams }) => datagrams.length);

  test("a connection stays on one flow of its class, and connections are spread over all of them", () => {
    const { flows, sent } = flowsOf(bulk, bulk, reliable, bulk, bulk);
    for (let hash = 0; hash < 8; hash++) for (let packet = 0; packet < 3; packet++) flows.send(bulk, hash, datagram);
    expect(shares(sent)).toEqual([6, 6, 0, 6, 6]);
  });

  test("a class without a flow uses those of reliable, and without these any", () => {
    const { flows, sent } = flowsOf(reliable, bulk);
    expect(flows.send(dns, 1, datagram)).toBe(true);
    expect(shares(sent)).toEqual([1, 0]);
    flows.remove(sent[0]!);
    expect(flows.send(dns, 1, datagram)).toBe(true);
    expect(shares(sent)).toEqual([1, 1]);
    flows.remove(sent[1]!);
    expect(flows.send(dns, 1, datagram)).toBe(false);
  });

  test("a shard whose flow is over is free again, and keeps its counts", () => {
    const { flows, sent } = flowsOf(bulk, bulk);
    flows.send(bulk, 0, datagram);
    flows.noteReceived(bulk, 1, 7);
    flows.remove(sent[0]!);
    expect(flows.free(bulk)).toBe(0);
    expect(flows.isWhole(bulk)).toBe(false);
    flows.add(bulk, 0, sent[0]!);
    flows.send(bulk, 0, datagram);
    const counts = flows.counts().filter(({ trafficClass }) => trafficClass === bulk);
    expect(counts[0]!.counts).toMatchObject({ sentPackets: 2, sentBytes: 20, receivedPackets: 0, receivedBytes: 0 });
    expect(counts[1]!.counts).toMatchObject({ sentPackets: 0, sentBytes: 0, receivedPackets: 1, receivedBytes: 7 });
  });

  test("a class has no more flows than shards, and one that is not carried has none", () => {
    const { flows } = flowsOf(dns);
    expect([flows.free(dns), flows.isWhole(dns)]).toEqual([undefined, true]);
    expect(flows.free(TrafficClass.control)).toBe(undefined);
  });

  test("what a flow drops is counted in its shard, from the first packet of the flow on", () => {
    const { flows, sent } = flowsOf(bulk, bulk);
    const droppedBy = (each: number): void => {
      sent[1]!.sendRun = () => void (sent[1]!.dropped += each);
      flows.send(bulk, 1, datagram);
    };
    sent[1]!.dropped = 9;
    for (const each of [0, 2, 1]) droppedBy(each);
    const counts = flows.counts().filter(({ trafficClass }) => trafficClass === bulk);
    expect(counts.map(({ counts: { droppedPackets } }) => droppedPackets)).toEqual([0, 3, 0, 0]);
    const { flows: sum } = flowsOf();
    for (let time = 0; time < 2; time++) sum.absorb(flows);
    expect(sum.counts().reduce((total, { counts: { droppedPackets } }) => total + droppedPackets, 0)).toBe(6);
  });

  test("counts of a session that is over are added up", () => {
    const [{ flows: sum }, { flows }] = [flowsOf(), flowsOf(dns)];
    flows.send(dns, 0, datagram);
    sum.absorb(flows);
    sum.absorb(flows);
    const { counts } = sum.counts().find(({ trafficClass }) => trafficClass === dns)!;
    expect(counts.sentBytes).toBe(20);
  });
});
