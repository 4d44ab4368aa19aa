#!/usr/bin/env -S node --disable-sigusr1
import { foreignLines } from "@florenetes/operator-text";
import { forbidCoreDumps } from "@florenetes/native";
import { shutInspector } from "@florenetes/process-kit/inspector";
import { runProgram } from "@florenetes/process-kit";
import { runFlor } from "./program.ts";

// Files are shown that came from anywhere: nothing in them may move the terminal.
const output = {
  out: (text: string) => console.log(foreignLines(text)),
  err: (text: string) => console.error(foreignLines(text)),
};

shutInspector();
runProgram(() => {
  // A CA's key is in its hands.
  forbidCoreDumps();
  return runFlor(process.argv.slice(2), output);
});
