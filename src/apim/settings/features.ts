import { z } from 'zod';
import { filePath, hostName } from '../../input/decode.ts';
import { account, siteUrl } from './common.ts';

const javaClass = () => z.string().regex(/^[\w.$]+$/, 'must be the name of a Java class, not {found}');

/** What backends are told about who calls: https://apim.docs.wso2.com/en/3.2.0/learn/api-gateway/passing-enduser-attributes-to-the-backend-via-api-gateway/ */
export const jwtSchema = z
  .strictObject({
    header: z
      .string()
      .regex(/^[A-Za-z0-9-]+$/, 'must be the name of a header, not {found}')
      .default('X-JWT-Assertion')
      .describe('The header that carries it.'),
    encoding: z.enum(['base64', 'base64url']).default('base64').describe('How it is encoded.'),
    signing_algorithm: z
      .enum(['SHA256withRSA', 'NONE'])
      .default('SHA256withRSA')
      .describe('How it is signed; the key is the primary one, the same at all nodes.'),
    user_claims: z.boolean().default(false).describe('Tell the claims of the user, too.'),
    claim_dialect: z
      .string()
      .min(1)
      .default('http://wso2.org/claims')
      .describe('In which dialect claims are told.'),
    convert_dialect: z.boolean().default(false).describe('Map claims into that dialect.'),
    generator: javaClass().optional().describe('A generator of your own; put its jar into `files`.'),
  })
  .describe('A signed token for the backends, from every gateway.');

/** What browsers on other sites may do: https://apim.docs.wso2.com/en/3.2.0/learn/api-gateway/enabling-cors-for-apis/ */
export const corsSchema = z
  .strictObject({
    allow_origins: z
      .array(z.string().regex(/^(\*|https?:\/\/[^\s,"'<>&{}]+)$/, 'must be * or an address, not {found}'))
      .min(1)
      .default(['*'])
      .describe('Sites whose pages may call.'),
    allow_methods: z
      .array(z.string().regex(/^[A-Z]+$/, 'must be a method such as GET, not {found}'))
      .min(1)
      .default(['GET', 'PUT', 'POST', 'DELETE', 'PATCH', 'OPTIONS'])
      .describe('Methods they may use.'),
    allow_headers: z
      .array(z.string().regex(/^[A-Za-z0-9-]+$/, 'must be the name of a header, not {found}'))
      .default(['authorization', 'Access-Control-Allow-Origin', 'Content-Type', 'SOAPAction'])
      .describe('Headers they may send.'),
    allow_credentials: z.boolean().default(false).describe('Whether browsers may send cookies along.'),
  })
  .refine(
    (cors) => !(cors.allow_credentials && cors.allow_origins.includes('*')),
    'allow_credentials needs sites in allow_origins: browsers refuse * together with it',
  )
  .describe('CORS at the gateways.');

/** How tokens and secrets of OAuth lie in the database: https://apim.docs.wso2.com/en/3.2.0/learn/api-security/oauth2/encrypting-oauth2-tokens/ */
export const tokensSchema = z
  .enum(['plain', 'encrypted', 'hashed'])
  .default('plain')
  .describe('How access tokens and client secrets lie in the database. Choose before the first use.');

/** API Manager Analytics 3.2.0: https://apim.docs.wso2.com/en/3.2.0/learn/analytics/configuring-apim-analytics/ */
export const analyticsSchema = z
  .strictObject({
    workers: z
      .array(hostName())
      .min(1)
      .describe('The workers, by name. One is the quick setup; two or more are the production setup.'),
    send: z
      .enum(['failover', 'loadbalance'])
      .default('failover')
      .describe('To one worker at a time, or to all in turn.'),
    store: siteUrl('https').optional().describe('The store API. Default: the first worker, port 7444.'),
    receiver_port: z.int().min(1).max(65_535).default(7612).describe('Where workers receive events.'),
    receiver_tls_port: z
      .int()
      .min(1)
      .max(65_535)
      .default(7712)
      .describe('Where they receive credentials, over TLS.'),
    account: account('the user by whom the nodes send')
      .optional()
      .describe('By whom the nodes send. Default: the administrator.'),
    ca: filePath()
      .optional()
      .describe('The certificate of the authority that vouches for the workers: a PEM file here.'),
  })
  .describe('Analytics workers, which run elsewhere.');
