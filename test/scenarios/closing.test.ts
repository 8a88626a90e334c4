import { expect, test } from 'vitest';
import { startHouse } from '../house.ts';

test('a gateway that is asked several times to close answers each time, and its data can be opened again', async () => {
  const house = await startHouse();
  try {
    const { gateway } = house;
    await Promise.all([gateway.close(), gateway.close()]);
    await gateway.close();
    await house.start();
    expect((await house.api('GET', '/site')).status).toBe(200);
  } finally {
    await house.close();
  }
});
