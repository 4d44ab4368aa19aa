/**
 * A source of device facts (docs/protocol/device-source.md) that says what a file has: each second, and until its standard input ends.
 *
 *     node scripted-device.mjs FILE
 */
import { readFileSync } from "node:fs";

const [file] = process.argv.slice(2);
const tell = () => {
  process.stdout.write(`${readFileSync(file, "utf8").trim()}\n`);
};
tell();
setInterval(tell, 1_000);
process.stdin.on("end", () => process.exit());
process.stdin.resume();
