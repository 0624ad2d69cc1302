import type { Topology } from '../apim/cluster/topology.ts';
import type { VaultSecrets } from '../input/vault-secrets.ts';
import type { Chain } from '../pki/bundle.ts';

/** What certificates are read and judged by. */
export interface Scope {
  readonly topology: Topology;
  /** When the run began. */
  readonly now: Date;
  /** Private keys beside the inventory are encrypted with what is in it, if it is there. */
  readonly vault?: VaultSecrets;
}

/** A certificate, its private key, and what leads from it to its root; all PEM. */
export interface Pair extends Chain {
  readonly key: string;
}

/** An authority. One whose key is not here goes on being trusted, and issues nothing more. */
export interface Authority extends Chain {
  readonly key: string | undefined;
  /** Why there is no key, in words for people: `pki/ca.key is not there`. */
  readonly keyless?: string;
}

/** Pairs that sign tokens, apart from the one that all nodes share, which does where there is no other. */
export interface SigningPairs {
  /** Signs in place of the shared one. */
  readonly own: Pair | undefined;
  /** Is published, and signs nothing yet. */
  readonly next: Pair | undefined;
  /** Signs no more, and is published still. It may be the shared one. */
  readonly retiring: Pair | undefined;
  /** Whether the retiring one is to be published and trusted no more. */
  readonly withdrawn: boolean;
  /** Whether the one that signs has its files, or some of them, still under the name of the next one. */
  readonly misnamed: boolean;
}

/** What is in the pki folder beside the inventory, or was brought. Keys are readable: decrypted, if they were encrypted. */
export interface Material {
  readonly authority: Authority | undefined;
  /** An authority that is trusted already, and issues nothing yet. */
  readonly next: Pair | undefined;
  /** Whether the authority that issues has its files, or some of them, still under the name of the next one. */
  readonly misnamed: boolean;
  readonly primary: Pair | undefined;
  readonly signing: SigningPairs;
  /** By the name of the host: of nodes and balancers. */
  readonly nodes: ReadonlyMap<string, Pair>;
  /** Keys and signing requests that are there, PEM, by the name of the host. */
  readonly requests: ReadonlyMap<
    string,
    { readonly key: string | undefined; readonly request: string | undefined }
  >;
  /** More certificates to trust, PEM, by the alias of each; those of authorities that issue no more, or nothing yet, among them. */
  readonly trust: ReadonlyMap<string, string>;
  /** Certificates of authorities that issue no more, PEM. What they have issued is as good as ever. */
  readonly retiring: readonly string[];
  /** Certificates of nodes and balancers that a rotation replaces, PEM. There are some for as long as it is under way. */
  readonly outgoing: readonly string[];
  /** Keys of the folder that have no certificate of theirs, PEM, by the path of each. */
  readonly spare: ReadonlyMap<string, string>;
  /** Files of the folder that should hold a key and from which none can be read: their texts, by path. */
  readonly damaged: ReadonlyMap<string, string>;
}

/** A pair whose certificate verifies tokens: whoever signs them, did so before, or will. */
export interface Signer {
  readonly pair: Pair;
  /** Of its key in keystores. */
  readonly alias: string;
  /** Of its certificate in the truststores of gateways. */
  readonly trusted: string;
}

/** The material of one node, or of one balancer. */
export interface NodeMaterial {
  readonly authority: Authority;
  readonly primary: Pair;
  readonly signers: readonly Signer[];
  readonly own: Pair;
  readonly trust: ReadonlyMap<string, string>;
  /** All that servers of this cluster are verified by, PEM, one after another. */
  readonly roots: string;
}
