import { useTranslation } from 'react-i18next';
import type { TrialSetup } from '../../../gateway/contract/trial.ts';
import classes from './add.module.css';

/** A port of the gateway, under the name by which this console has reached it. */
function reached({ item, value }: TrialSetup): string {
  const isPort =
    item === 'mqtt-port' || item === 'mqtts-port' || item === 'receiver-port' || item === 'fire-port';
  return isPort ? `${window.location.hostname}:${value}` : value;
}

/** What must be set in a device that speaks first. */
export function SetupList({ setup }: { setup: readonly TrialSetup[] }) {
  const { t } = useTranslation('integrateAdd');
  return (
    <div>
      <strong>{t('try.setup')}</strong>
      <dl className={classes.setup} data-testid="trial-setup">
        {setup.map((one) => (
          <div key={`${one.item} ${one.value}`} className={classes.pair}>
            <dt>{t(`setup.${one.item}`)}</dt>
            <dd>
              <code>{reached(one)}</code>
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
