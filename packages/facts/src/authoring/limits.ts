/** Octets of the list of what a key has signed: some 20,000 slots. */
export const SIGNED_LIST_SIZE_MAX = 4_194_304;
/** How long a signer command may take. */
export const SIGNER_MS = 10_000;
/** Octets of what a signer command may say: a signature in hex has 128. */
export const SIGNER_OUTPUT_SIZE_MAX = 4_096;
/** Characters of what is shown of it. */
export const SIGNER_TEXT_LENGTH_MAX = 200;
