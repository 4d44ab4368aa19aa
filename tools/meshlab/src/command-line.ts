import { runProgram } from "@florenetes/process-kit";
import { runMeshlab } from "./program.ts";

runProgram(() => runMeshlab(process.argv.slice(2)));
