/** Every code of this package: what it means, and what to do about it, in a line each. docs/operate/errors.md is made from it. */
export const IDENTITY_ERRORS = {
  ERR_IDENTITY_PRINCIPAL_SYNTAX: {
    meaning: "A principal, or a part of one, is not written in the form that this product accepts.",
    advice: "Write spiffe://<cluster>/<kind>/<name> or <kind>/<name>; kinds are user, service and vertex.",
  },
  ERR_IDENTITY_FILE_MISSING: {
    meaning: "A file is not there: of an identity folder or a CA folder, or one that a command was given.",
    advice:
      "Check the path; `flor identity install` puts an identity into its folder, and `flor ca init` makes a CA's.",
  },
  ERR_IDENTITY_FILE_UNREADABLE: {
    meaning: "A file of an identity is there but cannot be read, is no regular file, or is far too large.",
    advice: "Check who owns the file and the folders above it, and which user the process runs as.",
  },
  ERR_IDENTITY_KEY_EXPOSED: {
    meaning: "A private key can be read or written by other users than its owner.",
    advice: "Run chmod 600 on the key; when others may have read it, issue the identity anew.",
  },
  ERR_IDENTITY_FOLDER_EXPOSED: {
    meaning: "An identity folder can be written by everybody, who could put other roots or another identity into it.",
    advice: "Run chmod 700 on the folder, and compare its roots with the CA's fingerprint: `flor inspect` prints them.",
  },
  ERR_IDENTITY_KEY_BROKEN: {
    meaning: "A key file holds no private key that can be read, or one that is protected by a passphrase.",
    advice: "Give one unencrypted PEM private key (PKCS #8 or SEC 1).",
  },
  ERR_IDENTITY_KEY_MISMATCH: {
    meaning: "The private key does not belong to the first certificate of the chain.",
    advice: "Put the key and the chain of the same issue into the folder; the leaf certificate comes first.",
  },
  ERR_IDENTITY_PEM_BROKEN: {
    meaning:
      "A PEM file does not hold what it should (certificates, a request, revocation lists), or a block that is cut off or not base64.",
    advice: "Copy the file again; it needs whole blocks, each from its BEGIN line to its END line.",
  },
  ERR_IDENTITY_CERTIFICATE_BROKEN: {
    meaning: "A certificate is not a well-formed X.509 v3 certificate in DER.",
    advice: "Issue it anew; when another tool made it, look at it with `openssl x509 -text`.",
  },
  ERR_IDENTITY_ALGORITHM: {
    meaning: "A certificate uses an algorithm other than Ed25519, or ECDSA with P-256 and SHA-256.",
    advice: "Issue it with one of these two; this holds for every CA of its chain too.",
  },
  ERR_IDENTITY_NOT_YET_VALID: {
    meaning: "A certificate of the chain is not valid yet.",
    advice: "Compare the clocks of this machine and of the one that issued it.",
  },
  ERR_IDENTITY_EXPIRED: {
    meaning: "A certificate of the chain is not valid any more.",
    advice: "Issue the identity anew; when it should still be valid, check this machine's clock.",
  },
  ERR_IDENTITY_URI_COUNT: {
    meaning: "A certificate does not name exactly one URI, so that it does not say whom it stands for.",
    advice: "Issue it with exactly one URI in subjectAltName: spiffe://<cluster>/<kind>/<name>.",
  },
  ERR_IDENTITY_LEAF_IS_CA: {
    meaning: "The certificate that should stand for a principal is a CA certificate.",
    advice: "Put the leaf certificate first in the chain; a CA certificate cannot be used as an identity.",
  },
  ERR_IDENTITY_KEY_USAGE: {
    meaning: "Key usage or extended key usage of a certificate does not permit what it is used for.",
    advice:
      "A leaf needs digitalSignature, and both serverAuth and clientAuth if it names any; a CA needs keyCertSign; key usage is critical.",
  },
  ERR_IDENTITY_EXTENSION: {
    meaning: "A certificate holds a critical extension, or name constraints, which this product does not evaluate.",
    advice: "Issue it without that extension.",
  },
  ERR_IDENTITY_NO_CERTIFICATE: {
    meaning: "The peer showed no certificate.",
    advice: "Both ends must authenticate; check the peer's identity folder.",
  },
  ERR_IDENTITY_CHAIN_LIMIT: {
    meaning: "A chain or trust bundle has more or larger certificates than this product looks at.",
    advice: "Leave out certificates that are not needed; the limits are in docs/operate/identity.md.",
  },
  ERR_IDENTITY_UNTRUSTED: {
    meaning: "The chain does not lead to a root of the trust bundle.",
    advice: "Check that both ends belong to the same cluster, and that the chain holds every intermediate CA.",
  },
  ERR_IDENTITY_ISSUER_NOT_CA: {
    meaning: "A certificate of the chain was issued by one that is no CA, or by a CA deeper than allowed.",
    advice: "Issue it by the cluster's CA; basicConstraints of each issuer must say CA:TRUE, with enough pathlen.",
  },
  ERR_IDENTITY_TRUST_NOT_ROOT: {
    meaning: "The trust bundle holds a certificate that is not a self-signed root.",
    advice: "Put roots into trust.pem, and intermediate CAs into chain.pem after the leaf.",
  },
  ERR_IDENTITY_TRUST_CLUSTER: {
    meaning: "A CA certificate belongs to another cluster than the identity.",
    advice: "Take key, chain and trust bundle from one issue of one cluster's CA.",
  },
  ERR_IDENTITY_WRONG_CLUSTER: {
    meaning: "The principal is of another cluster than the one expected.",
    advice: "Check which identity folder the config names, or of which cluster the peer, request or bundle should be.",
  },
  ERR_IDENTITY_WRONG_KIND: {
    meaning: "The principal is of a kind that has no place here, such as a user where a vertex is needed.",
    advice:
      "Check which identity folder the config names, here or at the other end, or whom the request or bundle is for.",
  },
  ERR_IDENTITY_WRONG_NAME: {
    meaning: "The principal is another one than the one expected.",
    advice:
      "Check the name in the config, the address that the peer was reached by, or whom the request or bundle is for.",
  },
  ERR_IDENTITY_WRONG_KEY: {
    meaning: "The principal is the right one by its certificate, but its key is none of those that are pinned for it.",
    advice:
      "When the peer has got a new key on purpose, have that key pinned; else somebody has a certificate that nobody meant to give: look at the CA.",
  },
  ERR_IDENTITY_REVOKED: {
    meaning: "A certificate of the chain is on the revocation list of its issuer.",
    advice:
      "This is meant to be; if its principal should be let in again, issue a new identity, which no old entry names.",
  },
  ERR_IDENTITY_REVOCATION_MISSING: {
    meaning: "Revocation lists are required here, and there is none of the issuer of a certificate.",
    advice: "Make one with `flor ca crl` and put it into the identity folder as crl.pem.",
  },
  ERR_IDENTITY_REVOCATION_EXPIRED: {
    meaning:
      "The revocation list of an issuer has ended. Where lists are required and the grace after its end is over, nobody new of that issuer is let in.",
    advice: "Make a new one with `flor ca crl`, and put it into the identity folder as crl.pem.",
  },
  ERR_IDENTITY_LIST_BROKEN: {
    meaning:
      "A revocation list is not a well-formed X.509 CRL v2 in DER, or is of a kind that this product does not take.",
    advice:
      "Make it anew with `flor ca crl`; a list of another tool must be complete (no delta, no part), with a number and an end.",
  },
  ERR_IDENTITY_LIST_UNTRUSTED: {
    meaning: "A revocation list is not signed by a CA of this cluster that may sign lists.",
    advice:
      "Take the list that this cluster's CA made; for the list of an intermediate CA, put that CA's certificate beside it.",
  },
  ERR_IDENTITY_LIST_OLDER: {
    meaning: "A revocation list is older in number than the one in force, or another one with the same number.",
    advice: "Put the newest list into the folder; the one in force stays in force.",
  },
  ERR_IDENTITY_LIST_NOT_YET_VALID: {
    meaning: "A revocation list begins in the future.",
    advice: "Compare the clocks of this machine and of the one that made it; it is taken when its time has come.",
  },
  ERR_IDENTITY_LIST_LOST: {
    meaning:
      "A revocation list that was known here is lost: it is damaged in the state folder, or only its number is left, and no identity folder has it or a newer one.",
    advice:
      "Put the newest list into the identity folder as crl.pem. Only if there is none any more, or its CA is not trusted any more: remove the damaged file, and with it what it revoked.",
  },
  ERR_IDENTITY_LIST_UNCONFIRMED: {
    meaning:
      "Nothing tells whether the revocation list that is there is its CA's newest: at a first start, or because state and identity folder have lost what they knew. Where lists are required, it is not taken.",
    advice:
      "Compare its number with the CA's (`flor ca list`), bring the newest list if it is another one, and say so once with `flor identity confirm-lists`.",
  },
  ERR_IDENTITY_LIST_NUMBERS_BROKEN: {
    meaning: "The file crl-numbers of an identity folder is damaged.",
    advice: "Remove it, and confirm the lists with `flor identity confirm-lists` if a process asks for it.",
  },
  ERR_IDENTITY_DAYS: {
    meaning: "The number of days that a certificate or a revocation list should be valid is out of range.",
    advice: "Give a whole number of days from 1 to 36500.",
  },
  ERR_IDENTITY_FOLDER_IN_USE: {
    meaning: "The folder to write into is there already and is not empty.",
    advice: "Name a folder that does not exist yet; nothing is ever written over.",
  },
  ERR_IDENTITY_FILE_IN_USE: {
    meaning: "The file to write is there already.",
    advice: "Name a file that does not exist yet; nothing is ever written over.",
  },
  ERR_IDENTITY_WRITE_FAILED: {
    meaning: "A file or folder could not be written.",
    advice: "Check the space on the disk and the permissions of the folder above.",
  },
  ERR_IDENTITY_CA_NO_CLUSTER: {
    meaning: "A root certificate does not say which cluster it is for.",
    advice: "Make the CA with `flor ca init`, or a root with the one URI spiffe://<cluster> in subjectAltName.",
  },
  ERR_IDENTITY_REQUEST_BROKEN: {
    meaning: "A certificate request is not a well-formed PKCS #10 request in PEM.",
    advice: "Make it with `flor identity request`; when another tool made it, look at it with `openssl req -text`.",
  },
  ERR_IDENTITY_REQUEST_SIGNATURE: {
    meaning: "A certificate request is not signed with the key that it asks a certificate for, or was altered.",
    advice: "Copy the request again from the node that made it.",
  },
  ERR_IDENTITY_REQUEST_CA: {
    meaning: "A certificate request asks for the certificate of a CA, which no request is answered with.",
    advice:
      "Ask for the certificate of a user, a service or a vertex, without CA:TRUE; a CA is made with `flor ca init`.",
  },
  ERR_IDENTITY_CA_INTERMEDIATE: {
    meaning: "Something that only a root does was asked of an intermediate CA: to make a bundle, or a further CA.",
    advice: "Name the folder of the root. An intermediate CA issues folders that are ready for use: `flor ca issue`.",
  },
  ERR_IDENTITY_CA_SEALED: {
    meaning: "The key of the CA is sealed with a passphrase, and none was given.",
    advice: "Give the passphrase that the CA was sealed with.",
  },
  ERR_IDENTITY_CA_BUSY: {
    meaning: "Another process has been using the folder of a CA, or of an operator's key, for too long.",
    advice: "Wait for it and try again; when no such process runs any more, on any machine, remove the file.",
  },
  ERR_IDENTITY_TOKENS: {
    meaning: "The tokens of a CA folder are damaged, or too many that have not ended; the message says which.",
    advice: "Wait until some have ended. A damaged file may be removed: no token of it works then.",
  },
  ERR_IDENTITY_RECORD_BROKEN: {
    meaning: "The record of a CA is damaged, or was written by a later version of this program.",
    advice:
      "Put an intact copy of it into the CA folder, or update this program; nothing is issued or revoked meanwhile.",
  },
  ERR_IDENTITY_NOT_ISSUED: {
    meaning:
      "The CA's record has no certificate of that serial number, or none of that principal which is still valid, or ended within the last 90 days.",
    advice:
      "Look for it with `flor ca list`; what another tool issued is revoked by its serial number and --unrecorded.",
  },
  ERR_IDENTITY_SERIAL: {
    meaning: "A serial number is not written as one.",
    advice: "Give it in hex, as `flor ca list`, `flor inspect` and `openssl x509 -serial` print it; at most 20 octets.",
  },
  ERR_IDENTITY_BUNDLE_BROKEN: {
    meaning: "A bundle is cut off, damaged, not one at all, or contradicts itself.",
    advice: "Copy it again, whole and as it is; when that does not help, have it made anew.",
  },
  ERR_IDENTITY_BUNDLE_SIGNATURE: {
    meaning: "A bundle was altered after its CA signed it, or the signature was.",
    advice: "Get it anew from the one who made it, and ask how it came to you.",
  },
  ERR_IDENTITY_BUNDLE_SEALED: {
    meaning: "A bundle is sealed with a passphrase, and none was given.",
    advice: "Get the passphrase from the one who made the bundle.",
  },
  ERR_IDENTITY_BUNDLE_CA: {
    meaning: "A bundle is signed by another CA than the one that is trusted here.",
    advice:
      "Compare the fingerprint with the operator of the CA; if the CA has a new root, give it with --ca-fingerprint.",
  },
  ERR_IDENTITY_BUNDLE_EXPIRED: {
    meaning: "A bundle was not used in time.",
    advice: "Have it made anew; when it should still be good, check this machine's clock.",
  },
  ERR_IDENTITY_BUNDLE_NOT_YET_VALID: {
    meaning: "A bundle was made in the future.",
    advice: "Compare the clocks of this machine and of the one that made it.",
  },
  ERR_IDENTITY_BUNDLE_KEY: {
    meaning: "A bundle answers a request whose key is not in this folder.",
    advice: "Install it where the request was made, or make a new one with `flor identity request` or `renew`.",
  },
  ERR_IDENTITY_BUNDLE_OLDER: {
    meaning: "A bundle is older than the identity that is there.",
    advice: "Install the newest; to go back on purpose, move the folder away first.",
  },
  ERR_IDENTITY_RENEWED_SHORT: {
    meaning: "The certificate with which an issuer has answered would have to be renewed at once, and is not taken.",
    advice: "Compare the clocks of this machine and of the issuer's, and see when the issuer's own certificate ends.",
  },
  ERR_IDENTITY_FINGERPRINT: {
    meaning: "The fingerprint of a CA is needed, and is missing or is none.",
    advice:
      "Give --ca-fingerprint sha256:…, as `flor ca init` and `flor ca sign` print it, from a source other than the bundle.",
  },
  ERR_IDENTITY_REQUEST_PENDING: {
    meaning: "There is a request in this folder already, whose answer would be of no use after a new one.",
    advice: "Send it (request/request.pem) to the CA again, or give --replace to begin anew.",
  },
  ERR_IDENTITY_FOLDER_OWNER: {
    meaning: "An identity folder belongs to another user than the one who runs the command.",
    advice: "Run the command as the owner of the folder, whom its process runs as, or as root.",
  },
  ERR_IDENTITY_PASSPHRASE: {
    meaning: "A passphrase is empty or far too long.",
    advice: "Give one of several words; whoever guesses it has what is sealed with it.",
  },
  ERR_IDENTITY_PASSPHRASE_WRONG: {
    meaning: "A passphrase does not open what is sealed, or somebody altered it.",
    advice:
      "Type it again; when it is right for sure, the file was altered: have a bundle made anew, or take a copy of the CA's key.",
  },
  ERR_IDENTITY_SEAL_BROKEN: {
    meaning: "Something sealed with a passphrase is cut off, damaged, or not sealed at all.",
    advice: "Copy the file again, whole and as it is; no passphrase opens a damaged one.",
  },
  ERR_IDENTITY_VERSION: {
    meaning: "A file was made in another version of its format than this program knows.",
    advice: "Update this program to the version of the one that made the file.",
  },
} as const;

