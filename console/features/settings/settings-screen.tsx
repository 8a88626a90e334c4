import type { ComponentType } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import type { Permission } from '../../../gateway/contract/permissions.ts';
import { paths } from '../../app/routes.tsx';
import { useCan } from '../../app/session.tsx';
import { Screen } from '../../components/panel.tsx';
import { AuditPart } from './audit-part.tsx';
import { MePart } from './me-part.tsx';
import classes from './settings.module.css';
import { TokensPart } from './tokens-part.tsx';
import { UsersPart } from './users-part.tsx';

interface Part {
  name: 'me' | 'users' | 'tokens' | 'audit';
  permission: Permission | null;
  Body: ComponentType;
}

const parts: readonly Part[] = [
  { name: 'me', permission: null, Body: MePart },
  { name: 'users', permission: 'users.manage', Body: UsersPart },
  { name: 'tokens', permission: 'tokens.manage', Body: TokensPart },
  { name: 'audit', permission: 'audit.read', Body: AuditPart },
];

export default function SettingsScreen() {
  const { t } = useTranslation('settings');
  const can = useCan();
  const { part: wanted } = useParams();
  const allowed = parts.filter((part) => part.permission === null || can(part.permission));
  const current = allowed.find((part) => part.name === wanted) ?? allowed[0];
  return (
    <Screen
      title={t('title')}
      aside={
        <nav className={classes.parts} aria-label={t('parts.label')}>
          {allowed.map((part) => (
            <Link
              key={part.name}
              to={paths.settings(part.name)}
              aria-current={part === current ? 'page' : undefined}
              className={classes.part}
            >
              {t(`part.${part.name}`)}
            </Link>
          ))}
        </nav>
      }
    >
      {current === undefined ? null : <current.Body />}
    </Screen>
  );
}
