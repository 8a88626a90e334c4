import { Button, Menu, useMantineColorScheme } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useAct } from './act.tsx';
import { languages, useLanguage } from './language.ts';
import { sound, useSoundState } from './ringer.ts';
import { useLanguageChoice, useSession, useSessionActions } from './session.tsx';
import classes from './user-menu.module.css';

export const colorSchemes = ['light', 'dark', 'auto'] as const;

/** The same room before every item, ticked or not. */
function Sign({ children }: { children?: string }) {
  return <span className={classes.sign}>{children}</span>;
}

/** Who is signed in, and what is his own: language, light or dark, the test tone, signing out. */
export function UserMenu() {
  const { t } = useTranslation(['app', 'terms']);
  const session = useSession();
  const { signOut } = useSessionActions();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const language = useLanguage();
  const chooseLanguage = useLanguageChoice();
  const soundState = useSoundState();
  const [act] = useAct();
  return (
    <Menu
      position="bottom-end"
      width={220}
      transitionProps={{ duration: 0 }}
      withInitialFocusPlaceholder={false}
    >
      <Menu.Target>
        <Button variant="default" size="compact-md" title={t('user.menu')} data-testid="user-menu">
          {session.name} ▾
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {session.user} · {t(`terms:role.${session.role}`)}
        </Menu.Label>
        <Menu.Divider />
        <Menu.Label>{t('language.label')}</Menu.Label>
        {languages.map((each) => (
          <Menu.Item
            key={each.value}
            lang={each.value === 'zh' ? 'zh-CN' : 'en'}
            leftSection={<Sign>{each.value === language ? '✓' : ''}</Sign>}
            onClick={() => chooseLanguage(each.value)}
          >
            {each.label}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Label>{t('theme.label')}</Menu.Label>
        {colorSchemes.map((scheme) => (
          <Menu.Item
            key={scheme}
            leftSection={<Sign>{scheme === colorScheme ? '✓' : ''}</Sign>}
            onClick={() => setColorScheme(scheme)}
          >
            {t(`theme.${scheme}`)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item
          leftSection={<Sign>♪</Sign>}
          onClick={() => (soundState === 'running' ? sound.playTest() : void sound.unlock())}
          disabled={soundState === 'unsupported'}
        >
          {t(soundState === 'running' ? 'sound.test' : 'sound.enable')}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item onClick={() => void act(signOut)} leftSection={<Sign />}>
          {t('user.signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
