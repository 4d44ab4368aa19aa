// Takes the datagrams of udp-sender. Prints "ready", then every half second `{"right":<datagrams>,"gapMs":<longest time without one>}`; and at once `{"wrong":"…"}`, and
// `{"sentAt":<ms>,"receivedAt":<ms>}` for a datagram that is older than LATE-MS. Usage: udp-receiver.ts HOST PORT LATE-MS
import { createSocket } from "node:dgram";
import { now } from "@florenetes/workloads";
import { readDatagram } from "../datagram.ts";
import { tell } from "../tell.ts";

const TELL_EVERY_MS = 500;
const [host, port, late] = process.argv.slice(2);
const socket = createSocket("udp4");
let right = 0;
let gapMs = 0;
let lastAt: number | undefined;
socket.on("message", (bytes) => {
  const datagram = readDatagram(bytes);
  const receivedAt = now();
  if (datagram === undefined) return tell({ wrong: `a datagram of ${bytes.length} bytes is not what was sent` });
  right++;
  gapMs = Math.max(gapMs, receivedAt - (lastAt ?? receivedAt));
  lastAt = receivedAt;
  if (receivedAt - datagram.sentAt > Number(late)) tell({ sentAt: datagram.sentAt, receivedAt });
});
socket.bind(Number(port), host, () => process.stdout.write("ready\n"));
setInterval(() => {
  if (right > 0) tell({ right, gapMs });
  [right, gapMs] = [0, 0];
}, TELL_EVERY_MS);
