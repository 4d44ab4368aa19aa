import { runVertexProgram } from "@florenetes/process-kit";
import { checkLinkFlor } from "../config/check.ts";
import type { LinkFlorConfig } from "../config/link-config.ts";
import { loadLinkConfig } from "../config/link-config-file.ts";
import type { LinkFlorStatus } from "./link-status.ts";
import { renderLinkFlorStatus } from "./render-status.ts";

/** The command line of link-flor; `run` gets the checked config and the path of its file, and gives the exit code. */
export function runLinkProgram(
  version: string,
  run: (config: LinkFlorConfig, file: string) => Promise<number | void>,
): void {
  runVertexProgram<LinkFlorConfig>({
    name: "link-flor",
    description: "The link vertex: carries datagrams to neighbouring nodes, encrypted and authenticated, QUIC over UDP",
    version,
    load: loadLinkConfig,
    check: checkLinkFlor,
    run,
    adminPathOf: ({ admin }) => admin,
    controlPathOf: ({ control }) => control,
    adminSockets: "/run/florenetes-link/admin.sock",
    renderStatus: (status, width) => renderLinkFlorStatus(status as LinkFlorStatus, width),
  });
}
