const FILE_HEADER = 24;
const PACKET_HEADER = 16;
const ETHERNET_HEADER = 14;
const IP_HEADER = 20;
const UDP_HEADER = 8;
const UDP = 17;

/** Payloads of the datagrams to a UDP port in a capture of one interface (pcap(5), IPv4 in Ethernet frames as loopback has them, too). */
export function udpPayloads(capture: Buffer, port: number): Buffer[] {
  const payloads: Buffer[] = [];
  for (let at = FILE_HEADER; at + PACKET_HEADER <= capture.length;) {
    const length = capture.readUInt32LE(at + 8);
    const frame = capture.subarray(at + PACKET_HEADER, at + PACKET_HEADER + length);
    at += PACKET_HEADER + length;
    const udpAt = ETHERNET_HEADER + IP_HEADER;
    const isUdp = frame.length > udpAt + UDP_HEADER && frame[ETHERNET_HEADER + 9] === UDP;
    if (isUdp && frame.readUInt16BE(udpAt + 2) === port) payloads.push(frame.subarray(udpAt + UDP_HEADER));
  }
  return payloads;
}
