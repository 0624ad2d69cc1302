import ssh2, {
  type IdentityCallback,
  type ParsedKey,
  type SignCallback,
  type SigningRequestOptions,
} from 'ssh2';

/** Signs with a key, or says that it does not. */
export type Sign = (data: Buffer, options: SigningRequestOptions) => Promise<Buffer>;

/** An agent, as ssh2 wants it, that has one key: what it signs with is sought only once a server would take that key. */
export function signer(key: ParsedKey, sign: Sign): ssh2.BaseAgent<ParsedKey> {
  return new Signer(key, sign);
}

class Signer extends ssh2.BaseAgent<ParsedKey> {
  readonly #key: ParsedKey;
  readonly #sign: Sign;

  constructor(key: ParsedKey, sign: Sign) {
    super();
    this.#key = key;
    this.#sign = sign;
  }

  override getIdentities(tell: IdentityCallback<ParsedKey>): void {
    tell(undefined, [this.#key]);
  }

  override sign(
    _key: ParsedKey,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    tell?: SignCallback,
  ): void {
    const [given, done] = typeof options === 'function' ? [{}, options] : [options, tell];
    this.#sign(data, given).then(
      (signature) => done?.(undefined, signature),
      (error: Error) => done?.(error),
    );
  }
}
