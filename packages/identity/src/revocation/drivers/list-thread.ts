/** The thread that reads one large file of revocation lists, and ends. */
import { parentPort, workerData } from "node:worker_threads";
import { type ListFileTask, readListFile } from "../list-file.ts";

const result = readListFile(workerData as ListFileTask);
const buffers = result.lists.flatMap(({ serialOctets, der, text }) => [serialOctets.buffer, der.buffer, text.buffer]);
parentPort!.postMessage(result, buffers as ArrayBuffer[]);
