import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { queryString } from '../../app/api.ts';
import { useLanguage } from '../../app/language.ts';
import { sendPoints } from './exchange-calls.ts';
import { Downloads, SheetImport } from './exchange-sheet.tsx';
import frame from './integrate.module.css';

/** What is shown of types is asked for anew. */
export function useTypesAnew(): () => Promise<void> {
  const queries = useQueryClient();
  return async () => {
    const keys = ['type-source', 'type-versions', 'type-check', 'type-library', 'device-types'];
    await Promise.all(keys.map((key) => queries.invalidateQueries({ queryKey: [key] })));
  };
}

/** The points of a type as a spreadsheet, and of the site's own from one. */
export function TypePoints({ id, own, drafted }: { id: string; own: boolean; drafted: boolean }) {
  const { t } = useTranslation(['integrateTypes', 'integrateExchange']);
  const language = useLanguage();
  const anew = useTypesAnew();
  const href = (path: string) => (format: string) =>
    `/api/v1/exchange/points${path}${queryString({ type: id, format, language })}`;
  return (
    <div className={frame.stack}>
      <p className={frame.dim}>{t(own ? 'points.explain' : 'points.shipped')}</p>
      <Downloads
        links={[
          { word: t('points.export'), href: href('') },
          ...(own ? [{ word: t('points.template'), href: href('/template') }] : []),
        ]}
      />
      {own && drafted ? <p>{t('points.draft')}</p> : null}
      {own ? (
        <SheetImport
          of="points"
          basis=""
          send={(file, step) => sendPoints({ type: id }, file, step)}
          onApplied={() => void anew()}
        />
      ) : null}
    </div>
  );
}
