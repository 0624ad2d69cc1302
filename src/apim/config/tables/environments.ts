import { type Environment, environmentsOf } from '../../cluster/entries.ts';
import type { Topology } from '../../cluster/topology.ts';
import { element, type TomlTable } from '../toml.ts';
import { escapeXmlText } from '../xml.ts';

/** What the Developer Portal tells of each environment. */
export function environments(topology: Topology): TomlTable[] {
  return environmentsOf(topology).map((each) =>
    element('apim.gateway.environment', { ...names(each), ...addresses(each) }),
  );
}

/** A Publisher also pushes artefacts to the gateways’ services. In an array of tables `$ref{…}` is not resolved. */
export function environmentsToPublish(topology: Topology): TomlTable[] {
  return environmentsOf(topology).map((each) =>
    element('apim.gateway.environment', {
      ...names(each),
      service_url: `${each.sites.management}/services/`,
      username: '${admin.username}',
      password: '${admin.password}',
      ...addresses(each),
    }),
  );
}

function names({ name, type, description }: Environment) {
  return { name, type, display_in_api_console: true, description: escapeXmlText(description) };
}

function addresses({ sites }: Environment) {
  return {
    show_as_token_endpoint_url: true,
    ws_endpoint: sites.ws,
    wss_endpoint: sites.wss,
    http_endpoint: sites.http,
    https_endpoint: sites.https,
  };
}
