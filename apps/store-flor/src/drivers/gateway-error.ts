import type { HostPort } from "@florenetes/config-file";
import { EXIT_CODES, OperatorError } from "@florenetes/operator-text";
import { GATEWAY_ERRORS, type GatewayErrorCode } from "../config/config-errors.ts";

/** A request is refused by the gateway itself. */
export class GatewayRefusal extends OperatorError {
  /** The HTTP status of the answer. */
  readonly status: number;

  constructor(status: number, code: GatewayErrorCode, message: string) {
    super(code, message, { advice: GATEWAY_ERRORS[code].advice, exitCode: EXIT_CODES.failed });
    this.status = status;
  }
}

/** The error of an address that cannot be listened on */
export function listenError({ host, port }: HostPort, cause: Error): OperatorError {
  const code: GatewayErrorCode = "ERR_STORE_BIND";
  const message = `${host} port ${port} cannot be listened on: ${cause.message}`;
  return new OperatorError(code, message, { advice: GATEWAY_ERRORS[code].advice, cause });
}
