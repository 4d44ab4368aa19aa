// Turns portal.proto into src/generated: a part of the build, as git ignores that folder.
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pbjs from "protobufjs-cli/pbjs.js";
import pbts from "protobufjs-cli/pbts.js";

const here = import.meta.dirname;
// Only what encodes and decodes. Long objects come in spite of --force-number: messages.ts turns them into numbers.
const FLAGS =
  "--target static-module --wrap esm --dependency protobufjs/minimal.js --force-number --no-create --no-verify --no-convert --no-delimited --no-typeurl".split(
    " ",
  );
const generated = join(here, "src", "generated");

function run(tool, args) {
  return new Promise((resolve, reject) => {
    tool.main(args, (error, output) => (error ? reject(error) : resolve(output)));
  });
}

const scratch = mkdtempSync(join(tmpdir(), "portal-api-"));
try {
  const code = await run(pbjs, [...FLAGS, join(here, "portal.proto")]);
  const codeFile = join(scratch, "portal.js");
  writeFileSync(codeFile, code);
  // With numbers forced, nothing in the types needs it.
  const types = (await run(pbts, [codeFile])).replace('import Long = require("long");\n', "");
  const files = { "portal.js": code, "portal.d.ts": types };
  mkdirSync(generated, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    const path = join(generated, name);
    // Whoever builds at the same time has the whole of it.
    const unfinished = join(generated, `.${name}-${process.pid}`);
    writeFileSync(unfinished, text);
    renameSync(unfinished, path);
  }
} finally {
  rmSync(scratch, { recursive: true });
}
