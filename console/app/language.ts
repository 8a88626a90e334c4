import i18next from 'i18next';
import { useCallback } from 'react';
import { initReactI18next, useTranslation } from 'react-i18next';
import type { Label } from '../../gateway/contract/names.ts';
import type { Words } from './define-words.ts';
import { readPreference } from './preferences.ts';
import { type AllWords, type Namespace, words } from './words.ts';

export type Language = 'zh' | 'en';
export const languages: readonly { value: Language; label: string }[] = [
  { value: 'zh', label: '中文' },
  { value: 'en', label: 'English' },
];

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'app';
    keySeparator: false;
    resources: { [N in Namespace]: AllWords[N]['zh'] };
  }
}

function resourcesOf(language: Language) {
  return Object.fromEntries(Object.entries(words).map(([name, each]) => [name, each[language]]));
}

/** Words that come with a screen; call it where the screen's file is loaded, before anything of it is drawn. */
export function addWords(namespaces: Readonly<Record<string, Words>>): void {
  for (const [name, { zh, en }] of Object.entries(namespaces)) {
    i18next.addResourceBundle('zh', name, zh);
    i18next.addResourceBundle('en', name, en);
  }
}

function applyToPage(language: string): void {
  document.documentElement.lang = language === 'en' ? 'en' : 'zh-CN';
}

/** Chinese first, whatever the browser says: the control room's console opens in the language of the control room. */
export function startLanguage(): void {
  i18next.on('languageChanged', applyToPage);
  void i18next.use(initReactI18next).init({
    lng: readPreference('language') ?? 'zh',
    fallbackLng: 'zh',
    supportedLngs: ['zh', 'en'],
    defaultNS: 'app',
    keySeparator: false,
    resources: { zh: resourcesOf('zh'), en: resourcesOf('en') },
    // React escapes what it draws.
    interpolation: { escapeValue: false },
    react: { useSuspense: false },
    initAsync: false,
  });
}

export function useLanguage(): Language {
  return useTranslation('app').i18n.language === 'en' ? 'en' : 'zh';
}

/** A label of the gateway in the user's language. */
export function useLabel(): (label: Label) => string {
  const language = useLanguage();
  return useCallback((label) => label[language], [language]);
}
