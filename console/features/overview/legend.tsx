import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { priorities } from '../../app/alarm-list.ts';
import { PriorityTag } from '../../components/priority.tsx';
import { DeviceGlyph } from './device-glyph.tsx';
import { ZoneSign } from './device-mark.tsx';
import classes from './legend.module.css';

const none = { on: null, fill: null };
const kinds = ['tank', 'pump', 'light', 'door', 'camera', 'panic'] as const;

function Sample({ children, words }: { children: ReactNode; words: string }) {
  return (
    <li>
      <svg width="26" height="26" viewBox="-13 -13 26 26" aria-hidden="true">
        {children}
      </svg>
      {words}
    </li>
  );
}

/** What the marks on the plan mean. */
export default function Legend() {
  const { t } = useTranslation('overview');
  return (
    <div className={classes.legend}>
      <ul>
        {kinds.map((icon) => (
          <Sample key={icon} words={t(`legend.${icon}`)}>
            <DeviceGlyph
              icon={icon}
              picture={{ on: null, fill: icon === 'tank' ? 0.6 : null }}
              lost={false}
            />
          </Sample>
        ))}
        <Sample words={t('legend.on')}>
          <DeviceGlyph icon="light" picture={{ on: true, fill: null }} lost={false} />
        </Sample>
        <Sample words={t('legend.off')}>
          <DeviceGlyph icon="light" picture={{ on: false, fill: null }} lost={false} />
        </Sample>
        <Sample words={t('legend.lost')}>
          <DeviceGlyph icon="door" picture={none} lost />
        </Sample>
        {(['armed', 'disarmed', 'bypassed'] as const).map((standing) => (
          <Sample key={standing} words={t(`zone.${standing}`)}>
            <ZoneSign standing={standing} />
          </Sample>
        ))}
        <Sample words={t('legend.blind')}>
          <ZoneSign standing="blind" />
        </Sample>
      </ul>
      <p>{t('legend.alarm')}</p>
      <div className={classes.priorities}>
        {priorities.map((priority) => (
          <PriorityTag key={priority} priority={priority} />
        ))}
      </div>
    </div>
  );
}
