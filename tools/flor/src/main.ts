#!/usr/bin/env node
import { forbidCoreDumps } from "@florenetes/native";
import { runProgram } from "@florenetes/process-kit";
import { runFlor } from "./program.ts";

runProgram(() => {
  // A CA's key is in its hands.
  forbidCoreDumps();
  return runFlor(process.argv.slice(2), { out: console.log, err: console.error });
});
