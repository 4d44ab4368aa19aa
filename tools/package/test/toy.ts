import type { Command } from "../src/help/command.ts";
import { commandTree } from "../src/help/parse-help.ts";

/** The help of a made-up program, by the command. */
const HELP: Readonly<Record<string, string>> = {
  toy: String.raw`Usage: toy [options] [command]

Plays: it's a \small\ one, with a description that is
broken

Options:
  -V, --version     output the version number
  -h, --help        display help for command

Commands:
  run [options]     run until it ends
  box               boxes of toys
  help [command]    display help for command

Some lines:
  $ toy run -c toy.yaml    'quoted'

.TH is no request here
`,
  "toy run": `Usage: toy run [options] [socket...]

.profile is read first

Arguments:
  socket               the admin sockets (default: all)

Options:
  -c, --config <file>  the config
  --out <dir>          the folder [new]: it must not exist yet
  --days <n>           days
  --level <level>      how much is told; one of them (choices: "low", "high",
                       default: "low")
  --tag <name...>      tags
  -w, --watch [seconds]
                       again and again
  -h, --help           display help for command
`,
  "toy box": `Usage: toy box [options] [command]

boxes of toys

Options:
  --by <n>                size of the box
  -h, --help              display help for command

Commands:
  open <kind> <thing>     open one
`,
  "toy box open": `Usage: toy box open [options] <kind> <thing>

open one

Arguments:
  kind        the kind (choices: "red", "green")
  thing       the file of the box, or its name

Options:
  -h, --help  display help for command
`,
};

/** The program, as it would be read. */
export function toy(changed: Readonly<Record<string, string>> = {}): Command {
  const texts = { ...HELP, ...changed };
  return commandTree(["toy"], (path) => texts[path.join(" ")] ?? "");
}
