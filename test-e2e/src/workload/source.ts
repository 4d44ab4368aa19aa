// With service.ts behind the tunnel: sends SIZE bytes (those of file-contents.ts), as fast as they are taken, to a slow
// reader; prints its answer. Usage: source.ts HOST PORT SIZE
import { connect } from "node:net";
import { pipeline } from "node:stream";
import { fileContents } from "../file-contents.ts";

const [host, port, size] = process.argv.slice(2);
const socket = connect({ host: host!, port: Number(port), allowHalfOpen: true }, () => {
  socket.write("r");
  pipeline(fileContents(Number(size)), socket, () => {});
});
socket.on("data", (bytes: Buffer) => process.stdout.write(`"${bytes.toString()}"`));
socket.on("end", () => socket.destroy());
socket.on("error", (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
