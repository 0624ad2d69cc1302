import { z } from 'zod';
import { filePath, hostName, waitingTime } from '../../input/decode.ts';
import { account, siteUrl } from './common.ts';

const gatewaySites = {
  https: siteUrl('https').describe('Where clients call APIs.'),
  http: siteUrl('http').optional().describe('The same without TLS. Default: not offered.'),
  wss: siteUrl('wss')
    .optional()
    .describe('Where clients open web sockets. Default: the name of `https`, port 8099.'),
  ws: siteUrl('ws').optional().describe('The same without TLS. Default: not offered.'),
  management: siteUrl('https')
    .optional()
    .describe(
      'Where the Publisher reaches the services of the gateways. Default: the name of `https`, port 9443.',
    ),
};

/** How the outside world and the other nodes reach each role, when there is more than one node of it. */
export const loadBalancerSchema = z
  .strictObject({
    software: z
      .enum(['nginx', 'haproxy', 'external'])
      .default('nginx')
      .describe(
        'What runs at the hosts of the group `load_balancer`; `external`: somebody else’s balancer, which is not touched.',
      ),
    key_manager: siteUrl('https').optional().describe('The address of the Key Managers.'),
    traffic_manager: siteUrl('https')
      .optional()
      .describe(
        'The address of the Traffic Managers’ services; events go to each of them, never through it.',
      ),
    publisher: siteUrl('https').optional().describe('The address of the Publishers.'),
    devportal: siteUrl('https').optional().describe('The address of the Developer Portals.'),
    gateway: z.strictObject(gatewaySites).optional().describe('The addresses of the gateways.'),
    address: hostName()
      .optional()
      .describe(
        'The IP address that all these names lead to, for /etc/hosts; needed with `map_hosts` and an external or a doubled balancer. Default: the balancer’s.',
      ),
    ca: filePath()
      .optional()
      .describe('The certificate of the authority that vouches for an external balancer: a PEM file here.'),
    drain_timeout: waitingTime()
      .default(60_000)
      .describe(
        'How long a node that is drained for its restart is given to finish what is in flight, web sockets too, before it is stopped.',
      ),
    hooks: z
      .strictObject({
        drain: z
          .array(z.string().min(1))
          .min(1)
          .describe(
            'Has it send nothing new to a node, and returns when what is in flight has been answered.',
          ),
        undrain: z.array(z.string().min(1)).min(1).describe('Has it send to a node again.'),
        timeout: waitingTime().default(120_000).describe('How long each may take.'),
      })
      .optional()
      .describe(
        'Commands by which an external balancer takes part in rolling restarts: run on this machine, in the folder of the inventory, with the name and the address of the node as last arguments. Each may be run again.',
      ),
  })
  .describe('The load balancer. A role without an address here is reached directly, at its only node.');

/** Gateways that share a name and addresses; the Developer Portal lists one entry for each. */
export const environmentsSchema = z
  .record(
    z.string().regex(/^[A-Za-z0-9 ._-]+$/, 'must be letters, digits, blanks and . _ -'),
    z.strictObject({
      type: z
        .enum(['hybrid', 'production', 'sandbox'])
        .default('hybrid')
        .describe('Which tokens its gateways take.'),
      description: z.string().min(1).optional().describe('What people are told about it.'),
      gateway: z
        .strictObject(gatewaySites)
        .optional()
        .describe('The addresses of its gateways. Default: `load_balancer.gateway`, or the only gateway.'),
    }),
  )
  .default({})
  .describe('More about gateway environments, by name.');

/** A Key Manager that is not deployed here. */
export const keyManagerSchema = z
  .strictObject({
    url: siteUrl('https').describe('Its address, such as https://is.example.com:9443.'),
    type: z
      .string()
      .regex(/^[\w-]+$/, 'must be a word')
      .default('WSO2-IS')
      .describe('What it is, for the product: `WSO2-IS` is WSO2 Identity Server.'),
    account: account('the user by whom the product calls it')
      .optional()
      .describe('By whom the product calls it. Default: the administrator.'),
    ca: filePath()
      .optional()
      .describe('The certificate of the authority that vouches for it: a PEM file here.'),
  })
  .describe('A Key Manager that runs elsewhere. There are no hosts in the group `key_manager` then.');

const shared = (what: string) =>
  z
    .strictObject({
      type: z
        .string()
        .regex(/^[a-z0-9_.-]+$/, 'must be a file system as `mount -t` knows it, not {found}')
        .default('nfs4')
        .describe(
          'The file system: nfs4, glusterfs, cifs, fuse.sshfs, or `bind` for a folder of the server.',
        ),
      source: z
        .string()
        .regex(/^[^\s'"\\#,]+$/, 'must be a place without blanks, quotes, commas and #, not {found}')
        .describe('What is mounted: server:/export, //server/share, or a folder for `bind`.'),
      options: z
        .string()
        .regex(/^[^\s'"\\#]+$/, 'must be options as in fstab, without blanks, not {found}')
        .default('defaults,_netdev')
        .describe('The options, as in fstab. Passwords do not belong here: name a credentials file.'),
      folder: z
        .string()
        .regex(/^(?!\.{1,2}(\/|$))[\w.-]+(\/[\w.-]+)*$/, 'must be a plain relative path, not {found}')
        .optional()
        .describe('The folder in it. Default: the name of this key.'),
    })
    .optional()
    .describe(what);

/** Directories that nodes of a role share. */
export const sharedDirectoriesSchema = z
  .strictObject({
    executionplans: shared('The throttling policies of the Traffic Managers.'),
    synapse_configs: shared('The deployed APIs of the gateways.'),
    truststore: shared(
      'client-truststore.jks of the gateways: certificates of endpoints come into it at run time.',
    ),
    tenants: shared('The files of all tenants, for all nodes. Needed when there is more than one tenant.'),
  })
  .default({})
  .describe('Directories on a shared file system.');
