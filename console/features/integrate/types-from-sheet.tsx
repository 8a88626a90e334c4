import { Button, Select, TextInput } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { sheetLinks } from '../../../gateway/contract/point-heads.ts';
import { queryString } from '../../app/api.ts';
import { useCatalogue } from '../../app/catalogue.ts';
import { useLabel, useLanguage } from '../../app/language.ts';
import { paths } from '../../app/routes.tsx';
import { Panel } from '../../components/panel.tsx';
import { sendPoints } from './exchange-calls.ts';
import { Downloads, SheetImport } from './exchange-sheet.tsx';
import frame from './integrate.module.css';
import { useTypesAnew } from './types-points.tsx';

const key = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** A type of the site's own that is made of the maker's list of points. */
export function TypeFromSheet({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation(['integrateTypes', 'app']);
  const navigate = useNavigate();
  const language = useLanguage();
  const label = useLabel();
  const { kinds } = useCatalogue();
  const anew = useTypesAnew();
  const [id, setId] = useState('');
  const [zh, setZh] = useState('');
  const [en, setEn] = useState('');
  const [kind, setKind] = useState<string | null>(null);
  const [link, setLink] = useState<string | null>('modbus');
  const choices = useMemo(
    () =>
      [...kinds.values()]
        .filter(({ points }) => Object.keys(points).length > 0)
        .map(({ id: value, label: words }) => ({ value, label: `${label(words)} · ${value}` })),
    [kinds, label],
  );
  const names = { zh: zh.trim(), en: en.trim() };
  const complete = key.test(id) && names.zh !== '' && names.en !== '' && kind !== null && link !== null;
  const made = { type: id, kind: kind ?? '', link: link ?? '', ...names };
  return (
    <Panel
      title={t('sheet.title')}
      aside={
        <Button size="compact-sm" variant="default" onClick={onClose}>
          {t('app:action.cancel')}
        </Button>
      }
    >
      <div className={frame.stack}>
        <p className={frame.dim}>{t('sheet.explain')}</p>
        <div className={frame.row}>
          <TextInput
            size="xs"
            w={220}
            label={t('copy.id')}
            value={id}
            onChange={(event) => setId(event.currentTarget.value.trim())}
            error={id === '' || key.test(id) ? null : t('copy.idHint')}
            autoComplete="off"
            data-autofocus
          />
          <TextInput
            size="xs"
            w={200}
            label={t('copy.zh')}
            value={zh}
            onChange={(event) => setZh(event.currentTarget.value)}
          />
          <TextInput
            size="xs"
            w={200}
            label={t('copy.en')}
            value={en}
            onChange={(event) => setEn(event.currentTarget.value)}
          />
          <Select
            size="xs"
            w={260}
            label={t('kind')}
            data={choices}
            value={kind}
            onChange={setKind}
            searchable
            nothingFoundMessage={t('sheet.noKind')}
          />
          <Select
            size="xs"
            w={140}
            label={t('link')}
            data={[...sheetLinks]}
            value={link}
            onChange={setLink}
            allowDeselect={false}
          />
        </div>
        {kind === null || link === null ? null : (
          <Downloads
            links={[
              {
                word: t('points.template'),
                href: (format) =>
                  `/api/v1/exchange/points/template${queryString({ kind, link, format, language })}`,
              },
            ]}
          />
        )}
        <SheetImport
          of="points"
          basis={complete ? JSON.stringify(made) : null}
          send={(file, step) => sendPoints(made, file, step)}
          onApplied={() => void anew().then(() => navigate(paths.integrate('types', id)))}
        />
      </div>
    </Panel>
  );
}
