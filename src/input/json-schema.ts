import { z } from 'zod';

type Json = Record<string, unknown>;

/** A JSON Schema of an inventory file, for editors, around the schema of the variable `apim`. */
export function inventorySchema(apim: z.ZodType): Json {
  const { $schema, ...settings } = z.toJSONSchema(apim, { io: 'input', unrepresentable: 'any' }) as Json;
  return {
    $schema,
    title: 'An inventory of apim-orchestrate',
    type: 'object',
    additionalProperties: { $ref: '#/$defs/group' },
    $defs: {
      group: {
        type: ['object', 'null'],
        additionalProperties: false,
        properties: {
          hosts: { type: ['object', 'null'], additionalProperties: { $ref: '#/$defs/vars' } },
          children: { type: ['object', 'null'], additionalProperties: { $ref: '#/$defs/group' } },
          vars: { $ref: '#/$defs/vars' },
        },
      },
      vars: { type: ['object', 'null'], properties: { apim: { $ref: '#/$defs/apim' } } },
      // Levels are merged, so at each of them every key may be missing.
      apim: partial(settings),
    },
  };
}

function partial(schema: Json): Json {
  const { required: _, ...rest } = schema;
  const properties = rest.properties as Record<string, Json> | undefined;
  if (properties === undefined) return rest;
  return {
    ...rest,
    properties: Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, partial(value)])),
  };
}
