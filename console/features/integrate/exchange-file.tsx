import { useTranslation } from 'react-i18next';
import { useLanguage } from '../../app/language.ts';
import { Panel } from '../../components/panel.tsx';
import { sendDevices } from './exchange-calls.ts';
import { Downloads, SheetImport } from './exchange-sheet.tsx';
import integrate from './integrate.module.css';

/** Devices from a spreadsheet, and to one. */
export function FilePanel() {
  const { t } = useTranslation('integrateExchange');
  const language = useLanguage();
  const href = (path: string) => (format: string) =>
    `/api/v1/exchange/devices${path}?format=${format}&language=${language}`;
  return (
    <Panel
      title={t('fileTitle')}
      aside={
        <Downloads
          links={[
            { word: t('export'), href: href('') },
            { word: t('template'), href: href('/template') },
          ]}
        />
      }
    >
      <div className={integrate.stack}>
        <p className={integrate.dim}>{t('explain')}</p>
        <SheetImport of="devices" basis="" send={sendDevices} />
      </div>
    </Panel>
  );
}
