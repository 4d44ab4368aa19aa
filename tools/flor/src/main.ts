#!/usr/bin/env node
import { runProgram } from "@florenetes/process-kit";
import { runFlor } from "./program.ts";

runProgram(() => runFlor(process.argv.slice(2), { out: console.log, err: console.error }));
