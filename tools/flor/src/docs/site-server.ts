/** The server of the site of the documents, for browsers of this machine. */
import { type LoopbackServer, openLoopbackServer } from "../loopback-server.ts";
import { answerOf, type Site } from "./site-answers.ts";

/** Shows a site at a free port of the loopback address. */
export function openSiteServer(site: Site): Promise<LoopbackServer> {
  return openLoopbackServer((request, response, hosts) => {
    const { method = "", url: target = "" } = request;
    const { status, headers, body } = answerOf(site, hosts, { method, target, host: request.headers.host });
    response.writeHead(status, { ...headers, "content-length": body.length }).end(body);
  });
}
