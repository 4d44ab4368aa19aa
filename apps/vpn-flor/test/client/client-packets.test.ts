import { TrafficClass } from "@florenetes/forwarding";
import { beforeEach, describe, expect, test } from "vitest";
import { ClientPackets } from "../../src/client/client-packets.ts";
import { SHARDS } from "../../src/flows/limits.ts";
import { PacketFlows } from "../../src/flows/packet-flows.ts";
import { BULK_BYTES } from "../../src/packets/flow-volumes.ts";
import { parseAddress } from "../../src/packets/addresses.ts";
import { PacketClasses } from "../../src/packets/traffic-classes.ts";
import { PacketDatagram } from "../../src/connect-ip/datagram.ts";
import { insidePacket } from "../inside-packet.ts";
import { Sent } from "../sent-datagrams.ts";

const OWN = "100.64.3.4";
const OWN6 = "fd00::9";

const withContext = (packet: Uint8Array): Uint8Array => Uint8Array.from([0, ...packet]);

describe("a client's packets", () => {
  let packets: ClientPackets;
  let flow: Sent;
  beforeEach(() => {
    packets = new ClientPackets(new PacketClasses(), new PacketDatagram(), 1);
    packets.assignment = { v4: parseAddress(OWN)!, v6: parseAddress(OWN6)! };
    flow = new Sent();
    packets.flows.add(TrafficClass.reliable, 0, flow);
  });

  test("of its device go into a flow of their class", () => {
    const dns = new Sent();
    packets.flows.add(TrafficClass.dns, 0, dns);
    const [web, name] = [insidePacket(OWN, "192.0.2.1"), insidePacket(OWN6, "2001:db8::1", { destinationPort: 53 })];
    expect(packets.send(web, 0)).toBe(TrafficClass.reliable);
    expect(packets.send(name, 0)).toBe(TrafficClass.dns);
    expect([flow.datagrams, dns.datagrams]).toEqual([[withContext(web)], [withContext(name)]]);
  });

  test("of a flow go to its own address, and nowhere else", () => {
    const answer = insidePacket("192.0.2.1", OWN);
    expect(packets.packetOf(withContext(answer))).toEqual(answer);
    expect(packets.receive(answer, 0)).toBe(true);
    for (const destination of ["127.0.0.1", "100.64.3.5", "192.0.2.1", "224.0.0.1"])
      expect(packets.receive(insidePacket("192.0.2.1", destination), 0)).toBe(false);
    expect([...packets.drops]).toEqual([["destination", 4]]);
  });

  test("without a session, from another address, or malformed are dropped and counted", () => {
    packets.send(insidePacket("192.0.2.7", "192.0.2.1"), 0);
    packets.send(Uint8Array.of(0x45), 0);
    packets.packetOf(Uint8Array.of(5));
    packets.assignment = undefined;
    packets.send(insidePacket(OWN, "192.0.2.1"), 0);
    packets.receive(insidePacket("192.0.2.1", OWN), 0);
    expect(Object.fromEntries(packets.drops)).toEqual({
      source: 1,
      short: 1,
      context: 1,
      noSession: 1,
      destination: 1,
    });
    expect(flow.datagrams).toEqual([]);
  });

  test.each([
    ["192.0.2.7", "192.0.2.1", 4],
    ["2001:db8::7", "2001:db8::1", 6],
  ])(
    "from another address (%s) are answered from where they would have gone: their program begins anew",
    (own, far, version) => {
      const packet = insidePacket(own, far);
      packets.send(packet, 0);
      const answer = packets.pollAnswer()!;
      const [type, code, quoted, from, to] = version === 4 ? [20, 21, 28, 12, 16] : [40, 41, 48, 8, 24];
      const length = version === 4 ? 4 : 16;
      expect([answer[0]! >> 4, answer[type], answer[code]]).toEqual([
        version,
        version === 4 ? 3 : 1,
        version === 4 ? 13 : 1,
      ]);
      expect(answer.subarray(from, from + length)).toEqual(parseAddress(far));
      expect(answer.subarray(to, to + length)).toEqual(parseAddress(own));
      expect(answer.subarray(quoted)).toEqual(packet);
      expect(packets.pollAnswer()).toBeUndefined();
    },
  );

  test("from another address get ten answers a second, and none that is an error or goes to many", () => {
    const answersAt = (now: number, count: number): number =>
      Array.from(
        { length: count },
        () => (packets.send(insidePacket("192.0.2.7", "192.0.2.1"), now), packets.pollAnswer()),
      ).filter((answer) => answer !== undefined).length;
    expect([answersAt(0, 25), answersAt(0, 5), answersAt(1_000, 25)]).toEqual([10, 0, 10]);
    packets.send(insidePacket("192.0.2.7", "224.0.0.1"), 5_000);
    expect(packets.pollAnswer()).toBeUndefined();
    packets.assignment = undefined;
    packets.send(insidePacket("192.0.2.7", "192.0.2.1"), 9_000);
    expect(packets.pollAnswer()).toBeUndefined();
  });

  test("of a piece are datagrams of one flow, and a piece that cannot be cut is dropped", () => {
    const runs = [{ bytes: Uint8Array.of(0, 1, 1, 0, 2), lengths: Uint32Array.of(3, 2), count: 2 }, undefined];
    const cut: Uint8Array[] = [];
    const cutter = { headerSize: 3, cut: (piece: Uint8Array) => (cut.push(piece), runs.shift()) };
    const pieces = new ClientPackets(new PacketClasses(), cutter, 1);
    pieces.assignment = packets.assignment;
    pieces.handleUp(packets.flows);
    const piece = Uint8Array.from([7, 7, 7, ...insidePacket(OWN, "192.0.2.1")]);
    expect([pieces.send(piece, 0), pieces.send(piece, 0)]).toEqual([TrafficClass.reliable, undefined]);
    expect([cut, flow.datagrams]).toEqual([
      [piece, piece],
      [Uint8Array.of(0, 1, 1), Uint8Array.of(0, 2)],
    ]);
    expect(pieces.drops).toEqual(new Map([["piece", 1]]));
    expect(packets.flows.counts().find(({ counts }) => counts.sentPackets > 0)?.counts).toMatchObject({
      sentPackets: 2,
      sentBytes: 5,
    });
  });

  test("of a piece are counted each where they are dropped", () => {
    const run = { bytes: new Uint8Array(9), lengths: Uint32Array.of(3, 3, 3), count: 3 };
    const pieces = new ClientPackets(new PacketClasses(), { headerSize: 0, cut: () => run }, 1);
    const own = insidePacket(OWN, "192.0.2.1");
    pieces.send(own, 0);
    pieces.assignment = packets.assignment;
    pieces.send(own, 0);
    pieces.send(insidePacket("192.0.2.7", "192.0.2.1"), 0);
    pieces.send(Uint8Array.of(0x45), 0);
    pieces.receive(own, 0, 4);
    expect(Object.fromEntries(pieces.drops)).toEqual({ noSession: 6, source: 3, short: 3, destination: 4 });
  });

  test("of a download are bulk in both directions", () => {
    const packet = insidePacket("192.0.2.1", OWN, { sourcePort: 80, destinationPort: 5_000, size: 1_200 });
    const acknowledgement = insidePacket(OWN, "192.0.2.1");
    expect(packets.send(acknowledgement, 0)).toBe(TrafficClass.reliable);
    for (let bytes = 0; bytes <= BULK_BYTES; bytes += 1_200) packets.receive(packet, 1);
    expect(packets.send(acknowledgement, 2)).toBe(TrafficClass.bulk);
  });

  test("are counted once, whether their session is up, has given its place to another one, or is over", () => {
    const sent = (): number =>
      packets.all.flatMap((flows) => flows.counts()).reduce((sum, { counts }) => sum + counts.sentPackets, 0);
    const [first, second] = [new PacketFlows(SHARDS), new PacketFlows(SHARDS)];
    for (const flows of [first, second]) {
      flows.add(TrafficClass.reliable, 0, new Sent());
      packets.handleUp(flows);
      packets.send(insidePacket(OWN, "192.0.2.1"), 0);
    }
    expect(sent()).toBe(2);
    first.noteReceived(TrafficClass.reliable, 0, 100);
    for (const flows of [first, first, second]) packets.handleOver(flows);
    expect(sent()).toBe(2);
    expect(packets.all[0]!.counts().find(({ counts }) => counts.receivedPackets === 1)?.counts.receivedBytes).toBe(100);
  });
});
