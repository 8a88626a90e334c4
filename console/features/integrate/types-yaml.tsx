import { Button } from '@mantine/core';
import { type RefObject, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { ProblemNote } from '../../components/problem-note.tsx';
import frame from './integrate.module.css';
import type { CheckedText } from './types-api.ts';
import { Stale } from './types-stale.tsx';
import { marksOf, TypeText } from './types-text.tsx';
import type { YamlDraft } from './types-yaml-draft.ts';

/** Puts the cursor at an offset of a text, in sight. */
function goTo(field: HTMLTextAreaElement, offset: number): void {
  field.focus();
  field.setSelectionRange(offset, offset);
  const lineHeight = field.scrollHeight / Math.max(1, field.value.split('\n').length);
  const line = field.value.slice(0, offset).split('\n').length;
  field.scrollTop = Math.max(0, (line - 6) * lineHeight);
}

/** `type.yaml`, read only of a type that comes with Gatehouse. */
export function TypeYaml(props: {
  id: string;
  own: boolean;
  draft: YamlDraft;
  checked: CheckedText | null;
  area: RefObject<HTMLTextAreaElement | null>;
  /** Where the cursor shall be put, once. */
  target: number | null;
  onThere: () => void;
  onCursor: (offset: number) => void;
}) {
  const { t } = useTranslation('integrateTypes');
  const { id, own, draft, checked, area, target, onThere, onCursor } = props;
  const problems = (checked?.problems ?? []).filter(({ file }) => file === 'type.yaml');
  const failing = (checked?.cases ?? []).filter(({ passed }) => !passed).length;
  useEffect(() => {
    if (target === null || area.current === null) return;
    goTo(area.current, target);
    onCursor(target);
    onThere();
  }, [target, area, onThere, onCursor]);
  return (
    <>
      {own ? null : <p className={frame.dim}>{t('readOnly')}</p>}
      <TypeText
        label={t('text', { id })}
        text={draft.text}
        readOnly={!own}
        marked={marksOf(problems)}
        area={area}
        onText={draft.write}
        onCursor={onCursor}
      />
      {draft.stale ? <Stale what={t('conflict')} onTheirs={draft.discard} onMine={draft.rebase} /> : null}
      {own ? (
        <div className={frame.row}>
          <Button
            loading={draft.busy}
            disabled={!draft.changed || draft.stale || checked?.sound === false}
            onClick={() => void draft.save()}
          >
            {t('save')}
          </Button>
          <Button variant="default" disabled={!draft.changed} onClick={draft.discard}>
            {t('discard')}
          </Button>
          <span role="status">
            {draft.saved ? `✓ ${t('saved')}` : draft.changed ? t('draft') : ''}
            {failing > 0 && (draft.changed || draft.saved)
              ? ` · ⚠ ${t('save.failing', { count: failing })}`
              : ''}
          </span>
        </div>
      ) : null}
      <ProblemNote error={draft.failure} />
    </>
  );
}
