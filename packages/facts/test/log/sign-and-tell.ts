/**
 * Signs a proposal with the memory in a folder, and tells whether it has; it kills itself before one of the calls by which a file system changes.
 *
 *     sign-and-tell.ts FOLDER INDEX CALL
 */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { CheckpointSigner } from "../../src/log/drivers/checkpoint-signer.ts";
import { SignerMemory } from "../../src/log/drivers/signer-memory.ts";
import { alpha, NOW } from "../records.ts";
import { keyOf, policy, proposal, readerAt, readOn, sections } from "./checkpoint-scene.ts";

const [folder, index, last] = [process.argv[2]!, Number(process.argv[3]), Number(process.argv[4])];
const tell = fs.writeSync;
let calls = 0;
const dying = <Call extends (...args: never[]) => unknown>(call: Call): Call =>
  ((...args: never[]) => {
    if (++calls === last) process.kill(process.pid, "SIGKILL");
    return call(...args);
  }) as Call;
fs.mkdirSync = dying(fs.mkdirSync as never);
fs.rmSync = dying(fs.rmSync);
fs.openSync = dying(fs.openSync);
fs.writeFileSync = dying(fs.writeFileSync);
fs.fsyncSync = dying(fs.fsyncSync);
fs.renameSync = dying(fs.renameSync);
syncBuiltinESMExports();

const memory = new SignerMemory({ folder, cluster: "demo", log: "main" });
const reader = readerAt(memory.seen?.index ?? 0, memory.seen);
const signer = new CheckpointSigner({ cluster: "demo", log: "main", memory, reader, signer: keyOf(alpha) });
readOn(reader, 10);
const grounds = { policy, last: undefined, sectionsAt: () => sections, now: NOW };
const outcome = await signer.sign(proposal(index, 1), grounds);
if (++calls === last) process.kill(process.pid, "SIGKILL");
tell(1, typeof outcome === "string" ? `refused: ${outcome}\n` : "signed\n");
