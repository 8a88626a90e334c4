/** Closes all of these, each after the one before it, whatever becomes of the others. @throws the first error, when all are closed */
export async function closeAll(closers: Iterable<() => void | Promise<void>>): Promise<void> {
  const errors: unknown[] = [];
  for (const close of closers)
    try {
      await close();
    } catch (error) {
      errors.push(error);
    }
  if (errors.length > 0) throw errors[0];
}