export type IdentityErrorCode = keyof typeof IDENTITY_ERRORS;

/** Says what to do about a code of this package; undefined: it is none. */
export function identityAdvice(code: string): string | undefined {
  return new Map<string, { readonly advice: string }>(Object.entries(IDENTITY_ERRORS)).get(code)?.advice;
}

/**
 * An identity, our own or the peer's, is wrong. `message` says what happened, `where` the file if there is one, `advice` what
 * to do. Only `code` may be shown to the other side.
 */
export class IdentityError extends Error {
  override readonly name = "IdentityError";
  readonly code: IdentityErrorCode;
  readonly where: { readonly file: string } | undefined;
  readonly advice: string;

  constructor(
    code: IdentityErrorCode,
    message: string,
    options?: ErrorOptions & { readonly where?: { readonly file: string }; readonly use?: string },
  ) {
    super(message, options);
    this.code = code;
    this.where = options?.where;
    const { advice } = IDENTITY_ERRORS[code];
    this.advice = options?.use === undefined ? advice : `${advice} It is ${options.use}.`;
  }

  /** Returns the same error with its place. */
  in(file: string): IdentityError {
    return new IdentityError(this.code, this.message, { where: { file }, cause: this.cause });
  }

  /**
   * Returns the same error for an operator, to whom the file alone does not say which line of the config leads to it.
   *
   * @param use names that line, as "`as` of the tunnel x"
   */
  usedAs(use: string): IdentityError {
    const where = this.where === undefined ? {} : { where: this.where };
    return new IdentityError(this.code, this.message, { ...where, use, cause: this.cause });
  }
}
