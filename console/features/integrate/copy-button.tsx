import { Button } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';

/** Puts a text on the clipboard and says so. */
export function CopyButton({ text, label, copied }: { text: string; label: string; copied: string }) {
  const clipboard = useClipboard();
  return (
    <Button variant="default" size="compact-xs" onClick={() => clipboard.copy(text)}>
      {clipboard.copied ? copied : label}
    </Button>
  );
}
