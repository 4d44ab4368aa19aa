import type { Command } from "../help/command.ts";
import type { HelpFile } from "../help/help-file.ts";
import { bashCompletion } from "./bash.ts";
import { fishCompletion } from "./fish.ts";
import { zshCompletion } from "./zsh.ts";

/**
 * Scripts by which shells complete the command lines of a program. They start no program.
 *
 * @param command What the program says of itself.
 */
export function completionFiles(command: Command): HelpFile[] {
  const name = command.path.join(" ");
  return [
    { path: `usr/share/bash-completion/completions/${name}`, text: bashCompletion(command) },
    { path: `usr/share/zsh/vendor-completions/_${name}`, text: zshCompletion(command) },
    { path: `usr/share/fish/vendor_completions.d/${name}.fish`, text: fishCompletion(command) },
  ];
}
