// Sends numbered datagrams. Usage: udp-sender.ts HOST PORT EVERY-MS. Each has its number (4 bytes), the time at which it was sent (8 bytes, a double), and bytes
// that follow from the number.
import { createSocket } from "node:dgram";
import { now } from "@florenetes/workloads";
import { datagramOf } from "../datagram.ts";

const [host, port, every] = process.argv.slice(2);
const socket = createSocket("udp4");
socket.on("error", () => {});
let number = 0;
setInterval(() => socket.send(datagramOf(number++, now()), Number(port), host, () => {}), Number(every));
