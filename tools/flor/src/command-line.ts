import { foreignLines } from "@florenetes/operator-text";
import { forbidCoreDumps } from "@florenetes/native";
import { runProgram } from "@florenetes/process-kit";
import { runFlor } from "./program.ts";

// Shown files may come from anywhere: nothing in them may control the terminal.
const output = {
  out: (text: string) => console.log(foreignLines(text)),
  err: (text: string) => console.error(foreignLines(text)),
};

runProgram(() => {
  // This process may hold a CA's key.
  forbidCoreDumps();
  return runFlor(process.argv.slice(2), output);
});
