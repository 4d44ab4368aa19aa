// Sends numbered datagrams. Each holds its number (4 bytes), the time at which it was sent (8 bytes, a double), and bytes that follow from
// the number. Usage: udp-sender.ts HOST PORT EVERY-MS
import { createSocket } from "node:dgram";
import { now } from "@florenetes/workloads";
import { datagramOf } from "../datagram.ts";

const [host, port, every] = process.argv.slice(2);
const socket = createSocket("udp4");
socket.on("error", () => {});
let number = 0;
setInterval(() => socket.send(datagramOf(number++, now()), Number(port), host, () => {}), Number(every));
