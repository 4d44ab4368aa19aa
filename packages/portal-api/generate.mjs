// Turns portal.proto into src/generated. With --check it writes nothing, and fails when what is there is stale.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
  for (const [name, text] of Object.entries(files)) {
    const path = join(generated, name);
    if (!process.argv.includes("--check")) writeFileSync(path, text);
    else if (readFileSync(path, "utf8") !== text) throw new Error(`${path} is stale: run \`pnpm generate\` here`);
  }
} finally {
  rmSync(scratch, { recursive: true });
}
