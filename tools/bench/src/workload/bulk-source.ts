// Sends as much as one connection takes, until it is killed. Usage: bulk-source.js HOST PORT
import { connect } from "node:net";

const PIECE = Buffer.alloc(65_536, 0x61);

const [host, port] = process.argv.slice(2);
const socket = connect({ host: host!, port: Number(port) }, fill);
socket.on("drain", fill);
socket.on("error", () => process.exit(1));

function fill(): void {
  while (socket.write(PIECE));
}
