/** The name of the service that every issuer is, in each cluster. */
export const ISSUER_NAME = "issuer";
