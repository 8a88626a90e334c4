import { expect, test } from 'vitest';
import { publishedSchemas, readPublished } from './schemas.ts';

test.each(Object.entries(publishedSchemas))(
  'docs/schemas/%s is the form that the gateway checks (renew it with npm run schemas)',
  (file, schema) => {
    expect(readPublished(file)).toEqual(JSON.parse(JSON.stringify(schema())));
  },
);
