// The crate quinn-proto as native/ has it: the published one, which cargo brings, with what native/quinn-proto changes in it.
//
//   node scripts/quinn-proto.mjs                  makes native/made/quinn-proto, unless it is there
//   node scripts/quinn-proto.mjs unfold <folder>  makes a git repository of the published crate, our files, and a commit for each change
//   node scripts/quinn-proto.mjs fold <folder>    writes our files and changes anew, from such a repository
import { makeQuinnProto } from "./changed-crate/make.mjs";
import { fold, unfold } from "./changed-crate/repository.mjs";

const [command, folder] = process.argv.slice(2);
const run = { make: () => makeQuinnProto(), unfold: () => unfold(folder), fold: () => fold(folder) }[command ?? "make"];
if (run === undefined || (command !== undefined) !== (folder !== undefined)) {
  console.error("usage: quinn-proto.mjs [unfold <folder> | fold <folder>]");
  process.exit(2);
}
const fault = run();
if (fault !== undefined) {
  console.error(`florenetes: ${fault}`);
  process.exitCode = 1;
}
