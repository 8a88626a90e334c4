/** What one file of devices may hold; more is refused with words. */
export const exchangeLimits = { rows: 10_000, columns: 400, bytes: 20 * 1024 * 1024 } as const;

/** Content types of the two formats. Here are no schemas: the console takes these without them. */
export const exchangeTypes = {
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  csv: 'text/csv',
} as const;
